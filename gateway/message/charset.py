"""The charset ladder: bytes to text, with a liar's label seen through.

Answers: the readings of a run of bytes, best first. One, when the declared charset and
the best guess agree; two, when they do not, so that a wrong label blinds nobody.
Trusts: nothing; only the codecs listed here are ever used (``unicode_escape``,
``punycode`` and ``rot13`` are Python codecs, too).
Fails: never; bytes that fit nowhere become U+FFFD, their ASCII digits stay.
Ladder: BOM, UTF-32 and UTF-16 by their zeros, strict UTF-8, ESC = JIS, then CP932 against EUC-JP by
what the text would look like (after whatwg/encoding#157), then windows-1252.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from functools import cache, lru_cache

from gateway.message.jis import decode_jis

_JIS = "iso-2022-jp"  # our own decoder, not Python's
_ALIASES: dict[str, str] = {
    "us-ascii": "ascii", "ascii": "ascii", "ansi_x3.4-1968": "ascii", "iso-ir-6": "ascii",
    "646": "ascii", "iso646-us": "ascii",
    "utf-8": "utf-8", "utf8": "utf-8", "unicode-1-1-utf-8": "utf-8", "utf-8-sig": "utf-8",
    "cp65001": "utf-8", "utf-8n": "utf-8",
    "utf-7": "utf-7", "unicode-1-1-utf-7": "utf-7",
    "utf-16": "utf-16", "utf16": "utf-16", "unicode": "utf-16", "ucs-2": "utf-16",
    "utf-16le": "utf-16-le", "utf-16-le": "utf-16-le",
    "utf-16be": "utf-16-be", "utf-16-be": "utf-16-be",
    "utf-32": "utf-32", "utf-32le": "utf-32-le", "utf-32be": "utf-32-be",
    "shift_jis": "cp932", "shift-jis": "cp932", "sjis": "cp932", "x-sjis": "cp932",
    "ms_kanji": "cp932", "windows-31j": "cp932", "cswindows31j": "cp932", "cp932": "cp932",
    "ms932": "cp932", "windows-932": "cp932", "x-ms-cp932": "cp932", "cp943": "cp932",
    "shift_jis-2004": "shift_jis_2004", "shift_jisx0213": "shift_jisx0213",
    "iso-2022-jp": _JIS, "iso2022-jp": _JIS, "iso2022jp": _JIS, "jis": _JIS,
    "iso-2022-jp-1": _JIS, "iso-2022-jp-ms": _JIS, "csiso2022jp": _JIS, "jis7": _JIS,
    "cp50220": _JIS, "cp50221": _JIS, "cp50222": _JIS, "x-windows-iso2022jp": _JIS,
    "iso-2022-jp-2": "iso2022_jp_2", "iso-2022-jp-3": "iso2022_jp_3",
    "iso-2022-jp-2004": "iso2022_jp_2004",
    "euc-jp": "euc_jp", "eucjp": "euc_jp", "x-euc-jp": "euc_jp", "ujis": "euc_jp",
    "eucjp-ms": "euc_jp", "cp51932": "euc_jp", "x-eucjp": "euc_jp", "euc_jp": "euc_jp",
    "euc-jisx0213": "euc_jisx0213", "euc-jis-2004": "euc_jis_2004",
    "iso-8859-1": "cp1252", "latin1": "cp1252", "iso8859-1": "cp1252", "l1": "cp1252",
    "windows-1252": "cp1252", "cp1252": "cp1252",
    "gb2312": "gb18030", "gbk": "gb18030", "gb18030": "gb18030", "cp936": "gb18030",
    "hz-gb-2312": "hz", "big5": "big5hkscs", "big5-hkscs": "big5hkscs", "cp950": "cp950",
    "euc-kr": "cp949", "ks_c_5601-1987": "cp949", "cp949": "cp949", "iso-2022-kr": "iso2022_kr",
    "koi8-r": "koi8_r", "koi8-u": "koi8_u", "macintosh": "mac_roman", "tis-620": "tis_620",
    "cp437": "cp437", "ibm037": "cp037", "cp037": "cp037", "cp930": "cp932",
}  # fmt: skip
_ALIASES |= {f"iso-8859-{n}": f"iso8859_{n}" for n in (*range(2, 12), 13, 14, 15, 16)}
_ALIASES |= {f"windows-{n}": f"cp{n}" for n in (1250, 1251, 1253, 1254, 1255, 1256, 1257, 1258)}

# Labels that say "not known" (RFC 1428): as good as none.
UNNAMED = frozenset({"unknown-8bit", "x-unknown", "unknown", "x-user-defined"})

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_NOT_ASCII_BASED = frozenset({"utf-7", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le",
                              "utf-32-be", "cp037", "hz", "iso2022_kr", "iso2022_jp_2",
                              "iso2022_jp_3", "iso2022_jp_2004"})  # fmt: skip
# A digit among what UTF-7 shifts, or a whole run of it (RFC 2152).
_UTF7 = re.compile(rb"\+(?:AD|A[HI]|/x|[A-Za-z0-9+/]{12,})")
_EBCDIC = re.compile(rb"[\xf0-\xf9](?:[\x40\x60]{0,2}[\xf0-\xf9]){9}")
# ASCII in two to four bytes: never valid, and decoders differ on it.
_OVERLONG = re.compile(
    rb"[\xc0\xc1][\x80-\xbf]|\xe0[\x80\x81][\x80-\xbf]|\xf0\x80[\x80\x81][\x80-\xbf]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_SAMPLE = 32_768  # bytes looked at when two charsets compete
_MARK = "\ufffd"
_JAPANESE = re.compile("[\u3041-\u3093\u30a1-\u30f6\u30fc\u3001\u3002]")
_PLAIN = re.compile("[\u4e00-\u9fa0\uff01-\uff5e\u3000\\s!-~]")
_ODD = re.compile("[\uff61-\uff9f\u0080-\u00a6\ue000-\uf8ff\u0370-\u04ff\u2500-\u257f]")


@lru_cache(maxsize=256)
def codec(label: str) -> str:
    """Return our codec's name for a charset label, or ``""`` when it is not on the list."""
    return _ALIASES.get(label.strip().strip("\"'").lower(), "")


def decode(content: bytes, declared: str = "") -> tuple[str, ...]:
    """Return the readings of ``content``, best first: one, or two when label and look differ.

    >>> decode("個人番号".encode("cp932"), "windows-31j")
    ('個人番号',)
    """
    name = codec(declared)
    if content.isascii() and b"\x1b" not in content and b"\x00" not in content:
        plain = content.decode("ascii")
        if name in _NOT_ASCII_BASED:
            return _distinct(_read(content, name), plain)
        if b"+" in content and _UTF7.search(content):
            return _distinct(plain, _read(content, "utf-7"))
        return (plain,)
    guess, read = _guess(content)
    first = guess if name in ("", "ascii") else name  # "ascii" means nothing for 8-bit bytes
    readings = [
        read if read is not None and name == guess else _read(content, name)
        for name in dict.fromkeys((first, guess))
    ]
    if guess != "utf-8" and not content.isascii():  # else nothing can be in disguise
        readings += _disguised(content)
    return _distinct(*readings)


def _disguised(content: bytes) -> Iterator[str]:
    """Readings in which digits stand that no honest charset puts so: EBCDIC, overlong UTF-8."""
    if _EBCDIC.search(content):
        yield content.decode("cp037")
    if _OVERLONG.search(content):
        yield _read(_OVERLONG.sub(_shortest, content), "utf-8")


def _shortest(met: re.Match[bytes]) -> bytes:
    """The one byte that an overlong sequence of UTF-8 stands for (RFC 3629 3)."""
    low = met[0][-1] & 0x3F
    return bytes((low | (met[0][-2] & 1) << 6,))


def decode_best(content: bytes, declared: str = "") -> str:
    """Return the likeliest reading: the declared one where it fits, else the guess."""
    readings = decode(content, declared)
    return readings[0] if len(readings) == 1 else min(readings, key=_marks)


def _marks(text: str) -> int:
    return text.count(_MARK)


def _distinct(*texts: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))


def _read(content: bytes, name: str) -> str:
    if name == _JIS:
        try:
            return content.decode("iso2022_jp")  # quick, and strict: row 13 fails
        except UnicodeDecodeError:
            return decode_jis(content)
    for bom, by_bom in _BOMS:
        if content.startswith(bom) and name in (by_bom, by_bom[:6]):
            return content[len(bom) :].decode(by_bom, "replace")
    text = content.decode(name, "replace")
    return _SURROGATE.sub(_MARK, text) if name == "utf-7" else text  # it lets halves stand alone


def _guess(content: bytes) -> tuple[str, str | None]:
    """The charset that the bytes look like, and the text where that was read to find out."""
    for bom, name in _BOMS:
        if content.startswith(bom):
            return name, None
    if b"\x00" in content[:_SAMPLE]:
        wide = _wide(content[:_SAMPLE])
        if wide:
            return wide, None
    if b"\x1b" in content and (b"\x1b$" in content or b"\x1b(" in content):
        return _JIS, None
    try:
        return "utf-8", content.decode("utf-8")
    except UnicodeDecodeError:
        return _by_look(content), None


def _wide(sample: bytes) -> str:
    """UTF-16 without a BOM shows in where the zeros stand: ASCII has them on one side."""
    quarters = [sample[n::4].count(0) * 5 >= len(sample) for n in range(4)]
    if quarters[1:] == [True] * 3 or quarters[:3] == [True] * 3:
        return "utf-32-be" if quarters[0] else "utf-32-le"
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if max(even, odd) * 10 < len(sample) // 2 or min(even, odd) * 4 > max(even, odd):
        return ""
    return "utf-16-be" if even > odd else "utf-16-le"


def _by_look(content: bytes) -> str:
    sample = content[:_SAMPLE]
    return max(("cp932", "euc_jp", "cp1252"), key=lambda name: _look(sample, name))


def _look(sample: bytes, name: str) -> float:
    """How much the text looks like Japanese (or Latin) prose; higher is better."""
    text = sample.decode(name, "replace")
    # The sample's cut may spoil the last character, the end of the text may not.
    wrong = (text[:-1] if len(sample) == _SAMPLE else text).count(_MARK)
    if name == "cp1252":
        letters = sum(map(str.isalpha, text))
        return 0.2 * letters / (len(text) or 1) - 5 * wrong / (len(text) or 1)
    score = 2 * _count(_JAPANESE, text) + _count(_PLAIN, text)
    return (score - 2 * _count(_ODD, text) - 5 * wrong) / (len(text) or 1)


def _count(pattern: re.Pattern[str], text: str) -> int:
    return sum(1 for _ in pattern.finditer(text))


@cache
def known_charsets() -> frozenset[str]:
    """Every label on the list, for tests and documents."""
    return frozenset(_ALIASES)

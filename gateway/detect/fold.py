"""Digits of every script, folded to 0-9, with the way back to the source.

Answers: the stretches of a text that could hold a number, each folded to a small alphabet
and mapped character by character to its offsets in the text as it stands.
Trusts: nothing; any character may stand anywhere.
Fails: never. Linear time: the text is searched as it is, and only what looks like a number
is folded (normalising the whole text costs more than everything else together).

The alphabet of a folded stretch: ``0-9``; `` `` any space or tab; ``-`` the hyphen family,
ー and － among it; ``:`` middle dots; ``.`` ``_`` themselves; ``\\n`` a line end; ``>`` a
quote mark; ``!`` a break. Invisible characters (category Cf, variation selectors) vanish.
Where a label asks for it a wider alphabet is read, with separators that mostly part numbers
from each other: ``,`` ``/`` ``|`` ``~`` ``=`` ``'`` themselves, ``n`` for の.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

LEAST_CHARS = 12  # a number has twelve digits, each a character of its own

# No digit lies above this in Unicode 14; a test holds the bound to the interpreter's tables.
_LAST_DIGIT_CODE = 0x1FFFF
_KANJI = {
    **{c: str(n) for n, c in enumerate("〇一二三四五六七八九")},
    "零": "0",
    "壱": "1",
    "弐": "2",
    "参": "3",
}
_HYPHENS = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\u2500\u30fc\ufe58\ufe63\uff0d\uff70"
_MIDDLE_DOTS = "\u00b7\u2022\u30fb\uff65"
_LINE_ENDS = "\n\r\v\f\u0085\u2028\u2029"
ODD_SEPARATORS = {
    **dict.fromkeys(",\uff0c\u3001\uff64", ","),
    **dict.fromkeys("/\uff0f\u2044\u2215", "/"),
    **dict.fromkeys("|\uff5c\u2502", "|"),
    **dict.fromkeys("~\u301c\uff5e", "~"),
    **dict.fromkeys("=\uff1d", "="),
    **dict.fromkeys("'\u2019\uff07", "'"),
    "\u306e": "n",
}
_INVISIBLE_MARKS = "\u034f\u180b\u180c\u180d\u20e3" + "".join(map(chr, range(0xFE00, 0xFE10)))


@dataclass(frozen=True, slots=True)
class Folded:
    """One stretch that could hold a number. Secret."""

    text: str = field(repr=False)  # in the alphabet of the module's docstring
    offsets: Sequence[int] = field(repr=False)  # offsets[i]: where text[i] stands in the source

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where ``text[start:end]`` stands in the source; ``end`` is exclusive in both."""
        return self.offsets[start], self.offsets[end - 1] + 1


def _alphabet() -> dict[int, str | None]:
    """Every character of a stretch → its folded form; None makes it vanish.

    A digit that is no decimal (circled, bracketed, superscript) becomes a letter a-j first:
    whether it is a digit or a bullet depends on its neighbours, see ``_settle_bullets``.
    """
    table: dict[int, str | None] = {}
    for code in range(_LAST_DIGIT_CODE + 1):
        char = chr(code)
        if char.isdecimal():
            table[code] = str(unicodedata.decimal(char))
        elif char.isdigit():
            table[code] = "abcdefghij"[unicodedata.digit(char)]
        elif unicodedata.category(char) == "Zs":
            table[code] = " "
        elif unicodedata.category(char) == "Cf":
            table[code] = None
    table.update(dict.fromkeys(map(ord, _INVISIBLE_MARKS)))
    for chars, folded in (
        (_HYPHENS, "-"),
        (_MIDDLE_DOTS, ":"),
        (_LINE_ENDS, "\n"),
        (".\uff0e", "."),
        ("_\uff3f", "_"),
        ("\t", " "),
        (">", ">"),
    ):
        table.update(dict.fromkeys(map(ord, chars), folded))
    return table


_ALPHABET = _alphabet()
# For a glance before the reading: every digit that is no ASCII, and the kanji ones.
NON_ASCII_DIGITS = tuple(
    chr(code)
    for code, folded in _ALPHABET.items()
    if code > 0x7F and folded is not None and folded in "0123456789abcdefghij"
)
NON_ASCII_SEPARATORS = tuple(
    chr(code)
    for code, folded in _ALPHABET.items()
    if code > 0x7F and (folded is None or folded not in "0123456789abcdefghij")
)
# Of them those that stand for nothing: signs that no person sees, such as U+FEFF or U+FE0F.
NON_ASCII_MARKS = tuple(
    chr(code) for code, folded in _ALPHABET.items() if code > 0x7F and folded is None
)
KANJI_DIGITS = "".join(_KANJI)
# Every character that is one digit, as 0-9; what a lone bullet is must be asked elsewhere.
DIGIT_VALUES = _KANJI | {
    chr(code): "0123456789"["0123456789abcdefghij".index(folded) % 10]
    for code, folded in _ALPHABET.items()
    if folded is not None and folded in "0123456789abcdefghij"
}
_WIDE_ALPHABET = {**_ALPHABET, **{ord(c): folded for c, folded in ODD_SEPARATORS.items()}}
_KANJI_ALPHABET = {**_ALPHABET, **{ord(c): d for c, d in _KANJI.items()}}


def _char_class(codes: list[int]) -> str:
    return "[" + re.escape("".join(map(chr, codes))) + "]"


def _stretch_pattern(highest: int, alphabet: dict[int, str | None]) -> re.Pattern[str]:
    """A digit, then digits and separators only, long enough for a number."""
    codes = [code for code in alphabet if code <= highest]
    digits = [code for code in codes if (alphabet[code] or " ") in "0123456789abcdefghij"]
    return re.compile(f"{_char_class(digits)}{_char_class(codes)}{{{LEAST_CHARS - 1},}}+")


_STRETCH_ASCII = _stretch_pattern(0x7F, _ALPHABET)
_STRETCH_BMP = _stretch_pattern(0xFFFF, _ALPHABET)
_STRETCH_ANY = _stretch_pattern(_LAST_DIGIT_CODE, _ALPHABET)
_STRETCH_WIDE = _stretch_pattern(_LAST_DIGIT_CODE, _WIDE_ALPHABET)
_ASTRAL = re.compile("[\U00010000-\U0001ffff]")
_ASTRAL_ALPHABET = frozenset(chr(code) for code in _ALPHABET if code > 0xFFFF)
_KANJI_DIGIT = _char_class([ord(c) for c in _KANJI])
_BETWEEN_KANJI = _char_class([ord(c) for c in _HYPHENS + _MIDDLE_DOTS + " \u3000\u00a0"])
STRETCH_KANJI = re.compile(
    f"{_KANJI_DIGIT}(?:{_BETWEEN_KANJI}?+{_KANJI_DIGIT}){{{LEAST_CHARS - 1},}}+"
)

# Two bullets side by side, at most one separator between, are digits; a lone one is a break.
_BULLET_RUN = re.compile(r"[a-j](?:[ \-:._]?[a-j])+")
_LONE_BULLET = re.compile(r"[a-j]")
_BULLET_DIGITS = str.maketrans("abcdefghij", "0123456789")


def stretches(text: str) -> Iterator[Folded]:
    """Yield every stretch of ``text`` that could hold a number in decimal digits."""
    for found in _pattern_for(text).finditer(text):
        yield _fold(found.group(), found.start(), _ALPHABET)


def wide_stretches(text: str) -> Iterator[Folded]:
    """Yield the same over odd separators, too; for texts that name My Number."""
    for found in _STRETCH_WIDE.finditer(text):
        yield _fold(found.group(), found.start(), _WIDE_ALPHABET)


def kanji_stretches(text: str) -> Iterator[Folded]:
    """Yield every stretch of positional kanji digits (一二三四…) that could hold a number."""
    if text.isascii():
        return
    for found in STRETCH_KANJI.finditer(text):
        yield _fold(found.group(), found.start(), _KANJI_ALPHABET)


def may_hold_number(text: str) -> bool:
    """Return whether ``text`` has any stretch long enough; cheaper than folding it."""
    return _pattern_for(text).search(text) is not None


def _pattern_for(text: str) -> re.Pattern[str]:
    """The narrowest pattern that misses nothing: a class of astral ranges is slow."""
    if text.isascii():
        return _STRETCH_ASCII
    # Two bytes a character in UTF-16 means that nothing lies outside the first plane.
    if len(text.encode("utf-16-le", "surrogatepass")) == 2 * len(text):
        return _STRETCH_BMP
    # An emoji is common, a mathematical digit rare: only the latter asks for the slow class.
    return _STRETCH_BMP if _ASTRAL_ALPHABET.isdisjoint(_ASTRAL.findall(text)) else _STRETCH_ANY


def _fold(raw: str, start: int, alphabet: dict[int, str | None]) -> Folded:
    folded = raw.translate(alphabet)
    offsets: Sequence[int] = range(start, start + len(raw))
    if len(folded) != len(raw):
        offsets = [start + i for i, c in enumerate(raw) if alphabet[ord(c)] is not None]
    return Folded(_settle_bullets(folded), offsets)


def _settle_bullets(folded: str) -> str:
    """Turn runs of bullets into digits, and a lone bullet (①123456789018) into a break."""
    if not _LONE_BULLET.search(folded):
        return folded
    digits = _BULLET_RUN.sub(lambda run: run.group().translate(_BULLET_DIGITS), folded)
    return _LONE_BULLET.sub("!", digits)

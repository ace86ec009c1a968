"""Header values as people read them: RFC 2047 words, raw 8-bit and raw JIS.

Answers: the text of a header value, and a text that is safe as one step of a place.
Trusts: nothing. Encoded words are decoded wherever they stand, also inside quotes and
parameters, where RFC 2047 forbids them and Japanese mail programs put them.
Fails: never; a word that cannot be decoded stays as it is written.
Trap: programs cut a Japanese character in two between adjacent words, so the bytes of
neighbours with one charset are joined before they are decoded.
"""

from __future__ import annotations

import binascii
import re

from gateway.message.charset import codec, decode, decode_best

_WORD = re.compile(r"=\?([^?*\s]{1,40})(?:\*[^?\s]{0,40})?\?([BbQq])\?([^?]*)\?=")
_BETWEEN_WORDS = re.compile(r"(\?=)\s+(?==\?)")
_FOLD = re.compile(rb"\r?\n(?=[ \t])")
_CODED = re.compile(rb"=\?|[\n\x1b]")  # what makes an ASCII value more than it looks
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
_STEP_CHARS = 255  # longest step of a place that is taken from a mail


def decode_header(value: bytes) -> str:
    """Return a header's raw value (folds included) as text.

    >>> decode_header(b"=?ISO-2022-JP?B?GyRCOEQ/TUhWOWYbKEI=?= 12")
    '個人番号 12'
    """
    if value.isascii() and not _CODED.search(value):
        return value.strip().decode("ascii")
    value = _FOLD.sub(b"", value).strip()
    text = decode_best(value) if not value.isascii() or b"\x1b" in value else value.decode("ascii")
    return decode_words(text)


def decode_words(text: str) -> str:
    """Return ``text`` with its RFC 2047 encoded words decoded."""
    if "=?" not in text:
        return text
    joined = _BETWEEN_WORDS.sub(r"\1", text)
    out: list[str] = []
    pending, charset, end = b"", "", 0
    for word in _WORD.finditer(joined):
        label = word[1]
        raw = _word_bytes(word[2], word[3])
        if raw is None:
            continue
        if word.start() != end or label.lower() != charset:
            out += [_text(pending, charset), joined[end : word.start()]]
            pending, charset = b"", label.lower()
        pending += raw
        end = word.end()
    return "".join([*out, _text(pending, charset), joined[end:]])


def step(text: str) -> str:
    """Return text from a mail as one step of a place: one line, no controls, not endless."""
    return " ".join(_CONTROL.sub(" ", text).split())[:_STEP_CHARS]


def _text(raw: bytes, charset: str) -> str:
    if not raw:
        return ""
    return decode(raw, charset)[0] if codec(charset) else decode_best(raw)


def _word_bytes(encoding: str, coded: str) -> bytes | None:
    try:
        data = coded.encode("ascii")
        if encoding in "Qq":
            return binascii.a2b_qp(data, header=True)
        return binascii.a2b_base64(data + b"=" * (-len(data) % 4))
    except (UnicodeEncodeError, binascii.Error):
        return None

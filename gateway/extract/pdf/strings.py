"""PDF's text strings: decoded, and gathered out of any object.

Answers: ``decoded`` for one string's bytes, ``strings_in`` for an object written out by qpdf.
Trusts: nothing but qpdf's way of writing: parentheses escaped, hexadecimal in pairs.
Fails: never; linear time.
Standards: ISO 32000-2, 7.3.4 and 7.9.2 (UTF-16BE or UTF-8 behind a mark, else
PDFDocEncoding; Japanese programs write Shift_JIS there all the same, so the ladder decides).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gateway.extract.sample import Decode

_STRING = re.compile(
    rb"\(((?:[^()\\]|\\.)*)\)|<([0-9A-Fa-f]+)>|(?<![0-9.])([0-9]{12})(?![0-9.])", re.DOTALL
)
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|.)", re.DOTALL)
_LETTERS = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
_DATE = re.compile(r"D:\d{4,14}(?:[Zz+\-].*)?\Z")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ufffd]")
_BINARY_SHARE = 0.1  # of controls: more is a signature, a colour table, a key


def decoded(raw: bytes, decode: Decode) -> str:
    """Return the text that a string's bytes are."""
    if raw.startswith(b"\xfe\xff"):
        return raw[2:].decode("utf-16-be", "replace")
    if raw.startswith(b"\xff\xfe"):
        return raw[2:].decode("utf-16-le", "replace")
    if raw.startswith(b"\xef\xbb\xbf"):
        return raw[3:].decode("utf-8", "replace")
    if raw.isascii():
        return raw.decode("ascii")
    return next(iter(decode(raw, "")), "")


def strings_in(written: bytes, decode: Decode) -> Iterator[str]:
    """Yield the texts in an object: no dates, nothing binary; numbers of twelve digits, too."""
    for found in _STRING.finditer(written):
        literal, hexadecimal, number = found.groups()
        if number:
            yield number.decode("ascii")
            continue
        raw = _unescaped(literal) if literal is not None else _from_hex(hexadecimal)
        text = decoded(raw, decode)
        if text.strip() and not _DATE.match(text) and not _is_binary(text):
            yield text


def _from_hex(digits: bytes) -> bytes:
    return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode("ascii"))


def _unescaped(literal: bytes) -> bytes:
    return _ESCAPE.sub(_meant, literal) if b"\\" in literal else literal


def _meant(found: re.Match[bytes]) -> bytes:
    what = found[1]
    if what[:1] in b"01234567":
        return bytes([int(what, 8) & 0xFF])
    return _LETTERS.get(what, what)


def _is_binary(text: str) -> bool:
    return len(_CONTROL.findall(text)) > _BINARY_SHARE * len(text)

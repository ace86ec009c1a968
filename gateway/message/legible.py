"""What can be read in bytes that are mostly noise: the text around runs of digits.

Answers: texts, one a reading of the charset, of a view that no reader would open.
Trusts: nothing.
Fails: never. Linear; noise yields nothing, so that sixteen views of a mail cost little.
Digits are looked for in ASCII and, two bytes each, in UTF-8, CP932, EUC-JP, JIS and
UTF-16 full width, in UTF-16 and UTF-32 half width, and in EBCDIC (cp037).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gateway.message.charset import decode

_CONTROLS = bytes(b for b in range(32) if b not in (9, 10, 12, 13, 14, 15, 26, 27)) + b"\x7f"
_NARROW = re.compile(rb"[0-9](?:[^0-9]{0,8}[0-9]){9,}")
_WIDE = re.compile(
    rb"(?:(?:\xef\xbc[\x90-\x99]|\x82[\x4f-\x58]|\xa3[\xb0-\xb9]|\xff[\x10-\x19])"
    rb"[^0-9\x10-\x19]{0,4}){9}"
)
_EBCDIC = re.compile(rb"[\xf0-\xf9](?:[\x40\x60]{0,2}[\xf0-\xf9]){9,}")
_WIDE_UTF16 = re.compile(rb"\xff[\x10-\x19]|[\x10-\x19]\xff")
_BEFORE, _AFTER = 160, 60  # bytes around a run: a label stands there
_TEXT_SHARE = 50  # one control in so many bytes is still a text


def is_legible(data: bytes) -> bool:
    """Whether bytes are a text without any control, that every reader would open."""
    return not data.translate(None, _TEXT_ONLY)


_TEXT_ONLY = bytes(b for b in range(256) if b not in _CONTROLS)


def texts(data: bytes) -> Iterator[str]:
    """Yield the readings of ``data``: all of a text, else what stands around digits."""
    strange = len(data) - len(data.translate(None, _CONTROLS))
    if strange * _TEXT_SHARE <= len(data):
        yield from decode(data.translate(None, _CONTROLS) if strange else data)
        return
    near = b"\n".join(_windows(data))
    if not near:
        return
    yield from decode(near)
    if b"\x00" in near:
        yield from decode(near.replace(b"\x00", b""))
    if b"\xff" in near:
        yield from decode(_WIDE_UTF16.sub(_digit, near))
    if _EBCDIC.search(near):
        yield near.decode("cp037")


def _digit(met: re.Match[bytes]) -> bytes:
    """The ASCII digit of a full-width one in UTF-16, whichever byte comes first."""
    return bytes((0x30 + (min(met[0]) & 0x0F),))


def _windows(data: bytes) -> Iterator[bytes]:
    done = 0
    met = (run.span() for pattern in (_NARROW, _WIDE, _EBCDIC) for run in pattern.finditer(data))
    for start, end in sorted(met):
        if end <= done:
            continue
        yield data[max(start - _BEFORE, done) : end + _AFTER]
        done = end + _AFTER

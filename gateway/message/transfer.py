"""Content-Transfer-Encoding: the bytes of a part, and doubts about them.

Answers: the decoded bytes, with a doubt wherever two decoders are known to differ.
Trusts: nothing.
Fails: never; where the coding is broken as much as possible is still decoded.
Standards: RFC 2045 6. Only its five tokens are known; anything else is read as it
stands, and as base64 as well where it looks like that.
"""

from __future__ import annotations

import binascii
import re

TOKENS = frozenset({"7bit", "8bit", "binary", "quoted-printable", "base64", ""})
_BAD_QP = re.compile(rb"=(?![0-9A-Fa-f]{2}|[ \t]*\r?(?:\n|\Z))")
_MOST_PADDING = 2
_BLANKS = b"\r\n\t "
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/=]+")


def decode_body(raw: bytes, coding: str) -> tuple[bytes, tuple[str, ...]]:
    """Return the bytes of a part's body, and the doubts about them."""
    if coding == "base64":
        return _base64(raw)
    if coding == "quoted-printable":
        return binascii.a2b_qp(raw), ("quoted-printable",) if _BAD_QP.search(raw) else ()
    return raw, ()


def looks_base64(raw: bytes) -> bool:
    """Whether a body whose coding is unknown is worth a reading as base64."""
    compact = raw.translate(None, _BLANKS)
    return len(compact) >= 16 and not _NOT_BASE64.search(compact)


def _base64(raw: bytes) -> tuple[bytes, tuple[str, ...]]:
    compact = raw.translate(None, _BLANKS)
    padding = compact.find(b"=")
    if padding < 0 or len(compact) - padding <= _MOST_PADDING:
        try:
            return binascii.a2b_base64(compact, strict_mode=True), ()
        except binascii.Error:
            pass
    return _every_chunk(compact), ("base64",)


def _every_chunk(compact: bytes) -> bytes:
    """Decode run by run: padding in the middle ends one run and starts another."""
    return b"".join(_chunk(piece) for piece in _NOT_BASE64.sub(b"", compact).split(b"=") if piece)


def _chunk(piece: bytes) -> bytes:
    usable = piece if len(piece) % 4 != 1 else piece[:-1]
    return binascii.a2b_base64(usable + b"=" * (-len(usable) % 4)) if usable else b""

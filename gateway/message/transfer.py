"""Content-Transfer-Encoding: the bytes of a part, and doubts about them.

Answers: the decoded bytes, with a doubt wherever two decoders are known to differ.
Trusts: nothing.
Fails: never; where the coding is broken as much as possible is still decoded.
Standards: RFC 2045 6. Only its five tokens are known, and misspellings that decode nothing;
anything else is read as it stands, and as base64 as well where it looks like that.
"""

from __future__ import annotations

import binascii
import re

from gateway.message import floor
from gateway.message.codings import quoted, unpadded

_MISSPELT = ("7-bit", "8-bit", "7bits", "8bits", "7 bit", "8 bit")  # programs agree on these
TOKENS = frozenset({"7bit", "8bit", "binary", "quoted-printable", "base64", "", *_MISSPELT})
_BAD_QP = re.compile(rb"=(?![0-9A-Fa-f]{2}|\r?(?:\n|\Z))")
_NOT_IN_QP = bytes((9, 10, 13, *range(0x20, 0x7F)))
_MOST_PADDING = 2
_QUAD = 4
_BLANKS = b"\r\n\t "
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/=]+")


def decode_body(raw: bytes, coding: str) -> tuple[bytes, tuple[str, ...]]:
    """Return the bytes of a part's body, and the doubts about them."""
    if coding == "base64":
        return _base64(raw)
    if coding == "quoted-printable":
        bad = _BAD_QP.search(raw) or raw.translate(None, _NOT_IN_QP)
        return quoted(raw), (floor.QUOTED_PRINTABLE,) if bad else ()
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
            decoded = binascii.a2b_base64(compact, strict_mode=True)
        except binascii.Error:
            pass
        else:
            return decoded, () if _whole_quads(raw) else (floor.BASE64_LINES,)
    return _every_chunk(compact), (floor.BASE64,)


def _whole_quads(raw: bytes) -> bool:
    """Whether every line but the last holds whole quads: some programs decode line by line.

    Honest lines are all of one length, which one slice shows; only others are looked at singly.
    """
    body = raw.strip(_BLANKS)
    breaks = body.count(b"\n")
    stride = body.find(b"\n") + 1
    if breaks == 0:
        return b" " not in body and b"\t" not in body
    width = stride - 1 - body.startswith(b"\r", stride - 2)
    if width % _QUAD == 0 and body[stride - 1 :: stride].count(b"\n") == breaks:
        return True
    return all(len(line.rstrip(_BLANKS)) % _QUAD == 0 for line in body.split(b"\n"))


def _every_chunk(compact: bytes) -> bytes:
    """Decode run by run: padding in the middle ends one run and starts another."""
    return b"".join(map(unpadded, _NOT_BASE64.sub(b"", compact).split(b"=")))

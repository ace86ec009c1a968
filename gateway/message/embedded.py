"""What stands in a body and is read as more than text by some programs only.

Answers: whether a MIME header stands there as if a part began; which codings of no
standard show by their first line (some programs decode them unasked, others show them).
Trusts: nothing.
Fails: never. Linear; a text without such lines costs one search.
"""

from __future__ import annotations

import re

from gateway.message import floor

_PART = re.compile(rb"[\r\n][ \t]*+(?i:content-(?:type|transfer-encoding))[ \t]*+[:(]")
_CODINGS = (  # how each begins
    (re.compile(rb"(?:\A|\n)begin(?:-base64)? [0-7]{3,4} [^\r\n]+\r?\n[!-`]"), floor.UUENCODE),
    (re.compile(rb"(?:\A|\n)=ybegin "), floor.YENC),
    (re.compile(rb"(?:\A|\n)\(This file must be converted with BinHex"), floor.BINHEX),
)
_MIME = b"content-t"
_FIRST = 200  # bytes of the first line that are looked at
_MARKS = (b"begin", b"BinHex")


def holds_part(raw: bytes) -> bool:
    """Whether a MIME header stands in a body, on a line of its own."""
    if b"-" not in raw or _MIME not in raw.lower():  # base64 has no hyphen
        return False
    return _PART.match(b"\n" + raw[:_FIRST]) is not None or _PART.search(raw) is not None


def codings_in(body: bytes) -> list[str]:
    """Return the doubt of each coding that begins in ``body``."""
    if not any(mark in body for mark in _MARKS):
        return []
    return [code for pattern, code in _CODINGS if pattern.search(body)]

"""Base64 that stands in a text without a header that says so.

Answers: the file in a value that is base64 as a whole, if it is a file of a known kind.
Trusts: nothing; linear. Fails: never; what does not decode is no file.
Standard: RFC 4648.
"""

from __future__ import annotations

import binascii
import re

from gateway.extract.sniff import OCTETS, media_type

_SHORTEST = 24
_BASE64 = re.compile(r"\s*+(?:[A-Za-z0-9+/]++\s*+)++={0,2}\s*+")


def embedded_file(value: str) -> bytes | None:
    """Return the file that ``value`` is the base64 of, or ``None``."""
    if len(value) < _SHORTEST or not _BASE64.fullmatch(value):
        return None
    raw = decoded("".join(value.split()))
    return raw if raw and media_type(raw) != OCTETS else None


def decoded(compact: str) -> bytes | None:
    """Return the bytes of base64 without blanks, padding missing or not."""
    bare = compact.rstrip("=")
    if len(bare) % 4 == 1:
        return None
    try:
        return binascii.a2b_base64(bare + "=" * (-len(bare) % 4))
    except ValueError:  # binascii.Error, or what is not ASCII
        return None

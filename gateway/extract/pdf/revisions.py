"""The bytes of a PDF file that its last revision does not speak of.

Answers: ``earlier``: the file as it was before each incremental update (what was replaced or
deleted is still in it); ``outside``: bytes before the header and behind the last ``%%EOF``;
``comments``.
Trusts: nothing; only where a cross-reference stands at the offset that the end names is it
the end of a revision, so a PDF inside a PDF is none.
Fails: never; linear time.
Standards: ISO 32000-2, 7.5.5 and 7.5.6; annex F (the first end of a linearized file).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

MOST_REVISIONS = 32  # a form filled in and signed by many has a dozen
LEAST_OUTSIDE = 12  # bytes that are not blank: a number has as many

_END = re.compile(rb"startxref\s{1,8}(\d{1,12})\s{1,8}%%EOF(?:\r\n|\r|\n)?")
_XREF = re.compile(rb"\s{0,8}(?:xref\b|\d{1,10}\s{1,4}\d{1,5}\s{1,4}obj\b)")
_COMMENT = re.compile(rb"[\r\n]%([\x20-\x7e]{8,})(?=[\r\n])")
_DIGITS = re.compile(rb"\d")
_FEWEST_DIGITS = 4
_BLANK = b" \t\r\n\x00\x1a"


def earlier(content: bytes) -> list[int]:
    """Return where the revisions before the last end, the newest first."""
    ends = [m.end() for m in _END.finditer(content) if _is_revision(content, int(m[1]))]
    return ends[-2::-1]


def _is_revision(content: bytes, offset: int) -> bool:
    """Whether a cross-reference stands there; a linearized file's first end names none."""
    start = max(content.find(b"%PDF-", 0, 1024), 0)
    return offset > 0 and any(_XREF.match(content, offset + s) for s in {0, start})


def outside(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield what stands before the header and behind the end, where it is more than blanks."""
    start = content.find(b"%PDF-", 0, 1024 + 5)
    if start > 0 and _is_substantial(content[:start]):
        yield "leading data", content[:start]
    end = content.rfind(b"%%EOF")
    if end >= 0 and _is_substantial(content[end + 5 :]):
        yield "trailing data", content[end + 5 :].lstrip(_BLANK)


def _is_substantial(piece: bytes) -> bool:
    return len(piece.strip(_BLANK)) >= LEAST_OUTSIDE


def comments(content: bytes) -> str:
    """Return the comments with digits in them, one a line."""
    found = (m[1] for m in _COMMENT.finditer(content))
    kept = (c for c in found if len(_DIGITS.findall(c)) >= _FEWEST_DIGITS)
    return "\n".join(c.decode("ascii") for c in kept)

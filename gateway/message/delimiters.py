"""The lines that part a multipart, and every line that some program could take for one.

Answers: where the parts stand, whether the last was closed, and the doubts.
Trusts: nothing; the caller bounds the number of parts.
Fails: never. Linear: each occurrence of the boundary is looked at once.
Standard: RFC 2046 5.1.1. The line end before a delimiter is the delimiter's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from gateway.message import floor

_BOUNDARY = re.compile(rb"[0-9A-Za-z'()+_,\-./:=? ]{0,69}[0-9A-Za-z'()+_,\-./:=?]")
_PADDING = re.compile(rb"(?:--)?[ \t]*\r?\n?")


@dataclass(frozen=True, slots=True)
class Cuts:
    """Where a multipart's parts stand. Offsets into the mail."""

    parts: tuple[tuple[int, int], ...]
    preamble_end: int  # where the first delimiter line starts; the end when there is none
    epilogue: int  # where the line after the closing delimiter starts; the end without one
    doubts: tuple[str, ...]


def boundary_in_doubt(boundary: bytes) -> bool:
    """Whether a boundary breaks the grammar of RFC 2046 5.1.1."""
    return _BOUNDARY.fullmatch(boundary) is None


def cut(content: bytes, start: int, end: int, boundary: bytes, most: int) -> Cuts:
    """Cut ``content[start:end]`` at the lines that delimit with ``boundary``."""
    mark = b"--" + boundary
    doubts: list[str] = []
    parts: list[tuple[int, int]] = []
    opened, at, first, epilogue = -1, start, end, -1
    while boundary and len(parts) <= most and (at := content.find(mark, at, end)) >= 0:
        line_end = content.find(b"\n", at, end)
        line_end = end if line_end < 0 else line_end + 1
        tail = content[at + len(mark) : min(line_end, at + len(mark) + 1000)]
        begins = at == start or content[at - 1] == 0x0A
        if not begins or _PADDING.fullmatch(tail) is None:
            doubts.append(floor.BOUNDARY_LINE if not begins else _kind_of(tail))
            at += len(mark)
            continue
        if epilogue >= 0:  # a delimiter behind the closing one
            doubts.append(floor.PART_OUTSIDE)
            break
        first = min(first, at)
        if opened >= 0:
            parts.append((opened, _before_line_end(content, at, opened)))
        opened = at = line_end
        if tail.startswith(b"--"):
            epilogue, opened = line_end, -1
    if opened >= 0 and len(parts) <= most:
        parts.append((opened, end))
    if epilogue < 0:
        doubts.append(floor.CLOSING_BOUNDARY)
    if not parts:
        doubts.append(floor.NO_PARTS)
    return Cuts(tuple(parts), first, epilogue if epilogue >= 0 else end, tuple(doubts))


def _kind_of(tail: bytes) -> str:
    """A line that starts as a delimiter and goes on: another boundary's, or a broken one."""
    longer = boundary_in_doubt(tail.strip(b" \t\r\n")) or tail[:1] in b" -"
    return floor.BOUNDARY_LINE if longer else floor.BOUNDARY_PREFIX


def _before_line_end(content: bytes, at: int, lowest: int) -> int:
    for end in (b"\r\n", b"\n"):
        if content.endswith(end, lowest, at):
            return at - len(end)
    return at

"""The boxes that HEIF, AVIF, MP4 and JPEG 2000 files are made of.

Answers: ``boxes`` (those that fill a stretch), ``outermost`` (those of a whole file, up to what
is none any more), ``gaps`` (what of a stretch nobody claims), and ``unpadded`` (bytes without
zeros in front, unless they are the beginning of such a file).
Trusts: nothing; a box that does not fit where it stands is none.
Fails: ``boxes`` with ``ValueError``.
Standards: ISO/IEC 14496-12 4.2, ISO/IEC 15444-1 I.4.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_FIRST = (b"ftyp", b"jP  ")  # the box that a file begins with
_MOST_OUTERMOST = 10_000  # in one file; what comes behind them is behind
_HEAD, _WIDE = 8, 16  # bytes of a box's head; with a size of eight bytes

Stretch = tuple[int, int]  # of a file: from, up to


@dataclass(frozen=True, slots=True)
class Box:
    """One box: its type, where it begins, where its body does, and where it ends."""

    kind: bytes
    at: int
    body: int
    end: int


def boxes(content: bytes, start: int, end: int) -> Iterator[Box]:
    """Yield the boxes that fill a stretch; ``ValueError`` for one that does not fit."""
    at = start
    while at + _HEAD <= end:
        size, kind = struct.unpack_from(">I4s", content, at)
        body = at + _HEAD
        if size == 1 and at + _WIDE <= end:
            (size,) = struct.unpack_from(">Q", content, body)
            body = at + _WIDE
        last = end if size == 0 else at + int(size)
        if not body <= last <= end:
            raise ValueError("box")
        yield Box(kind, at, body, last)
        at = last


def outermost(content: bytes) -> Iterator[Box]:
    """Yield the boxes of a whole file; what comes behind the last one is no box."""
    at = 0
    for _ in range(_MOST_OUTERMOST):
        try:
            box = next(boxes(content, at, len(content)), None)
        except ValueError:
            return
        if box is None or not all(0x20 <= byte < 0x7F or byte == 0xA9 for byte in box.kind):
            return
        yield box
        at = box.end


def gaps(claimed: Iterable[Stretch], start: int, end: int) -> Iterator[Stretch]:
    """Yield what lies between ``start`` and ``end`` and is claimed by nobody."""
    at = start
    for first, last in sorted(claimed):
        if at < first < end:
            yield at, first
        at = max(at, last)
    if at < end:
        yield at, end


def unpadded(content: bytes) -> bytes:
    """Return the bytes without the zeros that pad the file before them.

    >>> unpadded(bytes(9) + b"\\x0cjP  ..."), unpadded(bytes(9) + b"PK")
    (b'\\x00\\x00\\x00\\x0cjP  ...', b'PK')
    """
    bare = content.lstrip(b"\0")
    zeros = len(content) - len(bare)
    for own in (3, 2):  # of the four bytes that say how long the first box is
        if bare[4 - own : 8 - own] in _FIRST and zeros >= own:
            return content[zeros - own :]
    return bare

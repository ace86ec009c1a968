"""What a JPEG 2000 file says before anything is unpacked, and what stands in it besides.

Answers: ``Stream``: how many dots the decoder will unpack, and whether half the size can be had
at less cost; ``beside``: comments, boxes of words and of programs, more pictures, and the bytes
that belong to nothing.
Trusts: nothing.
Fails: ``ValueError`` and ``struct.error`` for a file without a code stream that says its size.
Standard: ISO/IEC 15444-1, annex A (the code stream) and annex I (JP2's boxes).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from gateway.extract.iso_boxes import Box, Stretch, boxes, outermost

BOXED, BARE = b"\0\0\0\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51"
_SIZE = struct.Struct(">IIII")  # where the picture ends and begins, across and down (A.5.1)
_SIZ, _COD, _COM, _SOT, _SOD, _EOC = 0xFF51, 0xFF52, 0xFF64, 0xFF90, 0xFF93, 0xFFD9
_LEVELS = 7  # bytes from a COD segment's length to how often the picture is halved (A.6.1)
_PART_HEAD = 12  # bytes of SOT with its marker (A.4.2)
_OF_PICTURE = frozenset((b"jP  ", b"ftyp", b"jp2h", b"jp2c", b"rreq", b"jpch", b"jplh"))
_NESTS = frozenset((b"asoc", b"uinf"))
_UUID_BYTES = 16


@dataclass(slots=True)
class Stream:
    """One code stream, walked from segment to segment; ``end`` is behind its last marker."""

    dots: int = 0
    levels: int = 0
    comments: list[Stretch] = field(default_factory=list)
    end: int = 0


def first_stream(content: bytes) -> Stream:
    """Walk the code stream that Pillow decodes."""
    if content.startswith(BARE):
        return _walk(content, 0, len(content))
    found = next((box for box in outermost(content) if box.kind == b"jp2c"), None)
    if found is None:
        raise ValueError("no code stream")
    return _walk(content, found.body, found.end)


def beside(content: bytes) -> Iterator[Stretch]:
    """Yield the stretches that are no part of the first picture."""
    stream = first_stream(content)
    yield from stream.comments
    if content.startswith(BARE):
        yield stream.end, len(content)
        return
    first, end = True, 0
    for box in outermost(content):
        end = box.end
        if box.kind == b"jp2c":
            yield (stream.end if first else box.body), box.end
            first = False
        elif box.kind not in _OF_PICTURE:
            yield from _inside(content, box)
    yield end, len(content)


def _inside(content: bytes, box: Box) -> Iterator[Stretch]:
    if box.kind in _NESTS:
        try:
            for inner in boxes(content, box.body, box.end):
                yield from _inside(content, inner)
        except ValueError:
            yield box.body, box.end
    else:
        yield box.body + _UUID_BYTES * (box.kind == b"uuid"), box.end


def _walk(content: bytes, start: int, end: int) -> Stream:
    stream, at = Stream(end=end), start + 2
    while at + 4 <= end:
        marker, length = struct.unpack_from(">HH", content, at)
        if marker == _EOC:
            stream.end = at + 2
            break
        if marker == _SOT:
            at = _tile_part(content, at, end, stream)
            continue
        _segment(content, marker, at + 2, length, stream)
        at += 2 + length
    else:
        stream.end = at + 2 if content[at : at + 2] == b"\xff\xd9" else end
    return stream


def _segment(content: bytes, marker: int, at: int, length: int, stream: Stream) -> None:
    if marker == _SIZ:
        wide, high, left, top = _SIZE.unpack_from(content, at + 4)
        stream.dots = max(wide - left, 0) * max(high - top, 0)
    elif marker == _COD:
        stream.levels = content[at + _LEVELS]
    elif marker == _COM:
        stream.comments.append((at + 4, at + length))


def _tile_part(content: bytes, at: int, end: int, stream: Stream) -> int:
    """Note what its head says; return where it ends."""
    (length,) = struct.unpack_from(">I", content, at + 6)
    last = at + int(length)
    if length == 0:  # the last one: up to the end, which is searched for once
        last = content.rfind(b"\xff\xd9", at, end)
        last = last if last > 0 else end
    inside = at + _PART_HEAD
    while inside + 4 <= last:
        marker, size = struct.unpack_from(">HH", content, inside)
        if marker == _SOD:
            break
        _segment(content, marker, inside + 2, size, stream)
        inside += 2 + size
    return max(last, at + _PART_HEAD)

"""Pictures in the drawing records of legacy Office files, wherever the records lie.

Answers: each picture with the end of name that fits it; metafiles come unpacked.
Trusts: nothing. Records are found by their heads, so that a broken chain of containers
hides none; what is unpacked is bounded.
Fails: never; a metafile that does not unpack is given as it lies there.
Standards: [MS-ODRAW] 2.2.23 (BLIP records), 2.2.31 (metafile header).
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator

_HEAD = re.compile(rb"..([\x1a-\x1f\x29\x2a])\xf0", re.DOTALL)
_ENDS = {0x1A: "emf", 0x1B: "wmf", 0x1C: "pict", 0x1D: "jpg", 0x1E: "png", 0x1F: "bmp",
         0x29: "tiff", 0x2A: "jpg"}  # fmt: skip
_METAFILES = (0x1A, 0x1B, 0x1C)
_STARTS = {0x1D: b"\xff\xd8", 0x1E: b"\x89PNG", 0x2A: b"\xff\xd8"}
_ID, _METAFILE_HEAD = 16, 34
_DEFLATED = 0
_FEWEST = 8 + _ID + 1


def pictures(stream: bytes, most_bytes: int) -> Iterator[tuple[str, bytes]]:
    """Yield the end of the name and the bytes of each picture in a stream."""
    at = 0
    while found := _HEAD.search(stream, at):
        at = found.start() + 1
        kind = found[1][0]
        if found.start() + 8 > len(stream):
            return
        instance, _, length = struct.unpack_from("<HHI", stream, found.start())
        end = found.start() + 8 + length
        if instance & 0xF or not length >= _FEWEST or end > len(stream):
            continue
        body = stream[found.start() + 8 : end]
        content = _metafile(body, most_bytes) if kind in _METAFILES else _bitmap(body, kind)
        if content:
            yield _ENDS[kind], content
            at = end


def _bitmap(body: bytes, kind: int) -> bytes:
    """The picture behind one identity or two, and one byte."""
    start = _STARTS.get(kind)
    if start is None:
        return body[_ID + 1 :]
    at = body.find(start, 0, 2 * _ID + 8)
    return body[at:] if at >= 0 else b""


def _metafile(body: bytes, most_bytes: int) -> bytes:
    for identities in (1, 2):
        at = identities * _ID
        head = body[at : at + _METAFILE_HEAD]
        if len(head) < _METAFILE_HEAD:
            return b""
        saved, packing = struct.unpack_from("<IB", head, 28)
        rest = body[at + _METAFILE_HEAD :]
        if saved != len(rest):
            continue
        if packing != _DEFLATED:
            return rest
        try:
            return zlib.decompressobj().decompress(rest, most_bytes)
        except zlib.error:
            return rest
    return b""

"""Where a picture ends in its file; what comes behind is another file.

Answers: ``end_of``: the offset behind the last byte that belongs to the picture.
Trusts: nothing; each format's own blocks are stepped over, in time linear in the file.
Fails: never; a file whose end cannot be found ends where the file does.
Standards: ITU-T T.81 annex B, PNG 5.3, GIF89a, RIFF, BMP.
"""

from __future__ import annotations

import re
import struct

_MARKER = re.compile(rb"\xff+([^\x00\xff])")
_BARE = frozenset((0x01, *range(0xD0, 0xD9)))  # markers without a length: TEM, RSTn, SOI
_EOI, _SOS = 0xD9, 0xDA


def end_of(content: bytes) -> int:
    """Return how many of the bytes belong to the picture."""
    for start, find in (
        (b"\xff\xd8", _jpeg),
        (b"\x89PNG\r\n\x1a\n", _png),
        (b"GIF8", _gif),
        (b"RIFF", _riff),
        (b"BM", _bmp),
    ):
        if content.startswith(start):
            try:
                return min(find(content), len(content))
            except (struct.error, IndexError):
                return len(content)
    return len(content)


def _jpeg(content: bytes) -> int:
    at = 2
    while (met := _MARKER.search(content, at)) is not None:
        marker, at = met[1][0], met.end()
        if marker == _EOI:
            return at
        if marker not in _BARE:  # entropy-coded data behind SOS has RSTn and \xff\x00 only
            (length,) = struct.unpack_from(">H", content, at)
            at += length
    return len(content)


def _png(content: bytes) -> int:
    at, kind = 8, b""
    while kind != b"IEND":
        length, kind = struct.unpack_from(">I4s", content, at)
        at += 12 + int(length)
    return at


def _gif(content: bytes) -> int:
    at = 13 + _palette(content[10])
    while True:
        kind = content[at]
        if kind == 0x3B:
            return at + 1
        if kind == 0x21:
            at += 2
        elif kind == 0x2C:
            at += 11 + _palette(content[at + 9])
        else:
            return len(content)
        while (length := content[at]) != 0:
            at += 1 + length
        at += 1


def _palette(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _riff(content: bytes) -> int:
    length: int = struct.unpack_from("<I", content, 4)[0]
    return 8 + length + length % 2


def _bmp(content: bytes) -> int:
    length: int = struct.unpack_from("<I", content, 2)[0]
    return length or len(content)  # some programs write 0

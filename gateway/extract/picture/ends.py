"""Where a picture ends in its file, and what of the file belongs to no picture.

Answers: ``beside``: the stretches that are no picture's: behind its last byte and, in files
whose parts lie in any order (TIFF, HEIF, AVIF, JPEG 2000), between them.
Trusts: nothing; each format's own blocks are stepped over, in time linear in the file.
Fails: never; a file whose end cannot be found has nothing behind it.
Standards: ITU-T T.81 annex B, PNG 5.3, GIF89a, RIFF, BMP, ICO, Netpbm; for the others see
``tiff``, ``jpeg2000`` and ``heif_items``.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable

from gateway.extract.heif_items import holding
from gateway.extract.iso_boxes import Stretch, gaps
from gateway.extract.picture import blocks, jpeg2000, tiff
from gateway.extract.picture.blocks import Block

_RAW_NETPBM = re.compile(
    rb"P([456])(?:\s|#[^\n]*\n)+(\d{1,9})(?:\s|#[^\n]*\n)+(\d{1,9})"
    rb"(?:(?:\s|#[^\n]*\n)+(\d{1,5}))?\s"
)


def beside(content: bytes) -> list[Stretch]:
    """Return the stretches of the file that belong to no picture, none for what breaks off."""
    try:
        found = _beside(content)
    except (struct.error, IndexError, ValueError):
        return []
    return [(start, min(end, len(content))) for start, end in found if start < len(content)]


def _beside(content: bytes) -> Iterable[Stretch]:
    if content.startswith(tiff.STARTS):
        return list(gaps(tiff.claimed(content), 0, len(content)))
    if content.startswith((jpeg2000.BOXED, jpeg2000.BARE)):
        return list(jpeg2000.beside(content))
    if content[4:8] == b"ftyp":
        return holding(content).beside(len(content))
    return [(_end_of(content), len(content))]


def _end_of(content: bytes) -> int:
    """Return how many of the bytes belong to a picture of a kind that lies in one piece."""
    for start, find in (
        (b"\xff\xd8", _jpeg),
        (b"\x89PNG\r\n\x1a\n", _png),
        (b"GIF8", _gif),
        (b"RIFF", _riff),
        (b"BM", _bmp),
        (b"\0\0\1\0", _ico),
        (b"P", _netpbm),
    ):
        if content.startswith(start):
            return min(find(content), len(content))
    return len(content)


def _behind(found: Iterable[Block], last: bytes, content: bytes) -> int:
    """Where the block ends that ends the picture; at the file's end where it is missing."""
    ends = (block.behind for block in found if block.kind == last)
    return next(ends, len(content))


def _jpeg(content: bytes) -> int:
    return _behind(blocks.jpeg(content), blocks.LAST_OF_JPEG, content)


def _png(content: bytes) -> int:
    return _behind(blocks.png(content), blocks.LAST_OF_PNG, content)


def _gif(content: bytes) -> int:
    return _behind(blocks.gif(content), blocks.LAST_OF_GIF, content)


def _riff(content: bytes) -> int:
    length: int = struct.unpack_from("<I", content, 4)[0]
    return 8 + length + length % 2


def _bmp(content: bytes) -> int:
    length: int = struct.unpack_from("<I", content, 2)[0]
    return length or len(content)  # some programs write 0


def _ico(content: bytes) -> int:
    (count,) = struct.unpack_from("<H", content, 4)
    end = 6 + 16 * int(count)
    for number in range(count):
        size, offset = struct.unpack_from("<II", content, 14 + 16 * number)
        end = max(end, offset + size)
    return end


def _netpbm(content: bytes) -> int:
    """Of one picture in the raw form; another, or what else, may follow."""
    head = _RAW_NETPBM.match(content)
    if head is None or (head[1] != b"4" and head[4] is None):
        return len(content)
    width, height = int(head[2]), int(head[3])
    if head[1] == b"4":  # dots in bits; what the pattern took for a depth is of the picture
        return head.end(3) + 1 + (width + 7) // 8 * height
    depth = 2 if int(head[4]) > 255 else 1
    return head.end() + width * height * depth * (3 if head[1] == b"6" else 1)

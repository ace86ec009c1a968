"""Where a picture ends in its file; what comes behind is another file.

Answers: ``end_of``: the offset behind the last byte that belongs to the picture.
Trusts: nothing; each format's own blocks are stepped over, in time linear in the file.
Fails: never; a file whose end cannot be found ends where the file does.
Standards: ITU-T T.81 annex B, PNG 5.3, GIF89a, RIFF, BMP, ICO, TIFF 6.0 section 2, Netpbm,
ISO/IEC 14496-12 4.2 (AVIF).
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator

_MARKER = re.compile(rb"\xff+([^\x00\xff])")
_BARE = frozenset((0x01, *range(0xD0, 0xD9)))  # markers without a length: TEM, RSTn, SOI
_EOI, _SOS = 0xD9, 0xDA
_BOXES = frozenset(
    (b"ftyp", b"meta", b"mdat", b"moov", b"moof", b"free", b"skip", b"uuid", b"sidx")
)
_WIDE = 16  # bytes of a box's head that has a size of eight
_RAW_NETPBM = re.compile(
    rb"P([456])(?:\s|#[^\n]*\n)+(\d{1,9})(?:\s|#[^\n]*\n)+(\d{1,9})"
    rb"(?:(?:\s|#[^\n]*\n)+(\d{1,5}))?\s"
)
_VALUE_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_MORE_PAGES = frozenset((330, 34665, 34853, 40965))  # SubIFDs, EXIF, GPS, interoperability
_PLACES = {273: 279, 324: 325, 288: 289, 513: 514}  # where data lie: which tag says how long
_TOLD = _MORE_PAGES | _PLACES.keys() | frozenset(_PLACES.values())
_MOST_VALUES = 1_000_000  # fields and places of all pages; what comes behind them is behind


def end_of(content: bytes) -> int:
    """Return how many of the bytes belong to the picture."""
    for start, find in (
        (b"\xff\xd8", _jpeg),
        (b"\x89PNG\r\n\x1a\n", _png),
        (b"GIF8", _gif),
        (b"RIFF", _riff),
        (b"BM", _bmp),
        (b"\0\0\1\0", _ico),
        (b"II*\0", _tiff),
        (b"MM\0*", _tiff),
        (b"P", _netpbm),
    ):
        if content.startswith(start):
            return _bounded(find, content)
    return _bounded(_boxes, content) if content[4:8] == b"ftyp" else len(content)


def _bounded(find: Callable[[bytes], int], content: bytes) -> int:
    try:
        return min(find(content), len(content))
    except (struct.error, IndexError):
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


def _ico(content: bytes) -> int:
    (count,) = struct.unpack_from("<H", content, 4)
    end = 6 + 16 * int(count)
    for number in range(count):
        size, offset = struct.unpack_from("<II", content, 14 + 16 * number)
        end = max(end, offset + size)
    return end


def _boxes(content: bytes) -> int:
    at = 0
    while at + 8 <= len(content):
        size, kind = struct.unpack_from(">I4s", content, at)
        if kind not in _BOXES:
            return at
        if size == 1:
            (size,) = struct.unpack_from(">Q", content, at + 8)
        elif size == 0:
            return len(content)
        at += max(8, int(size))
    return at


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


def _tiff(content: bytes) -> int:
    """Behind the last byte that any page speaks of."""
    order = "<" if content.startswith(b"I") else ">"
    to_do = [int(struct.unpack_from(order + "I", content, 4)[0])]
    seen: set[int] = set()
    end, left = 8, _MOST_VALUES
    while to_do and left > 0:
        at = to_do.pop()
        if at == 0 or at in seen:
            continue
        seen.add(at)
        (count,) = struct.unpack_from(order + "H", content, at)
        end = max(end, at + 6 + 12 * int(count))
        values: dict[int, list[int]] = {}
        for tag, behind, found in _entries(content, order, at + 2, count):
            end, left = max(end, behind), left - 1 - len(found)
            values[tag] = found
            if left <= 0:
                break
        to_do += struct.unpack_from(order + "I", content, at + 2 + 12 * count)
        to_do += (place for tag in _MORE_PAGES for place in values.get(tag, ()))
        for offsets, sizes in _PLACES.items():
            pairs = zip(values.get(offsets, ()), values.get(sizes, ()), strict=False)
            end = max([end, *(place + size for place, size in pairs)])
    return end


def _entries(
    content: bytes, order: str, at: int, count: int
) -> Iterator[tuple[int, int, list[int]]]:
    """Each field of a page: its tag, where its values end, and the values if they are places."""
    for place in range(at, at + 12 * count, 12):
        tag, kind, length, offset = struct.unpack_from(order + "HHII", content, place)
        size = _VALUE_BYTES.get(kind, 0) * length
        start = place + 8 if size <= 4 else int(offset)
        found: list[int] = []
        if kind in (3, 4, 13) and length <= _MOST_VALUES and tag in _TOLD:
            form = f"{order}{length}{'H' if kind == 3 else 'I'}"
            found = list(struct.unpack_from(form, content, start))
        yield tag, start + size, found

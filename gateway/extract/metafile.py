"""Metafiles (WMF, EMF): drawings written as the calls that draw them.

Answers: the text that is drawn, by where it stands, and the bitmaps inside as members.
Trusts: nothing. Records are walked once; text and bitmaps are clipped to their record.
Fails: text given as glyph numbers, and drawings made of many lines in which figures could be
drawn, are ``unsupported``; the words of everything else are read.
Standards: [MS-WMF], [MS-EMF]; EMF+ by the words in its comments.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from gateway.extract.placed import Box, one_by_one, side_by_side
from gateway.extract.sample import Member, Sample, Yielded
from gateway.extract.sheet.records import words
from gateway.model import InspectionLimits, Prose, Unread, UnreadReason

_PLACEABLE = b"\xd7\xcd\xc6\x9a"
_STAR = b"VCLMTF"  # LibreOffice's previews of what the same file holds; their words are read
_WMF = (b"\x01\x00\x09\x00", b"\x02\x00\x09\x00")
_GLYPHS = 0x10  # ETO_GLYPH_INDEX
_MOST_STROKES = 60  # with fewer no twelve digits are drawn
_EMF_TEXT = {83: 1, 84: 2}  # record → bytes of a character
_EMF_BITMAPS = {81: 48, 76: 84, 77: 84, 114: 84}  # record → where offset and size stand
_EMF_STROKES = frozenset((2, 3, 4, 5, 6, 7, 8, 54, 55, 58, 59, *range(85, 93)))
_WMF_BITMAPS = {0x0F43: 28, 0x0B41: 26, 0x0940: 22}  # record → where the bitmap begins
_WMF_STROKES = frozenset((0x0213, 0x0324, 0x0325, 0x0538))
_BITMAP_HEAD = 40


def recognises(sample: Sample) -> bool:
    """Whether it begins as a metafile."""
    content = sample.content
    return content.startswith((_PLACEABLE, _STAR, *_WMF)) or _is_enhanced(content)


def read(sample: Sample, limits: InspectionLimits) -> Iterator[Yielded]:
    """Yield text, words and bitmaps."""
    drawing = _Drawing()
    if _is_enhanced(sample.content):
        drawing.enhanced(sample.content)
    elif sample.content.startswith(_STAR):
        drawing.rest += sample.content
    else:
        drawing.plain(sample.content)
    text = "\n".join(box.text for box in drawing.boxes)
    if text:
        yield Prose(sample.place, text)
        yield from one_by_one(sample.place, text.split("\n"))
        yield from side_by_side(sample.place, drawing.boxes)
    if found := dict.fromkeys(words(bytes(drawing.rest), "cp932")):
        yield Prose(sample.place / "words", "\n".join(found))
    for number, content in enumerate(drawing.bitmaps, 1):
        name = f"picture {number}.bmp"
        yield Member(sample.place / name, name, content)
    if drawing.glyphs or drawing.strokes > _MOST_STROKES:
        yield Unread(sample.place, UnreadReason.UNSUPPORTED, "metafile drawing")


def _is_enhanced(content: bytes) -> bool:
    return content[:4] == b"\x01\x00\x00\x00" and content[40:44] == b" EMF"


class _Drawing:
    """What one metafile draws."""

    def __init__(self) -> None:
        self.boxes: list[Box] = []
        self.bitmaps: list[bytes] = []
        self.rest = bytearray()  # records that are neither text nor bitmap
        self.strokes = 0
        self.glyphs = False

    def enhanced(self, content: bytes) -> None:
        at = 0
        while at + 8 <= len(content):
            kind, size = struct.unpack_from("<II", content, at)
            size = max(8, size)
            record = content[at : at + size]
            if kind in _EMF_TEXT and len(record) >= 56:
                self._enhanced_text(record, _EMF_TEXT[kind])
            elif kind in _EMF_BITMAPS and len(record) >= _EMF_BITMAPS[kind] + 16:
                places = struct.unpack_from("<4I", record, _EMF_BITMAPS[kind])
                head, bits = (record[o : o + n] for o, n in (places[:2], places[2:]))
                self._bitmap(head, bits)
            else:
                self.rest += record[8:]
                self.strokes += kind in _EMF_STROKES
            at += size

    def _enhanced_text(self, record: bytes, width: int) -> None:
        x, y, count, offset, options = struct.unpack_from("<iiIII", record, 36)
        if options & _GLYPHS:
            self.glyphs = True
            return
        raw = record[offset : offset + count * width]
        self.boxes.append(Box(raw.decode("utf-16-le" if width == 2 else "cp932", "replace"), x, y))

    def plain(self, content: bytes) -> None:
        at = 40 if content.startswith(_PLACEABLE) else 18
        while at + 6 <= len(content):
            words_long, kind = struct.unpack_from("<IH", content, at)
            size = max(6, 2 * words_long)
            record = content[at : at + size]
            if kind == 0x0521 and len(record) >= 8:
                (count,) = struct.unpack_from("<H", record, 6)
                behind = 8 + count + count % 2
                y, x = struct.unpack_from("<hh", record.ljust(behind + 4, b"\x00"), behind)
                self._plain_text(record[8 : 8 + count], x, y)
            elif kind == 0x0A32 and len(record) >= 14:
                y, x, count, options = struct.unpack_from("<hhHH", record, 6)
                start = 14 + (8 if options & 6 else 0)
                self.glyphs = self.glyphs or bool(options & _GLYPHS)
                self._plain_text(record[start : start + count], x, y)
            elif kind in _WMF_BITMAPS:
                self._packed_bitmap(record[_WMF_BITMAPS[kind] :])
            else:
                self.rest += record[6:]
                self.strokes += kind in _WMF_STROKES
            at += size

    def _plain_text(self, raw: bytes, x: int, y: int) -> None:
        self.boxes.append(Box(raw.decode("cp932", "replace"), x, y))

    def _packed_bitmap(self, packed: bytes) -> None:
        if len(packed) >= _BITMAP_HEAD:
            size, bits, used = packed[0], packed[14], int.from_bytes(packed[32:36], "little")
            colours = used or (1 << bits if bits <= 8 else 0)
            end = size + 4 * min(colours, 256)
            self._bitmap(packed[:end], packed[end:])

    def _bitmap(self, head: bytes, bits: bytes) -> None:
        """A bitmap as a file of its own."""
        if len(head) >= _BITMAP_HEAD and bits:
            start = 14 + len(head)
            file_head = struct.pack("<2sIHHI", b"BM", start + len(bits), 0, 0, start)
            self.bitmaps.append(file_head + head + bits)

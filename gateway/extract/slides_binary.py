"""PowerPoint's binary files (ppt, pps, pot).

Answers: the text of every slide, note, master and comment, boxes by where they stand, names
and links; embedded objects as members.
Trusts: nothing. Records are walked one after the other through all containers, so that
earlier versions left by fast saving are read as well.
Fails: a file under a password that does not open is ``encrypted``; an object that does not
unpack is ``damaged``.
Standards: [MS-PPT] 2.3.1 (record header), 2.13.24 (record types).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from gateway.extract.compound import Compound
from gateway.extract.locked import unlocked
from gateway.extract.placed import Box, one_by_one, side_by_side
from gateway.extract.sample import Member, Sample, Yielded
from gateway.extract.sheet.records import words
from gateway.model import InspectionLimits, Place, Prose, Unread, UnreadReason

STREAM = "PowerPoint Document"
_CONTAINER = 0xF
_PAGES = {0x03EE: "slide", 0x03F0: "notes", 0x03F8: "master", 0x0FF0: "outline", 0x0FC9: "handout"}
_WIDE, _NARROW, _STRING, _OBJECT, _LOCKED = 0x0FA0, 0x0FA8, 0x0FBA, 0x1011, 0x2F14
_SHAPE, _CHILD_ANCHOR, _ANCHOR = 0xF004, 0xF00F, 0xF010
_TOKEN_LOCKED = b"\xdf\xc4\xd1\xf3"  # in the stream "Current User"
_LINES = str.maketrans({"\r": "\n", "\x0b": "\n"})


def read(sample: Sample, compound: Compound, limits: InspectionLimits) -> Iterator[Yielded]:
    """Yield what stands in the presentation; other streams are the caller's."""
    if _TOKEN_LOCKED in compound.open("Current User")[:16]:
        yield from _opened(sample)
        return
    slides = _Slides(sample.place, limits)
    yield from slides.read(compound.open(STREAM))
    if slides.locked:
        yield from _opened(sample)


def _opened(sample: Sample) -> Iterator[Yielded]:
    content = unlocked(sample.content, sample.passwords)
    if content is None or content == sample.content:
        yield Unread(sample.place, UnreadReason.ENCRYPTED, "powerpoint")
    else:
        yield Member(sample.place / "opened", sample.name, content)


class _Slides:
    """Walks the records of one stream."""

    def __init__(self, place: Place, limits: InspectionLimits) -> None:
        self._place = place
        self._limits = limits
        self.locked = False
        self._boxes: list[Box] = []
        self._strings: list[str] = []
        self._spot = (0.0, 0.0, 0.0)
        self._page = place / "text"
        self._pages = 0

    def read(self, stream: bytes) -> Iterator[Yielded]:
        rest = bytearray(stream)  # what no known record holds
        at = 0
        while at + 8 <= len(stream):
            options, kind, length = struct.unpack_from("<HHI", stream, at)
            at += 8
            if kind in _PAGES:
                yield from self._page_over()
                self._pages += 1
                self._page = self._place / f"{_PAGES[kind]} {self._pages}"
            if options & 0xF == _CONTAINER:
                self._spot = (0.0, 0.0, 0.0) if kind == _SHAPE else self._spot
                continue
            body = stream[at : at + length]
            if kind in (_WIDE, _NARROW, _STRING, _OBJECT):
                rest[at : at + len(body)] = bytes(len(body))
            yield from self._atom(kind, options >> 4, body)
            at += length
        yield from self._page_over()
        if self._strings:
            yield Prose(self._place / "strings", "\n".join(self._strings))
        if found := dict.fromkeys(words(bytes(rest), "cp932")):
            yield Prose(self._place / "leftovers", "\n".join(found))

    def _atom(self, kind: int, instance: int, body: bytes) -> Iterator[Yielded]:
        if kind == _WIDE:
            self._box(body.decode("utf-16-le", "replace"))
        elif kind == _NARROW:
            self._box(body.decode("latin-1"))
        elif kind == _STRING:
            self._strings.append(body.decode("utf-16-le", "replace"))
        elif kind == _ANCHOR and len(body) >= 8:
            top, left, _, bottom = struct.unpack_from("<4h", body)
            self._spot = (float(left), float(top), float(bottom - top))
        elif kind == _CHILD_ANCHOR and len(body) >= 16:
            left, top, _, bottom = struct.unpack_from("<4i", body)
            self._spot = (float(left), float(top), float(bottom - top))
        elif kind == _LOCKED:
            self.locked = True
        elif kind == _OBJECT:
            yield from self._object(body, packed=instance == 1)

    def _box(self, text: str) -> None:
        self._boxes.append(Box(text.translate(_LINES).strip(), *self._spot))

    def _page_over(self) -> Iterator[Yielded]:
        boxes, self._boxes = self._boxes, []
        if boxes:
            text = "\n".join(box.text for box in boxes)
            yield Prose(self._page, text)
            yield from one_by_one(self._page, text.split("\n"))
            yield from side_by_side(self._page, boxes)

    def _object(self, body: bytes, *, packed: bool) -> Iterator[Yielded]:
        """An embedded file, deflated behind its size or as it is."""
        place = self._page / "object"
        if packed:
            most = min(self._limits.part_bytes, self._limits.total_bytes)
            try:
                body = zlib.decompressobj().decompress(body[4:], most)
            except zlib.error:
                yield Unread(place, UnreadReason.DAMAGED, "object")
                return
        if body:
            yield Member(place, "", body)

"""TNEF, the winmail.dat of Outlook and Exchange.

Answers: subject, bodies and properties as ``mapi`` shows them; attachments and messages in
the message as members.
Trusts: nothing; one pass, every length held against what is left.
Fails: a stream that breaks off is ``damaged``, after all that came before it was read.
Standards: [MS-OXTNEF].
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from gateway.extract.mapi import (
    BINARY,
    DATA,
    LONG_NAME,
    MULTIPLE,
    OBJECT,
    STRING8,
    UNICODE,
    Property,
    attachment,
    told,
)
from gateway.extract.sample import Member, Sample, Yielded
from gateway.extract.sniff import TNEF
from gateway.model import Field, InspectionLimits, Place, Prose, Unread, UnreadReason

_HEAD = 6  # signature and key
_ATTRIBUTE = struct.Struct("<BHHI")  # level, id, type, length
_CHECKSUM = 2
_BODY, _TITLE, _DATA = 0x800C, 0x8010, 0x800F
_NEW_ATTACHMENT, _MESSAGE, _ATTACHMENT, _RECIPIENTS = 0x9002, 0x9003, 0x9005, 0x9004
_TEXTS = {0x8004: "subject", 0x8000: "from", 0x8008: "class", 0x8005: "date", 0x800D: "priority"}
_TEXT_TYPES = frozenset((1, 2))  # string, text
_SIZES = {0x02: 4, 0x03: 4, 0x04: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x0A: 4, 0x0B: 4, 0x14: 8,
          0x40: 8, 0x48: 16}  # fmt: skip
_VARIABLE = frozenset((STRING8, UNICODE, BINARY, OBJECT))
_INTERFACE = 16  # a GUID before an object's data
_FIRST_NAMED = 0x8000


class _BrokenOff(Exception):  # noqa: N818 (a state, caught in this module only)
    """A length points beyond the end."""


def recognises(sample: Sample) -> bool:
    """Whether it has the signature."""
    return sample.media_type == TNEF


def read(sample: Sample, limits: InspectionLimits) -> Iterator[Yielded]:
    """Yield the message, then its attachments."""
    attached: list[list[Property]] = []
    whole = True
    for number, kind, value in _attributes(sample.content):
        if number < 0:
            whole = False
        elif number == _BODY:
            for text in sample.decode(value.rstrip(b"\0"), ""):
                yield Prose(sample.place, text.replace("\r\n", "\n"))
        elif number == _NEW_ATTACHMENT:
            attached.append([])
        elif number in (_TITLE, _DATA, _ATTACHMENT):
            attached = attached or [[]]
            attached[-1] += _of_attachment(number, value)
        elif number == _MESSAGE:
            for found in _listed(value):
                yield from told(sample.place, found, sample)
        elif number == _RECIPIENTS:
            for found in _rows(value):
                yield from told(sample.place / "recipient", found, sample)
        elif kind in _TEXT_TYPES or number in _TEXTS:
            label = _TEXTS.get(number, "text")
            yield Field(sample.place, label, sample.decode(value.rstrip(b"\0"), "")[0])
    for properties in attached:
        yield from _attached(sample, properties)
    if not whole:
        yield Unread(sample.place, UnreadReason.DAMAGED, "tnef")


def _attributes(content: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Yield number, type and value; last number -1 where the stream breaks off."""
    at = _HEAD
    while at + _ATTRIBUTE.size <= len(content):
        level, number, kind, length = _ATTRIBUTE.unpack_from(content, at)
        at += _ATTRIBUTE.size
        value = content[at : at + length]
        at += length + _CHECKSUM
        yield number, kind, value
        if level not in (1, 2) or len(value) < length:
            yield -1, 0, b""
            return
    if content[at:].strip(b"\0\r\n"):
        yield -1, 0, b""


def _of_attachment(number: int, value: bytes) -> Iterator[Property]:
    if number == _TITLE:
        yield Property(LONG_NAME, STRING8, value)
    elif number == _DATA:
        yield Property(DATA, BINARY, value)
    else:
        yield from _listed(value)


def _attached(sample: Sample, properties: list[Property]) -> Iterator[Yielded]:
    place: Place = sample.place
    file = attachment(place, properties, sample)
    if file is not None:
        yield file
    for found in properties:
        if found.number == DATA and found.kind == OBJECT:
            yield Member(place / "message", "", found.value[_INTERFACE:])
        elif found.number != DATA:
            yield from told(place / "attachment", found, sample)


# ------------------------------------------------------------------ lists of properties


def _rows(content: bytes) -> Iterator[Property]:
    """A table: a count of rows, then a list of properties for each."""
    cursor = _Cursor(content, 4)
    while cursor.more():
        yield from cursor.properties()


def _listed(content: bytes) -> Iterator[Property]:
    yield from _Cursor(content, 0).properties()


class _Cursor:
    """Reads padded values one after the other."""

    def __init__(self, content: bytes, at: int) -> None:
        self._content = content
        self._at = at

    def more(self) -> bool:
        return self._at + 4 < len(self._content)

    def properties(self) -> Iterator[Property]:
        """Yield the properties of one list; what breaks off ends it."""
        try:
            for _ in range(self._word()):
                yield from self._one()
        except _BrokenOff:
            yield Property(0x3001, BINARY, self._content[self._at :])
            self._at = len(self._content)

    def _one(self) -> Iterator[Property]:
        tag = self._word()
        kind, number = tag & 0xFFFF, tag >> 16
        name = self._name() if number >= _FIRST_NAMED else ""
        base = kind & ~MULTIPLE
        count = self._word() if kind & MULTIPLE or base in _VARIABLE else 1
        for _ in range(count):
            size = self._word() if base in _VARIABLE else _SIZES.get(base, 0)
            if not size and base not in _VARIABLE:
                raise _BrokenOff
            yield Property(number, base, self._take(size), name)

    def _name(self) -> str:
        self._take(16)
        if self._word() == 0:
            self._word()
            return ""
        return self._take(self._word()).decode("utf-16-le", "replace").rstrip("\0")

    def _word(self) -> int:
        return int.from_bytes(self._take(4), "little")

    def _take(self, size: int) -> bytes:
        value = self._content[self._at : self._at + size]
        if len(value) < size:
            raise _BrokenOff
        self._at += size + -size % 4
        return value

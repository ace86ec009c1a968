"""Outlook messages in files (.msg, .oft): every property of every object.

Answers: subject, bodies (text, HTML, RTF), recipients and custom properties as ``mapi``
shows them; attachments and messages in the message as members.
Trusts: nothing; ``compound`` opens the container.
Fails: a file without a message in it is ``damaged``; a message in the message that is too
large to be cut out is ``limit``; an attachment that is elsewhere is ``external``.
Standards: [MS-OXMSG].
"""

from __future__ import annotations

import re
import struct
from collections import defaultdict
from collections.abc import Iterator

from gateway.extract.compound import MAGIC, Compound
from gateway.extract.compound_cut import cut_out
from gateway.extract.mapi import DATA, MULTIPLE, Property, attachment, told
from gateway.extract.sample import Member, Sample, Yielded
from gateway.model import InspectionLimits, Place, Prose, Unread, UnreadReason

_PROPERTIES = "__properties_version1.0"
_MARK = _PROPERTIES.encode("utf-16-le")
_STREAM = re.compile(r"__substg1\.0_([0-9A-F]{4})([0-9A-F]{4})(?:-[0-9A-F]{8})?", re.IGNORECASE)
_OBJECT = re.compile(r"__substg1\.0_([0-9A-F]{4})000D", re.IGNORECASE)
_ENTRY = struct.Struct("<HHI8s")
_HEADS = {0: 32, 1: 8}  # bytes before the entries, by depth of the storage
_NAMED = "__nameid_version1.0"
_ATTACHMENT = "__attach_version1.0_"
_BY_REFERENCE = frozenset((2, 3, 4, 7))  # values of PidTagAttachMethod
_METHOD = 0x3705


def recognises(sample: Sample) -> bool:
    """Whether it is a compound file with the properties of a message."""
    return sample.content.startswith(MAGIC) and _MARK in sample.content


def read(sample: Sample, limits: InspectionLimits) -> Iterator[Yielded]:
    """Yield the message, then its recipients and attachments."""
    compound = Compound(sample.content)
    if compound.find(_PROPERTIES) is None:
        return  # a document that holds a message: its own reader hands that on
    objects: dict[tuple[str, ...], list[Property]] = defaultdict(list)
    embedded: dict[tuple[str, ...], None] = {}
    for node in compound.streams():
        if any(inside := [_OBJECT.fullmatch(name) is not None for name in node.path[:-1]]):
            embedded[node.path[: inside.index(True) + 1]] = None
            continue
        storage = node.path[:-1]
        if node.name.lower() == _PROPERTIES:
            objects[storage] += _fixed(compound.read(node), len(storage))
        elif found := _STREAM.fullmatch(node.name):
            kind = int(found[2], 16) & ~MULTIPLE
            objects[storage].append(Property(int(found[1], 16), kind, compound.read(node)))
    for storage, properties in sorted(objects.items()):
        yield from _object(sample, storage, properties, embedded)
    for path in embedded:
        yield _message(compound, path, sample.place)
    left = compound.unowned()
    if compound.damaged:
        yield Unread(sample.place, UnreadReason.DAMAGED, "compound file")
    if left.strip(b"\0"):  # what was there before the message was saved again
        for codec in ("utf-16-le", "latin-1"):
            yield Prose(sample.place / "leftover sectors", left.decode(codec, "replace"))


def _object(
    sample: Sample,
    storage: tuple[str, ...],
    properties: list[Property],
    embedded: dict[tuple[str, ...], None],
) -> Iterator[Yielded]:
    if storage[:1] == (_NAMED,):
        for found in properties:
            yield Prose(sample.place / "names", found.value.decode("utf-16-le", "replace"))
        return
    place = sample.place
    if storage and storage[0].lower().startswith(_ATTACHMENT):
        file = attachment(place, properties, sample)
        if file is not None:
            yield file
        elif not any(path[: len(storage)] == storage for path in embedded):
            methods = [p.value[0] for p in properties if p.number == _METHOD and p.value]
            if _BY_REFERENCE.intersection(methods):
                yield Unread(place, UnreadReason.EXTERNAL, "attachment by reference")
        place = place / "attachment"
        properties = [p for p in properties if p.number != DATA]
    elif storage:
        place = place / "recipient"
    for found in properties:
        yield from told(place, found, sample)


def _message(compound: Compound, path: tuple[str, ...], place: Place) -> Yielded:
    inner = cut_out(compound, path)
    if not inner:
        return Unread(place / "message", UnreadReason.LIMIT, "embedded object")
    return Member(place / "message", "", inner)


def _fixed(content: bytes, depth: int) -> Iterator[Property]:
    """The properties whose values stand in the list itself."""
    start = _HEADS.get(depth, 8)
    if depth == 0 and len(content) % _ENTRY.size == 8:  # cut out of another message
        start = 24
    usable = len(content) - (len(content) - start) % _ENTRY.size
    for kind, number, _, value in _ENTRY.iter_unpack(content[start:usable]):
        if kind in (0x03, 0x05, 0x06, 0x14):
            yield Property(number, kind, value)

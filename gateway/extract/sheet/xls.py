"""xls files: the compound file around the workbook stream, or a bare stream of Excel 2 to 4.

Answers: the workbook of either name (a file can hold both, for two generations of Excel),
the words of every other stream, embedded objects as members, and what lies in sectors that
no stream owns.
Trusts: nothing (see ``compound`` and ``biff``).
Fails: a stream under a password that is not known is ``encrypted``.
Standards: [MS-CFB], [MS-XLS], [MS-OLEPS] (property sets, by their strings).
"""

from __future__ import annotations

from collections.abc import Iterator

from gateway.extract.compound import MAGIC, BrokenCompound, Compound
from gateway.extract.compound_cut import cut_out
from gateway.extract.locked import unlocked
from gateway.extract.sample import Member, Sample, Yielded
from gateway.extract.sheet import biff
from gateway.extract.sheet.property_set import properties
from gateway.model import Field, InspectionLimits, Prose, Unread, UnreadReason

_WORKBOOKS = (("Workbook",), ("Book",))
_BARE_STARTS = (b"\x09\x00", b"\x09\x02", b"\x09\x04", b"\x09\x08")
_OBJECTS = "MBD"  # storages of embedded objects are named so
_MACROS = "_VBA_PROJECT_CUR"  # read by the reader for macros


def recognises(content: bytes) -> bool:
    """Whether it is a compound file with a workbook stream, or begins as a bare one."""
    if content.startswith(MAGIC):
        return _has_workbook(content)
    length = int.from_bytes(content[2:4], "little")
    return content.startswith(_BARE_STARTS) and 4 <= length <= 16


def _has_workbook(content: bytes) -> bool:
    try:
        compound = Compound(content)
    except BrokenCompound:
        return "Workbook".encode("utf-16-le") in content  # and so is damaged
    return any(compound.find(*path) for path in _WORKBOOKS)


def read(sample: Sample, limits: InspectionLimits) -> Iterator[Yielded]:
    """Yield the workbook, then everything beside it."""
    if not sample.content.startswith(MAGIC):
        yield from biff.read(sample.content, sample.place, limits)
        return
    compound = Compound(sample.content)
    for path in _WORKBOOKS:
        node = compound.find(*path)
        if node is None:
            continue
        stream = compound.read(node)
        if biff.locked(stream):
            yield from _opened(sample)
        else:
            yield from biff.read(stream, sample.place, limits)
    yield from _beside(sample, compound)


def _opened(sample: Sample) -> Iterator[Yielded]:
    content = unlocked(sample.content, sample.passwords)
    if content is None or _still_locked(content):
        yield Unread(sample.place, UnreadReason.ENCRYPTED, "workbook")
    else:
        yield Member(sample.place / "opened", sample.name, content)


def _still_locked(content: bytes) -> bool:
    compound = Compound(content)
    return any(biff.locked(compound.open(*path)) for path in _WORKBOOKS)


def _beside(sample: Sample, compound: Compound) -> Iterator[Yielded]:
    """Every other stream: those of objects as files of their own, the rest by their words."""
    objects = dict.fromkeys(n.path[0] for n in compound.streams() if n.path[0][:3] == _OBJECTS)
    for name in objects:
        content = cut_out(compound, (name,))
        if content:
            yield Member(sample.place / name, "", content)
        else:
            yield Unread(sample.place / name, UnreadReason.LIMIT, "object")
    for node in compound.streams():
        if node.path in _WORKBOOKS or node.path[0] in objects:
            continue
        if node.path[0] == _MACROS and compound.find(_MACROS, "VBA", "dir"):
            continue
        stream = compound.read(node)
        place = sample.place / node.name.lstrip("\x05")
        if node.name.startswith("\x05"):
            for name, value in properties(stream):
                yield Field(place, name, value)
        if text := biff.property_words(stream):
            yield Prose(place, text)
    if text := biff.property_words(compound.unowned()):
        yield Prose(sample.place / "leftover", text)
    if compound.damaged:
        yield Unread(sample.place, UnreadReason.DAMAGED, "compound file")

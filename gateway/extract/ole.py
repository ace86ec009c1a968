"""OLE compound files of every program but Excel and Outlook: documents, slides, and the rest.

Answers: Word's and PowerPoint's text by their readers; objects and packages as members;
pictures; the words of every other stream, and of the sectors that no stream owns.
Trusts: nothing (see ``compound``).
Fails: a file of a program whose streams nobody here can read is read by its words and
``unsupported`` by its name; what was cut off is ``damaged``.
Standards: [MS-CFB], [MS-OLEDS] (Ole10Native), [MS-OLEPS] (property sets, by their strings).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from gateway.extract import slides_binary, word_binary
from gateway.extract.blip import pictures
from gateway.extract.compound import MAGIC, BrokenCompound, Compound, Node
from gateway.extract.compound_cut import cut_out
from gateway.extract.foreign import by_name
from gateway.extract.property_set import properties
from gateway.extract.sample import Member, Sample, Yielded
from gateway.extract.sheet.records import words
from gateway.extract.sniff import OCTETS, media_type
from gateway.model import Field, InspectionLimits, Prose, Unread, UnreadReason

_OTHERS = ("Workbook", "Book", "__properties_version1.0", "EncryptedPackage")  # read elsewhere
_PACKED = frozenset(("package", "contents", "embeddedodf", "native"))  # a file as it is
_NATIVE = "\x01ole10native"
_WITH_PICTURES = frozenset(("pictures", "data", "worddocument", "1table", "0table"))
_OBJECTS = frozenset(  # a storage with one of these at its top is a file of its own
    ("worddocument", "powerpoint document", "workbook", "book", "\x01ole10native", "package",
     "contents", "\x01compobj", "\x01ole", "visiodocument", "equation native")
)  # fmt: skip
_HARMLESS = frozenset(  # streams whose words are all that people can put there
    ("\x01compobj", "\x01ole", "\x03objinfo", "\x05summaryinformation", "current user",
     "\x05documentsummaryinformation", "1table", "0table", "data", "pictures", "\x03linkinfo",
     "\x03ocxname", "\x03ocxdata", "\x03print", "\x03eprint", "\x03meta", "\x02olepres000",
     "equation native", "item", "properties", "\x06dataspaces", "encryption", "\x03accesspict",
     "f", "o", "compobj", "_signatures", "worddocument", "powerpoint document", "textboxes")
)  # fmt: skip
_PROGRAMS = {
    "visiodocument": "visio", "quill": "publisher", "fileheader": "hwp", "documenttext": "ichitaro",
    "starwriterdocument": "starwriter", "props12": "project", "props14": "project",
    "\x05digitalsignature": "installer", "escher": "publisher",
}  # fmt: skip
_LONGEST_NAME = 1024


def recognises(sample: Sample) -> bool:
    """Whether it is a compound file that no other family reads as its own."""
    if not sample.content.startswith(MAGIC):
        return False
    try:
        compound = Compound(sample.content)
    except BrokenCompound:
        return True
    names = {n.path[0].lower() for n in compound.streams() if len(n.path) == 1}
    return bool(names & {"worddocument", "powerpoint document"}) or not any(
        name.lower() in names for name in _OTHERS
    )


def read(sample: Sample, limits: InspectionLimits) -> Iterator[Yielded]:
    """Yield the main text, then what stands in every other stream."""
    try:
        compound = Compound(sample.content)
    except BrokenCompound:
        yield Unread(sample.place, UnreadReason.DAMAGED, "compound file")
        yield Prose(sample.place / "words", "\n".join(words(sample.content, "cp932")))
        return
    if compound.find(word_binary.STREAM):
        yield from word_binary.read(sample, compound, limits)
    if compound.find(slides_binary.STREAM):
        yield from slides_binary.read(sample, compound, limits)
    yield from _beside(sample, compound, limits)
    if program := _program(sample, compound):
        yield Unread(sample.place, UnreadReason.UNSUPPORTED, program)
    if found := dict.fromkeys(words(compound.unowned(), "cp932")):
        yield Prose(sample.place / "leftover sectors", "\n".join(found))
    if compound.damaged:
        yield Unread(sample.place, UnreadReason.DAMAGED, "compound file")


def _beside(sample: Sample, compound: Compound, limits: InspectionLimits) -> Iterator[Yielded]:
    objects = _storages(compound)
    for path in objects:
        content = cut_out(compound, path)
        place = sample.place / "/".join(path)
        if content:
            yield Member(place, "", content)
        else:
            yield Unread(place, UnreadReason.LIMIT, "object")
    for node in compound.streams():
        if not any(node.path[: len(path)] == path for path in objects):
            yield from _stream(sample, compound, node, limits)


def _storages(compound: Compound) -> list[tuple[str, ...]]:
    """The outermost storages that are files of their own, in the directory's order."""
    found: dict[tuple[str, ...], None] = {}
    for node in compound.streams():
        if len(node.path) > 1 and node.name.lower() in _OBJECTS:
            found[node.path[:-1]] = None
    return [p for p in found if not any(p[:n] in found for n in range(1, len(p)))]


def _stream(
    sample: Sample, compound: Compound, node: Node, limits: InspectionLimits
) -> Iterator[Yielded]:
    name = node.name.lower()
    place = sample.place / "/".join(node.path)
    content = compound.read(node)
    if name == _NATIVE:
        label, content = _native(content)
        yield Member(place, label, content)
        return
    if name in _PACKED and media_type(content) != OCTETS:
        yield Member(place, "", content)
        return
    if name in _WITH_PICTURES:
        for number, (end, picture) in enumerate(pictures(content, limits.part_bytes), 1):
            yield Member(place / f"picture {number}", f"picture {number}.{end}", picture)
    if node.path in ((word_binary.STREAM,), (slides_binary.STREAM,)):
        return  # their words are read by their own readers
    if name.startswith("\x05"):
        for label, value in properties(content):
            yield Field(place, label, value)
    if found := dict.fromkeys(words(content, "cp932")):
        yield Prose(place, "\n".join(found))


def _native(raw: bytes) -> tuple[str, bytes]:
    """The name and the bytes of a packaged file; all of the stream when it is no package."""
    at, name = 6, ""
    for number in range(2):
        end = raw.find(b"\x00", at, at + _LONGEST_NAME)
        if end < 0:
            return "", raw[4:]
        if number == 0:
            name = raw[at:end].decode("cp932", "replace")
        at = end + 1
    if at + 8 > len(raw):
        return "", raw[4:]
    (length,) = struct.unpack_from("<I", raw, at + 4)
    at += 8 + length
    if length > _LONGEST_NAME or at + 4 > len(raw):
        return "", raw[4:]
    (size,) = struct.unpack_from("<I", raw, at)
    content = raw[at + 4 : at + 4 + size]
    return (name, content) if content else ("", raw[4:])


def _program(sample: Sample, compound: Compound) -> str:
    """The program whose streams were read by their words only; ``""`` when all were read."""
    names = [node.name.lower() for node in compound.streams()]
    known = next((_PROGRAMS[name] for name in names if name in _PROGRAMS), "")
    if known or by_name(sample.name):
        return known or by_name(sample.name)
    strange = set(names) - _HARMLESS - _PACKED - {_NATIVE}
    if compound.find(word_binary.STREAM) or compound.find(slides_binary.STREAM) or not strange:
        return ""
    return "" if _only_macros_or_objects(compound, strange) else "compound file"


def _only_macros_or_objects(compound: Compound, strange: set[str]) -> bool:
    """Whether what is strange stands in storages that other readers take over."""
    taken = _storages(compound)
    projects = {n.path[:-2] for n in compound.streams() if n.name.lower() == "dir"}
    return all(
        any(node.path[: len(path)] == path for path in (*taken, *projects))
        for node in compound.streams()
        if node.name.lower() in strange
    )

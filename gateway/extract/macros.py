"""VBA projects: the source of macros, wherever a project stands in a compound file.

Answers: each module's source as prose, literals joined over ``&`` and line ends, and the
words of every other stream of the project (compiled code, forms, names).
Trusts: nothing. Source is unpacked to 20 MB a module at most, in one pass.
Fails: a module whose source cannot be found or unpacked is ``unsupported``, "macros": there
is code that nobody read. Compiled code is read by its words in any case.
Standards: [MS-OVBA] 2.3.4.2 (dir stream), 2.4.1 (compression).
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

from gateway.extract.compound import MAGIC, BrokenCompound, Compound, Node
from gateway.extract.sample import Sample, Yielded
from gateway.extract.sheet.records import words
from gateway.model import InspectionLimits, Place, Prose, Unread, UnreadReason

_DIR = ("vba", "dir")
_CODE_PAGE, _STREAM_NAME, _STREAM_NAME_WIDE, _OFFSET = 0x0003, 0x001A, 0x0032, 0x0031
_VERSION = 0x0009  # its length field is wrong by two, in every file
_SILENT = frozenset(("dir", "_vba_project"))
_JOINED = re.compile(r'"[ \t]*[&+][ \t]*(?:_[ \t]*\r?\n[ \t]*)?"')
_CHUNK = 4096
_MOST_BYTES = 20_000_000  # of one module's source


class BrokenSource(ValueError):  # noqa: N818 (what it is, not that it failed)
    """Bytes that are no compressed container."""


def recognises(sample: Sample) -> bool:
    """Whether it is a compound file with a VBA project."""
    if not sample.content.startswith(MAGIC) or b"d\x00i\x00r\x00" not in sample.content:
        return False
    try:
        return any(_is_dir(node) for node in Compound(sample.content).streams())
    except BrokenCompound:
        return False


def read(sample: Sample, limits: InspectionLimits) -> Iterator[Yielded]:
    """Yield the source of every module, then the words of the project's other streams."""
    compound = Compound(sample.content)
    for directory in [node for node in compound.streams() if _is_dir(node)]:
        root = directory.path[:-2]
        yield from _project(compound, directory, sample.place)
        for node in compound.streams():
            if node.path[: len(root)] == root and node.name.lower() not in _SILENT:
                yield from _words(compound, node, sample.place)


def _is_dir(node: Node) -> bool:
    return tuple(step.lower() for step in node.path[-2:]) == _DIR


def _words(compound: Compound, node: Node, place: Place) -> Iterator[Yielded]:
    if found := dict.fromkeys(words(compound.read(node), "cp932")):
        yield Prose(place / node.name, "\n".join(found))


def _project(compound: Compound, directory: Node, place: Place) -> Iterator[Yielded]:
    try:
        codec, modules = _modules(unpacked(compound.read(directory)))
    except (BrokenSource, struct.error):
        yield Unread(place, UnreadReason.UNSUPPORTED, "macros")
        return
    for name, offset in modules:
        here = place / (name or "module")
        stream = compound.open(*directory.path[:-1], name)
        try:
            source = unpacked(stream[offset:]).decode(codec, "replace")
        except BrokenSource:
            yield Unread(here, UnreadReason.UNSUPPORTED, "macros")
            continue
        yield Prose(here, source.replace("\r\n", "\n"))
        joined = _JOINED.sub("", source)
        if joined != source:
            yield Prose(here / "joined", joined.replace("\r\n", "\n"))


def _modules(directory: bytes) -> tuple[str, list[tuple[str, int]]]:
    """The code page, and the stream's name and source's offset of each module."""
    codec, name = "cp1252", ""
    found: list[tuple[str, int]] = []
    at = 0
    while at + 6 <= len(directory):
        kind, size = struct.unpack_from("<HI", directory, at)
        data = directory[at + 6 : at + 6 + size]
        at += 6 + size + (2 if kind == _VERSION else 0)
        if kind == _CODE_PAGE and len(data) == 2:
            page = int.from_bytes(data, "little")
            codec = "cp932" if page == 932 else f"cp{page}" if 1250 <= page <= 1258 else "cp932"
        elif kind == _STREAM_NAME:
            name = data.decode(codec, "replace")
        elif kind == _STREAM_NAME_WIDE:
            name = data.decode("utf-16-le", "replace")
        elif kind == _OFFSET and len(data) == 4:
            found.append((name, int.from_bytes(data, "little")))
    return codec, found


def unpacked(container: bytes) -> bytes:
    """Return what a compressed container holds.

    >>> unpacked(b"\\x01\\x03\\xb0\\x02a\\x45\\x00")
    b'aaaaaaaaa'
    """
    if not container.startswith(b"\x01"):
        raise BrokenSource
    out = bytearray()
    at = 1
    while at + 2 <= len(container):
        (head,) = struct.unpack_from("<H", container, at)
        if head >> 12 & 7 != 3:
            break  # padding behind the last chunk
        end = min(at + (head & 0xFFF) + 3, len(container))
        if head & 0x8000:
            _unpack_chunk(container[at + 2 : end], out)
        else:
            out += container[at + 2 : end]
        at = end
        if len(out) > _MOST_BYTES:
            raise BrokenSource
    if not out:
        raise BrokenSource
    return bytes(out)


def _unpack_chunk(chunk: bytes, out: bytearray) -> None:
    start = len(out)
    at = 0
    while at < len(chunk):
        flags = chunk[at]
        at += 1
        for bit in range(8):
            if at >= len(chunk):
                return
            if not flags >> bit & 1:
                out.append(chunk[at])
                at += 1
                continue
            at = _copy(chunk, at, out, start)


def _copy(chunk: bytes, at: int, out: bytearray, start: int) -> int:
    """Repeat what stands a while before; the split of the token depends on the position."""
    token = int.from_bytes(chunk[at : at + 2], "little")
    done = len(out) - start
    bits = max((done - 1).bit_length(), 4) if done else 4
    length = (token & (0xFFFF >> bits)) + 3
    back = (token >> (16 - bits)) + 1
    if back > done or done + length > _CHUNK:
        raise BrokenSource
    for _ in range(length):
        out.append(out[-back])
    return at + 2

"""OLE compound files: every directory entry, reachable or not, and the bytes no stream owns.

Answers: streams with their paths, storages cut out as files of their own, the sectors that
belong to nothing (what a program left behind when it saved over an older text), and its end.
Trusts: nothing. Chains are bounded by the number of sectors, and all streams together by
a multiple of the file: two thousand entries that name one long chain are no bomb.
Fails: ``BrokenCompound`` for a file without a usable header; a chain that leads nowhere
ends where it breaks, and ``Compound.damaged`` says so.
Standards: [MS-CFB].
"""

from __future__ import annotations

import struct
import sys
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_STORAGE, _STREAM, _ROOT = 1, 2, 5
_NOTHING = 0xFFFFFFFF
_ENTRY = 128
_MOST_ENTRIES = 65_536
_READ_FACTOR = 2  # all streams together may be this many times the file's size
_HEADER = struct.Struct("<8s16xHHHHH6x9I")


class BrokenCompound(ValueError):  # noqa: N818 (what it is, not that it failed)
    """No compound file can be made of the bytes."""


@dataclass(frozen=True, slots=True)
class Node:
    """One entry of the directory."""

    path: tuple[str, ...] = field(repr=False)  # storages first; () is the root
    number: int  # its place in the directory
    is_stream: bool
    start: int  # first sector
    size: int  # bytes, as stated

    @property
    def name(self) -> str:
        return self.path[-1] if self.path else ""


class Compound:
    """A compound file that lies in memory."""

    def __init__(self, content: bytes) -> None:
        if len(content) < 512 or not content.startswith(MAGIC):
            raise BrokenCompound("header")
        (_, _, version, _, shift, mini_shift, _, _, directory, _, cutoff, mini_fat, _, difat,
         _) = _HEADER.unpack_from(content)  # fmt: skip
        if shift not in (9, 12) or not 3 <= mini_shift < shift:
            raise BrokenCompound("sector size")
        self.damaged = False
        self._content = content
        self._version = version
        self._size = 1 << shift
        self._mini_size = 1 << mini_shift
        self._cutoff = min(cutoff, 1 << 16)
        self._sectors = max(0, (len(content) - 1) // self._size)
        self._owned = bytearray(self._sectors)
        self._read: dict[int, bytes] = {}  # streams read so far
        self._left = _READ_FACTOR * len(content)
        self._fat = self._load_fat(difat)
        self._mini_fat = _words(self._chain(mini_fat, len(content)))
        self.nodes = tuple(self._tree(self._chain(directory, _MOST_ENTRIES * _ENTRY)))
        root = next((n for n in self.nodes if not n.path and n.number == 0), None)
        if root is None:
            raise BrokenCompound("directory")
        self._mini = self._chain(root.start, root.size) if root.size else b""
        self.damaged = self.damaged or len(self._mini) < root.size

    def streams(self) -> Iterator[Node]:
        """Yield every stream, those of storages too."""
        return (n for n in self.nodes if n.is_stream)

    def find(self, *path: str) -> Node | None:
        """Return the stream at ``path``, whose case does not matter."""
        wanted = tuple(p.lower() for p in path)
        found = (n for n in self.streams() if tuple(p.lower() for p in n.path) == wanted)
        return next(found, None)

    def read(self, node: Node) -> bytes:
        """Return a stream's bytes, as many as there are."""
        if node.number not in self._read:
            self._read[node.number] = self._once(node)
        return self._read[node.number]

    def _once(self, node: Node) -> bytes:
        if node.size == 0:
            return b""
        if node.size >= self._cutoff:
            found = self._chain(node.start, node.size)
        else:
            found = self._mini_chain(node.start, node.size)
        self.damaged = self.damaged or len(found) < node.size
        return found

    def open(self, *path: str) -> bytes:
        """Return the bytes of the stream at ``path``; none for a stream that is not there."""
        node = self.find(*path)
        return self.read(node) if node else b""

    def unowned(self) -> bytes:
        """Return the sectors of no chain read so far, in file order."""
        free = (n for n, owned in enumerate(self._owned) if not owned)
        return b"".join(map(self._sector, free))

    @property
    def end(self) -> int:
        """Where the last sector ends that the table says is used."""
        last = len(self._fat) - 1
        while last >= 0 and self._fat[last] == _NOTHING:
            last -= 1
        return int((last + 2) * self._size)

    # ------------------------------------------------------------------ sectors

    def _sector(self, number: int) -> bytes:
        at = (number + 1) * self._size
        return self._content[at : at + self._size]

    def _load_fat(self, difat: int) -> array[int]:
        """The table of sectors: 109 places in the header, the rest in a chain of their own."""
        places = list(struct.unpack_from("<109I", self._content, 76))
        seen = 0
        at = difat
        while at < self._sectors and seen <= self._sectors:
            more = _words(self._sector(at))
            self._owned[at] = 1
            places += more[:-1]
            at, seen = (more[-1] if more else _NOTHING), seen + 1
        fat = bytearray()
        for place in places:
            self.damaged = self.damaged or self._sectors <= place < _NOTHING
            if place < self._sectors and not self._owned[place]:
                self._owned[place] = 1
                fat += self._sector(place)
        return _words(bytes(fat))

    def _chain(self, start: int, size: int) -> bytes:
        """The sectors of a chain, ``size`` bytes at most."""
        out: list[bytes] = []
        at, left = start, min(size, self._left)
        while left > 0 and at < self._sectors and len(out) < self._sectors:
            out.append(self._sector(at)[:left])
            self._owned[at] = 1
            left -= self._size
            at = self._fat[at] if at < len(self._fat) else _NOTHING
        found = b"".join(out)
        self._left -= len(found)
        return found

    def _mini_chain(self, start: int, size: int) -> bytes:
        out: list[bytes] = []
        at, left, width = start, min(size, self._left), self._mini_size
        while left > 0 and at * width < len(self._mini) and at < len(self._mini_fat):
            out.append(self._mini[at * width : at * width + min(width, left)])
            left -= width
            at = self._mini_fat[at]
        found = b"".join(out)
        self._left -= len(found)
        return found

    # ------------------------------------------------------------------ the directory

    def _tree(self, directory: bytes) -> Iterator[Node]:
        """Every entry; one that no storage names stands at the root like the root's own."""
        count = len(directory) // _ENTRY
        parents = self._parents(directory, count)
        paths: dict[int, tuple[str, ...]] = {0: ()}
        for number in range(count):
            raw = directory[number * _ENTRY : (number + 1) * _ENTRY]
            kind = raw[66]
            if kind not in (_STORAGE, _STREAM, _ROOT):
                continue
            start, low, high = struct.unpack_from("<III", raw, 116)
            size = low if self._version < 4 else low | high << 32
            path = () if number == 0 else _path(number, parents, directory, paths)
            yield Node(path, number, kind == _STREAM, start, size)

    def _parents(self, directory: bytes, count: int) -> dict[int, int]:
        """The storage that each entry is in. Siblings form a tree; each is visited once."""
        parents: dict[int, int] = {}
        for storage in range(count):
            if directory[storage * _ENTRY + 66] not in (_STORAGE, _ROOT):
                continue
            to_do = [struct.unpack_from("<I", directory, storage * _ENTRY + 76)[0]]
            while to_do:
                number = to_do.pop()
                if 0 < number < count and number not in parents and number != storage:
                    parents[number] = storage
                    to_do += struct.unpack_from("<II", directory, number * _ENTRY + 68)
        return parents


_DEEPEST = 16


def _path(
    number: int, parents: dict[int, int], directory: bytes, known: dict[int, tuple[str, ...]]
) -> tuple[str, ...]:
    names: list[str] = []
    at = number
    while at and len(names) < _DEEPEST:
        if at in known:
            break
        names.append(_name(directory, at))
        at = parents.get(at, 0)
    path = (*known.get(at, ()), *reversed(names))[-_DEEPEST:]
    known[number] = path
    return path


def _name(directory: bytes, number: int) -> str:
    raw = directory[number * _ENTRY : number * _ENTRY + 64]
    length = struct.unpack_from("<H", directory, number * _ENTRY + 64)[0]
    return raw[: max(0, min(length, 64) - 2)].decode("utf-16-le", "replace")


def _words(raw: bytes) -> array[int]:
    found = array("I", raw[: len(raw) // 4 * 4])
    if sys.byteorder == "big":
        found.byteswap()
    return found

"""Cuts a storage out of a compound file as a compound file of its own.

Answers: the bytes of a file whose root is the storage: an object that a document embeds
then goes to the engine like a file that was attached by itself.
Trusts: nothing; the streams come counted from ``compound``.
Fails: never. What is written is the plainest form: version 3, 512-byte sectors.
Standards: [MS-CFB].
"""

from __future__ import annotations

import struct

from gateway.extract.compound import MAGIC, Compound, Node

_SECTOR, _MINI, _CUTOFF = 512, 64, 4096
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_STORAGE, _STREAM, _ROOT = 1, 2, 5
_WORDS = _SECTOR // 4
_DIRECT = 109  # places for the sector table in the header
MOST_BYTES = _DIRECT * _WORDS * _SECTOR - 64 * _SECTOR  # what those places can hold, less some


class _Item:
    """A storage or a stream on its way into the directory."""

    def __init__(self, name: str, content: bytes | None) -> None:
        self.name = name
        self.content = content  # None for a storage
        self.items: dict[str, _Item] = {}
        self.number = 0
        self.left = self.right = self.child = _FREE
        self.start, self.size = _END, 0


def cut_out(compound: Compound, storage: tuple[str, ...]) -> bytes:
    """Return the storage at ``storage`` as a file; empty when it is too large for one."""
    depth = len(storage)
    inside = [n for n in compound.streams() if n.path[:depth] == storage and len(n.path) > depth]
    if sum(n.size for n in inside) > MOST_BYTES:
        return b""
    root = _Item("Root Entry", None)
    for node in inside:
        _put(root, node, depth, compound.read(node))
    return _written(root)


def _put(root: _Item, node: Node, depth: int, content: bytes) -> None:
    at = root
    for name in node.path[depth:-1]:
        at = at.items.setdefault(name, _Item(name, None))
    at.items.setdefault(node.name, _Item(node.name, content))


def _numbered(root: _Item) -> list[_Item]:
    """The directory: breadth first, each storage's entries as a balanced tree of siblings."""
    found = [root]
    for item in found:
        ordered = sorted(item.items.values(), key=lambda i: (len(i.name), i.name.upper()))
        for child in ordered:
            child.number = len(found)
            found.append(child)
        item.child = _balanced(ordered)
    return found


def _balanced(ordered: list[_Item]) -> int:
    if not ordered:
        return _FREE
    middle = len(ordered) // 2
    item = ordered[middle]
    item.left = _balanced(ordered[:middle])
    item.right = _balanced(ordered[middle + 1 :])
    return item.number


def _written(root: _Item) -> bytes:
    items = _numbered(root)
    body, mini = bytearray(), bytearray()
    fat: list[int] = []
    mini_fat: list[int] = []
    for item in items:
        if item.content:
            small = len(item.content) < _CUTOFF
            item.size = len(item.content)
            item.start = _append(*((mini, mini_fat, _MINI) if small else (body, fat, _SECTOR)),
                                 item.content)  # fmt: skip
    root.size = len(mini)
    root.start = _append(body, fat, _SECTOR, bytes(mini))
    table = struct.pack(f"<{len(mini_fat)}I", *mini_fat)
    mini_at = _append(body, fat, _SECTOR, table.ljust(-(-len(table) // _SECTOR) * _SECTOR, b"\xff"))
    directory_at = _append(body, fat, _SECTOR, b"".join(map(_entry, items)))
    places = 1
    while places * _WORDS < len(fat) + places:
        places += 1
    first = len(fat)
    fat += [_FAT] * places
    fat += [_FREE] * (places * _WORDS - len(fat))
    header = struct.pack(
        "<8s16xHHHHH6x9I", MAGIC, 62, 3, 0xFFFE, 9, 6, 0, places, directory_at, 0, _CUTOFF,
        mini_at, -(-len(table) // _SECTOR), _END, 0,
    )  # fmt: skip
    header += struct.pack("<109I", *range(first, first + places), *[_FREE] * (_DIRECT - places))
    return bytes(header + body + struct.pack(f"<{len(fat)}I", *fat))


def _append(body: bytearray, fat: list[int], width: int, content: bytes) -> int:
    """Add sectors and their chain; return where it starts."""
    if not content:
        return _END
    start = len(fat)
    count = -(-len(content) // width)
    fat += [*range(start + 1, start + count), _END]
    body += content.ljust(count * width, b"\x00")
    return start


def _entry(item: _Item) -> bytes:
    name = item.name[:31].encode("utf-16-le", "replace")[:62]
    kind = _ROOT if item.number == 0 else (_STORAGE if item.content is None else _STREAM)
    return struct.pack(
        "<64sHBBIII16xI8x8xIII", name, len(name) + 2, kind, 1, item.left, item.right, item.child,
        0, item.start, item.size, 0,
    )  # fmt: skip

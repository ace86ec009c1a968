"""What a HEIF or AVIF file holds: its items, where their bytes lie, how they belong together.

Answers: ``holding``: the pictures that are to be looked at, primary first (bursts, thumbnails,
auxiliary and hidden ones too; not the tiles of a grid, which its picture shows), the data
beside them, and ``beside``: the bytes of the file that none of these accounts for.
Trusts: nothing; every length is held against the bytes, and time is linear in them.
Fails: ``ValueError`` for a file whose own tables are broken.
Standards: ISO/IEC 14496-12 8.11 (items), ISO/IEC 23008-12 (HEIF).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway.extract.iso_boxes import Box, Stretch, boxes, gaps, outermost

BRANDS = frozenset((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"))
_AV1 = frozenset((b"avif", b"avis"))
_CODED = (b"hvc1", b"lhv1", b"av01", b"avc1", b"vvc1", b"evc1", b"j2k1", b"unci", b"mski")
_PICTURES = frozenset((*_CODED, b"grid", b"iovl", b"iden", b"tili"))  # the last are derived
_KNOWN = frozenset((b"ftyp", b"meta", b"moov", b"moof", b"sidx", b"mfra", b"styp"))
_XMP = "application/rdf+xml"
_MOST_PIECES = 100_000  # of all items together; some take no byte in the table


@dataclass(slots=True)
class Item:
    """One item of the file."""

    number: int
    kind: bytes
    says: str  # a mime item's content type
    packed: bool  # a mime item's content is coded, or the item protected
    stretches: list[Stretch] = field(default_factory=list)


@dataclass(slots=True)
class Holding:
    """What one file holds."""

    primary: int = 0
    items: dict[int, Item] = field(default_factory=dict)
    tiles: set[int] = field(default_factory=set)  # shown by the grid that they belong to
    inputs: dict[int, list[int]] = field(default_factory=dict)  # of a derived picture
    alphas: set[int] = field(default_factory=set)  # auxiliary pictures of others
    moving: bool = False  # a track of pictures, besides or instead of items
    spare: list[Stretch] = field(default_factory=list)  # bytes of no item and no known box
    end: int = 0  # where the boxes end

    @property
    def pictures(self) -> list[int]:
        """The pictures to look at, the primary one first."""
        shown = [n for n, i in self.items.items() if i.kind in _PICTURES and n not in self.tiles]
        return sorted(shown, key=lambda n: (n != self.primary, n))

    @property
    def data(self) -> list[Item]:
        """The items that are no pictures, and pictures that are files of their own."""
        return [item for item in self.items.values() if item.kind not in _PICTURES]

    @property
    def others(self) -> list[int]:
        """The pictures that a program does not show which shows the primary one."""
        return [n for n in self.pictures if n != self.primary and n not in self.alphas]

    def beside(self, size: int) -> list[Stretch]:
        """The bytes of a file of ``size`` bytes that are neither pictures nor EXIF or XMP."""
        files = [i for i in self.data if not (i.kind == b"Exif" or is_xmp(i))]
        return [*self.spare, *(s for item in files for s in item.stretches), (self.end, size)]


def is_xmp(item: Item) -> bool:
    """Whether an item is XMP that can be read as it stands."""
    return item.says == _XMP and not item.packed


def is_heif(content: bytes) -> bool:
    """Whether it is a HEIF file with pictures in HEVC, or of a kind that it does not say."""
    return content[4:8] == b"ftyp" and content[8:12] in BRANDS and not _AV1 & set(_brands(content))


def is_avif(content: bytes) -> bool:
    """Whether it is a HEIF file with pictures in AV1."""
    return content[4:8] == b"ftyp" and bool(_AV1 & {content[8:12], *_brands(content)})


def _brands(content: bytes) -> list[bytes]:
    end = min(int.from_bytes(content[:4], "big"), 512)
    return [content[at : at + 4] for at in range(16, end, 4)]


def bytes_of(content: bytes, item: Item) -> bytes:
    """An item's own bytes."""
    return b"".join(content[start:end] for start, end in item.stretches)


def holding(content: bytes) -> Holding:
    """Take the file apart."""
    held, media = Holding(), []
    for box in outermost(content):
        held.end = box.end
        if box.kind == b"meta":
            _read_meta(content, box, held)
        elif box.kind == b"mdat":
            media.append(box)
        elif box.kind == b"moov":
            held.moving = True
        elif box.kind not in _KNOWN:
            held.spare.append((box.body, box.end))
    if not held.moving:  # a track says in tables of its own which bytes are its
        claimed = [s for item in held.items.values() for s in item.stretches]
        held.spare += (gap for box in media for gap in gaps(claimed, box.body, box.end))
    return held


def _read_meta(content: bytes, meta: Box, held: Holding) -> None:
    inside = {box.kind: box for box in boxes(content, meta.body + 4, meta.end)}
    if (box := inside.get(b"pitm")) is not None:
        held.primary = int.from_bytes(content[box.body + 4 : box.end], "big")
    if (box := inside.get(b"iinf")) is not None:
        wide = content[box.body] > 0
        for entry in boxes(content, box.body + (8 if wide else 6), box.end):
            item = _item(content, entry)
            held.items[item.number] = item
    if (box := inside.get(b"iloc")) is not None:
        idat = inside.get(b"idat")
        _locate(content, box, held, idat.body if idat is not None else 0)
    if (box := inside.get(b"iref")) is not None:
        _relate(content, box, held)
    held.spare += ((b.body, b.end) for k, b in inside.items() if k in (b"free", b"skip", b"uuid"))


def _item(content: bytes, entry: Box) -> Item:
    version = content[entry.body]
    width = 4 if version >= 3 else 2
    number = int.from_bytes(content[entry.body + 4 : entry.body + 4 + width], "big")
    at = entry.body + 4 + width
    locked = content[at : at + 2] != b"\0\0"
    if version < 2:  # before types: a content type alone
        return Item(number, b"mime", "", locked)
    kind = content[at + 2 : at + 6]
    words = [*content[at + 6 : entry.end].split(b"\0"), b"", b"", b""]
    coded = kind == b"mime" and words[2] != b""
    says = words[1].decode("latin-1") if kind == b"mime" else ""
    return Item(number, kind, says, locked or coded)


class _Reader:
    """Numbers of the widths that a table names, one behind the other."""

    def __init__(self, content: bytes, at: int, end: int) -> None:
        self._content, self._at, self._end = content, at, end

    def number(self, width: int) -> int:
        at, self._at = self._at, self._at + width
        if self._at > self._end:
            raise ValueError("table")
        return int.from_bytes(self._content[at : self._at], "big")


def _locate(content: bytes, box: Box, held: Holding, idat: int) -> None:
    """Read where each item's bytes lie (8.11.3)."""
    version = content[box.body]
    table = _Reader(content, box.body + 4, box.end)
    widths = table.number(2)
    of_offset, of_length, of_base = widths >> 12, widths >> 8 & 15, widths >> 4 & 15
    of_index = widths & 15 if version in (1, 2) else 0
    left = _MOST_PIECES
    for _ in range(table.number(4 if version == 2 else 2)):
        item = held.items.get(table.number(4 if version == 2 else 2))
        way = table.number(2) & 15 if version in (1, 2) else 0
        elsewhere = table.number(2) != 0 or way > 1
        base = table.number(of_base) + (idat if way == 1 else 0)
        count = table.number(2)
        left -= count
        if left < 0:
            raise ValueError("pieces")
        for _ in range(count):
            table.number(of_index)
            start = base + table.number(of_offset)
            length = table.number(of_length) or len(content) - start
            if item is not None and not elsewhere:
                item.stretches.append((start, min(start + length, len(content))))


def _relate(content: bytes, box: Box, held: Holding) -> None:
    """Read which item is made of which, and which stands beside which (8.11.12)."""
    width = 4 if content[box.body] > 0 else 2
    for entry in boxes(content, box.body + 4, box.end):
        table = _Reader(content, entry.body, entry.end)
        source = table.number(width)
        others = [table.number(width) for _ in range(table.number(2))]
        if entry.kind == b"dimg" and source in held.items:
            held.inputs.setdefault(source, []).extend(others)
            if held.items[source].kind == b"grid":
                held.tiles.update(set(others) - {source, held.primary})
        elif entry.kind == b"auxl":
            held.alphas.add(source)

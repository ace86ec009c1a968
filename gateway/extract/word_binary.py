"""Word's binary files (doc, dot): Word 97 and later, Word 6 and 95.

Answers: the body and its tables, footnotes, headers, comments, endnotes and text boxes, each
in every version a person sees; field codes; and what fast saving left in the stream.
Trusts: nothing. Pieces are clipped to the stream; all together they are no longer than
twice the stream, however often they name the same bytes.
Fails: a file under a password that does not open is ``encrypted``; one without a piece table
is read by its words and ``damaged``.
Standards: [MS-DOC] 2.5 (Fib), 2.4.1 (retrieving text); Word 6 from its published format.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from gateway.extract.cell_grid import CellGrid
from gateway.extract.compound import Compound
from gateway.extract.flow import Flow
from gateway.extract.locked import unlocked
from gateway.extract.placed import one_by_one
from gateway.extract.sample import Member, Sample, Yielded
from gateway.extract.sheet.records import words
from gateway.extract.symbols import plain
from gateway.extract.word_runs import Runs
from gateway.model import InspectionLimits, Place, Prose, Unread, UnreadReason

STREAM = "WordDocument"
_FIRST_97 = 0x00C1  # nFib; smaller is Word 6 or 95
_ENCRYPTED, _TABLE_1, _WIDE_95, _PIECES = 0x0100, 0x0200, 0x1000, 0x0004
_JAPANESE = 0x11  # primary language
_STORIES = ("", "footnotes", "headers", "macros", "comments", "endnotes", "text boxes",
            "text boxes in headers")  # fmt: skip
_PIECE_FACTOR = 2
_FARTHEST = 1 << 32  # beyond every position
_CONTROL = re.compile("[\x00-\x1f]")
_PLAIN = {"\x1e": "-", "\x1f": "", "\x0b": "\n", "\x0c": "\n", "\x0e": "\n", "\t": "\t", "\n": "\n"}
_VIEWS = (  # what a place says, what is left out, what makes it differ
    ("", "deleted", frozenset[str]()),
    ("before changes", "inserted", frozenset(("deleted", "inserted"))),
    ("without hidden text", "hidden", frozenset(("hidden",))),
)


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch of characters that stand together in the stream."""

    first: int  # position among all characters
    count: int
    at: int  # offset in the stream
    width: int  # bytes of a character


def read(sample: Sample, compound: Compound, limits: InspectionLimits) -> Iterator[Yielded]:
    """Yield what stands in the document; other streams are the caller's."""
    stream = compound.open(STREAM)
    if len(stream) < 64:
        yield Unread(sample.place, UnreadReason.DAMAGED, "word")
        return
    version, flags = struct.unpack_from("<H6xH", stream, 2)
    if flags & _ENCRYPTED:
        yield from _opened(sample)
        return
    text = _Document(stream, compound, version, flags)
    if not text.pieces:
        yield Unread(sample.place, UnreadReason.DAMAGED, "word")
    yield from text.units(sample.place, limits)


def _opened(sample: Sample) -> Iterator[Yielded]:
    content = unlocked(sample.content, sample.passwords)
    if content is None or content == sample.content:
        yield Unread(sample.place, UnreadReason.ENCRYPTED, "word")
    else:
        yield Member(sample.place / "opened", sample.name, content)


class _Document:
    """The stream with what its header says of it."""

    def __init__(self, stream: bytes, compound: Compound, version: int, flags: int) -> None:
        self.stream = stream
        self._codec = "cp932" if stream[6] == _JAPANESE else "cp1252"
        self._runs = Runs()
        if version >= _FIRST_97:
            table = compound.open("1Table" if flags & _TABLE_1 else "0Table")
            self._table = table or compound.open("0Table" if flags & _TABLE_1 else "1Table")
            self.pieces = self._bounded(_pieces(self._pair(0x1A2), packed=True))
            self._runs.characters(stream, self._pair(0xFA))
            self._runs.paragraphs(stream, self._pair(0x102), compound.open("Data"))
            self._counts = [self._word(0x4C + 4 * n) for n in range(8)]
        else:
            self._table = stream
            found = _pieces(self._pair(0x160), packed=False) if flags & _PIECES else []
            self.pieces = self._bounded(found or [self._one_piece(flags)])
            self._counts = [self._word(0x34 + 4 * n) for n in range(8)]
        self._runs.settle()

    def _word(self, at: int) -> int:
        return int.from_bytes(self.stream[at : at + 4], "little")

    def _pair(self, at: int) -> bytes:
        """What an offset and a length in the header point to."""
        start = self._word(at)
        return self._table[start : start + self._word(at + 4)]

    def _one_piece(self, flags: int) -> _Piece:
        start, end = self._word(0x18), min(self._word(0x1C), len(self.stream))
        width = 2 if flags & _WIDE_95 else 1
        return _Piece(0, max(0, end - start) // width, start, width)

    def _bounded(self, pieces: list[_Piece]) -> list[_Piece]:
        """The pieces that lie in the stream, until there are more bytes than could be."""
        left, kept = _PIECE_FACTOR * len(self.stream), []
        for piece in pieces:
            size = piece.count * piece.width
            if piece.at + size > len(self.stream):
                size = max(0, len(self.stream) - piece.at)
            left -= size
            if size and left >= 0:
                kept.append(_Piece(piece.first, size // piece.width, piece.at, piece.width))
        return kept

    # ------------------------------------------------------------------ what it comes to

    def units(self, place: Place, limits: InspectionLimits) -> Iterator[Yielded]:
        for step, without, shows in _VIEWS:
            if step and not shows & self._runs.marks:
                continue
            here = place / step if step else place
            for name, pieces in self._stories():
                story = _Story(here / name if name else here, limits, self._runs)
                for piece in pieces:
                    self._tell(story, piece, without)
                yield from story.units()
        yield from self._leftovers(place)

    def _stories(self) -> Iterator[tuple[str, list[_Piece]]]:
        """The characters belong to one story after the other, by their counts."""
        start = 0
        total = sum(p.count for p in self.pieces)
        for name, count in zip(_STORIES, self._counts, strict=True):
            end = min(start + count, total)
            if start < end:
                yield name, self._between(start, end)
            start = end
        if start < total:
            yield "behind the text", self._between(start, _FARTHEST)

    def _between(self, start: int, end: int) -> list[_Piece]:
        found = []
        for p in self.pieces:
            first, last = max(start, p.first), min(end, p.first + p.count)
            if first < last:
                at = p.at + (first - p.first) * p.width
                found.append(_Piece(first, last - first, at, p.width))
        return found

    def _tell(self, story: _Story, piece: _Piece, without: str) -> None:
        end = piece.at + piece.count * piece.width
        if without in self._runs.marks:
            for start, stop in self._runs.cut(without, piece.at, end):
                story.text(self._decoded(start, stop, piece.width), start, piece.width)
        else:
            story.text(self._decoded(piece.at, end, piece.width), piece.at, piece.width)

    def _decoded(self, start: int, end: int, width: int) -> str:
        raw = self.stream[start:end]
        if width == 2:
            return raw.decode("utf-16-le", "replace")
        for codec in (self._codec, "cp932"):
            try:
                return raw.decode(codec)
            except UnicodeDecodeError:
                continue
        return raw.decode("cp1252", "replace")

    def _leftovers(self, place: Place) -> Iterator[Yielded]:
        """The words of the stream that are in no piece: fast saving only appends."""
        rest = bytearray(self.stream)
        for piece in self.pieces:
            size = piece.count * piece.width
            rest[piece.at : piece.at + size] = bytes(size)
        if found := dict.fromkeys(words(bytes(rest), "cp932")):
            yield Prose(place / "leftovers", "\n".join(found))


def _pieces(clx: bytes, *, packed: bool) -> list[_Piece]:
    """The piece table, behind any number of property lists."""
    at = 0
    while at + 3 <= len(clx) and clx[at] == 1:
        at += 3 + int.from_bytes(clx[at + 1 : at + 3], "little")
    if at + 5 > len(clx) or clx[at] != 2:
        return []
    table = clx[at + 5 : at + 5 + int.from_bytes(clx[at + 1 : at + 5], "little")]
    count = max(0, (len(table) - 4) // 12)
    positions = struct.unpack_from(f"<{count + 1}I", table) if count else ()
    found = []
    for number in range(count):
        (offset,) = struct.unpack_from("<I", table, 4 * (count + 1) + 8 * number + 2)
        narrow = not packed or bool(offset & 0x40000000)
        start = (offset & 0x3FFFFFFF) // 2 if packed and narrow else offset & 0x3FFFFFFF
        length = positions[number + 1] - positions[number]
        if length > 0:
            found.append(_Piece(positions[number], length, start, 1 if narrow else 2))
    return found


class _Story:
    """Puts the characters of one story into lines and tables."""

    def __init__(self, place: Place, limits: InspectionLimits, runs: Runs) -> None:
        self._place = place
        self._runs = runs
        self._flow = Flow(place, limits, "paragraph")
        self._codes: list[str] = []
        self._fields: list[bool] = []  # open fields: whether the result has begun
        self._line: list[str] = []  # of the open paragraph, and of those before it in its cell
        self._inner = 0  # where the open cell of a table in a table begins in it
        self._grid = CellGrid(place, limits)
        self._tables: list[Yielded] = []

    def text(self, text: str, at: int, width: int) -> None:
        """Take text that begins at ``at`` in the stream."""
        before = 0
        for found in _CONTROL.finditer(text):
            self._write(text[before : found.start()])
            before = found.end()
            self._control(found[0], at + before * width)
        self._write(text[before:])

    def _write(self, text: str) -> None:
        if self._fields and not self._fields[-1]:
            self._codes.append(text)
        else:
            self._line.append(text)

    def _control(self, char: str, behind: int) -> None:
        """Take a control character whose end stands at ``behind``."""
        if char == "\x13":
            self._fields.append(False)
        elif char == "\x14" and self._fields:
            self._fields[-1] = True
        elif char == "\x15" and self._fields:
            self._fields.pop()
            self._codes.append("\n")
        elif char == "\x07":
            self._cell_over(self._runs.rows.get(behind))
        elif char == "\r":
            if behind in self._runs.inner_cells:
                self._inner_cell_over()
            else:
                self._paragraph_over(in_table=behind in self._runs.in_table)
        elif char in _PLAIN:
            self._write(_PLAIN[char])

    def _paragraph_over(self, *, in_table: bool) -> None:
        self._line.append("\n")
        if not in_table:
            self._tables += self._grid.close()
            self._flow.text("".join(self._line))
            self._line = []
            self._inner = 0

    def _inner_cell_over(self) -> None:
        """Boxes of a table in a table stand in the outer cell, side by side."""
        if len("".join(self._line[self._inner :]).strip()) > 1:
            self._line.append("\t")
        self._inner = len(self._line)

    def _cell_over(self, row: tuple[int, ...] | None) -> None:
        """End a cell; or a row, where its cells' ends are known."""
        if row is None:
            self._grid.cell("".join(self._line))
        else:
            self._grid.row(row)
        self._line = []
        self._inner = 0

    def units(self) -> Iterator[Yielded]:
        self._paragraph_over(in_table=False)
        for unit in self._flow.units():
            yield unit
            if isinstance(unit, Prose):
                yield from one_by_one(self._place, plain(unit.text).split("\n"))
        yield from self._tables
        if codes := "".join(self._codes).strip():
            yield Prose(self._place / "field codes", codes)

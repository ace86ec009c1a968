"""The properties of text in a binary Word file: which stretches are what.

Answers: where rows of tables end, which paragraphs stand in tables, and which characters
are inserted, deleted or hidden, as positions in the stream.
Trusts: nothing. A page of properties is 512 bytes; pages are counted, and each is read once.
Fails: never; a page that is no page says nothing.
Standards: [MS-DOC] 2.8.5/2.8.6 (bin tables), 2.9.33/2.9.174 (pages), 2.6.1/2.6.2 (sprms).
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

_PAGE = 512
_IN_TABLE, _ROW_END = 0x2416, 0x2417
_INNER_CELL, _INNER_ROW, _DEPTH, _ELSEWHERE = 0x244B, 0x244C, 0x6649, 0x6646
_ON = (b"\x01", b"\x81")
_DELETED, _INSERTED, _HIDDEN = 0x0800, 0x0801, 0x083C
_MARKS = {_DELETED: "deleted", _INSERTED: "inserted", _HIDDEN: "hidden"}
_SIZES = (1, 1, 2, 4, 2, 2, 0, 3)  # of an operand, by the top three bits of its sprm
_LONG_TABLE = 0xD608  # the one sprm whose own length takes two bytes


@dataclass(slots=True)
class Runs:
    """What is known of one stream; positions are offsets in ``WordDocument``."""

    rows: dict[int, tuple[int, ...]] = field(default_factory=dict)  # end of a row → of its cells
    in_table: set[int] = field(default_factory=set)  # just behind a paragraph in a table
    inner_cells: set[int] = field(default_factory=set)  # behind a cell of a table in a table
    _spans: dict[str, list[tuple[int, int]]] = field(default_factory=dict)

    def paragraphs(self, stream: bytes, bin_table: bytes, data: bytes) -> None:
        """Read the pages that a paragraph bin table names; long properties stand in ``data``."""
        for page in _pages(stream, bin_table):
            count = page[-1]
            for number in range(min(count, (_PAGE - 5) // 17)):
                limit = struct.unpack_from("<I", page, 4 * number + 4)[0]
                at = 2 * page[4 * (count + 1) + 13 * number]
                if not at or at + 1 >= _PAGE:
                    continue
                size, at = (2 * page[at] - 1, at + 1) if page[at] else (2 * page[at + 1], at + 2)
                said = dict(_sprms(page[at + 2 : at + size]))
                if elsewhere := said.get(_ELSEWHERE):
                    said |= dict(_sprms(_prefixed(data, int.from_bytes(elsewhere, "little"))))
                if any(said.get(_IN_TABLE, b"")) or any(said.get(_DEPTH, b"")):
                    self.in_table.add(limit)
                if any(said.get(_INNER_CELL, b"")):
                    self.inner_cells.add(limit)
                if any(said.get(_INNER_ROW, b"")):
                    self.in_table.add(limit)
                if any(said.get(_ROW_END, b"")):
                    self.rows[limit] = _edges(said.get(_LONG_TABLE, b""))

    def characters(self, stream: bytes, bin_table: bytes) -> None:
        """Read the pages that a character bin table names."""
        for page in _pages(stream, bin_table):
            count = page[-1]
            for number in range(min(count, (_PAGE - 5) // 5)):
                start, end = struct.unpack_from("<II", page, 4 * number)
                at = 2 * page[4 * (count + 1) + number]
                if not at or at >= _PAGE:
                    continue
                for sprm, value in _sprms(page[at + 1 : at + 1 + page[at]]):
                    if sprm in _MARKS and value[:1] in _ON and start < end:
                        self._spans.setdefault(_MARKS[sprm], []).append((start, end))

    @property
    def marks(self) -> frozenset[str]:
        """Which of ``deleted``, ``inserted`` and ``hidden`` stand somewhere."""
        return frozenset(self._spans)

    def cut(self, mark: str, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Yield what is left of a stretch without the characters that have the mark."""
        spans = self._spans[mark]
        at = start
        for first, last in spans[max(0, bisect_right(spans, (start, 0)) - 1) :]:
            if first >= end:
                break
            if at < first:
                yield at, first
            at = max(at, last)
        if at < end:
            yield at, end

    def settle(self) -> None:
        """Bring the stretches in order, once all pages are read."""
        for spans in self._spans.values():
            spans.sort()


def _pages(stream: bytes, bin_table: bytes) -> Iterator[bytes]:
    """The pages that a bin table names, each once."""
    count = max(0, (len(bin_table) - 4) // 8)
    numbers = struct.unpack_from(f"<{count}I", bin_table, 4 * (count + 1)) if count else ()
    for number in dict.fromkeys(numbers):
        page = stream[(number & 0x3FFFFF) * _PAGE :][:_PAGE] if number else b""
        if len(page) == _PAGE:
            yield page


def _prefixed(data: bytes, at: int) -> bytes:
    """Properties behind their length."""
    return data[at + 2 : at + 2 + int.from_bytes(data[at : at + 2], "little")]


def _edges(table: bytes) -> tuple[int, ...]:
    """Where the cells of a row end, from its table definition."""
    count = table[2] if len(table) > 2 else 0
    if len(table) < 3 + 2 * (count + 1):
        return ()
    return struct.unpack_from(f"<{count + 1}h", table, 3)[1:]


def _sprms(raw: bytes) -> Iterator[tuple[int, bytes]]:
    """Each property with its operand."""
    at = 0
    while at + 2 < len(raw):
        sprm = raw[at] | raw[at + 1] << 8
        at += 2
        size = _SIZES[sprm >> 13] or 1 + raw[at]
        if sprm == _LONG_TABLE:
            size = 1 + int.from_bytes(raw[at : at + 2], "little")
        yield sprm, raw[at : at + size]
        at += size

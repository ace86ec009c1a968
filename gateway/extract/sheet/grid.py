"""Collects the cells of one sheet and gives them back where they stand.

Answers: tables with true geometry: an empty cell is "", an empty row is (), a merged cell
is its first cell and empty ones. A gap of more than ``WIDEST_ROW_GAP`` empty rows, and a
row that would be mostly padding, begin a new table, so that two cells in opposite corners
of a sheet cost two cells.
Trusts: nothing; positions are the file's and may come in any order.
Fails: what would cost more cells than the limit, padding counted, comes out as lines of
prose beside an ``Unread`` (``limit``, "cells"): its text is read, its geometry is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from gateway.extract.sample import Yielded
from gateway.model import InspectionLimits, Place, Prose, Table, Unread, UnreadReason

WIDEST_ROW_GAP = 200  # empty rows within one table; no label reaches farther down
WIDEST_SHEET, TALLEST_SHEET = 16_384, 1_048_576  # Excel's; LibreOffice's is the same

_REFERENCE = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7})")

Run = tuple[int, tuple[str, ...]]  # first column, texts
Rows = list[tuple[int, int, tuple[str, ...]]]  # row, first column, texts


class Grid:
    """The cells of one sheet; ``left`` counts down over all sheets of a workbook."""

    def __init__(self, place: Place, limits: InspectionLimits) -> None:
        self._place = place
        self._limit = limits.cells
        self._rows: dict[int, list[Run]] = {}  # row → runs, as they came
        self._solid: Rows = []  # instead: rows side by side, one below the other, nothing else
        self._asked: dict[int, dict[int, str]] = {}  # row → column → text, of rows asked about

    def limit(self, cells: int) -> None:
        """Let the tables cost ``cells`` at most."""
        self._limit = cells

    def add(self, row: int, column: int, texts: tuple[str, ...]) -> None:
        """Put ``texts`` side by side, from 1-based ``row`` and ``column`` on."""
        self._settle()
        runs = self._rows.get(row)
        if runs is None:
            self._rows[row] = [(column, texts)]
        else:
            runs.append((column, texts))
        if row in self._asked:
            self._asked[row].update(enumerate(texts, column))

    def extend(self, rows: Rows) -> None:
        """Put many rows: the number, the first column and the texts of each."""
        if rows and not self._rows and not self._asked and _one_block(rows):
            self._solid = rows
            return
        for row, column, texts in rows:
            self.add(row, column, texts)

    def _settle(self) -> None:
        """Take rows that came together for rows like any others, since more is to be done."""
        if self._solid:
            self._rows = {row: [(column, texts)] for row, column, texts in self._solid}
            self._solid = []

    def cell(self, row: int, column: int, text: str) -> None:
        """Put one text; an empty one leaves the cell empty."""
        if text:
            self.add(row, column, (text,))

    def at(self, row: int, column: int) -> str:
        """The text of a cell, "" where there is none."""
        self._settle()
        known = self._asked.get(row)
        if known is None:
            known = self._asked[row] = {}
            for first, texts in self._rows.get(row, ()):
                known.update(enumerate(texts, first))
        return known.get(column, "")

    def heading(self, cells: str) -> str:
        """The nearest text above a range such as ``B2:B9``, or ""."""
        found = _REFERENCE.match(cells)
        if found is None:
            return ""
        column, row = column_number(found[1]), int(found[2])
        above = range(row - 1, max(0, row - 1 - WIDEST_ROW_GAP), -1)
        return next((text for r in above if (text := self.at(r, column))), "")

    def tables(self) -> Iterator[Yielded]:
        """Yield the tables from top to bottom, then what did not fit as prose."""
        if self._solid and len(self._solid) + sum(len(r[2]) for r in self._solid) <= self._limit:
            top, first, _ = self._solid[0]
            yield Table(self._place, tuple([texts for _, _, texts in self._solid]), top, first)
            return
        self._settle()
        left = self._limit
        too_many = False
        for block in self._blocks():
            first = min(c for _, runs in block for c, _ in runs)
            height = block[-1][0] - block[0][0] + 1
            cells = sum(_end(runs) - first for _, runs in block) + height
            left -= cells
            if left < 0:
                too_many = True
                yield Prose(self._place, "\n".join(_line(runs) for _, runs in block))
            else:
                yield _table(self._place, block, first)
        if too_many:
            yield Unread(self._place, UnreadReason.LIMIT, "cells")

    def _blocks(self) -> Iterator[list[tuple[int, list[Run]]]]:
        """Rows that belong to one table."""
        block: list[tuple[int, list[Run]]] = []
        for row in sorted(self._rows):
            if block and row - block[-1][0] > WIDEST_ROW_GAP:
                yield block
                block = []
            block.append((row, self._rows[row]))
        if block:
            yield block


def _one_block(rows: Rows) -> bool:
    """Whether rows stand one right below the other and begin in the same column."""
    numbers, firsts, _ = zip(*rows, strict=True)
    return len(set(firsts)) == 1 and list(numbers) == list(
        range(numbers[0], numbers[0] + len(rows))
    )


def _end(runs: list[Run]) -> int:
    if len(runs) == 1:  # nearly all
        return runs[0][0] + len(runs[0][1])
    return max(c + len(texts) for c, texts in runs)


def _line(runs: list[Run]) -> str:
    return "\t".join(text for _, texts in sorted(runs) for text in texts if text)


def _table(place: Place, block: list[tuple[int, list[Run]]], first: int) -> Table:
    rows: list[tuple[str, ...]] = []
    top = block[0][0]
    for row, runs in block:
        rows.extend([()] * (row - top - len(rows)))
        rows.append(_row(runs, first))
    return Table(place, tuple(rows), top, first)


def _row(runs: list[Run], first: int) -> tuple[str, ...]:
    if len(runs) == 1:
        column, texts = runs[0]
        return texts if column == first else ("",) * (column - first) + texts
    cells = [""] * (_end(runs) - first)
    for column, texts in runs:
        for c, text in enumerate(texts, column - first):
            if not cells[c]:
                cells[c] = text
            elif text:  # two cells at one place: programs differ in which they show
                cells[c] += "\n" + text
    return tuple(cells)


def column_number(letters: str) -> int:
    """Return the 1-based number of a column.

    >>> column_number("A"), column_number("XFD")
    (1, 16384)
    """
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def from_rows(place: Place, rows: Iterable[tuple[str, ...]], limits: InspectionLimits) -> Grid:
    """Return a grid of rows that stand without positions, from A1 on."""
    grid = Grid(place, limits)
    for number, row in enumerate(rows, 1):
        if row:
            grid.add(number, 1, row)
    return grid

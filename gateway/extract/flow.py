"""Builds prose and tables out of the events of a marked-up document.

Answers: what HTML, Word and PowerPoint share: text flows into lines or, inside a table,
into the innermost cell; nothing is put between two inline pieces, since a number may be
cut by markup (``12<b>34</b>``).
Trusts: nothing; cells are counted, and beyond the limit text flows on as lines.
Fails: never; events that do not match (a cell outside a table) are taken as line ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from gateway.extract.sample import Yielded
from gateway.model import InspectionLimits, Place, Prose, Table, Unread, UnreadReason

_WIDEST_SPAN = 200
_BOX_CHARS = 4
_FEW_CELLS, _FEW_CHARS = 64, 256  # of an inner table that stands in the outer cell, too
_DEEPEST = 64  # tables within tables; deeper ones flow into the last


@dataclass(slots=True)
class _Open:
    """A table under construction."""

    rows: list[list[str]] = field(default_factory=list)
    cell: list[str] | None = None  # pieces of the open cell; None between cells
    span: int = 1
    behind: str = ""  # the whole number behind what the open cell shows
    covered: bool = False  # the open cell goes on under the one above it


class Flow:
    """Collects one document; ask for ``units`` when it is over."""

    def __init__(self, place: Place, limits: InspectionLimits, numbered: str = "line") -> None:
        self._place = place
        self._numbered = numbered
        self._left = limits.cells
        self._text: list[str] = []
        self._tables: list[_Open] = []
        self._done: list[tuple[tuple[str, ...], ...]] = []
        self._ignored = 0  # tables opened beyond the deepest

    def text(self, piece: str) -> None:
        """Add inline text, exactly where the last piece ended."""
        self._sink().append(piece)

    def line(self) -> None:
        """End the line, if there is one."""
        sink = self._sink()
        if sink and not sink[-1].endswith("\n"):
            sink.append("\n")

    def open_table(self) -> None:
        self.line()
        if len(self._tables) >= _DEEPEST:
            self._ignored += 1
        else:
            self._tables.append(_Open())

    def open_row(self) -> None:
        if self._tables:
            self.close_cell()
            self._tables[-1].rows.append([])

    def open_cell(self, span: int = 1, behind: str = "") -> None:
        """Begin a cell; ``behind`` is the number that a shown 1.23457E+11 stands for."""
        if not self._tables:
            self.line()
            return
        self.close_cell()
        self._left -= 1
        if self._left < 0:
            return
        if not self._tables[-1].rows:
            self._tables[-1].rows.append([])
        self._tables[-1].cell = []
        self._tables[-1].span = max(1, min(span, _WIDEST_SPAN))
        self._tables[-1].behind = behind

    def in_cell(self) -> bool:
        """Whether text would go into a cell."""
        return bool(self._tables) and self._sink() is not self._text

    def widen(self, span: int) -> None:
        """Say of the open cell that it takes so many columns."""
        if self._tables and self._tables[-1].cell is not None:
            self._tables[-1].span = max(1, min(span, _WIDEST_SPAN))

    def cover(self) -> None:
        """Say of the open cell that it is the lower part of the one above: its label counts."""
        if self._tables:
            self._tables[-1].covered = True

    def close_cell(self) -> None:
        if not self._tables or self._tables[-1].cell is None:
            return
        table = self._tables[-1]
        row = table.rows[-1]
        shown = "".join(table.cell or ()).strip()
        hides = table.behind and sum(map(str.isdigit, shown)) < len(table.behind)
        if table.covered and not shown:
            shown = _above(table.rows, len(row))
        row.append(table.behind if hides else shown)
        row.extend([""] * (table.span - 1))
        table.cell = None
        table.covered = False

    def close_table(self) -> None:
        if self._ignored:
            self._ignored -= 1
            return
        if not self._tables:
            return
        self.close_cell()
        rows = tuple(tuple(row) for row in self._tables.pop().rows if row)
        if rows:
            self._done.append(rows)
        if self._tables or _boxes(rows):  # boxes are named by what stands before them
            self._sink().append(_short(rows))

    def units(self) -> Iterator[Yielded]:
        """Yield the prose outside tables, then the tables in the order they ended."""
        while self._tables:
            self.close_table()
        prose = "".join(self._text)
        if prose.strip():
            yield Prose(self._place, prose, self._numbered)
        for number, rows in enumerate(self._done, 1):
            yield Table(self._place / f"table {number}", rows)
        if self._left < 0:
            yield Unread(self._place, UnreadReason.LIMIT, "cells")

    def _sink(self) -> list[str]:
        for table in reversed(self._tables):
            if table.cell is not None:
                return table.cell
        return self._text


def _above(rows: list[list[str]], column: int) -> str:
    """The label in the cell above; never a digit, which would be counted twice."""
    text = rows[-2][column] if len(rows) > 1 and column < len(rows[-2]) else ""
    return "" if any(map(str.isdigit, text)) else text


def _boxes(rows: tuple[tuple[str, ...], ...]) -> bool:
    """Whether no cell holds more than a box on a form does: a digit, or four."""
    return len(rows) <= _FEW_CELLS and all(len(cell) <= _BOX_CHARS for r in rows for cell in r)


def _short(rows: tuple[tuple[str, ...], ...]) -> str:
    """A small table as it stands in the cell around it: boxes side by side beside their label."""
    if sum(map(len, rows)) > _FEW_CELLS or sum(len(c) for r in rows for c in r) > _FEW_CHARS:
        return ""
    return "\n".join(("" if max(map(len, row)) == 1 else "\t").join(row) for row in rows) + "\n"

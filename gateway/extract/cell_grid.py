"""Tables whose rows say where their cells end, each by itself: RTF and binary Word files.

Answers: the rows with every cell in its true column, so that a heading over two columns
stands over both, and what is under the next heading stands under that.
Trusts: nothing; cells are counted, and beyond the limit dropped by name.
Fails: never; a row that says nothing of its cells is filled from the left.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator

from gateway.extract.sample import Yielded
from gateway.model import InspectionLimits, Place, Table, Unread, UnreadReason

_MOST_COLUMNS = 500
_SAME = 12  # edges nearer than this (twentieths of a point) are one


class CellGrid:
    """Collects the tables of one text, one after the other."""

    def __init__(self, place: Place, limits: InspectionLimits) -> None:
        self._place = place
        self._left = limits.cells
        self._row: list[str] = []
        self._rows: list[tuple[tuple[int, ...], list[str]]] = []
        self._number = 0

    def cell(self, text: str) -> None:
        self._left -= 1
        if self._left >= 0:
            self._row.append(text.strip())

    def row(self, edges: tuple[int, ...]) -> None:
        """End a row, whose cells end at ``edges``."""
        if self._row:
            self._rows.append((edges, self._row))
            self._row = []

    def close(self) -> Iterator[Yielded]:
        """Yield the table that ends here, if there is one."""
        self.row(())
        rows, self._rows = self._rows, []
        if rows:
            self._number += 1
            lines = _lines(rows)
            yield Table(
                self._place / f"table {self._number}",
                tuple(_spread(edges, cells, lines) for edges, cells in rows),
            )
        if self._left < 0:
            self._left = 0
            yield Unread(self._place, UnreadReason.LIMIT, "cells")


def _lines(rows: list[tuple[tuple[int, ...], list[str]]]) -> list[int]:
    """The vertical lines of the whole table."""
    lines: list[int] = []
    for edge in sorted({edge for edges, _ in rows for edge in edges}):
        if not lines or edge - lines[-1] > _SAME:
            lines.append(edge)
    return lines[:_MOST_COLUMNS]


def _spread(edges: tuple[int, ...], cells: list[str], lines: list[int]) -> tuple[str, ...]:
    """A row with an empty cell for each line that its cells go over."""
    if len(edges) < len(cells):
        return tuple(cells)
    row: list[str] = []
    for edge, text in zip(edges, cells, strict=False):
        row.append(text)
        last = bisect_left(lines, edge - _SAME) + 1
        row.extend([""] * (min(last, len(lines)) - len(row)))
    return tuple(row)

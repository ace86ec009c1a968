"""A long table, turned: its columns, in which most cells are alike.

Answers: ``turned``; of each ``Column`` its cells and their text in two pieces, so that what is
alike in all cells is asked once.
Trusts: nothing. Fails: never; a table that is short, mostly holes, or has our own mark in a cell
is not turned.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

CELL = "\x1f"  # between the cells of a text
LONG = 64  # rows; a shorter table is read row by row
HEAD = 16  # rows that are looked at apart: headings are seldom ASCII, numbers below them always
_MOST_HOLES = 2  # times the cells there are: a ragged table is not filled up beyond
_AT_ONCE = 50_000  # rows


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table. Secret."""

    cells: Sequence[str] = field(repr=False)  # of every row; "" where a row is too short
    head: str = field(repr=False)  # the first cells, ``CELL`` between
    body: str = field(repr=False)  # the others; alike ones once where that is much shorter
    whole: bool  # whether all others are in ``body``, in their order

    @property
    def texts(self) -> tuple[str, str]:
        return self.head, self.body


def turned(rows: Sequence[Sequence[str]]) -> list[Column] | None:
    """Return the columns of a long table; None for any other."""
    if len(rows) < LONG:
        return None
    width = max(map(len, rows))
    if not 0 < width <= len(rows) or width * len(rows) > _MOST_HOLES * sum(map(len, rows)):
        return None
    columns = [column for cells in _filled_up(rows, width) if (column := _column(cells))]
    return columns if len(columns) == width else None


def _filled_up(rows: Sequence[Sequence[str]], width: int) -> list[list[str]]:
    columns: list[list[str]] = [[] for _ in range(width)]
    for at in range(0, len(rows), _AT_ONCE):
        some = rows[at : at + _AT_ONCE]
        for column, cells in zip(columns, zip_longest(*some, fillvalue=""), strict=False):
            column += cells
        for column in columns[max(map(len, some)) :]:
            column += [""] * len(some)
    return columns


def _column(cells: Sequence[str]) -> Column | None:
    """One column with its texts; None where a cell has our own mark in it."""
    head, body = CELL.join(cells[:HEAD]), CELL.join(cells[HEAD:])
    if head.count(CELL) + body.count(CELL) != len(cells) - 2:
        return None
    if not body.isascii():  # which is slow to look at
        different = dict.fromkeys(cells[HEAD:])
        if 2 * len(different) < len(cells):
            return Column(cells, head, CELL.join(different), whole=False)
    return Column(cells, head, body, whole=True)

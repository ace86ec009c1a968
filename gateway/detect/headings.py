"""What the headings above a cell and the labels on its row say of the number in it.

Answers: the standing of a cell: the nearest label wins. A heading that names My Number wins
over a cell on the left that is data under a heading of its own (支払方法: 口座振込); without
such a heading the next cell to the left wins; then the heading; then a label farther left;
last one that stands a row or two above, on the left.
Trusts: the reader to have put cells where a person sees them.
Fails: never; linear in the cells, each row's labels are looked up once.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from functools import cache

from gateway import reasons as why
from gateway.detect.candidate import Standing
from gateway.detect.labels import Kind, kind_of
from gateway.model import Table

HEADING_CHARS = 80  # a longer cell is no heading
ROWS_UP = 2  # rows above in which a label on the left may stand
_Labelled = tuple[list[int], list[Kind]]  # columns of a row that hold a label, and what it says
_Changes = tuple[list[int], list[tuple[Kind, int]]]  # rows, and the heading that holds below each
_NONE: _Labelled = [], []


class Headings:
    """The labels of one table, for the cells asked about (0-based rows and columns)."""

    def __init__(self, unit: Table, rows: set[int], columns: Iterable[int]) -> None:
        self._unit = unit
        self._kinds: dict[str, Kind | None] = {}  # of cells met; lives as long as this table
        self._labels: dict[int, _Labelled] = {}
        self._changes: dict[range, _Changes] = {}
        self._above = self._sweep(max(rows), sorted(set(columns)))

    def standing(self, r: int, columns: range, *, whole_row: bool) -> Standing:
        """What is said of the cells ``columns`` of row ``r``.

        Args:
            whole_row: whether labels on the row count, too, not headings alone.
        """
        head, head_row = self._heading(r, columns)
        if not whole_row:
            return _told(head, why.COLUMN_HEADER, direct=head is not None)
        left, at = self._left_of(r, columns[0])
        if left and head is not Kind.STRONG and (self._next_to(r, at, columns[0]) or not head):
            direct = left is not Kind.STRONG and self._next_to(r, at, columns[0])
            return _told(left, why.LABEL_NEAR, direct=direct)
        if left and head is Kind.STRONG and self._names_itself(r, at, columns[0], head_row):
            return _told(left, why.LABEL_NEAR, strong_too=True)
        if head:
            other = head is not Kind.STRONG
            return _told(head, why.COLUMN_HEADER, strong_too=left is Kind.STRONG, direct=other)
        return self._up_and_left(r, columns[0])

    def _heading(self, r: int, columns: range) -> tuple[Kind | None, int]:
        """The last heading above any of the columns, one of My Number first, and its row."""
        if columns not in self._changes:
            self._changes[columns] = self._merged(columns)
        rows, said = self._changes[columns]
        i = bisect_left(rows, r) - 1
        return said[i] if i >= 0 else (None, 0)

    def _sweep(self, last_row: int, columns: list[int]) -> Mapping[int, _Changes]:
        """The headings of each column asked about."""
        above: dict[int, _Changes] = {}
        for r, row in enumerate(self._unit.rows[:last_row]):
            for c in columns:
                if c < len(row) and (kind := self._kind(row[c])):
                    rows, said = above.setdefault(c, ([], []))
                    rows.append(r)
                    said.append((kind, r))
        return above

    def _merged(self, columns: range) -> _Changes:
        """The headings of neighbouring columns as those of one."""
        each = [self._above[c] for c in columns if c in self._above]
        if len(each) < 2:
            return each[0] if each else ([], [])
        marks = sorted({row for rows, _ in each for row in rows})
        said = []
        for mark in marks:
            last = [(bisect_right(rows, mark) - 1, heads) for rows, heads in each]
            held = [heads[i] for i, heads in last if i >= 0]
            said.append(next((one for one in held if one[0] is Kind.STRONG), held[0]))
        return marks, said

    def _left_of(self, r: int, column: int) -> tuple[Kind | None, int]:
        """The nearest label to the left, and its column."""
        columns, kinds = self._labels_of(r)
        i = bisect_left(columns, column) - 1
        return (kinds[i], columns[i]) if i >= 0 else (None, 0)

    def _labels_of(self, r: int) -> _Labelled:
        if r not in self._labels:
            cells = enumerate(self._unit.rows[r])
            found = [(c, kind) for c, cell in cells if (kind := self._kind(cell))]
            self._labels[r] = ([c for c, _ in found], [k for _, k in found]) if found else _NONE
        return self._labels[r]

    def _next_to(self, r: int, label: int, column: int) -> bool:
        """Whether nothing but empty cells stands between a label and its number."""
        row = self._unit.rows[r]  # from the right: the number before ends the search
        return not any(row[c] for c in range(column - 1, label, -1))

    def _names_itself(self, r: int, at: int, column: int, head_row: int) -> bool:
        """Whether a label next to the number is no data under a heading of its own."""
        heads = self._unit.rows[head_row]
        return self._next_to(r, at, column) and not (at < len(heads) and heads[at])

    def _up_and_left(self, r: int, column: int) -> Standing:
        """A label alone on its row, just above and not to the right."""
        for up in range(max(0, r - ROWS_UP), r):
            columns, kinds = self._labels_of(up)
            if columns and bisect_right(columns, column) == 1 and kinds[0] is Kind.STRONG:
                return _told(Kind.STRONG, why.LABEL_AROUND)
        return _told(None, "")

    def _kind(self, cell: str) -> Kind | None:
        if len(cell) < 2 or len(cell) > HEADING_CHARS or _mostly_number(cell):
            return None
        if cell not in self._kinds:
            self._kinds[cell] = kind_of(cell)
        return self._kinds[cell]


@cache
def _told(
    kind: Kind | None, reason: str, *, strong_too: bool = False, direct: bool = False
) -> Standing:
    """The standing of all cells of which the same is said; only My Number's has a reason."""
    return Standing(kind, reason if kind is Kind.STRONG else "", strong_too, direct)


def _mostly_number(cell: str) -> bool:
    """A cell that begins and ends with a digit is data, whatever stands between."""
    return cell[0].isdigit() and cell[-1].isdigit()

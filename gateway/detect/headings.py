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

from gateway import reasons as why
from gateway.detect.candidate import Standing
from gateway.detect.labels import Kind, kind_of
from gateway.model import Table

HEADING_CHARS = 80  # a longer cell is no heading
ROWS_UP = 2  # rows above in which a label on the left may stand
_Labelled = tuple[list[int], list[Kind]]  # columns of a row that hold a label, and what it says


class Headings:
    """The labels of one table, for the cells asked about (0-based rows and columns)."""

    def __init__(self, unit: Table, rows: set[int], columns: Iterable[int]) -> None:
        self._unit = unit
        self._kinds: dict[str, Kind | None] = {}  # of cells met; lives as long as this table
        self._labels: dict[int, _Labelled] = {}
        self._above = self._sweep(rows, sorted(set(columns)))

    def standing(self, r: int, columns: range, *, whole_row: bool) -> Standing:
        """What is said of the cells ``columns`` of row ``r``.

        Args:
            whole_row: whether labels on the row count, too, not headings alone.
        """
        head, head_row = self._heading(r, columns)
        if not whole_row:
            return Standing(head, _reason(head, why.COLUMN_HEADER), direct=bool(head))
        left, at = self._left_of(r, columns[0])
        if left and head is not Kind.STRONG and (self._next_to(r, at, columns[0]) or not head):
            direct = left is not Kind.STRONG and self._next_to(r, at, columns[0])
            return Standing(left, _reason(left, why.LABEL_NEAR), direct=direct)
        if left and head is Kind.STRONG and self._names_itself(r, at, columns[0], head_row):
            return Standing(left, _reason(left, why.LABEL_NEAR), strong_too=True)
        if head:
            named_too = left is Kind.STRONG
            other = head is not Kind.STRONG
            reason = _reason(head, why.COLUMN_HEADER)
            return Standing(head, reason, strong_too=named_too, direct=other)
        return self._up_and_left(r, columns[0])

    def _heading(self, r: int, columns: range) -> tuple[Kind | None, int]:
        above = [found for c in columns if (found := self._above.get((r, c)))]
        if not above:
            return None, 0
        return next((found for found in above if found[0] is Kind.STRONG), above[0])

    def _sweep(
        self, rows: set[int], columns: list[int]
    ) -> Mapping[tuple[int, int], tuple[Kind, int]]:
        """For each cell asked about: the last heading above it in its column, and its row."""
        current: dict[int, tuple[Kind, int]] = {}
        above: dict[tuple[int, int], tuple[Kind, int]] = {}
        for r, row in enumerate(self._unit.rows[: max(rows) + 1]):
            wanted = r in rows
            for c in columns:
                if wanted and c in current:
                    above[r, c] = current[c]
                if c < len(row) and (kind := self._kind(row[c])):
                    current[c] = kind, r
        return above

    def _left_of(self, r: int, column: int) -> tuple[Kind | None, int]:
        """The nearest label to the left, and its column."""
        columns, kinds = self._labels_of(r)
        i = bisect_left(columns, column) - 1
        return (kinds[i], columns[i]) if i >= 0 else (None, 0)

    def _labels_of(self, r: int) -> _Labelled:
        if r not in self._labels:
            cells = enumerate(self._unit.rows[r])
            found = [(c, kind) for c, cell in cells if (kind := self._kind(cell))]
            self._labels[r] = [c for c, _ in found], [kind for _, kind in found]
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
            if bisect_right(columns, column) == 1 and kinds[0] is Kind.STRONG:
                return Standing(Kind.STRONG, why.LABEL_AROUND)
        return Standing()

    def _kind(self, cell: str) -> Kind | None:
        if len(cell) < 2 or len(cell) > HEADING_CHARS or _mostly_number(cell):
            return None
        if cell not in self._kinds:
            self._kinds[cell] = kind_of(cell)
        return self._kinds[cell]


def _reason(kind: Kind | None, reason: str) -> str:
    return reason if kind is Kind.STRONG else ""


def _mostly_number(cell: str) -> bool:
    """A cell that begins and ends with a digit is data, whatever stands between."""
    return cell[0].isdigit() and cell[-1].isdigit()

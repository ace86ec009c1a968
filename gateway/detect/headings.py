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
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import repeat

from gateway import reasons as why
from gateway.detect.candidate import Standing
from gateway.detect.labels import Kind, kind_of, may_label
from gateway.detect.turned import HEAD, Column
from gateway.model import Table

HEADING_CHARS = 80  # a longer cell is no heading
ROWS_UP = 2  # rows above in which a label on the left may stand
_Labelled = tuple[list[int], list[Kind]]  # columns of a row that hold a label, and what it says
_Changes = tuple[list[int], list[tuple[Kind, int]]]  # rows, and the heading that holds below each
_NONE: _Labelled = [], []


class Headings:
    """The labels of one table, for the cells asked about (0-based rows and columns)."""

    def __init__(
        self,
        unit: Table,
        rows: Collection[int],
        columns: Iterable[int],
        turned: Sequence[Column] | None = None,
    ) -> None:
        self._unit = unit
        self._columns = turned
        self._kinds: dict[str, Kind | None] = {}  # of cells met; lives as long as this table
        self._asked = rows, sorted(set(columns))
        self._beside: dict[int, _Labelled] | None = None  # labels of rows, looked up at first need
        self._changes: dict[range, _Changes] = {}
        self._above = self._sweep(range(max(rows)), self._asked[1])

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

    def down(self, rows: Sequence[int], column: int, whole: Sequence[bool]) -> list[Standing]:
        """What is said of each of many cells, one below the other; ``whole``: as ``whole_row``.

        The same as ``standing`` says of each; where no label stands on the left it is asked once.
        """
        columns = range(column, column + 1)
        said = self._below_headings(rows, columns)
        near = {
            r + down
            for r, (labels, _) in self._labels_beside().items()
            if labels[0] < column
            for down in range(ROWS_UP + 1)
        }
        for r in near:
            n = bisect_left(rows, r)
            if n < len(rows) and rows[n] == r:
                said[n] = self.standing(r, columns, whole_row=whole[n])
        return said

    def _below_headings(self, rows: Sequence[int], columns: range) -> list[Standing]:
        """What the headings alone say of the cells in these rows."""
        marks, heads = self._of(columns)
        said: list[Standing] = []
        for (head, _), next_mark in zip(((None, 0), *heads), (*marks, rows[-1]), strict=True):
            told = _told(head, why.COLUMN_HEADER, direct=head not in (None, Kind.STRONG))
            said += repeat(told, bisect_right(rows, next_mark) - len(said))
        return said

    def _heading(self, r: int, columns: range) -> tuple[Kind | None, int]:
        """The last heading above any of the columns, one of My Number first, and its row."""
        rows, said = self._of(columns)
        i = bisect_left(rows, r) - 1
        return said[i] if i >= 0 else (None, 0)

    def _of(self, columns: range) -> _Changes:
        if columns not in self._changes:
            self._changes[columns] = self._merged(columns)
        return self._changes[columns]

    def _sweep(self, rows: range, columns: list[int]) -> Mapping[int, _Changes]:
        """The headings of each column asked about."""
        above: dict[int, _Changes] = {}
        for r, c, kind in self._labels_in(rows, columns):
            marks, said = above.setdefault(c, ([], []))
            marks.append(r)
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
        return self._labels_beside().get(r, _NONE)

    def _labels_beside(self) -> dict[int, _Labelled]:
        """The labels on the rows asked about and just above them, no farther right."""
        if self._beside is None:
            rows, columns = self._asked
            above = ([r - up for r in rows if r >= up] for up in range(1, ROWS_UP + 1))
            wanted = sorted(set(rows).union(*above))
            self._beside = {}
            for r, c, kind in self._labels_in(wanted, range(columns[-1] + 1)):
                at, kinds = self._beside.setdefault(r, ([], []))
                at.append(c)
                kinds.append(kind)
        return self._beside

    def _labels_in(
        self, rows: Sequence[int], columns: Sequence[int]
    ) -> Iterator[tuple[int, int, Kind]]:
        """Each label in these columns of these rows: row, column, what it says; row by row."""
        below = [c for c in columns if self._may_label_below(c)]
        for r in rows if below else rows[: bisect_left(rows, HEAD)]:
            row = self._unit.rows[r]
            for c in columns if r < HEAD else below:
                if c < len(row) and (kind := self._kind(row[c])):
                    yield r, c, kind

    def _may_label_below(self, column: int) -> bool:
        """Whether a label could stand in a column below its head; in most there is none."""
        if self._columns is None:
            return True
        return column < len(self._columns) and may_label(self._columns[column].body)

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

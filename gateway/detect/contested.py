"""Windows of four digits that share a cell: at most one of them is a number.

Answers: which of the numbers spread over cells stay, where several claim the same cell.
Twelve cells of four digits hold ten windows, and one in ten of the false ones passes.
Trusts: the sightings of one table. Fails: never; linear in the sightings but for a sort.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Window:
    """The cells of one number, 0-based; along a row or down a column."""

    rows: range
    columns: range

    def cells(self) -> Iterator[tuple[int, int]]:
        """Every cell it covers."""
        return ((r, c) for r in self.rows for c in self.columns)

    @property
    def lane(self) -> tuple[bool, range]:
        """What windows of one form share: the columns along rows, the rows down columns."""
        across = len(self.rows) == 1
        return across, self.columns if across else self.rows

    @property
    def phase(self) -> tuple[bool, int, int]:
        """Windows of one row (or column) that stand side by side without a gap share it."""
        across = len(self.rows) == 1
        along = self.columns if across else self.rows
        return across, (self.rows if across else self.columns)[0], along[0] % len(along)


def uncontested(windows: Sequence[Window], begins: Callable[[Window], bool]) -> list[bool]:
    """Return for each window whether it stays.

    The one stays that begins under or behind a label, then whose lane holds the most,
    then which has the most neighbours in step, then along a row, then the first.

    Args:
        windows: in reading order.
        begins: whether a label of My Number names the window's first cell.
    """
    contested = _overlapping(windows)
    if not contested:
        return [True] * len(windows)
    lanes = Counter(window.lane for window in windows)
    phases = Counter(window.phase for window in windows)

    def rank(n: int) -> tuple[bool, int, int, bool, int]:
        one = windows[n]
        down = len(one.rows) > 1
        return not begins(one), -lanes[one.lane], -phases[one.phase], down, n

    stays = [True] * len(windows)
    taken: set[tuple[int, int]] = set()
    for n in sorted(contested, key=rank):
        cells = set(windows[n].cells())
        stays[n] = taken.isdisjoint(cells)
        if stays[n]:
            taken |= cells
    return stays


def _overlapping(windows: Sequence[Window]) -> list[int]:
    """The indexes of the windows that share a cell with another."""
    if all(len(window.rows) == 1 for window in windows):
        return _overlapping_in_rows(windows)
    claims = Counter(cell for window in windows for cell in window.cells())
    return [
        n for n, window in enumerate(windows) if any(claims[cell] > 1 for cell in window.cells())
    ]


def _overlapping_in_rows(windows: Sequence[Window]) -> list[int]:
    """The same where every window lies in one row: from left to right, without a look at cells."""
    met: set[int] = set()
    row, end, farthest = -1, -1, -1
    for n in sorted(range(len(windows)), key=lambda n: (windows[n].rows[0], windows[n].columns[0])):
        one = windows[n]
        if one.rows[0] != row:
            row, end = one.rows[0], -1
        if one.columns[0] <= end:
            met |= {n, farthest}
        if one.columns[-1] > end:
            end, farthest = one.columns[-1], n
    return sorted(met)

"""What stands close together on a page, found on a coarse grid: linear in what there is.

Answers: ``clusters``, boxes in groups, a box beside those whose surroundings touch its own.
Trusts: nothing: boxes of a hostile page are of any size and anywhere.
Fails: ``None`` where boxes cover so much that they are looked at as one; a box beyond the page
counts at its edge.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from gateway.extract.pdf.things import Box

_CELL = 6.0  # points; half the height of print
_MOST_CELLS = 300  # a side: a page of 25 m is no paper
_MOST_TAKEN = 400_000  # cells in all; a page of A4 has 14,000

Cell = tuple[int, int]


def clusters(boxes: Iterable[Box], page: Box) -> list[list[int]] | None:
    """Return the indices of boxes, which have their surroundings with them, in groups."""
    size = max(_CELL, max(page.width, page.height) / _MOST_CELLS)
    taken: dict[Cell, list[int]] = {}
    left = _MOST_TAKEN
    for index, box in enumerate(boxes):
        columns = _range(box.left, box.right, page.left, page.right, size)
        rows = _range(box.bottom, box.top, page.bottom, page.top, size)
        left -= len(columns) * len(rows)
        if left < 0:
            return None
        for cell in ((x, y) for x in columns for y in rows):
            taken.setdefault(cell, []).append(index)
    waiting = set(taken)
    found = []
    while waiting:
        found.append(_connected(waiting.pop(), waiting, taken))
    return found


def _connected(start: Cell, waiting: set[Cell], taken: dict[Cell, list[int]]) -> list[int]:
    """What is in the cells that hang together with ``start``; they are taken off ``waiting``."""
    members: dict[int, None] = {}
    todo = deque((start,))
    while todo:
        x, y = todo.popleft()
        members.update(dict.fromkeys(taken[x, y]))
        for near in ((x - 1, y), (x + 1, y), (x, y - 1), (x, y + 1)):
            if near in waiting:
                waiting.remove(near)
                todo.append(near)
    return list(members)


def _range(low: float, high: float, start: float, end: float, size: float) -> range:
    """The cells from ``low`` to ``high``, on a side of the page from ``start`` to ``end``."""
    first, last = (int((min(max(at, start), end) - start) / size) for at in (low, high))
    return range(first, last + 1)

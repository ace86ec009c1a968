"""Which characters of a drawn page are covered, so that no digit of a number can be seen.

Answers: ``covered``: their positions, or None where a number that was found has no place.
Trusts: the places of characters as the drawing has them.
Fails: never. It covers too much rather than too little: a run of eight digits that stand near
each other, in whatever direction, box by box or group by group, is covered whole; and where a
number that was found is not surely among them, every digit of the page is.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from statistics import median

from gateway.extract.pdf.covered import Ink
from gateway.masking import ALIKE, is_digit

FEWEST = 8  # digits near each other: a date has eight, a number that lost its zeros ten
REACH = 4.0  # heights of a digit: boxes of official forms stand 1.4 apart, groups up to 3


def covered(inks: Sequence[Ink], found: Iterable[str]) -> frozenset[int] | None:
    """Return the positions to cover.

    Args:
        found: each number on the page as it is written there, separators included.
    """
    numbers = [_signs(number) for number in found]
    digits = [n for n, ink in enumerate(inks) if is_digit(ink.char)]
    chosen = _with_alike(inks, _crowded(inks, digits))
    stream = "".join(inks[n].char for n in sorted(chosen))
    if all(number in stream for number in numbers):
        return frozenset(chosen)
    alike = {n for n, ink in enumerate(inks) if ink.char in ALIKE}
    chosen = set(digits) | alike
    there = Counter(inks[n].char for n in chosen)
    if all(not Counter(number) - there for number in numbers):
        return frozenset(chosen)
    return None


def _signs(number: str) -> str:
    return "".join(c for c in number if is_digit(c) or c in ALIKE)


def _crowded(inks: Sequence[Ink], digits: Sequence[int]) -> set[int]:
    """Return the digits that stand near so many others that they could be one number."""
    if len(digits) < FEWEST:
        return set()
    height = max(median(inks[n].bottom - inks[n].top for n in digits), 1.0)
    reach = REACH * height
    cells: dict[tuple[int, int], list[int]] = defaultdict(list)
    for n in digits:
        cells[_cell(inks[n], reach)].append(n)
    chosen: set[int] = set()
    left = set(cells)
    while left:
        # Cells that touch are taken together: what lies within the reach lies in such cells.
        crowd, edge = [], [left.pop()]
        while edge:
            x, y = edge.pop()
            crowd += cells[x, y]
            near = {(x + i, y + j) for i in (-1, 0, 1) for j in (-1, 0, 1)} & left
            left -= near
            edge += near
        if len(crowd) >= FEWEST:
            chosen.update(crowd)
    return chosen


def _cell(ink: Ink, reach: float) -> tuple[int, int]:
    return int((ink.left + ink.right) / 2 // reach), int((ink.top + ink.bottom) / 2 // reach)


def _with_alike(inks: Sequence[Ink], chosen: set[int]) -> set[int]:
    """Add letters that are taken for digits and stand in a row with what is covered."""
    found, edge = set(chosen), list(chosen)
    while edge:
        n = edge.pop()
        for beside in (n - 1, n + 1):
            if 0 <= beside < len(inks) and beside not in found and inks[beside].char in ALIKE:
                found.add(beside)
                edge.append(beside)
    return found

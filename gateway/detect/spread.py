"""Numbers that spread over several cells: one digit a box, or four.

Answers: ``across`` for the cells of one row, ``downwards`` for the columns of a form.
Trusts: the reader to have put cells where a person sees them. Says nothing about labels.
Fails: never; linear in the cells.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from gateway.detect.check_digit import DIGITS, is_valid
from gateway.detect.grammar import Form, plausible_alone
from gateway.detect.groups import series

WIDEST_GAP = 8  # cells from one box to the next, merged cells between them
_BLANK_BOX = frozenset(("", "-", "－", "ー", "‐", "–", "−", "・", " "))
_FOUR, _GROUPS = 4, 3
FEWEST_SPREAD = _GROUPS  # cells that a number over several can stand in


@dataclass(frozen=True, slots=True)
class Spread:
    """Twelve digits over cells. Secret."""

    digits: str = field(repr=False)
    form: Form
    first: int  # 0-based cell of the row or of the column
    last: int
    alone: bool  # whether it may count without a label of its own


def across(row: Sequence[str]) -> Iterator[Spread]:
    """Yield each number that spreads over cells of a row or, turned, of a column."""
    if len(row) < FEWEST_SPREAD:
        return
    cells = [cell.strip() for cell in row]
    lengths = list(map(len, cells))
    for run in _box_runs(cells) if lengths.count(1) >= DIGITS else ():
        if len(run) == DIGITS and _evenly_spaced(run):
            digits = "".join(str(int(cells[c])) for c in run)
            yield Spread(digits, Form.BOXES, run[0], run[-1], plausible_alone(digits))
    if lengths.count(_FOUR) >= _GROUPS - 1:
        yield from _in_fours(cells)


def _box_runs(cells: list[str]) -> Iterator[list[int]]:
    """Runs of cells that hold one digit each, with nothing but blanks between."""
    run: list[int] = []
    for c, cell in enumerate(cells):
        if len(cell) == 1 and cell.isdecimal():
            if run and c - run[-1] > WIDEST_GAP:
                yield run
                run = []
            run.append(c)
        elif cell not in _BLANK_BOX and run:
            yield run
            run = []
    if run:
        yield run


def _evenly_spaced(run: list[int]) -> bool:
    """Equal gaps, except that 4-4-4 may stand apart."""
    if run[-1] - run[0] == DIGITS - 1:
        return True
    gaps = [b - a for a, b in pairwise(run)]
    inner = {gap for i, gap in enumerate(gaps) if i not in (3, 7)}
    return len(inner) == 1 and gaps[3] == gaps[7] >= min(inner)


def _in_fours(cells: list[str]) -> Iterator[Spread]:
    """4|4|4 in three cells, equally far apart; under a label also with zeros lost."""
    groups = [c for c, cell in enumerate(cells) if 0 < len(cell) <= _FOUR and cell.isdecimal()]
    full = [len(cells[c]) == _FOUR for c in groups]
    if full.count(True) < _GROUPS - 1:
        return
    steps = [b - a for a, b in pairwise(groups)]
    padded = [_four(cells[c]) for c in groups]
    for i in range(len(groups) - 2):
        step = steps[i]
        if steps[i + 1] != step or step > WIDEST_GAP:
            continue
        whole = full[i] + full[i + 1] + full[i + 2]
        if whole < _GROUPS - 1:
            continue
        three = groups[i : i + _GROUPS]
        if step > 1 and not _blank_between(cells, three):
            continue
        lonely = not (_is_four(cells, three[0] - step) or _is_four(cells, three[-1] + step))
        digits = "".join(padded[i : i + _GROUPS])
        alone = lonely and whole == _GROUPS and plausible_alone(digits) and not series(digits)
        if alone or (lonely and whole == _GROUPS) or is_valid(digits):
            yield Spread(digits, Form.SPLIT, three[0], three[-1], alone)


def _is_four(cells: list[str], c: int) -> bool:
    return 0 <= c < len(cells) and len(cells[c]) == _FOUR and cells[c].isdecimal()


def _four(cell: str) -> str:
    """A group as four ASCII digits, its lost zeros restored."""
    return cell if len(cell) == _FOUR and cell.isascii() else f"{int(cell):04d}"


def _blank_between(cells: list[str], three: list[int]) -> bool:
    between = (*range(three[0] + 1, three[1]), *range(three[1] + 1, three[2]))
    return all(cells[c] in _BLANK_BOX for c in between)

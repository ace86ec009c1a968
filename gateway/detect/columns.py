"""Which cells of a long table could hold a number, asked of whole columns.

Answers: ``look``: the cells that have to be read, and the rows over whose cells a number
could spread.
Trusts: nothing. As in ``glance`` a "no" is a promise: reading the cell would find nothing.
Fails: never; linear in the cells.

A number needs a label of My Number for its odder forms. Such a label counts in the column
below it, on its own row and two rows on, to the right (``headings``); so a column of dates
beside one of My Numbers is read as any column of dates.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gateway.detect.check_digit import DIGITS
from gateway.detect.glance import (
    digits_in,
    may_name,
    may_need_no_label,
    noughts_of,
    rows_worth_crossing,
)
from gateway.detect.headings import ROWS_UP
from gateway.detect.named import FEWEST_LEFT
from gateway.detect.spread import FEWEST_SPREAD, WIDEST_GAP
from gateway.detect.turned import CELL, HEAD, Column

_BLOCK = 100  # cells that are asked together for a label
_NOT_DIGITS = bytes(b for b in range(256) if not (0x30 <= b <= 0x39 or b == 0x1F))
_FEWEST_RUN = b"0" * FEWEST_LEFT
_ZEROS = bytes(0x30 if 0x30 <= b <= 0x39 else b for b in range(256))
_ODD_BLANKS = b"\x1c\x1d\x1e"
_ONE, _FOUR = b"\x1f0\x1f", b"\x1f0000\x1f"
_SHORT = (_ONE, b"\x1f00\x1f", b"\x1f000\x1f")
_ANY_SHAPE = b"\x1f0\x1f0000\x1f"
_GROUPS = FEWEST_SPREAD  # 4-4-4 in three cells
# 0.8474337369372327: more digits behind the point than a number has, and fewer before it.
_FIGURES = re.compile(r"(?<![^\x1f])-?[0-9]{1,11}\.[0-9]{13,}(?![^\x1f])")


@dataclass(frozen=True, slots=True)
class Look:
    """What has to be read of a table; rows and columns are 0-based."""

    named: bool  # whether a label of My Number could stand in it
    plain: dict[int, Sequence[str]]  # column → its cells, to be read as without a label
    told: dict[int, Sequence[int]]  # column → rows whose cells a label could be about
    across: Iterable[int]  # rows over whose cells a number could spread


def look(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> Look:
    """Say what has to be read of a table, by its columns."""
    plain: dict[int, Sequence[str]] = {}
    told: dict[int, Sequence[int]] = {}
    beside: set[int] = set()  # rows with a label here or farther left, and those just below
    named = False
    for c, column in enumerate(columns):
        if any(map(_may_name, column.texts)):
            named = True
            beside |= _rows_beside(column.cells)
            if any(map(_may_hold_named, column.texts)):
                told[c] = range(len(rows))
            continue
        if beside:
            told[c] = sorted(beside)
        if cells := _without_label(column):
            plain[c] = cells
    return Look(named, plain, told, _across(columns, rows, named=named))


def _without_label(column: Column) -> Sequence[str]:
    """The cells to be read where no label is about them, computed figures left out."""
    if max(map(len, column.cells)) < DIGITS:
        return ()
    body, figures = column.body, column.whole and "." in column.body
    if figures:
        body = _FIGURES.sub("", body)
    if not may_need_no_label(body) and not may_need_no_label(column.head):
        return ()
    return [*column.cells[:HEAD], *body.split(CELL)] if figures else column.cells


def _may_name(text: str) -> bool:
    return may_name(text, text.encode("utf-8", "surrogatepass"))


def _rows_beside(column: Sequence[str]) -> set[int]:
    """The rows in which a label could stand in this column, and those it could still be about."""
    found: set[int] = set()
    for at in range(0, len(column), _BLOCK):
        if _may_name(CELL.join(column[at : at + _BLOCK])):
            found |= {
                r + below
                for r, cell in enumerate(column[at : at + _BLOCK], at)
                if _may_name(cell)
                for below in range(ROWS_UP + 1)
            }
    return {r for r in found if r < len(column)}


def _may_hold_named(text: str) -> bool:
    """Whether some cell has as many digits as a label can make into a number."""
    if not text.isascii():
        return digits_in(text) >= FEWEST_LEFT
    return _FEWEST_RUN in text.encode().translate(_ZEROS, _NOT_DIGITS)


# ------------------------------------------------------------------ over several cells


def _across(
    columns: Sequence[Column], rows: Sequence[Sequence[str]], *, named: bool
) -> Iterable[int]:
    """The rows over whose cells a number could spread: as far as the columns have room for it."""
    if len(columns) < _GROUPS:
        return ()
    noughts = [_noughts(column) for column in columns]
    boxes = len(columns) >= DIGITS and sum(_ONE in cells for cells in noughts) >= DIGITS
    if not boxes and not _room_for_fours(noughts, _GROUPS - 1 if named else _GROUPS):
        return ()
    return range(len(rows)) if named else rows_worth_crossing(rows)


def _noughts(column: Column) -> bytes:
    """The cells of a column, each between two marks, with all digits as 0 and no blanks."""
    head, body = map(noughts_of, column.texts)
    if head is None or body is None:  # digits of another script
        return _ANY_SHAPE
    return b"\x1f".join((b"", head, body, b"")).translate(None, _ODD_BLANKS)


def _room_for_fours(noughts: Sequence[bytes], fewest: int) -> bool:
    """Whether three columns equally far apart hold cells of four digits, or of fewer in a third."""
    fours = [_FOUR in cells for cells in noughts]
    if fours.count(True) < fewest:
        return False
    short = [_FOUR in cells or any(shape in cells for shape in _SHORT) for cells in noughts]
    for first in range(len(noughts)):
        for step in range(1, WIDEST_GAP + 1):
            three = slice(first, first + _GROUPS * step, step)
            if short[three] == [True] * _GROUPS and sum(fours[three]) >= fewest:
                return True
    return False

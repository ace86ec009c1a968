"""Numbers in tables: a column is a population, a row of boxes is one number.

Answers: every string of twelve digits in a table (in one cell, one digit a cell, 4|4|4 in
three cells, leading zeros lost), with what its header, row label or title says. The cell's
own label counts first, then one in the next cell to the left, then the column's heading,
then a label farther left.
Trusts: the reader to have put cells where a person sees them.
Fails: never; linear in the cells. Ragged rows are fine.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from gateway import reasons as why
from gateway.detect.candidate import Sighting, Spot, Standing
from gateway.detect.check_digit import DIGITS
from gateway.detect.fold import may_hold_number
from gateway.detect.glance import rows_worth_reading
from gateway.detect.grammar import Form, matches, plausible_alone
from gateway.detect.labels import Kind, kind_of, personal_kinds
from gateway.detect.prose import shortened, sightings
from gateway.model import Table

ROW_LABEL_REACH = 16  # cells to the left of a number in which its row's label may stand
TITLE_ROWS = 5  # rows at the top that can hold a title or the headings
WIDEST_GAP = 3  # cells from one box to the next, merged cells between them
HEADING_CHARS = 80  # a longer cell is no heading

_CELL = "\x1f"  # joins the cells of a row for one quick look
_MAYBE_NUMBERS = re.compile(r"\d{10}|\d{4}\x1f\d{4}\x1f\d{4}|(?<!\d)\d\x1f+\W?\x1f?\d(?!\d)")
_BLANK_BOX = frozenset(("", "-", "－", "ー", "‐"))


def in_table(unit: Table) -> list[Sighting]:
    """Return the sightings in a table, each in the group of its column."""
    found = [
        (r, sighting)
        for r in rows_worth_reading(unit.rows)
        for sighting in _in_row(r, unit.rows[r], unit)
    ]
    if not found:
        return []
    headings = _Headings(
        unit, {r for r, _ in found}, {c for _, s in found for c in _columns(s, unit)}
    )
    return [named for r, s in found if (named := headings.name(r, s))]


def title_labels(unit: Table) -> tuple[str, ...]:
    """Return the texts that stand alone in one of the first rows: the table's titles."""
    titles = []
    for row in unit.rows[:TITLE_ROWS]:
        texts = [cell for cell in row if cell]
        if len(texts) == 1 and len(texts[0]) <= HEADING_CHARS:
            titles.append(texts[0])
    return tuple(titles)


def _columns(sighting: Sighting, unit: Table) -> range:
    """The 0-based columns that a sighting covers."""
    first = sighting.spot.column - unit.first_column
    return range(first, sighting.spot.last_column - unit.first_column + 1)


# ------------------------------------------------------------------ one row


def _in_row(r: int, row: tuple[str, ...], unit: Table) -> Iterator[Sighting]:
    joined = _CELL.join(row)
    if _MAYBE_NUMBERS.search(joined) or may_hold_number(joined.replace(_CELL, " ")):
        for c, cell in enumerate(row):
            if len(cell) >= DIGITS - 2:
                yield from _in_cell(cell, r, c, unit)
        for digits, form, first, last in _spread(row):
            yield _placed(digits, form, r, first, last, unit)
    elif not joined.isascii():  # kanji digits
        for c, cell in enumerate(row):
            if len(cell) >= DIGITS:
                yield from _in_cell(cell, r, c, unit)


def _in_cell(cell: str, r: int, c: int, unit: Table) -> Iterator[Sighting]:
    row, column = unit.first_row + r, unit.first_column + c
    # A spreadsheet written out by a program shows whole numbers as 123456789018.0.
    if cell.endswith(".0") and cell[:-2].isdecimal():
        cell = cell[:-2]
    if short := shortened(cell):
        spot = Spot(row, column, column, 0, len(cell))
        yield Sighting(short, Form.SHORTENED, False, Standing(), spot, (column, column))
    found = matches(cell)
    if len(found) == 1 and not cell[: found[0].start].strip() + cell[found[0].end :].strip():
        m = found[0]  # the common case, the number and nothing else: no label to look for
        spot = Spot(row, column, column, m.start, m.end)
        yield Sighting(m.digits, m.form, m.alone, Standing(), spot, (column, column))
        return
    # Whether a heading admits it is asked later, so every reading is kept until then.
    for s in sightings(cell, outer=_ANY_HEADING):
        standing = Standing() if s.standing is _ANY_HEADING else s.standing
        spot = Spot(row, column, column, s.spot.start, s.spot.end)
        yield replace(s, standing=standing, spot=spot, group=(column, column))


_ANY_HEADING = Standing(Kind.STRONG, why.COLUMN_HEADER)


def _placed(digits: str, form: Form, r: int, first: int, last: int, unit: Table) -> Sighting:
    left, right = unit.first_column + first, unit.first_column + last
    spot = Spot(unit.first_row + r, left, right)
    return Sighting(digits, form, plausible_alone(digits), Standing(), spot, (left, right))


# ------------------------------------------------------------------ numbers over several cells


def _spread(row: tuple[str, ...]) -> Iterator[tuple[str, Form, int, int]]:
    """Digits, form, first and last cell of each number that spreads over cells."""
    cells = [cell.strip() for cell in row]
    for run in _box_runs(cells):
        if len(run) == DIGITS and _evenly_spaced(run):
            digits = "".join(str(int(cells[c])) for c in run)
            yield digits, Form.BOXES, run[0], run[-1]
    fours = [len(cell) == 4 and cell.isdecimal() for cell in cells]
    for c in range(len(cells) - 2):
        lonely = not any(fours[max(0, c - 1) : c]) and not any(fours[c + 3 : c + 4])
        if lonely and all(fours[c : c + 3]):
            digits = "".join(f"{int(cell):04d}" for cell in cells[c : c + 3])
            yield digits, Form.SPLIT, c, c + 2


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
    gaps = [b - a for a, b in pairwise(run)]
    inner = {gap for i, gap in enumerate(gaps) if i not in (3, 7)}
    return len(inner) == 1 and gaps[3] == gaps[7] >= min(inner)


# ------------------------------------------------------------------ headings and row labels


class _Headings:
    """What the headings above and the labels to the left say, for the cells asked about."""

    def __init__(self, unit: Table, rows: set[int], columns: set[int]) -> None:
        self._unit = unit
        self._kinds: dict[str, Kind | None] = {}  # of cells met; lives as long as this table
        self._above = self._sweep(rows, columns)
        top = unit.rows[: min(min(rows) + 1, TITLE_ROWS)]
        self._personal = personal_kinds(" ".join(c for row in top for c in row)[:1000])

    def name(self, r: int, sighting: Sighting) -> Sighting | None:
        """The sighting with what is said of it; None where nothing is read without a label."""
        standing = self._standing(r, sighting)
        own_label = standing.kind is Kind.STRONG
        if sighting.form in (Form.SHORTENED, Form.LOOSE) and not own_label:
            return None
        personal = 0 if own_label else max(sighting.personal, self._personal)
        return replace(sighting, standing=standing, personal=personal)

    def _standing(self, r: int, sighting: Sighting) -> Standing:
        if sighting.standing.kind:  # the cell itself has a label
            return sighting.standing
        columns = _columns(sighting, self._unit)
        left, distance = self._row_label(r, columns[0])
        above = [kind for c in columns if (kind := self._above.get((r, c)))]
        head = Kind.STRONG if Kind.STRONG in above else (above[0] if above else None)
        if left and (distance == 1 or not head):
            return Standing(left, _reason(left, why.LABEL_NEAR), strong_too=head is Kind.STRONG)
        return Standing(head, _reason(head, why.COLUMN_HEADER), strong_too=left is Kind.STRONG)

    def _sweep(self, rows: set[int], columns: set[int]) -> dict[tuple[int, int], Kind]:
        """For each cell asked about: the kind of the last heading above it in its column."""
        current: dict[int, Kind] = {}
        above: dict[tuple[int, int], Kind] = {}
        for r, row in enumerate(self._unit.rows[: max(rows) + 1]):
            wanted = r in rows
            for c in columns:
                if wanted and c in current:
                    above[r, c] = current[c]
                if c < len(row) and (kind := self._kind(row[c])):
                    current[c] = kind
        return above

    def _row_label(self, r: int, column: int) -> tuple[Kind | None, int]:
        """The nearest label to the left, and how many cells with text away it is."""
        row = self._unit.rows[r]
        distance = 0
        for c in range(column - 1, max(-1, column - 1 - ROW_LABEL_REACH), -1):
            if not row[c]:
                continue
            distance += 1
            if kind := self._kind(row[c]):
                return kind, distance
        return None, 0

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

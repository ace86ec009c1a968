"""Numbers in tables: a column is a population, a row of boxes is one number.

Answers: every string of twelve digits in a table (in one cell, one digit a cell, 4|4|4 in
three cells, leading zeros lost), with what its header, row label or title says. The cell's
own label counts first, then ``headings``.
Trusts: the reader to have put cells where a person sees them.
Fails: never; linear in the cells. Ragged rows are fine.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from gateway import reasons as why
from gateway.detect import named, personal
from gateway.detect.bare import Bare, bare, is_bare
from gateway.detect.candidate import Sighting, Spot, Standing
from gateway.detect.check_digit import DIGITS, is_valid
from gateway.detect.columns import look
from gateway.detect.contested import Window, uncontested
from gateway.detect.fold import DIGIT_VALUES, may_hold_number
from gateway.detect.glance import rows_worth_reading
from gateway.detect.grammar import Form, matches, plausible_alone
from gateway.detect.headings import HEADING_CHARS, Headings
from gateway.detect.labels import Kind
from gateway.detect.prose import sightings
from gateway.detect.spread import FEWEST_SPREAD, Spread, across
from gateway.detect.structure import Structure, structure_of
from gateway.detect.turned import Column, turned
from gateway.model import Table

TITLE_ROWS = 5  # rows at the top that can hold a title or the headings
MOST_FORM_CELLS = 20_000  # a larger table is no form whose boxes stand one below the other
MOST_LOOKED_BESIDE = 200  # numbers of a column; of a longer list the check digits say enough
_BESIDE_CHARS = 400  # of a row

_CELL = "\x1f"  # joins the cells of a row for one quick look
_MAYBE_NUMBERS = re.compile(
    r"\d{10}|\d{4}[,/|~=']\d{4}|\d{4}\x1f+\d{4}\x1f+\d{4}|(?<!\d)\d\x1f+\W?\x1f*\d(?!\d)"
)
_DIGIT = re.escape("".join(DIGIT_VALUES))
_FEWEST_ASCII = re.compile(rf"[0-9](?:[^0-9]*+[0-9]){{{named.FEWEST_LEFT - 1}}}")
_FEWEST = re.compile(rf"[{_DIGIT}](?:[^{_DIGIT}]*+[{_DIGIT}]){{{named.FEWEST_LEFT - 1}}}")
# 0.8474337369372327: more digits behind the point than a number has, and fewer before it.
_FIGURE = re.compile(r"-?[0-9]{1,11}\.[0-9]{13,}")
_NEEDS_LABEL = frozenset((Form.SHORTENED, Form.LOOSE, Form.CONFUSED))


def in_table(unit: Table) -> list[Sighting]:
    """Return the sightings in a table, each in the group of its column."""
    columns = turned(unit.rows)
    mine, lists, found = _met(unit, columns)
    down = list(_downwards(unit)) if mine else []
    found += down
    if not found and not lists:
        return []
    asked = {c for _, s in found for c in _columns(s, unit)} | {one.column for one in lists}
    known = structure_of(unit.rows)
    rows = {r for r, _ in found}.union(*(one.rows for one in lists))
    headings = Headings(unit, rows, asked, columns)
    told = [(r, _named(r, s, unit, headings, known, mine=mine)) for r, s in found]
    first_down = len(found) - len(down)
    kept = [
        (r, s, n >= first_down)
        for n, (r, s) in enumerate(told)
        if s and (n < first_down or s.standing.kind is Kind.STRONG)
    ]
    listed = [s for one in lists for s in one.sightings(unit, headings, known, mine=mine)]
    return _with_company(_one_a_cell(kept, unit, headings) + listed, unit)


def _met(
    unit: Table, columns: Sequence[Column] | None
) -> tuple[bool, list[Bare], list[tuple[int, Sighting]]]:
    """Whether My Number may be named, the columns of bare numbers, and all else with its row."""
    if columns is None:
        mine, rows = rows_worth_reading(unit.rows)
        found = [
            (r, sighting)
            for r in rows
            for sighting in _in_row(r, unit.rows[r], unit, named_somewhere=mine)
        ]
        return mine, [], found
    seen = look(columns, unit.rows)
    lists, found = [], []
    for c in sorted({*seen.plain, *seen.told}):
        cells, told = columns[c].cells, seen.told.get(c, ())
        plain = seen.plain.get(c, cells)
        everywhere = c in seen.plain or len(told) == len(cells)  # else there are none
        if everywhere and (numbers := bare(c, plain)):
            lists.append(numbers)
        found += _in_column(c, ((r, cells[r]) for r in told), unit, named_somewhere=True)
        if c in seen.plain:
            apart = frozenset(told)
            others = ((r, cell) for r, cell in enumerate(plain) if r not in apart)
            found += _in_column(c, others, unit, named_somewhere=False)
    found += [
        (r, _placed(spread, unit, r, spread.first, spread.last))
        for r in seen.across
        for spread in across(unit.rows[r])
    ]
    return seen.named, lists, found


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


# ------------------------------------------------------------------ what stands in the cells


def _in_row(
    r: int, row: tuple[str, ...], unit: Table, *, named_somewhere: bool
) -> Iterator[Sighting]:
    shortest = named.FEWEST_LEFT if named_somewhere else DIGITS
    others = []
    for c, cell in enumerate(row):
        if is_bare(cell):
            column = unit.first_column + c
            spot = Spot(unit.first_row + r, column, column, 0, DIGITS)
            yield Sighting(
                cell,
                Form.COMPACT,
                plausible_alone(cell),
                _UNNAMED,
                spot,
                (column, column),
                is_valid(cell),
            )
        elif len(cell) >= shortest:
            others.append((c, cell))
    if not others and len(row) < FEWEST_SPREAD:
        return
    joined = _CELL.join(row)
    numbers = named_somewhere or _MAYBE_NUMBERS.search(joined)
    if numbers or may_hold_number(joined.replace(_CELL, " ")) or not joined.isascii():
        for c, cell in others:
            if _may_hold_one(cell):
                yield from _in_cell(cell, r, c, unit, named_somewhere=named_somewhere)
        for spread in across(row):
            yield _placed(spread, unit, r, spread.first, spread.last)


def _in_column(
    c: int, cells: Iterable[tuple[int, str]], unit: Table, *, named_somewhere: bool
) -> Iterator[tuple[int, Sighting]]:
    """What stands in these cells of a column besides bare numbers, each with its row."""
    shortest = named.FEWEST_LEFT if named_somewhere else DIGITS
    for r, cell in cells:
        if len(cell) >= shortest and not is_bare(cell) and _may_hold_one(cell):
            for one in _in_cell(cell, r, c, unit, named_somewhere=named_somewhere):
                yield r, one


def _may_hold_one(cell: str) -> bool:
    """Whether a cell holds as many digits as the shortest reading, and is no computed figure."""
    pattern = _FEWEST_ASCII if cell.isascii() else _FEWEST
    return pattern.search(cell) is not None and not _FIGURE.fullmatch(cell)


def _in_cell(
    cell: str, r: int, c: int, unit: Table, *, named_somewhere: bool
) -> Iterator[Sighting]:
    row, column = unit.first_row + r, unit.first_column + c
    group = (column, column)
    # A spreadsheet written out by a program shows whole numbers as 123456789018.0.
    if cell.endswith(".0") and cell[:-2].isdecimal():
        cell = cell[:-2]
    found = matches(cell, labelled=named_somewhere)
    if len(found) == 1 and not cell[: found[0].start].strip() + cell[found[0].end :].strip():
        m = found[0]  # the common case, the number and nothing else: no label to look for
        spot = Spot(row, column, column, m.start, m.end)
        yield Sighting(m.digits, m.form, m.alone, _UNNAMED, spot, group, is_valid(m.digits))
        return
    read = named.read_whole(cell) if named_somewhere else None
    if read and not found:
        spot = Spot(row, column, column, read.start, read.end)
        valid = is_valid(read.digits)
        yield Sighting(read.digits, read.form, False, _UNNAMED, spot, group, valid)
        return
    # Whether a heading admits it is asked later, so every reading is kept until then.
    for s in sightings(cell, outer=_ANY_HEADING):
        standing = Standing() if s.standing is _ANY_HEADING else s.standing
        spot = Spot(row, column, column, s.spot.start, s.spot.end)
        yield s._replace(standing=standing, spot=spot, group=group)


_UNNAMED = Standing()
_ANY_HEADING = Standing(Kind.STRONG, why.COLUMN_HEADER)


def _placed(spread: Spread, unit: Table, r: int, first: int, last: int) -> Sighting:
    left, right = unit.first_column + first, unit.first_column + last
    spot = Spot(unit.first_row + r, left, right)
    valid = is_valid(spread.digits)
    return Sighting(spread.digits, spread.form, spread.alone, _UNNAMED, spot, (left, right), valid)


def _one_a_cell(
    found: list[tuple[int, Sighting, bool]], unit: Table, headings: Headings
) -> list[Sighting]:
    """The sightings without those that take cells from a better one; the flag says: downwards."""
    spread = [n for n, (_, s, _) in enumerate(found) if not s.spot.end]
    windows = [_window(*found[n], unit) for n in spread]

    def begins(window: Window) -> bool:
        first = range(window.columns[0], window.columns[0] + 1)
        return headings.standing(window.rows[0], first, whole_row=True).kind is Kind.STRONG

    stays = dict(zip(spread, uncontested(windows, begins), strict=True))
    return [s for n, (_, s, _) in enumerate(found) if stays.get(n, True)]


def _window(r: int, sighting: Sighting, down: bool, unit: Table) -> Window:
    last = sighting.spot.last_row - unit.first_row if down else r
    return Window(range(r, last + 1), _columns(sighting, unit))


def _downwards(unit: Table) -> Iterator[tuple[int, Sighting]]:
    """Boxes one below the other, on a form that names My Number; a label must name them."""
    width = max(map(len, unit.rows), default=0)
    if width * len(unit.rows) > MOST_FORM_CELLS:
        return
    for c in range(width):
        column = [row[c] if c < len(row) else "" for row in unit.rows]
        for spread in across(column):
            placed = _placed(spread, unit, spread.first, c, c)
            spot = placed.spot._replace(last_row=unit.first_row + spread.last)
            yield spread.first, placed._replace(spot=spot)


# ------------------------------------------------------------------ what is said of them


def _named(
    r: int,
    sighting: Sighting,
    unit: Table,
    headings: Headings,
    known: Structure | None,
    *,
    mine: bool,
) -> Sighting | None:
    """The sighting with what is said of it; None where nothing is read without a label."""
    standing = sighting.standing
    if not standing.kind:  # else the cell itself has a label
        # A number that fails can only be a slip under a label of My Number.
        whole_row = mine or sighting.valid
        standing = headings.standing(r, _columns(sighting, unit), whole_row=whole_row)
    if not standing.kind and known and known.holds(unit.rows[r]):
        standing = Standing(Kind.STRONG, why.KNOWN_STRUCTURE)
    if sighting.form in _NEEDS_LABEL and standing.kind is not Kind.STRONG:
        return None
    if standing == sighting.standing:
        return sighting
    return sighting._replace(standing=standing)


def _with_company(found: list[Sighting], unit: Table) -> list[Sighting]:
    """The sightings with the weight of the personal data on their rows and in the headings."""
    valid = Counter([s.group for s in found if s.valid])
    few = {group for group, count in valid.items() if count <= MOST_LOOKED_BESIDE}
    if not few:
        return found
    top = " ".join(c for row in unit.rows[:TITLE_ROWS] for c in row if not c[:1].isdigit())[:1000]
    weights: dict[int, float] = {}
    for n, one in enumerate(found):
        if one.valid and one.group in few and one.standing.kind is not Kind.STRONG:
            r = one.spot.row - unit.first_row
            if r not in weights:
                row = " ".join(cell[:HEADING_CHARS] for cell in unit.rows[r])[:_BESIDE_CHARS]
                weights[r] = personal.weight(f"{top}\n{row}")
            found[n] = one._replace(personal=max(one.personal, weights[r]))
    return found

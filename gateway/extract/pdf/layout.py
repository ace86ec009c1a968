"""Glyphs to lines as a person reads them: what stands beside what, whatever was drawn first.

Answers: ``read_lines``: lines from top to bottom, each cut into cells where the gap is wide;
``written`` and ``columns``: the same as prose and as tables.
Trusts: positions only; a glyph's place in the file says nothing here.
Fails: never; sorting aside, linear in the glyphs.
Rules, in shares of the line's height: glyphs whose centres differ by less than a half stand
on one line; a gap of a sixth is a space, of one and a quarter the border of a cell. Lone
digits at one and the same pitch are the boxes of one number and are joined; a larger gap
between two such groups parts them, and single glyphs one below the other are read downwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

SAME_LINE = 0.5  # of the smaller height, between two centres
SPACE = 0.16  # of the height: a space is 0.25 to 0.3, letter spacing mostly below 0.1
CELL = 1.25  # of the height: wider than any space between words
SAME_PITCH = 0.15  # by how much the pitch of boxes may vary
WIDEST_PITCH = 6.0  # heights; boxes farther apart belong to no common number
GROUP_GAP = 2.2  # pitches: 4-4-4 boxes stand this close, a neighbouring amount does not
FEWEST_BOXES = 3
FEWEST_DOWN = 3  # lone glyphs one below the other
FEWEST_ROWS = 3  # lines that stand in columns
CELL_MARK = "    "  # four spaces: no grouping of digits reaches over them
MARKS_BETWEEN = frozenset("-‐‑–ー－―・.,'’")  # never a box of its own


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character where it stands, its line's direction being to the right."""

    text: str = field(repr=False)
    left: float
    right: float
    bottom: float
    top: float

    @property
    def height(self) -> float:
        return max(self.top - self.bottom, 0.1)

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2

    @property
    def centre(self) -> float:
        return (self.left + self.right) / 2


@dataclass(frozen=True, slots=True)
class Cell:
    """A piece of a line with no wide gap in it. Secret."""

    text: str = field(repr=False)
    left: float
    right: float


Line = tuple[Cell, ...]


def read_lines(glyphs: Iterable[Glyph]) -> list[Line]:
    """Return the lines of one page from top to bottom, vertical writing after them."""
    rows = [_without_doubles(row) for row in _rows(glyphs)]
    lines = [tuple(_cells(row)) for row in rows]
    return [line for line in lines if line] + [(c,) for c in _downwards(rows)]


def written(lines: list[Line]) -> str:
    """Return lines as prose, cells four spaces apart."""
    return "\n".join(CELL_MARK.join(cell.text for cell in line) for line in lines)


def columns(lines: list[Line]) -> Iterator[tuple[tuple[str, ...], ...]]:
    """Yield the rows of each block of lines whose cells stand in columns."""
    block: list[Line] = []
    for line in [*lines, ()]:
        if len(line) > 1:
            block.append(line)
            continue
        if len(block) >= FEWEST_ROWS:
            rows = _in_columns(block)
            if len(rows[0]) > 1:
                yield rows
        block = []


# ------------------------------------------------------------------ rows of glyphs


def _rows(glyphs: Iterable[Glyph]) -> Iterator[list[Glyph]]:
    """Group glyphs by the height of their centres, each row sorted from left to right."""
    row: list[Glyph] = []
    middle = height = 0.0
    for glyph in sorted(glyphs, key=lambda g: -g.middle):
        if row and middle - glyph.middle > SAME_LINE * min(height, glyph.height):
            yield sorted(row, key=lambda g: g.left)
            row = []
        if not row:
            middle, height = glyph.middle, glyph.height
        row.append(glyph)
    if row:
        yield sorted(row, key=lambda g: g.left)


def _without_doubles(row: list[Glyph]) -> list[Glyph]:
    """Drop a glyph drawn again almost where it stands already: a shadow, a false bold."""
    kept: list[Glyph] = []
    for glyph in row:
        last = kept[-1] if kept else None
        if last and last.text == glyph.text and glyph.left - last.left < 0.25 * glyph.height:
            continue
        kept.append(glyph)
    return kept


# ------------------------------------------------------------------ cells of a row


def _cells(row: list[Glyph]) -> Iterator[Cell]:
    """Cut a row into cells; boxes of one digit each are one cell."""
    boxes = _box_groups(row)
    start = 0
    text: list[str] = []
    for i, glyph in enumerate(row):
        if i > start:
            between = _between(row, i, boxes)
            if between == CELL_MARK:
                yield Cell("".join(text), row[start].left, row[i - 1].right)
                start, text = i, []
            else:
                text.append(between)
        text.append(glyph.text)
    if row:
        yield Cell("".join(text), row[start].left, row[-1].right)


def _between(row: list[Glyph], i: int, boxes: dict[int, float]) -> str:
    """What stands between glyph ``i`` and the one before: nothing, a space, a cell's border."""
    gap = row[i].left - row[i - 1].right
    if i in boxes and i - 1 in boxes:
        pitch = boxes[i]
        step = row[i].centre - row[i - 1].centre
        if abs(step - pitch) <= SAME_PITCH * pitch:
            return ""
        near = step <= GROUP_GAP * pitch and abs(boxes[i - 1] - pitch) <= SAME_PITCH * pitch
        return " " if near else CELL_MARK
    height = min(row[i].height, row[i - 1].height)
    if gap > CELL * height or ((i in boxes or i - 1 in boxes) and gap > SPACE * height):
        return CELL_MARK
    return " " if gap > SPACE * height else ""


def _box_groups(row: list[Glyph]) -> dict[int, float]:
    """The lone digits of a row that stand at one pitch, each with that pitch."""
    found: dict[int, float] = {}
    run: list[int] = []
    for i, glyph in enumerate(row):
        if run and not _continues(row, run, i):
            _note(row, run, found)
            run = run[-1:] if _may_be_box(glyph) and _apart(row, i) else []
        if _may_be_box(glyph) and (i == 0 or not run or _apart(row, i)):
            run.append(i)
    _note(row, run, found)
    return found


def _may_be_box(glyph: Glyph) -> bool:
    return len(glyph.text) == 1 and glyph.text.isdigit()


def _apart(row: list[Glyph], i: int) -> bool:
    """Whether a gap parts the glyph from the one before, as boxes do and words do not."""
    return i == 0 or row[i].left - row[i - 1].right > SPACE * row[i].height


def _continues(row: list[Glyph], run: list[int], i: int) -> bool:
    """Whether glyph ``i`` is the next box of a run: the same gap as between those before."""
    if run[-1] != i - 1 or not _may_be_box(row[i]) or not _apart(row, i):
        return False
    step = row[i].centre - row[i - 1].centre
    if step > WIDEST_PITCH * row[i].height:
        return False
    if len(run) < 2:
        return True
    pitch = (row[run[-1]].centre - row[run[0]].centre) / (len(run) - 1)
    return abs(step - pitch) <= SAME_PITCH * pitch


def _note(row: list[Glyph], run: list[int], found: dict[int, float]) -> None:
    if len(run) >= FEWEST_BOXES:
        pitch = (row[run[-1]].centre - row[run[0]].centre) / (len(run) - 1)
        found.update(dict.fromkeys(run, pitch))


# ------------------------------------------------------------------ downwards


def _downwards(rows: list[list[Glyph]]) -> Iterator[Cell]:
    """Lone glyphs that stand one below the other: columns from right to left."""
    lone = [g for row in rows for g in _lone(row)]
    for column in _stacks(sorted(lone, key=lambda g: (-g.centre, -g.middle))):
        for piece in _cut_at_gaps(column):
            if len(piece) >= FEWEST_DOWN:
                yield Cell(
                    "".join(g.text for g in piece),
                    min(g.left for g in piece),
                    max(g.right for g in piece),
                )


def _lone(row: list[Glyph]) -> Iterator[Glyph]:
    for i, glyph in enumerate(row):
        left = i == 0 or _apart(row, i)
        right = i + 1 == len(row) or _apart(row, i + 1)
        if left and right:
            yield glyph


def _stacks(glyphs: list[Glyph]) -> Iterator[list[Glyph]]:
    """Group glyphs by the column of their centres, each from top to bottom."""
    stack: list[Glyph] = []
    for glyph in glyphs:
        if stack and abs(stack[0].centre - glyph.centre) > SAME_LINE * glyph.height:
            yield sorted(stack, key=lambda g: -g.middle)
            stack = []
        stack.append(glyph)
    if stack:
        yield sorted(stack, key=lambda g: -g.middle)


def _cut_at_gaps(stack: list[Glyph]) -> Iterator[list[Glyph]]:
    """Cut a stack where the step down is not the one before it; vertical text has one pitch."""
    piece = stack[:1]
    pitch = 0.0
    for above, below in pairwise(stack):
        step = above.middle - below.middle
        if step > WIDEST_PITCH * below.height or (
            pitch and abs(step - pitch) > 2 * SAME_PITCH * pitch
        ):
            yield piece
            piece, pitch = [], 0.0
        elif not pitch:
            pitch = step
        piece.append(below)
    yield piece


# ------------------------------------------------------------------ columns of cells


def _in_columns(block: list[Line]) -> tuple[tuple[str, ...], ...]:
    """The block's cells under common column borders: the gaps that no cell reaches over."""
    spans = sorted((cell.left, cell.right) for line in block for cell in line)
    starts: list[float] = []
    reached = float("-inf")
    for left, right in spans:
        if left > reached:
            starts.append(left)
        reached = max(reached, right)
    return tuple(_row(line, starts) for line in block)


def _row(line: Line, starts: list[float]) -> tuple[str, ...]:
    row = [""] * len(starts)
    column = 0
    for cell in line:
        while column + 1 < len(starts) and starts[column + 1] <= cell.left:
            column += 1
        row[column] = f"{row[column]}{CELL_MARK}{cell.text}" if row[column] else cell.text
    return tuple(row)

"""Puts pieces of text into lines, as a person would read them.

Answers: ``lines_of``: text lines from top to bottom. Where digits stand one a cell, the line
is given again with the cells read in one go, or put together where they were found as one
piece, and so are digits that stand one below the other.
Trusts: nothing; at most ``MOST_BOXES`` pieces come in, so that a square of them is bearable.
Fails: never.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from gateway.extract.picture.boxes import Box

_SAME_LINE = 0.5  # of the smaller height: how far the middles may be apart
_CELL_GAP = 2.0  # of the height: the widest gap between digits in neighbouring cells
_OVERLAP = 0.9  # of the height: boxes are widened, so neighbouring cells overlap
_FEWEST = 8  # digits of a run of cells; a few of twelve may not have been found
_UNFOUND = 2.2  # cells beside a run that may not have been found
_CELL_CHARS = 4  # cells read in one piece: seldom more than a group
_ROW_CHARS = 10  # the same, where nothing but digits is in it
_FEWEST_CELLS = 3
_DIGIT_LIKE = frozenset("0123456789OoQDIl|SBZ")  # digits, and what they are taken for
# Cells that are found as one piece, of which two or three that stand close may be read as one.
_SPACED_DIGITS = re.compile(r"(?<!\S)\d{1,4}(?:[ \u3000]+\d{1,4}){5,}(?!\S)")


@dataclass(frozen=True, slots=True)
class Piece:
    """A box and what stands in it. Secret."""

    box: Box  # its angle is the direction of reading
    text: str = field(repr=False)
    chance: float  # mean of its characters', 0 to 1


ReadCells = Callable[[Box, bool], str]  # a row of cells; True: a column → what they say


@dataclass(slots=True)
class _Spot:
    """A piece in coordinates that run along and across the lines."""

    piece: Piece
    left: float
    right: float
    middle: float
    height: float
    slope: float  # how far the line sinks for each dot to the right

    @property
    def text(self) -> str:
        return self.piece.text.strip()

    @property
    def cell(self) -> bool:
        like = sum(c in _DIGIT_LIKE for c in self.text)
        return 0 < self.glyphs <= (_ROW_CHARS if like == self.glyphs else _CELL_CHARS) and like > 0

    @property
    def glyphs(self) -> int:
        return len("".join(self.text.split()))


_Line = list[_Spot]


def lines_of(pieces: list[Piece], read_cells: ReadCells) -> list[str]:
    """Return the lines of a picture in reading order."""
    if not pieces:
        return []
    way = _main_way(pieces)
    told: list[str] = []
    lines = _chained([_spot(p, way) for p in pieces])
    for line in sorted(lines, key=lambda line: sum(s.middle for s in line) / len(line)):
        spaced = " ".join(s.text for s in line)
        joined = _joined(line, read_cells)
        again = _closed_up(spaced) if joined in (spaced, "") else joined
        told += [spaced, again] if again else [spaced]
    down = [_spot(p, way + math.pi / 2, column=True) for p in pieces if len(p.text) <= 2]
    for column in _chained(down):
        if _are_cells(column):
            told.append(read_cells(_round(column, math.inf, math.inf), True))
    return told


def _joined(line: _Line, read_cells: ReadCells) -> str:
    """The line with each run of cells read in one go; ``""`` if it has none."""
    parts, any_cells = [], False
    runs = list(_cell_runs(line))
    for before, run, after in zip([None, *runs], runs, [*runs[1:], None], strict=False):
        if _are_cells(run):
            any_cells = True
            left = run[0].left - before[-1].right if before else math.inf
            right = after[0].left - run[-1].right if after else math.inf
            parts.append(read_cells(_round(run, left, right), False))
        else:
            parts += [s.text for s in run]
    return " ".join(parts) if any_cells else ""


def _closed_up(text: str) -> str:
    """A line with digits that mostly stand alone put together; ``""`` if it has none."""
    closed = _SPACED_DIGITS.sub(_together, text)
    return closed if closed != text else ""


def _together(found: re.Match[str]) -> str:
    digits = found[0].split()
    return "".join(digits) if 2 * sum(len(d) == 1 for d in digits) >= len(digits) else found[0]


def _are_cells(run: _Line) -> bool:
    return len(run) >= _FEWEST_CELLS and sum(s.glyphs for s in run) >= _FEWEST


def _round(run: _Line, left: float, right: float) -> Box:
    """The box round a run of cells and the next ones on both sides, which may not be found.

    Args:
        run: the cells that were found.
        left: how much room there is before other text.
        right: the same behind the last cell.
    """
    first, last = run[0].piece.box, run[-1].piece.box
    across, down = last.x - first.x, last.y - first.y
    length = math.hypot(across, down)
    pitch = length / max(sum(s.glyphs for s in run) - 1, 1)
    before = (run[0].right - run[0].left) / 2 + min(max(left, 0), _UNFOUND * pitch)
    behind = (run[-1].right - run[-1].left) / 2 + min(max(right, 0), _UNFOUND * pitch)
    shift = (behind - before) / 2
    cos, sin = across / max(length, 1), down / max(length, 1)
    height = sorted(s.height for s in run)[len(run) // 2]
    return Box(
        (first.x + last.x) / 2 + shift * cos,
        (first.y + last.y) / 2 + shift * sin,
        length + before + behind,
        height,
        math.atan2(down, across),
    )


def _cell_runs(line: _Line) -> Iterator[_Line]:
    """Yield stretches of cells side by side, and what stands between them."""
    run = [line[0]]
    for spot in line[1:]:
        last = run[-1]
        near = spot.left - last.right < _CELL_GAP * min(last.height, spot.height)
        if near and last.cell and spot.cell:
            run.append(spot)
        else:
            yield run
            run = [spot]
    yield run


def _main_way(pieces: list[Piece]) -> float:
    """The direction of reading of most text, tilt included."""
    longest = sorted(pieces, key=lambda p: -p.box.along)[: max(len(pieces) // 3, 1)]
    x = sum(p.box.along * math.cos(p.box.angle) for p in longest)
    y = sum(p.box.along * math.sin(p.box.angle) for p in longest)
    return math.atan2(y, x)


def _spot(piece: Piece, way: float, column: bool = False) -> _Spot:
    """``column``: lines run downwards, and each piece stands upright in them."""
    box = piece.box
    cos, sin = math.cos(way), math.sin(way)
    u, v = cos * box.x + sin * box.y, cos * box.y - sin * box.x
    tilt = box.angle - way
    if abs(math.cos(tilt)) < 0.7:
        along, across, slope = box.across, box.along, 0.0
    else:
        along, across, slope = box.along, box.across, math.tan(tilt)
    if column or len(piece.text) < _CELL_CHARS:  # too short to show how the line runs
        slope = 0.0
    return _Spot(piece, u - along / 2, u + along / 2, v, across, slope)


def _chained(spots: _Line) -> list[_Line]:
    """Chain each spot to the line whose end is nearest on its left."""
    lines: list[_Line] = []
    for spot in sorted(spots, key=lambda s: s.left):
        best, nearest = None, math.inf
        for line in lines:
            gap = spot.left - line[-1].right
            if gap < nearest and _continues(line[-1], spot, gap):
                best, nearest = line, gap
        if best is None:
            lines.append([spot])
        else:
            best.append(spot)
    return lines


def _continues(last: _Spot, spot: _Spot, gap: float) -> bool:
    smaller = min(last.height, spot.height)
    if gap < -_OVERLAP * smaller:
        return False
    between = (spot.left + spot.right - last.left - last.right) / 2
    sinks = between * (last.slope + spot.slope) / 2
    return abs(spot.middle - last.middle - sinks) < _SAME_LINE * smaller

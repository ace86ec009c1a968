"""Puts pieces of text into lines, as a person would read them.

Answers: ``lines_of``: text lines from top to bottom. Where digits stand one a cell, the line
is given again with the cells read in one go, and so are digits that stand one below the
other.
Trusts: nothing; at most ``MOST_BOXES`` pieces come in, so that a square of them is bearable.
Fails: never.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from gateway.extract.picture.boxes import Box

_SAME_LINE = 0.5  # of the smaller height: how far the middles may be apart
_CELL_GAP = 1.6  # of the height: the widest gap between digits in neighbouring cells
_OVERLAP = 0.5  # of the height: boxes are widened, so neighbours may overlap
_FEWEST = 10  # digits that make a number with its leading zeros lost
_CELL_CHARS = 4  # cells read in one piece: seldom more than a group
_FEWEST_CELLS = 3
_DIGIT_LIKE = frozenset("0123456789OoQDIl|SBZ")  # digits, and what they are taken for


@dataclass(frozen=True, slots=True)
class Piece:
    """A box and what stands in it. Secret."""

    box: Box  # its angle is the direction of reading
    text: str = field(repr=False)
    chance: float  # mean of its characters', 0 to 1


ReadCells = Callable[[list[Piece]], str]  # cells in order → what they say together


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
        return len(self.text) <= _CELL_CHARS and not _DIGIT_LIKE.isdisjoint(self.text)


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
        told += [spaced] if joined in (spaced, "") else [spaced, joined]
    down = [_spot(p, way + math.pi / 2, column=True) for p in pieces if len(p.text) <= 2]
    for column in _chained(down):
        if len(column) >= _FEWEST // 2 and sum(len(s.text) for s in column) >= _FEWEST:
            told.append(read_cells([s.piece for s in column]))
    return told


def _joined(line: _Line, read_cells: ReadCells) -> str:
    """The line with each run of cells read in one go; ``""`` if it has none."""
    parts, any_cells = [], False
    for run in _cell_runs(line):
        if len(run) >= _FEWEST_CELLS and sum(len(s.text) for s in run) >= _FEWEST:
            any_cells = True
            parts.append(read_cells([s.piece for s in run]))
        else:
            parts += [s.text for s in run]
    return " ".join(parts) if any_cells else ""


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

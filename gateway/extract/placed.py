"""Text in boxes that stand on a page or slide: what a person reads side by side.

Answers: boxes in rows from top to bottom and left to right, as a table, and single
characters that stand one under the other as the row of boxes they are: one digit a shape,
a text box or a paragraph is how forms show a My Number.
Trusts: nothing; positions are what the file states, in any unit, the same for all boxes.
Fails: never; sorting is the only cost.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from gateway.model import Place, Table

FEWEST_BOXES = 12  # digits of a number
_ONE_LINE = 0.6  # boxes whose tops differ by less of a box's height stand side by side
_HEADING = 80  # characters of the text before that may be the boxes' label
_DEEPEST_GROUP = 16
_SIDES = ("left", "top", "height")
_LENGTH = re.compile(r"(?:margin-)?(left|top|height)\s*:\s*(-?[\d.]+)\s*(pt|in|mm|cm|px|)")
_POINTS = {"": 1.0, "pt": 1.0, "in": 72.0, "mm": 2.8346, "cm": 28.346, "px": 0.75}
_CHARS = 4000  # of one box, in a table cell


@dataclass(frozen=True, slots=True)
class Box:
    """One text and where its upper left corner stands."""

    text: str = field(repr=False)
    x: float
    y: float
    height: float = 0.0  # 0 when the file does not say


class Spots:
    """Where the open shapes of a drawing stand; groups have coordinates of their own."""

    def __init__(self) -> None:
        self._open: list[list[float]] = []  # x, y, height
        self._groups: list[tuple[tuple[float, float], ...]] = []  # for x and y: scale, shift
        self._frame: dict[str, tuple[float, float]] = {}  # of the group that is being described
        self._frames = 0
        self._axis = 0

    def open(self, attributes: dict[str, str]) -> None:
        """Begin a shape; VML gives its position in a style."""
        spot = [0.0, 0.0, 0.0]
        for side, length, unit in _LENGTH.findall(attributes.get("style", "")):
            spot[_SIDES.index(side)] = finite(length) * _POINTS[unit]
        self._open.append(spot)

    def close(self) -> None:
        if self._open:
            self._open.pop()

    def box(self, text: str) -> Box:
        """Return the text at the place of the innermost shape."""
        x, y = (sum(spot[axis] for spot in self._open) for axis in (0, 1))
        return Box(text, x, y, self._open[-1][2] if self._open else 0.0)

    def axis(self, axis: int) -> None:
        """Say of which axis the next offset is: 0 is x."""
        self._axis = axis

    def along(self, offset: str) -> None:
        if self._open:
            self._open[-1][self._axis] += finite(offset)

    def open_group(self) -> None:
        self._groups.append(((1.0, 0.0), (1.0, 0.0)))

    def close_group(self) -> None:
        if self._groups:
            self._groups.pop()

    def open_frame(self) -> None:
        self._frames += 1
        self._frame = {}

    def close_frame(self) -> None:
        """End a group's frame: from its inner coordinates to the outer is a scale and a shift."""
        self._frames = max(0, self._frames - 1)
        if self._groups:
            self._groups[-1] = tuple(map(self._scale, (0, 1)))

    def _scale(self, axis: int) -> tuple[float, float]:
        none = (0.0, 0.0)
        outer, inner = (self._frame.get(name, none)[axis] for name in ("ext", "chExt"))
        scale = outer / inner if inner else 1.0
        start, inside = (self._frame.get(name, none)[axis] for name in ("off", "chOff"))
        return scale, start - scale * inside

    def measure(self, name: str, attributes: dict[str, str]) -> None:
        """Take ``off``, ``ext`` and their kin: of a group's frame, or of the open shape."""
        keys = ("cx", "cy") if name in ("ext", "chExt", "extent") else ("x", "y")
        if not all(key in attributes for key in keys):
            return
        pair = finite(attributes[keys[0]]), finite(attributes[keys[1]])
        if self._frames:
            self._frame[name] = pair
        elif self._open and name == "off":
            self._open[-1][:2] = self._outside(*pair)
        elif self._open and name in ("ext", "extent"):
            self._open[-1][2] = pair[1]

    def _outside(self, x: float, y: float) -> tuple[float, float]:
        for (scale_x, shift_x), (scale_y, shift_y) in reversed(self._groups[-_DEEPEST_GROUP:]):
            x, y = scale_x * x + shift_x, scale_y * y + shift_y
        return x, y


def side_by_side(place: Place, boxes: list[Box]) -> Iterator[Table]:
    """Yield the boxes as a table, when some of them are short enough to be parts of a number."""
    if sum(len(box.text) <= 4 for box in boxes) < 3:  # 4-4-4 in three boxes
        return
    pitch = _pitch(boxes)
    rows: list[list[Box]] = []
    for box in sorted(boxes, key=lambda b: (b.y, b.x)):
        first = rows[-1][0] if rows else None
        if first and box.y - first.y <= _ONE_LINE * (min(first.height, box.height) or pitch):
            rows[-1].append(box)
        else:
            rows.append([box])
    cells = tuple(tuple(b.text[:_CHARS] for b in sorted(row, key=lambda b: b.x)) for row in rows)
    yield Table(place / "side by side", cells)


def _pitch(boxes: list[Box]) -> float:
    """The usual step from one box to the next, where no heights are said."""
    across = sorted({box.x for box in boxes})
    steps = sorted(b - a for a, b in pairwise(across))
    return steps[len(steps) // 2] if steps else 1.0


def one_by_one(place: Place, lines: Iterable[str]) -> Iterator[Table]:
    """Yield each long run of lines of one character as a row, the line before it in front."""
    before, run, rows = "", list[str](), list[tuple[str, ...]]()
    for line in (*lines, ""):
        text = line.strip()
        if len(text) == 1:
            run.append(text)
            continue
        if not text and len(run) < FEWEST_BOXES:
            continue  # empty lines between do not part boxes
        if len(run) >= FEWEST_BOXES:
            rows.append((before[-_HEADING:], *run))
        before, run = text or before, []
    if len(run) >= FEWEST_BOXES:
        rows.append((before[-_HEADING:], *run))
    if rows:
        yield Table(place / "one by one", tuple(rows))


def finite(value: str, otherwise: float = 0.0) -> float:
    """Return a number that a file states; ``otherwise`` for what is none.

    >>> finite("914400"), finite("12.5"), finite("x"), finite("nan")
    (914400.0, 12.5, 0.0, 0.0)
    """
    try:
        number = float(value)
    except ValueError:
        return otherwise
    return number if math.isfinite(number) else otherwise

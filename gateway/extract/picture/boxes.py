"""Where text stands: from the detector's map of probabilities to tilted boxes.

Answers: ``boxes_of``: one box a piece of text, with centre, sides and angle.
Trusts: the size of the map, which is ours. Its contents follow a hostile picture: work is
linear in its dots, and no more than ``MOST_BOXES`` come out, the largest ones.
Fails: never.
Method: differentiable binarisation (Liao et al., AAAI 2020): dots above a threshold, joined
with their eight neighbours; each patch in its narrowest rectangle, widened again, since
the network was taught to shrink text. numpy alone: no contour library of native code.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Map = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

MOST_BOXES = 1000
_THRESHOLD = 0.3  # a dot is text
_SURE = 0.5  # mean of a patch that is text
_UNCLIP = 1.6  # how much the network shrank it, by area over perimeter
_SHORTEST = 2.0  # dots; narrower patches are noise
_SQUARE = 1.5  # below this ratio of its sides a patch has no angle of its own
_STEPS = 180  # directions tried in a right angle


@dataclass(frozen=True, slots=True)
class Box:
    """One piece of text, in the dots of the picture it was found in."""

    x: float  # centre
    y: float
    along: float  # length of the text, in its own direction
    across: float  # its height
    angle: float  # radians, clockwise as y points down; 0: horizontal, in (-pi/2, pi/2]

    def moved(self, x: float, y: float) -> Box:
        """The box in a picture of which this one was cut out at ``x`` and ``y``."""
        return Box(self.x + x, self.y + y, self.along, self.across, self.angle)

    def scaled(self, by_x: float, by_y: float) -> Box:
        """The box in a picture of another size; the two differ by rounding only."""
        by = (by_x + by_y) / 2
        return Box(self.x * by_x, self.y * by_y, self.along * by, self.across * by, self.angle)


def boxes_of(chances: Map) -> list[Box]:
    """Return the boxes of a map of probabilities."""
    rows, starts, ends = _runs(chances > _THRESHOLD)
    if not len(rows):
        return []
    patch, count = _patches(rows, starts, ends, chances.shape[1] + 2)
    sums = np.concatenate(([0.0], np.cumsum(chances, dtype=np.float64)))
    width = chances.shape[1]
    weight = np.bincount(patch, sums[rows * width + ends] - sums[rows * width + starts], count)
    area = np.bincount(patch, ends - starts, count)
    sure = np.flatnonzero(weight >= _SURE * area)
    sure = sure[np.argsort(-area[sure], kind="stable")][:MOST_BOXES]
    order = np.argsort(patch, kind="stable")
    bounds = np.searchsorted(patch[order], np.arange(count + 1))
    outlines = []
    for one in sure:
        of_it = order[bounds[one] : bounds[one + 1]]
        outlines.append(_outline(rows[of_it], starts[of_it], ends[of_it]))
    return _straightened(outlines)


def _runs(dark: npt.NDArray[np.bool_]) -> tuple[Ints, Ints, Ints]:
    """Every run of set dots in a row: its row, where it starts, and where it has ended."""
    edges = np.diff(np.pad(dark, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    rows, starts = np.nonzero(edges == 1)
    _, ends = np.nonzero(edges == -1)
    return rows, starts, ends


def _patches(rows: Ints, starts: Ints, ends: Ints, stride: int) -> tuple[Ints, int]:
    """Number the patches that runs of neighbouring rows make together."""
    first = np.searchsorted(rows * stride + ends, (rows + 1) * stride + starts, "left")
    last = np.searchsorted(rows * stride + starts, (rows + 1) * stride + ends, "right")
    reach = np.maximum(last - first, 0)
    upper = np.repeat(np.arange(len(rows)), reach)
    lower = np.arange(len(upper)) - np.repeat(np.cumsum(reach) - reach, reach) + first[upper]
    label: Ints = np.arange(len(rows))
    while True:
        before = label.copy()
        np.minimum.at(label, before[upper], before[lower])
        np.minimum.at(label, before[lower], before[upper])
        while (label != label[label]).any():
            label = label[label]
        if (label == before).all():
            break
    names, patch = np.unique(label, return_inverse=True)
    return patch, len(names)


def _outline(rows: Ints, starts: Ints, ends: Ints) -> Map:
    """Corner points of a patch: both ends of each of its rows."""
    x = np.concatenate((starts, ends, starts, ends))
    y = np.concatenate((rows, rows, rows + 1, rows + 1))
    return np.stack((x, y)).astype(np.float32)


def _straightened(outlines: list[Map]) -> list[Box]:
    """Boxes round outlines; what is too short to have an angle takes the others' angle."""
    narrowest = [_narrowest(outline) for outline in outlines]
    long = [box for box in narrowest if box.along >= _SQUARE * box.across]
    tilt = _usual_tilt(long)
    boxes = [
        box if box.along >= _SQUARE * box.across else _at(outline, tilt)
        for outline, box in zip(outlines, narrowest, strict=True)
    ]
    return [_widened(box) for box in boxes if min(box.along, box.across) >= _SHORTEST]


def _usual_tilt(boxes: list[Box]) -> float:
    """The tilt of most text, within a quarter turn: -pi/4 to pi/4."""
    if not boxes:
        return 0.0
    quarter = np.pi / 2
    tilts = np.array([(b.angle + quarter / 2) % quarter - quarter / 2 for b in boxes])
    order = np.argsort(tilts)
    weight = np.cumsum(np.array([b.along for b in boxes])[order])
    return float(tilts[order][np.searchsorted(weight, weight[-1] / 2)])


_ANGLES = np.arange(_STEPS) * (np.pi / 2 / _STEPS)
_COS, _SIN = np.cos(_ANGLES).astype(np.float32), np.sin(_ANGLES).astype(np.float32)


def _narrowest(points: Map) -> Box:
    """The rectangle of the smallest area round the points."""
    across = np.outer(_COS, points[0]) + np.outer(_SIN, points[1])
    down = np.outer(_COS, points[1]) - np.outer(_SIN, points[0])
    areas = np.ptp(across, axis=1) * np.ptp(down, axis=1)
    # Within two in a hundred of the best the straightest wins: round glyphs have no angle.
    good = np.flatnonzero(areas <= areas.min() * 1.02)
    straightest = good[np.argmin(np.minimum(good, _STEPS - good))]
    return _at(points, float(_ANGLES[straightest]))


def _at(points: Map, angle: float) -> Box:
    """The rectangle round the points at one angle, its longer side along the text."""
    cos, sin = np.cos(angle), np.sin(angle)
    u = cos * points[0] + sin * points[1]
    v = cos * points[1] - sin * points[0]
    low_u, high_u, low_v, high_v = u.min(), u.max(), v.min(), v.max()
    mid_u, mid_v = (low_u + high_u) / 2, (low_v + high_v) / 2
    x, y = float(cos * mid_u - sin * mid_v), float(sin * mid_u + cos * mid_v)
    wide, high = float(high_u - low_u), float(high_v - low_v)
    crosswise = float(angle - np.pi / 2 if angle > 0 else angle + np.pi / 2)
    if high >= _SQUARE * wide or (angle > np.pi / 4 and wide < _SQUARE * high):
        return Box(x, y, high, wide, crosswise)
    return Box(x, y, wide, high, angle)


def _widened(box: Box) -> Box:
    more = _UNCLIP * box.along * box.across / (box.along + box.across)
    return Box(box.x, box.y, box.along + more, box.across + more, box.angle)


def as_map(output: Any) -> Map:
    """The network's output as a map."""
    chances: Map = np.asarray(output, dtype=np.float32)[0, 0]
    return chances

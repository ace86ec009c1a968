"""Glyphs as curves and as lines of a pen, for documents whose letters are drawings.

Answers: ``outline`` adds a glyph of reportlab's own TrueType font to a path; ``strokes`` gives a
digit as the lines of a pen.
Standards: TrueType ``glyf`` (simple glyphs only; digits and capitals of that font are).
"""

from __future__ import annotations

import math
import struct
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import reportlab
from reportlab.pdfbase.ttfonts import TTFontFile

Point = tuple[float, float]
_FONT = Path(reportlab.__file__).parent / "fonts" / "Vera.ttf"
_ON_CURVE, _SHORT_X, _SHORT_Y, _REPEAT, _SAME_X, _SAME_Y = (1 << n for n in range(6))


def outline(path: Any, letter: str, x: float, y: float, size: float) -> None:
    """Add one glyph to a path of reportlab's, ``size`` points to the em."""
    contours, em = _contours(letter)
    scale = size / em
    for contour in contours:
        points = [(x + px * scale, y + py * scale, on) for px, py, on in contour]
        _add(path, points)
        path.close()


def _add(path: Any, points: list[tuple[float, float, bool]]) -> None:
    """Quadratic curves through the middles of what lies off the curve, as cubic ones."""
    full: list[tuple[float, float, bool]] = []
    for one, other in pairwise([*points, points[0]]):
        full.append(one)
        if not one[2] and not other[2]:
            full.append(((one[0] + other[0]) / 2, (one[1] + other[1]) / 2, True))
    start = next(n for n, point in enumerate(full) if point[2])
    full = [*full[start:], *full[: start + 1]]
    path.moveTo(*full[0][:2])
    here = full[0]
    for n, point in enumerate(full[1:], 1):
        if not point[2]:
            continue
        if full[n - 1][2]:
            path.lineTo(*point[:2])
        else:
            off = full[n - 1]
            first = [a + 2 / 3 * (b - a) for a, b in zip(here[:2], off[:2], strict=True)]
            second = [a + 2 / 3 * (b - a) for a, b in zip(point[:2], off[:2], strict=True)]
            path.curveTo(*first, *second, *point[:2])
        here = point


@cache
def _font() -> TTFontFile:
    return TTFontFile(str(_FONT))


@cache
def _contours(letter: str) -> tuple[list[list[tuple[int, int, bool]]], int]:
    """A glyph's contours, each a list of x, y and whether it lies on the curve; units to the em."""
    face = _font()
    head, loca = face.get_table("head"), face.get_table("loca")
    em, long_offsets = struct.unpack(">H", head[18:20])[0], struct.unpack(">h", head[50:52])[0]
    number = face.charToGlyph[ord(letter)]
    shape = ">2L" if long_offsets else ">2H"
    width = 4 if long_offsets else 2
    start, end = struct.unpack(shape, loca[number * width : (number + 2) * width])
    if not long_offsets:
        start, end = 2 * start, 2 * end
    return (_simple(face.get_table("glyf")[start:end]) if end > start else []), em


def _simple(raw: bytes) -> list[list[tuple[int, int, bool]]]:
    count = struct.unpack(">h", raw[:2])[0]
    ends = struct.unpack(f">{count}H", raw[10 : 10 + 2 * count])
    at = 10 + 2 * count
    at += 2 + struct.unpack(">H", raw[at : at + 2])[0]
    flags: list[int] = []
    while len(flags) <= ends[-1]:
        flags.append(raw[at])
        at += 1
        if flags[-1] & _REPEAT:
            flags += [flags[-1]] * raw[at]
            at += 1
    xs, at = _coordinates(raw, at, flags, _SHORT_X, _SAME_X)
    ys, at = _coordinates(raw, at, flags, _SHORT_Y, _SAME_Y)
    points = [(x, y, bool(f & _ON_CURVE)) for x, y, f in zip(xs, ys, flags, strict=True)]
    starts = [0, *(end + 1 for end in ends[:-1])]
    return [points[a : b + 1] for a, b in zip(starts, ends, strict=True)]


def _coordinates(
    raw: bytes, at: int, flags: list[int], short: int, same: int
) -> tuple[list[int], int]:
    found, here = [], 0
    for flag in flags:
        if flag & short:
            here += raw[at] if flag & same else -raw[at]
            at += 1
        elif not flag & same:
            here += struct.unpack(">h", raw[at : at + 2])[0]
            at += 2
        found.append(here)
    return found, at


# ------------------------------------------------------------------ a pen


def _arc(x: float, y: float, rx: float, ry: float, start: int, end: int) -> list[Point]:
    """Points on an ellipse, in degrees from the right, against the clock."""
    step = 20 if end > start else -20
    turns = [math.radians(d) for d in [*range(start, end, step), end]]
    return [(x + rx * math.cos(t), y + ry * math.sin(t)) for t in turns]


_PEN: dict[str, list[list[Point]]] = {  # in a box of 0.6 by 1
    "0": [_arc(0.3, 0.5, 0.28, 0.5, 0, 360)],
    "1": [[(0.1, 0.8), (0.32, 1), (0.32, 0)]],
    "2": [[*_arc(0.3, 0.72, 0.27, 0.28, 170, -40), (0.02, 0), (0.58, 0)]],
    "3": [[*_arc(0.28, 0.75, 0.27, 0.25, 150, -90), *_arc(0.28, 0.25, 0.3, 0.25, 90, -150)]],
    "4": [[(0.44, 0), (0.44, 1), (0.02, 0.3), (0.6, 0.3)]],
    "5": [[(0.54, 1), (0.08, 1), (0.06, 0.55), *_arc(0.28, 0.32, 0.3, 0.32, 120, -150)]],
    "6": [[*_arc(0.5, 0.6, 0.44, 0.4, 80, 190), *_arc(0.3, 0.3, 0.27, 0.3, 180, 540)]],
    "7": [[(0.02, 1), (0.58, 1), (0.2, 0)]],
    "8": [_arc(0.3, 0.76, 0.23, 0.24, -90, 270), _arc(0.3, 0.26, 0.28, 0.26, 90, 450)],
    "9": [[*_arc(0.3, 0.7, 0.27, 0.3, 0, 360), *_arc(0.12, 0.42, 0.45, 0.42, 30, -80)]],
}  # fmt: skip


def strokes(digit: str, x: float, y: float, height: float) -> list[list[Point]]:
    """The lines that write a digit, its foot's left end at ``x`` and ``y``."""
    return [[(x + px * height, y + py * height) for px, py in line] for line in _PEN[digit]]

"""Which of a page's lines and areas may be the strokes of glyphs: small, and bent or slanting.

Answers: ``marks``, of one path: each piece that could be a glyph or a part of one, with its box.
Trusts: PDFium, native code, so in a worker only.
Fails: never; ``None`` for a path with more points than are looked at.
Rules and boxes are no glyphs: what runs along the page's sides counts only where it is as
short as the bar of a digit on a till, or as narrow as the stripe of a code. Sizes are in
points on the page.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import pypdfium2.raw as pdfium

from gateway.extract.pdf.things import Box, Thing

MOST_POINTS = 50_000  # of one path
_SMALLEST, _LARGEST = 2.0, 100.0  # points; twelve digits of 100 points fill a page's width
_LONGEST_BAR = 10.0  # points; the cells of a table are wider, and higher
_WIDEST_STRIPE = 6.0  # points; four modules of a bar code
_STEEPEST = 0.3  # points that a line may rise or fall and still run along a side
_CORNERS = 5  # of a rectangle, whose end is its start

STRIPE, BAR = 1, 2

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Mark:
    """What may be a glyph, or a stroke of one."""

    box: Box
    points: int  # that it is drawn with; BAR or STRIPE where nothing bends or slants

    @property
    def plain(self) -> bool:
        return self.points <= BAR


def marks(path: Thing, whole: Box) -> list[Mark] | None:
    """Return the marks that a path makes, which stands in the box ``whole``."""
    count = pdfium.FPDFPath_CountSegments(path.handle)
    if count > MOST_POINTS:
        return None
    if min(whole.width, whole.height) < _SMALLEST:  # whatever is in it is no letter
        return _bar(whole) if count <= _CORNERS else [Mark(whole, STRIPE)]
    return [mark for points, bent in _pieces(path, count) for mark in _judged(points, bent)]


def _bar(box: Box) -> list[Mark]:
    longest = max(box.width, box.height)
    if longest <= _LONGEST_BAR:
        return [Mark(box, BAR)]
    thin = min(box.width, box.height) <= _WIDEST_STRIPE
    return [Mark(box, STRIPE)] if thin and longest <= _LARGEST else []


def _pieces(path: Thing, count: int) -> Iterator[tuple[list[Point], bool]]:
    """Yield what is drawn without lifting the pen: its points, and whether any of it is bent."""
    segment_of, kind_of = pdfium.FPDFPath_GetPathSegment, pdfium.FPDFPathSegment_GetType
    point_of = pdfium.FPDFPathSegment_GetPoint
    x, y = ctypes.c_float(), ctypes.c_float()
    at_x, at_y = ctypes.byref(x), ctypes.byref(y)
    a, b, c, d, e, f = path.matrix()
    points: list[Point] = []
    bent = False
    for n in range(count):
        segment = segment_of(path.handle, n)
        kind = kind_of(segment)
        if kind == pdfium.FPDF_SEGMENT_MOVETO:
            if len(points) > 1:
                yield points, bent
            points, bent = [], False
        elif kind == pdfium.FPDF_SEGMENT_BEZIERTO:
            bent = True
        point_of(segment, at_x, at_y)
        u, v = x.value, y.value
        points.append((a * u + c * v + e, b * u + d * v + f))
    if len(points) > 1:
        yield points, bent


def _judged(points: list[Point], bent: bool) -> list[Mark]:
    xs, ys = zip(*points, strict=True)
    box = Box(min(xs), min(ys), max(xs), max(ys))
    if max(box.width, box.height) > _LARGEST:
        return []
    slanting = bent or any(
        abs(x - other_x) > _STEEPEST and abs(y - other_y) > _STEEPEST
        for (x, y), (other_x, other_y) in pairwise(points)
    )
    if not slanting and len(points) <= _CORNERS:
        return _bar(box)
    if max(box.width, box.height) < _SMALLEST:
        return []
    return [Mark(box, len(points) + 1)]  # or steps: letters drawn dot by dot

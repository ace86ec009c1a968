"""Which of a page's lines and areas may be the strokes of glyphs: small, and curved or slanting.

Answers: ``marks``, of one path: each piece that could be a glyph or a part of one, with its box.
Trusts: PDFium, native code, so in a worker only.
Fails: never; ``None`` for a path with more points than are looked at.
Rules and boxes are no glyphs: what runs along the page's sides counts only where it is as
short as the bar of a digit on a till, or a dot of a code. Sizes are in points on the page.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pypdfium2.raw as pdfium

from gateway.extract.pdf.things import Box, Matrix, Thing, round_all

MOST_POINTS = 20_000  # of one path; a page of text in outlines has 100,000 in 3,000 paths
_SMALLEST, _LARGEST = 2.0, 100.0  # points; twelve digits of 100 points fill a page's width
_LONGEST_BAR = 10.0  # points; the cells of a table are wider, and higher
_THINNEST = 0.3  # points that a line may rise or fall and still run along a side
_PLAIN_CORNERS = 5  # of a rectangle, whose end is its start


@dataclass(frozen=True, slots=True)
class Mark:
    """What may be a glyph, or a stroke of one."""

    box: Box
    plain: bool  # nothing in it slants or bends: a bar, a dot


def marks(path: Thing) -> list[Mark] | None:
    """Return the marks that a path makes."""
    count = pdfium.FPDFPath_CountSegments(path.handle)
    whole = path.box()
    if count > MOST_POINTS:
        return None
    if max(whole.width, whole.height) < _SMALLEST and count <= _PLAIN_CORNERS:
        return [Mark(whole, plain=True)]
    if min(whole.width, whole.height) < _SMALLEST and count <= _PLAIN_CORNERS:
        return _bar(whole)
    return [mark for piece in _pieces(path, count) for mark in _judged(piece)]


def _bar(box: Box) -> list[Mark]:
    return [Mark(box, plain=True)] if max(box.width, box.height) <= _LONGEST_BAR else []


@dataclass(slots=True)
class _Piece:
    """A part of a path that is drawn without lifting the pen."""

    points: list[tuple[float, float]]
    bent: bool = False


def _pieces(path: Thing, count: int) -> Iterator[_Piece]:
    matrix = path.matrix()
    piece = _Piece([])
    for n in range(count):
        segment = pdfium.FPDFPath_GetPathSegment(path.handle, n)
        kind = pdfium.FPDFPathSegment_GetType(segment)
        if kind == pdfium.FPDF_SEGMENT_MOVETO:
            if len(piece.points) > 1:
                yield piece
            piece = _Piece([])
        piece.bent |= kind == pdfium.FPDF_SEGMENT_BEZIERTO
        piece.points.append(_point(segment, matrix))
    if len(piece.points) > 1:
        yield piece


def _point(segment: Any, matrix: Matrix) -> tuple[float, float]:
    x, y = ctypes.c_float(), ctypes.c_float()
    pdfium.FPDFPathSegment_GetPoint(segment, ctypes.byref(x), ctypes.byref(y))
    return matrix.at(x.value, y.value)


def _judged(piece: _Piece) -> list[Mark]:
    box = round_all([Box(x, y, x, y) for x, y in piece.points])
    longest = max(box.width, box.height)
    if not _SMALLEST <= longest <= _LARGEST:
        return []
    if piece.bent or _slants(piece.points):
        return [Mark(box, plain=False)]
    if len(piece.points) <= _PLAIN_CORNERS:
        return _bar(box)
    return [Mark(box, plain=False)]  # steps: letters drawn dot by dot


def _slants(points: list[tuple[float, float]]) -> bool:
    return any(
        abs(x - other_x) > _THINNEST and abs(y - other_y) > _THINNEST
        for (x, y), (other_x, other_y) in zip(points, points[1:], strict=False)
    )

"""What is painted on a page, thing by thing: its kind, and where on the page it comes to stand.

Answers: ``things``, all on a page that is no text, as it is painted, forms opened up.
Trusts: PDFium, native code, so in a worker only.
Fails: ``None`` stands for all that is beyond the limits: so many things, or forms so deep.
Standards: ISO 32000-2, 8.3.4 (matrices) and 8.10 (form XObjects, scaled by a matrix of their own).
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import pypdfium2.raw as pdfium

MOST_THINGS = 50_000  # on a page; a letter of one glyph a thing has 3,000
_DEEPEST_FORM = 8  # forms within forms
PATH, IMAGE = pdfium.FPDF_PAGEOBJ_PATH, pdfium.FPDF_PAGEOBJ_IMAGE
SHADING = pdfium.FPDF_PAGEOBJ_SHADING
SHAPED_CLIP = 48  # points of clipping paths
_MOST_CLIPS = 200  # clipping paths of one thing that are looked at
_FORM, _TEXT = pdfium.FPDF_PAGEOBJ_FORM, pdfium.FPDF_PAGEOBJ_TEXT
_FLOAT, _at = ctypes.c_float, ctypes.byref
_FLAT = 1e-9  # square points: nothing can be seen on it


class Box(NamedTuple):
    """A rectangle on a page, in points from the lower left."""

    left: float
    bottom: float
    right: float
    top: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.top - self.bottom

    def meets(self, other: Box) -> bool:
        """Whether they have more than an edge in common."""
        across = self.left < other.right and other.left < self.right
        return across and self.bottom < other.top and other.bottom < self.top

    def holds(self, other: Box, but: float = 1.0) -> bool:
        """Whether the other lies in it, but for as many points on each side."""
        across = self.left - but <= other.left and other.right <= self.right + but
        return across and self.bottom - but <= other.bottom and other.top <= self.top + but

    def common(self, other: Box) -> Box:
        """What lies in both."""
        return Box(
            max(self.left, other.left),
            max(self.bottom, other.bottom),
            min(self.right, other.right),
            min(self.top, other.top),
        )


def round_all(boxes: list[Box]) -> Box:
    """The smallest box that holds all of these; there is at least one."""
    lefts, bottoms, rights, tops = zip(*boxes, strict=True)
    return Box(min(lefts), min(bottoms), max(rights), max(tops))


class Matrix(NamedTuple):
    """Takes x to ``a x + c y + e``, and y to ``b x + d y + f``."""

    a: float
    b: float
    c: float
    d: float
    e: float
    f: float

    def after(self, first: Matrix) -> Matrix:
        """What ``first``, and then this one, come to."""
        return Matrix(
            first.a * self.a + first.b * self.c,
            first.a * self.b + first.b * self.d,
            first.c * self.a + first.d * self.c,
            first.c * self.b + first.d * self.d,
            first.e * self.a + first.f * self.c + self.e,
            first.e * self.b + first.f * self.d + self.f,
        )

    def at(self, x: float, y: float) -> tuple[float, float]:
        return self.a * x + self.c * y + self.e, self.b * x + self.d * y + self.f

    def inverse(self) -> Matrix | None:
        """What undoes this; None where it flattens everything."""
        size = self.a * self.d - self.b * self.c
        if abs(size) < _FLAT:
            return None
        a, b, c, d = self.d / size, -self.b / size, -self.c / size, self.a / size
        return Matrix(a, b, c, d, -(self.e * a + self.f * c), -(self.e * b + self.f * d))

    def round(self, box: Box) -> Box:
        """The upright box round what becomes of a box."""
        corners = [self.at(x, y) for x in (box.left, box.right) for y in (box.bottom, box.top)]
        xs, ys = zip(*corners, strict=True)
        return Box(min(xs), min(ys), max(xs), max(ys))


UNCHANGED = Matrix(1, 0, 0, 1, 0, 0)


@dataclass(frozen=True, slots=True)
class Thing:
    """Something painted; ``handle`` is PDFium's and lives as long as its page."""

    handle: Any
    kind: int  # PATH, IMAGE or SHADING
    outer: Matrix  # of the forms that it stands in

    def box(self) -> Box:
        """Where it stands on the page."""
        # Written out: a page of dotted rules has thousands of things.
        one, two, three, four = _FLOAT(), _FLOAT(), _FLOAT(), _FLOAT()
        pdfium.FPDFPageObj_GetBounds(self.handle, _at(one), _at(two), _at(three), _at(four))
        found = Box(one.value, two.value, three.value, four.value)
        return found if self.outer is UNCHANGED else self.outer.round(found)

    def matrix(self) -> Matrix:
        """What takes its own coordinates to the page's; a picture's own are a square of 1."""
        own = self.own_matrix()
        return own if self.outer is UNCHANGED else self.outer.after(own)

    def clip(self) -> Box | None:
        """The box that it is cut to, where there is one."""
        path = pdfium.FPDFPageObj_GetClipPath(self.handle)
        count = pdfium.FPDFClipPath_CountPaths(path) if path else 0
        found = None
        for n in range(min(count, _MOST_CLIPS)):
            points = min(pdfium.FPDFClipPath_CountPathSegments(path, n), SHAPED_CLIP)
            if points > 0:
                box = _clip_box(path, n, points)
                found = box if found is None else found.common(box)
        return self.outer.round(found) if found is not None else None

    def cut_points(self) -> int:
        """How many points the paths have that it is cut by; asked of everything, so written out."""
        path = pdfium.FPDFPageObj_GetClipPath(self.handle)
        count = pdfium.FPDFClipPath_CountPaths(path) if path else 0
        points = 0
        for n in range(min(count, _MOST_CLIPS)):
            points += max(pdfium.FPDFClipPath_CountPathSegments(path, n), 0)
        return points

    def cut_from(self) -> tuple[float, float]:
        """Where the last path begins that it is cut by, which tells it from others."""
        path = pdfium.FPDFPageObj_GetClipPath(self.handle)
        box = _clip_box(path, pdfium.FPDFClipPath_CountPaths(path) - 1, 1)
        return box.left, box.bottom

    def own_matrix(self) -> Matrix:
        """What takes its own coordinates to those of the form that it stands in."""
        return _matrix(self.handle)


def things(page: Any) -> Iterator[Thing | None]:
    """Yield what is painted on a page and is no text; the things in a form stand for it."""
    count, one = pdfium.FPDFPage_CountObjects, pdfium.FPDFPage_GetObject
    yield from _inside(count, one, page.raw, UNCHANGED, [MOST_THINGS], 0)


def _inside(
    count: Callable[[Any], int],
    one: Callable[[Any, int], Any],
    holder: Any,
    outer: Matrix,
    left: list[int],
    depth: int,
) -> Iterator[Thing | None]:
    """Yield what is in a page or a form; ``left`` is how many more things are looked at."""
    there, kind_of = count(holder), pdfium.FPDFPageObj_GetType
    left[0] -= there
    if left[0] < 0 or depth > _DEEPEST_FORM:
        yield None
        return
    for n in range(there):  # most things are text: nothing is made of those
        handle = one(holder, n)
        kind = kind_of(handle)
        if kind == _FORM:
            inner = _matrix(handle)
            inner = outer.after(inner) if inner != UNCHANGED else outer
            yield from _inside(
                pdfium.FPDFFormObj_CountObjects,
                pdfium.FPDFFormObj_GetObject,
                handle,
                inner,
                left,
                depth + 1,
            )
        elif kind != _TEXT:
            yield Thing(handle, kind, outer)


def _clip_box(path: Any, number: int, count: int) -> Box:
    x, y = ctypes.c_float(), ctypes.c_float()
    boxes = []
    for n in range(count):
        segment = pdfium.FPDFClipPath_GetPathSegment(path, number, n)
        pdfium.FPDFPathSegment_GetPoint(segment, ctypes.byref(x), ctypes.byref(y))
        boxes.append(Box(x.value, y.value, x.value, y.value))
    return round_all(boxes)


def _matrix(handle: Any) -> Matrix:
    found = pdfium.FS_MATRIX()
    if not pdfium.FPDFPageObj_GetMatrix(handle, ctypes.byref(found)):
        return UNCHANGED
    return Matrix(found.a, found.b, found.c, found.d, found.e, found.f)

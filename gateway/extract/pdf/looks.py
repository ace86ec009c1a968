"""What of a page must be looked at, beside its text: pictures, and outlines that may be glyphs.

Answers: ``looked``: pictures to be read as they lie in the file, places to be drawn, or the
whole page where there are many; and pictures that a drawn page does not show whole.
Trusts: PDFium, native code, so in a worker only.
Fails: never; what is beyond a limit makes the whole page be drawn.
A picture is read as it lies in the file, not as it is printed: what a white box hides, or the
page's edge cuts away, leaves with the file, and a thumbnail can be enlarged. Pictures that
touch, or are too small for a number each, show it together: their place is drawn. So are
eight shapes or more that bend or slant, or twenty-four bars, no farther apart than digits in
boxes: twelve digits have more. Ruled tables, boxes, bars of charts and bullets have none.
"""

from __future__ import annotations

import ctypes
from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

import pypdfium2.raw as pdfium

from gateway.extract.pdf.clusters import clusters
from gateway.extract.pdf.filed import dots_of
from gateway.extract.pdf.marks import Mark, marks
from gateway.extract.pdf.things import (
    IMAGE,
    PATH,
    SHADING,
    TEXT,
    Box,
    Thing,
    round_all,
    things,
)
from gateway.extract.picture import FEWEST_DOTS, SHORTEST_SIDE

MOST_APART = 8  # pictures and places of one page that are looked at one by one
_MOST_MARKS = 20_000  # of a page; beyond, it is a drawing, or text in outlines
_FEWEST_SHAPES, _FEWEST_BARS = 8, 24  # of twelve digits, some of them plain ones
_FEWEST_PICTURES = 12  # too small for a number each
_FEWEST_SIZES = 3  # of shapes: bullets, hatching and the marks of a chart are alike
_LOOSE = 12.0  # squares of a shape's own length that each may have to itself
_LOWEST = 3.0  # points; lower is a dotted rule
_LINE_HEIGHT = 30.0  # points: a higher picture is no piece of a line
_ACROSS, _DOWN, _FARTHEST = 1.2, 0.35, 24.0  # heights to either side; at most points
_TOUCHING = 1.0  # points
_SHAPED_CLIP = 48  # points of a clipping path: more than a frame has
_MOST_CLIPS = 200  # clipping paths of one thing that are looked at
_LEAST_COVER = 4.0  # points: a narrower area is a rule, and hides nothing
_MOST_COVERS = 2_000


@dataclass(slots=True)
class Looks:
    """What is to be looked at on a page."""

    whole: bool = False  # the page is drawn; then only ``hidden`` counts besides
    alone: list[Thing] = field(default_factory=list)  # pictures, each by itself
    places: list[Box] = field(default_factory=list)  # to be drawn
    hidden: list[Thing] = field(default_factory=list)  # pictures that a drawn page may not show

    pictures: list[Thing] = field(default_factory=list)  # all that there are
    outline: bytes = b""  # a digest of where what is painted stands

    @property
    def apart(self) -> list[Thing]:
        """Pictures to be read by themselves where the page is not drawn whole."""
        return [*self.alone, *(thing for thing in self.hidden if thing not in self.alone)]

    @property
    def any(self) -> bool:
        """Whether there is anything to look at."""
        return bool(self.whole or self.alone or self.places)


@dataclass(frozen=True, slots=True)
class Painting:
    """What a document can do besides pictures and paths; set by the structure's sweep."""

    textured: bool = True  # it has patterns of tiles, or shadings other than plain gradients
    masked: bool = True  # it has masks that are drawn
    layered: bool = True  # it has layers that are not shown


def looked(document: Any, page: Any, painting: Painting) -> Looks:
    """Return what of a page must be looked at, beside its text."""
    return _Look(document, page, painting).looks()


class _Look:
    """Goes through one page."""

    def __init__(self, document: Any, page: Any, painting: Painting) -> None:
        self._document = document
        self._page = page
        self._painting = painting
        self._sheet = _sheet(page)
        self._pictures: list[tuple[Thing, Box]] = []
        self._marks: list[Mark] = []
        self._places: list[Box] = []
        self._covers: list[tuple[int, Box]] = []  # with how many pictures are beneath
        self._whole = False
        self._outline = blake2b(digest_size=16)

    def looks(self) -> Looks:
        for thing in things(self._page):
            if thing is None:
                self._whole = True
                break
            if thing.kind != TEXT:
                self._note(thing)
        found = Looks(self._whole, places=self._places, outline=self._outline.digest())
        found.pictures = [thing for thing, _ in self._pictures]
        self._see_pictures(found)
        self._see_marks(found)
        if len(found.alone) + len(found.places) > MOST_APART:
            found.whole = True
        hidden = (n for n in range(len(self._pictures)) if self._is_hidden(n))
        found.hidden = [self._pictures[n][0] for n in hidden][:MOST_APART]
        return found

    # -------------------------------------------------------------- noting

    def _note(self, thing: Thing) -> None:
        box = thing.box()
        self._outline.update(array("f", box))
        if thing.kind == IMAGE:
            self._pictures.append((thing, box))
        elif thing.kind == PATH:
            self._note_path(thing, box)
        if self._is_textured(thing) or self._is_masked(thing) or _clip(thing)[1] > _SHAPED_CLIP:
            self._places.append(box)

    def _note_path(self, path: Thing, box: Box) -> None:
        made = marks(path)
        if made is None or len(self._marks) > _MOST_MARKS:
            self._whole = True
        else:
            self._marks += made
        if min(box.width, box.height) > _LEAST_COVER and len(self._covers) < _MOST_COVERS:
            if _is_filled(path):
                self._covers.append((len(self._pictures), box))

    def _is_textured(self, thing: Thing) -> bool:
        if not self._painting.textured or thing.kind == IMAGE:
            return False
        return thing.kind == SHADING or _has_pattern(self._document, thing)

    def _is_masked(self, thing: Thing) -> bool:
        return self._painting.masked and bool(pdfium.FPDFPageObj_HasTransparency(thing.handle))

    # -------------------------------------------------------------- pictures

    def _see_pictures(self, found: Looks) -> None:
        around = [_with_surroundings(box) for _, box in self._pictures]
        groups = clusters(around, self._sheet)
        if groups is None:
            found.whole = True
            return
        small = 0
        for group in groups:
            dots = [dots_of(self._pictures[n][0]) for n in group]
            if len(group) == 1 and _has_room(dots):
                found.alone.append(self._pictures[group[0]][0])
            elif len(group) > 1 and sum(w * h for w, h in dots) >= FEWEST_DOTS:
                found.places.append(round_all([self._pictures[n][1] for n in group]))
            else:
                small += len(group)
        found.whole |= small >= _FEWEST_PICTURES

    def _is_hidden(self, number: int) -> bool:
        """Whether a drawn page may not show all of a picture that has room for a number."""
        thing, box = self._pictures[number]
        if not _has_room([dots_of(thing)]):
            return False
        clip, _ = _clip(thing)
        beneath = any(
            under > number and cover.meets(box) for under, cover in self._covers
        )
        cut = not self._sheet.holds(box) or (clip is not None and not clip.holds(box))
        return cut or beneath or self._painting.layered

    # -------------------------------------------------------------- outlines

    def _see_marks(self, found: Looks) -> None:
        groups = clusters([_with_surroundings(m.box) for m in self._marks], self._sheet)
        if groups is None:
            found.whole = True
            return
        scattered: list[Mark] = []
        for group in groups:
            there = [self._marks[n] for n in group]
            if _may_be_number(there):
                found.places.append(round_all([m.box for m in there]))
            else:
                scattered += [m for m in there if not m.plain]
        found.whole |= len(scattered) >= 12 and _sizes(scattered) > _FEWEST_SIZES


def _may_be_number(there: list[Mark]) -> bool:
    """Whether marks that stand together could be twelve digits."""
    place = round_all([m.box for m in there])
    if min(place.width, place.height) < _LOWEST:
        return False
    shapes = [m for m in there if not m.plain]
    if len(shapes) >= _FEWEST_SHAPES and _sizes(shapes) >= _FEWEST_SIZES:
        return True
    bars = [m for m in there if m.plain]
    return len(bars) >= _FEWEST_BARS and _is_dense(place, bars)


def _is_dense(place: Box, there: list[Mark]) -> bool:
    """Whether marks fill their place as print does, not as a dotted frame."""
    length = sum(max(m.box.width, m.box.height) for m in there) / len(there)
    return place.width * place.height <= _LOOSE * max(length, 0.5) ** 2 * len(there)


def _sizes(there: list[Mark]) -> int:
    return len({(round(m.box.width * 2), round(m.box.height * 2)) for m in there})


def _with_surroundings(box: Box) -> Box:
    """A box as far as the next digit may stand; a large one as far as what touches it."""
    if box.height > _LINE_HEIGHT:
        across = down = _TOUCHING
    else:
        across = min(max(_ACROSS * box.height, _TOUCHING), _FARTHEST)
        down = max(_DOWN * box.height, _TOUCHING)
    return Box(box.left - across, box.bottom - down, box.right + across, box.top + down)


# ------------------------------------------------------------------ of single things


def _sheet(page: Any) -> Box:
    """What is shown of a page."""
    return Box(*page.get_cropbox())


def _has_room(pictures: Iterable[tuple[int, int]]) -> bool:
    return any(w * h >= FEWEST_DOTS and min(w, h) >= SHORTEST_SIDE for w, h in pictures)


def _is_filled(path: Thing) -> bool:
    how, stroked = ctypes.c_int(), ctypes.c_int()
    pdfium.FPDFPath_GetDrawMode(path.handle, ctypes.byref(how), ctypes.byref(stroked))
    return how.value != pdfium.FPDF_FILLMODE_NONE


def _has_pattern(document: Any, thing: Thing) -> bool:
    for rendered in (
        pdfium.FPDFPageObj_GetRenderedFillPattern,
        pdfium.FPDFPageObj_GetRenderedStrokePattern,
    ):
        bitmap = rendered(document.raw, thing.handle)
        if bitmap:
            pdfium.FPDFBitmap_Destroy(bitmap)
            return True
    return False


def _clip(thing: Thing) -> tuple[Box | None, int]:
    """The box of what a thing is cut by, where anything is, and how many points that has."""
    clip = pdfium.FPDFPageObj_GetClipPath(thing.handle)
    count = pdfium.FPDFClipPath_CountPaths(clip) if clip else 0
    found, points = None, 0
    for n in range(min(max(count, 0), _MOST_CLIPS)):
        there = max(pdfium.FPDFClipPath_CountPathSegments(clip, n), 0)
        points += there
        box = _clip_box(clip, n, min(there, _SHAPED_CLIP))
        if box is not None:
            found = box if found is None else _common(found, box)
    return (thing.outer.round(found) if found is not None else None), points


def _clip_box(clip: Any, number: int, count: int) -> Box | None:
    boxes = []
    for n in range(count):
        segment = pdfium.FPDFClipPath_GetPathSegment(clip, number, n)
        x, y = ctypes.c_float(), ctypes.c_float()
        pdfium.FPDFPathSegment_GetPoint(segment, ctypes.byref(x), ctypes.byref(y))
        boxes.append(Box(x.value, y.value, x.value, y.value))
    return round_all(boxes) if boxes else None


def _common(one: Box, other: Box) -> Box:
    return Box(
        max(one.left, other.left),
        max(one.bottom, other.bottom),
        min(one.right, other.right),
        min(one.top, other.top),
    )

"""What of a page must be looked at, beside its text: pictures, and outlines that may be glyphs.

Answers: ``looked``: pictures to be read as they lie in the file, places to be drawn, or the
whole page where there are many; and pictures that a drawn page does not show whole.
Trusts: PDFium, native code, so in a worker only.
Fails: never; what is beyond a limit makes the whole page be drawn.
A picture is read as it lies in the file, not as it is printed: what a white box hides, or the
page's edge cuts away, leaves with the file, and a thumbnail can be enlarged. Pictures that
touch, or are too small for a number each, show it together: their place is drawn. So are
eight shapes or more that bend or slant, of one height and three kinds, or twenty-four bars,
no farther apart than digits in boxes: twelve digits have more. Ruled tables, dotted lines,
empty boxes, bullets and the bars and marks of charts have none.
"""

from __future__ import annotations

import ctypes
from array import array
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b
from itertools import chain
from typing import Any

import pypdfium2.raw as pdfium

from gateway.extract.pdf.clusters import clusters
from gateway.extract.pdf.filed import dots_of
from gateway.extract.pdf.marks import BAR, STRIPE, Mark, marks
from gateway.extract.pdf.things import (
    IMAGE,
    PATH,
    SHADING,
    SHAPED_CLIP,
    UNCHANGED,
    Box,
    Thing,
    round_all,
    things,
)
from gateway.extract.picture import FEWEST_DOTS, SHORTEST_SIDE

MOST_APART = 8  # pictures and places of one page that are looked at one by one
_MOST_MARKS, _MOST_SHAPES = 20_000, 1_500  # of a page; beyond, it is a drawing, or its text is
_FEWEST_SHAPES, _FEWEST_BARS = 8, 24  # of twelve digits, some of them plain ones
_FEWEST_PICTURES = 12  # too small for a number each
_FEWEST_KINDS = 3  # of shapes: bullets, hatching and the marks of a chart are alike
_ALIKE = 0.25  # of the height, by which digits of one number differ, tilted ones too
_LOOSE = 4.0  # squares of a bar's own length that each may have to itself
_WIDEST_PITCH = 6.0  # points from stripe to stripe: the lines of a table are farther apart
_UNEVEN = 6.0  # points by which some stripes of a bar code are longer
_FRAME = 6  # points of a clipping path that is a plain frame
_LOWEST = 3.0  # points; lower is a dotted rule
_LINE_HEIGHT = 30.0  # points: a higher picture is no piece of a line
_ACROSS, _DOWN, _FARTHEST = 1.2, 0.35, 24.0  # heights to either side; at most points
_TOUCHING = 1.0  # points
_BLEED = 6.0  # points beyond an edge: printers' margin, in which no line has room
_LEAST_COVER = 4.0  # points: a narrower area is a rule, and hides nothing
_MOST_COVERS = 2_000  # areas of a page; with more, any picture may lie beneath one
_MOST_MERGED = 200

_NOTHING = Thing(None, 0, UNCHANGED)


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
    painted = things(page)
    first = next(painted, _NOTHING)
    if first is _NOTHING:  # as on most pages
        return Looks()
    return _Look(document, page, painting).looks(chain((first,), painted))


class _Look:
    """Goes through one page."""

    def __init__(self, document: Any, page: Any, painting: Painting) -> None:
        self._document = document
        self._page = page
        self._painting = painting
        self._pictures: list[tuple[Thing, Box]] = []
        self._marks: list[Mark] = []
        self._shapes = 0
        self._cuts: set[tuple[float, ...]] = set()
        self._places: list[Box] = []
        self._covers: list[tuple[int, Box]] = []  # with how many pictures are beneath
        self._whole = False
        self._outline = blake2b(digest_size=16)

    def looks(self, painted: Iterable[Thing | None]) -> Looks:
        for thing in painted:
            if thing is None:
                self._whole = True
                break
            self._note(thing)
        found = Looks(self._whole, places=self._places, outline=self._outline.digest())
        found.pictures = [thing for thing, _ in self._pictures]
        if self._pictures:
            self._see_pictures(found)
        if self._marks and not found.whole:
            self._see_marks(found)
        found.places = _merged(found.places)
        if len(found.alone) + len(found.places) > MOST_APART:
            found.whole = True
        hidden = (n for n in range(len(self._pictures)) if self._is_hidden(n))
        found.hidden = [self._pictures[n][0] for n in hidden]
        return found

    @cached_property
    def _sheet(self) -> Box:
        """What is shown of the page; asked where there is anything but text."""
        return Box(*self._page.get_cropbox())

    # -------------------------------------------------------------- noting

    def _note(self, thing: Thing) -> None:
        box = thing.box()
        self._outline.update(array("f", box))
        if thing.kind == IMAGE:
            self._pictures.append((thing, box))
        elif thing.kind == PATH:
            self._note_path(thing, box)
        if len(self._places) > _MOST_MERGED:
            self._whole = True
            return
        cut = thing.cut_points()
        if self._is_textured(thing) or self._is_masked(thing) or cut > SHAPED_CLIP:
            self._places.append(box)
        if cut > _FRAME:
            self._note_cut(thing, cut)

    def _note_cut(self, thing: Thing, points: int) -> None:
        """Note the shape that a thing is cut to, each shape once: it may be a digit's."""
        shape = (points, *thing.cut_from(), *thing.outer)
        if shape not in self._cuts:
            self._cuts.add(shape)
            self._marks.append(Mark(thing.clip() or thing.box(), points))

    def _note_path(self, path: Thing, box: Box) -> None:
        made = None if self._whole else marks(path, box)
        if made is not None:
            self._marks += made
            self._shapes += sum(not m.plain for m in made)
        if made is None or len(self._marks) > _MOST_MARKS or self._shapes > _MOST_SHAPES:
            self._whole = True
        wide = min(box.width, box.height) > _LEAST_COVER
        if wide and len(self._covers) < _MOST_COVERS and _is_filled(path):
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
        clip = thing.clip()
        beneath = len(self._covers) >= _MOST_COVERS or any(
            under > number and cover.meets(box) for under, cover in self._covers
        )
        cut = any(not one.holds(box, _BLEED) for one in (self._sheet, clip) if one is not None)
        return cut or beneath or self._painting.layered

    # -------------------------------------------------------------- outlines

    def _see_marks(self, found: Looks) -> None:
        scattered = self._gathered(found, self._marks, _with_surroundings)
        shapes = [m for m in scattered if not m.plain]
        self._gathered(found, shapes, _with_column)

    def _gathered(
        self, found: Looks, there: list[Mark], around: Callable[[Box], Box]
    ) -> list[Mark]:
        """Note where marks stand together that may be a number; return the others."""
        groups = clusters([around(m.box) for m in there], self._sheet)
        if groups is None:
            found.whole = True
            return []
        rest: list[Mark] = []
        for group in groups:
            together = [there[n] for n in group]
            if _may_be_number(together):
                found.places.append(round_all([m.box for m in together]))
            else:
                rest += together
        return rest


def _may_be_number(there: list[Mark]) -> bool:
    """Whether marks that stand together could be twelve digits."""
    place = round_all([m.box for m in there])
    if min(place.width, place.height) < _LOWEST:
        return False
    bars = [m for m in there if m.points == BAR]
    if len(bars) >= _FEWEST_BARS and _is_dense(place, bars):
        return True
    if _is_bar_code([m.box for m in there if m.points == STRIPE]):
        return True
    shapes = sorted((m for m in there if not m.plain), key=lambda m: m.box.height)
    return any(
        len({m.points for m in line}) >= _FEWEST_KINDS
        for line in (shapes[n : n + _FEWEST_SHAPES] for n in range(len(shapes)))
        if len(line) == _FEWEST_SHAPES and line[-1].box.height <= line[0].box.height * (1 + _ALIKE)
    )


def _is_dense(place: Box, there: list[Mark]) -> bool:
    """Whether bars fill their place as digits and codes do, not as a dotted frame."""
    length = sum(max(m.box.width, m.box.height) for m in there) / len(there)
    return place.width * place.height <= _LOOSE * max(length, 0.5) ** 2 * len(there)


def _is_bar_code(stripes: list[Box]) -> bool:
    """Whether stripes stand side by side, of one length and close: a table's rules do not."""
    if len(stripes) < _FEWEST_BARS:
        return False
    place = round_all(stripes)
    upright = sum(s.height > s.width for s in stripes) * 2 > len(stripes)
    across, along = (place.width, place.height) if upright else (place.height, place.width)
    alike = sum((s.height if upright else s.width) >= along - _UNEVEN for s in stripes)
    return alike >= _FEWEST_BARS and across <= min(along / 4, _WIDEST_PITCH) * alike


def _with_column(box: Box) -> Box:
    """A box as far as the next digit may stand that is written below."""
    down = min(box.height, _FARTHEST)
    return Box(box.left - _TOUCHING, box.bottom - down, box.right + _TOUCHING, box.top + down)


def _with_surroundings(box: Box) -> Box:
    """A box as far as the next digit may stand; a large one as far as what touches it."""
    if box.height > _LINE_HEIGHT:
        across = down = _TOUCHING
    else:
        across = min(max(_ACROSS * box.height, _TOUCHING), _FARTHEST)
        down = max(_DOWN * box.height, _TOUCHING)
    return Box(box.left - across, box.bottom - down, box.right + across, box.top + down)


def _merged(boxes: list[Box]) -> list[Box]:
    """Boxes, those that overlap as one."""
    found: list[Box] = []
    for box in boxes[:_MOST_MERGED]:
        while other := next((one for one in found if one.meets(box)), None):
            found.remove(other)
            box = round_all([box, other])
        found.append(box)
    return [*found, *boxes[_MOST_MERGED:]]


# ------------------------------------------------------------------ of single things


def _has_room(pictures: Iterable[tuple[int, int]]) -> bool:
    return any(w * h >= FEWEST_DOTS and min(w, h) >= SHORTEST_SIDE for w, h in pictures)


def _is_filled(path: Thing) -> bool:
    how, stroked = ctypes.c_int(), ctypes.c_int()
    pdfium.FPDFPath_GetDrawMode(path.handle, ctypes.byref(how), ctypes.byref(stroked))
    return bool(how.value != pdfium.FPDF_FILLMODE_NONE)


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

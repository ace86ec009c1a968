"""A page of a document, or a picture, as a reviewer may see it: drawn, its numbers burnt in black.

Answers: ``pages_of`` (how many pages a part can be drawn in) and ``page`` (one of them as PNG,
or why it is not drawn).
Trusts: nothing; it runs in a worker. What detection finds on the page must be among what is
covered: else the page is not drawn, and says so.
Fails: by an exception, which ends the worker.
A page that holds pictures is read as the inspection reads it (OCR), and every piece of text with
a digit in it is covered, every piece that could be a digit of its own, and every one with a group
of letters that OCR takes digits for.
"""

from __future__ import annotations

import io
import json
import re
import time
import unicodedata
from collections.abc import Iterable, Iterator

from PIL import Image, ImageDraw

from gateway import extract
from gateway.detect import Context, weigh
from gateway.extract.pdf.covered import Ink, on_paper, pages_in
from gateway.extract.picture import MEDIA_TYPES, codes, lines, reading
from gateway.extract.picture.opened import frames, opened, views
from gateway.extract.sample import Sample
from gateway.inspection.covering import covered
from gateway.inspection.masked import whole
from gateway.masking import ALIKE, is_digit
from gateway.message import Leaf
from gateway.message.charset import decode
from gateway.model import Delimited, Field, InspectionLimits, Place, Prose, Table, Unit

PDF = "application/pdf"
LONGEST_SIDE = 1400  # dots of what is shown: print of 8 points can be read
_PAD = 0.2  # of a character's height, around it
_LONE = 2  # signs: a piece so short may be one digit in its box
_GROUP = 3  # signs that are taken for digits: of a group of four one may be lost
# Beside what detection takes for digits, what the reading network was seen to make of them.
_LIKE = re.escape(ALIKE + "DUgqb口ロ")
_LETTERS_FOR_DIGITS = re.compile(
    rf"(?<![A-Za-z])[{_LIKE}](?:[\s.,:・ー-]{{0,2}}[{_LIKE}]){{{_GROUP - 1},}}(?![A-Za-z])"
)
_FEWEST_SEEN = 3  # pieces that one number's digits stand in, where none holds all of them

UNREADABLE, UNPLACED, SLOW = "page-unreadable", "page-unplaced", "page-slow"

Corners = list[tuple[float, float]]


class _NotDrawn(Exception):  # noqa: N818 (an answer, caught in this room only)
    """The page is not drawn, for this reason."""


def pages_of(leaf: Leaf, limits: InspectionLimits) -> int:
    """Return how many pages of a part can be drawn; 0 for none."""
    kind = extract.media_type(leaf.content) if leaf.content else ""
    try:
        if kind == PDF:
            return min(pages_in(leaf.content), limits.pages)
        if kind in MEDIA_TYPES:
            with opened(leaf.content, limits.picture_pixels) as image:
                return min(getattr(image, "n_frames", 1), limits.picture_frames)
    except Exception:  # it is damaged in a way of its own; the page says what was not read
        return 0
    return 0


def page(leaf: Leaf, number: int, limits: InspectionLimits, *, masked: bool) -> bytes:
    """Return a line of JSON (``why``: "" or why it is not drawn), and the picture as PNG."""
    try:
        kind = extract.media_type(leaf.content) if leaf.content else ""
        drawn = _paper if kind == PDF else _frame
        picture = drawn(leaf, number, limits, masked=masked)
    except _NotDrawn as why:
        return json.dumps({"why": str(why)}).encode() + b"\n"
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    out = io.BytesIO()
    picture.save(out, "PNG")
    return json.dumps({"why": ""}).encode() + b"\n" + out.getvalue()


# ------------------------------------------------------------------ a page of a document


def _paper(leaf: Leaf, number: int, limits: InspectionLimits, *, masked: bool) -> Image.Image:
    paper = on_paper(leaf.content, number)
    if paper is None:
        raise _NotDrawn(UNREADABLE)
    if not masked:
        return paper.picture
    hidden = covered(paper.inks, _written(leaf, number, limits))
    if hidden is None:
        raise _NotDrawn(UNPLACED)
    seen = list(_seen(paper.picture, limits)) if paper.seen_only else []
    picture = paper.picture
    _burn(picture, [*(_box(paper.inks[n]) for n in hidden), *seen])
    return picture


def _written(leaf: Leaf, number: int, limits: InspectionLimits) -> Iterator[str]:
    """Yield each number that the inspection reads on the page, as it is written. Secret."""
    here = (*leaf.place.steps, f"p. {number + 1}")
    sample = Sample(
        leaf.place, leaf.name, leaf.declared_type, leaf.charset, leaf.content, PDF, decode
    )
    for met in extract.read(sample, limits):
        if isinstance(met, Prose | Table | Field | Delimited) and _on(met.place, here):
            yield from _numbers(met)


def _on(place: Place, here: tuple[str, ...]) -> bool:
    return place.steps[: len(here)] == here


def _numbers(unit: Unit) -> Iterator[str]:
    """Yield what would be a number in a mail that speaks of My Numbers."""
    for cut, weighed in weigh(unit, Context((), True)):
        yield from (whole(cut, one.sighting.spot) for one in weighed if one.confidence)


# ------------------------------------------------------------------ what is seen alone


def _frame(leaf: Leaf, number: int, limits: InspectionLimits, *, masked: bool) -> Image.Image:
    with opened(leaf.content, limits.picture_pixels) as image:
        for n, frame in enumerate(frames(image, limits.picture_pixels)):
            if n == number:
                view = next(iter(views(frame)), None)
                break
        else:
            raise _NotDrawn(UNREADABLE)
    if view is None:
        raise _NotDrawn(UNREADABLE)
    if masked:
        _burn(view, _seen(view, limits))
    return view


def _seen(picture: Image.Image, limits: InspectionLimits) -> Iterator[Corners]:
    """Yield what to cover of a picture: every piece that has a digit in it, or could be one."""
    over = time.process_time() + limits.picture_seconds
    wide = picture.convert("RGB")
    pieces, in_time, reader = reading.read_pieces(wide, lambda: time.process_time() >= over)
    if not in_time:
        raise _NotDrawn(SLOW)
    if any(_told(text) for _, text in codes.codes_in(wide, decode)):
        raise _NotDrawn(UNPLACED)
    hidden = [p for p in pieces if _suspect(p.text)]
    read = lines.lines_of([p for p in pieces if p.text], reader.cells)
    digits = sum(is_digit(c) for p in hidden for c in p.text)
    if _told("\n".join(read)) and digits < 10 and len(hidden) < _FEWEST_SEEN:
        raise _NotDrawn(UNPLACED)
    for piece in hidden:
        yield [(x, y) for x, y in reading.corners(piece.box)]


def _suspect(text: str) -> bool:
    """Whether a piece could be a number or a part of one, however it was read.

    >>> [_suspect(text) for text in ("S23O", "lOIl", "Ｂ Ｏ Ｚ", "7", "Bill of sale")]
    [True, True, True, True, False]
    """
    plain = unicodedata.normalize("NFKC", text)
    if len(text.strip()) <= _LONE or any(is_digit(c) for c in text + plain):
        return True
    return _LETTERS_FOR_DIGITS.search(plain) is not None


def _told(text: str) -> bool:
    return any(True for _ in _numbers(Prose(Place(()), text)))


def _box(ink: Ink) -> Corners:
    pad = (ink.bottom - ink.top) * _PAD
    left, top, right, bottom = ink.left - pad, ink.top - pad, ink.right + pad, ink.bottom + pad
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def _burn(picture: Image.Image, corners: Iterable[Corners]) -> None:
    draw = ImageDraw.Draw(picture)
    for around in corners:
        draw.polygon(around, fill="black" if picture.mode != "L" else 0)

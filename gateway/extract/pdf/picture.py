"""A page as a picture, or a place on it, for the eyes of the picture reader.

Answers: ``needs_eyes``, why a page's text is not all that a person sees on it; ``drawn``, the
page as a grey picture; ``cut_out``, a place on it, and a label beside; ``labels``, what those say.
Trusts: PDFium, native code, so in a worker only.
Fails: with PDFium's own exceptions. A page of any size is drawn with a bounded number of dots.
Netpbm's grey format is the bytes themselves behind a header of one line: nothing to pack.
"""

from __future__ import annotations

import ctypes
import math
import re
from typing import Any

import pypdfium2.raw as pdfium

from gateway.extract.pdf.glyphs import MOST_PLACED
from gateway.extract.pdf.things import IMAGE, PATH, SHADING, Box, things
from gateway.extract.sample import Member
from gateway.model import Place

PGM = "image/x-portable-graymap"
DOTS_PER_INCH = 200  # boxes on official forms are 4 to 5 mm wide: 30 to 40 dots
MOST_DOTS = 12_000_000  # A3 at 200 dpi is 7.7 million

IMAGE_ONLY, PICTURE, NO_MAPPING = "image-only page", "picture on page", "font without mapping"

_LITTLE = 16  # characters: fewer on a page with ink and its text is not believed
_MANY_PATHS = 40  # drawn outlines: more on a page without text may be glyphs
_ODD_SHARE = 0.2  # of characters that name nothing
_MANY_UNMAPPED = 3
_NAMELESS = re.compile("[\ufffd\ufffe\x00\ue000-\uf8ff]")
_KANJI = re.compile("[\u3041-\u30ff\u4e00-\u9fff]")
_RARE_LATIN = re.compile(
    "[\u0192\u201a\u201e\u02c6\u2030\u0160\u2039\u0152\u017d\u02dc\u0161\u203a\u0153\u017e\u0178]"
)
_MANY_RARE = 3
_EDGE = " \n\r\t\x00\ufffe\ufffd"
_MARGIN = 4.0  # points round a place that is drawn
_ROW, _ABOVE = 600.0, 30.0  # points before a place, and above it, in which a label may stand
_BEFORE = 150.0  # points of that row that are drawn with it: a word or two
_LONGEST_LABEL = 200  # characters


def needs_eyes(page: Any, text_page: Any, text: str, *, unmapped_fonts: bool) -> str:
    """Return why the whole page must be looked at; ``""`` when its text can be believed."""
    if odd(text) or (unmapped_fonts and _unmapped(text_page)):
        return NO_MAPPING
    return IMAGE_ONLY if len(text.strip(_EDGE)) < _LITTLE and has_ink(page) else ""


def odd(text: str) -> bool:
    """Whether a font has no mapping: its characters name nothing, or wrong things.

    Gaiji fonts of official gazettes give digits as rare Latin signs between kanji.
    """
    if text.isascii() and "\x00" not in text:
        return False
    if len(_NAMELESS.findall(text)) > _ODD_SHARE * len(text):
        return True
    return len(_RARE_LATIN.findall(text)) >= _MANY_RARE and _KANJI.search(text) is not None


def _unmapped(text_page: Any) -> bool:
    """Whether several characters have a code and no letter."""
    met = 0
    for i in range(min(text_page.count_chars(), MOST_PLACED)):
        met += pdfium.FPDFText_HasUnicodeMapError(text_page.raw, i) == 1
        if met >= _MANY_UNMAPPED:
            return True
    return False


def has_ink(page: Any) -> bool:
    """Whether something is drawn that is no text: a picture, a shading, or many outlines."""
    paths = 0
    for thing in things(page):
        if thing is None or thing.kind in (IMAGE, SHADING):
            return True
        paths += thing.kind == PATH
        if paths > _MANY_PATHS:
            return True
    return False


# ------------------------------------------------------------------ pages and places


def drawn(page: Any, place: Place, why: str) -> Member:
    """Return the page as it looks on paper."""
    bitmap = page.render(scale=_scale(page), grayscale=True)
    return Member(place / why, "", _grey(bitmap), PGM)


def cut_out(page: Any, text_page: Any, where: Box, place: Place) -> Member | None:
    """Return a place on a page as it looks on paper; nothing of one beyond the page."""
    scale = _scale(page)
    size = tuple(math.ceil(side * scale) for side in page.get_size())
    said = labels(text_page, where)
    beside = min(max(_MARGIN, where.height / 2), _MARGIN + _BEFORE / 10)
    corners = (
        (where.left - (_BEFORE if said else _MARGIN), where.bottom - beside),
        (where.right + _MARGIN, where.top + (_ABOVE if said else beside)),
    )
    xs, ys = zip(*(in_dots(page, size, at) for at in corners), strict=True)
    left, right = max(min(xs), 0), min(max(xs), size[0])
    top, bottom = max(min(ys), 0), min(max(ys), size[1])
    if right - left < 1 or bottom - top < 1:
        return None
    crop = (left, size[1] - bottom, size[0] - right, top)
    bitmap = page.render(scale=scale, crop=tuple(c / scale for c in crop), grayscale=True)
    return Member(place / PICTURE, "", _grey(bitmap), PGM, labels=said)


def in_dots(page: Any, size: tuple[int, ...], at: tuple[float, float]) -> tuple[int, int]:
    """Return where a point of the page is drawn, whatever its crop box and rotation."""
    x, y = ctypes.c_int(), ctypes.c_int()
    pdfium.FPDF_PageToDevice(page.raw, 0, 0, *size, 0, *at, ctypes.byref(x), ctypes.byref(y))
    return x.value, y.value


def _scale(page: Any) -> float:
    width, height = page.get_size()
    return float(min(DOTS_PER_INCH / 72, (MOST_DOTS / max(width * height, 1.0)) ** 0.5))


def _grey(bitmap: Any) -> bytes:
    """A grey bitmap as Netpbm's grey format; closes it."""
    rows = bytes(bitmap.buffer)
    if bitmap.stride != bitmap.width:
        rows = b"".join(
            rows[i * bitmap.stride : i * bitmap.stride + bitmap.width] for i in range(bitmap.height)
        )
    header = f"P5\n{bitmap.width} {bitmap.height}\n255\n".encode("ascii")
    bitmap.close()
    return header + rows


def labels(text_page: Any, where: Box) -> tuple[str, ...]:
    """Return what is written before a place and above it, and so may say what it shows."""
    before = (where.left - _ROW, where.bottom, where.left, where.top)
    above = (where.left, where.top, where.right, where.top + _ABOVE)
    said = (text_page.get_text_bounded(*edges).strip() for edges in (before, above))
    return tuple(text[-_LONGEST_LABEL:] for text in said if text)

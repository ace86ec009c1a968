"""A page as a picture, for the eyes of the picture reader.

Answers: ``needs_eyes``, why a page's text is not all that a person sees on it, and
``drawn``, the page as a grey picture.
Trusts: PDFium, native code, so in a worker only.
Fails: with PDFium's own exceptions. A page of any size is drawn with a bounded number of dots.
Netpbm's grey format is the bytes themselves behind a header of one line: nothing to pack.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator
from typing import Any

import pypdfium2.raw as pdfium

from gateway.extract.pdf.glyphs import MOST_PLACED
from gateway.extract.sample import Member
from gateway.model import Place

PGM = "image/x-portable-graymap"
DOTS_PER_INCH = 200  # boxes on official forms are 4 to 5 mm wide: 30 to 40 dots
MOST_DOTS = 12_000_000  # A3 at 200 dpi is 7.7 million

IMAGE_ONLY, PICTURE, NO_MAPPING = "image-only page", "picture on page", "font without mapping"

_LOGO_SHARE = 0.03  # of the page; a card copied in its own size is 7 % of A4
_LITTLE = 16  # characters: fewer on a page with ink and its text is not believed
_MANY_PATHS = 40  # drawn outlines: more on a page without text may be glyphs
_MOST_OBJECTS = 50_000  # looked at on a page; a letter of one glyph an object has 3,000
_DEEPEST_FORM = 8  # forms within forms
_PAINTED = (pdfium.FPDF_PAGEOBJ_IMAGE, pdfium.FPDF_PAGEOBJ_SHADING)
_ODD_SHARE = 0.2  # of characters that name nothing
_MANY_UNMAPPED = 3
_NAMELESS = re.compile("[\ufffd\ufffe\x00\ue000-\uf8ff]")
_KANJI = re.compile("[\u3041-\u30ff\u4e00-\u9fff]")
_RARE_LATIN = re.compile(
    "[\u0192\u201a\u201e\u02c6\u2030\u0160\u2039\u0152\u017d\u02dc\u0161\u203a\u0153\u017e\u0178]"
)
_MANY_RARE = 3
_EDGE = " \n\r\t\x00\ufffe\ufffd"


def needs_eyes(
    page: Any, text_page: Any, text: str, *, unmapped_fonts: bool, pictures: bool
) -> str:
    """Return why the page must be looked at; ``""`` when its text says it all."""
    if odd(text) or (unmapped_fonts and _unmapped(text_page)):
        return NO_MAPPING
    if len(text.strip(_EDGE)) < _LITTLE and has_ink(page):
        return IMAGE_ONLY
    return PICTURE if pictures and _has_large_picture(page) else ""


def drawn(page: Any, place: Place, why: str) -> Member:
    """Return the page as it looks on paper."""
    width, height = page.get_size()
    most = (MOST_DOTS / max(width * height, 1.0)) ** 0.5
    bitmap = page.render(scale=min(DOTS_PER_INCH / 72, most), grayscale=True)
    rows = bytes(bitmap.buffer)
    if bitmap.stride != bitmap.width:
        rows = b"".join(
            rows[i * bitmap.stride : i * bitmap.stride + bitmap.width] for i in range(bitmap.height)
        )
    header = f"P5\n{bitmap.width} {bitmap.height}\n255\n".encode("ascii")
    bitmap.close()
    return Member(place / why, "", header + rows, PGM)


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
    for thing, kind, _ in _objects(page):
        if thing is None or kind in _PAINTED:
            return True
        paths += kind == pdfium.FPDF_PAGEOBJ_PATH
        if paths > _MANY_PATHS:
            return True
    return False


def _has_large_picture(page: Any) -> bool:
    """Whether a picture takes up more of the page than a logo does."""
    width, height = page.get_size()
    edges = [ctypes.c_float() for _ in range(4)]
    for thing, kind, inside in _objects(page):
        if thing is None:
            return True
        if kind == pdfium.FPDF_PAGEOBJ_IMAGE:
            if inside:  # its place is told within a form that may be scaled
                return True
            pdfium.FPDFPageObj_GetBounds(thing, *map(ctypes.byref, edges))
            left, bottom, right, top = (edge.value for edge in edges)
            if (right - left) * (top - bottom) > _LOGO_SHARE * width * height:
                return True
    return False


def _objects(page: Any) -> Iterator[tuple[Any, int, bool]]:
    """The page's objects, their kinds and whether they stand in a form; None at the limit."""
    forms: list[tuple[Any, int]] = []
    left = _MOST_OBJECTS
    for i in range(pdfium.FPDFPage_CountObjects(page.raw)):
        left -= 1
        if left < 0:
            yield None, 0, False
            return
        thing = pdfium.FPDFPage_GetObject(page.raw, i)
        kind = pdfium.FPDFPageObj_GetType(thing)
        if kind == pdfium.FPDF_PAGEOBJ_FORM:
            forms.append((thing, 1))
        yield thing, kind, False
    while forms:
        form, depth = forms.pop()
        for i in range(pdfium.FPDFFormObj_CountObjects(form)):
            left -= 1
            if left < 0:
                yield None, 0, True
                return
            thing = pdfium.FPDFFormObj_GetObject(form, i)
            kind = pdfium.FPDFPageObj_GetType(thing)
            if kind == pdfium.FPDF_PAGEOBJ_FORM and depth < _DEEPEST_FORM:
                forms.append((thing, depth + 1))
            yield thing, kind, True

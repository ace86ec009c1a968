"""A page as a picture, for the eyes of the picture reader.

Answers: ``needs_eyes``, why a page's text is not all that a person sees on it, and
``drawn``, the page as a grey picture.
Trusts: PDFium, native code, so in a worker only.
Fails: with PDFium's own exceptions. A page of any size is drawn with a bounded number of dots.
Netpbm's grey format is the bytes themselves behind a header of one line: nothing to pack.
"""

from __future__ import annotations

import re
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
_MOST_OBJECTS = 400  # looked at on a page
_ODD_SHARE = 0.2  # of characters that name nothing
_MANY_UNMAPPED = 3
_KANJI = re.compile("[\u3041-\u30ff\u4e00-\u9fff]")
_RARE_LATIN = re.compile(
    "[\u0192\u201a\u201e\u02c6\u2030\u0160\u2039\u0152\u017d\u02dc\u0161\u203a\u0153\u017e\u0178]"
)
_MANY_RARE = 3
_EDGE = " \n\r\t\x00\ufffe\ufffd"


def needs_eyes(page: Any, text_page: Any, text: str, *, unmapped_fonts: bool) -> str:
    """Return why the page must be looked at; ``""`` when its text says it all."""
    if odd(text) or (unmapped_fonts and _unmapped(text_page)):
        return NO_MAPPING
    if len(text.strip(_EDGE)) < _LITTLE and _has_ink(page):
        return IMAGE_ONLY
    return PICTURE if _has_large_picture(page) else ""


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
    strange = sum(1 for c in text if c in "\ufffd\ufffe\x00" or "\ue000" <= c <= "\uf8ff")
    if strange > _ODD_SHARE * len(text):
        return True
    return _KANJI.search(text) is not None and len(_RARE_LATIN.findall(text)) >= _MANY_RARE


def _unmapped(text_page: Any) -> bool:
    """Whether several characters have a code and no letter."""
    met = 0
    for i in range(min(text_page.count_chars(), MOST_PLACED)):
        met += pdfium.FPDFText_HasUnicodeMapError(text_page.raw, i) == 1
        if met >= _MANY_UNMAPPED:
            return True
    return False


def _has_ink(page: Any) -> bool:
    paths = 0
    for seen, thing in enumerate(page.get_objects(max_depth=4)):
        if thing.type in (pdfium.FPDF_PAGEOBJ_IMAGE, pdfium.FPDF_PAGEOBJ_SHADING):
            return True
        paths += thing.type == pdfium.FPDF_PAGEOBJ_PATH
        if paths > _MANY_PATHS or seen > _MOST_OBJECTS:
            return True
    return False


def _has_large_picture(page: Any) -> bool:
    """Whether a picture takes up more of the page than a logo does."""
    width, height = page.get_size()
    for seen, thing in enumerate(page.get_objects(max_depth=4)):
        if seen > _MOST_OBJECTS:
            return True
        if thing.type == pdfium.FPDF_PAGEOBJ_IMAGE:
            left, bottom, right, top = thing.get_bounds()
            if (right - left) * (top - bottom) > _LOGO_SHARE * width * height:
                return True
    return False

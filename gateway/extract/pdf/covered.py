"""A page as a picture whose digits can be covered: the drawing, and where each character stands.

Answers: ``pages_in`` and ``on_paper`` (a page as PDFium draws it, with its characters in dots).
Trusts: PDFium, native code, so in a worker only.
Fails: ``None`` for a page whose characters cannot all be placed: nobody could cover them.
Annotations and form values are made part of the page first, so that what is drawn is what is
placed (ISO 32000-2, 12.5.5: appearance streams).
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass, field
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium
from PIL import Image

from gateway.extract.pdf.document import opened
from gateway.extract.pdf.glyphs import MOST_PLACED, content_text
from gateway.extract.pdf.looks import Painting, looked
from gateway.extract.pdf.picture import DOTS_PER_INCH, MOST_DOTS, has_ink, in_dots, needs_eyes


@dataclass(frozen=True, slots=True)
class Ink:
    """One character and its upright box, in dots from the upper left."""

    char: str = field(repr=False)
    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Paper:
    """A page as it looks, nothing covered. Secret."""

    picture: Image.Image = field(repr=False)
    inks: tuple[Ink, ...] = field(repr=False)  # in the order of the content
    seen_only: bool  # some of it is no text: the picture itself must be read, too


def pages_in(content: bytes, passwords: tuple[str, ...] = ()) -> int:
    """Return how many pages there are; 0 where the file cannot be opened."""
    held = opened(content, passwords)
    try:
        return len(held.pages) if held.pages is not None else 0
    finally:
        held.close()


def on_paper(content: bytes, number: int, passwords: tuple[str, ...] = ()) -> Paper | None:
    """Draw one page, 0-based; None where it, or a character on it, cannot be placed."""
    held = opened(content, passwords)
    try:
        if held.pages is None or number >= len(held.pages):
            return None
        page = held.pages[number]
        flattened = pdfium.FPDFPage_Flatten(page.raw, pdfium.FLAT_NORMALDISPLAY)
        page.close()
        if flattened == pdfium.FLATTEN_FAIL:
            return None
        page = held.pages[number]
        text_page = page.get_textpage()
        try:
            return _drawn(held.pages, page, text_page)
        finally:
            text_page.close()
            page.close()
    except pypdfium2.PdfiumError:
        return None
    finally:
        held.close()


def _drawn(document: Any, page: Any, text_page: Any) -> Paper | None:
    width, height = page.get_size()
    most = (MOST_DOTS / max(width * height, 1.0)) ** 0.5
    bitmap = page.render(scale=min(DOTS_PER_INCH / 72, most), grayscale=True)
    picture = bitmap.to_pil().convert("L")
    bitmap.close()
    inks = _inks(page, text_page, picture.size)
    if inks is None:
        return None
    text = content_text(text_page)
    why = needs_eyes(page, text_page, text, unmapped_fonts=True)
    seen_only = bool(why) or has_ink(page) or looked(document, page, Painting()).any
    return Paper(picture, inks, seen_only)


def _inks(page: Any, text_page: Any, size: tuple[int, int]) -> tuple[Ink, ...] | None:
    """Return every character with its place; None where one has none, or there are too many."""
    count = text_page.count_chars()
    if count > MOST_PLACED:
        return None
    box, inks = pdfium.FS_RECTF(), []
    for i in range(count):
        code = pdfium.FPDFText_GetUnicode(text_page.raw, i)
        char = chr(code) if 0x20 < code < 0x110000 else ""
        if not char or char.isspace() or pdfium.FPDFText_IsGenerated(text_page.raw, i) == 1:
            continue
        if not pdfium.FPDFText_GetLooseCharBox(text_page.raw, i, ctypes.byref(box)):
            return None
        one = in_dots(page, size, (box.left, box.top))
        other = in_dots(page, size, (box.right, box.bottom))
        (left, right), (top, bottom) = map(sorted, zip(one, other, strict=True))
        inks.append(Ink(char, left, top, right, bottom))
    return tuple(inks)

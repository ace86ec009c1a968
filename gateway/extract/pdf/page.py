"""One page of a PDF: its text in the file's order and in a reader's, and a picture where due.

Answers: ``PageReader.units`` for a page.
Trusts: PDFium, native code, so in a worker only.
Fails: a page that PDFium cannot load is ``damaged``.
Form values are laid out among the page's own characters, at their widgets' places: a label
printed on the page and twelve fields beside it read as one line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

from gateway.extract.pdf import picture
from gateway.extract.pdf.form import FormField, ObjectId, as_glyphs
from gateway.extract.pdf.glyphs import MOST_PLACED, content_text, placed, readings, worth_placing
from gateway.extract.pdf.layout import Glyph, columns, read_lines, written
from gateway.extract.sample import Yielded
from gateway.model import InspectionLimits, Place, Prose, Table, Unread, UnreadReason

_LITTLE = 16  # characters
_BLANKS = re.compile(r"\s+")


@dataclass(slots=True)
class PageReader:
    """Reads pages of one document, remembering what it met."""

    limits: InspectionLimits
    fields: dict[ObjectId, list[FormField]]  # by page
    drawn_annotations: set[int]  # pages, 0-based, where annotations draw something
    unmapped_fonts: bool  # whether the document has a font without letters
    without_pictures: set[int]  # pages, 0-based, whose content paints none
    pictures: int  # pages that may still be drawn
    known: set[str] = field(default_factory=set, repr=False)  # texts of pages read before
    doubtful: dict[int, str] = field(default_factory=dict, repr=False)  # for the second reader

    def units(
        self, document: Any, number: int, page_id: ObjectId, place: Place
    ) -> Iterator[Yielded]:
        """Yield what stands on a page, 0-based."""
        try:
            page = document[number]
            text_page = page.get_textpage()
        except pypdfium2.PdfiumError:
            yield Unread(place, UnreadReason.DAMAGED, "pdf page")
            return
        try:
            yield from self._text(page, text_page, number, page_id, place)
        finally:
            text_page.close()
            page.close()
        if number in self.drawn_annotations:
            yield from self._annotated(document, number, place)

    def _text(
        self, page: Any, text_page: Any, number: int, page_id: ObjectId, place: Place
    ) -> Iterator[Yielded]:
        text = content_text(text_page)
        values = [g for one in self.fields.get(page_id, ()) for g in as_glyphs(one, page_id)]
        seen = bool(text.strip()) and text in self.known and not values
        if text.strip() and not seen:
            self.known.add(text)
            yield Prose(place, text, "p.")
        turned = False
        if values or (not seen and worth_placing(text_page, text)):
            by_angle = placed(text_page)
            turned = any(by_angle)
            yield from _as_read(by_angle, text, values, place)
            if text_page.count_chars() > MOST_PLACED:
                yield Unread(place, UnreadReason.LIMIT, "characters of a page")
        why = picture.needs_eyes(
            page,
            text_page,
            text,
            unmapped_fonts=self.unmapped_fonts,
            pictures=number not in self.without_pictures,
        )
        if why and not seen:
            yield from self._picture(page, place, why)
        # Where PDFium has no font file it drops turned letters whose font is not embedded.
        little = len(text.strip()) < _LITTLE and pdfium.FPDFPage_CountObjects(page.raw) > 0
        if turned or little or why == picture.NO_MAPPING:
            self.doubtful[number] = text

    def _picture(self, page: Any, place: Place, why: str) -> Iterator[Yielded]:
        if self.pictures <= 0:
            yield Unread(place, UnreadReason.LIMIT, "rendered pages")
            return
        self.pictures -= 1
        try:
            yield picture.drawn(page, place, why)
        except (pypdfium2.PdfiumError, ValueError):
            yield Unread(place, UnreadReason.DAMAGED, "pdf page")

    def _annotated(self, document: Any, number: int, place: Place) -> Iterator[Yielded]:
        """Yield the page's text with what its annotations draw, where that is more."""
        page = document[number]
        flattened = pdfium.FPDFPage_Flatten(page.raw, pdfium.FLAT_NORMALDISPLAY)
        page.close()
        if flattened != pdfium.FLATTEN_SUCCESS:
            return
        page = document[number]
        text_page = page.get_textpage()
        text = content_text(text_page)
        if text not in self.known:
            self.known.add(text)
            yield Prose(place / "with annotations", text, "p.")
            if worth_placing(text_page, text):
                yield from _as_read(placed(text_page), text, [], place / "with annotations")
        text_page.close()
        page.close()


def _as_read(
    by_angle: dict[float, list[Glyph]], text: str, values: list[Glyph], place: Place
) -> Iterator[Yielded]:
    """Yield lines in reading order where they differ from the text, and what is in columns."""
    by_angle.setdefault(0.0, []).extend(values)
    for glyphs in readings(by_angle):
        lines = read_lines(glyphs)
        reading = written(lines)
        if reading.strip() and _BLANKS.sub(" ", reading) != _BLANKS.sub(" ", text):
            yield Prose(place, reading, "p.")
        for rows in columns(lines):
            yield Table(place / "table", rows)

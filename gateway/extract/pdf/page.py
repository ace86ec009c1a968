"""One page of a PDF: its text in the file's order and in a reader's, and what no text says.

Answers: ``PageReader.units`` for a page.
Trusts: PDFium, native code, so in a worker only.
Fails: a page that PDFium cannot load is ``damaged``.
Form values are laid out among the page's own characters, at their widgets' places: a label
printed on the page and twelve fields beside it read as one line.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

from gateway.extract.pdf.eyes import Eyes, OpenPage
from gateway.extract.pdf.form import FormField, ObjectId, as_glyphs
from gateway.extract.pdf.glyphs import MOST_PLACED, content_text, placed, readings, worth_placing
from gateway.extract.pdf.layout import Glyph, columns, read_lines, written
from gateway.extract.pdf.looks import Painting
from gateway.extract.pdf.picture import NO_MAPPING, needs_eyes
from gateway.extract.sample import Yielded
from gateway.model import Place, Prose, Table, Unread, UnreadReason

_LITTLE = 16  # characters
_BLANKS = re.compile(r"\s+")


@dataclass(slots=True)
class PageReader:
    """Reads pages of one document, remembering what it met."""

    fields: dict[ObjectId, list[FormField]]  # by page
    drawn_annotations: set[int]  # pages, 0-based, where annotations draw something
    unmapped_fonts: bool  # whether the document has a font without letters
    painting: Painting  # what it paints with
    eyes: Eyes  # of the file, for what is no text
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
        here = OpenPage(document, page, text_page, content_text(text_page), place)
        try:
            turned = yield from self._text(here, page_id)
            why = needs_eyes(page, text_page, here.text, unmapped_fonts=self.unmapped_fonts)
            yield from self.eyes.units(here, self.painting, why)
            # Where PDFium has no font file it drops turned letters whose font is not embedded.
            little = len(here.text.strip()) < _LITTLE and pdfium.FPDFPage_CountObjects(page.raw)
            if turned or little or why == NO_MAPPING:
                self.doubtful[number] = here.text
        finally:
            text_page.close()
            page.close()
        if number in self.drawn_annotations:
            yield from self._annotated(document, number, place)

    def _text(self, here: OpenPage, page_id: ObjectId) -> Generator[Yielded, None, bool]:
        """Yield a page's text and tables; return whether some of it is turned."""
        text = here.text
        values = [g for one in self.fields.get(page_id, ()) for g in as_glyphs(one, page_id)]
        seen = bool(text.strip()) and text in self.known and not values
        if text.strip() and not seen:
            self.known.add(text)
            yield Prose(here.place, text, "p.")
        if not values and (seen or not worth_placing(here.text_page, text)):
            return False
        by_angle = placed(here.text_page)
        turned = any(by_angle)
        yield from _as_read(by_angle, text, values, here.place)
        if here.text_page.count_chars() > MOST_PLACED:
            yield Unread(here.place, UnreadReason.LIMIT, "characters of a page")
        return turned

    def _annotated(self, document: Any, number: int, place: Place) -> Iterator[Yielded]:
        """Yield the page's text and looks with what its annotations draw, where that is more."""
        page = document[number]
        flattened = pdfium.FPDFPage_Flatten(page.raw, pdfium.FLAT_NORMALDISPLAY)
        page.close()
        if flattened != pdfium.FLATTEN_SUCCESS:
            return
        page = document[number]
        text_page = page.get_textpage()
        text = content_text(text_page)
        there = OpenPage(document, page, text_page, text, place / "with annotations")
        if text not in self.known:
            self.known.add(text)
            yield Prose(there.place, text, "p.")
            if worth_placing(text_page, text):
                yield from _as_read(placed(text_page), text, [], there.place)
        yield from self.eyes.units(there, self.painting, "")
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

"""PDF: pages by PDFium, a second opinion and what PDFium leaves out by pdfminer.six.

Answers: one prose a page, form values and annotations as fields, metadata, attached
files as members; a page that shows ink and holds no text is said to be unread.
Trusts: two foreign parsers, one of them native code, so it runs in a worker only.
Fails: an unknown password is ``encrypted``; other foreign exceptions of PDFium lead to
pdfminer.six, and its own pass on to the registry.
Standards: ISO 32000-2; an empty user password (7.6.4) opens most "protected" files.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

from gateway.extract import pdf_second
from gateway.extract.sample import Member, Sample, Yielded
from gateway.extract.sniff import PDF
from gateway.model import Field, InspectionLimits, Place, Prose, Unread, UnreadReason

_LOGO_SHARE = 0.03  # of the page; a card copied in its own size is 7 % of A4
_LITTLE = 16  # characters: fewer on a page with ink and its text is not believed
_MANY_PATHS = 40  # drawn outlines: more on a page without text may be glyphs
_MOST_OBJECTS = 400  # looked at on a page
_ODD_SHARE = 0.2  # of characters that name nothing
_KANJI = re.compile("[\u3041-\u30ff\u4e00-\u9fff]")
_RARE_LATIN = re.compile(
    "[\u0192\u201a\u201e\u02c6\u2030\u0160\u2039\u0152\u017d\u02dc\u0161\u203a\u0153\u017e\u0178]"
)
_MANY_RARE = 3
_EDGE = " \n\r\t\x00\ufffe\ufffd"


def recognises(sample: Sample) -> bool:
    """Whether the bytes hold a PDF header where PDF programs look for it."""
    return sample.media_type == PDF


def read(sample: Sample, limits: InspectionLimits) -> Iterator[Yielded]:
    """Yield pages, fields and attached files."""
    try:
        document = pypdfium2.PdfDocument(sample.content)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) == pdfium.FPDF_ERR_PASSWORD:
            yield Unread(sample.place, UnreadReason.ENCRYPTED, "pdf")
            return
        yield from pdf_second.pages(sample.content, sample.place, limits)
        yield from pdf_second.fields(sample.content, sample.place)
        return
    try:
        yield from _metadata(document, sample.place)
        doubtful: dict[int, str] = {}
        yield from _pages(document, sample.place, limits, doubtful)
        yield from _second_opinion(sample, limits, doubtful)
        if _has_fields(document, limits):
            yield from pdf_second.fields(sample.content, sample.place)
        yield from _attached(document, sample.place)
    finally:
        document.close()


def _pages(
    document: Any, place: Place, limits: InspectionLimits, doubtful: dict[int, str]
) -> Iterator[Yielded]:
    """Yield the pages; those that need a second opinion go to ``doubtful``, 0-based."""
    for number in range(len(document)):
        if number >= limits.pages:
            yield Unread(place, UnreadReason.LIMIT, "pages")
            return
        here = place / f"p. {number + 1}"
        page = document[number]
        text_page = page.get_textpage()
        text = text_page.get_text_range().replace("\r\n", "\n").replace("\r", "\n")
        if text.strip(_EDGE):
            yield Prose(here, text)
        little = len(text.strip(_EDGE)) < _LITTLE
        if little and _has_ink(page):
            yield Unread(here, UnreadReason.UNSUPPORTED, "image-only page")
        elif _has_large_picture(page):  # a scan under a line of text, a card's photo in a letter
            yield Unread(here, UnreadReason.UNSUPPORTED, "picture on page")
        odd = _odd(text)
        if odd:
            yield Unread(here, UnreadReason.UNSUPPORTED, "font without mapping")
        if (little and text_page.count_chars()) or odd:
            doubtful[number] = text
        text_page.close()
        page.close()


def _second_opinion(
    sample: Sample, limits: InspectionLimits, doubtful: dict[int, str]
) -> Iterator[Yielded]:
    """Yield what the other parser reads on doubtful pages, where it reads something else."""
    if not doubtful:
        return
    known = {"".join(text.split()) for text in doubtful.values()}
    for met in pdf_second.pages(sample.content, sample.place, limits, list(doubtful)):
        if not isinstance(met, Prose) or "".join(met.text.split()) not in known:
            yield met


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


def _odd(text: str) -> bool:
    """Whether a font has no mapping: its characters name nothing, or wrong things.

    Gaiji fonts of official gazettes give digits as rare Latin signs between kanji.
    """
    odd = sum(1 for c in text if c in "\ufffd\ufffe\x00" or "\ue000" <= c <= "\uf8ff")
    if odd > _ODD_SHARE * len(text):
        return True
    return _KANJI.search(text) is not None and len(_RARE_LATIN.findall(text)) >= _MANY_RARE


def _metadata(document: Any, place: Place) -> Iterator[Yielded]:
    for key, value in document.get_metadata_dict(skip_empty=True).items():
        if not key.endswith("Date"):
            yield Field(place / "metadata", key, value)


def _has_fields(document: Any, limits: InspectionLimits) -> bool:
    """Whether there is a form, or an annotation that is more than a link."""
    if document.get_formtype() != pdfium.FORMTYPE_NONE:
        return True
    for number in range(min(len(document), limits.pages)):
        page = document[number]
        for index in range(pdfium.FPDFPage_GetAnnotCount(page)):
            annotation = pdfium.FPDFPage_GetAnnot(page, index)
            kind = pdfium.FPDFAnnot_GetSubtype(annotation)
            pdfium.FPDFPage_CloseAnnot(annotation)
            if kind != pdfium.FPDF_ANNOT_LINK:
                return True
    return False


def _attached(document: Any, place: Place) -> Iterator[Yielded]:
    for index in range(document.count_attachments()):
        attached = document.get_attachment(index)
        name = attached.get_name()
        data = io.BytesIO(attached.get_data()).getvalue()
        yield Member(place / (name or f"attachment {index + 1}"), name, data)

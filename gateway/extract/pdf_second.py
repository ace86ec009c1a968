"""What pdfminer.six sees in a PDF: a second opinion on text, form values, annotations.

Answers: ``pages`` (the text of all or of some pages) and ``fields`` (AcroForm values by
field name, the contents of annotations).
Trusts: pdfminer.six, pure Python and 37 times slower than PDFium; asked only where
PDFium finds little or where it cannot see.
Fails: a password it lacks is ``encrypted``; other foreign exceptions pass on.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from pdfminer.high_level import extract_pages
from pdfminer.layout import LTTextContainer
from pdfminer.pdfdocument import PDFDocument, PDFPasswordIncorrect
from pdfminer.pdfpage import PDFPage
from pdfminer.pdfparser import PDFParser
from pdfminer.pdftypes import resolve1
from pdfminer.psparser import PSLiteral
from pdfminer.utils import decode_text

from gateway.extract.sample import Yielded
from gateway.model import Field, InspectionLimits, Place, Prose, Unread, UnreadReason

_MOST_PAGES = 50  # pdfminer.six takes 20 to 100 ms a page
_MOST_FIELDS = 20_000
_DEEPEST = 32


def pages(
    content: bytes, place: Place, limits: InspectionLimits, wanted: list[int] | None = None
) -> Iterator[Yielded]:
    """Yield the text of the pages in ``wanted`` (0-based), or of all."""
    asked = list(range(limits.pages)) if wanted is None else wanted
    if wanted is not None and len(wanted) > _MOST_PAGES:
        asked = wanted[:_MOST_PAGES]
    try:
        layouts = extract_pages(io.BytesIO(content), page_numbers=asked)
        for number, layout in zip(asked, layouts, strict=False):
            text = "".join(box.get_text() for box in layout if isinstance(box, LTTextContainer))
            if text.strip():
                yield Prose(place / f"p. {number + 1}", text)
    except PDFPasswordIncorrect:
        yield Unread(place, UnreadReason.ENCRYPTED, "pdf")


def fields(content: bytes, place: Place) -> Iterator[Yielded]:
    """Yield form values and the contents of annotations."""
    document = PDFDocument(PDFParser(io.BytesIO(content)))
    left = [_MOST_FIELDS]
    form = resolve1(document.catalog.get("AcroForm"))
    if isinstance(form, dict):
        for node in _array(form.get("Fields")):
            yield from _form_field(node, "", place / "form", left, 0)
    for number, page in enumerate(PDFPage.create_pages(document), 1):
        for annotation in _array(page.annots):
            yield from _annotation(annotation, place / f"p. {number}" / "annotation", left)
    if left[0] <= 0:
        yield Unread(place, UnreadReason.LIMIT, "form fields")


def _form_field(
    node: Any, path: str, place: Place, left: list[int], depth: int
) -> Iterator[Yielded]:
    node = resolve1(node)
    left[0] -= 1
    if not isinstance(node, dict) or left[0] <= 0 or depth > _DEEPEST:
        return
    own = _text(node.get("TU")) or _text(node.get("T"))
    label = f"{path}.{own}" if path and own else own or path
    for key in ("V", "DV"):
        value = _text(node.get(key))
        if value:
            yield Field(place / label if label else place, label, value)
            break
    for kid in _array(node.get("Kids")):
        yield from _form_field(kid, label, place, left, depth + 1)


def _annotation(node: Any, place: Place, left: list[int]) -> Iterator[Yielded]:
    node = resolve1(node)
    left[0] -= 1
    if not isinstance(node, dict) or left[0] <= 0:
        return
    for key in ("Contents", "RC", "T", "Subj"):
        value = _text(node.get(key))
        if value:
            yield Field(place, key, value)


def _array(value: Any) -> list[Any]:
    value = resolve1(value)
    return value if isinstance(value, list) else []


def _text(value: Any) -> str:
    value = resolve1(value)
    if isinstance(value, bytes):
        return str(decode_text(value))
    if isinstance(value, PSLiteral):
        return str(value.name)
    if isinstance(value, list):
        return " ".join(_text(v) for v in value[:1000])
    if isinstance(value, (str, int, float)):
        return str(value)
    data = getattr(value, "get_data", None)  # a stream: rich text, long values
    return str(decode_text(data())) if data is not None else ""

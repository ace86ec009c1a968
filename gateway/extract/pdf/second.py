"""What pdfminer.six reads on a page: a second opinion, and the only one where PDFium gives up.

Answers: ``pages``, the text of some pages or of all.
Trusts: pdfminer.six, pure Python and 37 times slower than PDFium, with CMaps of its own
(EUC, Shift_JIS, JIS, Identity for fonts that are not embedded); asked only where PDFium
finds little or letters that name nothing.
Fails: a password it lacks is ``encrypted``; other foreign exceptions pass on.
"""

from __future__ import annotations

import io
from collections.abc import Iterator

from pdfminer.high_level import extract_pages
from pdfminer.layout import LTTextContainer
from pdfminer.pdfdocument import PDFPasswordIncorrect

from gateway.extract.sample import Yielded
from gateway.model import InspectionLimits, Place, Prose, Unread, UnreadReason

MOST_PAGES = 50  # it takes 20 to 100 ms a page


def pages(
    content: bytes,
    place: Place,
    limits: InspectionLimits,
    wanted: list[int] | None = None,
    password: str = "",
) -> Iterator[Yielded]:
    """Yield the text of the pages in ``wanted`` (0-based), or of all."""
    most = min(MOST_PAGES, limits.pages)
    asked = list(range(most + 1)) if wanted is None else wanted
    try:
        layouts = extract_pages(io.BytesIO(content), password, page_numbers=asked[:most])
        for number, layout in zip(asked, layouts, strict=False):
            text = "".join(box.get_text() for box in layout if isinstance(box, LTTextContainer))
            if text.strip():
                yield Prose(place / f"p. {number + 1}", text, "p.")
            if number + 1 == most and wanted is None:
                yield Unread(place, UnreadReason.LIMIT, "pages of the second reader")
    except PDFPasswordIncorrect:
        yield Unread(place, UnreadReason.ENCRYPTED, "pdf")

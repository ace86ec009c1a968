"""What pdfminer.six reads on a page: a second opinion, and the only one where PDFium gives up.

Answers: ``pages``, the text of some pages or of all, as it comes and as it stands.
Trusts: pdfminer.six, pure Python and 37 times slower than PDFium, with CMaps of its own
(EUC, Shift_JIS, JIS, Identity for fonts that are not embedded); asked only where PDFium
finds little or letters that name nothing.
Fails: a password it lacks is ``encrypted``; other foreign exceptions pass on.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Iterator
from typing import Any

from pdfminer.high_level import extract_pages
from pdfminer.layout import LTChar, LTTextContainer
from pdfminer.pdfdocument import PDFPasswordIncorrect

from gateway.extract.pdf.glyphs import turned
from gateway.extract.pdf.layout import Glyph, read_lines, written
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
            for glyphs in _placed(layout).values():
                yield Prose(place / f"p. {number + 1}", written(read_lines(glyphs)), "p.")
            if number + 1 == most and wanted is None:
                yield Unread(place, UnreadReason.LIMIT, "pages of the second reader")
    except PDFPasswordIncorrect:
        yield Unread(place, UnreadReason.ENCRYPTED, "pdf")


def _placed(layout: Any) -> dict[int, list[Glyph]]:
    """The characters of a page by the angle of their writing, each turned to be horizontal."""
    found: dict[int, list[Glyph]] = {}
    waiting = list(layout)
    while waiting:
        item = waiting.pop()
        if not isinstance(item, LTChar):
            waiting += item if isinstance(item, Iterable) else ()
            continue
        text = item.get_text()
        if text.strip():
            a, b = item.matrix[:2]
            degrees = round(-math.degrees(math.atan2(b, a))) % 360
            glyph = Glyph(text, item.x0, item.x1, item.y0, item.y1)
            found.setdefault(degrees, []).append(turned(glyph, degrees))
    return found

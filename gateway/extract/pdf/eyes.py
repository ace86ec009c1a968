"""Hands a document's pages on to the picture reader: what on them no text says, each once.

Answers: ``Eyes.units``, pictures and drawn pages as members.
Trusts: PDFium, native code, so in a worker only.
Fails: beyond ``rendered_pages`` a page is ``limit``; what cannot be drawn is ``damaged``. A page
that shows nothing new costs nothing of the limit: a logo on each page counts once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

import pypdfium2

from gateway.extract.pdf.filed import as_filed, raw_bytes
from gateway.extract.pdf.looks import Looks, Painting, looked
from gateway.extract.pdf.picture import PICTURE, cut_out, drawn
from gateway.extract.pdf.things import Thing
from gateway.extract.sample import Member, Yielded
from gateway.model import Place, Unread, UnreadReason


@dataclass(frozen=True, slots=True)
class OpenPage:
    """A page with its text, as PDFium holds it."""

    document: Any
    page: Any
    text_page: Any
    text: str = field(repr=False)  # in the file's order
    place: Place


@dataclass(slots=True)
class Eyes:
    """Looks at the pages of one file, in all its revisions."""

    left: int  # pages that may still be looked at
    revised: bool  # whether there are earlier revisions, which repeat most pages
    _handed_on: set[bytes] = field(default_factory=set, repr=False)
    _pages: set[bytes] = field(default_factory=set, repr=False)
    _met: set[bytes] = field(default_factory=set, repr=False)  # pictures, as they are packed

    def has_met(self, packed: bytes) -> bool:
        """Whether a page that was looked at has a picture with these packed bytes."""
        return _digest(packed) in self._met

    def units(self, page: OpenPage, painting: Painting, why: str) -> Iterator[Yielded]:
        """Yield what must be looked at on a page; ``why`` is said of a text not to be believed."""
        looks = _looked(page, painting)
        self._met.update(_digest(raw_bytes(picture)) for picture in looks.pictures)
        if not (why or looks.any) or self._is_repeated(page, looks):
            return
        charged = False
        for met in _members(page, looks, why):
            if isinstance(met, Member):
                if not self._is_new(met.content):
                    continue
                if not charged and self.left <= 0:
                    yield Unread(page.place, UnreadReason.LIMIT, "rendered pages")
                    return
                self.left -= not charged
                charged = True
            yield met

    def _is_new(self, content: bytes) -> bool:
        mark = _digest(content)
        known = mark in self._handed_on
        self._handed_on.add(mark)
        return not known

    def _is_repeated(self, page: OpenPage, looks: Looks) -> bool:
        """Whether another revision's page has the same text, shapes and packed pictures."""
        if not self.revised:
            return False
        mark = blake2b(page.text.encode("utf-8", "surrogatepass"), digest_size=16)
        mark.update(looks.outline)
        for picture in looks.pictures:
            mark.update(raw_bytes(picture))
        known = mark.digest() in self._pages
        self._pages.add(mark.digest())
        return known


def _looked(page: OpenPage, painting: Painting) -> Looks:
    try:
        return looked(page.document, page.page, painting)
    except (ValueError, ArithmeticError):  # a place that is no number, or endless
        return Looks(whole=True)


def _digest(content: bytes) -> bytes:
    """A key that lives as long as this file is read, and in memory only."""
    return blake2b(content, digest_size=16).digest()


def _members(page: OpenPage, looks: Looks, why: str) -> Iterator[Member | Unread]:
    """Yield what is drawn, then the pictures as filed: a page cannot be drawn after that."""
    whole = why or (PICTURE if looks.whole else "")
    try:
        if whole:
            yield drawn(page.page, page.place, whole)
        for where in () if whole else looks.places:
            if (cut := cut_out(page.page, page.text_page, where, page.place)) is not None:
                yield cut
    except (pypdfium2.PdfiumError, ValueError, ArithmeticError):
        yield Unread(page.place, UnreadReason.DAMAGED, "pdf page")
    for picture in looks.hidden if whole else looks.apart:
        yield from _filed(page, picture)


def _filed(page: OpenPage, picture: Thing) -> Iterator[Member | Unread]:
    try:
        yield from as_filed(page.document, page.page, page.text_page, picture, page.place)
    except (pypdfium2.PdfiumError, ValueError, ArithmeticError):
        yield Unread(page.place / PICTURE, UnreadReason.DAMAGED, "picture")

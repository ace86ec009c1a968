"""One revision of a PDF, opened by each reader that can, its pages and all beside them.

Answers: ``opened``, a document under the first password that fits; ``Revision.units``.
Trusts: PDFium and qpdf, native code, so in a worker only.
Fails: no fitting password is ``encrypted``; a file that only one reader opens is read by that
one and named ``damaged`` where something may be missing.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pikepdf
import pypdfium2
import pypdfium2.raw as pdfium

from gateway.extract.pdf import second
from gateway.extract.pdf.bombs import oversized
from gateway.extract.pdf.eyes import Eyes, OpenPage
from gateway.extract.pdf.form import NOWHERE, FormField, ObjectId
from gateway.extract.pdf.looks import Painting
from gateway.extract.pdf.page import PageReader
from gateway.extract.pdf.structure import Structure
from gateway.extract.sample import Sample, Yielded
from gateway.model import InspectionLimits, Place, Prose, Unread, UnreadReason

_CATALOG = re.compile(rb"(\d{1,9}) (\d{1,5}) obj\s{0,8}<<[^>]{0,200}/Type\s{0,8}/Catalog\b")
MOST_LOST_PAGES = 50  # pages that no page tree names
MOST_UNPAINTED = 200  # pictures that no page paints


@dataclass(slots=True)
class Opened:
    """A document as its readers hold it."""

    content: bytes = field(repr=False)
    password: str = field(default="", repr=False)
    pages: Any = None  # PDFium's; None where it could not open the file
    structure: Any = None  # qpdf's; None likewise
    encrypted: bool = False  # no password fitted

    def close(self) -> None:
        for held in (self.pages, self.structure):
            if held is not None:
                held.close()


def warm() -> None:
    """Let qpdf open the kernel's random device, which it asks for with every encrypted file."""
    out = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.save(out, encryption=pikepdf.Encryption(owner="warm", user=""))
    pikepdf.open(io.BytesIO(out.getvalue())).close()


def opened(content: bytes, passwords: tuple[str, ...]) -> Opened:
    """Open a document with an empty password, which fits most, or one of these."""
    for password in dict.fromkeys(("", *passwords)):
        held = Opened(content, password)
        try:
            held.structure = pikepdf.open(io.BytesIO(content), password=password)
        except pikepdf.PasswordError:
            continue
        except (pikepdf.PdfError, RuntimeError, ValueError):
            held.structure = None
        try:
            held.pages = _by_pdfium(content, password)
        except _Locked:
            held.close()
            continue
        if held.pages is None and not _has_trailer(held.structure):
            held.structure = _with_new_end(content) or held.structure
        if held.pages is None and held.structure is not None:
            held.pages = _repaired(held.structure)
        return held
    return Opened(content, encrypted=True)


class _Locked(Exception):  # noqa: N818 (what it is, not that it failed)
    """PDFium asks for another password."""


def _by_pdfium(content: bytes, password: str) -> Any:
    try:
        return pypdfium2.PdfDocument(content, password=password or None)
    except pypdfium2.PdfiumError as error:
        locked = (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY)
        if getattr(error, "err_code", None) in locked:
            raise _Locked from error
        return None


def _has_trailer(structure: Any) -> bool:
    said = map(str, structure.get_warnings()) if structure is not None else ("trailer",)
    return not any("trailer" in warning for warning in said)


def _with_new_end(content: bytes) -> Any:
    """A file without its end under a new one that names its catalog, for qpdf to search."""
    catalog = _CATALOG.search(content)
    if catalog is None:
        return None
    end = b"\ntrailer\n<</Root %b %b R>>\nstartxref\n0\n%%%%EOF\n" % catalog.groups()
    try:
        return pikepdf.open(io.BytesIO(content + end))
    except (pikepdf.PdfError, RuntimeError, ValueError):
        return None


def _repaired(structure: pikepdf.Pdf) -> Any:
    """The document written anew by qpdf, for PDFium: what qpdf finds by searching the file."""
    if not len(structure.pages):
        return None
    out = io.BytesIO()
    try:
        structure.save(out, encryption=False, fix_metadata_version=False)
        return _by_pdfium(out.getvalue(), "")
    except (pikepdf.PdfError, _Locked):
        return None


@dataclass(slots=True)
class Revision:
    """Reads one opened document; ``known`` and ``eyes`` go from revision to revision."""

    held: Opened
    sample: Sample
    place: Place
    limits: InspectionLimits
    eyes: Eyes
    known: set[str] = field(repr=False)

    def units(self) -> Iterator[Yielded]:
        """Yield everything that stands in this revision."""
        structure = None
        if self.held.structure is not None:
            if oversized(self.held.structure, self.limits.part_bytes):
                yield Unread(self.place, UnreadReason.LIMIT, "unpacked bytes")
                return
            try:
                structure = Structure(self.held.structure, self.sample.decode)
                yield from structure.units(self.place)
                if structure.damaged():
                    yield Unread(self.place, UnreadReason.DAMAGED, "pdf structure")
            except (pikepdf.PdfError, ValueError, RecursionError):
                yield Unread(self.place, UnreadReason.DAMAGED, "pdf structure")
        else:
            yield Unread(self.place, UnreadReason.DAMAGED, "pdf structure")
        if self.held.pages is None:
            yield Unread(self.place, UnreadReason.DAMAGED, "pdf pages")
            yield from self._second(None)
            return
        yield from self._pages(structure)
        if structure is not None and structure.lost_pages:
            yield from self._lost(structure)
        if structure is not None:
            yield from self._unpainted(structure)

    def _pages(self, structure: Structure | None) -> Iterator[Yielded]:
        reader = self._reader(structure)
        for number in range(len(self.held.pages)):
            if number >= self.limits.pages:
                yield Unread(self.place, UnreadReason.LIMIT, "pages")
                break
            page_id = structure.page_id(number) if structure else NOWHERE
            here = self.place / f"p. {number + 1}"
            yield from reader.units(self.held.pages, number, page_id, here)
        if reader.doubtful:
            yield from self._second(reader.doubtful)

    def _reader(self, structure: Structure | None) -> PageReader:
        fields: dict[ObjectId, list[FormField]] = {}
        for one in structure.fields if structure else ():
            for page_id in set(one.pages):
                fields.setdefault(page_id, []).append(one)
        fields.pop(NOWHERE, None)
        return PageReader(
            fields,
            structure.pages_with_drawn_annotations() if structure else set(),
            structure.unmapped_fonts if structure else True,
            structure.painting if structure else Painting(),
            self.eyes,
            self.known,
        )

    def _second(self, doubtful: dict[int, str] | None) -> Iterator[Yielded]:
        """Yield what the second reader finds, where it reads something else."""
        known = {"".join(text.split()) for text in (doubtful or {}).values()}
        wanted = None if doubtful is None else list(doubtful)
        try:
            for met in second.pages(
                self.held.content, self.place, self.limits, wanted, self.held.password
            ):
                if not isinstance(met, Prose) or "".join(met.text.split()) not in known:
                    yield met
        except MemoryError:
            raise
        except Exception:
            yield Unread(self.place, UnreadReason.DAMAGED, "second reader")

    def _lost(self, structure: Structure) -> Iterator[Yielded]:
        """Yield pages that are in the file and in no page tree: deleted, or hidden."""
        here = self.place / "pages taken out"
        if len(structure.lost_pages) > MOST_LOST_PAGES:
            yield Unread(here, UnreadReason.LIMIT, "pages")
        with pikepdf.new() as gathered:
            for page in structure.lost_pages[:MOST_LOST_PAGES]:
                gathered.pages.append(pikepdf.Page(page))
            document = _by_pdfium_again(gathered)
        if document is None:
            yield Unread(here, UnreadReason.DAMAGED, "pdf page")
            return
        reader = self._reader(None)
        for number in range(len(document)):
            yield from reader.units(document, number, NOWHERE, here / f"p. {number + 1}")
        document.close()

    def _unpainted(self, structure: Structure) -> Iterator[Yielded]:
        """Yield pictures that are in the file and on no page: left over, hidden, in a tile."""
        here = self.place / "pictures on no page"
        rest = [one for packed, one in structure.pictures() if not self.eyes.has_met(packed)]
        if not rest:
            return
        if len(rest) > MOST_UNPAINTED:
            yield Unread(here, UnreadReason.LIMIT, "pictures")
        with pikepdf.new() as gathered:
            for picture in rest[:MOST_UNPAINTED]:
                page = gathered.add_blank_page()
                page.add_resource(
                    gathered.copy_foreign(picture), pikepdf.Name.XObject, pikepdf.Name("/X")
                )
                size = (int(picture.Width), int(picture.Height))
                page.contents_add(b"q %d 0 0 %d 0 0 cm /X Do Q" % size)
            document = _by_pdfium_again(gathered)
        if document is None:
            yield Unread(here, UnreadReason.DAMAGED, "picture")
            return
        for number in range(len(document)):
            page = document[number]
            there = OpenPage(document, page, page.get_textpage(), "", here)
            yield from self.eyes.units(there, Painting(False, False, False), "")
        document.close()


def _by_pdfium_again(gathered: pikepdf.Pdf) -> Any:
    """What was put together of objects that no page tree has, for PDFium; None if it cannot be."""
    out = io.BytesIO()
    try:
        gathered.save(out, fix_metadata_version=False)
        return _by_pdfium(out.getvalue(), "")
    except (pikepdf.PdfError, ValueError, _Locked):
        return None

"""Everything in a PDF beside its pages' content: read by qpdf, object by object.

Answers: ``Structure``: form values, annotations, embedded files (portfolios, attachments of
annotations), XMP and XFA, and the text strings of every object there is, so that outlines,
scripts, page labels, layers' names and alternative texts need no walk of their own.
Trusts: qpdf (through pikepdf), native code, so in a worker only.
Fails: with ``pikepdf.PdfError`` where the file has no structure left; a stream that does not
unpack or an object that does not parse is ``damaged``.
Standards: ISO 32000-2, 7.7 (document structure), 7.11 (file specifications), 12.5 to 12.7.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pikepdf

from gateway.extract.pdf.form import (
    NOWHERE,
    FormField,
    FormWalk,
    ObjectId,
    array,
    joined,
    object_id,
    stream_bytes,
    text_of,
)
from gateway.extract.pdf.looks import Painting
from gateway.extract.pdf.strings import strings_in
from gateway.extract.picture import FEWEST_DOTS
from gateway.extract.sample import Decode, Member, Yielded
from gateway.model import Field, Place, Prose, Unread, UnreadReason

MOST_OBJECTS = 500_000
_ANNOTATION_TEXTS = ("/Contents", "/RC", "/T", "/Subj", "/TU", "/OverlayText")
_NO_TEXT = frozenset(("/Widget", "/Link", "/Popup"))  # annotations that draw no text of their own
_STREAM_VALUES = ("/JS", "/RV", "/RC", "/V", "/DV", "/XFA", "/Desc", "/TI")
_DEEPEST_VALUE = 8  # dictionaries within an object
_MAYBE_STREAMS = re.compile(rb"/(?:JS|RV|RC|V|DV|Desc)\b")
_REPAIRED = re.compile("reconstruct|output may still be valid|error decoding", re.IGNORECASE)
_DRAWN_MASK = re.compile(rb"/SMask\s*(?:<<|\d)")
_ODD_SHADING = re.compile(rb"/ShadingType\s*[14-9]")  # 2 and 3 are gradients, and show no more
_BROKEN = object()
_STRUCTURE_TEXTS = ("/Alt", "/ActualText", "/E", "/T")


class Structure:
    """What one revision of a document holds beside its pages."""

    def __init__(self, pdf: pikepdf.Pdf, decode: Decode) -> None:
        self._pdf = pdf
        self._decode = decode
        self._pages = [object_id(page.obj) for page in pdf.pages]
        self._in_tree = frozenset(self._pages)
        self._annotations: list[tuple[int, Any]] = []
        where: dict[ObjectId, ObjectId] = {}
        for number, page in enumerate(pdf.pages):
            for annotation in array(page.obj.get("/Annots")):
                if isinstance(annotation, pikepdf.Dictionary):
                    self._annotations.append((number, annotation))
                    where[object_id(annotation)] = self._pages[number]
        walk = FormWalk(pdf, decode, where)
        self.fields: list[FormField] = walk.fields()
        self._cut = walk.cut
        self.unmapped_fonts = False  # set by ``units``: a font gives codes and no letters
        self._textured = self._masked = False  # set by ``units``
        self.lost_pages: list[Any] = []  # set by ``units``: pages that no page tree names
        self._pictures: dict[ObjectId, Any] = {}  # set by ``units``, with their masks
        self._masks: set[ObjectId] = set()

    def page_id(self, number: int) -> ObjectId:
        """The object of a page, 0-based."""
        return self._pages[number] if number < len(self._pages) else (0, 0)

    @property
    def painting(self) -> Painting:
        """What the document paints with; known after ``units``."""
        return Painting(self._textured, self._masked, _hides_layers(self._pdf.Root))

    def pictures(self) -> Iterator[tuple[bytes, Any]]:
        """Yield each picture with room for a number, its bytes as they are packed; no masks."""
        for key, picture in self._pictures.items():
            if key not in self._masks and _has_room(picture):
                with suppress(pikepdf.PdfError):
                    yield bytes(picture.read_raw_bytes()), picture

    def pages_with_drawn_annotations(self) -> set[int]:
        """Pages on which annotations draw something that may be text."""
        return {
            number
            for number, annotation in self._annotations
            if "/AP" in annotation
            and (str(annotation.get("/Subtype")) not in _NO_TEXT or _shows_pictures(annotation))
        }

    def units(self, place: Place) -> Iterator[Yielded]:
        """Yield fields, annotations, embedded files and every object's strings."""
        yield from self._form(place / "form")
        for number, annotation in self._annotations:
            here = place / f"p. {number + 1}" / "annotation"
            for key in _ANNOTATION_TEXTS:
                if text := text_of(annotation.get(key), self._decode):
                    yield Field(here, key[1:], text)
        yield from self._packets(place)
        yield from self._sweep(place)

    def damaged(self) -> bool:
        """Whether the file was repaired on opening, or a page's content breaks off."""
        for page in self._pdf.pages:
            content = page.obj.get("/Contents")
            streams = [s for s in array(content) or [content] if isinstance(s, pikepdf.Stream)]
            try:
                for stream in streams:
                    stream.read_bytes()
            except pikepdf.PdfError:
                return True
        return any(_REPAIRED.search(str(said)) for said in self._pdf.get_warnings())

    def _form(self, place: Place) -> Iterator[Yielded]:
        for one in self.fields:
            yield Field(place / one.label if one.label else place, one.label, one.value)
        for label, value in joined(self.fields):
            yield Field(place / label if label else place, label, value)
        if self._cut:
            yield Unread(place, UnreadReason.LIMIT, "form fields")

    # -------------------------------------------------------------- XML packets

    def _packets(self, place: Place) -> Iterator[Yielded]:
        for key, value in self._information():
            yield Field(place / "metadata", key, value)
        packet = self._pdf.Root.get("/Metadata")
        if isinstance(packet, pikepdf.Stream):
            yield Member(place / "XMP", "", stream_bytes(packet), "text/xml", "utf-8")
        form = self._pdf.Root.get("/AcroForm")
        xfa = form.get("/XFA") if isinstance(form, pikepdf.Dictionary) else None
        if isinstance(xfa, pikepdf.Stream):
            yield Member(place / "XFA", "", stream_bytes(xfa), "text/xml", "utf-8")
        else:  # pairs of a name and a piece; the pieces are one document
            pieces = [stream_bytes(s) for s in array(xfa) if isinstance(s, pikepdf.Stream)]
            if pieces:
                yield Member(place / "XFA", "", b"\n".join(pieces), "text/xml", "utf-8")

    def _information(self) -> Iterator[tuple[str, str]]:
        information = self._pdf.trailer.get("/Info")
        if isinstance(information, pikepdf.Dictionary):
            for key, said in information.items():
                value = text_of(said, self._decode)
                if value and not key.endswith("Date"):
                    yield key[1:], value

    # -------------------------------------------------------------- every object

    def _sweep(self, place: Place) -> Iterator[Yielded]:
        texts: dict[str, None] = {}
        files: dict[ObjectId, Any] = {}
        named: dict[ObjectId, str] = {}
        for count, thing in enumerate(self._objects()):
            if count >= MOST_OBJECTS:
                yield Unread(place, UnreadReason.LIMIT, "objects")
                break
            if thing is _BROKEN:
                yield Unread(place / "objects", UnreadReason.DAMAGED, "pdf object")
            elif isinstance(thing, pikepdf.Stream):
                if thing.get("/Type") == "/EmbeddedFile":
                    files[object_id(thing)] = thing
                self._note_painting(thing)
            elif isinstance(thing, (pikepdf.Dictionary, pikepdf.Array, pikepdf.String)):
                texts.update(dict.fromkeys(self._texts(thing, named, files)))
        if texts:
            yield Prose(place / "objects", "\n".join(texts))
        for number, (key, stream) in enumerate(files.items(), 1):
            yield self._embedded(stream, named.get(key, ""), number, place)

    def _objects(self) -> Iterator[Any]:
        """Every object of the file, ``_BROKEN`` for one that does not parse."""
        objects = iter(self._pdf.objects)
        while True:
            try:
                yield next(objects)
            except StopIteration:
                return
            except pikepdf.PdfError:
                yield _BROKEN

    def _texts(
        self, thing: Any, named: dict[ObjectId, str], files: dict[ObjectId, Any]
    ) -> Iterator[str]:
        if isinstance(thing, pikepdf.Dictionary):
            if "/S" in thing and "/P" in thing:  # a structure element: most of a tagged file
                for key in _STRUCTURE_TEXTS:
                    if text := text_of(thing.get(key), self._decode):
                        yield text
                return
            self._note(thing)
        written = thing.unparse(resolved=True)
        self._note_resources(written)
        if b"/EF" in written:
            self._note_files(thing, named, files)
        if _MAYBE_STREAMS.search(written):
            yield from self._long_values(thing, _DEEPEST_VALUE)
        yield from strings_in(written, self._decode)

    def _long_values(self, thing: Any, depth: int) -> Iterator[str]:
        """Texts that stand in a stream of their own: scripts, rich text, long values."""
        if isinstance(thing, pikepdf.Array):
            inside = [("", value) for value in array(thing)]
        else:
            inside = list(thing.items()) if isinstance(thing, pikepdf.Dictionary) else []
        for key, value in inside:
            if isinstance(value, pikepdf.Stream):
                if key in _STREAM_VALUES:
                    yield text_of(value, self._decode)
                continue
            nested = isinstance(value, (pikepdf.Dictionary, pikepdf.Array))
            if depth and nested and object_id(value) == NOWHERE:  # others come by themselves
                yield from self._long_values(value, depth - 1)

    def _note(self, thing: Any) -> None:
        """Remember pages that are in no page tree, and fonts that name no letters."""
        kind = thing.get("/Type")
        if kind == "/Page" and object_id(thing) not in self._in_tree:
            self.lost_pages.append(thing)
        elif kind == "/Font" and "/ToUnicode" not in thing:
            self.unmapped_fonts = self.unmapped_fonts or _names_no_letters(thing)

    def _note_painting(self, stream: Any) -> None:
        """Remember tiles, and what the resources of a form name."""
        if stream.get("/Subtype") == "/Image":
            self._pictures[object_id(stream)] = stream
            masks = (stream.get(key) for key in ("/SMask", "/Mask"))
            self._masks.update(object_id(m) for m in masks if isinstance(m, pikepdf.Stream))
            return
        self._textured |= "/PatternType" in stream or "/ShadingType" in stream
        resources = stream.get("/Resources")
        if isinstance(resources, pikepdf.Dictionary):
            self._note_resources(resources.unparse(resolved=True))

    def _note_resources(self, written: bytes) -> None:
        """Remember shadings that are no plain gradients, and masks that are drawn."""
        self._masked |= b"/SMask" in written and _DRAWN_MASK.search(written) is not None
        self._textured |= b"/ShadingType" in written and _ODD_SHADING.search(written) is not None

    def _note_files(
        self, thing: Any, named: dict[ObjectId, str], files: dict[ObjectId, Any]
    ) -> None:
        inside = isinstance(thing, pikepdf.Dictionary)
        for spec in (thing, thing.get("/FS")) if inside else array(thing):
            held = spec.get("/EF") if isinstance(spec, pikepdf.Dictionary) else None
            if not isinstance(held, pikepdf.Dictionary):
                continue
            names = (text_of(spec.get(key), self._decode) for key in ("/UF", "/F"))
            name = next(filter(None, names), "")
            for stream in held.values():
                if isinstance(stream, pikepdf.Stream):
                    files[object_id(stream)] = stream
                    named[object_id(stream)] = name

    def _embedded(self, stream: Any, name: str, number: int, place: Place) -> Yielded:
        here = place / (name or f"attachment {number}")
        try:
            return Member(here, name, bytes(stream.read_bytes()))
        except pikepdf.PdfError:
            return Unread(here, UnreadReason.DAMAGED, "embedded file")


def _names_no_letters(font: Any) -> bool:
    """Whether a font without ToUnicode has codes that no table of letters explains."""
    kind, encoding = font.get("/Subtype"), font.get("/Encoding")
    if kind == "/Type0":
        return encoding in ("/Identity-H", "/Identity-V") or isinstance(encoding, pikepdf.Stream)
    if kind == "/Type3":
        return True
    return isinstance(encoding, pikepdf.Dictionary) and "/Differences" in encoding


def _shows_pictures(annotation: Any) -> bool:
    """Whether the look of a widget or a link is drawn from pictures or forms."""
    look = annotation.AP.get("/N") if isinstance(annotation.AP, pikepdf.Dictionary) else None
    resources = look.get("/Resources") if isinstance(look, pikepdf.Stream) else None
    return isinstance(resources, pikepdf.Dictionary) and "/XObject" in resources


def _hides_layers(root: Any) -> bool:
    """Whether there are layers that are off, or that a part of the document is shown in only."""
    layers = root.get("/OCProperties")
    shown = layers.get("/D") if isinstance(layers, pikepdf.Dictionary) else None
    if not isinstance(shown, pikepdf.Dictionary):
        return layers is not None
    return shown.get("/BaseState") == "/OFF" or len(array(shown.get("/OFF"))) > 0


def _has_room(picture: Any) -> bool:
    width, height = picture.get("/Width"), picture.get("/Height")
    return isinstance(width, int) and isinstance(height, int) and width * height >= FEWEST_DOTS

"""Form values (AcroForm), each where its widget stands, so that they join as a person sees them.

Answers: ``fields_of``: every field with its label and value; ``joined``: values of fields
that are parts of one (``number1`` … ``number12``), in the order of their names;
``as_glyphs``: a value's characters in their widget's box, comb fields one a cell.
Trusts: qpdf, for the objects; a field tree may be deep, circular and huge.
Fails: never; beyond the limits the caller is told by ``FormWalk.cut``.
Standards: ISO 32000-2, 12.7 (inheritable V, FT; TU is the label people see; Ff bit 25 comb).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pikepdf

from gateway.extract.pdf.layout import Glyph
from gateway.extract.pdf.strings import decoded
from gateway.extract.sample import Decode

MOST_FIELDS = 20_000
DEEPEST = 32
LONGEST = 100_000  # characters of one value

_LAST_NUMBER = re.compile(r"(\d+)(?=\D*\Z)")


ObjectId = tuple[int, int]
NOWHERE: ObjectId = (0, 0)  # qpdf's id of direct objects


@dataclass(frozen=True, slots=True)
class FormField:
    """A field with a value. Secret."""

    name: str = field(repr=False)  # full name, partial names joined by dots
    label: str = field(repr=False)  # what people see (TU); the name where there is none
    value: str = field(repr=False)
    widgets: tuple[tuple[float, float, float, float], ...]  # left, bottom, right, top
    pages: tuple[ObjectId, ...]  # object numbers, beside ``widgets``; (0, 0) unknown
    cells: int  # of a comb field; 0 for others


class FormWalk:
    """Walks the field tree of one document."""

    def __init__(self, pdf: Any, decode: Decode, where: dict[ObjectId, ObjectId]) -> None:
        self._pdf = pdf
        self._decode = decode
        self._where = where  # widget → page
        self._left = MOST_FIELDS
        self._seen: set[ObjectId] = set()
        self.cut = False  # whether fields were left out

    def fields(self) -> list[FormField]:
        """Return the fields that hold a value."""
        form = self._pdf.Root.get("/AcroForm")
        if not isinstance(form, pikepdf.Dictionary):
            return []
        return [
            found
            for node in array(form.get("/Fields"))
            for found in self._walk(node, "", "", None, 0)
        ]

    def _walk(
        self, node: Any, path: str, label: str, value: Any, depth: int
    ) -> Iterator[FormField]:
        if not isinstance(node, pikepdf.Dictionary) or not self._first_time(node):
            return
        self._left -= 1
        if self._left < 0 or depth > DEEPEST:
            self.cut = True
            return
        own = text_of(node.get("/T"), self._decode)
        name = ".".join(filter(None, (path, own)))
        label = text_of(node.get("/TU"), self._decode) or (name if own else label)
        value = node.get("/V") or node.get("/DV") or value
        kids = array(node.get("/Kids"))
        named = [k for k in kids if isinstance(k, pikepdf.Dictionary) and "/T" in k]
        for kid in named:
            yield from self._walk(kid, name, label, value, depth + 1)
        text = text_of(value, self._decode)[:LONGEST]
        if text and not named:
            widgets = [k for k in (kids or [node]) if isinstance(k, pikepdf.Dictionary)]
            yield FormField(
                name,
                label or name,
                text,
                tuple(_rectangle(w) for w in widgets),
                tuple(self._page(w) for w in widgets),
                _comb_cells(node),
            )

    def _page(self, widget: Any) -> ObjectId:
        page = widget.get("/P")
        said = object_id(page) if isinstance(page, pikepdf.Dictionary) else NOWHERE
        return self._where.get(object_id(widget), said)

    def _first_time(self, node: Any) -> bool:
        key = object_id(node)
        if key == NOWHERE:  # a direct object cannot be met twice
            return True
        met = key in self._seen
        self._seen.add(key)
        return not met


def joined(fields: list[FormField]) -> Iterator[tuple[str, str]]:
    """Yield label and value of fields whose names differ in their last number only."""
    groups: dict[str, list[tuple[int, FormField]]] = {}
    for one in fields:
        if found := _LAST_NUMBER.search(one.name):
            stem = one.name[: found.start()] + "#" + one.name[found.end() :]
            groups.setdefault(stem, []).append((int(found[1][:9]), one))
    for members in groups.values():
        if len(members) > 1 and all(len(one.value) <= 8 for _, one in members):
            members.sort(key=lambda pair: pair[0])
            label = members[0][1].label
            yield _LAST_NUMBER.sub("", label) or label, "".join(f.value for _, f in members)


def as_glyphs(one: FormField, page: ObjectId) -> Iterator[Glyph]:
    """Yield a value's characters in the boxes of its widgets on one page."""
    for (left, bottom, right, top), where in zip(one.widgets, one.pages, strict=True):
        if where != page or right <= left or "\n" in one.value or "\r" in one.value:
            continue
        height = min(top - bottom, 12.0)
        step = (
            (right - left) / one.cells
            if one.cells
            else min((right - left) / len(one.value), 0.6 * height)
        )
        middle = (top + bottom) / 2
        for i, char in enumerate(one.value):
            if not char.isspace():
                wide = min(step, 0.6 * height)
                start = left + i * step + ((step - wide) / 2 if one.cells else 0)
                if not one.cells and len(one.value) == 1:
                    start = (left + right - wide) / 2
                yield Glyph(char, start, start + wide, middle - height / 2, middle + height / 2)


def text_of(value: Any, decode: Decode) -> str:
    """Return a value as text: a string, a name, a number, a stream, an array of them."""
    if isinstance(value, pikepdf.String):
        return decoded(bytes(value), decode)
    if isinstance(value, pikepdf.Name):
        return "" if value == "/Off" else str(value)[1:]
    if isinstance(value, pikepdf.Stream):
        return decoded(stream_bytes(value), decode)
    if isinstance(value, pikepdf.Array):
        flat = (v for v in array(value) if not isinstance(v, pikepdf.Array))
        return " ".join(text_of(v, decode) for v in flat)
    plain = isinstance(value, (int, float, str, Decimal)) and not isinstance(value, bool)
    return str(value) if plain else ""


def stream_bytes(stream: Any) -> bytes:
    """Return what a stream unpacks to; nothing for one whose packing is broken."""
    try:
        return bytes(stream.read_bytes())
    except pikepdf.PdfError:
        return b""


def object_id(thing: Any) -> ObjectId:
    """Return an object's number and generation."""
    number, generation = thing.objgen
    return int(number), int(generation)


def array(value: Any) -> list[Any]:
    """Return an array's elements, at most as many as a form may have fields."""
    if not isinstance(value, pikepdf.Array):
        return []
    return [value[i] for i in range(min(len(value), MOST_FIELDS))]


def _rectangle(widget: Any) -> tuple[float, float, float, float]:
    try:
        a, b, c, d = (float(x) for x in array(widget.get("/Rect")))
    except (TypeError, ValueError):
        return (0.0, 0.0, 0.0, 0.0)
    return (min(a, c), min(b, d), max(a, c), max(b, d))


def _comb_cells(node: Any) -> int:
    flags, most = node.get("/Ff"), node.get("/MaxLen")
    comb = isinstance(flags, int) and flags & 1 << 24
    return int(most) if comb and isinstance(most, int) and 0 < most <= 1000 else 0

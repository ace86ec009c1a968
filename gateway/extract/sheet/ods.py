"""ods, ots and fods: OpenDocument spreadsheets, in a package or flat.

Answers: every table with the positions of its cells: what a cell shows and, where the two
differ, its stored value; hidden rows and sheets, covered cells and filters included.
Annotations, drawings, headers, settings and every other member of the package.
Trusts: nothing. ``number-columns-repeated`` and ``number-rows-repeated`` are hints: empty
cells are only counted, and a repeated text is set down ``MOST_REPEATS`` times at most.
Fails: a package whose manifest names an encryption is ``encrypted``; a DTD or broken XML is
``damaged``, read up to there; limits are ``limit``.
Standards: OpenDocument 1.3 parts 2 (packages) and 3 (schema).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from xml.parsers import expat

from gateway.extract.archive import Entry, TooBig, broken, doubts, entries, open_archive, unpack
from gateway.extract.sample import Member, Sample, Yielded
from gateway.extract.sheet.formula import literals, solve
from gateway.extract.sheet.grid import Grid
from gateway.extract.sheet.net import Net, caught, local, parser
from gateway.extract.sheet.number_format import number
from gateway.extract.sheet.properties import Properties
from gateway.extract.xml_text import ForbiddenXml
from gateway.model import InspectionLimits, Place, Prose, Table, Unread, UnreadReason

MOST_REPEATS = 16  # a text in more cells than this is a pattern, not a list
_CELLS = frozenset(("table-cell", "covered-table-cell"))
_ROWS_MOST = 1_048_576
_VALUES = ("value", "string-value", "date-value", "time-value", "boolean-value")
_ENCRYPTED = re.compile(rb"<(?:[\w.-]+:)?(?:encryption-data|encrypted-key)\b")
_TELLING = re.compile(rb"[^\x01-\x7f]|[0-9]{10}|&#|>[^<\s]")
_XML = re.compile(rb"\s*<")
_FORMULA_SCHEME = re.compile(r"^[A-Za-z]+:(?==)")
_REFERENCE = re.compile(r"\[\.(\$?[A-Z]{1,3}\$?\d{1,7})\]")
_HEAD_BYTES = 4096
_NAMESPACE = b"urn:oasis:names:tc:opendocument:xmlns:office:1.0"
_KIND = b"opendocument.spreadsheet"
_PACKED = (b"PK\x03\x04", b"PK\x05\x06")


def recognises_flat(content: bytes) -> bool:
    """Whether it is XML that calls itself a spreadsheet."""
    head = content[:_HEAD_BYTES].replace(b"\x00", b"")
    return _NAMESPACE in head and _KIND in head


def read(sample: Sample, limits: InspectionLimits) -> Iterator[Yielded]:
    """Yield everything in the package, or in the flat file."""
    if not sample.content.startswith(_PACKED):
        yield from _content(sample.content, sample.place, limits)
        return
    with open_archive(sample.content) as archive:
        yield from doubts(sample, archive)
        members = list(entries(archive, sample.decode))
        encrypted = False
        for count, entry in enumerate(sorted(members, key=_manifest_first)):
            place = sample.place / entry.name
            if count >= limits.parts:
                yield Unread(sample.place, UnreadReason.LIMIT, "members")
                return
            try:
                content = unpack(archive, entry.info, limits) if not entry.encrypted else b""
            except TooBig:
                yield Unread(place, UnreadReason.LIMIT, "unpacked bytes")
                continue
            except Exception as error:
                if not broken(error):
                    raise
                yield Unread(place, UnreadReason.DAMAGED, "package member")
                continue
            limits = replace(limits, total_bytes=limits.total_bytes - len(content))
            if entry.encrypted:
                yield Unread(place, UnreadReason.ENCRYPTED, "zip")
            elif entry.name == "META-INF/manifest.xml" and _ENCRYPTED.search(content):
                encrypted = True
                yield Unread(sample.place, UnreadReason.ENCRYPTED, "opendocument")
            elif not (encrypted and not _XML.match(content)):
                yield from _member(entry, sample.place, content, limits)


def _manifest_first(entry: Entry) -> bool:
    return entry.name != "META-INF/manifest.xml"


def _member(
    entry: Entry, place: Place, content: bytes, limits: InspectionLimits
) -> Iterator[Yielded]:
    here = place / entry.name
    if entry.name == "mimetype" and len(content) < 100:
        yield Prose(here, content.decode("latin-1"))
    elif not _XML.match(content.removeprefix(b"\xef\xbb\xbf").replace(b"\x00", b"")[:64]):
        if content:
            yield Member(here, entry.name.rpartition("/")[2], content)
    elif entry.name.endswith("content.xml"):
        yield from _content(content, place if entry.name == "content.xml" else here, limits)
    elif entry.name.endswith("meta.xml"):
        properties = Properties()
        try:
            properties.feed(content)
        except (ForbiddenXml, expat.ExpatError):
            yield Unread(here, UnreadReason.DAMAGED, "xml")
        yield from properties.fields(here)
        yield from caught(content, here, limits)
    elif _TELLING.search(content):
        yield from caught(content, here, limits)


def _content(content: bytes, place: Place, limits: InspectionLimits) -> Iterator[Yielded]:
    body = _Body(place, limits)
    try:
        body.feed(content)
    except (ForbiddenXml, expat.ExpatError):
        yield Unread(place, UnreadReason.DAMAGED, "xml")
    yield from body.units()


@dataclass(slots=True)
class _Cell:
    """The open cell."""

    value: str = ""
    formula: str = ""
    repeated: int = 1
    lines: list[str] = field(default_factory=list)  # of paragraphs outside annotations


@dataclass(slots=True)
class _Sheet:
    """An open table, its cells so far and where the next one goes."""

    grid: Grid
    row: int = 1
    column: int = 1
    rows_repeated: int = 1
    texts: list[tuple[int, str]] = field(default_factory=list)  # of the open row
    formulas: list[tuple[int, int, str, bool]] = field(default_factory=list)
    cell: _Cell | None = None
    aside: int = 0  # open elements within the cell whose text is not the cell's


_ASIDE = frozenset(("annotation", "frame", "custom-shape", "text-box", "rect", "ellipse", "g"))


class _Body:
    """Reads content.xml in one pass; what is no cell goes to the net."""

    def __init__(self, place: Place, limits: InspectionLimits) -> None:
        self._place = place
        self._limits = limits
        self._net = Net(place / "beside the cells", limits)
        self._open: list[_Sheet] = []
        self._done: list[_Sheet] = []
        self._name = place

    def feed(self, content: bytes) -> None:
        parser(self._start, self._end, self._data).Parse(content, True)

    def units(self) -> Iterator[Yielded]:
        left = self._limits.cells
        for sheet in (*self._done, *self._open):
            unsolved = [
                (row, column, _REFERENCE.sub(r"\1", formula))
                for row, column, formula, stored in sheet.formulas
                if not stored
            ]
            if not solve(sheet.grid, unsolved):
                yield Unread(self._place, UnreadReason.LIMIT, "formulas")
            for found in sheet.grid.tables():
                left -= sum(map(len, found.rows)) if isinstance(found, Table) else 0
                if left < 0:
                    yield Unread(found.place, UnreadReason.LIMIT, "cells")
                    return
                yield found
            if sheet.formulas:
                told = [t for _, _, f, _ in sheet.formulas for t in (f, literals(f)) if t]
                yield Prose(self._place / "formulas", "\n".join(told))
        yield from self._net.units()

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = local(tag)
        said = {local(key): value for key, value in attributes.items()}
        sheet = self._open[-1] if self._open else None
        if name == "table":
            place = self._place / (said.get("name") or f"table {len(self._done) + 1}")
            self._open.append(_Sheet(Grid(place, self._limits)))
            self._net.start(tag, attributes)
        elif sheet is None:
            self._net.start(tag, attributes)
        elif name == "table-row":
            sheet.rows_repeated = _count(said.get("number-rows-repeated", ""), _ROWS_MOST)
            sheet.column, sheet.texts = 1, []
        elif name in _CELLS:
            sheet.cell = _Cell(
                value=_stored(said),
                formula=_FORMULA_SCHEME.sub("", said.get("formula", "")),
                repeated=_count(said.get("number-columns-repeated", ""), 16_384),
            )
        else:
            self._within(name, tag, attributes, said, sheet)

    def _within(
        self, name: str, tag: str, attributes: dict[str, str], said: dict[str, str], sheet: _Sheet
    ) -> None:
        if sheet.cell is not None and not (sheet.aside or name in _ASIDE):
            lines = sheet.cell.lines
            if name in ("p", "h"):
                lines.append("")
            elif name == "s" and lines:
                lines[-1] += " " * _count(said.get("c", ""), 100)
            elif name in ("tab", "line-break") and lines:
                lines[-1] += "\t" if name == "tab" else "\n"
            elif name == "a":
                self._net.start(tag, attributes)
        else:
            sheet.aside += name in _ASIDE
            self._net.start(tag, attributes)

    def _data(self, text: str) -> None:
        sheet = self._open[-1] if self._open else None
        if sheet is None or sheet.cell is None or sheet.aside or not sheet.cell.lines:
            self._net.data(text)
        else:
            sheet.cell.lines[-1] += text

    def _end(self, tag: str) -> None:
        name = local(tag)
        sheet = self._open[-1] if self._open else None
        if sheet is None:
            self._net.end(tag)
        elif name == "table":
            self._done.append(self._open.pop())
            self._net.end(tag)
        elif name == "table-row":
            self._close_row(sheet)
        elif name in _CELLS:
            self._close_cell(sheet)
        elif sheet.cell is None or sheet.aside:
            sheet.aside -= name in _ASIDE
            self._net.end(tag)

    def _close_cell(self, sheet: _Sheet) -> None:
        cell, sheet.cell, sheet.aside = sheet.cell, None, 0
        if cell is None:
            return
        shown = "\n".join(cell.lines).strip()
        text = _both(shown, cell.value)
        if cell.formula:
            sheet.formulas.append((sheet.row, sheet.column, cell.formula, bool(text)))
        if text:
            for column in range(sheet.column, sheet.column + min(cell.repeated, MOST_REPEATS)):
                sheet.texts.append((column, text))
        sheet.column += cell.repeated

    def _close_row(self, sheet: _Sheet) -> None:
        for row in range(sheet.row, sheet.row + min(sheet.rows_repeated, MOST_REPEATS)):
            for column, text in sheet.texts:
                sheet.grid.add(row, column, (text,))
        sheet.row += sheet.rows_repeated


def _stored(said: dict[str, str]) -> str:
    for key in _VALUES:
        if value := said.get(key, ""):
            return number(value) if key == "value" else value
    return ""


def _both(shown: str, stored: str) -> str:
    """What the cell shows; and what it holds, where that has other digits."""
    if not shown or not stored:
        return shown or stored
    held = re.sub(r"\D", "", stored)
    if held in re.sub(r"\D", "", shown) or len(held) < 4 or "-" in stored:
        return shown
    return f"{shown}\n{stored}"


def _count(said: str, most: int) -> int:
    return max(1, min(int(said), most)) if said.isdecimal() and len(said) < 10 else 1

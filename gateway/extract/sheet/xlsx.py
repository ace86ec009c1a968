"""xlsx, xlsm, xltx, xlsb: every part of the package, by what its first element or record says.

Answers: the sheets as tables under their names, hidden ones and such that the workbook does
not mention included; formulas, comments, pivot caches, external caches, charts, drawings,
properties; pictures, macros and embedded files as members. A part of unknown kind goes
through the net if it is XML and on to the engine if it is not.
Trusts: nothing; neither a part's name nor its content type decides what it is.
Fails: a DTD, broken XML or a part that does not unpack is ``damaged``, and read up to
there; limits are ``limit``.
Standards: ECMA-376 parts 1, 2 and 4 (both transitional and strict, by local names).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from xml.parsers import expat

from gateway.extract.archive import (
    Archive,
    Entry,
    TooBig,
    broken,
    doubts,
    entries,
    open_archive,
    unpack,
)
from gateway.extract.sample import Member, Sample, Yielded
from gateway.extract.sheet import xlsb
from gateway.extract.sheet.formula import joined, literals
from gateway.extract.sheet.grid import Grid
from gateway.extract.sheet.net import Net, caught, local, parser
from gateway.extract.sheet.pivot import PivotFields, PivotRecords
from gateway.extract.sheet.properties import Properties
from gateway.extract.sheet.records import words
from gateway.extract.sheet.strings import SharedStrings
from gateway.extract.sheet.styles import Styles
from gateway.extract.sheet.worksheet import Book, Worksheet
from gateway.extract.sniff import OCTETS, TEXT, media_type
from gateway.extract.xml_text import ForbiddenXml
from gateway.model import Field, InspectionLimits, Place, Prose, Table, Unread, UnreadReason

_HEAD_BYTES = 2048
_ROOT = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)[\s/>]")
_SHEETS = frozenset(("worksheet", "chartsheet", "dialogsheet", "macrosheet"))
_PROPERTIES = frozenset(("coreProperties", "Properties"))
_FIRST = (  # what others point to
    "workbook",
    xlsb.BOOK,
    "styleSheet",
    xlsb.STYLES,
    "sst",
    xlsb.STRINGS,
    "pivotCacheDefinition",
)
_TELLING = re.compile(rb"[^\x01-\x7f]|[0-9]{10}|&#|>[^<\s]")
_OFFICE = re.compile(
    rb"schemas[.-](?:openxmlformats\.org|microsoft[.-]com)|purl\.oclc\.org/ooxml|[\x00]"
)
_DEVICE = re.compile(r"/printerSettings\d*\.bin$")  # a printer's settings, in two encodings
_NOT_A_WORD = re.compile(r"[\x00-\x1f]+")
_SIGNED = (b"\xd0\xcf\x11\xe0", b"PK", b"\x89PNG", b"\xff\xd8", b"GIF8")
_TAG = re.compile(r"<[^<>]*>")


@dataclass(frozen=True, slots=True)
class _Part:
    entry: Entry
    root: str  # local name of the root element; "" for what is no XML


@dataclass(slots=True)
class _Workbook:
    """What is known of the book so far."""

    book: Book = field(default_factory=lambda: Book(SharedStrings()))
    base_1904: bool = False
    names: dict[str, str] = field(default_factory=dict)  # relationship id → sheet name
    targets: dict[str, str] = field(default_factory=dict)  # part's name → relationship id
    pivots: list[PivotFields] = field(default_factory=list)
    shown: set[str] = field(default_factory=set)  # texts of all cells


def read(sample: Sample, limits: InspectionLimits) -> Iterator[Yielded]:
    """Yield everything in the package."""
    with open_archive(sample.content) as archive:
        yield from doubts(sample, archive)
        yield from _Package(sample, limits, archive).read()


class _Package:
    """One reading of one package; ``_left`` counts down."""

    def __init__(self, sample: Sample, limits: InspectionLimits, archive: Archive) -> None:
        self._sample = sample
        self._left = limits
        self._archive = archive
        self._workbook = _Workbook()

    def read(self) -> Iterator[Yielded]:
        parts: list[_Part] = []
        for entry in entries(self._archive, self._sample.decode):
            if len(parts) >= self._left.parts:
                yield Unread(self._sample.place, UnreadReason.LIMIT, "members")
                break
            parts.append(_Part(entry, self._root(entry)))
        parts.sort(key=lambda part: _FIRST.index(part.root) if part.root in _FIRST else len(_FIRST))
        for part in parts:
            if part.entry.name.lower().endswith(("workbook.xml.rels", "workbook.bin.rels")):
                yield from self._unpacked(part, self._relations)
        for part in parts:
            yield from self._unpacked(part, self._read_part)
        yield from self._unshown_strings()

    # -------------------------------------------------------------- one part

    def _root(self, entry: Entry) -> str:
        """The name of the root element, from the first bytes."""
        if entry.encrypted:
            return ""
        try:
            with self._archive.open(entry.info) as member:
                head = member.read(_HEAD_BYTES)
        except Exception:  # said when it is unpacked
            return ""
        bare = head.replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe\t\r\n ")
        if not bare.startswith(b"<"):
            if head.startswith(_SIGNED):
                return ""
            return xlsb.role(head, whole=entry.info.file_size <= _HEAD_BYTES)
        found = _ROOT.search(bare)
        return found[1].decode("latin-1") if found else "?"

    def _unpacked(
        self, part: _Part, reading: Callable[[_Part, Place, bytes], Iterator[Yielded]]
    ) -> Iterator[Yielded]:
        place = self._sample.place / part.entry.name
        if part.entry.encrypted:
            yield Unread(place, UnreadReason.ENCRYPTED, "zip")
            return
        try:
            content = unpack(self._archive, part.entry.info, self._left)
        except TooBig:
            yield Unread(place, UnreadReason.LIMIT, "unpacked bytes")
            return
        except Exception as error:
            if not broken(error):
                raise
            yield Unread(place, UnreadReason.DAMAGED, "package member")
            return
        self._left = replace(self._left, total_bytes=self._left.total_bytes - len(content))
        yield from reading(part, place, content)

    def _read_part(self, part: _Part, place: Place, content: bytes) -> Iterator[Yielded]:
        if not part.root:
            yield from _no_xml(part.entry.name, place, content)
            return
        if part.root.startswith("bin:") and next(xlsb.cut(content), None) is None:
            yield from _half_binary(part, place, content)
        if part.root in _SHEETS:
            yield from self._sheet(part, place, content)
        elif reading := self._known().get(part.root):
            yield from reading(part, place, content)
        elif part.root in _PROPERTIES:
            yield from self._properties(place, content)
        elif not _OFFICE.search(content[:_HEAD_BYTES]):  # its names say what stands in it
            yield Member(place, part.entry.name.rpartition("/")[2], content)
        elif _TELLING.search(content):
            yield from (
                caught(content, place, self._left)
                if part.root != "xml"
                else _vml(content, place, self._left)
            )

    def _known(self) -> dict[str, Callable[[_Part, Place, bytes], Iterator[Yielded]]]:
        return {
            "workbook": self._book,
            "styleSheet": self._styles,
            "sst": self._strings,
            "externalLink": self._external,
            "pivotCacheDefinition": self._pivot_fields,
            "pivotCacheRecords": self._pivot_records,
            xlsb.BOOK: self._binary_book,
            xlsb.STYLES: self._binary_styles,
            xlsb.STRINGS: self._binary_strings,
            xlsb.SHEET: self._binary_sheet,
            xlsb.OTHER: self._binary_other,
        }

    def _fed(
        self, place: Place, feed: Callable[[bytes], None], content: bytes
    ) -> Iterator[Yielded]:
        try:
            feed(content)
        except (ForbiddenXml, expat.ExpatError):
            yield Unread(place, UnreadReason.DAMAGED, "xml")

    # -------------------------------------------------------------- what cells point to

    def _relations(self, part: _Part, place: Place, content: bytes) -> Iterator[Yielded]:
        def start(tag: str, attributes: dict[str, str]) -> None:
            target = attributes.get("Target", "").rpartition("/")[2].lower()
            self._workbook.targets[target] = attributes.get("Id", "")

        yield from self._fed(
            place, lambda c: _parse(start, lambda tag: None, lambda text: None, c), content
        )

    def _book(self, part: _Part, place: Place, content: bytes) -> Iterator[Yielded]:
        names: list[str] = []
        label: list[str] = []  # the defined name that is open
        defined: list[tuple[str, str]] = []

        def data(text: str) -> None:
            defined.extend((name, text) for name in label)

        def end(tag: str) -> None:
            label.clear()

        def start(tag: str, attributes: dict[str, str]) -> None:
            said = {local(key): value for key, value in attributes.items()}
            if local(tag) == "definedName":
                label[:] = [said.get("name", "")]
            elif local(tag) == "sheet":
                names.append(said.get("name", ""))
                self._workbook.names[said.get("id", "")] = said.get("name", "")
            elif local(tag) == "workbookPr":
                self._workbook.base_1904 = said.get("date1904", "") in ("1", "true")

        net = Net(place, self._left)
        yield from self._fed(place, lambda c: _parse(start, end, data, c), content)
        yield from self._fed(place, net.feed, content)
        yield from net.units()
        for name in names:
            yield Field(place, "sheet name", name)
        for name, formula in defined:
            value = joined(formula, lambda row, column: "") or literals(formula) or formula
            yield Field(place / name, name, value)

    def _styles(self, part: _Part, place: Place, content: bytes) -> Iterator[Yielded]:
        styles = Styles()
        yield from self._fed(place, styles.feed, content)
        self._workbook.book.styles = styles.shows(base_1904=self._workbook.base_1904)
        if telling := styles.telling():
            yield Prose(place / "formats", telling)

    def _strings(self, part: _Part, place: Place, content: bytes) -> Iterator[Yielded]:
        strings = SharedStrings()
        yield from self._fed(place, strings.feed, content)
        if self._workbook.book.strings.by_index:  # a second table that no cell points to
            yield Prose(place, "\n".join(strings.by_index.values()))
        else:
            self._workbook.book.strings = strings
        if strings.phonetic:
            yield Prose(place / "phonetic", "\n".join(strings.phonetic))

    def _unshown_strings(self) -> Iterator[Yielded]:
        strings = self._workbook.book.strings.by_index.values()
        unshown = [text for text in strings if text not in self._workbook.shown]
        if unshown:
            yield Prose(self._sample.place / "unused strings", "\n".join(unshown))

    # -------------------------------------------------------------- binary parts

    def _binary_book(self, part: _Part, place: Place, content: bytes) -> Iterator[Yielded]:
        names, self._workbook.base_1904, beside = xlsb.book(content)
        self._workbook.names.update(names)
        for name in names.values():
            yield Field(place, "sheet name", name)
        yield from _said(place, beside)

    def _binary_styles(self, part: _Part, place: Place, content: bytes) -> Iterator[Yielded]:
        shows = xlsb.styles(content, base_1904=self._workbook.base_1904)
        self._workbook.book.styles = shows
        yield from _said(place, words(content, ""))

    def _binary_strings(self, part: _Part, place: Place, content: bytes) -> Iterator[Yielded]:
        found, beside = xlsb.strings(content)
        self._workbook.book.strings.by_index.update((str(i), t) for i, t in enumerate(found))
        yield from _said(place, beside)

    def _binary_sheet(self, part: _Part, place: Place, content: bytes) -> Iterator[Yielded]:
        here = self._sheet_place(part, place)
        grid = Grid(here, self._left)
        book = self._workbook.book
        beside = xlsb.cells(content, grid, list(book.strings.by_index.values()), book.styles)
        yield from self._tables(grid)
        yield from _said(here / "beside the cells", beside)

    def _binary_other(self, part: _Part, place: Place, content: bytes) -> Iterator[Yielded]:
        if next(xlsb.cut(content), None) is not None:
            yield from _said(place, words(content, "latin-1"))

    # -------------------------------------------------------------- cells

    def _sheet_place(self, part: _Part, place: Place) -> Place:
        """The sheet's name; its part's name where the workbook does not mention it."""
        file_name = part.entry.name.rpartition("/")[2].lower()
        name = self._workbook.names.get(self._workbook.targets.get(file_name, ""), "")
        return self._sample.place / name if name else place

    def _sheet(self, part: _Part, place: Place, content: bytes) -> Iterator[Yielded]:
        yield from self._cells(self._sheet_place(part, place), content)

    def _tables(self, grid: Grid, shown: set[str] | None = None) -> Iterator[Yielded]:
        """The tables of a sheet; ``shown``: the shared strings in them, where that was noted."""
        self._workbook.shown |= shown or set()
        for found in grid.tables():
            if isinstance(found, Table):
                cells = sum(map(len, found.rows))
                self._left = replace(self._left, cells=self._left.cells - cells)
                if shown is None:
                    self._workbook.shown.update(*found.rows)
            yield found

    def _cells(self, place: Place, content: bytes) -> Iterator[Yielded]:
        grid, net = Grid(place, self._left), Net(place / "beside the cells", self._left)
        sheet = Worksheet(grid, self._workbook.book, net)
        yield from self._fed(place, sheet.feed, content)
        if not sheet.solved:
            yield Unread(place, UnreadReason.LIMIT, "formulas")
        yield from self._tables(grid, sheet.shown)
        yield from net.units()
        for cells, text in net.aimed:
            if label := grid.heading(cells):
                yield Field(place / "beside the cells", label, text)
        if sheet.formulas:
            yield Prose(place / "formulas", "\n".join(sheet.formulas))

    def _external(self, part: _Part, place: Place, content: bytes) -> Iterator[Yielded]:
        yield from self._cells(place, content)

    def _pivot_fields(self, part: _Part, place: Place, content: bytes) -> Iterator[Yielded]:
        pivot = PivotFields()
        yield from self._fed(place, pivot.feed, content)
        self._workbook.pivots.append(pivot)
        yield from pivot.table(place)
        yield from caught(content, place, self._left)

    def _pivot_records(self, part: _Part, place: Place, content: bytes) -> Iterator[Yielded]:
        told = re.search(r"(\d{1,6})\.xml$", part.entry.name)
        pivots = self._workbook.pivots
        at = int(told[1]) - 1 if told else 0
        known = pivots[at] if at < len(pivots) else pivots[0] if pivots else PivotFields()
        records = PivotRecords(known.fields)
        yield from self._fed(place, records.feed, content)
        yield from records.table(place)

    def _properties(self, place: Place, content: bytes) -> Iterator[Yielded]:
        properties = Properties()
        yield from self._fed(place, properties.feed, content)
        yield from properties.fields(place)


def _parse(
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None],
    data: Callable[[str], None],
    content: bytes,
) -> None:
    parser(start, end, data).Parse(content, True)


def _vml(content: bytes, place: Place, limits: InspectionLimits) -> Iterator[Yielded]:
    """Drawings of Excel 2007 hold HTML that is not always XML: then its tags are cut out."""
    found = list(caught(content, place, limits))
    if any(isinstance(unit, Unread) for unit in found) and b"<!DOCTYPE" not in content:
        found = [Prose(place, _TAG.sub("", content.decode("utf-8", "replace")))]
    yield from found


def _half_binary(part: _Part, place: Place, content: bytes) -> Iterator[Yielded]:
    """Bytes that begin as records and do not end as such: something else, or cut off."""
    if part.root == xlsb.OTHER:
        yield from _no_xml(part.entry.name, place, content)
    else:
        yield Unread(place, UnreadReason.DAMAGED, "records")
        yield from _said(place, words(content, "latin-1"))


def _said(place: Place, found: list[str]) -> Iterator[Yielded]:
    if found:
        yield Prose(place, "\n".join(found))


def _no_xml(name: str, place: Place, content: bytes) -> Iterator[Yielded]:
    if _DEVICE.search(name) and media_type(content) in (OCTETS, TEXT):
        for codec in ("latin-1", "utf-16-le"):
            yield Prose(place, _NOT_A_WORD.sub("\n", content.decode(codec, "replace")))
    elif content:
        yield Member(place, name.rpartition("/")[2], content)

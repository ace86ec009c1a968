"""xls: the workbook stream of Excel 2 to 2003, record by record.

Answers: the cells of every sheet as tables under its name, hidden ones and such that no
BOUNDSHEET names included; number formats applied; and as prose whatever reads like text in
any other record: comments, text boxes, headers, names, links, lists, external caches;
embedded pictures as members.
Trusts: nothing.
Fails: a password that is not known is ``encrypted``; a string that ends early is
``damaged``; limits are ``limit``.
Standards: [MS-XLS]; BIFF2 to BIFF5 by the same record numbers with older layouts.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from gateway.extract.blip import pictures
from gateway.extract.sample import Member, Yielded
from gateway.extract.sheet.grid import Grid
from gateway.extract.sheet.number_format import Show, format_codes, number
from gateway.extract.sheet.records import Record, Segments, records, rk, words
from gateway.model import Field, InspectionLimits, Place, Prose, Table, Unread, UnreadReason

_BOF = frozenset((0x0009, 0x0209, 0x0409, 0x0809))
_EOF, FILE_PASS, _CODE_PAGE, _DATE_MODE = 0x0A, 0x2F, 0x42, 0x22
_BOUND_SHEET, _SST, _TXO, _DRAWINGS = 0x85, 0xFC, 0x1B6, 0xEB
_FORMATS, _XFS = (0x41E, 0x1E), (0xE0, 0x43, 0x243, 0x443)
_LABEL_SST, _RK, _MUL_RK = 0xFD, 0x27E, 0xBD
_LABELS, _NUMBERS = (0x204, 0x04, 0xD6), (0x203, 0x03)
_INTEGER, _FORMULAS, _STRINGS = 0x02, (0x06, 0x206, 0x406), (0x207, 0x07)
_BOOLEANS, _EXTERNAL_CELLS = (0x205, 0x05), 0x5A
_SHEET_TYPES = {0x10, 0x40}  # worksheets, macro sheets
_SILENT = frozenset(  # fonts' and windows' geometry, indices, row heights, palettes
    (0x200, 0x208, 0x20B, 0xD7, 0xFF, 0x7D, 0xE5, 0x1C0, 0x161, 0x23E, 0x1D, 0x92, 0xE0, 0x1C1)
)
_CODECS = {932: "cp932", 936: "gbk", 949: "cp949", 950: "cp950", 1200: "latin-1"}
BIFF2, BIFF3, BIFF4, BIFF5, BIFF8 = 2, 3, 4, 5, 8


@dataclass(slots=True)
class _Globals:
    """What is known of the workbook so far."""

    version: int = BIFF8
    codec: str = "cp1252"
    base_1904: bool = False
    strings: list[str] = field(default_factory=list)
    formats: dict[int, str] = field(default_factory=dict)
    cell_formats: list[int] = field(default_factory=list)  # by XF
    sheets: dict[int, str] = field(default_factory=dict)  # offset of BOF → name
    shows: list[Show] | None = None

    def show(self, xf: int) -> Show:
        if self.shows is None:
            self.shows = format_codes(self.formats, self.cell_formats, base_1904=self.base_1904)
        return self.shows[xf] if xf < len(self.shows) else number


def locked(stream: bytes) -> bool:
    """Whether the stream is encrypted: FILEPASS stands among the first records."""
    return any(r.kind == FILE_PASS for r, _ in zip(records(stream), range(16), strict=False))


def read(stream: bytes, place: Place, limits: InspectionLimits) -> Iterator[Yielded]:
    """Yield the sheets of a workbook stream, then the text of all other records."""
    stream_reader = _Stream(place, limits)
    at = 0
    for record in records(stream):
        stream_reader.take(record, at)
        at += sum(4 + len(s) for s in record.segments)
    yield from stream_reader.units()


class _Stream:
    """One pass over a stream."""

    def __init__(self, place: Place, limits: InspectionLimits) -> None:
        self._place = place
        self._limits = limits
        self._book = _Globals()
        self._grids: list[Grid] = []
        self._beside: list[str] = []
        self._damaged = False
        self._drawings: list[bytes] = []
        self._grid = Grid(place, limits)  # of the sheet that is open; the first catches strays
        self._grids.append(self._grid)
        self._depth = 0  # charts and pivots are substreams within a sheet
        self._formula: tuple[int, int] | None = None  # awaits its STRING
        self._text_left = limits.text_chars

    def take(self, record: Record, at: int) -> None:
        try:
            known = self._known(record, at)
        except (EOFError, struct.error, IndexError):
            self._damaged, known = True, False
        if record.kind == _DRAWINGS:
            self._drawings += record.segments
        if not known and record.kind not in _SILENT:
            self._caught(record)

    def units(self) -> Iterator[Yielded]:
        for name in self._book.sheets.values():
            yield Field(self._place, "sheet name", name)
        limits = self._limits
        for grid in self._grids:
            grid.limit(limits.cells)
            for found in grid.tables():
                if isinstance(found, Table):
                    cells = sum(map(len, found.rows))
                    limits = replace(limits, cells=max(0, limits.cells - cells))
                yield found
        if self._beside:
            yield Prose(self._place / "beside the cells", "\n".join(self._beside))
        drawings = pictures(b"".join(self._drawings), limits.part_bytes)
        for count, (end, content) in enumerate(drawings, 1):
            yield Member(self._place / f"picture {count}", f"picture {count}.{end}", content)
        if self._text_left < 0:
            yield Unread(self._place, UnreadReason.LIMIT, "text")
        if self._damaged:
            yield Unread(self._place, UnreadReason.DAMAGED, "record")

    # -------------------------------------------------------------- records

    def _known(self, record: Record, at: int) -> bool:
        """Take a record whose layout matters; False for one that the net shall take."""
        kind, data = record.kind, record.data
        if kind in _BOF:
            self._begin(kind, data, at)
        elif kind == _EOF:
            self._depth = max(0, self._depth - 1)
        elif kind == _LABEL_SST:
            row, column, _, index = struct.unpack_from("<HHHI", data)
            if index < len(self._book.strings):
                self._put(row, column, self._book.strings[index])
        elif kind in _NUMBERS or kind in (_RK, _MUL_RK, _INTEGER) or kind in _FORMULAS:
            return self._number(kind, data)
        elif kind in _LABELS:
            self._label(record)
        elif kind in _STRINGS and self._formula:
            self._put(*self._formula, self._string(record.segments, 0, 2 if kind > 7 else 1))
            self._formula = None
        elif kind in _BOOLEANS:
            return True
        elif kind == _EXTERNAL_CELLS and self._book.version == BIFF8:
            self._external(record)
        else:
            return self._global(record)
        return True

    def _begin(self, kind: int, data: bytes, at: int) -> None:
        self._depth += 1
        version = struct.unpack_from("<H", data)[0] if len(data) >= 2 else 0
        if self._depth > 1:
            return
        self._book.version = (
            (BIFF8 if version >= 0x600 else BIFF5)
            if kind == 0x0809
            else {0x0009: BIFF2, 0x0209: BIFF3, 0x0409: BIFF4}[kind]
        )
        name = self._book.sheets.get(at, "")
        first = len(self._grids) == 1 and not self._book.sheets
        if name or not first:
            place = self._place / (name or f"sheet {len(self._grids)}")
            self._grid = Grid(place, self._limits)
            self._grids.append(self._grid)

    def _global(self, record: Record) -> bool:
        book, kind, data = self._book, record.kind, record.data
        if kind == _SST:
            self._shared(record)
        elif kind == _BOUND_SHEET:
            book.sheets[struct.unpack_from("<I", data)[0]] = self._string((data,), 6, 1)
        elif kind in _FORMATS:
            self._format(record)
        elif kind in _XFS:
            at, width = {0xE0: (2, 2), 0x43: (2, 1)}.get(kind, (1, 1))
            index = int.from_bytes(data[at : at + width], "little")
            book.cell_formats.append(index & 0x3F if kind == 0x43 else index)
        elif kind == _CODE_PAGE:
            page = struct.unpack_from("<H", data)[0]
            book.codec = _CODECS.get(page, f"cp{page}" if 1250 <= page <= 1258 else "cp932")
        elif kind == _DATE_MODE:
            book.base_1904 = data[:1] == b"\x01"
        elif kind == _TXO and len(record.segments) > 1:
            self._text_box(record)
        else:
            return False
        return True

    def _shared(self, record: Record) -> None:
        reader = Segments(record.segments, 8)
        strings = self._book.strings
        for _ in range(struct.unpack_from("<I", record.data, 4)[0]):
            count = int.from_bytes(reader.raw(2), "little")
            text, sound = reader.string(count)
            strings.append(text)
            if sound:
                self._beside.append(sound)

    def _format(self, record: Record) -> None:
        formats, version = self._book.formats, self._book.version
        if version >= BIFF5:
            index = struct.unpack_from("<H", record.data)[0]
            formats[index] = self._string(record.segments, 2, 2 if version == BIFF8 else 1)
        else:
            at = 2 if version == BIFF4 else 0
            formats[len(formats)] = self._string(record.segments, at, 1)

    def _text_box(self, record: Record) -> None:
        """Comments and text boxes: the text stands in the records that continue it."""
        count = struct.unpack_from("<H", record.data, 10)[0]
        if count:
            self._say(Segments((b"", *record.segments[1:])).string(count)[0])

    # -------------------------------------------------------------- cells

    def _number(self, kind: int, data: bytes) -> bool:
        row, column, xf = struct.unpack_from("<HHH", data)
        old = self._book.version == BIFF2 and kind < 0x100
        at = 7 if old else 6
        show = number if old else self._book.show(xf)
        if kind == _INTEGER:
            self._put(row, column, str(struct.unpack_from("<H", data, 7)[0]))
        elif kind == _RK:
            self._put(row, column, show(rk(data[6:10])))
        elif kind == _MUL_RK:
            for i in range((len(data) - 6) // 6):
                xf = struct.unpack_from("<H", data, 4 + 6 * i)[0]
                text = self._book.show(xf)(rk(data[6 + 6 * i : 10 + 6 * i]))
                self._put(row, column + i, text)
        elif kind in _FORMULAS and data[at + 6 : at + 8] == b"\xff\xff":
            self._formula = (row, column) if data[at] == 0 else None
        else:
            self._put(row, column, show(repr(struct.unpack_from("<d", data, at)[0])))
        return kind not in _FORMULAS  # the net looks for texts in the formula itself

    def _label(self, record: Record) -> None:
        row, column = struct.unpack_from("<HH", record.data)
        if record.kind == 0x04:
            text = self._string(record.segments, 7, 1)
        else:
            text = self._string(record.segments, 6, 2)
        self._put(row, column, text)

    def _external(self, record: Record) -> None:
        """A row of cells that another workbook once had."""
        last, first, _ = struct.unpack_from("<BBH", record.data)
        reader = Segments(record.segments, 4)
        texts = []
        for _ in range(last - first + 1):
            kind = reader.raw(1)[0]
            if kind == 2:
                texts.append(reader.string(int.from_bytes(reader.raw(2), "little"))[0])
            else:
                value = struct.unpack("<d", reader.raw(8))[0]
                texts.append(number(repr(value)) if kind == 1 else "")
        self._say("\t".join(texts))

    def _put(self, row: int, column: int, text: str) -> None:
        self._text_left -= len(text)
        if self._text_left >= 0:
            self._grid.cell(row + 1, column + 1, text)

    # -------------------------------------------------------------- text

    def _string(self, segments: tuple[bytes, ...], at: int, length_bytes: int) -> str:
        """A string with its length before it, in the layout of the version."""
        reader = Segments(segments, at)
        count = int.from_bytes(reader.raw(length_bytes), "little")
        if self._book.version == BIFF8:
            return reader.string(count)[0]
        return reader.raw(count).decode(self._book.codec, "replace")

    def _caught(self, record: Record) -> None:
        codec = "latin-1" if self._book.version == BIFF8 else self._book.codec
        for segment in record.segments:
            for word in words(segment, codec):
                self._say(word)

    def _say(self, text: str) -> None:
        self._text_left -= len(text)
        if self._text_left >= 0 and text.strip():
            self._beside.append(text)


def property_words(stream: bytes) -> str:
    """The texts of a property set, and of any other stream of unknown layout."""
    return "\n".join(dict.fromkeys(words(stream, "cp932")))

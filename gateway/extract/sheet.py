"""Spreadsheets: xlsx, xlsm, xlsb, xls and ods.

Answers: each sheet, hidden ones too, as a table at the sheet's name with the positions
that its cells have in the program; and from the package of an xlsx all that is no cell:
comments, drawings, headers and footers, defined names, caches, properties.
Trusts: python-calamine (Rust), so it runs in a worker only. A sheet's extent is looked at
before: one cell in XFD1048576 makes a dense table of 17 thousand million.
Fails: too many cells are ``limit`` (the sheet's XML is then read as lines); a password is
``encrypted``; other foreign exceptions pass on to the registry.
Numbers are printed as exact integers: calamine gives every number as a float.
"""

from __future__ import annotations

import datetime
import io
import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import python_calamine

from gateway.extract.archive import TooBig, entries, open_archive, unpack
from gateway.extract.package import read_package
from gateway.extract.sample import Sample, Yielded
from gateway.extract.sniff import ODS, XLS, XLSB, XLSX
from gateway.model import InspectionLimits, Place, Prose, Table, Unread, UnreadReason

_KINDS = frozenset((XLSX, XLSB, XLS, ODS))
_SHEET = re.compile(r"^xl/(?:worksheets|chartsheets|dialogsheets|macrosheets)/[^/]+\.xml$")
_CELLS = re.compile(r"^xl/(?:worksheets/[^/]+\.xml|sharedStrings\.xml)$")
_NOTHING = re.compile(r"(?!)")
_BINARY_PARTS = re.compile(r"^xl/.*\.bin$|^\[Content_Types\]\.xml$")
_REFERENCE = re.compile(rb"\sr\s*=\s*[\"']([A-Z]{1,3})?(\d{1,7})[\"']")
_TAG = re.compile(r"<[^<>]*>")
_ROW_LIMIT = 1_048_576
_EXACT = 2**53


def recognises(sample: Sample) -> bool:
    """Whether it is a workbook of a family that calamine reads."""
    return sample.media_type in _KINDS


def read(sample: Sample, limits: InspectionLimits) -> Iterator[Yielded]:
    """Yield the sheets, then what stands beside the cells."""
    if sample.media_type == XLSX:
        too_wide, beside = _sheet_xml(sample, limits)
        yield from beside
        if too_wide:
            yield Unread(sample.place, UnreadReason.LIMIT, "cells")
            yield from read_package(sample, limits, skip=_NOTHING)
            return
    yield from _sheets(sample, limits)
    if sample.media_type == XLSX:
        yield from read_package(sample, limits, skip=_CELLS)
    elif sample.media_type == XLSB:
        yield from read_package(sample, limits, skip=_BINARY_PARTS)


def _sheets(sample: Sample, limits: InspectionLimits) -> Iterator[Yielded]:
    try:
        book = python_calamine.load_workbook(io.BytesIO(sample.content))
    except python_calamine.PasswordError:
        yield Unread(sample.place, UnreadReason.ENCRYPTED, "workbook")
        return
    left = limits.cells
    for name in book.sheet_names:
        place = sample.place / name
        try:
            sheet = book.get_sheet_by_name(name)
        except python_calamine.WorksheetNotFound:  # a chart sheet: no cells
            continue
        if sheet.start is None:
            continue
        left -= sheet.height * sheet.width
        if left < 0:
            yield Unread(place, UnreadReason.LIMIT, "cells")
            return
        yield _table(sheet, place)


def _table(sheet: Any, place: Place) -> Table:
    first_row, first_column = sheet.start
    rows = tuple(tuple(map(printed, row)) for row in sheet.to_python(skip_empty_area=True))
    return Table(place, rows, first_row + 1, first_column + 1)


def printed(value: object) -> str:
    """Return a cell as text.

    >>> printed(12345.0), printed(0.5), printed(True), printed("x")
    ('12345', '0.5', 'TRUE', 'x')
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < _EXACT else repr(value)
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    return str(value)


def _sheet_xml(sample: Sample, limits: InspectionLimits) -> tuple[bool, list[Prose]]:
    """Whether some sheet's references span too many cells; and its text outside of cells."""
    beside: list[Prose] = []
    with open_archive(sample.content) as archive:
        for entry in entries(archive, sample.decode):
            if not _SHEET.match(entry.name) or entry.encrypted:
                continue
            try:
                content = unpack(archive, entry.info, limits)
            except TooBig:
                return True, beside
            if _extent(content) > limits.cells:
                return True, beside
            # Headers, footers, validation lists and links stand behind the cells.
            behind = content.rpartition(b"</sheetData>")[2].decode("utf-8", "replace")
            text = unescape(_TAG.sub("\n", behind))
            if text.strip():
                beside.append(Prose(sample.place / entry.name, text))
    return False, beside


def _extent(xml: bytes) -> int:
    """Rows times columns between the outermost references of a sheet."""
    columns: set[bytes] = set()
    first, last = _ROW_LIMIT, 0
    for letters, digits in _REFERENCE.findall(xml):
        columns.add(letters)
        row = int(digits)
        first, last = min(first, row), max(last, row)
    numbers = [_column(letters) for letters in columns if letters]
    if not numbers:
        return 0
    return max(0, last - first + 1) * (max(numbers) - min(numbers) + 1)


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number

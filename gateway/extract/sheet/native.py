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
from typing import Any

import python_calamine

from gateway.extract.package import read_package
from gateway.extract.sample import Sample, Yielded
from gateway.extract.sniff import ODS, XLS, XLSB, XLSX
from gateway.model import InspectionLimits, Place, Table, Unread, UnreadReason

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
    yield from _sheets(sample, limits)
    if sample.media_type == XLSB:
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

"""Files for offices, whose records hold My Numbers and name them nowhere.

Answers: which structure a table has, and which of its rows hold a record of it.
Trusts: nothing; a look at the first cells of some rows. Fails: never.
Sources: 日本年金機構 SHFD0006.CSV (``[kanri]``, ``[data]``, then records that begin with the
form's code 22xxxxx); 国税庁 法定調書 and 総務省 給与支払報告書 (records that begin with the
form's code 3xx, a 整理番号 of ten digits second and one of thirteen seventh).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum, auto

_FIRST_ROWS = 200
_PENSION_CODE = re.compile(r"2[0-9]{6}\Z")
_TAX_CODE = re.compile(r"3[0-9]{2}\Z")
_MARKS = frozenset(("[kanri]", "[data]"))
_FEWEST_TAX_CELLS = 15
_OFFICE_NUMBER, _RECORD_NUMBER = 1, 6  # cells of a tax record: ten and thirteen digits


class Structure(Enum):
    """A file that an office has laid down."""

    PENSION = auto()
    TAX = auto()

    def holds(self, row: Sequence[str]) -> bool:
        """Whether ``row`` is a record of it."""
        if self is Structure.PENSION:
            return bool(row) and _PENSION_CODE.match(row[0].strip()) is not None
        return _is_tax_record(row)


def structure_of(rows: Sequence[Sequence[str]]) -> Structure | None:
    """Return what ``rows`` are; None for a table of somebody's own."""
    first = rows[:_FIRST_ROWS]
    marks = {cell.strip().lower() for row in first for cell in row[:2]}
    if marks >= _MARKS:
        return Structure.PENSION
    records = [row for row in first if any(row)]
    if records and sum(map(_is_tax_record, records)) * 2 > len(records):
        return Structure.TAX
    return None


def looks_so(text: str) -> bool:
    """Whether a text that nobody declared a table has such a structure."""
    head = text[:4096].lower()
    return all(mark in head for mark in _MARKS) or _TAX_LINE.match(text) is not None


_TAX_LINE = re.compile(r"\"?3[0-9]{2}\"?,\"?[0-9]{0,10}\"?,(?:[^\n,]{0,60},){12}")


def _is_tax_record(row: Sequence[str]) -> bool:
    if len(row) < _FEWEST_TAX_CELLS or not _TAX_CODE.match(row[0].strip()):
        return False
    office, record = row[_OFFICE_NUMBER].strip(), row[_RECORD_NUMBER].strip()
    office_fits = not office or _is_number(office, 10)
    record_fits = not record or _is_number(record, 13)
    return office_fits and record_fits and bool(office or record)


def _is_number(cell: str, digits: int) -> bool:
    return len(cell) == digits and cell.isdecimal()

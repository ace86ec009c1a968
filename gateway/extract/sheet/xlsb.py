"""The binary parts of an xlsb: cells, strings, styles, sheet names; words of all the rest.

Answers: what a part is by its first record; its cells into a grid; and from records of any
other kind what reads like text (comments, names, links, caches, headers).
Trusts: nothing. ``cut`` says no to bytes that are no chain of records to the very end.
Fails: ``struct.error`` and ``IndexError`` are caught per record; the net then takes it.
Standards: [MS-XLSB] 2.1.4 (records), 2.4.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator

from gateway.extract.sheet.grid import Grid
from gateway.extract.sheet.number_format import Show, format_codes, number
from gateway.extract.sheet.records import rk, words

SHEET, STRINGS, STYLES, BOOK, OTHER = "bin:sheet", "bin:sst", "bin:styles", "bin:book", "bin:other"
_ROLES = {129: SHEET, 159: STRINGS, 278: STYLES, 131: BOOK}
_ROW, _SST_ITEM, _FORMAT, _XF = 0, 19, 44, 47
_CELL_XFS, _CELL_XFS_END = 617, 618
_BUNDLE_SHEET, _BOOK_PROPERTIES = 156, 153
_RK, _REAL, _STRING, _INDEX, _FORMULA_STRING, _FORMULA_NUMBER = 2, 5, 6, 7, 8, 9
_RICH = 62
_FIRST_CELL, _FIRST_SHORT, _LAST_SHORT = 1, 12, 18
_FEWEST = 2
_MARKS = 128  # records that only mark a beginning or an end have types from here on
_MOST_EMPTY = 8  # in a row below that; more of them are UTF-16, whose zeros read as lengths

Records = list[tuple[int, bytes]]


def role(head: bytes, *, whole: bool) -> str:
    """What a part is, by its first records; "" for what is no chain of records."""
    found = list(cut(head, whole=False))
    if len(found) < _FEWEST:
        return ""
    if found[0][0] in _ROLES:
        return _ROLES[found[0][0]]
    sound = not whole or next(cut(head), None) is not None
    return OTHER if sound and found[0][0] >= _MARKS else ""


def cut(part: bytes, *, whole: bool = True) -> Iterator[tuple[int, bytes]]:
    """Yield the records of a part; with ``whole``, none if they do not end where it does."""
    found: Records = []
    at = empty = 0
    while at < len(part):
        kind, at = _varint(part, at, 2)
        length, at = _varint(part, at, 4)
        if at < 0 or at + length > len(part):
            if whole:
                return
            break
        found.append((kind, part[at : at + length]))
        at += length
        empty = empty + 1 if not length and kind < _MARKS else 0
        if whole and empty > _MOST_EMPTY:
            return
    yield from found


def _varint(part: bytes, at: int, most: int) -> tuple[int, int]:
    value = 0
    for i in range(most):
        if at < 0 or at + i >= len(part):
            return 0, -1
        byte = part[at + i]
        value |= (byte & 0x7F) << (7 * i)
        if byte < 0x80:
            return value if most > 2 else _kind(part[at : at + i + 1]), at + i + 1
    return value if most > 2 else _kind(part[at : at + most]), at + most


def _kind(raw: bytes) -> int:
    return raw[0] if len(raw) == 1 else (raw[0] & 0x7F) | (raw[1] & 0x7F) << 7


def wide_string(data: bytes, at: int) -> tuple[str, int]:
    """A string with its length before it, and where it ends."""
    (count,) = struct.unpack_from("<I", data, at)
    end = at + 4 + 2 * count
    if end > len(data):
        raise IndexError
    return data[at + 4 : end].decode("utf-16-le", "replace"), end


def strings(part: bytes) -> tuple[list[str], list[str]]:
    """The shared strings; and what else stands there (pronunciations)."""
    found: list[str] = []
    beside: list[str] = []
    for kind, data in cut(part, whole=False):
        if kind != _SST_ITEM:
            beside += words(data, "")
            continue
        try:
            text, end = wide_string(data, 1)
        except (struct.error, IndexError):
            text, end = "", 0
        found.append(text)
        beside += words(data[end:], "")
    return found, beside


def styles(part: bytes, *, base_1904: bool) -> list[Show]:
    """What shows the numbers of each cell style."""
    codes: dict[int, str] = {}
    ids: list[int] = []
    of_cells = False
    for kind, data in cut(part, whole=False):
        if kind in (_CELL_XFS, _CELL_XFS_END):
            of_cells = kind == _CELL_XFS
        elif kind == _FORMAT and len(data) >= 6:
            try:
                codes[struct.unpack_from("<H", data)[0]] = wide_string(data, 2)[0]
            except IndexError:
                continue
        elif kind == _XF and of_cells and len(data) >= 4:
            ids.append(struct.unpack_from("<H", data, 2)[0])
    return format_codes(codes, ids, base_1904=base_1904)


def book(part: bytes) -> tuple[dict[str, str], bool, list[str]]:
    """Relationship id → sheet name, whether dates count from 1904, and all other words."""
    names: dict[str, str] = {}
    beside: list[str] = []
    base_1904 = False
    for kind, data in cut(part, whole=False):
        if kind == _BOOK_PROPERTIES:
            base_1904 = bool(data[:1] and data[0] & 1)
        elif kind == _BUNDLE_SHEET:
            try:
                relation, at = wide_string(data, 8)
                names[relation] = wide_string(data, at)[0]
            except (struct.error, IndexError):
                beside += words(data, "")
        else:
            beside += words(data, "")
    return names, base_1904, beside


def cells(part: bytes, grid: Grid, text_at: list[str], shows: list[Show]) -> list[str]:
    """Put the cells of a sheet into ``grid``; return what reads like text in the rest."""
    beside: list[str] = []
    row = column = 0

    def show(style: int) -> Callable[[str], str]:
        return shows[style] if style < len(shows) else number

    for kind, data in cut(part, whole=False):
        if kind == _ROW and len(data) >= 4:
            row, column = struct.unpack_from("<I", data)[0] + 1, 0
            continue
        known = _FIRST_CELL <= kind <= 11 or _FIRST_SHORT <= kind <= _LAST_SHORT or kind == _RICH
        if not known:
            beside += words(data, "")
            continue
        try:
            column, style, at, plain = _header(kind, data, column)
            text, end = _cell_text(plain, data, at, text_at, show(style))
        except (struct.error, IndexError):
            beside += words(data, "")
            continue
        grid.cell(row, column, text)
        beside += words(data[end:], "") if end < len(data) else []
    return beside


def _header(kind: int, data: bytes, before: int) -> tuple[int, int, int, int]:
    """1-based column, style, where the value stands, and the kind of a cell in full form."""
    if _FIRST_SHORT <= kind <= _LAST_SHORT:
        return before + 1, struct.unpack_from("<I", data)[0] & 0xFFFFFF, 4, kind - 11
    column, style = struct.unpack_from("<II", data)
    return column + 1, style & 0xFFFFFF, 8, kind


def _cell_text(
    kind: int, data: bytes, at: int, text_at: list[str], show: Callable[[str], str]
) -> tuple[str, int]:
    if kind == _INDEX:
        (index,) = struct.unpack_from("<I", data, at)
        return (text_at[index] if index < len(text_at) else ""), at + 4
    if kind == _RK:
        return show(rk(data[at : at + 4])), at + 4
    if kind in (_REAL, _FORMULA_NUMBER):
        return show(repr(struct.unpack_from("<d", data, at)[0])), at + 8
    if kind in (_STRING, _FORMULA_STRING):
        return wide_string(data, at)
    if kind == _RICH:
        return wide_string(data, at + 1)
    return "", at


__all__ = ["BOOK", "OTHER", "SHEET", "STRINGS", "STYLES", "book", "cells", "cut", "role", "strings"]

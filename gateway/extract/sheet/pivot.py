"""Pivot caches: the rows of a table that a workbook keeps after the table itself is gone.

Answers: the fields with their distinct items as columns, and the records as a table under
the fields' names.
Trusts: nothing. Fails: ``ForbiddenXml`` and ``ExpatError`` pass on to the caller.
Standards: ECMA-376 part 1, 18.10.1.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import zip_longest

from gateway.extract.sheet.net import local, parser
from gateway.extract.sheet.number_format import number
from gateway.model import Place, Table

_VALUES = frozenset(("s", "n", "d", "b", "e", "m", "x"))


@dataclass(slots=True)
class PivotField:
    """One column of the cache."""

    name: str
    items: list[str] = field(default_factory=list)


class PivotFields:
    """Feed it a cache definition; ``fields`` hold what the records point to."""

    def __init__(self) -> None:
        self.fields: list[PivotField] = []
        self._shared = 0  # open sharedItems and groupItems elements

    def feed(self, content: bytes) -> None:
        parser(self._start, self._end, lambda text: None).Parse(content, True)

    def table(self, place: Place) -> Iterator[Table]:
        """Yield the distinct items of all fields, a column each."""
        columns = [(f.name, *f.items) for f in self.fields]
        if any(f.items for f in self.fields):
            yield Table(place, tuple(zip_longest(*columns, fillvalue="")))

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = local(tag)
        if name == "cacheField":
            self.fields.append(PivotField(attributes.get("name", "")))
        elif name in ("sharedItems", "groupItems"):
            self._shared += 1
        elif self._shared and name in _VALUES and self.fields:
            self.fields[-1].items.append(number(attributes.get("v", "")))

    def _end(self, tag: str) -> None:
        if local(tag) in ("sharedItems", "groupItems"):
            self._shared -= 1


class PivotRecords:
    """Feed it the records of a cache whose fields are known."""

    def __init__(self, fields: list[PivotField]) -> None:
        self._fields = fields
        self._rows: list[tuple[str, ...]] = []
        self._row: list[str] = []

    def feed(self, content: bytes) -> None:
        parser(self._start, self._end, lambda text: None).Parse(content, True)

    def table(self, place: Place) -> Iterator[Table]:
        if self._rows:
            head = tuple(f.name for f in self._fields)
            yield Table(place, (head, *self._rows), first_row=0)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = local(tag)
        if name == "r":
            self._row = []
        elif name == "x":
            self._row.append(self._item(attributes.get("v", "")))
        elif name in _VALUES:
            self._row.append(number(attributes.get("v", "")))

    def _end(self, tag: str) -> None:
        if local(tag) == "r":
            self._rows.append(tuple(self._row))

    def _item(self, index: str) -> str:
        column = len(self._row)
        if column >= len(self._fields) or not index.isdecimal() or len(index) > 9:
            return ""
        items = self._fields[column].items
        return items[int(index)] if int(index) < len(items) else ""

"""Charts: the cached figures that a chart carries beside the sheet they come from.

Answers: each series as a column under its name, beside the categories, as a table; titles
and labels as prose.
Trusts: nothing (see ``xml_text``). Caches are written with up to seventeen figures and an
exponent; whole numbers are given whole.
Fails: like ``xml_text``, which reads the part as well.
Standards: ECMA-376 part 1, 21.2.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal, InvalidOperation
from itertools import zip_longest
from xml.parsers import expat

from gateway.extract.sample import Yielded
from gateway.extract.xml_text import read_xml, readable
from gateway.model import InspectionLimits, Place, Table

_ROOT_REACH = 4096  # bytes in which the root element begins
_ROLES = frozenset(("tx", "cat", "val", "xVal", "yVal", "bubbleSize"))
_MOST_DIGITS = 20


def is_chart(content: bytes) -> bool:
    """Whether an XML part is a chart, by its root element."""
    return b"chartSpace" in content[:_ROOT_REACH]


def read_chart(
    content: bytes, place: Place, limits: InspectionLimits, numbered: str = "line"
) -> Iterator[Yielded]:
    """Yield the figures as a table, then the words."""
    columns = _Columns()
    with suppress(expat.ExpatError, ValueError, LookupError):  # ``read_xml`` says so
        columns.feed(content)
    if columns.found:
        rows = zip_longest(*columns.found[: limits.cells], fillvalue="")
        yield Table(place / "chart", tuple(rows))
    yield from read_xml(content, place, limits, numbered)


def whole(figure: str) -> str:
    """Return a whole number without exponent or decimal point; anything else as it is.

    >>> whole("1.23456E5"), whole("12.0"), whole("0.5"), whole("x")
    ('123456', '12', '0.5', 'x')
    """
    try:
        number = Decimal(figure)
    except InvalidOperation:
        return figure
    if not number.is_finite() or number.adjusted() > _MOST_DIGITS or number % 1:
        return figure
    return str(int(number))


class _Columns:
    """Collects a column for each series and role."""

    def __init__(self) -> None:
        self.found: list[list[str]] = []
        self._name = ""  # of the open series
        self._role = ""  # open role element
        self._in_series = self._in_value = False
        self._text: list[str] = []

    def feed(self, content: bytes) -> None:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = _refuse
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._data
        parser.Parse(readable(content), True)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if name == "ser":
            self._in_series, self._name = True, ""
        elif name in _ROLES and self._in_series and not self._role:
            self._role = name
            if name != "tx":
                self.found.append([self._name if name != "cat" else ""])
        elif name == "v":
            self._in_value, self._text = True, []

    def _end(self, tag: str) -> None:
        name = tag.rpartition(":")[2]
        if name == "ser":
            self._in_series = False
        elif name == self._role:
            self._role = ""
        elif name == "v":
            self._in_value = False
            text = whole("".join(self._text))
            if self._role == "tx":
                self._name = text
            elif self._role:
                self.found[-1].append(text)

    def _data(self, text: str) -> None:
        if self._in_value:
            self._text.append(text)


def _refuse(*_: object) -> None:
    raise ValueError("document type declaration")

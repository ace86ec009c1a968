"""Tables that are still text: cut into cells only where a number could stand in them.

Answers: the table (and where quotes swallow lines, the lines besides) of a delimited text,
or nothing when a glance shows that no number is in it.
Trusts: nothing. Fails: never; what is no table after all is read as prose.
Standard: RFC 4180.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from gateway.detect.glance import delimited_worth_reading
from gateway.model import Delimited, Prose, Table


def cut_up(unit: Delimited) -> Iterator[Table | Prose]:
    """Yield what is to be read of a delimited text."""
    if not delimited_worth_reading(unit.text, unit.delimiter):
        return
    try:
        reader = csv.reader(io.StringIO(unit.text), delimiter=unit.delimiter)
        rows = tuple(map(tuple, reader))
    except csv.Error:  # a quote that never closes, a field beyond 128 KB
        yield Prose(unit.place, unit.text)
        return
    yield Table(unit.place, rows)
    if '"' in unit.text and any("\n" in cell for row in rows for cell in row):
        yield Prose(unit.place, unit.text)  # an unclosed quote swallows rows

"""Which bytes of a TIFF belong to its pages; what is left is another file, or leftovers.

Answers: ``claimed``: each stretch that the header or a page speaks of: tables, values, strips.
Trusts: nothing; at most ``_MOST_VALUES`` fields and places are looked at.
Fails: never; a table that breaks off claims what it has said so far.
Standards: TIFF 6.0 (section 2; 22 for JPEG), the BigTIFF proposal of 2004 as libtiff has it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from gateway.extract.iso_boxes import Stretch

STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
BIG_STARTS = STARTS[2:]

_VALUE_BYTES = {
    1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4,
    16: 8, 17: 8, 18: 8,
}  # fmt: skip
_PLACE_TYPES = {3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}
_MORE_PAGES = frozenset((330, 400, 34665, 34853, 40965))  # SubIFDs, EXIF, GPS, interoperability
_PLACES = {273: 279, 324: 325, 513: 514}  # where data lie: which tag says how long
_TABLES = {519: 64, 520: 16, 521: 16}  # of JPEG before 1995: where, and bytes at the least
_CODES = frozenset((520, 521))  # tables whose first 16 bytes say how long the rest is
_TOLD = _MORE_PAGES | _PLACES.keys() | frozenset(_PLACES.values()) | _TABLES.keys()
_MOST_VALUES = 1_000_000  # fields and places of all pages; what comes behind them is unclaimed


@dataclass(frozen=True, slots=True)
class _Form:
    """How wide numbers are: the old form has 4 bytes for a place, the big one 8."""

    order: str
    big: bool

    @property
    def place(self) -> str:
        return self.order + ("Q" if self.big else "I")

    @property
    def count(self) -> str:
        return self.order + ("Q" if self.big else "H")

    @property
    def entry(self) -> struct.Struct:
        return struct.Struct(self.order + ("HHQ8s" if self.big else "HHI4s"))

    @property
    def inline(self) -> int:
        return 8 if self.big else 4


@dataclass(slots=True)
class _Walk:
    """One pass over all pages."""

    content: bytes
    form: _Form
    left: int = _MOST_VALUES
    found: list[Stretch] = field(default_factory=list)
    open_ended: list[int] = field(default_factory=list)  # places whose length nobody says

    def claim(self, start: int, length: int) -> None:
        if length > 0 and start < len(self.content):
            self.found.append((start, min(start + length, len(self.content))))


def claimed(content: bytes) -> list[Stretch]:
    """Return the stretches that the file's own tables account for, in no order."""
    form = _Form("<" if content.startswith(b"I") else ">", content[:4] in BIG_STARTS)
    walk = _Walk(content, form)
    first = 8 if form.big else 4
    walk.claim(0, first + form.inline)
    with suppress(struct.error, OverflowError):  # it breaks off, or names a place in no file
        _pages(walk, struct.unpack_from(form.place, content, first)[0])
    starts = sorted(start for start, _ in walk.found)
    for place in walk.open_ended:  # up to whatever is next: nothing else says where it ends
        after = next((start for start in starts if start > place), len(content))
        walk.claim(place, after - place)
    return walk.found


def _pages(walk: _Walk, first: int) -> None:
    to_do, seen = [first], {0}
    while to_do and walk.left > 0:
        at = to_do.pop()
        if at in seen:
            continue
        seen.add(at)
        to_do += _page(walk, at)


def _page(walk: _Walk, at: int) -> list[int]:
    """Claim one page's table and all that it names; return where other pages are."""
    form, entry = walk.form, walk.form.entry
    (count,) = struct.unpack_from(form.count, walk.content, at)
    table = at + struct.calcsize(form.count)
    walk.claim(at, table - at + entry.size * count + form.inline)
    values: dict[int, list[int]] = {}
    for place in range(table, table + entry.size * count, entry.size):
        tag, found = _entry(walk, place)
        values[tag] = found
        if walk.left <= 0:
            return []
    _claim_data(walk, values)
    behind = struct.unpack_from(form.place, walk.content, table + entry.size * count)
    return [*behind, *(place for tag in _MORE_PAGES for place in values.get(tag, ()))]


def _entry(walk: _Walk, place: int) -> tuple[int, list[int]]:
    """Claim a field's values; return its tag, and the values if they are places or lengths."""
    tag, kind, length, inline = walk.form.entry.unpack_from(walk.content, place)
    size = _VALUE_BYTES.get(kind, 0) * length
    start = place + walk.form.entry.size - walk.form.inline
    if size > walk.form.inline:
        (start,) = struct.unpack(walk.form.place, inline)
        walk.claim(start, size)
    found: list[int] = []
    if kind in _PLACE_TYPES and length <= _MOST_VALUES and tag in _TOLD:
        numbers = f"{walk.form.order}{length}{_PLACE_TYPES[kind]}"
        found = list(struct.unpack_from(numbers, walk.content, start))
    walk.left -= 1 + len(found)
    return tag, found


def _claim_data(walk: _Walk, values: dict[int, list[int]]) -> None:
    for offsets, sizes in _PLACES.items():
        lengths: Iterator[int] = iter(values.get(sizes, ()))
        for place in values.get(offsets, ()):
            length = next(lengths, 0)
            walk.claim(place, length)
            if length == 0:
                walk.open_ended.append(place)
    for tag, least in _TABLES.items():
        for place in values.get(tag, ()):
            more = sum(walk.content[place : place + 16]) if tag in _CODES else 0
            walk.claim(place, least + more)

"""One number in several fields or under several labels: mynumber1, mynumber2, mynumber3.

Answers: ``in_parts`` for a text (JSON, a query, a form written out), ``FieldRun`` for form
fields that come one after the other: three of four digits, or twelve of one.
Trusts: nothing. Only stems that name My Number are joined.
Fails: never; linear, and a run keeps no more than ``MOST_STEMS`` stems.
Source: e-Tax field names (mynmbr1/2/3), boxes of PDF forms numbered by position.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from gateway.detect.check_digit import DIGITS
from gateway.detect.grammar import Form, Match, plausible_labelled
from gateway.detect.labels import Kind, Label, kind_of
from gateway.model import Field

MOST_STEMS = 1000
_BOXES, _FOURS = DIGITS, 3
_INDEX = re.compile(
    r"(.{2,80}?)[\s_\-.:\[(（]{0,2}([0-9０-９]{1,2})[\s\])）]{0,2}(?:桁目|欄|マス)?\Z"
)
_PART = re.compile(
    r"[\]\[\w.\-]{0,12}?[_\-.\[(（]?([0-9]{1,2})[\])）]?[\"']?"
    r"\s{0,3}[:=：＝]\s{0,3}[\"']?([0-9]{1,4})(?![0-9])"
)


@dataclass(slots=True)
class FieldRun:
    """Collects the numbered fields of one part and joins those that are one number."""

    _parts: dict[str, list[Field]] = field(default_factory=dict, repr=False)

    def add(self, unit: Field) -> None:
        """Take a field in; most are none of a run and cost one look."""
        value = unit.value.strip()
        if len(value) > 4 or (value and not value.isdecimal()):
            return
        found = _INDEX.match(unit.label)
        if found and (found[1] in self._parts or len(self._parts) < MOST_STEMS):
            self._parts.setdefault(found[1], []).append(unit)

    def joined(self) -> Iterator[Field]:
        """Yield the numbers that the fields so far make, and forget the fields."""
        parts, self._parts = self._parts, {}
        for stem, fields in parts.items():
            if kind_of(stem) is Kind.STRONG:
                for digits in _whole([f.value.strip() for f in fields]):
                    yield Field(fields[0].place, stem, digits)


def in_parts(text: str, labels: Iterable[Label]) -> Iterator[Match]:
    """Yield the numbers whose parts stand under labels of My Number one after the other."""
    run: list[tuple[int, int, str]] = []  # start, end, digits
    reached = 0  # labels side by side (個人番号mynumber2) point at one and the same part
    for label in labels:
        found = _PART.match(text, label.end) if label.kind is Kind.STRONG else None
        if not found or found.start(2) < reached:
            continue
        reached = found.end(2)
        if int(found[1]) <= 1 and run:
            run = []
        run.append((found.start(2), found.end(2), found[2]))
        for digits in _whole([part for _, _, part in run[-DIGITS:]]):
            if plausible_labelled(digits):
                yield Match(digits, run[0][0], run[-1][1], Form.SPLIT, alone=False)
            run = []


def _whole(values: list[str]) -> Iterator[str]:
    """The numbers that values in a row make."""
    if len(values) == DIGITS + 1 and not values[0]:
        values = values[1:]
    size = 1 if len(values) % _BOXES == 0 and all(len(v) == 1 for v in values) else 4
    count = _BOXES if size == 1 else _FOURS
    if not values or len(values) % count or not all(len(v) == size for v in values):
        return
    for at in range(0, len(values), count):
        yield "".join(str(int(c)) for v in values[at : at + count] for c in v)

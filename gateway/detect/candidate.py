"""The values that detection hands out and takes in.

Answers: what the engine knows around a unit (``Context``), a string of digits as it was met
(``Sighting``), and one that may be a My Number, with its confidence (``Candidate``).
Trusts: nothing. Fails: never.
Secret: digits live in these values only, in memory, masked in every ``repr``; after
``conclude`` nothing that stands for a number is left (番号法 Art. 2(8)).

What is made for each number is a tuple with names, not a frozen dataclass: a list of a
megabyte has 77,000 of them, and a tuple is made in a third of the time; in a third of that where
many are made at once (``made``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple, TypeVar

from gateway.detect.grammar import Form
from gateway.detect.labels import Kind
from gateway.model import Confidence, Place

_T = TypeVar("_T", bound="tuple[Any, ...]")


def made(kind: type[_T], fields: Iterable[tuple[Any, ...]]) -> Iterator[_T]:
    """Make many tuples with names, each of all its fields in their order."""
    return map(partial(tuple.__new__, kind), fields)


@dataclass(frozen=True, slots=True)
class Context:
    """What is known around a unit."""

    labels: tuple[str, ...] = field(default=(), repr=False)  # sheet, file name, subject …
    mentioned: bool = False  # whether a text of the same part has named My Number before


@dataclass(frozen=True, slots=True)
class Standing:
    """What the labels around a number say."""

    kind: Kind | None = None  # of the nearest label; None when there is none
    reason: str = ""  # how it was met, a constant of gateway.reasons; "" without a label
    strong_too: bool = False  # another label, farther away, says My Number
    direct: bool = False  # another number's name stands right before it or above its column


class Spot(NamedTuple):
    """Where in its unit a number stands."""

    row: int = 0  # 1-based line of prose, row of a table as the source counts; 0 in a field
    column: int = 0  # 1-based column of a table; 0 elsewhere
    last_column: int = 0  # differs from ``column`` where a number spreads over cells
    start: int = 0  # offset in the prose, the cell or the field's value
    end: int = 0  # exclusive; 0 where a number spreads over cells
    last_row: int = 0  # of a number that spreads down a column; 0 elsewhere


class Sighting(NamedTuple):
    """Twelve digits as they were met, before they are judged. Secret."""

    digits: str
    form: Form
    alone: bool  # whether borders and digits allow it without a label
    standing: Standing
    spot: Spot
    group: tuple[int, ...]  # those of one group are judged as one population
    valid: bool  # whether the check digit agrees; asked many times, worked out once
    personal: float = 0.0  # weight of the personal data beside it (``personal``)

    def __repr__(self) -> str:
        return f"<Sighting {self.form.name} {self.spot}>"


Piece = tuple[str, float]  # a constant of gateway.reasons, and its weight in powers of ten


class Weighed(NamedTuple):
    """A sighting and what speaks for and against it. Secret."""

    sighting: Sighting
    confidence: Confidence | None  # None: refused
    pieces: tuple[Piece, ...]  # strongest first, those against last
    reasons: tuple[str, ...]  # of the pieces, in their order


class Candidate(NamedTuple):
    """A number that may be a My Number. Secret: it goes no farther than ``conclude``."""

    digits: str  # folded: twelve of 0-9
    confidence: Confidence
    reasons: tuple[str, ...]  # constants of gateway.reasons, strongest first
    place: Place  # the unit's
    spot: Spot
    numbered: str = ""  # the word for a line in the place; "" for tables and fields

    def __repr__(self) -> str:
        return f"<Candidate {self.confidence} {self.spot}>"

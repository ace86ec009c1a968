"""Columns of bare numbers: twelve digits a cell, one below the other, thousands of them.

Answers: ``bare`` picks such cells out of a column; ``Bare.sightings`` are the same values as
reading the cells one by one gives, made all at once. What is alike in them (group, column, what
the headings say) is worked out once, what differs (digits, row) in loops of the interpreter's own.
Trusts: the caller to have cut the column. Fails: never; linear.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import repeat

from gateway import reasons as why
from gateway.detect.candidate import Sighting, Spot, Standing, made
from gateway.detect.check_digit import DIGITS
from gateway.detect.grammar import FEWEST_DISTINCT, Form, reading_otherwise
from gateway.detect.headings import Headings
from gateway.detect.labels import Kind
from gateway.detect.lanes import agree, different, lanes
from gateway.detect.structure import Structure
from gateway.model import Table


@dataclass(frozen=True, slots=True)
class Bare:
    """The bare numbers of one column. Secret."""

    column: int  # 0-based
    rows: Sequence[int]  # 0-based, ascending
    numbers: Sequence[str] = field(repr=False)

    def sightings(
        self, unit: Table, headings: Headings, known: Structure | None, *, mine: bool
    ) -> Iterator[Sighting]:
        """Yield them with what the headings, or else the structure of the table, say."""
        digits = lanes(self.numbers)
        valid = agree(digits)
        whole = [True] * len(valid) if mine else valid
        said = headings.down(self.rows, self.column, whole)
        if known:
            said = [
                _RECORD if not one.kind and known.holds(unit.rows[r]) else one
                for one, r in zip(said, self.rows, strict=True)
            ]
        column = repeat(unit.first_column + self.column)
        rows = map(unit.first_row.__add__, self.rows)
        start, end, down = repeat(0), repeat(DIGITS), repeat(0)
        spots = made(Spot, zip(rows, column, column, start, end, down, strict=False))
        form, group, nobody = repeat(Form.COMPACT), repeat((next(column),) * 2), repeat(0.0)
        fields = (
            self.numbers,
            form,
            self._alone(different(digits)),
            said,
            spots,
            group,
            valid,
            nobody,
        )
        return made(Sighting, zip(*fields, strict=False))

    def _alone(self, different: bytes) -> list[bool]:
        """Whether each may count without a label (``grammar.plausible_alone``)."""
        varied = [n >= FEWEST_DISTINCT for n in different]
        for n in reading_otherwise(self.numbers):
            varied[n] = False
        return varied


_RECORD = Standing(Kind.STRONG, why.KNOWN_STRUCTURE)


def bare(column: int, cells: Sequence[str]) -> Bare | None:
    """Return the bare numbers of a column; None where there are none."""
    found = [
        (r, cell)
        for r, cell in enumerate(cells)
        if len(cell) == DIGITS and cell.isdecimal() and cell.isascii()  # ``is_bare``
    ]
    if not found:
        return None
    rows, numbers = zip(*found, strict=True)
    return Bare(column, rows, numbers)


def is_bare(cell: str) -> bool:
    """Return whether a cell is twelve ASCII digits and nothing else."""
    return len(cell) == DIGITS and cell.isdecimal() and cell.isascii()

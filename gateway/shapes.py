"""The shapes that reading yields: what stands in a part, and where, as a person would say it.

Answers: prose, tables, delimited text and fields, each with its place; import them from
``gateway.model``, whose other half this is.
Trusts: nothing; imports nothing of ours. Fails: never. Every value here is secret and says
so little in its ``repr`` that no number can be in it.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands, as a person would say it: ``2 名簿.xlsx / Sheet1 / D2:D41``.

    The first step is the part's number in the mail with its name (``"headers"`` for the
    mail's own header). A step can be a file name from the mail and so hold a number:
    ``str()`` gives it in clear, for masking by ``gateway.masking.mask`` before it is
    written or shown; ``repr`` shows the depth only.
    """

    steps: tuple[str, ...]

    def __truediv__(self, step: str) -> Place:
        return Place((*self.steps, step))

    def __str__(self) -> str:
        return " / ".join(self.steps)

    def __repr__(self) -> str:
        return f"<Place depth={len(self.steps)}>"


@dataclass(frozen=True, slots=True)
class Prose:
    """Lines in reading order. Secret."""

    place: Place
    text: str = field(repr=False)  # line ends are "\n"
    numbered: str = "line"  # what a line number is called in a place: "line", "paragraph", "p."


@dataclass(frozen=True, slots=True)
class Table:
    """Cells in rows. Secret. Ragged rows are allowed; an empty cell is ``""``."""

    place: Place
    rows: tuple[tuple[str, ...], ...] = field(repr=False)
    first_row: int = 1  # 1-based position of rows[0][0] in the source, so that a place
    first_column: int = 1  # can name the cell as the sheet does (D2)


@dataclass(frozen=True, slots=True)
class Field:
    """A label and its value: form field, header, file name, metadata, JSON key. Secret."""

    place: Place
    label: str
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Delimited:
    """A table still in its text form (CSV, TSV; RFC 4180), not yet cut into cells. Secret."""

    place: Place
    text: str = field(repr=False)  # line ends are "\n"
    delimiter: str


Unit = Prose | Table | Field | Delimited

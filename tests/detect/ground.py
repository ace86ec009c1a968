"""What the tests of detection share: units at a fixed place, and a short way to ask."""

from gateway.detect import Candidate, Context, candidates, conclude
from gateway.model import Field, Finding, Persons, Place, Prose, Table, Unit

PLACE = Place(("2 名簿",))


def prose(text: str, numbered: str = "line") -> Prose:
    return Prose(PLACE, text, numbered)


def table(rows, **position: int) -> Table:
    return Table(PLACE, tuple(tuple(row) for row in rows), **position)


def field(label: str, value: str) -> Field:
    return Field(PLACE, label, value)


def found(unit: Unit, *labels: str) -> list[Candidate]:
    return candidates(unit, Context(labels))


def persons(unit: Unit, *labels: str) -> Persons:
    return conclude(found(unit, *labels))[1]


def findings(unit: Unit, *labels: str) -> tuple[Finding, ...]:
    return conclude(found(unit, *labels))[0]


def level(unit: Unit, *labels: str) -> str:
    """The confidence of the surest finding; "none" where nothing is found."""
    here = findings(unit, *labels)
    return here[0].confidence.value if here else "none"

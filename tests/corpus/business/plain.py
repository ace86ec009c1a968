"""The text of a mail as our own readers get it: what other detectors are given to look into."""

from __future__ import annotations

from functools import partial

from gateway import extract
from gateway.inspection.walk import Walk
from gateway.message import parse
from gateway.model import Delimited, Field, InspectionLimits, Prose, Table, Unit

_LIMITS = InspectionLimits()


def text_of(content: bytes) -> str:
    """Everything that is read in the mail, part after part; cells are parted by tabs."""
    texts: list[str] = []
    walk = Walk(
        _LIMITS,
        partial(extract.read, before_native=lambda: None),
        partial(extract.media_type, before_native=lambda: None),
        lambda part, place: None,
        witness=lambda unit, context: texts.append(_text(unit)),
    )
    walk.mail(parse(content, _LIMITS))
    return "\n\n".join(texts)


def _text(unit: Unit) -> str:
    match unit:
        case Prose() | Delimited():
            return unit.text
        case Table():
            return "\n".join("\t".join(row) for row in unit.rows)
        case Field():
            return f"{unit.label}: {unit.value}"

"""Why a number was or was not taken for a My Number, for people who ask.

Answers: ``told``: everything that was considered in one unit, masked, with the evidence.
Trusts: the unit; it is read again, so this costs as much as detection.
Fails: never. No digit of a number is in what it returns, only its form and place.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gateway.detect import weigh
from gateway.detect.candidate import Context, Piece, Weighed
from gateway.detect.conclusion import where
from gateway.detect.grammar import Form
from gateway.model import Place, Prose, Unit

_SHOWN = {Form.GROUPED: "****-****-****", Form.BOXES: "*|" * 11 + "*", Form.SPLIT: "****|****|****"}
_MASKED = "*" * 12


@dataclass(frozen=True, slots=True)
class Told:
    """One number that was considered. Holds no digit of it; its place can hold others'."""

    place: Place
    shown: str  # asterisks, grouped as the number is
    confidence: str  # "" where it was refused
    evidence: tuple[Piece, ...]  # strongest first, those against last


def told(unit: Unit, context: Context) -> Iterator[Told]:
    """Yield what was considered in ``unit``, in reading order."""
    for cut, weighed in weigh(unit, context):
        numbered = cut.numbered if isinstance(cut, Prose) else ""
        for one in weighed:
            yield _told(one, cut.place, numbered)


def _told(one: Weighed, place: Place, numbered: str) -> Told:
    return Told(
        where(place, numbered, one.sighting.spot),
        _SHOWN.get(one.sighting.form, _MASKED),
        one.confidence.value if one.confidence else "",
        one.pieces,
    )

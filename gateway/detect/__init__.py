"""My Number (個人番号) detection: digits → sightings → evidence → candidates → findings.

Answers: ``candidates``: what in one unit may be a My Number, how surely, and why;
``conclude``: the findings of a whole mail and its number of persons.
Trusts: units to be shaped as a person sees them; nothing about their text.
Fails: never; linear time on any text.
Secret: digits live in ``Candidate`` only, in memory; ``conclude`` leaves none.
Standard: 番号法, 平成26年総務省令第85号 第5条.

Steps, one file each: ``fold`` (digits of every script), ``grammar`` (what twelve digits must
look like), ``labels`` (words that say what a number is), ``prose`` and ``table`` (what
stands where), ``evidence`` (how sure), ``conclusion`` (findings).
"""

from __future__ import annotations

from gateway.detect.candidate import MY_NUMBER, Candidate, Context, Sighting, Spot
from gateway.detect.conclusion import conclude
from gateway.detect.delimited import cut_up
from gateway.detect.evidence import judge
from gateway.detect.labels import says_my_number
from gateway.detect.prose import in_field, in_prose
from gateway.detect.table import in_table, title_labels
from gateway.model import Delimited, Field, Prose, Table, Unit

__all__ = ["MY_NUMBER", "Candidate", "Context", "Spot", "candidates", "conclude"]


def candidates(unit: Unit, context: Context) -> list[Candidate]:
    """Return what in ``unit`` may be a My Number, in reading order.

    Args:
        unit: a prose, a table or a field, as an extractor gave it.
        context: the labels around it: sheet name, file name, subject.
    """
    if isinstance(unit, Delimited):
        return [found for cut in cut_up(unit) for found in candidates(cut, context)]
    met = _sightings(unit)
    if not met:
        return []
    around = (*context.labels, *(title_labels(unit) if isinstance(unit, Table) else ()))
    judged = judge(met, container=any(map(says_my_number, around)))
    numbered = unit.numbered if isinstance(unit, Prose) else ""
    found = [
        Candidate(sighting.digits, confidence, reasons, unit.place, sighting.spot, numbered)
        for sighting, confidence, reasons in judged
    ]
    return sorted(found, key=lambda c: (c.spot.row, c.spot.column, c.spot.start))


def _sightings(unit: Prose | Table | Field) -> list[Sighting]:
    if isinstance(unit, Prose):
        return in_prose(unit)
    return in_table(unit) if isinstance(unit, Table) else in_field(unit)

"""My Number (個人番号) detection: digits → sightings → evidence → candidates → findings.

Answers: ``candidates``: what in one unit may be a My Number, how surely, and why;
``conclude``: the findings of a whole mail and its number of persons.
Trusts: units to be shaped as a person sees them; nothing about their text.
Fails: never; linear time on any text.
Secret: digits live in ``Candidate`` only, in memory; ``conclude`` leaves none.
Standard: 番号法, 平成26年総務省令第85号 第5条.

Steps, one file each: ``glance`` (is there anything to read), ``fold`` (digits of every
script), ``grammar``, ``loose``, ``groups`` (what twelve digits must look like), ``named``
(what they may look like behind a label), ``labels`` (words that say what a number is),
``prose``, ``table``, ``spread``, ``headings``, ``parts``, ``contested``, ``structure``
(what stands where), ``personal`` (who stands beside), ``population`` and ``evidence`` (how
sure), ``conclusion`` (findings), ``explanation`` (the same for people who ask why).
"""

from __future__ import annotations

from collections.abc import Iterator
from operator import attrgetter

from gateway.detect.candidate import Candidate, Context, Sighting, Spot, Weighed
from gateway.detect.conclusion import Tally, conclude
from gateway.detect.delimited import cut_up
from gateway.detect.evidence import judge
from gateway.detect.glance import may_name
from gateway.detect.labels import container_kind, says_my_number
from gateway.detect.parts import FieldRun
from gateway.detect.prose import in_field, in_prose
from gateway.detect.structure import looks_so
from gateway.detect.table import in_table, title_labels
from gateway.model import Delimited, Field, Prose, Table, Unit

__all__ = [
    "Candidate",
    "Context",
    "FieldRun",
    "Spot",
    "Tally",
    "candidates",
    "conclude",
    "mentions",
    "weigh",
]


MENTION_CHARS = 64 * 1024  # of one text, in which a word of My Number counts for what follows


def candidates(unit: Unit, context: Context, tally: Tally | None = None) -> list[Candidate]:
    """Return what in ``unit`` may be a My Number, in reading order.

    Args:
        unit: a prose, a table or a field, as an extractor gave it.
        context: the labels around it: sheet name, file name, subject.
        tally: told of the unlabelled numbers, for the test of the whole document.
    """
    found = []
    for cut, weighed in weigh(unit, context):
        numbered = cut.numbered if isinstance(cut, Prose) else ""
        if tally is not None:
            tally.note(cut.place, weighed)
        found += [
            Candidate(
                one.sighting.digits,
                one.confidence,
                one.reasons,
                cut.place,
                one.sighting.spot,
                numbered,
            )
            for one in weighed
            if one.confidence
        ]
    return found


def weigh(unit: Unit, context: Context) -> Iterator[tuple[Unit, list[Weighed]]]:
    """Yield all that was considered in ``unit``, also what was refused, piece by piece."""
    if isinstance(unit, Delimited):
        for cut in cut_up(unit):
            yield from weigh(cut, context)
        return
    met = _sightings(unit)
    if met:
        around = (*context.labels, *(title_labels(unit) if isinstance(unit, Table) else ()))
        judged = judge(met, container_kind(around), mentioned=context.mentioned)
        yield unit, sorted(judged, key=attrgetter("sighting.spot"))
    if isinstance(unit, Prose) and looks_so(unit.text):
        yield from weigh(Delimited(unit.place, unit.text, ","), context)


def mentions(text: str) -> bool:
    """Return whether a text names My Number, so that what comes after it is read in its light."""
    head = text[:MENTION_CHARS]
    return may_name(head, head.encode("utf-8", "surrogatepass")) and says_my_number(head)


def _sightings(unit: Prose | Table | Field) -> list[Sighting]:
    if isinstance(unit, Prose):
        return in_prose(unit)
    return in_table(unit) if isinstance(unit, Table) else in_field(unit)

"""The report's draft: items ① to ⑨ of 規則 3条, what is known, what a person must add.

Answers: ``draft`` gives the nine items; ``summary`` a few lines for a page or terminal.
Trusts: the facts, which are masked; sentences come from the ``incident`` catalogue.
Fails: ``KeyError`` for a language that the catalogue does not have.
"""

from __future__ import annotations

from dataclasses import dataclass

from gateway.i18n import text
from gateway.incident.classify import Classification, Facts, Kind, Mark
from gateway.incident.clocks import Deadlines, day_in_japan
from gateway.model import Fate

# Item, and whether it also goes into the notice to the persons (◆).
_ITEMS = (
    ("outline", True),
    ("items", True),
    ("persons", False),
    ("cause", True),
    ("damage", True),
    ("response", False),
    ("publication", False),
    ("prevention", False),
    ("other", True),
)
_LISTED = 20  # addresses named in one line; the rest are counted


@dataclass(frozen=True, slots=True)
class ReportItem:
    """One item of the report to the PPC."""

    number: int  # 1 to 9
    title: str
    to_persons: bool  # ◆: belongs into the notice to the persons, too
    known: tuple[str, ...]  # sentences made from the record
    missing: str  # what a person must fill in; "" when the record says it all


def draft(facts: Facts, found: Classification, lang: str) -> tuple[ReportItem, ...]:
    """Return the nine items in the report's order."""
    known = _known(facts, found, lang)
    return tuple(
        ReportItem(
            number=n,
            title=text("incident", f"item-{key}", lang),
            to_persons=to_persons,
            known=tuple(known.get(key, ())),
            missing=_missing(key, found, lang),
        )
        for n, (key, to_persons) in enumerate(_ITEMS, start=1)
    )


def summary(facts: Facts, found: Classification, lang: str) -> list[str]:
    """Return the incident in a few lines: what, whose, where to, until when."""
    lines = [_outcome(facts, found, lang), *_persons(found, lang)]
    lines += _destinations(facts, found, lang)
    lines += _approved(found, lang)
    if found.deadlines is not None:
        lines += _clocks(found.deadlines, lang)
    return [*lines, *(reported_line(mark, lang) for mark in facts.reported)]


def reported_line(mark: Mark, lang: str) -> str:
    """Say which report was given, when, by whom, and under what number."""
    key = f"reported-{mark.step}" + ("" if mark.reference else "-plain")
    return text("incident", key, lang, on=mark.on, by=mark.by, reference=mark.reference)


def _known(facts: Facts, found: Classification, lang: str) -> dict[str, list[str]]:
    outline = text(
        "incident",
        "outline",
        lang,
        day=day_in_japan(facts.opened_at).isoformat(),
        sender=facts.sender or "<>",
        incident=facts.incident_id,
    )
    rules = ", ".join(dict.fromkeys(c.rule for c in facts.destinations))
    return {
        "outline": [
            outline,
            _outcome(facts, found, lang),
            *_destinations(facts, found, lang),
            *_approved(found, lang),
        ],
        "items": [text("incident", "items", lang)] if found.persons.possible else [],
        "persons": _persons(found, lang),
        "cause": [text("incident", "cause", lang, rules=rules), *_meant(facts, lang)],
        "response": [text("incident", "response", lang)] if found.kept_from else [],
    }


def _missing(key: str, found: Classification, lang: str) -> str:
    if key == "persons" and not found.persons_open and found.persons.likely:
        return ""
    return text("incident", f"missing-{key}", lang)


def _persons(found: Classification, lang: str) -> list[str]:
    key = "persons-open" if found.persons_open else "persons"
    counted = {"likely": found.persons.likely, "possible": found.persons.possible}
    over = [text("incident", "over-100", lang)] if found.over_100 else []
    return [text("incident", key, lang, **counted), *over]


def _approved(found: Classification, lang: str) -> list[str]:
    asked = found.kind is Kind.APPROVED
    return [text("incident", "approved-question", lang)] if asked else []


def _outcome(facts: Facts, found: Classification, lang: str) -> str:
    """What became of the mail; a correction is told as one, since its mail did leave."""
    corrected = found.kind is Kind.PREVENTED and _sent_instead(facts)
    return text("incident", "kind-corrected" if corrected else f"kind-{found.kind.value}", lang)


def _sent_instead(facts: Facts) -> tuple[str, ...]:
    """The right addresses that a handler put in, and that got the mail."""
    return tuple(c.corrected for c in facts.destinations if c.corrected and c.fate is Fate.RELAYED)


def _destinations(facts: Facts, found: Classification, lang: str) -> list[str]:
    named = (
        ("gone-to", found.gone_to),
        ("sent-instead", _sent_instead(facts)),
        ("kept-from", found.kept_from),
    )
    return [
        text("incident", key, lang, addresses=_list(addresses), count=len(addresses))
        for key, addresses in named
        if addresses
    ]


def _list(addresses: tuple[str, ...]) -> str:
    more = " …" if len(addresses) > _LISTED else ""
    return ", ".join(addresses[:_LISTED]) + more


def _meant(facts: Facts, lang: str) -> list[str]:
    return [
        text("incident", "meant", lang, address=c.address, name=c.resembles)
        for c in facts.destinations
        if c.resembles
    ][:_LISTED]


def _clocks(due: Deadlines, lang: str) -> list[str]:
    return [
        text("incident", "preliminary", lang, soon=due.preliminary_soon, by=due.preliminary_by),
        text("incident", "final", lang, by=due.final_by, wrongful=due.final_by_if_wrongful),
    ]

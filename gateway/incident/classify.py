"""Classification: did it leave, whose numbers, and which clock runs.

Answers: ``classify`` turns the facts of one incident into a ``Classification``.
Trusts: the facts: what became of each recipient's copy.
Fails: never. A copy whose outcome is unknown counts as a risk of a leak, which the rule
includes (おそれ); so does a part that could not be read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from gateway.incident.clocks import STRICT, Counting, Deadlines, day_in_japan, deadlines
from gateway.model import Fate, Persons, Verdict

REPORTABLE_PERSONS = 100  # 規則2条4号: more than this


class Kind(StrEnum):
    """What happened, worst first."""

    LEFT = "left"  # relayed although a rule would have stopped it (monitor, or warn only)
    PERHAPS = "perhaps"  # the same, and nobody knows whether it arrived
    APPROVED = "approved"  # left after a person approved it
    PREVENTED = "prevented"  # 未遂: it did not leave, or only to the corrected address


class Copy(Protocol):
    """One recipient's copy, as ``gateway.store.Destination`` has it."""

    @property
    def address(self) -> str: ...
    @property
    def corrected(self) -> str: ...
    @property
    def resembles(self) -> str: ...
    @property
    def recipient_class(self) -> str: ...
    @property
    def would(self) -> Verdict: ...
    @property
    def rule(self) -> str: ...
    @property
    def reasons(self) -> tuple[str, ...]: ...
    @property
    def hold_id(self) -> str: ...
    @property
    def fate(self) -> Fate | None: ...


class Mark(Protocol):
    """That a report was given, as ``gateway.store.Reported`` has it."""

    @property
    def step(self) -> str: ...
    @property
    def on(self) -> date: ...
    @property
    def reference(self) -> str: ...
    @property
    def by(self) -> str: ...


class Facts(Protocol):
    """One incident, as ``gateway.store.IncidentRecord`` has it; every string is masked."""

    @property
    def incident_id(self) -> str: ...
    @property
    def opened_at(self) -> datetime: ...
    @property
    def sender(self) -> str: ...
    @property
    def persons(self) -> Persons: ...
    @property
    def attachments(self) -> int: ...
    @property
    def state(self) -> str: ...
    @property
    def unread(self) -> Sequence[object]: ...
    @property
    def destinations(self) -> Sequence[Copy]: ...
    @property
    def reported(self) -> Sequence[Mark]: ...


@dataclass(frozen=True, slots=True)
class Classification:
    """What can be said of an incident without a person's judgement."""

    kind: Kind
    persons: Persons
    persons_open: bool  # a part was not read: there may be more
    over_100: bool  # 4号 is in question
    gone_to: tuple[str, ...]  # masked addresses that got it, or perhaps did
    kept_from: tuple[str, ...]  # masked addresses that did not
    reasons: tuple[str, ...]  # constants of gateway.reasons, each once
    deadlines: Deadlines | None  # None where nothing left that could hold a number

    @property
    def numbers_at_risk(self) -> bool:
        """Whether the mail holds, or could hold, a My Number."""
        return self.persons.possible > 0 or self.persons_open


def classify(
    facts: Facts, *, known_on: date | None = None, counting: Counting = STRICT
) -> Classification:
    """Return what kind of incident this is and which clocks run.

    Args:
        known_on: the day the organisation knew; the day of the mail when None.
        counting: how days are counted.
    """
    concerned = [c for c in facts.destinations if c.would is not Verdict.ALLOW]
    kind = min((_kind(facts, c) for c in concerned), key=_rank, default=Kind.PREVENTED)
    gone = [c for c in concerned if _kind(facts, c) is not Kind.PREVENTED]
    at_risk = facts.persons.possible > 0 or bool(facts.unread)
    runs = kind in (Kind.LEFT, Kind.PERHAPS) and at_risk
    day = known_on or day_in_japan(facts.opened_at)
    return Classification(
        kind=kind,
        persons=facts.persons,
        persons_open=bool(facts.unread),
        over_100=facts.persons.possible > REPORTABLE_PERSONS,
        gone_to=tuple(c.address for c in gone),
        kept_from=tuple(c.address for c in concerned if c not in gone),
        reasons=tuple(dict.fromkeys(r for c in concerned for r in c.reasons)),
        deadlines=deadlines(day, counting) if runs else None,
    )


def _rank(kind: Kind) -> int:
    return list(Kind).index(kind)


def _kind(facts: Facts, copy: Copy) -> Kind:
    """What became of one copy."""
    if copy.hold_id:
        sent = copy.fate in (Fate.RELAYED, Fate.UNKNOWN) and not copy.corrected
        return Kind.APPROVED if sent else Kind.PREVENTED
    if copy.fate is Fate.RELAYED:
        return Kind.LEFT
    if copy.fate is Fate.UNKNOWN or (copy.fate is None and facts.state == "intended"):
        return Kind.PERHAPS
    return Kind.PREVENTED

"""What approving one mail takes now: how many persons, who, and whether the sender counts.

Answers: ``Terms.of``; built from the policy in force, the list of people and the office's hours,
so that whoever moved to another office yesterday approves nothing today.
Trusts: those three. Fails: never.
A stand-in (代理) may do what the absent person may by policy, never what that person may as
somebody's stand-in: there are no chains.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import TypeVar

from gateway.config import Config
from gateway.desk.people import Actor
from gateway.desk.roster import Roster
from gateway.model import Hold, Verdict
from gateway.policy import JAPAN, MANAGER, Eyes, Policy
from gateway.recipients import Directory
from gateway.store import ReviewKind, StandIn

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Office:
    """When the office is open, Japan time."""

    opens: time = time(0)
    closes: time = time(0)  # as ``opens``: always open
    days: frozenset[int] = frozenset(range(7))  # 0 is Monday
    holidays: frozenset[date] = frozenset()

    def is_open(self, now: datetime) -> bool:
        """Whether somebody is at work at ``now``."""
        here = now.astimezone(JAPAN)
        if self.opens == self.closes:
            return True
        at_work = self.opens <= here.time() < self.closes
        return at_work and here.weekday() in self.days and here.date() not in self.holidays


@dataclass(frozen=True, slots=True)
class Needs:
    """What approving one mail takes."""

    approvers: int  # persons
    named: tuple[str, ...] = field(repr=False)  # entries, resolved; empty: every handler
    self_check: bool
    mode: str = ""  # ReviewKind where fewer eyes than usual are enough


@dataclass(frozen=True, slots=True)
class Terms:
    """Policy, people and hours, as they are now. Swapped whole on reload."""

    policy: Policy = field(default_factory=lambda: Policy((), ()))
    directory: Directory = field(default_factory=lambda: Directory.build(internal=(), trusted=()))
    roster: Roster = field(default_factory=lambda: Roster({}))
    office: Office = Office()

    def of(self, hold: Hold, sender: str, now: datetime) -> Needs:
        """Return what releasing ``hold`` takes; ``sender`` is its sender's name."""
        rule, usual = self.policy.rule(hold.rule), self.policy.approval
        approved_by = _first(rule.approved_by if rule else None, usual.approved_by)
        reached = self.chain(hold)[: hold.escalated]
        named = self.resolved((*approved_by, *reached), sender) if approved_by else ()
        count = 1 if hold.verdict is Verdict.WARN else hold.approvers
        self_check = bool(_first(rule.self_check if rule else None, usual.self_check))
        eyes, mode = self._unusual(now)
        if eyes is Eyes.AS_USUAL:
            return Needs(count, named, self_check)
        relaxed = count > 1 or (eyes is Eyes.SELF_CHECK and not self_check)
        also = self_check or eyes is Eyes.SELF_CHECK
        return Needs(1, named, also, mode if relaxed else "")

    def _unusual(self, now: datetime) -> tuple[Eyes, str]:
        usual = self.policy.approval
        until = usual.disaster_until
        if until is not None and now.astimezone(JAPAN).date() <= until:
            return usual.disaster, ReviewKind.DISASTER.value
        if not self.office.is_open(now):
            return usual.off_hours, ReviewKind.OFF_HOURS.value
        return Eyes.AS_USUAL, ""

    def chain(self, hold: Hold) -> tuple[str, ...]:
        """Return whom a hold goes on to, as written."""
        rule = self.policy.rule(hold.rule)
        return tuple(_first(rule.chain if rule else None, self.policy.approval.chain))

    def resolved(self, entries: Iterable[str], sender: str) -> tuple[str, ...]:
        """Return entries with the sender's manager by name; nobody's manager is nobody."""
        named = (self.roster.manager(sender) if e == MANAGER else e for e in entries)
        return tuple(dict.fromkeys(e or "nobody's manager" for e in named))

    def told_at(self, entry: str, sender: str) -> tuple[str, ...]:
        """Return the addresses at which one step of the chain is told."""
        [name] = self.resolved([entry], sender)
        return (name,) if "@" in name else self.roster.addresses(name)

    def names(self, needs: Needs, actor: Actor, person: str, stand_ins: Sequence[StandIn]) -> bool:
        """Whether the actor may approve: named himself, or in place of somebody named."""
        if self.roster.gone(person):
            return False
        if not needs.named or self._listed(needs.named, person, actor.addresses):
            return True
        absent = [s.absent for s in stand_ins if s.stand_in == person]
        return any(self._listed(needs.named, a, self.roster.addresses(a)) for a in absent)

    def _listed(self, named: Sequence[str], person: str, addresses: Sequence[str]) -> bool:
        own = {a.strip().casefold() for a in (*addresses, *self.roster.addresses(person))}
        domains = {f"@{a.rpartition('@')[2]}" for a in own}
        return any(e == person or e in own or e in domains for e in named)


def _first(own: T | None, usual: T) -> T:
    """What the rule says, else what holds for every rule."""
    return usual if own is None else own


def terms_of(config: Config, policy: Policy, directory: Directory) -> Terms:
    """Build the terms from what is configured.

    Raises: ConfigError: the list of people cannot be read.
    """
    office = config.office
    hours = Office(*office.hours, office.weekdays, frozenset(office.holidays))
    return Terms(policy, directory, Roster.load(config.people.file), hours)

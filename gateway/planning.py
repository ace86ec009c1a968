"""What becomes of a decided mail: the plan of its effects, made before any of them happens.

Answers: ``Planner.plan``: whose copy is relayed, what is parked and for how long, who is told
what, which links are made and what the journal keeps.
Trusts: the decision. Fails: never; nothing is written and nobody is asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from gateway.ids import new_id
from gateway.judging import is_ours
from gateway.model import (
    Decision,
    Envelope,
    Inspection,
    MailFacts,
    Outgoing,
    Park,
    Ruling,
    Submission,
    Verdict,
)
from gateway.notify import Notices
from gateway.policy import Policy, Rule, explain, journalled
from gateway.rules import Rules
from gateway.store import features_of
from gateway.store.opaque import fresh

LANGUAGES = ("ja", "en")


@dataclass(frozen=True, slots=True)
class Link:
    """What opens one parked mail on its sender's page."""

    hold_id: str
    token: str = field(repr=False)
    ends_at: datetime  # aware, UTC


@dataclass(frozen=True, slots=True)
class Plan:
    """What is about to happen to one mail; made from the decision, before any effect."""

    submission: Submission
    inspection: Inspection
    decision: Decision
    relayed: Envelope | None  # None when nobody's copy is relayed
    parks: tuple[Park, ...] = ()
    notices: tuple[Outgoing, ...] = ()
    incident_id: str | None = None  # set whenever anything but "allow" would have happened
    links: tuple[Link, ...] = ()  # for warned mail whose sender has a page
    from_inside: bool = False  # the sender's domain is ours; only then is a name told
    journals: tuple[str, ...] = ()  # journal rules that ask for the record
    features: Mapping[str, object] = field(default_factory=dict)  # for the journal, of the facts

    @property
    def staged(self) -> bool:
        """Parks and notices wait for the outcome of the relay of the other copies."""
        return self.relayed is not None and bool(self.parks or self.notices)

    def token(self, hold_id: str) -> str:
        """What opens this parked mail to its sender; "" where nothing does."""
        return next((link.token for link in self.links if link.hold_id == hold_id), "")


class Planner:
    """Makes plans; shared by all connections of a gateway process.

    Args:
        hold_expires, warn_expires: how long a mail waits where its rule does not say.
    """

    def __init__(self, notices: Notices, hold_expires: timedelta, warn_expires: timedelta) -> None:
        self._notices = notices
        self._expires = {Verdict.HOLD: hold_expires, Verdict.WARN: warn_expires}

    def plan(
        self,
        submission: Submission,
        facts: MailFacts,
        decision: Decision,
        rules: Rules,
        goes_with: str = "",
    ) -> Plan:
        """Turn verdicts into effects.

        Args:
            rules: those that decided.
            goes_with: the hold whose locked files this mail seems to tell the password of.
        """
        policy = rules.policy
        features = features_of(facts, [r.recipient for r in decision.rulings])
        journals = tuple(j.id for j in journalled(facts, decision, policy, submission.received_at))
        if decision.would is Verdict.ALLOW:
            envelope, found = submission.envelope, facts.inspection
            return Plan(submission, found, decision, envelope, journals=journals, features=features)
        blocked = decision.verdict is Verdict.BLOCK  # one block stops the whole mail
        relayed = None if blocked else _relayed(submission.envelope, decision)
        parks = () if blocked else self._parks(submission, decision, policy, goes_with)
        plan = Plan(
            submission,
            facts.inspection,
            decision,
            relayed,
            parks,
            incident_id=new_id(),
            from_inside=is_ours(submission.envelope.mail_from, rules.directory),
            links=self._links(submission, parks),
            journals=journals,
            features=features,
        )
        return replace(plan, notices=tuple(self._compose(plan, facts)))

    def _parks(
        self, submission: Submission, decision: Decision, policy: Policy, goes_with: str
    ) -> tuple[Park, ...]:
        """One park for each rule that parks, with the recipients it ruled."""
        groups: dict[tuple[Verdict, str], list[Ruling]] = {}
        for ruling in decision.of(Verdict.WARN, Verdict.HOLD):
            if not _goes_at_once(ruling):
                groups.setdefault((ruling.verdict, ruling.rule), []).append(ruling)
        return tuple(
            Park(
                hold_id=new_id(),
                verdict=verdict,
                rule=rule,
                rcpt_tos=tuple(r.recipient.address for r in rulings),
                approvers=rulings[0].approvers,
                expires_at=submission.received_at + self._wait(verdict, policy.rule(rule)),
                on_expiry=policy.on_expiry(verdict, rule),
                goes_with=goes_with,
            )
            for (verdict, rule), rulings in groups.items()
        )

    def _links(self, submission: Submission, parks: Sequence[Park]) -> tuple[Link, ...]:
        """Make what opens the sender's page, for each mail that waits for its sender."""
        if not self._notices.offers_page(submission.envelope):
            return ()
        return tuple(
            Link(p.hold_id, fresh(), p.expires_at)
            for p in parks
            if p.verdict is Verdict.WARN and p.expires_at
        )

    def _wait(self, verdict: Verdict, rule: Rule | None) -> timedelta:
        """How long a park waits: the rule's own time, else the configured one."""
        own = (rule.delay or rule.expires) if rule else None
        return own or self._expires[verdict]

    def _compose(self, plan: Plan, facts: MailFacts) -> list[Outgoing]:
        """Write the notices: to the sender for every verdict that is not silent, to handlers."""
        rulings = plan.decision.rulings
        wanted: list[Outgoing | None] = []
        if plan.decision.verdict is Verdict.BLOCK:
            blocked = plan.decision.of(Verdict.BLOCK)
            lines = _lines(blocked, facts)
            wanted.append(
                self._notices.to_sender_blocked(
                    plan.submission, plan.inspection, blocked, plan.incident_id or "", lines
                )
            )
        for park in plan.parks:
            ruled = [r for r in rulings if r.recipient.address in park.rcpt_tos]
            lines = _lines(ruled, facts)
            wanted.append(
                self._notices.to_sender_parked(
                    plan.submission,
                    plan.inspection,
                    ruled,
                    park,
                    lines,
                    plan.token(park.hold_id),
                )
            )
            if park.verdict is Verdict.HOLD:
                wanted.append(
                    self._notices.to_handlers(plan.submission, plan.inspection, ruled, park)
                )
        warned = [r for r in plan.decision.of(Verdict.WARN) if _goes_at_once(r)]
        if warned and plan.relayed is not None:
            wanted.append(
                self._notices.to_sender_warned(
                    plan.submission, plan.inspection, warned, _lines(warned, facts)
                )
            )
        return [notice for notice in wanted if notice is not None]


def _goes_at_once(ruling: Ruling) -> bool:
    """Whether the copy is relayed now: allowed, or only warned about without asking."""
    return ruling.verdict is Verdict.ALLOW or (
        ruling.verdict is Verdict.WARN and not ruling.confirm
    )


def _relayed(envelope: Envelope, decision: Decision) -> Envelope | None:
    """The envelope cut down to those whose copy is relayed now; None when nobody's is."""
    wanted = tuple(r.recipient.address for r in decision.rulings if _goes_at_once(r))
    return envelope.only(wanted) if wanted else None


def _lines(rulings: Sequence[Ruling], facts: MailFacts) -> Mapping[str, list[str]]:
    """The explanation by language, each sentence once however many rulings share it."""
    return {
        language: list(dict.fromkeys(s for r in rulings for s in explain(r, facts, language)))
        for language in LANGUAGES
    }

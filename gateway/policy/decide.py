"""The decision: a pure function of mail facts, recipients, policy and time.

Answers: one ruling a recipient. Rules are read from top to bottom, the first that matches
decides; an internal recipient is only asked about by rules that name ``internal``.
Trusts: the facts. An outside recipient whom no rule matches is allowed only when the mail
was read whole and nothing was found in it (no finding is not yet clean).
Fails: never; equal input gives equal output.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from gateway.model import (
    DEFAULT_ALLOW,
    DEFAULT_HOLD,
    DEFAULT_INTERNAL,
    Decision,
    Inspection,
    MailFacts,
    Recipient,
    RecipientClass,
    Ruling,
    Verdict,
)
from gateway.policy.load import JAPAN, Policy
from gateway.policy.matching import found, matches, matches_envelope
from gateway.policy.schema import Journal, Rule


def decide(
    facts: MailFacts, recipients: Sequence[Recipient], policy: Policy, now: datetime
) -> Decision:
    """Rule on every recipient, in the order given. ``now`` is aware."""
    today = now.astimezone(JAPAN).date()
    rulings = tuple(_rule_on(recipient, facts, policy, today) for recipient in recipients)
    return Decision(rulings, policy.version)


def decide_at_rcpt(
    sender: str, recipient: Recipient, policy: Policy, now: datetime
) -> Ruling | None:
    """Rule on a recipient before the mail is there; None: decide when it is.

    A rule above that may match by its envelope ends the search: the content will tell.
    """
    today = now.astimezone(JAPAN).date()
    for rule in policy.rules:
        if rule.until and rule.until < today:
            continue
        if matches_envelope(rule.match, sender, recipient, policy.organs):
            return _by_rule(rule, recipient, policy) if rule.at == "rcpt" else None
    return None


def _rule_on(recipient: Recipient, facts: MailFacts, policy: Policy, today: date) -> Ruling:
    for rule in policy.rules:
        if rule.until and rule.until < today:
            continue
        if matches(rule.match, facts, recipient, today, policy.organs):
            return _by_rule(rule, recipient, policy)
    return _by_default(recipient, facts.inspection, policy)


def journalled(
    facts: MailFacts, made: Decision, policy: Policy, now: datetime
) -> tuple[Journal, ...]:
    """The journal rules that this mail falls under; an internal recipient counts for none."""
    if not policy.journals:
        return ()
    today = now.astimezone(JAPAN).date()
    return tuple(
        journal
        for journal in policy.journals
        if any(
            (_was_let_pass(ruling) or not journal.monitored)
            and matches(journal.match, facts, ruling.recipient, today)
            for ruling in made.rulings
        )
    )


def _was_let_pass(ruling: Ruling) -> bool:
    """Whether monitor alone let this copy pass, that would have been parked."""
    parked = ruling.would in (Verdict.WARN, Verdict.HOLD)
    return parked and ruling.verdict is Verdict.ALLOW


def _by_rule(rule: Rule, recipient: Recipient, policy: Policy) -> Ruling:
    return Ruling(
        recipient=recipient,
        verdict=Verdict.ALLOW if rule.monitor or policy.monitor else rule.action,
        rule=rule.id,
        would=rule.action,
        approvers=rule.approvers or 1,
        confirm=rule.confirm is not False,
        advice=rule.advice.by_language() if rule.advice else {},
    )


def _by_default(recipient: Recipient, inspection: Inspection, policy: Policy) -> Ruling:
    if recipient.recipient_class is RecipientClass.INTERNAL:
        return Ruling(recipient, Verdict.ALLOW, DEFAULT_INTERNAL, Verdict.ALLOW)
    if inspection.clean and not found(inspection):
        return Ruling(recipient, Verdict.ALLOW, DEFAULT_ALLOW, Verdict.ALLOW)
    verdict = Verdict.ALLOW if policy.monitor else Verdict.HOLD
    return Ruling(recipient, verdict, DEFAULT_HOLD, Verdict.HOLD)

"""The journal: what is about to happen to a mail, as rows.

Answers: ``rows_of`` turns an ``Intent`` into everything that a promise rests on: journal row,
recipients, sealed mail, holds, incident, notices; ``entry_of`` into its audit entry;
``flight_of`` into what ``settlement`` needs to know when the outcome is there.
Trusts: the pipeline to act only after all of it has committed.
Fails: ``KeyMissingError`` where a notice cannot be sealed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from ipaddress import ip_address
from typing import Any

from sqlalchemy import Table

from gateway.model import (
    Decision,
    HoldState,
    Inspection,
    Outgoing,
    Park,
    Submission,
    Verdict,
)
from gateway.store import correspondents
from gateway.store.audit import Entry
from gateway.store.grade import Grade, grade, sought
from gateway.store.outbox import Post, row_of
from gateway.store.records import MailState
from gateway.store.seal import Sealed
from gateway.store.tables import (
    deliveries,
    holds,
    incidents,
    mail_recipients,
    mails,
    sealed,
)

ACTOR = "gateway"  # who the audit log says decided
DEFAULT_HOLD_LIFE = timedelta(days=7)  # for a park that names no end
FINDINGS_KEPT = 500  # findings and unread parts of one mail that a row keeps, each


@dataclass(frozen=True, slots=True)
class Flight:
    """What is known of a mail between its intent and its outcome."""

    incident_id: str | None  # None: nothing waits for the outcome
    names: frozenset[str] = field(repr=False)  # domains that a relay makes known


@dataclass(frozen=True, slots=True)
class Intent:
    """Everything that ``intend`` writes about one mail."""

    submission: Submission
    inspection: Inspection
    decision: Decision
    parks: Sequence[Park]
    notices: Sequence[Outgoing]
    incident_id: str | None  # None: nothing but "allow" would have happened
    staged: bool  # some copies are relayed first; parks and notices wait for that
    mail: Sealed | None = field(repr=False)  # set when something is parked
    verdict: Verdict  # the decision's, worked out once
    would: Verdict
    resembles: Mapping[str, str] = field(default_factory=dict)  # rule → earlier hold
    journal: Sequence[str] = ()  # journal rules that ask for this record
    features: Mapping[str, Any] | None = None  # what else the decision looked at

    @property
    def queue_id(self) -> str:
        return self.submission.queue_id

    @property
    def state(self) -> MailState:
        if self.verdict is Verdict.BLOCK:
            return MailState.BLOCKED
        if self.parks and not self.staged:
            return MailState.PARKED
        return MailState.INTENDED

    @property
    def waits(self) -> bool:
        """Whether notices wait for the relay's outcome, as staged holds do."""
        return self.staged and self.incident_id is not None

    def hold_of(self, n: int) -> str | None:
        """The hold that the n-th recipient's copy is parked in."""
        ruling = self.decision.rulings[n]
        address = self.submission.envelope.rcpt_tos[n]
        for park in self.parks:
            if (park.rule, park.verdict) == (ruling.rule, ruling.verdict) and (
                address in park.rcpt_tos
            ):
                return park.hold_id
        return None


def rows_of(post: Post, intent: Intent) -> Iterator[tuple[Table, dict[str, Any]]]:
    """Return what is about to happen to one mail, each row with its table."""
    yield mails, _mail_row(post, intent)
    for row in _recipient_rows(intent):
        yield mail_recipients, row
    if intent.mail is not None:
        yield sealed, _sealed_row(post, intent.queue_id, intent.mail)
        state = HoldState.STAGED if intent.staged else HoldState.PARKED
        for park in intent.parks:
            yield holds, _hold_row(post, intent, park, state)
    for notice in intent.notices:
        yield deliveries, row_of(post, intent.queue_id, notice, due=not intent.waits)
    if intent.incident_id is not None:
        row = {"incident_id": intent.incident_id, "queue_id": intent.queue_id}
        yield incidents, row | {"opened_at": post.now}


def entry_of(post: Post, intent: Intent) -> Entry:
    """Return the audit entry of the decision; a plain allow has one, too."""
    return Entry(
        post.now,
        actor=ACTOR,
        action="decided",
        about=intent.incident_id or intent.queue_id,
        detail={
            "queue_id": intent.queue_id,
            "verdict": intent.verdict.value,
            "would": intent.would.value,
            "policy": intent.decision.policy,
            "state": intent.state.value,
            "my_numbers": intent.inspection.persons.likely,
            "recipients": len(intent.decision.rulings),
            "holds": len(intent.parks),
        },
    )


def flight_of(intent: Intent) -> Flight:
    """Return what the outcome will need."""
    going = (r.recipient for n, r in enumerate(intent.decision.rulings) if not intent.hold_of(n))
    names = {r.domain for r in going if correspondents.may_be_known(r.domain, r.recipient_class)}
    return Flight(intent.incident_id, frozenset(names))


def _mail_row(post: Post, intent: Intent) -> dict[str, Any]:
    mail, found, decision = intent.submission, intent.inspection, intent.decision
    return {
        "queue_id": mail.queue_id,
        "writer": post.writer,
        "received_at": mail.received_at,
        "intended_at": post.now,
        "client": _ip(mail.client.address),
        "identity": mail.client.identity,
        "sender": mail.envelope.mail_from,
        "size_bytes": len(mail.content),
        "verdict": intent.verdict.value,
        "would": intent.would.value,
        "policy": decision.policy,
        "certain": found.persons.certain,
        "likely": found.persons.likely,
        "possible": found.persons.possible,
        "findings": _findings(found),
        "unread": _unread(found),
        "attachments": found.attachments,
        "elapsed_ms": found.elapsed_ms,
        "state": intent.state.value,
        "reply": "",
        "journal": " ".join(intent.journal) or None,
        "features": intent.features,
    }


@lru_cache(maxsize=1024)
def _ip(client: str) -> str:
    """The client's address if it is one: an IP address looks like a number to the mask."""
    try:
        return str(ip_address(client))
    except ValueError:
        return ""


def _findings(found: Inspection) -> list[dict[str, Any]]:
    return [
        {
            "detector": f.detector,
            "confidence": f.confidence.value,
            "count": f.count,
            "place": str(f.place),
            "reasons": list(f.reasons),
        }
        for f in found.findings[:FINDINGS_KEPT]
    ]


def _unread(found: Inspection) -> list[dict[str, Any]]:
    return [
        {"place": str(u.place), "reason": u.reason.value, "detail": u.detail}
        for u in found.unread[:FINDINGS_KEPT]
    ]


def _recipient_rows(intent: Intent) -> list[dict[str, Any]]:
    return [
        {
            "queue_id": intent.queue_id,
            "n": n,
            "address": intent.submission.envelope.rcpt_tos[n],
            "domain": ruling.recipient.domain,
            "recipient_class": ruling.recipient.recipient_class.value,
            "strength": ruling.recipient.strength.value if ruling.recipient.strength else "",
            "resembles": ruling.recipient.resembles,
            "verdict": ruling.verdict.value,
            "would": ruling.would.value,
            "rule": ruling.rule,
            "reasons": list(ruling.recipient.reasons),
            "hold_id": intent.hold_of(n),
        }
        for n, ruling in enumerate(intent.decision.rulings)
    ]


def _sealed_row(post: Post, queue_id: str, mail: Sealed) -> dict[str, Any]:
    return {
        "queue_id": queue_id,
        "kek_id": mail.kek_id,
        "wrapped_key": mail.wrapped_key,
        "blob": mail.blob,
        "sealed_at": post.now,
    }


def _hold_row(post: Post, intent: Intent, park: Park, state: HoldState) -> dict[str, Any]:
    return {
        "hold_id": park.hold_id,
        "queue_id": intent.queue_id,
        "state": state.value,
        "revision": 0,
        "verdict": park.verdict.value,
        "rule": park.rule,
        "approvers": park.approvers,
        "parked_at": post.now,
        "expires_at": park.expires_at or post.now + DEFAULT_HOLD_LIFE,
        "changed_at": post.now,
        "resembles_hold": intent.resembles.get(park.rule),
        "grade": int(_grade(intent, park)),
        "sought": sought(intent.submission.envelope.mail_from, park.rcpt_tos),
        "sender": intent.submission.envelope.mail_from,
        "on_expiry": park.on_expiry.value if park.on_expiry else None,
        "goes_with": park.goes_with or None,
    }


def _grade(intent: Intent, park: Park) -> Grade:
    persons = intent.inspection.persons
    rulings = (r.recipient for r in intent.decision.rulings if r.rule == park.rule)
    classes = {r.recipient_class.value for r in rulings}
    return grade(persons.likely, persons.possible, bool(intent.inspection.unread), classes)

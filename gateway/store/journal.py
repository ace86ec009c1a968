"""The journal: what is about to happen to a mail, and what came of it.

Answers: ``intend`` writes everything a promise rests on in one transaction: journal row,
recipients, sealed mail, holds, incident, audit, notices; ``settle`` writes the outcome and
lets staged holds become real or vanish; ``recover`` finds what a crash left between.
Trusts: the pipeline to act only after ``intend`` has committed.
Fails: ``StoreError`` where a mail is settled twice; nothing is promised then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Any

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.errors import StoreError
from gateway.model import (
    Decision,
    Fate,
    HoldState,
    Inspection,
    Outcome,
    Outgoing,
    Park,
    Reply,
    Submission,
    Verdict,
)
from gateway.store import correspondents
from gateway.store.audit import append
from gateway.store.outbox import Post, enqueue
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
_LOST = Outcome(Fate.UNKNOWN, Reply(451, "4.4.2", "The gateway stopped before the outcome"))


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

    @property
    def queue_id(self) -> str:
        return self.submission.queue_id

    @property
    def state(self) -> MailState:
        if self.decision.verdict is Verdict.BLOCK:
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


async def intend(connection: AsyncConnection, post: Post, intent: Intent) -> None:
    """Write what is about to happen to one mail."""
    await connection.execute(insert(mails).values(_mail_row(post, intent)))
    await connection.execute(insert(mail_recipients), _recipient_rows(intent))
    await _park(connection, post, intent)
    for notice in intent.notices:
        await enqueue(connection, post, intent.queue_id, notice, due=not intent.waits)
    if intent.incident_id is not None:
        await _open_incident(connection, post, intent, intent.incident_id)


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
        "verdict": decision.verdict.value,
        "would": decision.would.value,
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
    }


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


async def _park(connection: AsyncConnection, post: Post, intent: Intent) -> None:
    if intent.mail is None:
        return
    await connection.execute(
        insert(sealed).values(
            queue_id=intent.queue_id,
            kek_id=intent.mail.kek_id,
            wrapped_key=intent.mail.wrapped_key,
            blob=intent.mail.blob,
            sealed_at=post.now,
        )
    )
    state = HoldState.STAGED if intent.staged else HoldState.PARKED
    await connection.execute(
        insert(holds), [_hold_row(post, intent, park, state) for park in intent.parks]
    )


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
    }


async def _open_incident(
    connection: AsyncConnection, post: Post, intent: Intent, incident_id: str
) -> None:
    await connection.execute(
        insert(incidents).values(
            incident_id=incident_id, queue_id=intent.queue_id, opened_at=post.now
        )
    )
    await append(
        connection,
        post.writer,
        post.now,
        actor=ACTOR,
        action="decided",
        about=incident_id,
        detail={
            "queue_id": intent.queue_id,
            "verdict": intent.decision.verdict.value,
            "would": intent.decision.would.value,
            "policy": intent.decision.policy,
            "state": intent.state.value,
            "my_numbers": intent.inspection.persons.likely,
            "recipients": len(intent.decision.rulings),
            "holds": len(intent.parks),
        },
    )


# ------------------------------------------------------------------ outcomes


async def settle(connection: AsyncConnection, post: Post, queue_id: str, outcome: Outcome) -> None:
    """Write the outcome of a relay; staged holds become real only with a 250."""
    changed = await connection.execute(
        update(mails)
        .where(mails.c.queue_id == queue_id, mails.c.state == MailState.INTENDED)
        .values(state=outcome.fate.value, reply=str(outcome.reply), settled_at=post.now)
    )
    if changed.rowcount != 1:
        raise StoreError(f"mail {queue_id} is settled already or was never intended")
    await connection.execute(
        update(mail_recipients)
        .where(mail_recipients.c.queue_id == queue_id, mail_recipients.c.hold_id.is_(None))
        .values(fate=outcome.fate.value)
    )
    if outcome.fate is Fate.RELAYED:
        await correspondents.remember_mail(connection, queue_id, post.now)
    query = select(incidents.c.incident_id).where(incidents.c.queue_id == queue_id)
    incident_id = (await connection.execute(query)).scalar_one_or_none()
    if incident_id is None:  # then nothing waits for the outcome: most mails end here
        return
    if outcome.fate is Fate.RELAYED:
        await _activate(connection, post, queue_id)
    else:
        await _unstage(connection, queue_id)
    await _record_outcome(connection, post, queue_id, incident_id, outcome)


async def _activate(connection: AsyncConnection, post: Post, queue_id: str) -> None:
    await connection.execute(
        update(holds)
        .where(holds.c.queue_id == queue_id, holds.c.state == HoldState.STAGED)
        .values(state=HoldState.PARKED.value, parked_at=post.now, changed_at=post.now)
    )
    await connection.execute(
        update(deliveries)
        .where(deliveries.c.queue_id == queue_id, deliveries.c.next_attempt_at.is_(None))
        .values(next_attempt_at=post.now)
    )


async def _unstage(connection: AsyncConnection, queue_id: str) -> None:
    """Keep nothing that could be sent later: the client was not given a 250."""
    row = mail_recipients.c
    await connection.execute(
        update(mail_recipients)
        .where(row.queue_id == queue_id, row.hold_id.is_not(None))
        .values(hold_id=None, fate=Fate.FAILED.value)
    )
    await connection.execute(delete(holds).where(holds.c.queue_id == queue_id))
    await connection.execute(delete(sealed).where(sealed.c.queue_id == queue_id))
    await connection.execute(
        delete(deliveries).where(
            deliveries.c.queue_id == queue_id, deliveries.c.next_attempt_at.is_(None)
        )
    )


async def _record_outcome(
    connection: AsyncConnection, post: Post, queue_id: str, incident_id: str, outcome: Outcome
) -> None:
    await append(
        connection,
        post.writer,
        post.now,
        actor=ACTOR,
        action="settled",
        about=incident_id,
        detail={"queue_id": queue_id, "fate": outcome.fate.value, "reply": outcome.reply.code},
    )


async def recover(connection: AsyncConnection, post: Post, started: datetime) -> list[str]:
    """Settle as unknown what this writer intended before ``started``; return its queue ids."""
    query = (
        select(mails.c.queue_id)
        .where(mails.c.state == MailState.INTENDED, mails.c.writer == post.writer)
        .where(mails.c.intended_at < started)
        .order_by(mails.c.intended_at)
    )
    rows: Sequence[Row[tuple[str]]] = (await connection.execute(query)).all()
    for row in rows:
        await settle(connection, post, row.queue_id, _LOST)
    return [row.queue_id for row in rows]

"""Incidents as people read them: the record, with the journal's facts about the mail.

Answers: ``records`` (newest first), ``page`` (some of them), ``of_holds`` (those of parked
mail) and ``record`` (one).
Trusts: the journal. Fails: ``NotFoundError`` for an incident that is not there.
What an incident means in law is ``gateway.incident``'s to say; here are facts alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, or_, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.errors import NotFoundError
from gateway.model import Fate, HoldState, Persons, Verdict
from gateway.store import reporting
from gateway.store.records import Destination, IncidentRecord, MailState, Reported
from gateway.store.tables import holds, incidents, mail_recipients, mails


async def records(connection: AsyncConnection, newest: int | None = None) -> list[IncidentRecord]:
    """Return every incident, or the ``newest`` so many; newest first."""
    if newest is None:
        return await _records(connection, true())
    first = select(incidents.c.incident_id).order_by(
        incidents.c.opened_at.desc(), incidents.c.incident_id
    )
    return await _records(connection, incidents.c.incident_id.in_(first.limit(newest)))


async def page(
    connection: AsyncConnection, most: int, before: tuple[datetime, str] | None
) -> list[IncidentRecord]:
    """Return up to ``most`` incidents that stand after one in the list, newest first.

    Args:
        before: when that one was opened, and its id; None for the beginning.
    """
    at, name = incidents.c.opened_at, incidents.c.incident_id
    chosen = select(name).order_by(at.desc(), name).limit(most)
    if before is not None:
        opened, last = before
        chosen = chosen.where(at <= opened, or_(at < opened, name > last))
    return await _records(connection, name.in_(chosen))


async def of_holds(
    connection: AsyncConnection, states: Iterable[HoldState]
) -> list[IncidentRecord]:
    """Return the incidents that a hold in any of ``states`` belongs to."""
    concerned = select(holds.c.queue_id).where(holds.c.state.in_([s.value for s in states]))
    return await _records(connection, incidents.c.queue_id.in_(concerned))


async def of_mails(connection: AsyncConnection, queue_ids: Iterable[str]) -> list[IncidentRecord]:
    """Return the incidents of these mails, newest first."""
    return await _records(connection, incidents.c.queue_id.in_(list(queue_ids)))


async def record(connection: AsyncConnection, incident_id: str) -> IncidentRecord:
    """Return one incident."""
    found = await _records(connection, incidents.c.incident_id == incident_id)
    if not found:
        raise NotFoundError(f"no incident {incident_id}")
    return found[0]


async def _records(
    connection: AsyncConnection, chosen: ColumnElement[bool]
) -> list[IncidentRecord]:
    query = (
        select(incidents.c.incident_id, incidents.c.opened_at, mails)
        .join(mails, mails.c.queue_id == incidents.c.queue_id)
        .where(chosen)
        .order_by(incidents.c.opened_at.desc(), incidents.c.incident_id)
    )
    rows = (await connection.execute(query)).all()
    recipients = (
        select(mail_recipients)
        .join(incidents, incidents.c.queue_id == mail_recipients.c.queue_id)
        .where(chosen)
        .order_by(mail_recipients.c.queue_id, mail_recipients.c.n)
    )
    by_mail = defaultdict(list)
    for row in await connection.execute(recipients):
        by_mail[row.queue_id].append(_destination(row))
    marks = await reporting.marks(connection)
    return [
        _record(row, tuple(by_mail[row.queue_id]), marks.get(row.incident_id, ())) for row in rows
    ]


def _destination(row: Any) -> Destination:
    return Destination(
        address=row.address,
        corrected=row.corrected or "",
        recipient_class=row.recipient_class,
        strength=row.strength,
        resembles=row.resembles,
        verdict=Verdict(row.verdict),
        would=Verdict(row.would),
        rule=row.rule,
        reasons=tuple(row.reasons),
        hold_id=row.hold_id or "",
        fate=Fate(row.fate) if row.fate else None,
    )


def _record(
    row: Any, destinations: tuple[Destination, ...], reported: tuple[Reported, ...]
) -> IncidentRecord:
    return IncidentRecord(
        incident_id=row.incident_id,
        queue_id=row.queue_id,
        opened_at=row.opened_at,
        received_at=row.received_at,
        sender=row.sender,
        client=row.client,
        size_bytes=row.size_bytes,
        policy=row.policy,
        verdict=Verdict(row.verdict),
        would=Verdict(row.would),
        state=MailState(row.state),
        persons=Persons(row.certain, row.likely, row.possible),
        findings=tuple(row.findings),
        unread=tuple(row.unread),
        attachments=row.attachments,
        destinations=destinations,
        hold_ids=tuple(dict.fromkeys(d.hold_id for d in destinations if d.hold_id)),
        reported=reported,
    )

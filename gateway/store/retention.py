"""Retention: destroying what is no longer needed, and saying so.

Answers: ``destroy_due`` shreds the sealed mail of holds that ended long enough ago: wrapped
key and blob go, the row stays with the day; ``purge_journal`` deletes old journal rows that
no incident needs.
Trusts: the clock it is given. Fails: as the database does.
Here the wrapped key is destroyed. A backup of the database still holds it until the dated
key-encryption key is destroyed as well, and the audit entry names that key.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.model import HoldState
from gateway.store.audit import append
from gateway.store.outbox import Post
from gateway.store.records import MailState
from gateway.store.tables import deliveries, holds, incidents, mails, sealed

ACTOR = "retention"
FINAL = (
    HoldState.DELIVERED,
    HoldState.FAILED,
    HoldState.REJECTED,
    HoldState.CANCELLED,
    HoldState.EXPIRED,
)


async def destroy_due(connection: AsyncConnection, post: Post, keep: timedelta) -> list[str]:
    """Shred every sealed mail whose holds all ended before ``keep`` ago; return their ids."""
    needed = (
        select(holds.c.hold_id)
        .where(holds.c.queue_id == sealed.c.queue_id)
        .where(holds.c.state.not_in(FINAL) | (holds.c.changed_at > post.now - keep))
        .exists()
    )
    query = select(sealed.c.queue_id, sealed.c.kek_id).where(
        sealed.c.destroyed_at.is_(None), ~needed
    )
    rows = (await connection.execute(query.order_by(sealed.c.queue_id))).all()
    for row in rows:
        await _destroy(connection, post, row.queue_id)
        await append(
            connection,
            post.writer,
            post.now,
            actor=ACTOR,
            action="destroyed",
            about=row.queue_id,
            detail={"wrapped_key": "destroyed", "kek_id": row.kek_id, "kek": "kept"},
        )
    return [row.queue_id for row in rows]


async def _destroy(connection: AsyncConnection, post: Post, queue_id: str) -> None:
    gone = {"wrapped_key": None, "blob": None}
    await connection.execute(
        update(sealed).where(sealed.c.queue_id == queue_id).values(destroyed_at=post.now, **gone)
    )
    await connection.execute(update(holds).where(holds.c.queue_id == queue_id).values(**gone))


async def purge_journal(connection: AsyncConnection, before: datetime) -> int:
    """Delete settled journal rows received before ``before`` that no incident needs."""
    old = (
        select(mails.c.queue_id)
        .where(mails.c.received_at < before, mails.c.state != MailState.INTENDED)
        .where(mails.c.queue_id.not_in(select(incidents.c.queue_id)))
    )
    await connection.execute(
        delete(deliveries).where(deliveries.c.queue_id.in_(old), deliveries.c.ended_at.is_not(None))
    )
    gone = await connection.execute(delete(mails).where(mails.c.queue_id.in_(old)))
    return gone.rowcount

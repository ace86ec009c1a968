"""The outbox: what we still have to send, with leases so that no worker's crash loses it.

Answers: ``enqueue`` (in the caller's transaction), ``claim``, ``done``, ``retry``,
``failed``; the end of a release moves its hold to delivered or failed in the same
transaction. A worker that dies keeps its lease until it runs out; then the mail is sent
again: at least once, never lost.
Trusts: the worker to report each delivery it claimed.
Fails: ``ConflictError`` for a delivery that is not being sent any more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.errors import ConflictError
from gateway.ids import new_id
from gateway.model import Envelope, Fate, HoldState, Outgoing
from gateway.store import correspondents
from gateway.store.audit import append
from gateway.store.records import Delivery, DeliveryKind, DeliveryState, delivery_context
from gateway.store.seal import Sealed, Sealer, pack
from gateway.store.tables import deliveries, holds, mail_recipients, sealed

ACTOR = "outbound"  # who the audit log says delivered


@dataclass(frozen=True, slots=True)
class Post:
    """What writing to the outbox needs besides the connection."""

    sealer: Sealer
    writer: str  # audit chain
    now: datetime


async def enqueue(
    connection: AsyncConnection,
    post: Post,
    queue_id: str,
    mail: Outgoing,
    *,
    due: bool = True,
) -> None:
    """Queue a mail of our own; not ``due``: it waits until the mail it is about settles."""
    envelope = Envelope(mail.mail_from, mail.rcpt_tos)
    row = _row(post, DeliveryKind(mail.kind), envelope, mail.content)
    row |= {"queue_id": queue_id, "next_attempt_at": post.now if due else None}
    await connection.execute(deliveries.insert().values(row))


async def enqueue_release(
    connection: AsyncConnection, post: Post, queue_id: str, hold_id: str, envelope: Envelope
) -> None:
    """Queue a parked mail for its approved recipients; the bytes stay where they are sealed."""
    row = _row(post, DeliveryKind.RELEASE, envelope, b"")
    row |= {"queue_id": queue_id, "hold_id": hold_id, "next_attempt_at": post.now}
    await connection.execute(deliveries.insert().values(row))


def _row(post: Post, kind: DeliveryKind, envelope: Envelope, content: bytes) -> dict[str, Any]:
    delivery_id = new_id()
    return _parcel(post, delivery_id, envelope, content) | {
        "delivery_id": delivery_id,
        "kind": kind.value,
        "state": DeliveryState.QUEUED.value,
        "attempts": 0,
        "last_reply": "",
        "created_at": post.now,
    }


def _parcel(post: Post, delivery_id: str, envelope: Envelope, content: bytes) -> dict[str, Any]:
    """The columns of a sealed parcel."""
    parcel = post.sealer.seal(delivery_context(delivery_id), pack(envelope, content))
    return {"kek_id": parcel.kek_id, "wrapped_key": parcel.wrapped_key, "blob": parcel.blob}


async def claim(
    connection: AsyncConnection, now: datetime, limit: int, lease_s: float
) -> list[Delivery]:
    """Lease up to ``limit`` due deliveries, the longest due first."""
    table = deliveries.c
    due = or_(
        and_(table.state == DeliveryState.QUEUED, table.next_attempt_at <= now),
        and_(table.state == DeliveryState.SENDING, table.leased_until <= now),
    )
    query = (
        select(deliveries)
        .where(due)
        .order_by(table.next_attempt_at, table.delivery_id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = (await connection.execute(query)).all()
    await connection.execute(
        update(deliveries)
        .where(table.delivery_id.in_([r.delivery_id for r in rows]))
        .values(
            state=DeliveryState.SENDING,
            attempts=table.attempts + 1,
            leased_until=now + timedelta(seconds=lease_s),
        )
    )
    return [_delivery(row, await _mail_of(connection, row)) for row in rows]


async def _mail_of(connection: AsyncConnection, row: Any) -> Sealed | None:
    if row.kind != DeliveryKind.RELEASE:
        return None
    query = select(sealed).where(sealed.c.queue_id == row.queue_id)
    found = (await connection.execute(query)).one()
    return Sealed(found.kek_id, found.wrapped_key, found.blob)


def _delivery(row: Any, mail: Sealed | None) -> Delivery:
    return Delivery(
        delivery_id=row.delivery_id,
        kind=DeliveryKind(row.kind),
        queue_id=row.queue_id,
        hold_id=row.hold_id or "",
        attempts=row.attempts + 1,
        created_at=row.created_at,
        parcel=Sealed(row.kek_id, row.wrapped_key, row.blob),
        mail=mail,
    )


async def retry(
    connection: AsyncConnection,
    post: Post,
    delivery_id: str,
    reply: str,
    next_attempt_at: datetime,
    rest: tuple[Envelope, bytes] | None,
    dsn: Outgoing | None,
) -> None:
    """Put a leased delivery back until ``next_attempt_at``.

    ``rest``: envelope and content for those recipients that are still to be tried, sealed
    anew, so that the ones who have it do not get it twice; None: all of them.
    """
    parcel = {} if rest is None else _parcel(post, delivery_id, *rest)
    await _leave(
        connection,
        delivery_id,
        state=DeliveryState.QUEUED,
        last_reply=reply,
        next_attempt_at=next_attempt_at,
        leased_until=None,
        **parcel,
    )
    await _report(connection, post, delivery_id, dsn)


async def done(
    connection: AsyncConnection, post: Post, delivery_id: str, reply: str, dsn: Outgoing | None
) -> None:
    """Record that the next hop took it; ``dsn`` tells of recipients it refused for good."""
    row = await _end(connection, post, delivery_id, DeliveryState.DONE, reply)
    await _report(connection, post, delivery_id, dsn)
    if row.hold_id:
        await _end_hold(connection, post, row, HoldState.DELIVERED, Fate.RELAYED, reply)
        await correspondents.remember_hold(connection, row.hold_id, post.now)


async def failed(
    connection: AsyncConnection, post: Post, delivery_id: str, reply: str, dsn: Outgoing | None
) -> None:
    """Record that it was given up; ``dsn`` tells the sender, where there is one to tell."""
    row = await _end(connection, post, delivery_id, DeliveryState.FAILED, reply)
    if row.hold_id:
        await _end_hold(connection, post, row, HoldState.FAILED, Fate.REFUSED, reply)
    await _report(connection, post, delivery_id, dsn)


async def _report(
    connection: AsyncConnection, post: Post, delivery_id: str, dsn: Outgoing | None
) -> None:
    """Queue a report about a delivery, where there is one to send."""
    if dsn is None:
        return
    query = select(deliveries.c.queue_id).where(deliveries.c.delivery_id == delivery_id)
    await enqueue(connection, post, (await connection.execute(query)).scalar_one(), dsn)


async def _end(
    connection: AsyncConnection, post: Post, delivery_id: str, state: DeliveryState, reply: str
) -> Any:
    """Close a delivery and shred its parcel, which nobody needs any more."""
    await _leave(
        connection,
        delivery_id,
        state=state,
        last_reply=reply,
        ended_at=post.now,
        leased_until=None,
        wrapped_key=None,
        blob=None,
    )
    query = select(deliveries).where(deliveries.c.delivery_id == delivery_id)
    return (await connection.execute(query)).one()


async def _leave(connection: AsyncConnection, delivery_id: str, **values: Any) -> None:
    changed = await connection.execute(
        update(deliveries)
        .where(deliveries.c.delivery_id == delivery_id)
        .where(deliveries.c.state == DeliveryState.SENDING)
        .values(**values)
    )
    if changed.rowcount != 1:
        raise ConflictError(f"delivery {delivery_id} is not being sent")


async def _end_hold(
    connection: AsyncConnection, post: Post, row: Any, state: HoldState, fate: Fate, reply: str
) -> None:
    changed = await connection.execute(
        update(holds)
        .where(holds.c.hold_id == row.hold_id, holds.c.state == HoldState.RELEASED)
        .values(state=state, revision=holds.c.revision + 1, changed_at=post.now)
    )
    if changed.rowcount != 1:
        raise ConflictError(f"hold {row.hold_id} is not released")
    await connection.execute(
        update(mail_recipients).where(mail_recipients.c.hold_id == row.hold_id).values(fate=fate)
    )
    await append(
        connection,
        post.writer,
        post.now,
        actor=ACTOR,
        action=state.value,
        about=row.hold_id,
        detail={"queue_id": row.queue_id, "reply": reply},
    )

"""The outbox: what we still have to send, with leases so that no worker's crash loses it.

Answers: ``enqueue`` (in the caller's transaction), ``claim``, ``done``, ``retry``,
``failed``; the end of a release moves its hold to delivered or failed in the same
transaction. A worker that dies keeps its lease until it runs out; then the mail is sent
again: at least once, never lost.
Trusts: the worker to report each delivery it claimed.
Fails: ``ConflictError`` for a delivery that is not being sent any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.errors import ConflictError
from gateway.ids import new_id
from gateway.model import Envelope, Fate, HoldState, Outgoing
from gateway.store import correspondents
from gateway.store.audit import append
from gateway.store.columns import masked
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


@dataclass(frozen=True, slots=True)
class Ended:
    """What an attempt settled for good, for some of a delivery's recipients."""

    dsn: Outgoing | None = None  # tells the sender who was refused
    taken: Sequence[str] | None = field(default=None, repr=False)  # None: the worker can't say


async def enqueue(
    connection: AsyncConnection,
    post: Post,
    queue_id: str,
    mail: Outgoing,
    *,
    due: bool = True,
) -> None:
    """Queue a mail of our own; not ``due``: it waits until the mail it is about settles."""
    await connection.execute(deliveries.insert().values(row_of(post, queue_id, mail, due=due)))


def row_of(post: Post, queue_id: str, mail: Outgoing, *, due: bool) -> dict[str, Any]:
    """The row that ``enqueue`` writes."""
    envelope = Envelope(mail.mail_from, mail.rcpt_tos)
    row = _row(post, DeliveryKind(mail.kind), envelope, mail.content)
    return row | {"queue_id": queue_id, "next_attempt_at": post.now if due else None}


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
    ended: Ended,
) -> None:
    """Put a leased delivery back until ``next_attempt_at``, for ``rest`` if some are through."""
    values: dict[str, Any] = {}
    if rest is not None:
        parcel = post.sealer.seal(delivery_context(delivery_id), pack(*rest))
        values = {
            "kek_id": parcel.kek_id,
            "wrapped_key": parcel.wrapped_key,
            "blob": parcel.blob,
        }
    row = await _leave(
        connection,
        delivery_id,
        state=DeliveryState.QUEUED,
        last_reply=reply,
        next_attempt_at=next_attempt_at,
        leased_until=None,
        **values,
    )
    if row.hold_id and rest is not None:
        left_out = Fate.UNKNOWN if ended.taken is None else Fate.REFUSED
        await _tell_fates(connection, row, ended.taken or (), left_out, rest[0].rcpt_tos)
    await _report(connection, post, row, ended)


async def done(
    connection: AsyncConnection, post: Post, delivery_id: str, reply: str, ended: Ended
) -> None:
    """Record that the next hop took it, for all that remained or for those ``taken``."""
    row = await _end(connection, post, delivery_id, DeliveryState.DONE, reply)
    if row.hold_id:
        left_out = Fate.RELAYED if ended.taken is None else Fate.REFUSED
        await _tell_fates(connection, row, ended.taken or (), left_out)
        await _end_hold(connection, post, row, reply)
    await _report(connection, post, row, ended)


async def failed(
    connection: AsyncConnection, post: Post, delivery_id: str, reply: str, ended: Ended
) -> None:
    """Record that it was given up for all that remained."""
    row = await _end(connection, post, delivery_id, DeliveryState.FAILED, reply)
    if row.hold_id:
        await _tell_fates(connection, row, (), Fate.REFUSED)
        await _end_hold(connection, post, row, reply)
    await _report(connection, post, row, ended)


async def _report(connection: AsyncConnection, post: Post, row: Any, ended: Ended) -> None:
    if ended.dsn is not None:
        await enqueue(connection, post, row.queue_id, ended.dsn)


async def _tell_fates(
    connection: AsyncConnection,
    row: Any,
    taken: Sequence[str],
    others: Fate,
    waiting: Sequence[str] = (),
) -> None:
    """Write what became of each copy of a release whose fate is still open."""
    copy = mail_recipients.c
    shown = func.coalesce(copy.corrected, copy.address)
    still_open = (copy.hold_id == row.hold_id) & copy.fate.is_(None)
    for chosen, fate in (
        (shown.in_([masked(a) for a in taken]), Fate.RELAYED),
        (shown.not_in([masked(a) for a in waiting]), others),
    ):
        await connection.execute(
            update(mail_recipients).where(still_open, chosen).values(fate=fate.value)
        )


async def _end(
    connection: AsyncConnection, post: Post, delivery_id: str, state: DeliveryState, reply: str
) -> Any:
    """Close a delivery and shred its parcel, which nobody needs any more."""
    return await _leave(
        connection,
        delivery_id,
        state=state,
        last_reply=reply,
        ended_at=post.now,
        leased_until=None,
        wrapped_key=None,
        blob=None,
    )


async def _leave(connection: AsyncConnection, delivery_id: str, **values: Any) -> Any:
    """Take a delivery out of a worker's hands and return its row."""
    changed = await connection.execute(
        update(deliveries)
        .where(deliveries.c.delivery_id == delivery_id)
        .where(deliveries.c.state == DeliveryState.SENDING)
        .values(**values)
    )
    if changed.rowcount != 1:
        raise ConflictError(f"delivery {delivery_id} is not being sent")
    query = select(deliveries.c.queue_id, deliveries.c.hold_id)
    return (await connection.execute(query.where(deliveries.c.delivery_id == delivery_id))).one()


async def _end_hold(connection: AsyncConnection, post: Post, row: Any, reply: str) -> None:
    """Move the hold: failed where nobody got it, delivered where somebody did or may have."""
    copy = mail_recipients.c
    went = select(copy.n).where(
        copy.hold_id == row.hold_id, copy.fate.in_([Fate.RELAYED, Fate.UNKNOWN])
    )
    arrived = (await connection.execute(went.limit(1))).first() is not None
    state = HoldState.DELIVERED if arrived else HoldState.FAILED
    changed = await connection.execute(
        update(holds)
        .where(holds.c.hold_id == row.hold_id, holds.c.state == HoldState.RELEASED)
        .values(state=state.value, revision=holds.c.revision + 1, changed_at=post.now)
    )
    if changed.rowcount != 1:
        raise ConflictError(f"hold {row.hold_id} is not released")
    await correspondents.remember_hold(connection, row.hold_id, post.now)
    await append(
        connection,
        post.writer,
        post.now,
        actor=ACTOR,
        action=state.value,
        about=row.hold_id,
        detail={"queue_id": row.queue_id, "reply": reply},
    )

"""The outbox: what we still have to send, with leases so that no worker's crash loses it.

Answers: ``enqueue`` (in the caller's transaction), ``claim``, ``dot``, ``done``, ``retry``,
``failed``; the end of a release moves its hold to delivered or failed in the same
transaction. ``free`` gives back at once what a process that is surely gone had in hand,
unless its dot may have left: that waits for its lease to run out, and is then sent again
with its recipients on record as unknown: at least once, never lost.
Trusts: the worker to call ``dot`` before the last bytes leave, and to report each delivery.
Fails: ``ConflictError`` for a delivery that is not being sent any more. A row whose sealed
mail is gone is set aside as failed, and keeps no other from being sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.errors import ConflictError
from gateway.ids import new_id
from gateway.model import Envelope, Fate, HoldState, Outgoing
from gateway.store import correspondents, history
from gateway.store.audit import append
from gateway.store.columns import masked
from gateway.store.records import Delivery, DeliveryKind, DeliveryState, delivery_context
from gateway.store.seal import Sealed, Sealer, pack
from gateway.store.tables import deliveries, holds, mail_recipients, sealed
from gateway.store.writers import ended, this_process, token

log = structlog.get_logger(__name__)

ACTOR = "outbound"  # who the audit log says delivered
_BYTES_GONE = "the sealed mail is not in the database"
_FREED: dict[str, Any] = {"leased_until": None, "owner": None, "dot_at": None}


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
    doubtful: Sequence[str] = field(default=(), repr=False)  # may have it, in clear


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


def row_of(
    post: Post, queue_id: str, mail: Outgoing, *, due: bool, delivery_id: str = ""
) -> dict[str, Any]:
    """The row that ``enqueue`` writes; ``delivery_id`` where it is not to be a new one."""
    envelope = Envelope(mail.mail_from, mail.rcpt_tos)
    row = _row(post, DeliveryKind(mail.kind), envelope, mail.content, delivery_id)
    return row | {"queue_id": queue_id, "next_attempt_at": post.now if due else None}


async def enqueue_release(
    connection: AsyncConnection, post: Post, queue_id: str, hold_id: str, envelope: Envelope
) -> None:
    """Queue a parked mail for its approved recipients; the bytes stay where they are sealed."""
    row = _row(post, DeliveryKind.RELEASE, envelope, b"")
    row |= {"queue_id": queue_id, "hold_id": hold_id, "next_attempt_at": post.now}
    await connection.execute(deliveries.insert().values(row))


def _row(
    post: Post, kind: DeliveryKind, envelope: Envelope, content: bytes, delivery_id: str = ""
) -> dict[str, Any]:
    delivery_id = delivery_id or new_id()
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
    connection: AsyncConnection, post: Post, limit: int, lease_s: float
) -> list[Delivery]:
    """Lease up to ``limit`` due deliveries to this process, the longest due first."""
    table, now = deliveries.c, post.now
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
    await _lease(connection, rows, now + timedelta(seconds=lease_s))
    claimed = []
    for row in rows:
        await _doubt(connection, row)
        mail = await _mail_of(connection, row)
        if row.wrapped_key is None or (mail is None and row.kind == DeliveryKind.RELEASE):
            await _set_aside(connection, post, row)
        else:
            claimed.append(_delivery(row, mail))
    return claimed


async def _lease(connection: AsyncConnection, rows: Sequence[Any], until: datetime) -> None:
    if rows:
        await connection.execute(
            update(deliveries)
            .where(deliveries.c.delivery_id.in_([r.delivery_id for r in rows]))
            .values(
                state=DeliveryState.SENDING,
                attempts=deliveries.c.attempts + 1,
                leased_until=until,
                owner=token(this_process()),
                dot_at=None,
            )
        )


async def _doubt(connection: AsyncConnection, row: Any) -> None:
    """Record that whoever was open may have the mail: its dot was sent, the outcome lost."""
    if row.dot_at is None:
        return
    log.warning("delivery-may-be-double", delivery_id=row.delivery_id, queue_id=row.queue_id)
    if row.hold_id:
        await _set_fates(connection, row, Fate.UNKNOWN)


async def _set_aside(connection: AsyncConnection, post: Post, row: Any) -> None:
    """Fail a delivery whose bytes are not there, and say so where people look."""
    log.error("delivery-set-aside", delivery_id=row.delivery_id, queue_id=row.queue_id)
    await _end(connection, post, row.delivery_id, DeliveryState.FAILED, _BYTES_GONE)
    if row.hold_id:
        await _set_fates(connection, row, Fate.FAILED)
        await _move_hold(connection, post, row)
    await append(
        connection,
        post.writer,
        post.now,
        actor=ACTOR,
        action="set-aside",
        about=row.hold_id or row.delivery_id,
        detail={"queue_id": row.queue_id, "kind": row.kind, "cause": _BYTES_GONE},
    )


async def _mail_of(connection: AsyncConnection, row: Any) -> Sealed | None:
    """Return a release's parked mail; None where there is none, or not any more."""
    if row.kind != DeliveryKind.RELEASE:
        return None
    query = select(sealed).where(sealed.c.queue_id == row.queue_id)
    found = (await connection.execute(query)).one_or_none()
    if found is None or found.wrapped_key is None or found.blob is None:
        return None
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


async def dot(connection: AsyncConnection, post: Post, delivery_id: str) -> None:
    """Record, before it does, that the last bytes of a leased delivery may leave from now on."""
    await _leave(connection, delivery_id, dot_at=post.now)


async def free(connection: AsyncConnection, now: datetime) -> int:
    """Make due at once what processes that are surely gone had in hand; return how much.

    Never what may have been sent: that keeps its lease, so that a next hop which is slow to
    hang up has long forgotten the first copy.
    """
    table = deliveries.c
    safe = (table.state == DeliveryState.SENDING) & table.dot_at.is_(None)
    owners = (await connection.execute(select(table.owner).where(safe).distinct())).scalars()
    gone = [owner for owner in owners if owner and ended(owner)]
    freed = await connection.execute(
        update(deliveries)
        .where(safe, table.owner.in_(gone))
        .values(state=DeliveryState.QUEUED, next_attempt_at=now, leased_until=None, owner=None)
    )
    return freed.rowcount


async def retry(
    connection: AsyncConnection,
    post: Post,
    delivery_id: str,
    reply: str,
    next_attempt_at: datetime,
    rest: tuple[Envelope, bytes] | None,
    outcome: Ended,
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
        **_FREED,
        **values,
    )
    if row.hold_id:
        await _set_fates(connection, row, Fate.UNKNOWN, outcome.doubtful)
    if row.hold_id and rest is not None:
        left_out = Fate.UNKNOWN if outcome.taken is None else Fate.REFUSED
        await _tell_fates(connection, row, outcome.taken or (), left_out, rest[0].rcpt_tos)
    await _report(connection, post, row, outcome)


async def done(
    connection: AsyncConnection, post: Post, delivery_id: str, reply: str, outcome: Ended
) -> None:
    """Record that the next hop took it, for all that remained or for those ``taken``."""
    row = await _end(connection, post, delivery_id, DeliveryState.DONE, reply)
    if row.hold_id:
        left_out = Fate.RELAYED if outcome.taken is None else Fate.REFUSED
        await _set_fates(connection, row, Fate.UNKNOWN, outcome.doubtful)
        await _tell_fates(connection, row, outcome.taken or (), left_out)
        await _end_hold(connection, post, row, reply)
    await _report(connection, post, row, outcome)


async def failed(
    connection: AsyncConnection, post: Post, delivery_id: str, reply: str, outcome: Ended
) -> None:
    """Record that it was given up for all that remained; who may have it stays unknown."""
    row = await _end(connection, post, delivery_id, DeliveryState.FAILED, reply)
    if row.hold_id:
        await _set_fates(connection, row, Fate.UNKNOWN, outcome.doubtful)
        await _tell_fates(connection, row, (), Fate.REFUSED)
        await _end_hold(connection, post, row, reply)
    await _report(connection, post, row, outcome)


async def _report(connection: AsyncConnection, post: Post, row: Any, outcome: Ended) -> None:
    if outcome.dsn is not None:
        await enqueue(connection, post, row.queue_id, outcome.dsn)


async def _tell_fates(
    connection: AsyncConnection,
    row: Any,
    taken: Sequence[str],
    others: Fate,
    waiting: Sequence[str] = (),
) -> None:
    """Write what became of each copy of a release; one that may be there already stays so,
    unless it was taken now."""
    copy = mail_recipients.c
    shown = func.coalesce(copy.corrected, copy.address)
    mine, still_open = copy.hold_id == row.hold_id, copy.fate.is_(None)
    for chosen, fate in (
        (shown.in_([masked(a) for a in taken]), Fate.RELAYED),
        (still_open & shown.not_in([masked(a) for a in waiting]), others),
    ):
        await connection.execute(
            update(mail_recipients)
            .where(mine, still_open | (copy.fate == Fate.UNKNOWN), chosen)
            .values(fate=fate.value)
        )


async def _set_fates(
    connection: AsyncConnection, row: Any, fate: Fate, addresses: Sequence[str] | None = None
) -> None:
    """Write one fate for those copies of a release that have none; all of them with None."""
    copy = mail_recipients.c
    chosen = (copy.hold_id == row.hold_id) & copy.fate.is_(None)
    if addresses is not None:
        shown = func.coalesce(copy.corrected, copy.address)
        chosen &= shown.in_([masked(a) for a in addresses])
    await connection.execute(update(mail_recipients).where(chosen).values(fate=fate.value))


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
        **_FREED,
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
    """End the hold with its audit entry: delivered where somebody got it for certain."""
    copy = mail_recipients.c
    found = select(copy.fate).where(copy.hold_id == row.hold_id).distinct()
    fates = {str(fate) for fate in (await connection.execute(found)).scalars() if fate}
    if Fate.UNKNOWN in fates:
        log.warning("outcome-unknown", hold_id=row.hold_id, queue_id=row.queue_id)
    state = HoldState.DELIVERED if Fate.RELAYED in fates else HoldState.FAILED
    if not await _move_hold(connection, post, row, state):
        raise ConflictError(f"hold {row.hold_id} is not released")
    await correspondents.remember_hold(connection, row.hold_id, post.now)
    await history.remember_hold(connection, row.hold_id)
    await append(
        connection,
        post.writer,
        post.now,
        actor=ACTOR,
        action=state.value,
        about=row.hold_id,
        detail={"queue_id": row.queue_id, "reply": reply, "fates": sorted(fates)},
    )


async def _move_hold(
    connection: AsyncConnection, post: Post, row: Any, state: HoldState = HoldState.FAILED
) -> bool:
    """Move a released hold to its end; False where it is not released."""
    changed = await connection.execute(
        update(holds)
        .where(holds.c.hold_id == row.hold_id, holds.c.state == HoldState.RELEASED)
        .values(state=state.value, revision=holds.c.revision + 1, changed_at=post.now)
    )
    return changed.rowcount == 1

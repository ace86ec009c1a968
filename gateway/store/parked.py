"""Parked mail: the views that people see, and the one way that they change it.

Answers: ``find`` (holds by state or id, with their approvals), ``held`` (one hold with what
an act needs) and ``perform`` (an ``Act``, compare-and-set on the hold's revision).
Trusts: the desk to ask only for what its table of states allows.
Fails: ``NotFoundError`` for a hold that is not there, ``ConflictError`` when somebody else
acted since it was read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.errors import ConflictError, NotFoundError
from gateway.model import Hold, HoldState, Verdict
from gateway.store.audit import append
from gateway.store.outbox import Post, enqueue, enqueue_release
from gateway.store.records import Act, Held, hold_context
from gateway.store.seal import Sealed, pack
from gateway.store.tables import (
    approvals,
    holds,
    incidents,
    mail_recipients,
    mails,
    sealed,
)


async def in_states(connection: AsyncConnection, states: Iterable[HoldState]) -> list[Hold]:
    """Return the holds in any of ``states``, the one that expires first in front."""
    return await _holds(connection, holds.c.state.in_([s.value for s in states]))


async def among(connection: AsyncConnection, hold_ids: Iterable[str]) -> list[Hold]:
    """Return the holds of these ids that there are."""
    return await _holds(connection, holds.c.hold_id.in_(list(hold_ids)))


async def due(connection: AsyncConnection, now: datetime) -> list[Hold]:
    """Return the parked holds whose time is up."""
    up = (holds.c.state == HoldState.PARKED) & (holds.c.expires_at <= now)
    return await _holds(connection, up)


async def one(connection: AsyncConnection, hold_id: str) -> Hold:
    """Return one hold."""
    found = await _holds(connection, holds.c.hold_id == hold_id)
    if not found:
        raise NotFoundError(f"no hold {hold_id}")
    return found[0]


async def held(connection: AsyncConnection, hold_id: str) -> Held:
    """Return one hold with its sealed mail, ready for an act."""
    hold = await one(connection, hold_id)
    row = (await connection.execute(select(holds).where(holds.c.hold_id == hold_id))).one()
    mail = (
        await connection.execute(select(sealed).where(sealed.c.queue_id == hold.queue_id))
    ).one_or_none()
    positions = (
        select(mail_recipients.c.n)
        .where(mail_recipients.c.hold_id == hold_id)
        .order_by(mail_recipients.c.n)
    )
    seen = (
        await connection.execute(
            select(mails.c.findings, mails.c.unread).where(mails.c.queue_id == hold.queue_id)
        )
    ).one()
    return Held(
        hold=hold,
        revision=row.revision,
        positions=tuple((await connection.execute(positions)).scalars()),
        mail=_sealed(mail),
        corrected=_sealed(row),
        resembles_hold=row.resembles_hold or "",
        found=bool(seen.findings or seen.unread),
    )


async def resembles(connection: AsyncConnection, hold_id: str) -> str:
    """Return the earlier hold of what seems to be the same mail; "" where there is none."""
    query = select(holds.c.resembles_hold).where(holds.c.hold_id == hold_id)
    return (await connection.execute(query)).scalar() or ""


def _sealed(row: Any) -> Sealed | None:
    if row is None or row.wrapped_key is None:
        return None
    return Sealed(row.kek_id, row.wrapped_key, row.blob)


async def _holds(connection: AsyncConnection, chosen: ColumnElement[bool]) -> list[Hold]:
    rows = (await connection.execute(_hold_query(chosen))).all()
    recipients, approved = defaultdict(list), defaultdict(list)
    addresses = (
        select(mail_recipients)
        .join(holds, holds.c.hold_id == mail_recipients.c.hold_id)
        .where(chosen)
        .order_by(mail_recipients.c.hold_id, mail_recipients.c.n)
    )
    for r in await connection.execute(addresses):
        recipients[r.hold_id].append(r.corrected or r.address)
    actors = (
        select(approvals.c.hold_id, approvals.c.actor)
        .join(holds, holds.c.hold_id == approvals.c.hold_id)
        .where(chosen)
        .order_by(approvals.c.at, approvals.c.actor)
    )
    for a in await connection.execute(actors):
        approved[a.hold_id].append(a.actor)
    return [_hold(r, tuple(recipients[r.hold_id]), tuple(approved[r.hold_id])) for r in rows]


def _hold_query(chosen: ColumnElement[bool]) -> Select[Any]:
    return (
        select(
            holds.c.hold_id,
            holds.c.queue_id,
            holds.c.state,
            holds.c.verdict,
            holds.c.rule,
            holds.c.expires_at,
            holds.c.approvers,
            incidents.c.incident_id,
            mails.c.sender,
            mails.c.received_at,
            mails.c.likely,
            mails.c.size_bytes,
        )
        .join(mails, mails.c.queue_id == holds.c.queue_id)
        .join(incidents, incidents.c.queue_id == holds.c.queue_id)
        .where(chosen)
        .order_by(holds.c.expires_at, holds.c.hold_id)
    )


def _hold(row: Any, recipients: tuple[str, ...], approved_by: tuple[str, ...]) -> Hold:
    return Hold(
        hold_id=row.hold_id,
        queue_id=row.queue_id,
        incident_id=row.incident_id,
        state=HoldState(row.state),
        verdict=Verdict(row.verdict),
        rule=row.rule,
        sender=row.sender,
        recipients=recipients,
        received_at=row.received_at,
        expires_at=row.expires_at,
        approvers=row.approvers,
        approved_by=approved_by,
        my_numbers=row.likely,
        size_bytes=row.size_bytes,
    )


# ------------------------------------------------------------------ acts


async def perform(connection: AsyncConnection, post: Post, act: Act) -> None:
    """Do one act with its audit entry, if the hold is still as it was read."""
    hold = act.held.hold
    await _move(connection, act)
    if act.corrected is not None:
        await _correct(connection, post, act)
    if act.approves:
        await connection.execute(
            insert(approvals).values(
                hold_id=hold.hold_id, actor=act.actor, at=act.at, reason=act.reason
            )
        )
    if act.send is not None:
        await enqueue_release(connection, post, hold.queue_id, hold.hold_id, act.send)
    for mail in act.mails:
        await enqueue(connection, post, hold.queue_id, mail)
    await _record(connection, post, act)


async def _move(connection: AsyncConnection, act: Act) -> None:
    hold = act.held.hold
    changed = await connection.execute(
        update(holds)
        .where(holds.c.hold_id == hold.hold_id)
        .where(holds.c.revision == act.held.revision, holds.c.state == hold.state.value)
        .values(state=act.becomes.value, revision=act.held.revision + 1, changed_at=act.at)
    )
    if changed.rowcount != 1:
        raise ConflictError(f"somebody else acted on hold {hold.hold_id} first")


async def _correct(connection: AsyncConnection, post: Post, act: Act) -> None:
    """Write the new addresses: sealed for sending, masked for reading."""
    if act.corrected is None:
        return
    hold_id = act.held.hold.hold_id
    parcel = post.sealer.seal(hold_context(hold_id), pack(act.corrected, b""))
    await connection.execute(
        update(holds)
        .where(holds.c.hold_id == hold_id)
        .values(kek_id=parcel.kek_id, wrapped_key=parcel.wrapped_key, blob=parcel.blob)
    )
    await connection.execute(delete(approvals).where(approvals.c.hold_id == hold_id))
    for n, address in zip(act.held.positions, act.corrected.rcpt_tos, strict=True):
        row = mail_recipients.c
        await connection.execute(
            update(mail_recipients)
            .where(row.queue_id == act.held.hold.queue_id, row.n == n)
            .values(corrected=address if n in act.replaced else None)
        )


async def _record(connection: AsyncConnection, post: Post, act: Act) -> None:
    hold = act.held.hold
    await append(
        connection,
        post.writer,
        act.at,
        actor=act.actor,
        action=act.action,
        about=hold.hold_id,
        detail={
            "queue_id": hold.queue_id,
            "from": hold.state.value,
            "to": act.becomes.value,
            "reason": act.reason,
            "approves": act.approves,
        },
    )

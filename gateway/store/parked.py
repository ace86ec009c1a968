"""Parked mail: the views that people see, and the one way that they change it.

Answers: ``in_states`` and ``one`` (holds with their approvals), ``held`` (one hold with what an
act needs), ``perform`` (an ``Act``, compare-and-set on the hold's revision) and ``look_again``
(what a password that came later showed).
Trusts: the desk to ask only for what its table of states allows.
Fails: ``NotFoundError`` for a hold that is not there, ``ConflictError`` when somebody else
acted since it was read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, case, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.errors import ConflictError, NotFoundError
from gateway.model import Envelope, Hold, HoldState, OnExpiry, Verdict
from gateway.store import errands, reviews, tickets
from gateway.store.audit import append
from gateway.store.features import facts_of
from gateway.store.outbox import Post, enqueue, enqueue_release
from gateway.store.records import Act, Held, Split, hold_context
from gateway.store.seal import Sealed, pack
from gateway.store.tables import (
    approvals,
    holds,
    incidents,
    mail_recipients,
    mails,
    sealed,
)
from gateway.store.tickets import Kind


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
    journalled = select(mails).where(mails.c.queue_id == hold.queue_id)
    given = select(approvals.c.actor, approvals.c.person).where(approvals.c.hold_id == hold_id)
    return Held(
        hold=hold,
        revision=row.revision,
        positions=tuple((await connection.execute(positions)).scalars()),
        mail=_sealed(mail),
        corrected=_sealed(row),
        resembles_hold=row.resembles_hold or "",
        facts=facts_of((await connection.execute(journalled)).one()),
        approvals=tuple((r.actor, r.person or "") for r in await connection.execute(given)),
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
    recipients, approved, corrected = defaultdict(list), defaultdict(list), set()
    addresses = (
        select(mail_recipients)
        .join(holds, holds.c.hold_id == mail_recipients.c.hold_id)
        .where(chosen)
        .order_by(mail_recipients.c.hold_id, mail_recipients.c.n)
    )
    for r in await connection.execute(addresses):
        recipients[r.hold_id].append(r.corrected or r.address)
        if r.corrected:
            corrected.add(r.hold_id)
    actors = (
        select(approvals.c.hold_id, approvals.c.actor)
        .join(holds, holds.c.hold_id == approvals.c.hold_id)
        .where(chosen)
        .order_by(approvals.c.at, approvals.c.actor)
    )
    for a in await connection.execute(actors):
        approved[a.hold_id].append(a.actor)
    return [
        _hold(r, tuple(recipients[r.hold_id]), tuple(approved[r.hold_id]), r.hold_id in corrected)
        for r in rows
    ]


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
            holds.c.parked_at,
            holds.c.on_expiry,
            holds.c.goes_with,
            holds.c.assignee,
            holds.c.acknowledged_by,
            holds.c.escalated,
            holds.c.escalated_at,
            holds.c.announced_at,
            holds.c.reason_code,
            holds.c.second_look,
            holds.c.revision,
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


def _hold(
    row: Any, recipients: tuple[str, ...], approved_by: tuple[str, ...], corrected: bool
) -> Hold:
    usual = OnExpiry.CANCEL if row.verdict == Verdict.WARN else OnExpiry.REJECT
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
        parked_at=row.parked_at,
        on_expiry=OnExpiry(row.on_expiry or usual),
        assignee=row.assignee or "",
        acknowledged_by=row.acknowledged_by or "",
        escalated=row.escalated or 0,
        escalated_at=row.escalated_at,
        announced_at=row.announced_at,
        corrected=corrected,
        reason_code=row.reason_code or "",
        goes_with=row.goes_with or "",
        revision=row.revision,
        second_look=row.second_look,
    )


# ------------------------------------------------------------------ acts


async def perform(connection: AsyncConnection, post: Post, act: Act) -> None:
    """Do one act with its audit entry, if the hold is still as it was read."""
    hold = act.held.hold
    await _move(connection, act)
    await errands.note(connection, act)
    if act.left is not None:
        await _leave_behind(connection, post, act, act.left)
    if act.corrected is not None:
        await _correct(connection, post, act)
    if act.approves:
        await _approve(connection, act)
    if act.review_until is not None:
        await reviews.add_decision(connection, act, act.review_until)
    if act.send is not None:
        await enqueue_release(connection, post, hold.queue_id, hold.hold_id, act.send)
    for mail in act.mails:
        await enqueue(connection, post, hold.queue_id, mail)
    ends = act.changes.get("expires_at")
    if hold.verdict is Verdict.WARN and isinstance(ends, datetime):
        await tickets.prolong(connection, act.at, Kind.SENDER, hold.hold_id.encode(), ends)
    await _record(connection, post, act)


async def _move(connection: AsyncConnection, act: Act) -> None:
    hold = act.held.hold
    changed = await connection.execute(
        update(holds)
        .where(holds.c.hold_id == hold.hold_id)
        .where(holds.c.revision == act.held.revision, holds.c.state == hold.state.value)
        .values(
            state=act.becomes.value,
            revision=act.held.revision + 1,
            changed_at=act.at,
            **act.changes,
            **({"reason_code": act.code} if act.code else {}),
        )
    )
    if changed.rowcount != 1:
        raise ConflictError(f"somebody else acted on hold {hold.hold_id} first")


async def _approve(connection: AsyncConnection, act: Act) -> None:
    given = {"hold_id": act.held.hold.hold_id, "actor": act.actor, "person": act.person or None}
    await connection.execute(insert(approvals).values(**given, at=act.at, reason=act.reason))


async def _leave_behind(connection: AsyncConnection, post: Post, act: Act, left: Split) -> None:
    """Give those who are left a hold of their own, with the approvals that there are."""
    hold_id = act.held.hold.hold_id
    row = (await connection.execute(select(holds).where(holds.c.hold_id == hold_id))).one()
    its = dict(row._mapping) | {
        "hold_id": left.hold_id,
        "state": left.state.value,
        "revision": 0,
        "changed_at": act.at,
        "reason_code": None,
        **_sealed_envelope(post, left.hold_id, left.corrected),
    }
    await connection.execute(insert(holds).values(its))
    copy = mail_recipients.c
    await connection.execute(
        update(mail_recipients)
        .where(copy.queue_id == act.held.hold.queue_id, copy.n.in_(left.positions))
        .values(hold_id=left.hold_id)
    )
    given = select(approvals).where(approvals.c.hold_id == hold_id)
    for approval in (await connection.execute(given)).all():
        again = dict(approval._mapping) | {"hold_id": left.hold_id}
        await connection.execute(insert(approvals).values(again))
    if left.kept is not None:
        kept = _sealed_envelope(post, hold_id, left.kept)
        await connection.execute(update(holds).where(holds.c.hold_id == hold_id).values(kept))
    if left.state is not HoldState.PARKED:
        await _record_refused(connection, post, act, left)


def _sealed_envelope(post: Post, hold_id: str, envelope: Envelope | None) -> dict[str, Any]:
    """The columns of a corrected envelope; empty where the mail's own is meant."""
    if envelope is None:
        return {"kek_id": None, "wrapped_key": None, "blob": None}
    parcel = post.sealer.seal(hold_context(hold_id), pack(envelope, b""))
    return {"kek_id": parcel.kek_id, "wrapped_key": parcel.wrapped_key, "blob": parcel.blob}


async def _correct(connection: AsyncConnection, post: Post, act: Act) -> None:
    """Write the new addresses: sealed for sending, masked for reading."""
    if act.corrected is None:
        return
    hold_id = act.held.hold.hold_id
    theirs = _sealed_envelope(post, hold_id, act.corrected)
    await connection.execute(update(holds).where(holds.c.hold_id == hold_id).values(theirs))
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
            **{key: value for key, value in _told(act) if value},
        },
    )


async def _record_refused(connection: AsyncConnection, post: Post, act: Act, left: Split) -> None:
    """Write why those who were not released do not wait either."""
    hold = act.held.hold
    await append(
        connection,
        post.writer,
        act.at,
        actor=act.actor,
        action="reject",
        about=left.hold_id,
        detail={
            "queue_id": hold.queue_id,
            "from": hold.state.value,
            "to": left.state.value,
            "reason": act.reason,
            "left_by": hold.hold_id,
        },
    )


def _told(act: Act) -> Iterable[tuple[str, str]]:
    """What only some acts have to say; persons are masked by the entry."""
    yield "code", act.code
    yield "mode", act.mode
    yield "person", act.person if act.person != act.actor else ""
    yield "assignee", str(act.changes.get("assignee") or "")
    yield "left_behind", act.left.hold_id if act.left else ""
    yield "until", act.last_day
    yield "token", act.errand.token_id if act.errand else ""


# ------------------------------------------------------------------ the second look


async def look_again(
    connection: AsyncConnection, post: Post, hold_id: str, seen: Mapping[str, Any], approvers: int
) -> bool:
    """Write what a password that came later showed; False where the hold waits no more.

    Whoever read the hold before must read it again: its revision goes up.
    """
    changed = await connection.execute(
        update(holds)
        .where(holds.c.hold_id == hold_id, holds.c.state == HoldState.PARKED.value)
        .values(
            second_look=seen,
            on_expiry=case(
                # What was found is not sent by the clock.
                (holds.c.on_expiry == OnExpiry.SEND.value, OnExpiry.CANCEL.value),
                else_=holds.c.on_expiry,
            )
            if seen["result"] == "found"
            else holds.c.on_expiry,
            revision=holds.c.revision + 1,
            changed_at=post.now,
            approvers=case((holds.c.approvers < approvers, approvers), else_=holds.c.approvers),
        )
    )
    if changed.rowcount != 1:
        return False
    await append(
        connection,
        post.writer,
        post.now,
        actor="gateway",
        action="looked-again",
        about=hold_id,
        detail={"result": seen["result"], "my_numbers": seen["my_numbers"]},
    )
    return True

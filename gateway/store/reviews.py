"""Looking after the fact: samples of what left, and decisions of an unusual hour.

Answers: ``add_sample`` (a sealed copy of its own, apart from what is parked), ``add_decision``
(in the act's own transaction), ``waiting``, ``one``, ``close`` (somebody looked) and ``expire``
(the copy is destroyed, whether somebody looked or not, and the audit log says which).
Trusts: the desk to say who may look.
Fails: ``NotFoundError``; ``ConflictError`` where somebody looked already.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.errors import ConflictError, NotFoundError
from gateway.ids import new_id
from gateway.model import Submission
from gateway.store.audit import append, by_token
from gateway.store.records import Act, Review, ReviewKind, review_context
from gateway.store.seal import Sealed, pack
from gateway.store.tables import approvals, mail_recipients, mails, reviews

if TYPE_CHECKING:
    from gateway.store.outbox import Post

CLOCK = "clock"  # who the audit log says let it expire


def sealed_sample(post: Post, review_id: str, mail: Submission) -> Sealed:
    """Seal a copy for one review alone; takes its time, so call it in a thread."""
    return post.sealer.seal(review_context(review_id), pack(mail.envelope, mail.outgoing))


async def add_sample(
    connection: AsyncConnection,
    post: Post,
    review_id: str,
    kind: ReviewKind,
    rule: str,
    queue_id: str,
    copy: Sealed,
    until: datetime,
) -> None:
    """Put a sealed copy before a reviewer, until then."""
    row: dict[str, Any] = {"review_id": review_id, "queue_id": queue_id, "rule": rule}
    row |= {"kek_id": copy.kek_id, "wrapped_key": copy.wrapped_key, "blob": copy.blob}
    row |= {"kind": kind.value}
    await connection.execute(insert(reviews).values(made_at=post.now, expires_at=until, **row))
    detail = {"queue_id": queue_id, "kind": kind.value, "rule": rule}
    await append(
        connection,
        post.writer,
        post.now,
        actor="gateway",
        action="sampled",
        about=review_id,
        detail=detail,
    )


async def add_decision(connection: AsyncConnection, act: Act, until: datetime) -> None:
    """Put a decision on the list of later reviews; the act's audit entry says why."""
    hold = act.held.hold
    await connection.execute(
        insert(reviews).values(
            review_id=new_id(),
            queue_id=hold.queue_id,
            hold_id=hold.hold_id,
            kind=ReviewKind(act.mode).value,
            rule=hold.rule,
            made_at=act.at,
            expires_at=until,
        )
    )


async def waiting(connection: AsyncConnection) -> list[Review]:
    """Return what nobody has looked at yet, what expires first in front; without copies."""
    return await _found(connection, reviews.c.reviewed_at.is_(None) & reviews.c.ended_at.is_(None))


async def one(connection: AsyncConnection, review_id: str) -> Review:
    """Return one review with its sealed copy."""
    found = await _found(connection, reviews.c.review_id == review_id, with_copy=True)
    if not found:
        raise NotFoundError(f"no review {review_id}")
    return found[0]


async def close(
    connection: AsyncConnection,
    post: Post,
    review_id: str,
    actor: str,
    outcome: str,
    note: str,
    token: str = "",
) -> None:
    """Record that somebody looked, and what came of it."""
    changed = await connection.execute(
        update(reviews)
        .where(reviews.c.review_id == review_id)
        .where(reviews.c.reviewed_at.is_(None), reviews.c.ended_at.is_(None))
        .values(reviewed_at=post.now, reviewed_by=actor, outcome=outcome, note=note)
    )
    if changed.rowcount != 1:
        raise ConflictError(f"review {review_id} is over")
    await append(
        connection,
        post.writer,
        post.now,
        actor=actor,
        action="reviewed",
        about=review_id,
        detail={"outcome": outcome, "note": note} | by_token(token),
    )


async def expire(connection: AsyncConnection, post: Post) -> list[str]:
    """Destroy the copies whose time is up; return the ids of what ended so."""
    due = (reviews.c.expires_at <= post.now) & reviews.c.ended_at.is_(None)
    columns = (reviews.c.review_id, reviews.c.reviewed_at, reviews.c.kek_id)
    rows = (await connection.execute(select(*columns).where(due))).all()
    for row in rows:
        await connection.execute(
            update(reviews)
            .where(reviews.c.review_id == row.review_id)
            .values(ended_at=post.now, wrapped_key=None, blob=None)
        )
        seen = "yes" if row.reviewed_at else "no"
        detail = {"reviewed": seen, "kek_id": row.kek_id or ""}
        await append(
            connection,
            post.writer,
            post.now,
            actor=CLOCK,
            action="review-ended",
            about=row.review_id,
            detail=detail,
        )
    return [row.review_id for row in rows]


async def _found(
    connection: AsyncConnection, chosen: ColumnElement[bool], *, with_copy: bool = False
) -> list[Review]:
    columns = [c for c in reviews.c if with_copy or c.name not in ("wrapped_key", "blob")]
    facts = (mails.c.sender, mails.c.received_at, mails.c.likely, mails.c.attachments)
    query = (
        select(*columns, *facts, mails.c.identity)
        .join(mails, mails.c.queue_id == reviews.c.queue_id)
        .where(chosen)
        .order_by(reviews.c.expires_at, reviews.c.review_id)
    )
    rows = (await connection.execute(query)).all()
    to = await _addresses(connection, [row.queue_id for row in rows])
    by = await _deciders(connection, [row.hold_id for row in rows if row.hold_id])
    return [_review(row, to[row.queue_id], by[row.hold_id], with_copy) for row in rows]


async def _addresses(
    connection: AsyncConnection, queue_ids: Sequence[str]
) -> defaultdict[str, list[str]]:
    found = defaultdict(list)
    query = select(mail_recipients).where(mail_recipients.c.queue_id.in_(queue_ids))
    for row in await connection.execute(query.order_by(mail_recipients.c.n)):
        found[row.queue_id].append(row.corrected or row.address)
    return found


async def _deciders(
    connection: AsyncConnection, hold_ids: Sequence[str]
) -> defaultdict[str | None, list[str]]:
    found: defaultdict[str | None, list[str]] = defaultdict(list)
    query = select(approvals).where(approvals.c.hold_id.in_(hold_ids))
    for row in await connection.execute(query.order_by(approvals.c.at)):
        found[row.hold_id].append(row.person or row.actor)
    return found


def _review(row: Any, to: Sequence[str], by: Sequence[str], with_copy: bool) -> Review:
    there = with_copy and row.wrapped_key is not None
    return Review(
        review_id=row.review_id,
        queue_id=row.queue_id,
        hold_id=row.hold_id or "",
        kind=ReviewKind(row.kind),
        rule=row.rule,
        sender=row.sender,
        recipients=tuple(to),
        received_at=row.received_at,
        expires_at=row.expires_at,
        my_numbers=row.likely,
        attachments=row.attachments,
        reviewed_by=row.reviewed_by or "",
        reviewed_at=row.reviewed_at,
        outcome=row.outcome or "",
        identity=row.identity,
        decided_by=tuple(by),
        copy=Sealed(row.kek_id, row.wrapped_key, row.blob) if there else None,
    )

"""Stand-ins (代理承認者): who decides in whose place, for a time.

Answers: ``appoint``, ``withdraw`` and ``at`` (those in force at an instant), each change with
its audit entry.
Trusts: the desk to say who may appoint whom; the names are persons', not accounts'.
Fails: ``NotFoundError`` for one that is not there or over.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.errors import NotFoundError
from gateway.store.audit import append, by_token
from gateway.store.records import StandIn
from gateway.store.tables import stand_ins

if TYPE_CHECKING:
    from gateway.store.outbox import Post


async def appoint(
    connection: AsyncConnection, post: Post, made: StandIn, reason: str, token: str = ""
) -> None:
    """Write a stand-in."""
    await connection.execute(
        insert(stand_ins).values(
            stand_in_id=made.stand_in_id,
            absent=made.absent,
            stand_in=made.stand_in,
            since=made.since,
            until=made.until,
            made_by=made.made_by,
            made_at=post.now,
        )
    )
    period = {"since": made.since.isoformat(), "until": made.until.isoformat()}
    who = {"absent": made.absent, "stand_in": made.stand_in}
    await _record(
        connection,
        post,
        made.made_by,
        "stand-in",
        made.stand_in_id,
        who | period | by_token(token),
        reason,
    )


async def withdraw(
    connection: AsyncConnection,
    post: Post,
    stand_in_id: str,
    actor: str,
    reason: str,
    token: str = "",
) -> None:
    """End one before its time."""
    row = stand_ins.c
    changed = await connection.execute(
        update(stand_ins)
        .where(row.stand_in_id == stand_in_id, row.ended_at.is_(None), row.until > post.now)
        .values(ended_at=post.now)
    )
    if changed.rowcount != 1:
        raise NotFoundError(f"no stand-in {stand_in_id}, or it is over")
    await _record(
        connection, post, actor, "stand-in-withdrawn", stand_in_id, by_token(token), reason
    )


async def at(connection: AsyncConnection, now: datetime, *, later: bool = False) -> list[StandIn]:
    """Return those in force at ``now``; with ``later`` those that begin later, too."""
    row = stand_ins.c
    wanted = row.ended_at.is_(None) & (row.until > now)
    if not later:
        wanted &= row.since <= now
    query = select(stand_ins).where(wanted).order_by(row.since, row.stand_in_id)
    return [_stand_in(found) for found in await connection.execute(query)]


def _stand_in(row: Any) -> StandIn:
    return StandIn(row.stand_in_id, row.absent, row.stand_in, row.since, row.until, row.made_by)


async def _record(
    connection: AsyncConnection,
    post: Post,
    actor: str,
    action: str,
    about: str,
    detail: dict[str, Any],
    reason: str,
) -> None:
    await append(
        connection,
        post.writer,
        post.now,
        actor=actor,
        action=action,
        about=about,
        detail=detail | {"reason": reason},
    )

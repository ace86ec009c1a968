"""The day's digest for handlers, queued once a day whoever is first.

Answers: ``add``: the mail and its audit entry in one transaction, or nothing where the day has
its digest. The mark is the delivery itself: its id is the day's, and no table has an id twice,
so several processes and restarts need no lock.
Trusts: the day it is given. Fails: as the database does.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.model import Outgoing
from gateway.store.audit import append
from gateway.store.database import insert_or_ignore
from gateway.store.outbox import Post, row_of
from gateway.store.tables import deliveries

ACTOR = "clock"  # who the audit log says sent it
KEEP_MARKS = timedelta(days=7)  # a clock that is set back by less sends no day's digest again
_PREFIX = "digest-"  # ids that ``new_id`` makes have no vowel


async def add(
    connection: AsyncConnection, post: Post, day: date, mail: Outgoing, counts: Mapping[str, int]
) -> bool:
    """Queue a day's digest; False where it was queued before.

    Args:
        counts: what it says, for the audit log.
    """
    name = _named(day)
    row = row_of(post, name, mail, due=True, delivery_id=name)
    added = await connection.execute(insert_or_ignore(deliveries, connection.dialect), row)
    if added.rowcount != 1:
        return False
    await _forget(connection, day - KEEP_MARKS)
    await append(
        connection,
        post.writer,
        post.now,
        actor=ACTOR,
        action="digest-sent",
        about=name,
        detail=dict(counts),
    )
    return True


async def _forget(connection: AsyncConnection, before: date) -> None:
    """Delete the marks of days that are long over; the audit log keeps what was said."""
    table = deliveries.c
    old = (table.delivery_id >= _PREFIX) & (table.delivery_id < _named(before))
    await connection.execute(delete(deliveries).where(old, table.ended_at.is_not(None)))


def _named(day: date) -> str:
    return f"{_PREFIX}{day.isoformat()}"

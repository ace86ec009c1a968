"""How often somebody tried: counted in the store, across processes and restarts.

Answers: ``count`` adds one and says how many there are in this window; ``forget`` and
``take_back`` for one that was right.
Trusts: the caller's keys to tell nothing of what was typed: they are keyed digests, so that
a password or a number typed in the wrong field is not kept.
Fails: as the database does; then nobody signs in.
One statement counts, so that many at once in several processes all count.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import case, delete, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.store.account_tables import attempts


async def count(connection: AsyncConnection, now: datetime, bucket: str, window: timedelta) -> int:
    """Add an attempt; return how many there were since the window began."""
    build = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    over = attempts.c.since <= now - window
    one = build(attempts).values(bucket=bucket, count=1, since=now)
    one = one.on_conflict_do_update(
        index_elements=[attempts.c.bucket],
        set_={
            "count": case((over, 1), else_=attempts.c.count + 1),
            "since": case((over, now), else_=attempts.c.since),
        },
    )
    counted = int((await connection.execute(one.returning(attempts.c.count))).scalar_one())
    if counted == 1:  # a new window: a good moment to clear old ones away
        await connection.execute(delete(attempts).where(attempts.c.since <= now - window))
    return counted


async def forget(connection: AsyncConnection, bucket: str) -> None:
    """Begin anew: the right person came."""
    await connection.execute(delete(attempts).where(attempts.c.bucket == bucket))


async def take_back(connection: AsyncConnection, bucket: str) -> None:
    """Count one attempt less."""
    await connection.execute(
        update(attempts)
        .where(attempts.c.bucket == bucket, attempts.c.count > 0)
        .values(count=attempts.c.count - 1)
    )

"""What a program asked for under a key of its own: done once, however often it is asked.

Answers: ``note`` writes, in an act's own transaction, that it was done; ``done`` finds what was
done under a key; ``purge`` forgets old ones. An act that failed is not noted: nothing was done,
so the same request may be tried again.
Trusts: the desk to call ``note`` with the act. The rows have digests alone.
Fails: ``ConflictError`` where the key was used while this act was on its way.
Source: draft-ietf-httpapi-idempotency-key-header.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.errors import ConflictError
from gateway.store.program_tables import errands
from gateway.store.records import Act


async def note(connection: AsyncConnection, act: Act) -> None:
    """Write what was done, if the act was asked for under a key."""
    errand = act.errand
    if errand is None or not errand.key:
        return
    if await done(connection, errand.key) is not None:
        raise ConflictError("this key was used a moment ago")
    await connection.execute(
        insert(errands).values(
            key_hash=errand.key,
            asked=errand.asked,
            hold_id=act.held.hold.hold_id,
            done_at=act.at,
        )
    )


async def done(connection: AsyncConnection, key: str) -> str | None:
    """Return the digest of what was asked and done under a key; None where nothing was."""
    query = select(errands.c.asked).where(errands.c.key_hash == key)
    return (await connection.execute(query)).scalar_one_or_none()


async def purge(connection: AsyncConnection, before: datetime) -> int:
    """Forget what was done before then; return how much."""
    return (await connection.execute(delete(errands).where(errands.c.done_at < before))).rowcount

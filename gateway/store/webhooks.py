"""What is still to be posted to webhooks: read from the audit log, kept until it is taken.

Answers: ``gather`` (read on in the log and put what a webhook wants on its list, in one
transaction), ``claim``, ``taken``, ``put_off``, ``give_up``, ``standing``.
An act, its audit entry and with it its event are one transaction already, so nothing is written
for webhooks on a mail's path and nothing can be lost between: whoever dies begins again where
the log was read last. A post that may have arrived is made again, under the same id.
Trusts: names and wanted types from the configuration.
Fails: as the database does.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.errors import NotFoundError
from gateway.store import events
from gateway.store.audit import append
from gateway.store.database import insert_once
from gateway.store.outbox import ACTOR, Post
from gateway.store.program_tables import webhook_posts, webhooks

BATCH = 500  # events of one reading; the next reading goes on


@dataclass(frozen=True, slots=True)
class Posting:
    """One event that is due at one webhook, leased to a worker."""

    name: str
    writer: str
    seq: int
    attempts: int  # this one included
    begun_at: datetime  # when it was put on the list


@dataclass(frozen=True, slots=True)
class Standing:
    """How one webhook does."""

    name: str
    waiting: int
    oldest: datetime | None  # since when the oldest of them waits
    last_answer: str  # of what waits; "" where nothing does
    taken_at: datetime | None
    given_up_at: datetime | None


async def gather(
    connection: AsyncConnection, now: datetime, name: str, types: Collection[str]
) -> bool:
    """Read on in the log for one webhook; return whether there is more to read.

    A webhook that is new begins with what happens from now on.
    """
    query = select(webhooks.c.places).where(webhooks.c.name == name).with_for_update()
    places = (await connection.execute(query)).scalar_one_or_none()
    if places is None:
        begin = {"name": name, "places": await events.heads(connection), "begun_at": now}
        await insert_once(connection, webhooks, [begin])
        return False
    told = await events.since(connection, places, types, BATCH)
    if told.places == places:
        return False
    rows = [
        {
            "name": name,
            "writer": e.writer,
            "seq": e.seq,
            "attempts": 0,
            "due_at": now,
            "begun_at": now,
            "last_answer": "",
        }
        for e in told.events
    ]
    if rows:
        await insert_once(connection, webhook_posts, rows)
    mine = webhooks.c.name == name
    await connection.execute(update(webhooks).where(mine).values(places=told.places))
    return told.more


async def behind(connection: AsyncConnection, name: str) -> bool:
    """Whether the log goes on where a webhook has read it last; without taking a turn to write."""
    query = select(webhooks.c.places).where(webhooks.c.name == name)
    places = (await connection.execute(query)).scalar_one_or_none()
    ends = await events.heads(connection)
    return places is None or any(end > places.get(w, 0) for w, end in ends.items())


async def is_due(connection: AsyncConnection, now: datetime, names: Sequence[str]) -> bool:
    """Whether anything is to be posted now."""
    post = webhook_posts.c
    query = select(post.seq).where(post.due_at <= now, post.name.in_(names)).limit(1)
    return (await connection.execute(query)).first() is not None


async def claim(
    connection: AsyncConnection, now: datetime, names: Sequence[str], most: int, lease: timedelta
) -> list[Posting]:
    """Lease what is due to this process, the longest due first."""
    post = webhook_posts.c
    query = (
        select(webhook_posts)
        .where(post.due_at <= now, post.name.in_(names))
        .order_by(post.due_at, post.name, post.writer, post.seq)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    found = [
        Posting(row.name, row.writer, row.seq, row.attempts + 1, row.begun_at)
        for row in await connection.execute(query)
    ]
    for p in found:
        await _change(connection, p, attempts=p.attempts, due_at=now + lease)
    return found


async def taken(connection: AsyncConnection, now: datetime, posting: Posting) -> None:
    """Record that the webhook took it."""
    await _end(connection, posting, taken_at=now)


async def put_off(
    connection: AsyncConnection, posting: Posting, answer: str, until: datetime
) -> None:
    """Put it back until then."""
    await _change(connection, posting, last_answer=answer, due_at=until)


async def give_up(connection: AsyncConnection, post: Post, posting: Posting, answer: str) -> None:
    """Give it up, and record that."""
    await _end(connection, posting, given_up_at=post.now)
    await append(
        connection,
        post.writer,
        post.now,
        actor=ACTOR,
        action="webhook-given-up",
        about=posting.name,
        detail={
            "event": f"{posting.writer}-{posting.seq}",
            "attempts": posting.attempts,
            "answer": answer,
        },
    )


async def standing(connection: AsyncConnection) -> dict[str, Standing]:
    """Return how each webhook does that has ever begun."""
    post = webhook_posts.c
    counted = select(
        post.name, func.count(), func.min(post.begun_at), func.max(post.last_answer)
    ).group_by(post.name)
    waiting = {row[0]: (row[1], row[2], row[3]) for row in await connection.execute(counted)}
    found = {}
    for row in await connection.execute(select(webhooks).order_by(webhooks.c.name)):
        count, oldest, answer = waiting.get(row.name, (0, None, ""))
        found[row.name] = Standing(row.name, count, oldest, answer, row.taken_at, row.given_up_at)
    return found


async def forget_others(connection: AsyncConnection, names: Collection[str]) -> None:
    """Drop what webhooks have to come that are not configured any more."""
    for table in (webhook_posts, webhooks):
        await connection.execute(delete(table).where(table.c.name.not_in(names)))


async def _change(connection: AsyncConnection, posting: Posting, **values: object) -> None:
    await connection.execute(update(webhook_posts).where(_it(posting)).values(values))


async def _end(connection: AsyncConnection, posting: Posting, **said: datetime) -> None:
    gone = await connection.execute(delete(webhook_posts).where(_it(posting)))
    if gone.rowcount != 1:
        raise NotFoundError(f"nothing is to be posted to {posting.name}")
    of = webhooks.c.name == posting.name
    await connection.execute(update(webhooks).where(of).values(said))


def _it(posting: Posting) -> Any:
    post = webhook_posts.c
    return (post.name == posting.name) & (post.writer == posting.writer) & (post.seq == posting.seq)

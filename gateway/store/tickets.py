"""Tickets: what opens one thing, once, and soon.

Answers: ``issue`` (the token, of which the row has a digest), ``look`` and ``spend``, which
deletes: of two that come with one token, also at the same moment, one is let in.
Trusts: the caller to seal what must stay secret. Fails: ``None`` for a ticket that is
unknown, over, of another kind, or spent.
Standards: OWASP ASVS 5.0 6.4.1, 6.5.1, 6.6.2 (single use, short life).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.store.account_tables import tickets, users
from gateway.store.accounts import record
from gateway.store.opaque import digest, fresh
from gateway.store.outbox import Post


class Kind(StrEnum):
    """What a ticket opens."""

    FIRST = "first"  # making the first administrator, while there is no account
    WELCOME = "welcome"  # choosing the password of an account that somebody made
    SECOND_FACTOR = "second-factor"  # the second half of signing in
    ENROLMENT = "enrolment"  # a second factor that waits for its first code
    PROVIDER = "provider"  # coming back from the identity provider
    SENDER = "sender"  # one parked mail, to whoever sent it


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a ticket is for."""

    user_name: str | None  # empty where nobody is known yet
    sealed: bytes = field(default=b"", repr=False)


async def issue(
    connection: AsyncConnection,
    now: datetime,
    kind: Kind,
    lasts: timedelta,
    ticket: Ticket,
) -> str:
    """Make a ticket in the place of any such one of the account; return its token."""
    await connection.execute(delete(tickets).where(tickets.c.ends_at <= now))
    if ticket.user_name is not None:
        theirs = tickets.c.user_name == ticket.user_name
        await connection.execute(delete(tickets).where(theirs, tickets.c.kind == kind.value))
    token = fresh()
    await connection.execute(
        insert(tickets).values(
            token_hash=digest(token),
            kind=kind.value,
            user_name=ticket.user_name,
            sealed=ticket.sealed,
            ends_at=now + lasts,
        )
    )
    return token


async def issue_first(connection: AsyncConnection, post: Post, lasts: timedelta) -> str | None:
    """Make the ticket for the first administrator; None once there is an account."""
    if (await connection.execute(select(func.count()).select_from(users))).scalar_one():
        return None
    await connection.execute(delete(tickets).where(tickets.c.kind == Kind.FIRST.value))
    token = await issue(connection, post.now, Kind.FIRST, lasts, Ticket(None))
    await record(connection, post, "os:sekisho", "first-link-made", "user:first")
    return token


async def look(connection: AsyncConnection, now: datetime, kind: Kind, token: str) -> Ticket | None:
    """Return what a token opens, and leave it good."""
    query = select(tickets.c.user_name, tickets.c.sealed).where(
        tickets.c.token_hash == digest(token), tickets.c.kind == kind.value, tickets.c.ends_at > now
    )
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else Ticket(row.user_name, row.sealed)


async def spend(connection: AsyncConnection, now: datetime, kind: Kind, token: str) -> bool:
    """Use a ticket up; False when somebody was first, or it was none."""
    spent = await connection.execute(
        delete(tickets).where(
            tickets.c.token_hash == digest(token),
            tickets.c.kind == kind.value,
            tickets.c.ends_at > now,
        )
    )
    return spent.rowcount == 1


async def prolong(
    connection: AsyncConnection, now: datetime, kind: Kind, sealed: bytes, ends_at: datetime
) -> None:
    """Let the tickets for one thing, which are still good, be good until then."""
    await connection.execute(
        update(tickets)
        .where(tickets.c.kind == kind.value, tickets.c.sealed == sealed, tickets.c.ends_at > now)
        .values(ends_at=ends_at)
    )

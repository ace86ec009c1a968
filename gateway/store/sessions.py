"""Who is signed in now: sessions, their limits, and how they end.

Answers: opening, finding, renewing under a new token, listing and ending. A session's token
is 256 random bits that only the browser holds; the row has its SHA-256, so that a copy of the
database signs nobody in. Lists name a session by an id that opens nothing.
Trusts: the caller to have checked who signs in.
Fails: a session that is unknown, over, idle too long, or of a closed or lapsed account is
``None``; ``NotFoundError`` for one to end that is not there.
Standards: OWASP ASVS 5.0 7.1 to 7.5.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.errors import NotFoundError
from gateway.ids import new_id
from gateway.store.account_tables import sessions, users
from gateway.store.accounts import User, good, people, record, user_of
from gateway.store.opaque import digest, fresh
from gateway.store.outbox import Post

SEEN_EVERY = timedelta(minutes=1)  # a session's last use is written no more often than this
MOST = 5  # sessions of one account; the one that was used longest ago makes room
AGENT_CHARS = 120

PASSWORD, SINGLE_SIGN_ON = "password", "single-sign-on"
ONE_TIME_CODE, RECOVERY_CODE = "one-time-code", "recovery-code"
PROVIDERS_FACTORS = "provider-second-factor"
_SECOND = frozenset({ONE_TIME_CODE, RECOVERY_CODE, PROVIDERS_FACTORS})


@dataclass(frozen=True, slots=True)
class Session:
    """One signed-in browser."""

    session_id: str
    user: User
    opened_at: datetime
    seen_at: datetime
    fresh_at: datetime  # when the person last proved who they are
    ends_at: datetime
    client: str = ""  # IP address it was opened from; "" where there is none
    agent: str = field(default="", repr=False)  # what the browser calls itself, shortened
    proved_by: tuple[str, ...] = ()  # PASSWORD, ONE_TIME_CODE …

    @property
    def two_factors(self) -> bool:
        """Whether the person proved it in two ways."""
        return bool(_SECOND & set(self.proved_by))


@dataclass(frozen=True, slots=True)
class SignIn:
    """How somebody signed in, and where."""

    proved_by: tuple[str, ...] = (PASSWORD,)
    client: str = ""
    agent: str = field(default="", repr=False)


async def start(
    connection: AsyncConnection, post: Post, name: str, lasts: timedelta, how: SignIn
) -> str | None:
    """Sign an account in; return the token. None when it was closed meanwhile."""
    query = select(users.c.name).where(users.c.name == name, good(post.now))
    if (await connection.execute(query.with_for_update())).one_or_none() is None:
        return None
    await connection.execute(delete(sessions).where(sessions.c.ends_at <= post.now))
    await _make_room(connection, name)
    token = fresh()
    await connection.execute(
        insert(sessions).values(
            token_hash=digest(token),
            session_id=new_id(),
            user_name=name,
            opened_at=post.now,
            seen_at=post.now,
            fresh_at=post.now,
            ends_at=post.now + lasts,
            client=how.client,
            agent=how.agent[:AGENT_CHARS],
            proved_by="+".join(how.proved_by),
        )
    )
    said = {"by": " + ".join(how.proved_by), "client": how.client}
    await record(connection, post, f"user:{name}", "signed-in", f"user:{name}", **said)
    return token


async def _make_room(connection: AsyncConnection, name: str) -> None:
    newest = select(sessions.c.token_hash).where(sessions.c.user_name == name)
    newest = newest.order_by(sessions.c.seen_at.desc())
    kept = (await connection.execute(newest)).scalars().all()
    for token_hash in kept[MOST - 1 :]:
        await connection.execute(delete(sessions).where(sessions.c.token_hash == token_hash))


async def find(
    connection: AsyncConnection, now: datetime, token: str, idle: timedelta
) -> Session | None:
    """Return the session that a token opens."""
    query = _theirs(now, idle).where(sessions.c.token_hash == digest(token))
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else _session(row)


async def of_user(
    connection: AsyncConnection, now: datetime, name: str, idle: timedelta
) -> list[Session]:
    """Return an account's sessions, the one used last in front."""
    query = _theirs(now, idle).where(users.c.name == name).order_by(sessions.c.seen_at.desc())
    return [_session(row) for row in await connection.execute(query)]


async def seen(connection: AsyncConnection, now: datetime, token: str) -> None:
    """Write that a session was used."""
    await connection.execute(
        update(sessions).where(sessions.c.token_hash == digest(token)).values(seen_at=now)
    )


async def renew(
    connection: AsyncConnection, post: Post, token: str, proved_by: tuple[str, ...]
) -> str | None:
    """Put a new token in the old one's place, after the person proved who they are again."""
    query = select(sessions.c.user_name).where(sessions.c.token_hash == digest(token))
    name = (await connection.execute(query.with_for_update())).scalar_one_or_none()
    if name is None:
        return None
    new = fresh()
    await connection.execute(
        update(sessions)
        .where(sessions.c.token_hash == digest(token))
        .values(token_hash=digest(new), fresh_at=post.now, proved_by="+".join(proved_by))
    )
    said = {"by": " + ".join(proved_by)}
    await record(connection, post, f"user:{name}", "signed-in-again", f"user:{name}", **said)
    return new


async def close(connection: AsyncConnection, post: Post, token: str) -> None:
    """End a session; its token opens nothing any more."""
    query = select(sessions.c.user_name).where(sessions.c.token_hash == digest(token))
    name = (await connection.execute(query)).scalar_one_or_none()
    if name is None:
        return
    await connection.execute(delete(sessions).where(sessions.c.token_hash == digest(token)))
    await record(connection, post, f"user:{name}", "signed-out", f"user:{name}")


async def end(
    connection: AsyncConnection, post: Post, name: str, session_id: str | None, actor: str
) -> int:
    """End one session of an account by its id, or all of them; return how many ended."""
    which = delete(sessions).where(sessions.c.user_name == name)
    if session_id is not None:
        which = which.where(sessions.c.session_id == session_id)
    ended = (await connection.execute(which)).rowcount
    if session_id is not None and not ended:
        raise NotFoundError("there is no such session")
    if ended:
        said = {"session": session_id or "all", "count": ended}
        await record(connection, post, actor, "session-ended", f"user:{name}", **said)
    return ended


def _theirs(now: datetime, idle: timedelta) -> Any:
    query = people().add_columns(*(c for c in sessions.c if c.name != "token_hash"))
    return (
        query.join(sessions, sessions.c.user_name == users.c.name)
        .where(good(now))
        .where(sessions.c.ends_at > now, sessions.c.seen_at > now - idle)
    )


def _session(row: Any) -> Session:
    return Session(
        session_id=row.session_id,
        user=user_of(row),
        opened_at=row.opened_at,
        seen_at=row.seen_at,
        fresh_at=row.fresh_at,
        ends_at=row.ends_at,
        client=row.client,
        agent=row.agent,
        proved_by=tuple(row.proved_by.split("+")),
    )

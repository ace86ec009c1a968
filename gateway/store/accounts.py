"""Accounts of the console: who may sign in, and who is signed in now.

Answers: users (name, password hash, role, language, own mailboxes) and sessions. A session's
token is 256 random bits that only the browser holds; the row has its SHA-256, so that a copy
of the database signs nobody in. Every change has its audit entry in the same transaction.
Trusts: the caller to have checked the password, which never comes here, and its hash to be
one that is slow to guess.
Fails: ``UsageError`` for a name or address that cannot be kept, or a name that is taken;
``NotFoundError`` for one that is not there. A session that is unknown, over, idle too long
or of a disabled account is ``None``.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.errors import NotFoundError, UsageError
from gateway.store.audit import append
from gateway.store.columns import masked
from gateway.store.outbox import Post
from gateway.store.tables import sessions, users

TOKEN_BYTES = 32
SEEN_EVERY = timedelta(minutes=1)  # a session's last use is written no more often than this
_NAME = re.compile(r"[a-z][a-z0-9._-]{0,63}")


class Role(StrEnum):
    """What an account is for."""

    HANDLER = "handler"  # decides on parked mail
    AUDITOR = "auditor"  # looks, and decides nothing
    ADMIN = "admin"  # looks after the gateway, and decides nothing


@dataclass(frozen=True, slots=True)
class User:
    """One account, without its password's hash."""

    name: str  # lower case; in the audit log as "user:<name>"
    role: Role
    language: str = ""  # "ja" or "en"; "" asks the browser
    addresses: tuple[str, ...] = field(default=(), repr=False)  # own mailboxes, for four eyes
    created_at: datetime | None = None  # set by the store
    disabled_at: datetime | None = None  # set by the store; None while the account is good

    @property
    def recorded(self) -> str:
        """The name as the audit log writes it."""
        return f"user:{self.name}"


async def add(
    connection: AsyncConnection, post: Post, user: User, password_hash: str, actor: str
) -> None:
    """Make an account; one that was disabled is granted anew under its old name."""
    _check(user)
    row = {
        "password_hash": password_hash,
        "role": user.role.value,
        "language": user.language,
        "addresses": list(user.addresses),
        "created_at": post.now,
        "disabled_at": None,
    }
    former = await _find(connection, user.name)
    if former is not None and former.disabled_at is None:
        raise UsageError(f"there is a user {user.name} already")
    if former is None:
        await connection.execute(insert(users).values(name=user.name, **row))
    else:
        await connection.execute(update(users).where(users.c.name == user.name).values(row))
    action = "user-added" if former is None else "user-granted-anew"
    await _record(connection, post, actor, action, user.recorded, role=user.role.value)


def _check(user: User) -> None:
    if not _NAME.fullmatch(user.name) or masked(user.name) != user.name:
        raise UsageError(
            "a user's name is 1 to 64 of a-z, 0-9, '.', '_' and '-', begins with a letter "
            "and holds no long run of digits"
        )
    if any("@" not in a or masked(a) != a for a in user.addresses):
        raise UsageError("an address is name@domain and holds no long run of digits")


async def everybody(connection: AsyncConnection) -> list[User]:
    """Return all accounts, disabled ones too, by name."""
    rows = await connection.execute(select(users).order_by(users.c.name))
    return [_user(row) for row in rows]


async def disable(connection: AsyncConnection, post: Post, name: str, actor: str) -> None:
    """Close an account and end its sessions at once."""
    closed = await connection.execute(
        update(users)
        .where(users.c.name == name, users.c.disabled_at.is_(None))
        .values(disabled_at=post.now)
    )
    if closed.rowcount != 1:
        raise NotFoundError("there is no active user of that name")
    await connection.execute(delete(sessions).where(sessions.c.user_name == name))
    await _record(connection, post, actor, "user-disabled", f"user:{name}")


async def password_hash(connection: AsyncConnection, name: str) -> str | None:
    """Return the hash that a password is checked against; None where nobody can sign in."""
    row = await _find(connection, name)
    return None if row is None or row.disabled_at is not None else str(row.password_hash)


# ------------------------------------------------------------------ sessions


async def open_session(
    connection: AsyncConnection, post: Post, name: str, lasts: timedelta
) -> str | None:
    """Sign an account in; return the token. None when the account was closed meanwhile."""
    row = await _find(connection, name)
    if row is None or row.disabled_at is not None:
        return None
    await connection.execute(delete(sessions).where(sessions.c.ends_at <= post.now))
    token = secrets.token_urlsafe(TOKEN_BYTES)
    await connection.execute(
        insert(sessions).values(
            token_hash=_digest(token),
            user_name=name,
            opened_at=post.now,
            seen_at=post.now,
            ends_at=post.now + lasts,
        )
    )
    await _record(connection, post, f"user:{name}", "signed-in", f"user:{name}")
    return token


async def session(
    connection: AsyncConnection, now: datetime, token: str, idle: timedelta
) -> tuple[User, bool] | None:
    """Return whose session it is, and whether its use is due to be written."""
    query = (
        select(users, sessions.c.seen_at)
        .join(sessions, sessions.c.user_name == users.c.name)
        .where(sessions.c.token_hash == _digest(token), users.c.disabled_at.is_(None))
        .where(sessions.c.ends_at > now, sessions.c.seen_at > now - idle)
    )
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else (_user(row), row.seen_at <= now - SEEN_EVERY)


async def seen(connection: AsyncConnection, now: datetime, token: str) -> None:
    """Write that a session was used."""
    await connection.execute(
        update(sessions).where(sessions.c.token_hash == _digest(token)).values(seen_at=now)
    )


async def close_session(connection: AsyncConnection, post: Post, token: str) -> None:
    """End a session; its token opens nothing any more."""
    name = (
        await connection.execute(
            select(sessions.c.user_name).where(sessions.c.token_hash == _digest(token))
        )
    ).scalar_one_or_none()
    if name is None:
        return
    await connection.execute(delete(sessions).where(sessions.c.token_hash == _digest(token)))
    await _record(connection, post, f"user:{name}", "signed-out", f"user:{name}")


# ------------------------------------------------------------------ steps


async def _find(connection: AsyncConnection, name: str) -> Any:
    return (
        await connection.execute(select(users).where(users.c.name == name).with_for_update())
    ).one_or_none()


def _user(row: Any) -> User:
    return User(
        name=row.name,
        role=Role(row.role),
        language=row.language,
        addresses=tuple(row.addresses),
        created_at=row.created_at,
        disabled_at=row.disabled_at,
    )


def _digest(token: str) -> str:
    # No salt and no slow hash: there is nothing to guess in 256 random bits.
    return hashlib.sha256(token.encode()).hexdigest()


async def _record(
    connection: AsyncConnection, post: Post, actor: str, action: str, about: str, **detail: object
) -> None:
    await append(
        connection, post.writer, post.now, actor=actor, action=action, about=about, detail=detail
    )

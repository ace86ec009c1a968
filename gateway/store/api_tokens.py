"""Tokens for programs: made by their owner, shown once, limited in scope and time.

Answers: making, finding, listing and revoking. The row has the SHA-256 of a token alone.
Trusts: the caller to have checked whose token it is to make.
Fails: ``UsageError`` for a scope beyond the owner's role, none at all, or too long a life;
``None`` for a token that is unknown, over, revoked, or of a closed or lapsed account.
Standards: OWASP ASVS 5.0 8.2, 9.2; RFC 6750 2.1 (the ``Authorization`` header).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.errors import NotFoundError, UsageError
from gateway.ids import new_id
from gateway.store.account_tables import api_tokens, users
from gateway.store.accounts import GRANTED_FOR, User, good, one, people, record, user_of
from gateway.store.columns import masked
from gateway.store.opaque import digest, fresh
from gateway.store.outbox import Post
from gateway.store.rights import Right

MARK = "sekisho_"  # a token that leaked into a file is found by it
MOST = 20  # tokens of one account
LABEL_CHARS = 80
USED_EVERY = timedelta(minutes=1)  # a token's last use is written no more often than this
PEOPLE_ONLY = frozenset({Right.OWN_ACCOUNT, Right.MANAGE_ACCOUNTS, Right.UNMASK})


@dataclass(frozen=True, slots=True)
class ApiToken:
    """One token as lists show it."""

    token_id: str
    user_name: str
    label: str
    scope: frozenset[Right]
    made_at: datetime
    ends_at: datetime
    used_at: datetime | None = None  # empty until it is


@dataclass(frozen=True, slots=True)
class Account:
    """Who calls the API, and for what: the owner's rights cut down to the token's scope."""

    user: User
    token_id: str
    scope: frozenset[Right] = field(default=frozenset())

    @property
    def recorded(self) -> str:
        """The name as the audit log writes it."""
        return self.user.recorded

    def may(self, right: Right) -> bool:
        """Whether both the token and its owner's role allow it."""
        return right in self.scope and self.user.may(right)


async def make(
    connection: AsyncConnection,
    post: Post,
    name: str,
    label: str,
    scope: Iterable[Right],
    lasts: timedelta,
) -> str:
    """Make a token; return it, for the one time it is shown."""
    owner, wanted = await one(connection, name), frozenset(scope)
    if owner.state(post.now) in ("disabled", "lapsed"):
        raise UsageError("the account is not open")
    if not wanted or any(not owner.may(r) or r in PEOPLE_ONLY for r in wanted):
        raise UsageError("a token's scope is some of its owner's rights, and none for people only")
    if not timedelta() < lasts <= GRANTED_FOR:
        raise UsageError("a token lasts for a year at most")
    label = masked(label.strip())[:LABEL_CHARS]
    theirs = select(func.count()).where(api_tokens.c.user_name == name)
    if not label or (await connection.execute(theirs)).scalar_one() >= MOST:
        raise UsageError(f"a token needs a name, and an account has at most {MOST} of them")
    token, token_id, until = MARK + fresh(), new_id(), post.now + lasts
    await connection.execute(
        insert(api_tokens).values(
            token_id=token_id,
            token_hash=digest(token),
            user_name=name,
            label=label,
            scope=sorted(wanted),
            made_at=post.now,
            ends_at=until,
        )
    )
    said = {
        "token": token_id,
        "scope": ", ".join(sorted(wanted)),
        "until": until.date().isoformat(),
    }
    await record(connection, post, owner.recorded, "token-made", owner.recorded, **said)
    return token


async def find(
    connection: AsyncConnection, now: datetime, token: str
) -> tuple[Account, bool] | None:
    """Return whom a token speaks for, and whether its use is due to be written."""
    mine = (api_tokens.c.token_hash == digest(token)) & (api_tokens.c.ends_at > now)
    query = people().add_columns(api_tokens.c.token_id, api_tokens.c.scope, api_tokens.c.used_at)
    query = query.join(api_tokens, api_tokens.c.user_name == users.c.name)
    row = (await connection.execute(query.where(mine, good(now)))).one_or_none()
    if row is None:
        return None
    due = row.used_at is None or row.used_at <= now - USED_EVERY
    scope = frozenset(Right(r) for r in row.scope if r in set(Right))
    return Account(user_of(row), row.token_id, scope), due


async def used(connection: AsyncConnection, now: datetime, token_id: str) -> None:
    """Write that a token was used."""
    await connection.execute(
        update(api_tokens).where(api_tokens.c.token_id == token_id).values(used_at=now)
    )


async def listed(connection: AsyncConnection, name: str | None) -> list[ApiToken]:
    """Return the tokens of an account, or of all, oldest first."""
    query = select(api_tokens).order_by(api_tokens.c.made_at, api_tokens.c.token_id)
    if name is not None:
        query = query.where(api_tokens.c.user_name == name)
    return [_token(row) for row in await connection.execute(query)]


async def revoke(
    connection: AsyncConnection, post: Post, token_id: str, actor: str, name: str | None = None
) -> None:
    """End a token at once; with ``name`` only if it is that account's."""
    which = delete(api_tokens).where(api_tokens.c.token_id == token_id)
    if name is not None:
        which = which.where(api_tokens.c.user_name == name)
    ended = (await connection.execute(which.returning(api_tokens.c.user_name))).scalar_one_or_none()
    if ended is None:
        raise NotFoundError("there is no such token")
    await record(connection, post, actor, "token-revoked", f"user:{ended}", token=token_id)


def _token(row: Any) -> ApiToken:
    return ApiToken(
        token_id=row.token_id,
        user_name=row.user_name,
        label=row.label,
        scope=frozenset(Right(r) for r in row.scope if r in set(Right)),
        made_at=row.made_at,
        ends_at=row.ends_at,
        used_at=row.used_at,
    )

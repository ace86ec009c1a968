"""Accounts of the console: who may sign in, as what, for whose mail, and until when.

Answers: adding, changing, closing and granting anew. Every change has its audit entry in the
same transaction; one that takes something away ends the account's sessions with it.
Trusts: the caller to have checked who does it, and the password, which never comes here; its
hash to be one that is slow to guess.
Fails: ``UsageError`` for a name or address that cannot be kept, a name that is taken, or the
last administrator; ``NotFoundError`` for an account that is not there.
An account is good for a year (case 11 of the Commission's inspections: an officer who had
moved kept the right): then it lapses unless somebody grants it anew.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, delete, exists, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.errors import NotFoundError, UsageError
from gateway.store.account_tables import (
    api_tokens,
    recovery_codes,
    second_factors,
    sessions,
    tickets,
    users,
)
from gateway.store.audit import append
from gateway.store.columns import masked
from gateway.store.outbox import Post
from gateway.store.rights import Right, Role, may

GRANTED_FOR = timedelta(days=365)
WARNED = timedelta(days=30)  # before an account lapses
_NAME = re.compile(r"[a-z][a-z0-9._-]{0,63}")
_DEPARTMENT_CHARS = 100
_PERSON_CHARS = 100


@dataclass(frozen=True, slots=True)
class User:
    """One account, without anything that opens it."""

    name: str  # lower case; in the audit log as "user:<name>"
    role: Role
    language: str = ""  # "ja" or "en"; "" asks the browser
    addresses: tuple[str, ...] = field(default=(), repr=False)  # own mailboxes, for four eyes
    departments: tuple[str, ...] = ()  # whose mail they see; empty is everybody's
    person: str = ""  # whose it is, lower case; "" where name and mailboxes say it
    created_at: datetime | None = None  # set by the store
    disabled_at: datetime | None = None  # set by the store; None while the account is good
    granted_until: datetime | None = None  # set by the store: a year from when it was granted
    second_factor: bool = False  # set by the store: a second factor is enrolled
    password: bool = True  # set by the store: it has one of its own
    single_sign_on: bool = False  # opened by a person at the identity provider

    @property
    def recorded(self) -> str:
        """The name as the audit log writes it."""
        return f"user:{self.name}"

    def may(self, right: Right) -> bool:
        """Whether the account's role has a right."""
        return may(self.role, right)

    def state(self, now: datetime) -> str:
        """``active``, ``lapsing`` (within 30 days), ``lapsed`` or ``disabled``."""
        if self.disabled_at is not None:
            return "disabled"
        if self.granted_until is None or self.granted_until > now + WARNED:
            return "active"
        return "lapsing" if self.granted_until > now else "lapsed"


def good(now: datetime) -> Any:
    """The condition that an account is neither closed nor lapsed."""
    return users.c.disabled_at.is_(None) & (users.c.granted_until > now)


def is_name(name: str) -> bool:
    """Whether an account could be called so."""
    return _NAME.fullmatch(name) is not None and masked(name) == name


# ------------------------------------------------------------------ looking


async def everybody(connection: AsyncConnection) -> list[User]:
    """Return all accounts, disabled ones too, by name."""
    return [user_of(row) for row in await connection.execute(people().order_by(users.c.name))]


async def one(connection: AsyncConnection, name: str) -> User:
    """Return one account, or raise ``NotFoundError``."""
    row = (await connection.execute(people().where(users.c.name == name))).one_or_none()
    if row is None:
        raise NotFoundError("there is no user of that name")
    return user_of(row)


async def of_subject(connection: AsyncConnection, subject: str) -> User | None:
    """Return the account that is tied to a person at the identity provider."""
    row = (await connection.execute(people().where(users.c.subject == subject))).one_or_none()
    return None if row is None else user_of(row)


async def password_hash(connection: AsyncConnection, now: datetime, name: str) -> str | None:
    """Return the hash that a password is checked against; None where nobody can sign in."""
    query = select(users.c.password_hash).where(users.c.name == name, good(now))
    return (await connection.execute(query)).scalar_one_or_none() or None


# ------------------------------------------------------------------ adding and changing


async def add(
    connection: AsyncConnection, post: Post, user: User, password_hash: str, actor: str
) -> None:
    """Make an account; one that was disabled is granted anew under its old name.

    Args:
        password_hash: "" for one that single sign-on or a link opens first.
    """
    _check(user)
    row = {
        "password_hash": password_hash,
        "role": user.role.value,
        "language": user.language,
        "addresses": list(user.addresses),
        "person": user.person or None,
        "departments": list(user.departments),
        "subject": _awaited(user.name) if user.single_sign_on else None,
        "created_at": post.now,
        "granted_until": post.now + GRANTED_FOR,
        "disabled_at": None,
    }
    former = await _locked(connection, user.name)
    if former is not None and former.disabled_at is None:
        raise UsageError(f"there is a user {user.name} already")
    if former is None:
        await connection.execute(insert(users).values(name=user.name, **row))
    else:
        await forget(connection, user.name)
        await _change(connection, user.name, **row)
    action = "user-added" if former is None else "user-granted-anew"
    until = (post.now + GRANTED_FOR).date().isoformat()
    await record(connection, post, actor, action, user.recorded, role=user.role.value, until=until)


async def disable(connection: AsyncConnection, post: Post, name: str, actor: str) -> None:
    """Close an account; its sessions, tokens and second factor go with it."""
    row = await _locked(connection, name)
    if row is None or row.disabled_at is not None:
        raise NotFoundError("there is no active user of that name")
    await _keep_an_administrator(connection, post.now, row)
    await _change(connection, name, disabled_at=post.now)
    await forget(connection, name)
    await record(connection, post, actor, "user-disabled", f"user:{name}")


async def enable(connection: AsyncConnection, post: Post, name: str, actor: str) -> None:
    """Open a closed account again, as it was; a second factor is enrolled anew."""
    row = await _locked(connection, name)
    if row is None or row.disabled_at is None:
        raise NotFoundError("there is no disabled user of that name")
    until = max(row.granted_until, post.now + GRANTED_FOR)
    await _change(connection, name, disabled_at=None, granted_until=until)
    await record(
        connection, post, actor, "user-enabled", f"user:{name}", until=until.date().isoformat()
    )


async def grant(
    connection: AsyncConnection, post: Post, name: str, until: datetime, actor: str
) -> None:
    """Let an account go on until then."""
    if not post.now < until <= post.now + GRANTED_FOR + timedelta(days=1):
        raise UsageError("an account is granted for a year at most, and to a day to come")
    if await _locked(connection, name) is None:
        raise NotFoundError("there is no user of that name")
    await _change(connection, name, granted_until=until)
    await record(
        connection, post, actor, "user-granted", f"user:{name}", until=until.date().isoformat()
    )


async def assign(
    connection: AsyncConnection,
    post: Post,
    name: str,
    actor: str,
    *,
    role: Role | None = None,
    departments: Sequence[str] | None = None,
) -> None:
    """Give an account another role or other departments; its sessions and tokens end."""
    row = await _locked(connection, name)
    if row is None:
        raise NotFoundError("there is no user of that name")
    new_role = role or Role(row.role)
    theirs = list(row.departments) if departments is None else list(departments)
    if (new_role.value, theirs) == (row.role, list(row.departments)):
        return
    _check_departments(theirs)
    if new_role is not Role.ADMINISTRATOR:
        await _keep_an_administrator(connection, post.now, row)
    await _change(connection, name, role=new_role.value, departments=theirs)
    for table in (sessions, api_tokens):
        await connection.execute(delete(table).where(table.c.user_name == name))
    said = {"was": row.role, "role": new_role.value, "departments": ", ".join(theirs)}
    await record(connection, post, actor, "user-role-changed", f"user:{name}", **said)


async def identify(
    connection: AsyncConnection,
    post: Post,
    name: str,
    actor: str,
    *,
    person: str | None = None,
    addresses: Sequence[str] | None = None,
) -> None:
    """Say whose an account is: its person, its mailboxes; None leaves as it is."""
    row = await _locked(connection, name)
    if row is None:
        raise NotFoundError("there is no user of that name")
    who = (row.person or "") if person is None else person.strip().casefold()
    theirs = list(row.addresses) if addresses is None else list(addresses)
    if (who, theirs) == (row.person or "", list(row.addresses)):
        return
    _check_who(theirs, who)
    await _change(connection, name, person=who or None, addresses=theirs)
    said = {"person": who, "addresses": len(theirs)}
    await record(connection, post, actor, "user-identified", f"user:{name}", **said)


async def set_password(
    connection: AsyncConnection, post: Post, name: str, password_hash: str, actor: str
) -> None:
    """Put another password in; every session of the account ends."""
    if await _locked(connection, name) is None:
        raise NotFoundError("there is no user of that name")
    await _change(connection, name, password_hash=password_hash)
    await connection.execute(delete(sessions).where(sessions.c.user_name == name))
    await record(connection, post, actor, "password-changed", f"user:{name}")


async def tie(connection: AsyncConnection, post: Post, name: str, subject: str) -> bool:
    """Tie an account to a person at the identity provider, at their first sign-in.

    Only one that was made to be: an account with a password is never taken over.
    """
    tied = await connection.execute(
        update(users)
        .where(users.c.name == name, users.c.subject == _awaited(name))
        .where(good(post.now))
        .values(subject=subject)
    )
    if tied.rowcount == 1:
        await record(connection, post, f"user:{name}", "single-sign-on-tied", f"user:{name}")
    return tied.rowcount == 1


# ------------------------------------------------------------------ steps


def _awaited(name: str) -> str:
    """What stands for the subject of an account until its person first comes."""
    return f"awaited:{name}"


def _check(user: User) -> None:
    if not is_name(user.name):
        raise UsageError(
            "a user's name is 1 to 64 of a-z, 0-9, '.', '_' and '-', begins with a letter "
            "and holds no long run of digits"
        )
    _check_who(user.addresses, user.person)
    _check_departments(user.departments)


def _check_who(addresses: Sequence[str], person: str) -> None:
    if any("@" not in a or masked(a) != a for a in addresses):
        raise UsageError("an address is name@domain and holds no long run of digits")
    if len(person) > _PERSON_CHARS or masked(person) != person or person != person.casefold():
        raise UsageError("a person has a name of at most 100 characters, and no long digits")


def _check_departments(departments: Sequence[str]) -> None:
    if any(not 0 < len(d) <= _DEPARTMENT_CHARS or masked(d) != d for d in departments):
        raise UsageError("a department has a name of 1 to 100 characters, and no long digits")


async def _keep_an_administrator(connection: AsyncConnection, now: datetime, leaving: Any) -> None:
    """Refuse to take the last administrator away: nobody could give the role back."""
    if leaving.role != Role.ADMINISTRATOR.value or leaving.disabled_at is not None:
        return
    others = select(func.count()).select_from(users).where(users.c.name != leaving.name)
    others = others.where(users.c.role == Role.ADMINISTRATOR.value, good(now))
    if not (await connection.execute(others)).scalar_one():
        raise UsageError("this is the last administrator: make another one first")


def people() -> Select[Any]:
    """The query for accounts, each with whether a second factor is enrolled."""
    enrolled = exists().where(second_factors.c.user_name == users.c.name)
    return select(users, enrolled.label("second_factor"))


async def _locked(connection: AsyncConnection, name: str) -> Any:
    query = select(users).where(users.c.name == name).with_for_update()
    return (await connection.execute(query)).one_or_none()


async def _change(connection: AsyncConnection, name: str, **values: object) -> None:
    await connection.execute(update(users).where(users.c.name == name).values(**values))


async def forget(connection: AsyncConnection, name: str) -> None:
    """Delete everything that opens an account beside its password."""
    for table in (sessions, api_tokens, tickets, recovery_codes, second_factors):
        await connection.execute(delete(table).where(table.c.user_name == name))


def user_of(row: Any) -> User:
    """Return the account that a row of ``people`` is."""
    return User(
        name=row.name,
        role=Role(row.role),
        language=row.language,
        addresses=tuple(row.addresses),
        person=row.person or "",
        departments=tuple(row.departments),
        created_at=row.created_at,
        disabled_at=row.disabled_at,
        granted_until=row.granted_until,
        second_factor=bool(row.second_factor),
        password=bool(row.password_hash),
        single_sign_on=row.subject is not None,
    )


async def record(
    connection: AsyncConnection, post: Post, actor: str, action: str, about: str, **detail: object
) -> None:
    """Add an audit entry about an account."""
    await append(
        connection, post.writer, post.now, actor=actor, action=action, about=about, detail=detail
    )

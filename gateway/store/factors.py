"""Second factors: a sealed secret, the last step that was used, and recovery codes.

Answers: enrolling, taking a time step or a recovery code once, and resetting.
Trusts: the caller to have checked the code against the secret, which is sealed here with a
key that this room never sees.
Fails: ``False`` for a step or a code that was used before: of two sign-ins with one code,
also at the same moment in two processes, one comes through.
Standards: RFC 6238 5.2 (a code counts once); OWASP ASVS 5.0 6.5.1 to 6.5.4.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.errors import NotFoundError
from gateway.store.account_tables import recovery_codes, second_factors
from gateway.store.accounts import record
from gateway.store.opaque import digest
from gateway.store.outbox import Post


async def enrol(
    connection: AsyncConnection,
    post: Post,
    name: str,
    secret: bytes,
    step: int,
    codes: Iterable[str],
) -> None:
    """Put a second factor in the place of any there was; ``step`` is used with that."""
    await _clear(connection, name)
    row = {"secret": secret, "last_step": step, "enrolled_at": post.now}
    await connection.execute(insert(second_factors).values(user_name=name, **row))
    await _keep(connection, name, codes)
    await record(connection, post, f"user:{name}", "second-factor-enrolled", f"user:{name}")


async def renew_codes(
    connection: AsyncConnection, post: Post, name: str, codes: Iterable[str]
) -> None:
    """Put new recovery codes in the place of the old ones."""
    await connection.execute(delete(recovery_codes).where(recovery_codes.c.user_name == name))
    await _keep(connection, name, codes)
    await record(connection, post, f"user:{name}", "recovery-codes-renewed", f"user:{name}")


async def secret_of(connection: AsyncConnection, name: str) -> bytes | None:
    """Return the sealed secret; None where nothing is enrolled."""
    query = select(second_factors.c.secret).where(second_factors.c.user_name == name)
    return (await connection.execute(query)).scalar_one_or_none()


async def take_step(connection: AsyncConnection, name: str, step: int) -> bool:
    """Use a time step; False when it, or a later one, was used before."""
    taken = await connection.execute(
        update(second_factors)
        .where(second_factors.c.user_name == name, second_factors.c.last_step < step)
        .values(last_step=step)
    )
    return taken.rowcount == 1


async def take_code(connection: AsyncConnection, post: Post, name: str, code: str) -> bool:
    """Use a recovery code up; False when it is none of theirs."""
    mine = recovery_codes.c.user_name == name
    taken = await connection.execute(
        delete(recovery_codes).where(mine, recovery_codes.c.code_hash == digest(code))
    )
    if taken.rowcount != 1:
        return False
    left = await codes_left(connection, name)
    await record(connection, post, f"user:{name}", "recovery-code-used", f"user:{name}", left=left)
    return True


async def codes_left(connection: AsyncConnection, name: str) -> int:
    """Return how many recovery codes an account has."""
    query = select(func.count()).where(recovery_codes.c.user_name == name)
    return (await connection.execute(query)).scalar_one()


async def reset(connection: AsyncConnection, post: Post, name: str, actor: str) -> None:
    """Take the second factor away: the person lost it, and enrols a new one."""
    if await secret_of(connection, name) is None:
        raise NotFoundError("there is no second factor to reset for that name")
    await _clear(connection, name)
    await record(connection, post, actor, "second-factor-reset", f"user:{name}")


async def _clear(connection: AsyncConnection, name: str) -> None:
    for table in (recovery_codes, second_factors):
        await connection.execute(delete(table).where(table.c.user_name == name))


async def _keep(connection: AsyncConnection, name: str, codes: Iterable[str]) -> None:
    rows = [{"user_name": name, "code_hash": digest(code)} for code in codes]
    await connection.execute(insert(recovery_codes), rows)

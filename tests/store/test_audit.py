from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import text

from gateway.errors import StoreError
from gateway.model import Verdict
from gateway.store import Store
from gateway.store.database import Database
from gateway.store.verifying import verify_apart
from tests.store.mails import Clock, Keys, decision, inspection, ruling, submission


async def entries(store: Store, n: int) -> None:
    made = decision(ruling("aaabb@exp.com", Verdict.BLOCK))
    for _ in range(n):
        await store.intend(submission(), inspection(), made, [], [], staged=False)


async def test_a_process_of_its_own_finds_the_same_and_tells_how_far_it_is(
    store: Store, url: str
) -> None:
    await entries(store, 3)
    told: list[int] = []
    assert await store.audit_verify_apart([], told.append) == []
    await tamper(url, "UPDATE audit SET actor = 'nobody' WHERE seq = 2")
    assert await store.audit_verify_apart([], told.append) == await store.audit_verify() != []
    with pytest.raises(StoreError, match="without an answer"):
        await verify_apart("sqlite:/nowhere/sekisho.db", [], told.append)


async def tamper(url: str, *statements: str) -> None:
    """Change the log as somebody with the database's own rights could."""
    database = Database(url)
    async with database.write() as connection:
        if database.embedded:
            for verb in ("update", "delete"):
                await connection.execute(text(f"DROP TRIGGER audit_refuses_{verb}"))
        else:
            await connection.execute(text("ALTER TABLE audit DISABLE TRIGGER USER"))
        for statement in statements:
            await connection.execute(text(statement))
    await database.close()


@pytest.mark.parametrize(
    "statement",
    ["UPDATE audit SET actor = 'nobody'", "DELETE FROM audit", "UPDATE audit SET seq = seq + 9"],
)
async def test_the_database_refuses_to_change_the_log(
    store: Store, url: str, statement: str
) -> None:
    await entries(store, 2)
    database = Database(url)
    with pytest.raises(StoreError, match="append-only"):
        async with database.write() as connection:
            await connection.execute(text(statement))
    await database.close()
    assert await store.audit_verify() == []


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("UPDATE audit SET actor = 'nobody' WHERE seq = 2", "2: was changed"),
        ("UPDATE audit SET detail = '{}' WHERE seq = 3", "3: was changed"),
        ("DELETE FROM audit WHERE seq = 2", "3: follows entry 1"),
        ("DELETE FROM audit WHERE seq = 4", "does not end where its head says"),
        ("DELETE FROM audit", "does not end where its head says"),
        ("DELETE FROM audit_heads", "does not end where its head says"),
        ("UPDATE audit SET hash = 'x' WHERE seq = 1", "2: does not continue"),
    ],
)
async def test_tampering_is_found(store: Store, url: str, statement: str, problem: str) -> None:
    await entries(store, 4)
    assert await store.audit_verify() == []
    await tamper(url, statement)
    assert any(problem in line for line in await store.audit_verify())


async def test_two_entries_that_changed_places_are_found(store: Store, url: str) -> None:
    await entries(store, 4)
    await tamper(
        url,
        "UPDATE audit SET seq = -2 WHERE seq = 2",
        "UPDATE audit SET seq = 2 WHERE seq = 3",
        "UPDATE audit SET seq = 3 WHERE seq = -2",
    )
    assert len(await store.audit_verify()) >= 2


async def test_writers_have_chains_of_their_own(
    store: Store, url: str, keys: Keys, clock: Clock
) -> None:
    other = await Store.open(url, keys.sealer, writer="console", clock=clock)
    await asyncio.gather(entries(store, 5), entries(other, 5))
    assert await store.audit_verify() == []
    await other.close()


async def test_two_processes_under_one_name_still_keep_one_chain(
    store: Store, url: str, keys: Keys, clock: Clock
) -> None:
    twin = await Store.open(url, keys.sealer, clock=clock)
    await asyncio.gather(entries(store, 5), entries(twin, 5), entries(store, 5))
    assert await store.audit_verify() == []
    await twin.close()

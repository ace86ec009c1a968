"""Attempts, tickets, factors and tokens in the store, on both databases."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, select, text

from gateway.console.throttle import Admission, Throttle
from gateway.console.vault import Vault
from gateway.errors import NotFoundError, UsageError
from gateway.store import Right, Role, Store, Ticket, TicketKind, User, upgrade
from gateway.store.account_tables import attempts, sessions
from gateway.store.database import Database
from gateway.store.schema import _migrate
from gateway.store.tables import metadata
from tests.store.mails import Clock, Keys

LASTS = timedelta(minutes=5)
WINDOW = timedelta(minutes=15)


async def _other(url: str, keys: Keys, clock: Clock) -> Store:
    """The same database, as another process has it."""
    return await Store.open(url, keys.sealer, writer="other", clock=clock)


async def add(store: Store, name: str = "hanako", role: Role = Role.HANDLER) -> None:
    await store.add_user(User(name, role), "$argon2id$x", actor="os:root")


# ------------------------------------------------------------------ attempts


async def test_attempts_count_across_processes_and_restarts(
    store: Store, url: str, keys: Keys, clock: Clock
) -> None:
    other = await _other(url, keys, clock)
    vault = Vault.of_the_moment()
    mine, theirs = Throttle(store, vault, per_account=4), Throttle(other, vault, per_account=4)
    for throttle in (mine, theirs, mine, theirs):
        assert await throttle.admits("hanako", "192.0.2.7") is Admission.ADMITTED
    assert await mine.admits("hanako", "192.0.2.7") is Admission.LOCKED
    assert await theirs.admits("hanako", "192.0.2.8") is Admission.REFUSED
    await other.close()
    again = await _other(url, keys, clock)
    throttle = Throttle(again, vault, per_account=4)
    assert await throttle.admits("hanako", "192.0.2.9") is Admission.REFUSED
    clock.pass_by(minutes=16)
    assert await throttle.admits("hanako", "192.0.2.9") is Admission.ADMITTED
    await again.close()


async def test_attempts_at_one_moment_all_count(store: Store) -> None:
    counted = await asyncio.gather(*(store.count_attempt("b", WINDOW) for _ in range(12)))
    assert sorted(counted) == list(range(1, 13))


async def test_an_address_that_tries_many_accounts_is_stopped(store: Store) -> None:
    throttle = Throttle(store, Vault.of_the_moment(), per_address=5)
    found = [await throttle.admits(f"user{n}", "192.0.2.7") for n in range(7)]
    assert found == [Admission.ADMITTED] * 5 + [Admission.LOCKED, Admission.REFUSED]
    assert await throttle.admits("user0", "192.0.2.8") is Admission.ADMITTED


async def test_an_address_that_is_refused_keeps_nobody_else_out(store: Store) -> None:
    throttle = Throttle(store, Vault.of_the_moment(), per_account=10, per_address=3)
    for _ in range(50):
        await throttle.admits("hanako", "192.0.2.7")
    assert await throttle.admits("hanako", "192.0.2.8") is Admission.ADMITTED


async def test_a_password_of_ones_own_does_not_pay_for_guessing_others(store: Store) -> None:
    throttle = Throttle(store, Vault.of_the_moment(), per_address=5)
    for n in range(4):
        await throttle.admits(f"user{n}", "192.0.2.7")
    assert await throttle.admits("mallory", "192.0.2.7") is Admission.ADMITTED
    await throttle.forgive("mallory", "192.0.2.7")
    assert await throttle.admits("userx", "192.0.2.7") is Admission.ADMITTED
    assert await throttle.admits("usery", "192.0.2.7") is Admission.LOCKED


async def test_what_was_typed_as_a_name_is_not_kept_and_old_counts_go(
    store: Store, clock: Clock
) -> None:
    throttle = Throttle(store, Vault.of_the_moment())
    await throttle.admits("typed-by-mistake", "192.0.2.7")
    async with store._database.read() as connection:
        rows = (await connection.execute(select(attempts))).all()
    assert len(rows) == 2
    assert "typed" not in str(rows)
    assert "192.0.2.7" not in str(rows)
    clock.pass_by(minutes=20)
    await throttle.admits("another", "192.0.2.8")
    async with store._database.read() as connection:
        assert len((await connection.execute(select(attempts))).all()) == 2


# ------------------------------------------------------------------ what works once


async def test_a_ticket_is_spent_by_one_of_many_that_come_at_once(store: Store) -> None:
    await add(store)
    token = await store.issue_ticket(TicketKind.WELCOME, LASTS, Ticket("hanako", b"x"))
    spent = await asyncio.gather(*(store.spend_ticket(TicketKind.WELCOME, token) for _ in range(5)))
    assert sorted(spent) == [False] * 4 + [True]
    assert await store.ticket(TicketKind.WELCOME, token) is None


async def test_a_ticket_opens_what_it_was_made_for(store: Store, clock: Clock) -> None:
    await add(store)
    token = await store.issue_ticket(TicketKind.WELCOME, LASTS, Ticket("hanako", b"x"))
    assert await store.ticket(TicketKind.SECOND_FACTOR, token) is None
    assert not await store.spend_ticket(TicketKind.FIRST, token)
    assert await store.ticket(TicketKind.WELCOME, token) == Ticket("hanako", b"x")
    newer = await store.issue_ticket(TicketKind.WELCOME, LASTS, Ticket("hanako"))
    assert await store.ticket(TicketKind.WELCOME, token) is None, "the newer one counts"
    clock.pass_by(minutes=6)
    assert not await store.spend_ticket(TicketKind.WELCOME, newer)


async def test_a_step_and_a_recovery_code_are_taken_by_one_of_many(store: Store) -> None:
    await add(store)
    await store.enrol("hanako", b"sealed", 100, ["code-a", "code-b"])
    assert not await store.take_step("hanako", 100), "used when it was enrolled"
    steps = await asyncio.gather(*(store.take_step("hanako", 101) for _ in range(4)))
    assert sorted(steps) == [False] * 3 + [True]
    codes = await asyncio.gather(*(store.take_recovery_code("hanako", "code-a") for _ in range(4)))
    assert sorted(codes) == [False] * 3 + [True]
    assert not await store.take_recovery_code("taro", "code-b")
    assert await store.recovery_codes_left("hanako") == 1


async def test_the_first_administrator_is_made_once_by_one_of_many(store: Store) -> None:
    token = await store.issue_first_ticket(LASTS)
    assert token is not None
    tried = await asyncio.gather(
        *(store.begin_with(token, User(f"root{n}", Role.ADMINISTRATOR), "x") for n in range(4)),
    )
    assert sorted(tried) == [False] * 3 + [True]
    assert len(await store.users()) == 1


# ------------------------------------------------------------------ accounts


async def test_closing_an_account_takes_all_that_opens_it(store: Store) -> None:
    await add(store)
    await store.enrol("hanako", b"sealed", 1, ["code"])
    token = await store.make_token("hanako", "x", [Right.VIEW_HOLDS], timedelta(days=1))
    await store.issue_ticket(TicketKind.WELCOME, LASTS, Ticket("hanako"))
    await store.open_session("hanako", LASTS)
    await store.disable_user("hanako", actor="os:root")
    assert await store.account_of_token(token) is None
    assert await store.factor_secret("hanako") is None
    for table in ("sessions", "tickets", "api_tokens", "recovery_codes", "second_factors"):
        async with store._database.read() as connection:
            found = await connection.execute(text(f"SELECT count(*) FROM {table}"))
            assert found.scalar_one() == 0, table
    await store.enable_user("hanako", actor="os:root")
    assert await store.password_hash("hanako") == "$argon2id$x"


async def test_an_account_is_granted_for_a_year_at_most(store: Store, clock: Clock) -> None:
    await add(store)
    for until in (clock.now, clock.now + timedelta(days=400)):
        with pytest.raises(UsageError):
            await store.grant_user("hanako", until, actor="os:root")
    with pytest.raises(NotFoundError):
        await store.grant_user("taro", clock.now + timedelta(days=9), actor="os:root")
    await store.grant_user("hanako", clock.now + timedelta(days=9), actor="os:root")
    assert (await store.user("hanako")).state(clock.now) == "lapsing"
    clock.pass_by(days=10)
    assert (await store.user("hanako")).state(clock.now) == "lapsed"
    assert await store.password_hash("hanako") is None


async def test_a_person_at_the_provider_is_tied_to_a_waiting_account_alone(store: Store) -> None:
    await add(store)
    assert not await store.tie_user("hanako", "subject")
    await store.add_user(User("taro", Role.HANDLER, single_sign_on=True), "", actor="os:root")
    assert await store.tie_user("taro", "subject")
    assert not await store.tie_user("taro", "another")
    found = await store.user_of_subject("subject")
    assert found is not None
    assert found.name == "taro"
    assert await store.password_hash("taro") is None


async def test_a_token_row_has_its_digest_only(store: Store) -> None:
    await add(store)
    token = await store.make_token("hanako", "x", [Right.VIEW_HOLDS], timedelta(days=1))
    opened = await store.open_session("hanako", LASTS)
    assert opened is not None
    async with store._database.read() as connection:
        rows = str((await connection.execute(text("SELECT * FROM api_tokens"))).all())
        rows += str((await connection.execute(select(sessions))).all())
    assert token.removeprefix("sekisho_") not in rows
    assert opened not in rows


async def test_an_upgrade_keeps_accounts_and_gives_them_time(url: str) -> None:
    """From the schema before: an administrator of then, made two years ago."""
    database = Database(url)
    made = "2024-11-21 03:00:00.000000"
    async with database.write() as connection:
        await connection.run_sync(_back_to_the_schema_before)
        await connection.exec_driver_sql(
            "INSERT INTO users (name, password_hash, role, language, addresses, created_at) "
            f"VALUES ('root', 'h', 'admin', '', '[]', '{made}')"
        )
    await database.close()
    await upgrade(url)
    opened = await Store.open(url, Keys().sealer)
    user = await opened.user("root")
    await opened.close()
    assert user.role is Role.ADMINISTRATOR
    assert user.granted_until is not None
    left = user.granted_until - datetime.now(user.granted_until.tzinfo)
    assert timedelta(days=29) < left < timedelta(days=31)


def _back_to_the_schema_before(connection: Connection) -> None:
    """The tables as they were before accounts had roles, departments and a year."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    else:
        metadata.drop_all(connection)
        connection.exec_driver_sql("DROP TABLE alembic_version")
    _migrate(connection, "0006")

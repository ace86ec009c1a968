from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from gateway.errors import NotFoundError, UsageError
from gateway.store import Role, Store, User
from gateway.store.account_tables import sessions
from gateway.store.tables import audit
from tests.numbers import my_number
from tests.store.mails import Clock

HANAKO = User("hanako", Role.HANDLER, "ja", ("hanako@city.example.lg.jp",))
IDLE, LASTS = timedelta(minutes=30), timedelta(hours=10)


async def add(store: Store, user: User = HANAKO, kept: str = "$argon2id$x") -> None:
    await store.add_user(user, kept, actor="os:root")


async def test_a_user_is_kept_as_given_with_the_hash_apart(store: Store) -> None:
    await add(store)
    (found,) = await store.users()
    assert (found.name, found.role, found.language) == ("hanako", Role.HANDLER, "ja")
    assert found.addresses == HANAKO.addresses
    assert found.disabled_at is None
    assert await store.password_hash("hanako") == "$argon2id$x"
    assert await store.password_hash("taro") is None


async def test_a_name_is_given_once_until_it_is_disabled(store: Store) -> None:
    await add(store)
    with pytest.raises(UsageError, match="hanako already"):
        await add(store, kept="another")
    await store.disable_user("hanako", actor="os:root")
    assert await store.password_hash("hanako") is None
    await add(store, User("hanako", Role.AUDITOR), "anew")
    (found,) = await store.users()
    assert (found.role, found.addresses, found.disabled_at) == (Role.AUDITOR, (), None)
    assert await store.password_hash("hanako") == "anew"


@pytest.mark.parametrize(
    "user",
    [
        User("", Role.ADMINISTRATOR),
        User("Hanako", Role.ADMINISTRATOR),
        User("ha nako", Role.ADMINISTRATOR),
        User("-c", Role.ADMINISTRATOR),
        User("h" * 65, Role.ADMINISTRATOR),
        User("h" + my_number(1), Role.ADMINISTRATOR),
        User("hanako", Role.ADMINISTRATOR, addresses=("no address",)),
        User("hanako", Role.ADMINISTRATOR, addresses=(f"a{my_number(1)}@x.example",)),
    ],
    ids=range(8),
)
async def test_what_cannot_be_kept_is_refused_without_being_quoted(
    store: Store, user: User
) -> None:
    with pytest.raises(UsageError) as caught:
        await add(store, user)
    assert my_number(1) not in str(caught.value)
    assert await store.users() == []


async def test_disabling_twice_or_a_stranger_is_not_found(store: Store) -> None:
    await add(store)
    await store.disable_user("hanako", actor="os:root")
    for name in ("hanako", "taro"):
        with pytest.raises(NotFoundError):
            await store.disable_user(name, actor="os:root")


async def test_a_session_is_found_by_its_token_alone(store: Store) -> None:
    await add(store)
    token = await store.open_session("hanako", LASTS)
    assert token is not None
    found = await store.session(token, IDLE)
    assert found is not None
    assert found.user.name == "hanako"
    assert await store.session(token + "x", IDLE) is None
    async with store._database.read() as connection:
        (row,) = (await connection.execute(select(sessions))).all()
    assert token not in str(row), "the row has its hash only"


async def test_a_session_ends_by_idleness_and_by_age(store: Store, clock: Clock) -> None:
    await add(store)
    token = await store.open_session("hanako", timedelta(hours=1))
    assert token is not None
    for _ in range(2):
        clock.pass_by(minutes=25)
        assert await store.session(token, IDLE) is not None
    clock.pass_by(minutes=11)
    assert await store.session(token, IDLE) is None, "older than an hour"
    token = await store.open_session("hanako", timedelta(hours=1))
    assert token is not None
    clock.pass_by(minutes=31)
    assert await store.session(token, IDLE) is None, "idle"


async def test_a_closed_session_and_those_of_a_disabled_user_open_nothing(store: Store) -> None:
    await add(store)
    first, second = [await store.open_session("hanako", LASTS) for _ in range(2)]
    assert first is not None
    assert second is not None
    await store.close_session(first)
    assert await store.session(first, IDLE) is None
    assert await store.session(second, IDLE) is not None
    await store.disable_user("hanako", actor="os:root")
    assert await store.session(second, IDLE) is None
    assert await store.open_session("hanako", LASTS) is None
    await add(store)
    assert await store.session(second, IDLE) is None, "not even when granted anew"


async def test_sessions_that_are_over_are_cleared_away(store: Store, clock: Clock) -> None:
    await add(store)
    await store.open_session("hanako", LASTS)
    clock.pass_by(hours=11)
    await store.open_session("hanako", LASTS)
    async with store._database.read() as connection:
        assert len((await connection.execute(select(sessions))).all()) == 1


async def test_every_change_and_view_is_in_the_audit_log(store: Store) -> None:
    await add(store)
    token = await store.open_session("hanako", LASTS)
    assert token is not None
    await store.viewed(HANAKO.recorded, "kxdp-wmzr-tqhb", "hold")
    await store.close_session(token)
    await store.disable_user("hanako", actor="os:root")
    async with store._database.read() as connection:
        rows = (await connection.execute(select(audit).order_by(audit.c.seq))).all()
    assert [(r.actor, r.action, r.object) for r in rows] == [
        ("os:root", "user-added", "user:hanako"),
        ("user:hanako", "signed-in", "user:hanako"),
        ("user:hanako", "viewed", "kxdp-wmzr-tqhb"),
        ("user:hanako", "signed-out", "user:hanako"),
        ("os:root", "user-disabled", "user:hanako"),
    ]
    assert await store.audit_verify() == []

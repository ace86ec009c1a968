from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import text

from gateway.errors import KeyMissingError, NotFoundError, UsageError
from gateway.model import HoldState, Verdict
from gateway.store import (
    Act,
    KeyRing,
    Store,
    accept_store,
    ensure_keys,
    load_opener,
    load_sealer,
    require_keys,
)
from gateway.store import keyring as turning
from gateway.store.database import Database
from gateway.store.keys import key_ids
from tests.store.mails import Clock, decision, inspection, notice, parks_for, ruling, submission
from tests.store.test_recovery import change

TODAY, LATER = date(2026, 11, 21), date(2027, 1, 1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "keys.toml"
    ensure_keys(made, TODAY)
    return made


@pytest.fixture
async def store(url: str, path: Path, clock: Clock) -> AsyncIterator[Store]:
    opened = await Store.open(url, load_sealer(path), clock=clock)
    yield opened
    await opened.close()


@pytest.fixture
def ring(store: Store, path: Path) -> KeyRing:
    return store.key_ring(path)


async def park(store: Store) -> str:
    mail, made = submission(), decision(ruling("aaabb@exp.com", Verdict.HOLD))
    parks = parks_for(mail, made)
    await store.intend(mail, inspection(), made, parks, [notice()], staged=False)
    return parks[0].hold_id


async def reject(store: Store, hold_id: str, clock: Clock) -> None:
    held = await store.held(hold_id)
    await store.perform(Act(held, "rejected", "os:hanako", "no", HoldState.REJECTED, clock()))


async def actions(url: str) -> list[str]:
    database = Database(url)
    async with database.read() as connection:
        rows = await connection.execute(text("SELECT action FROM audit ORDER BY seq"))
        found = [row.action for row in rows]
    await database.close()
    return found


async def test_a_new_key_seals_and_everything_that_lives_is_wrapped_with_it(
    store: Store, ring: KeyRing, path: Path, url: str, clock: Clock
) -> None:
    hold_id = await park(store)
    before = (await store.held(hold_id)).mail
    made, rows = await ring.rotate(LATER, "os:admin")
    assert rows == 2  # the mail and its notice
    held = await store.held(hold_id)
    assert held.mail is not None
    assert before is not None
    assert (held.mail.kek_id, held.mail.blob) == (made, before.blob)
    assert held.opened(load_opener(path)) is not None
    [delivery] = await store.claim_deliveries(clock.pass_by(seconds=1), 5, 60)
    assert delivery.opened(load_opener(path))[0].rcpt_tos == notice().rcpt_tos
    assert (await actions(url))[-3:] == ["key-made", "keys-rewrapped", "keys-rewrapped"]
    assert await store.audit_verify() == []


async def test_a_store_that_runs_seals_with_the_new_key(store: Store, ring: KeyRing) -> None:
    made, _ = await ring.rotate(LATER, "os:admin")
    held = await store.held(await park(store))
    assert held.mail is not None
    assert held.mail.kek_id == made


async def test_an_interrupted_rotation_is_finished_later(
    store: Store, ring: KeyRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turning, "BATCH", 2)
    ids = [await park(store) for _ in range(5)]
    seen: list[str] = []
    batch = ring._batch

    async def killed(table, key, context, after, actor):
        if len(seen) == 2:
            raise KeyboardInterrupt
        seen.append(table.name)
        return await batch(table, key, context, after, actor)

    monkeypatch.setattr(ring, "_batch", killed)
    with pytest.raises(KeyboardInterrupt):
        await ring.rotate(LATER, "os:admin")
    monkeypatch.setattr(ring, "_batch", batch)
    old, new = await ring.listed()
    assert (old.wrapped, new.wrapped, new.seals) == (6, 4, True)
    assert await ring.rewrap("os:admin") == 6
    assert [k.wrapped for k in await ring.listed()] == [0, 10]
    mails = [(await store.held(i)).mail for i in ids]
    assert {m.kek_id for m in mails if m} == {new.kek_id}


async def test_a_key_is_destroyed_only_when_nothing_needs_it_for_a_while(
    store: Store, ring: KeyRing, path: Path, clock: Clock
) -> None:
    hold_id = await park(store)
    [old] = [k.kek_id for k in await ring.listed()]
    with pytest.raises(UsageError, match="seals now"):
        await ring.destroy(old, "os:admin")
    made, _ = await ring.rotate(LATER, "os:admin")
    with pytest.raises(UsageError, match="a moment ago"):
        await ring.destroy(old, "os:admin")
    clock.pass_by(minutes=11)
    await ring.destroy(old, "os:admin")
    assert old not in key_ids(path)
    assert (await store.held(hold_id)).opened(load_opener(path)) is not None
    with pytest.raises(NotFoundError):
        await ring.destroy(old, "os:admin")
    assert [(k.kek_id, k.here) for k in await ring.listed()] == [(old, False), (made, True)]


async def test_destruction_is_recorded_in_two_stages(
    store: Store, ring: KeyRing, url: str, clock: Clock
) -> None:
    gone, kept = await park(store), await park(store)
    await reject(store, gone, clock)
    [old] = [k.kek_id for k in await ring.listed()]
    assert len(await store.destroy_due(clock.pass_by(days=40))) == 1
    [key] = await ring.listed()
    assert (key.destroyed_mails, key.gone_at) == (1, None)
    with pytest.raises(UsageError, match="destroy it here first"):
        await ring.confirm_gone(old, "os:admin")
    await ring.rotate(LATER, "os:admin")
    clock.pass_by(minutes=11)
    await ring.destroy(old, "os:admin")
    assert await ring.confirm_gone(old, "os:admin") == 1
    done = (await ring.listed())[0]
    assert done.destroyed_at is not None
    assert done.gone_at is not None
    wanted = ["destroyed", "key-made", "key-destroyed", "key-gone-everywhere"]
    assert [a for a in await actions(url) if a in wanted] == wanted
    assert (await store.held(kept)).mail is not None


async def test_a_lost_key_file_is_not_replaced_while_mail_needs_it(
    store: Store, path: Path, url: str, tmp_path: Path
) -> None:
    await require_keys(url, path)
    elsewhere = tmp_path / "new" / "keys.toml"
    await require_keys(url, elsewhere)
    await park(store)
    with pytest.raises(KeyMissingError, match=r"2 sealed rows need key 2026-11-21-..: restore"):
        await require_keys(url, elsewhere)


async def test_a_second_machine_is_asked_for_the_keys_of_the_first(
    store: Store, ring: KeyRing, url: str, tmp_path: Path
) -> None:
    """It made keys of its own, and sealed mail that the first could not open."""
    await ring.note()
    await store.recover()
    elsewhere = tmp_path / "new" / "keys.toml"
    await require_keys(url, elsewhere)  # the machine that served so far may begin anew
    await change(url, "UPDATE writers SET machine = 'gw-1 0123'")
    with pytest.raises(KeyMissingError, match=r"gw-1 serves this database with key .*: copy"):
        await require_keys(url, elsewhere)


async def test_keys_of_another_database_are_refused_until_somebody_accepts_it(
    store: Store, ring: KeyRing, url: str, path: Path, tmp_path: Path, clock: Clock
) -> None:
    await ring.note()
    other = tmp_path / "other" / "keys.toml"
    ensure_keys(other, LATER)
    with pytest.raises(KeyMissingError, match=r"not this database's, .*2026-11-21-.*db accept"):
        await require_keys(url, other)
    await require_keys(url, path)
    await accept_store(url, other, "os:root", "the old keys are lost", clock())
    await require_keys(url, other)


async def test_without_the_public_key_nothing_is_parked(
    store: Store, path: Path, tmp_path: Path
) -> None:
    (tmp_path / "keys.pub.toml").rename(tmp_path / "away")
    with pytest.raises(KeyMissingError):
        await park(store)
    assert await store.holds() == []
    (tmp_path / "away").rename(tmp_path / "keys.pub.toml")
    await park(store)
    assert len(await store.holds()) == 1

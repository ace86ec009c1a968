from __future__ import annotations

import subprocess
from dataclasses import replace

import pytest
from sqlalchemy import text

from gateway.errors import NotFoundError
from gateway.model import Fate, Outcome, Reply, Submission, Verdict
from gateway.store import Store
from gateway.store.correspondents import ASK_AGAIN_S, Acquaintances
from gateway.store.database import Database
from gateway.store.space import DiskSpace
from gateway.store.writers import Process, began, surely_gone, this_process
from tests.store.mails import Clock, Keys, decision, inspection, parks_for, ruling, submission

RELAYED = Outcome(Fate.RELAYED, Reply(250, "2.0.0", "OK"))
REFUSED = Outcome(Fate.REFUSED, Reply(550, "5.1.1", "no such user"))


async def relay(store: Store, address: str = "a@partner.example") -> str:
    mail, made = submission(address), decision(ruling(address, Verdict.ALLOW))
    await store.intend(mail, inspection(0), made, [], [], staged=False)
    return mail.queue_id


async def change(url: str, statement: str) -> None:
    database = Database(url)
    async with database.write() as connection:
        await connection.execute(text(statement))
    await database.close()


# ------------------------------------------------------------------ whose process is gone


def ended_process() -> int:
    child = subprocess.Popen(["true"])
    child.wait()
    return child.pid


HERE = this_process()


@pytest.mark.parametrize(
    ("other", "gone"),
    [
        (HERE, False),
        (replace(HERE, pid=ended_process()), True),
        (replace(HERE, began="1"), True),  # its number belongs to another process now
        (replace(HERE, boot="before"), True),
        (replace(HERE, boot="before", machine="another"), False),
        (replace(HERE, pid=ended_process(), machine="another"), False),
        (replace(HERE, pid=ended_process(), pid_space="another container"), False),
    ],
)
def test_a_process_is_called_gone_only_when_that_is_sure(other: Process, gone: bool) -> None:
    assert surely_gone(other, HERE, began) is gone


async def test_what_a_dead_gateway_left_open_is_settled_by_the_next_that_starts(
    url: str, keys: Keys, clock: Clock
) -> None:
    dead = await Store.open(url, keys.sealer, writer="gateway-2", clock=clock)
    await dead.recover()
    queue_id = await relay(dead)
    await dead.close()
    await change(url, f"UPDATE writers SET pid = {ended_process()} WHERE writer = 'gateway-2'")
    clock.pass_by(seconds=1)
    living = await Store.open(url, keys.sealer, clock=clock)
    assert await living.recover() == [queue_id]
    assert await living.recover() == []
    assert await living.audit_verify() == []
    await living.close()


async def test_a_mail_under_way_in_a_living_gateway_is_left_to_it(
    url: str, keys: Keys, clock: Clock
) -> None:
    first = await Store.open(url, keys.sealer, writer="gateway-1", clock=clock)
    await first.recover()
    queue_id = await relay(first)
    clock.pass_by(seconds=1)
    second = await Store.open(url, keys.sealer, writer="gateway-2", clock=clock)
    assert await second.recover() == []
    await first.settle(queue_id, RELAYED)
    await first.close()
    await second.close()


async def test_a_mail_that_nobody_can_still_have_under_way_is_settled_whoever_intended_it(
    url: str, keys: Keys, clock: Clock
) -> None:
    """A container that comes back under another name left its mails open for good."""
    other = await Store.open(url, keys.sealer, writer="gateway@gone-for-good", clock=clock)
    await other.recover()
    queue_id = await relay(other)
    await other.close()
    await change(url, "UPDATE writers SET machine = 'another'")
    clock.pass_by(hours=23)
    store = await Store.open(url, keys.sealer, clock=clock)
    assert await store.recover() == []
    await store.close()
    clock.pass_by(hours=2)
    store = await Store.open(url, keys.sealer, clock=clock)
    assert await store.recover() == [queue_id]
    await store.close()


async def test_an_outcome_is_written_also_by_a_process_that_did_not_intend_it(
    store: Store, url: str, keys: Keys, clock: Clock
) -> None:
    mail = submission("ok@partner.example", "aaabb@exp.com")
    made = decision(
        ruling("ok@partner.example", Verdict.ALLOW, "ok"), ruling("aaabb@exp.com", Verdict.HOLD)
    )
    parks = parks_for(mail, made)
    await store.intend(mail, inspection(), made, parks, [], staged=True)
    other = await Store.open(url, keys.sealer, clock=clock)
    await other.settle(mail.queue_id, RELAYED)
    assert [h.hold_id for h in await other.holds()] == [parks[0].hold_id]
    assert await other.known_domains({"partner.example", "exp.com"}) == {"partner.example"}
    await other.close()


# ------------------------------------------------------------------ the same mail again


async def park(store: Store, mail: Submission, *, staged: bool = False) -> str:
    made = decision(ruling("aaabb@exp.com", Verdict.HOLD))
    again = replace(mail, queue_id=submission().queue_id)
    parks = parks_for(again, made)
    await store.intend(again, inspection(), made, parks, [], staged=staged)
    if staged:
        await store.settle(again.queue_id, REFUSED)
    return parks[0].hold_id


async def resembles(store: Store, hold_id: str) -> str:
    return (await store.held(hold_id)).resembles_hold


async def test_a_mail_that_came_twice_is_held_twice_and_says_so(store: Store, clock: Clock) -> None:
    mail = submission()
    first, second = await park(store, mail), await park(store, mail)
    assert await resembles(store, first) == ""
    assert await resembles(store, second) == first
    other = await park(store, replace(mail, content=mail.content + b"x"))
    assert await resembles(store, other) == ""
    clock.pass_by(minutes=11)
    assert await resembles(store, await park(store, mail)) == ""


async def test_a_mail_sent_again_after_a_crash_is_known_by_its_envelope_and_size(
    store: Store, url: str, keys: Keys, clock: Clock
) -> None:
    mail = submission()
    first = await park(store, mail)
    clock.pass_by(seconds=5)
    restarted = await Store.open(url, keys.sealer, clock=clock)
    assert await resembles(restarted, await park(restarted, mail)) == first
    longer = replace(mail, content=mail.content + b"x")
    assert await resembles(restarted, await park(restarted, longer)) == ""
    await restarted.close()


async def test_a_hold_that_was_not_kept_is_not_named(store: Store) -> None:
    mail = submission()
    gone = await park(store, mail, staged=True)
    with pytest.raises(NotFoundError):
        await store.hold(gone)
    assert await resembles(store, await park(store, mail)) == ""


# ------------------------------------------------------------------ what memory answers


async def test_a_known_partner_is_answered_for_without_a_query(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.settle(await relay(store), RELAYED)
    asked: list[frozenset[str]] = []

    async def look_up(names: frozenset[str]) -> frozenset[str]:
        asked.append(names)
        return frozenset()

    monkeypatch.setattr(store, "_look_up", look_up)
    assert await store.known_domains({"partner.example"}) == {"partner.example"}
    assert asked == []
    assert await store.known_domains({"new.example", "partner.example"}) == {"partner.example"}
    assert asked == [{"new.example"}]


async def test_a_name_that_another_gateway_wrote_to_is_known_soon() -> None:
    now, database = [100.0], set[str]()
    names = Acquaintances(lambda: now[0])

    async def look_up(wanted: frozenset[str]) -> frozenset[str]:
        return wanted & database

    assert await names.among({"a.example"}, look_up) == frozenset()
    database.add("a.example")
    assert await names.among({"a.example"}, look_up) == frozenset()
    now[0] += ASK_AGAIN_S + 0.1
    assert await names.among({"a.example"}, look_up) == {"a.example"}


# ------------------------------------------------------------------ room on the disk


def test_there_is_room_until_the_reserve_is_touched(tmp_path, monkeypatch) -> None:
    now, free = [0.0], [1000]
    monkeypatch.setattr("gateway.store.space._free", lambda _: free[0])
    space = DiskSpace(tmp_path / "a.db", reserve_bytes=400, clock=lambda: now[0])
    assert space.room(300)
    assert not space.room(301)
    free[0] = 0
    assert space.room(300)  # looked at once a second
    now[0] = 1.0
    assert not space.room(0)


def test_a_servers_disk_is_the_servers_to_watch() -> None:
    assert DiskSpace(None, reserve_bytes=1 << 62).room(1 << 40)


async def test_the_store_knows_the_room_on_its_own_disk(tmp_path, keys: Keys) -> None:
    url = f"sqlite:{tmp_path / 'a.db'}"
    store = await Store.open(url, keys.sealer, reserve_bytes=1 << 60)
    assert not store.room(1)
    await store.close()
    store = await Store.open(url, keys.sealer, reserve_bytes=0)
    assert store.room(1)
    await store.close()

"""The worker delivers what the queue holds: at least once, to each recipient what is due to it."""

from __future__ import annotations

import asyncio
import contextlib
import email
import email.policy
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from gateway.errors import StoreError
from gateway.model import Fate, HoldState, Verdict
from gateway.outbound import worker as worker_module
from gateway.outbound.client import NextHop, NextHopSettings
from gateway.outbound.worker import OutboundWorker
from gateway.store import Act, Store
from gateway.store.tables import deliveries
from gateway.store.writers import this_process, token
from tests.outbound.conftest import quick
from tests.store.mails import (
    SENDER,
    Clock,
    Keys,
    decision,
    inspection,
    notice,
    parks_for,
    ruling,
    submission,
)
from tests.wire.next_hop import DROP, STALL, ScriptedNextHop, Taken
from tests.wire.postfix import until

WAITS = (timedelta(minutes=1), timedelta(minutes=5))
GIVE_UP = timedelta(days=5)

Make = Callable[..., OutboundWorker]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keys() -> Keys:
    return Keys()


@pytest.fixture
async def store(tmp_path: Path, keys: Keys, clock: Clock) -> AsyncIterator[Store]:
    store = await Store.open(f"sqlite:{tmp_path / 'db'}", keys.sealer, clock=clock)
    yield store
    await store.close()


@pytest.fixture
async def make(
    store: Store, keys: Keys, clock: Clock, server: ScriptedNextHop
) -> AsyncIterator[Make]:
    hops: list[NextHop] = []

    def one(keys: Keys = keys, settings: NextHopSettings | None = None) -> OutboundWorker:
        hops.append(NextHop(settings or quick(server)))
        return OutboundWorker(
            store,
            keys.opener,
            hops[-1],
            waits=WAITS,
            give_up=GIVE_UP,
            reporting_mta="gw.example",
            clock=clock,
        )

    yield one
    for hop in hops:
        await hop.close()


@pytest.fixture
def worker(make: Make) -> OutboundWorker:
    return make()


async def _released(store: Store, keys: Keys, clock: Clock, *to: str, sender: str = SENDER) -> str:
    """A held mail that was approved; its hold's id."""
    mail = submission(*(to or ("b@y.example",)), sender=sender, content=b"Subject: x\r\n\r\n.\r\n")
    made = decision(*(ruling(a, Verdict.HOLD) for a in mail.envelope.rcpt_tos))
    (park,) = parks_for(mail, made)
    await store.intend(mail, inspection(), made, [park], [], staged=False)
    held = await store.held(park.hold_id)
    opened = held.opened(keys.opener)
    assert opened is not None
    await store.perform(
        Act(held, "release", "hanako", "ok", HoldState.RELEASED, clock(), send=opened[1])
    )
    return park.hold_id


async def _fates(store: Store) -> dict[str, Fate | None]:
    return {d.address: d.fate for i in await store.incidents() for d in i.destinations}


def _dsns(server: ScriptedNextHop) -> list[Taken]:
    return [t for t in server.taken if t.mail_from == ""]


def _failed(dsn: Taken) -> list[str]:
    """The recipients that a DSN says were not reached."""
    message = email.message_from_bytes(dsn.content, policy=email.policy.default)
    fields = [part["Final-Recipient"] for part in message.walk()]
    return [str(f).removeprefix("rfc822; ") for f in fields if f]


# ------------------------------------------------------------------ recipient by recipient


async def test_each_recipient_gets_what_is_due_to_it(
    store: Store, keys: Keys, clock: Clock, server: ScriptedNextHop, worker: OutboundWorker
) -> None:
    """Taken: done. Refused for a while: tried again alone. Refused for good: in the DSN."""
    hold_id = await _released(
        store, keys, clock, "taken@y.example", "later@y.example", "gone@y.example"
    )
    server.answers = {
        "RCPT later@y.example": "450 4.2.1 later",
        "RCPT gone@y.example": "550 5.1.1 gone",
    }
    await worker.round()
    assert [t.rcpt_tos for t in server.taken] == [["taken@y.example"]]
    assert (await store.hold(hold_id)).state is HoldState.RELEASED
    assert await _fates(store) == {
        "taken@y.example": Fate.RELAYED,
        "later@y.example": None,
        "gone@y.example": Fate.REFUSED,
    }
    await worker.round()
    (dsn,) = _dsns(server)
    assert (dsn.rcpt_tos, _failed(dsn)) == ([SENDER], ["gone@y.example"])
    server.answers.clear()
    clock.pass_by(minutes=2)
    await worker.round()
    assert server.taken[-1].rcpt_tos == ["later@y.example"]
    assert server.taken[-1].content == server.taken[0].content
    assert (await store.hold(hold_id)).state is HoldState.DELIVERED
    assert len(_dsns(server)) == 1
    assert await store.audit_verify() == []


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA", "."])
async def test_a_refusal_for_good_fails_the_hold_and_tells_the_sender(
    store: Store,
    keys: Keys,
    clock: Clock,
    server: ScriptedNextHop,
    worker: OutboundWorker,
    verb: str,
) -> None:
    hold_id = await _released(store, keys, clock, "b@y.example", "c@y.example")
    server.answers[verb] = "554 5.7.1 never"
    await worker.round()
    assert (await store.hold(hold_id)).state is HoldState.FAILED
    server.answers.clear()
    await worker.round()
    (dsn,) = server.taken
    assert (dsn.mail_from, _failed(dsn)) == ("", ["b@y.example", "c@y.example"])
    assert await worker.round() == 0


@pytest.mark.parametrize("says", ["451 4.3.0 later", DROP, STALL, "gibberish"])
@pytest.mark.parametrize("verb", ["greeting", "MAIL", "RCPT", "DATA"])
async def test_a_loss_before_the_dot_is_tried_again_later(
    store: Store,
    keys: Keys,
    clock: Clock,
    server: ScriptedNextHop,
    make: Make,
    verb: str,
    says: str,
) -> None:
    worker = make(settings=quick(server, verb_timeout_s=0.2, data_timeout_s=0.2))
    hold_id = await _released(store, keys, clock)
    server.answers[verb] = says
    await worker.round()
    assert (await store.hold(hold_id)).state is HoldState.RELEASED
    server.answers.clear()
    assert await worker.round() == 0
    clock.pass_by(seconds=61)
    await worker.round()
    assert len(server.taken) == 1
    assert (await store.hold(hold_id)).state is HoldState.DELIVERED


async def test_an_unknown_outcome_is_tried_again_since_the_mail_is_ours(
    store: Store, keys: Keys, clock: Clock, server: ScriptedNextHop, worker: OutboundWorker
) -> None:
    hold_id = await _released(store, keys, clock)
    server.answers["."] = DROP
    await worker.round()
    assert (await store.hold(hold_id)).state is HoldState.RELEASED
    server.answers.clear()
    clock.pass_by(minutes=2)
    await worker.round()
    assert [t.rcpt_tos for t in server.taken] == [["b@y.example"]] * 2
    assert (await store.hold(hold_id)).state is HoldState.DELIVERED
    assert _dsns(server) == []


# ------------------------------------------------------------------ waiting and giving up


async def test_waits_grow_and_the_last_one_repeats(
    store: Store, keys: Keys, clock: Clock, server: ScriptedNextHop, worker: OutboundWorker
) -> None:
    await _released(store, keys, clock)
    server.answers["RCPT"] = "451 4.2.1 later"
    for minutes in (1, 5, 5, 5):
        assert await worker.round() == 1
        clock.pass_by(minutes=minutes, seconds=-5)
        assert await worker.round() == 0
        clock.pass_by(seconds=10)


async def test_what_nobody_took_in_time_is_given_up_with_a_dsn(
    store: Store, keys: Keys, clock: Clock, server: ScriptedNextHop, worker: OutboundWorker
) -> None:
    hold_id = await _released(store, keys, clock)
    server.answers["RCPT b@y.example"] = "451 4.2.1 later"
    await worker.round()
    clock.pass_by(days=4, hours=23)
    await worker.round()
    assert (await store.hold(hold_id)).state is HoldState.RELEASED
    clock.pass_by(hours=2)
    await worker.round()
    assert (await store.hold(hold_id)).state is HoldState.FAILED
    await worker.round()
    (dsn,) = server.taken
    assert _failed(dsn) == ["b@y.example"]
    assert b"451 4.2.1" in dsn.content


async def test_a_notice_that_fails_and_a_null_sender_make_no_dsn(
    store: Store, keys: Keys, clock: Clock, server: ScriptedNextHop, worker: OutboundWorker
) -> None:
    mail = submission()
    made = decision(ruling(mail.envelope.rcpt_tos[0], Verdict.BLOCK))
    await store.intend(mail, inspection(), made, [], [notice()], staged=False)
    await _released(store, keys, clock, sender="")
    server.answers["RCPT"] = "550 5.1.1 gone"
    assert await worker.round() == 2
    server.answers.clear()
    assert await worker.round() == 0
    assert server.taken == []


# ------------------------------------------------------------------ leases


async def test_what_a_dead_worker_claimed_is_sent_when_its_lease_ends(
    store: Store, clock: Clock, keys: Keys, server: ScriptedNextHop, worker: OutboundWorker
) -> None:
    await _released(store, keys, clock)
    assert len(await store.claim_deliveries(clock(), 10, 1800)) == 1  # and it dies here
    clock.pass_by(minutes=29)
    assert await worker.round() == 0
    clock.pass_by(minutes=2)
    assert await worker.round() == 1
    assert len(server.taken) == 1


async def test_two_workers_at_once_send_each_mail_once(
    store: Store, keys: Keys, clock: Clock, server: ScriptedNextHop, make: Make
) -> None:
    wanted = {f"r{n}@y.example" for n in range(30)}
    for address in wanted:
        await _released(store, keys, clock, address)
    first, second = make(), make()
    while any(await asyncio.gather(first.round(), second.round())):
        pass
    assert sorted(t.rcpt_tos[0] for t in server.taken) == sorted(wanted)


async def test_two_running_workers_send_each_mail_once(
    store: Store, keys: Keys, clock: Clock, server: ScriptedNextHop, make: Make
) -> None:
    wanted = sorted(f"r{n}@y.example" for n in range(30))
    for address in wanted:
        await _released(store, keys, clock, address)
    running = [asyncio.create_task(make().run()) for _ in range(2)]
    await until(lambda: len(server.taken) == len(wanted), "all mails")
    await _stop(*running)
    assert sorted(t.rcpt_tos[0] for t in server.taken) == wanted
    assert {h.state for h in await store.holds(HoldState)} == {HoldState.DELIVERED}


@pytest.mark.parametrize(("after_dot_s", "relay_s"), [(600.0, 300.0), (7200.0, 600.0)])
async def test_a_lease_outlasts_the_longest_attempt(
    store: Store,
    server: ScriptedNextHop,
    make: Make,
    monkeypatch: pytest.MonkeyPatch,
    after_dot_s: float,
    relay_s: float,
) -> None:
    leases: list[float] = []

    async def claim(now: object, limit: int, lease_s: float) -> list[object]:
        leases.append(lease_s)
        return []

    monkeypatch.setattr(store, "claim_deliveries", claim)
    await make(
        settings=quick(server, after_dot_timeout_s=after_dot_s, relay_budget_s=relay_s)
    ).round()
    assert leases[0] > 2 * relay_s + after_dot_s


async def test_an_outcome_that_could_not_be_recorded_is_sent_again_not_lost(
    store: Store,
    keys: Keys,
    clock: Clock,
    worker: OutboundWorker,
    server: ScriptedNextHop,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hold_id = await _released(store, keys, clock)

    async def broken(*_: object, **__: object) -> None:
        raise StoreError("disk full")

    monkeypatch.setattr(store, "delivery_done", broken)
    await worker.round()
    monkeypatch.undo()
    assert (await store.hold(hold_id)).state is HoldState.RELEASED
    clock.pass_by(hours=1)
    await worker.round()
    assert len(server.taken) == 2
    assert (await store.hold(hold_id)).state is HoldState.DELIVERED


async def test_a_mail_that_cannot_be_opened_keeps_no_other_back(
    store: Store, keys: Keys, clock: Clock, server: ScriptedNextHop, make: Make
) -> None:
    await _released(store, keys, clock, "b@y.example")
    stranger = make(keys=Keys("2030-01-01-zz"))
    assert await stranger.round() == 1
    assert server.taken == []
    await _released(store, keys, clock, "c@y.example")
    await make().round()
    assert [t.rcpt_tos for t in server.taken] == [["c@y.example"]]


# ------------------------------------------------------------------ running and stopping


async def _stop(*running: asyncio.Task[None]) -> None:
    for task in running:
        task.cancel()
    for task in running:
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_a_slow_delivery_keeps_no_other_waiting(
    store: Store,
    keys: Keys,
    clock: Clock,
    server: ScriptedNextHop,
    make: Make,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(worker_module, "POLL_S", 0.02)
    monkeypatch.setattr(worker_module, "DRAIN_S", 0.1)
    await _released(store, keys, clock, "slow@y.example")
    server.answers["RCPT slow@y.example"] = STALL
    worker = make(settings=quick(server, verb_timeout_s=30.0))
    running = asyncio.create_task(worker.run())
    await until(lambda: "RCPT TO:<slow@y.example>" in server.commands, "the slow delivery")
    await _released(store, keys, clock, "quick@y.example")
    await until(lambda: bool(server.taken), "the mail")
    await _stop(running)
    assert [t.rcpt_tos for t in server.taken] == [["quick@y.example"]]


async def test_a_stop_lets_what_is_past_its_dot_end_and_be_recorded(
    store: Store, keys: Keys, clock: Clock, server: ScriptedNextHop, worker: OutboundWorker
) -> None:
    hold_id = await _released(store, keys, clock)
    server.delay_s = 0.3
    running = asyncio.create_task(worker.run())
    await until(lambda: bool(server.taken), "the mail")
    await _stop(running)
    assert (await store.hold(hold_id)).state is HoldState.DELIVERED


async def test_a_queue_that_cannot_be_read_is_read_again(
    store: Store,
    keys: Keys,
    clock: Clock,
    server: ScriptedNextHop,
    worker: OutboundWorker,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(worker_module, "POLL_S", 0.02)
    await _released(store, keys, clock)
    claim, failures = store.claim_deliveries, [StoreError("locked"), StoreError("locked")]

    async def sometimes(*given: object) -> list[object]:
        if failures:
            raise failures.pop()
        return await claim(*given)  # type: ignore[arg-type,return-value]

    monkeypatch.setattr(store, "claim_deliveries", sometimes)
    running = asyncio.create_task(worker.run())
    await until(lambda: bool(server.taken), "the mail")
    await _stop(running)


async def test_giving_up_after_an_unknown_outcome_is_recorded_as_unknown(
    store: Store, keys: Keys, clock: Clock, server: ScriptedNextHop, worker: OutboundWorker
) -> None:
    hold_id = await _released(store, keys, clock)
    server.answers["."] = DROP
    await worker.round()
    server.answers = {"RCPT": "450 4.2.1 later"}
    clock.pass_by(seconds=GIVE_UP.total_seconds())
    await worker.round()
    assert await _fates(store) == {"b@y.example": Fate.UNKNOWN}
    assert (await store.hold(hold_id)).state is HoldState.FAILED


async def test_no_content_leaves_unless_it_is_on_record_that_it_may(
    store: Store,
    keys: Keys,
    clock: Clock,
    server: ScriptedNextHop,
    worker: OutboundWorker,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Else a worker that dies after its dot would be taken for one that never sent it."""
    await _released(store, keys, clock)

    async def fails(delivery_id: str) -> None:
        raise StoreError("disk")

    monkeypatch.setattr(store, "delivery_dot", fails)
    await worker.round()
    assert "DATA" not in server.commands
    assert server.taken == []


async def test_a_worker_that_starts_takes_over_from_one_that_died(
    store: Store, keys: Keys, clock: Clock, server: ScriptedNextHop, worker: OutboundWorker
) -> None:
    await _released(store, keys, clock)
    await store.claim_deliveries(clock(), 10, 1800)
    dead = token(replace(this_process(), began="1"))
    async with store._database.write() as connection:
        await connection.execute(update(deliveries).values(owner=dead))
    running = asyncio.create_task(worker.run())
    await until(lambda: len(server.taken) == 1, "the delivery")
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)

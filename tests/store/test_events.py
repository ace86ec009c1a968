"""The log as programs follow it: nothing twice, nothing missed; and webhooks' lists, on both databases."""

from __future__ import annotations

import ast
import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

import gateway
from gateway.desk import Action
from gateway.errors import ConflictError, NotFoundError
from gateway.model import HoldState, Verdict
from gateway.store import Act, Errand, Store
from gateway.store.events import TYPES, type_of, wanted_by
from tests.numbers import grouped, my_number
from tests.store.mails import Clock, Keys, decision, inspection, parks_for, ruling, submission

GATEWAY = Path(gateway.__file__).parent
LEASE = timedelta(minutes=5)


async def park(
    store: Store, address: str = "a@x.example", sender: str = "taro@city.example.lg.jp"
) -> str:
    mail, made = submission(address, sender=sender), decision(ruling(address, Verdict.HOLD))
    parks = parks_for(mail, made)
    await store.intend(mail, inspection(), made, parks, [], staged=False)
    return parks[0].hold_id


async def other_writer(url: str, keys: Keys, clock: Clock, name: str = "console") -> Store:
    return await Store.open(url, keys.sealer, writer=name, clock=clock)


async def test_every_entry_of_every_writer_is_told_once_and_in_its_chains_order(
    store: Store, url: str, keys: Keys, clock: Clock
) -> None:
    other = await other_writer(url, keys, clock)
    for n in range(6):
        hold_id = await park(store)
        await (other if n % 2 else store).viewed("user:hanako", hold_id, "hold")
    places: dict[str, int] = {}
    told = []
    while True:
        answer = await store.events(places, (), 5)
        told += [(e.writer, e.seq) for e in answer.events]
        places = answer.places
        if not answer.more:
            break
    await other.close()
    assert len(told) == len(set(told)) == 12
    for writer in ("gateway", "console"):
        mine = [seq for w, seq in told if w == writer]
        assert mine == list(range(1, len(mine) + 1))
    assert (await store.events(places, (), 5)).events == ()
    assert places == await store.latest()


async def test_a_clock_that_was_put_back_hides_no_entry(store: Store, clock: Clock) -> None:
    for back in (0, 3600, 0, -7200, 60):
        clock.pass_by(seconds=-back)
        await store.viewed("user:hanako", "x", "hold")
    told = await store.events({}, (), 100)
    assert [e.seq for e in told.events] == [1, 2, 3, 4, 5]


async def test_what_is_not_asked_for_is_passed_over_and_not_looked_at_again(store: Store) -> None:
    hold_id = await park(store)
    await store.viewed("user:hanako", hold_id, "hold")
    told = await store.events({}, ("look.viewed",), 10)
    assert [(e.type, e.about) for e in told.events] == [("look.viewed", hold_id)]
    assert told.places == {"gateway": 2}
    assert not told.more


async def test_an_event_names_its_mail_masked_and_the_same_later(store: Store) -> None:
    number = my_number(20261130)
    await park(store, f"{number}@x.example", sender=f"{grouped(number)}@city.example.lg.jp")
    (event,) = (await store.events({}, ("mail.hold",), 10)).events
    assert event.mail is not None
    assert event.mail["recipients"][0]["rule"] == "my-number"
    assert event.mail["recipient_count"] == 1
    assert number not in str(event.mail) + str(event.detail)
    assert grouped(number) not in str(event.mail)
    assert await store.event(event.writer, event.seq) == event
    with pytest.raises(NotFoundError):
        await store.event("gateway", 999)


def test_a_type_says_what_was_decided() -> None:
    assert type_of("decided", {"verdict": "block", "would": "block"}) == "mail.block"
    assert type_of("decided", {"verdict": "allow", "would": "hold"}) == "mail.monitored"
    assert type_of("something-newer", {}) == "record.something-newer"
    assert wanted_by("hold.*") > {"hold.release", "hold.expire"}
    assert wanted_by("*") == frozenset(TYPES)
    assert wanted_by("hold.nonsense") == frozenset()


def test_every_action_that_the_program_records_has_its_type() -> None:
    written = {a.value for a in Action} | {"delivered", "failed"}
    for path in GATEWAY.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.keyword) and node.arg == "action":
                written |= _words(node.value)
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("record", "note"):
                written |= {w for a in node.args[2:4] for w in _words(a) if "-" in w}
    known = {t.partition(".")[2] for t in TYPES} | {"decided"}
    # A delivery's end is told as delivered or failed, an elapsed delay as its own word.
    assert written - {"deliver", "fail", "look-again"} - known == set()
    assert len(written) > 40


def _words(node: ast.AST) -> set[str]:
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
        return set()
    return {node.value} if node.value.replace("-", "").isalpha() else set()


# ------------------------------------------------------------------ webhooks' lists


async def test_a_webhook_begins_with_what_happens_after_it_was_named(store: Store) -> None:
    await park(store)
    await store.gather_events("siem", ["mail.hold"])
    later = await park(store)
    await store.gather_events("siem", ["mail.hold"])
    (posting,) = await store.claim_postings(["siem"], 10, LEASE)
    event = await store.event(posting.writer, posting.seq)
    assert event.detail["holds"] == 1
    assert posting.attempts == 1
    assert (await store.hold(later)).queue_id == event.detail["queue_id"]


async def test_a_posting_is_one_workers_until_its_lease_ends(store: Store, clock: Clock) -> None:
    await store.gather_events("siem", TYPES)
    await park(store)
    await store.gather_events("siem", TYPES)
    (first,) = await store.claim_postings(["siem"], 10, LEASE)
    assert await store.claim_postings(["siem"], 10, LEASE) == []
    clock.pass_by(minutes=6)
    (again,) = await store.claim_postings(["siem"], 10, LEASE)
    assert (again.seq, again.attempts) == (first.seq, 2)
    await store.posting_taken(again)
    with pytest.raises(NotFoundError):
        await store.posting_taken(again)
    standing = (await store.webhooks_standing())["siem"]
    assert (standing.waiting, standing.given_up_at) == (0, None)
    assert standing.taken_at is not None


async def test_giving_up_is_recorded_and_a_put_off_one_waits(store: Store, clock: Clock) -> None:
    await store.gather_events("siem", TYPES)
    await park(store)
    await store.gather_events("siem", TYPES)
    (posting,) = await store.claim_postings(["siem"], 10, LEASE)
    await store.posting_put_off(posting, "status-500", clock.now + timedelta(minutes=30))
    clock.pass_by(minutes=20)
    assert await store.claim_postings(["siem"], 10, LEASE) == []
    assert (await store.webhooks_standing())["siem"].last_answer == "status-500"
    clock.pass_by(minutes=20)
    (posting,) = await store.claim_postings(["siem"], 10, LEASE)
    await store.posting_given_up(posting, "status-500")
    (event,) = (await store.events({}, ("webhook.webhook-given-up",), 9)).events
    assert event.detail == {"event": "gateway-1", "attempts": 2, "answer": "status-500"}
    assert event.about == "siem"


async def test_two_processes_that_read_on_at_one_moment_list_an_event_once(
    store: Store, url: str, keys: Keys, clock: Clock
) -> None:
    other = await other_writer(url, keys, clock, "outbound-2")
    await store.gather_events("siem", TYPES)
    for _ in range(3):
        await park(store)
    await asyncio.gather(*(s.gather_events("siem", TYPES) for s in (store, other, store)))
    found = await asyncio.gather(*(s.claim_postings(["siem"], 10, LEASE) for s in (store, other)))
    await other.close()
    assert sorted(p.seq for some in found for p in some) == [1, 2, 3]


async def test_a_webhook_that_is_configured_no_more_is_forgotten(store: Store) -> None:
    for name in ("siem", "old"):
        await store.gather_events(name, TYPES)
    await park(store)
    await store.gather_events("old", TYPES)
    await store.forget_webhooks(["siem"])
    assert list(await store.webhooks_standing()) == ["siem"]
    assert await store.claim_postings(["old"], 10, LEASE) == []


# ------------------------------------------------------------------ errands


async def test_a_key_is_kept_with_the_act_and_not_without_it(store: Store, clock: Clock) -> None:
    hold_id = await park(store)
    held = await store.held(hold_id)

    def rejecting(key: str) -> Act:
        return Act(
            held=held,
            action="reject",
            actor="user:hanako",
            reason="no",
            becomes=HoldState.REJECTED,
            at=clock(),
            errand=Errand("token-id", key=key, asked="digest"),
        )

    await store.perform(rejecting("key-a"))
    assert await store.errand_done("key-a") == "digest"
    with pytest.raises(ConflictError):
        await store.perform(rejecting("key-b"))
    assert await store.errand_done("key-b") is None
    assert (await store.hold(hold_id)).revision == 1
    (event,) = (await store.events({}, ("hold.reject",), 9)).events
    assert event.detail["token"] == "token-id"
    assert await store.purge_errands(clock.pass_by(days=2)) == 1
    assert await store.errand_done("key-a") is None

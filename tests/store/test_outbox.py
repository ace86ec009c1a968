from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import delete, update

from gateway.errors import ConflictError
from gateway.model import Envelope, Fate, HoldState, Verdict
from gateway.store import Act, DeliveryKind, Store
from gateway.store.tables import deliveries, sealed
from gateway.store.writers import Process, this_process, token
from tests.store.mails import (
    Clock,
    Keys,
    decision,
    dsn,
    inspection,
    notice,
    parks_for,
    ruling,
    submission,
)


async def released(store: Store, keys: Keys, clock: Clock, *recipients: str):
    """A held mail that was approved; its delivery waits in the outbox."""
    mail = submission(*(recipients or ("b@y.example",)))
    made = decision(*(ruling(a, Verdict.HOLD) for a in mail.envelope.rcpt_tos))
    parks = parks_for(mail, made)
    await store.intend(mail, inspection(), made, parks, [], staged=False)
    held = await store.held(parks[0].hold_id)
    opened = held.opened(keys.opener)
    assert opened is not None
    act = Act(held, "release", "hanako", "ok", HoldState.RELEASED, clock(), send=opened[1])
    await store.perform(act)
    return mail, parks[0].hold_id


async def test_a_released_mail_is_sent_as_it_was_parked(
    store: Store, keys: Keys, clock: Clock
) -> None:
    mail, hold_id = await released(store, keys, clock)
    [delivery] = await store.claim_deliveries(clock(), 10, 60)
    assert (delivery.kind, delivery.hold_id, delivery.attempts) == (
        DeliveryKind.RELEASE,
        hold_id,
        1,
    )
    envelope, content = delivery.opened(keys.opener)
    assert content == mail.outgoing
    assert envelope == mail.envelope


async def test_delivery_ends_the_hold_and_makes_the_domain_known(
    store: Store, keys: Keys, clock: Clock
) -> None:
    _, hold_id = await released(store, keys, clock)
    [delivery] = await store.claim_deliveries(clock(), 10, 60)
    await store.delivery_done(delivery.delivery_id, "250 OK")
    assert (await store.hold(hold_id)).state is HoldState.DELIVERED
    assert await store.known_domains({"y.example"}) == {"y.example"}
    assert (await store.incidents())[0].destinations[0].fate is Fate.RELAYED
    assert await store.audit_verify() == []
    with pytest.raises(ConflictError):
        await store.delivery_done(delivery.delivery_id, "250 OK")


async def test_giving_up_fails_the_hold_and_queues_the_dsn(
    store: Store, keys: Keys, clock: Clock
) -> None:
    _, hold_id = await released(store, keys, clock)
    [delivery] = await store.claim_deliveries(clock(), 10, 60)
    await store.delivery_failed(delivery.delivery_id, "550 no", dsn())
    assert (await store.hold(hold_id)).state is HoldState.FAILED
    [told] = await store.claim_deliveries(clock(), 10, 60)
    envelope, content = told.opened(keys.opener)
    assert (told.kind, envelope.mail_from, content) == (DeliveryKind.DSN, "", dsn().content)
    assert await store.known_domains({"y.example"}) == frozenset()


async def test_a_retry_waits_for_its_time(store: Store, keys: Keys, clock: Clock) -> None:
    await released(store, keys, clock)
    [delivery] = await store.claim_deliveries(clock(), 10, 60)
    later = clock.now + timedelta(minutes=5)
    await store.delivery_retry(delivery.delivery_id, "451 later", later)
    assert await store.claim_deliveries(later - timedelta(seconds=1), 10, 60) == []
    [again] = await store.claim_deliveries(later, 10, 60)
    assert (again.delivery_id, again.attempts) == (delivery.delivery_id, 2)
    assert again.created_at == delivery.created_at


async def test_a_crashed_workers_delivery_comes_back(
    store: Store, keys: Keys, clock: Clock
) -> None:
    await released(store, keys, clock)
    [first] = await store.claim_deliveries(clock(), 10, 60)
    assert await store.claim_deliveries(clock.now + timedelta(seconds=59), 10, 60) == []
    [second] = await store.claim_deliveries(clock.now + timedelta(seconds=61), 10, 60)
    assert second.delivery_id == first.delivery_id


async def test_two_workers_never_claim_the_same_delivery(
    store: Store, url: str, keys: Keys, clock: Clock
) -> None:
    mail, made = submission(), decision(ruling("aaabb@exp.com", Verdict.BLOCK))
    await store.intend(mail, inspection(), made, [], [notice()] * 12, staged=False)
    other = await Store.open(url, keys.sealer, writer="outbound-2", clock=clock)
    now = clock()
    batches = await asyncio.gather(*(s.claim_deliveries(now, 5, 60) for s in (store, other) * 3))
    await other.close()
    ids = [d.delivery_id for batch in batches for d in batch]
    assert len(ids) == len(set(ids)) == 12


async def test_a_sent_notice_leaves_no_bytes_behind(store: Store, keys: Keys, clock: Clock) -> None:
    mail, made = submission(), decision(ruling("aaabb@exp.com", Verdict.BLOCK))
    await store.intend(mail, inspection(), made, [], [notice()], staged=False)
    [delivery] = await store.claim_deliveries(clock(), 10, 60)
    assert delivery.opened(keys.opener)[1] == notice().content
    await store.delivery_done(delivery.delivery_id, "250 OK")
    async with store._database.read() as connection:
        row = (await connection.exec_driver_sql("SELECT wrapped_key, blob FROM deliveries")).one()
    assert tuple(row) == (None, None)


async def test_nothing_is_due_in_an_empty_outbox(store: Store, clock: Clock) -> None:
    assert await store.claim_deliveries(clock(), 10, 60) == []


async def fates(store: Store) -> list[str]:
    [incident] = await store.incidents()
    return [d.fate.value if d.fate else "open" for d in incident.destinations]


async def test_a_mail_taken_for_some_is_tried_again_for_the_rest_only(
    store: Store, keys: Keys, clock: Clock
) -> None:
    mail, hold_id = await released(store, keys, clock, "a@x.example", "b@y.example")
    [first] = await store.claim_deliveries(clock(), 10, 60)
    envelope, _ = first.opened(keys.opener)
    rest = (Envelope(envelope.mail_from, ("b@y.example",)), b"")
    await store.delivery_retry(
        first.delivery_id, "451 later", clock(), rest=rest, taken=["a@x.example"]
    )
    assert await fates(store) == ["relayed", "open"]
    [second] = await store.claim_deliveries(clock(), 10, 60)
    assert second.opened(keys.opener) == (rest[0], mail.outgoing)
    await store.delivery_failed(second.delivery_id, "550 no", dsn())
    assert await fates(store) == ["relayed", "refused"]
    assert (await store.hold(hold_id)).state is HoldState.DELIVERED, "somebody has it"
    assert await store.known_domains({"x.example", "y.example"}) == {"x.example"}


async def test_whoever_is_through_for_an_unknown_reason_has_perhaps_got_it(
    store: Store, keys: Keys, clock: Clock
) -> None:
    await released(store, keys, clock, "a@x.example", "b@y.example")
    [first] = await store.claim_deliveries(clock(), 10, 60)
    rest = (Envelope("", ("b@y.example",)), b"")
    await store.delivery_retry(first.delivery_id, "451 later", clock(), rest=rest, dsn=dsn())
    assert await fates(store) == ["unknown", "open"]
    kinds = {d.kind for d in await store.claim_deliveries(clock(), 10, 60)}
    assert kinds == {DeliveryKind.DSN, DeliveryKind.RELEASE}


async def test_a_mail_refused_for_some_at_the_end_is_delivered_to_the_others(
    store: Store, keys: Keys, clock: Clock
) -> None:
    _, hold_id = await released(store, keys, clock, "a@x.example", "b@y.example")
    [first] = await store.claim_deliveries(clock(), 10, 60)
    await store.delivery_done(first.delivery_id, "250 OK", dsn=dsn(), taken=["b@y.example"])
    assert await fates(store) == ["refused", "relayed"]
    assert (await store.hold(hold_id)).state is HoldState.DELIVERED


# ------------------------------------------------------------------ dead workers, missing rows


async def owned_by(store: Store, owner: Process) -> None:
    """As if another process had leased everything."""
    async with store._database.write() as connection:
        await connection.execute(update(deliveries).values(owner=token(owner)))


DEAD = replace(this_process(), began="1")  # its number is another process's now


async def test_what_a_dead_worker_had_not_sent_is_due_again_at_once(
    store: Store, keys: Keys, clock: Clock
) -> None:
    await released(store, keys, clock)
    await store.claim_deliveries(clock(), 10, 1800)
    await owned_by(store, DEAD)
    assert await store.free_deliveries() == 1
    [again] = await store.claim_deliveries(clock(), 10, 1800)
    assert again.attempts == 2


async def test_a_living_workers_delivery_is_left_to_it(
    store: Store, keys: Keys, clock: Clock
) -> None:
    await released(store, keys, clock)
    await store.claim_deliveries(clock(), 10, 1800)
    assert await store.free_deliveries() == 0
    await owned_by(store, replace(DEAD, machine="another"))
    assert await store.free_deliveries() == 0
    assert await store.claim_deliveries(clock(), 10, 1800) == []


async def test_what_a_dead_worker_may_have_sent_keeps_its_lease_and_is_then_in_doubt(
    store: Store, keys: Keys, clock: Clock
) -> None:
    await released(store, keys, clock)
    [first] = await store.claim_deliveries(clock(), 10, 60)
    await store.delivery_dot(first.delivery_id)
    await owned_by(store, DEAD)
    assert await store.free_deliveries() == 0
    assert await store.claim_deliveries(clock(), 10, 60) == []
    [again] = await store.claim_deliveries(clock.now + timedelta(seconds=61), 10, 60)
    assert again.delivery_id == first.delivery_id
    assert await fates(store) == ["unknown"]
    await store.delivery_done(again.delivery_id, "250 OK", taken=["b@y.example"])
    assert await fates(store) == ["relayed"]


async def test_giving_up_what_may_have_arrived_says_unknown_and_not_refused(
    store: Store, keys: Keys, clock: Clock
) -> None:
    _, hold_id = await released(store, keys, clock, "a@x.example", "b@y.example")
    [first] = await store.claim_deliveries(clock(), 10, 60)
    await store.delivery_retry(first.delivery_id, "451 lost", clock(), doubtful=["a@x.example"])
    assert await fates(store) == ["unknown", "open"]
    [second] = await store.claim_deliveries(clock(), 10, 60)
    await store.delivery_failed(second.delivery_id, "451 away", dsn())
    assert await fates(store) == ["unknown", "refused"]
    assert (await store.hold(hold_id)).state is HoldState.FAILED
    [incident] = await store.incidents()
    assert incident.in_doubt(hold_id)
    entry = [e async for e in store.audit_entries()][-1]
    assert json.loads(entry["detail"])["fates"] == ["refused", "unknown"]
    assert await store.known_domains({"x.example", "y.example"}) == frozenset()


@pytest.mark.parametrize("gone", ["row", "bytes"])
async def test_a_release_whose_mail_is_gone_is_set_aside_and_the_rest_go_on(
    store: Store, keys: Keys, clock: Clock, gone: str
) -> None:
    lost, lost_hold = await released(store, keys, clock)
    _, other_hold = await released(store, keys, clock)
    mine = sealed.c.queue_id == lost.queue_id
    emptied = update(sealed).where(mine).values(wrapped_key=None, blob=None)
    async with store._database.write() as connection:
        await connection.execute(delete(sealed).where(mine) if gone == "row" else emptied)
    claimed = await store.claim_deliveries(clock(), 10, 60)
    assert [d.hold_id for d in claimed] == [other_hold]
    assert (await store.hold(lost_hold)).state is HoldState.FAILED
    actions = {(e["action"], e["object"]) async for e in store.audit_entries()}
    assert ("set-aside", lost_hold) in actions
    later = await store.claim_deliveries(clock.now + timedelta(days=1), 10, 60)
    assert [d.hold_id for d in later] == [other_hold], "the lost one is not tried for ever"
    assert await store.audit_verify() == []

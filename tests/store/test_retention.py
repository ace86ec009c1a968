from __future__ import annotations

from datetime import timedelta

from gateway.model import HoldState, Verdict
from gateway.store import Act, Store
from tests.store.mails import (
    Clock,
    Keys,
    decision,
    inspection,
    notice,
    parks_for,
    ruling,
    submission,
)
from tests.store.test_journal import RELAYED

KEEP = timedelta(days=30)


async def two_holds(store: Store) -> tuple[str, list[str]]:
    mail = submission("a@x.example", "b@y.example")
    made = decision(
        ruling("a@x.example", Verdict.HOLD, "one"), ruling("b@y.example", Verdict.HOLD, "two")
    )
    await store.intend(mail, inspection(), made, parks_for(mail, made), [], staged=False)
    return mail.queue_id, [h.hold_id for h in await store.holds()]


async def end(store: Store, hold_id: str, clock: Clock) -> None:
    held = await store.held(hold_id)
    await store.perform(Act(held, "reject", "hanako", "no", HoldState.REJECTED, clock()))


async def test_a_sealed_mail_is_destroyed_once_all_its_holds_ended_long_ago(
    store: Store, keys: Keys, clock: Clock
) -> None:
    queue_id, (one, two) = await two_holds(store)
    await end(store, one, clock)
    assert await store.destroy_due(clock.pass_by(days=40), KEEP) == []
    await end(store, two, clock)
    assert await store.destroy_due(clock.pass_by(days=29), KEEP) == []
    assert await store.destroy_due(clock.pass_by(days=2), KEEP) == [queue_id]
    held = await store.held(one)
    assert held.mail is None
    assert held.opened(keys.opener) is None
    assert await store.destroy_due(clock.pass_by(days=1), KEEP) == []
    assert await store.audit_verify() == []


async def test_destruction_leaves_the_day_and_the_key_that_is_still_to_go(
    store: Store, keys: Keys, clock: Clock
) -> None:
    queue_id, (one, two) = await two_holds(store)
    await end(store, one, clock)
    await end(store, two, clock)
    await store.destroy_due(clock.pass_by(days=31), KEEP)
    async with store._database.read() as connection:
        row = (
            await connection.exec_driver_sql(
                "SELECT wrapped_key, blob, destroyed_at, kek_id FROM sealed"
            )
        ).one()
        logged = (
            await connection.exec_driver_sql(
                "SELECT object, detail FROM audit WHERE action = 'destroyed'"
            )
        ).one()
    assert (row[0], row[1], row[3]) == (None, None, keys.kek_id)
    assert row[2] is not None
    assert logged[0] == queue_id
    assert keys.kek_id in logged[1]


async def test_old_journal_rows_go_and_incidents_stay(store: Store, clock: Clock) -> None:
    await two_holds(store)
    plain, made = submission("p@x.example"), decision(ruling("p@x.example", Verdict.ALLOW))
    await store.intend(plain, inspection(0), made, [], [notice()], staged=False)
    assert await store.purge_journal(clock.pass_by(days=400)) == 0, "it is not settled yet"
    await store.settle(plain.queue_id, RELAYED)
    assert await store.purge_journal(plain.received_at) == 0
    assert await store.purge_journal(clock()) == 1
    assert await store.purge_journal(clock()) == 0
    assert len(await store.incidents()) == 1
    assert await store.known_domains({"x.example"}) == {"x.example"}

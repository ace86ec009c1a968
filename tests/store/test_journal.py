from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import select

from gateway.errors import NotFoundError, StoreError
from gateway.model import Fate, HoldState, Outcome, RecipientClass, Reply, Verdict
from gateway.store import MailState, Store
from gateway.store.database import Database
from gateway.store.tables import deliveries, incidents, mails, sealed
from tests.store.mails import (
    Clock,
    Keys,
    decision,
    inspection,
    notice,
    parks_for,
    ruling,
    submission,
    unread,
)

RELAYED = Outcome(Fate.RELAYED, Reply(250, "2.0.0", "OK"))
REFUSED = Outcome(Fate.REFUSED, Reply(550, "5.1.1", "no such user"))
FAILED = Outcome(Fate.FAILED, Reply(451, "4.4.1", "down"))
UNKNOWN = Outcome(Fate.UNKNOWN, Reply(451, "4.4.2", "lost"))


async def count(url: str, table) -> int:
    database = Database(url)
    async with database.read() as connection:
        rows = (await connection.execute(select(table))).all()
    await database.close()
    return len(rows)


async def state_of(url: str, queue_id: str) -> str:
    database = Database(url)
    async with database.read() as connection:
        query = select(mails.c.state).where(mails.c.queue_id == queue_id)
        found = (await connection.execute(query)).scalar_one()
    await database.close()
    return found


async def split(store: Store):
    """A mail for two: one copy is relayed, one is held."""
    mail = submission("ok@partner.example", "aaabb@exp.com")
    made = decision(
        ruling("ok@partner.example", Verdict.ALLOW, "ok"), ruling("aaabb@exp.com", Verdict.HOLD)
    )
    parks = parks_for(mail, made)
    incident = await store.intend(mail, inspection(), made, parks, [notice()], staged=True)
    return mail, parks[0].hold_id, incident


async def test_a_relayed_mail_makes_its_domain_known(store: Store, url: str) -> None:
    mail, made = (
        submission("a@partner.example"),
        decision(ruling("a@partner.example", Verdict.ALLOW)),
    )
    assert await store.intend(mail, inspection(0), made, [], [], staged=False) is None
    assert await state_of(url, mail.queue_id) == MailState.INTENDED
    assert await store.known_domains({"partner.example"}) == frozenset()
    await store.settle(mail.queue_id, RELAYED)
    assert await state_of(url, mail.queue_id) == MailState.RELAYED
    asked = {"partner.example", "other.example"}
    assert await store.known_domains(asked) == {"partner.example"}
    assert await count(url, sealed) == 0


@pytest.mark.parametrize("outcome", [REFUSED, FAILED, UNKNOWN])
async def test_a_mail_that_was_not_relayed_makes_nothing_known(
    store: Store, url: str, outcome: Outcome
) -> None:
    mail, made = (
        submission("a@partner.example"),
        decision(ruling("a@partner.example", Verdict.ALLOW)),
    )
    await store.intend(mail, inspection(0), made, [], [], staged=False)
    await store.settle(mail.queue_id, outcome)
    assert await state_of(url, mail.queue_id) == outcome.fate.value
    assert await store.known_domains({"partner.example"}) == frozenset()


async def test_a_look_alike_let_through_by_monitoring_stays_unknown(store: Store) -> None:
    mail = submission("aaabb@exp.com")
    watched = ruling(
        "aaabb@exp.com", Verdict.ALLOW, would=Verdict.BLOCK, cls=RecipientClass.LOOK_ALIKE
    )
    assert await store.intend(mail, inspection(), decision(watched), [], [], staged=False)
    await store.settle(mail.queue_id, RELAYED)
    assert await store.known_domains({"exp.com"}) == frozenset()


async def test_two_mails_to_one_new_domain_settle_side_by_side(store: Store) -> None:
    pair = [submission("a@partner.example") for _ in range(2)]
    made = decision(ruling("a@partner.example", Verdict.ALLOW))
    for mail in pair:
        await store.intend(mail, inspection(0), made, [], [], staged=False)
    await asyncio.gather(*(store.settle(mail.queue_id, RELAYED) for mail in pair))
    assert await store.known_domains({"partner.example"}) == {"partner.example"}


async def test_a_parked_mail_is_a_hold_with_an_incident(store: Store, url: str) -> None:
    mail, made = submission(), decision(ruling("aaabb@exp.com", Verdict.HOLD, approvers=2))
    parks = parks_for(mail, made)
    incident = await store.intend(mail, inspection(40), made, parks, [], staged=False)
    [hold] = await store.holds()
    assert (hold.hold_id, hold.incident_id) == (parks[0].hold_id, incident)
    assert (hold.state, hold.approvers, hold.my_numbers) == (HoldState.PARKED, 2, 40)
    assert hold.recipients == ("aaabb@exp.com",)
    assert hold.expires_at == parks[0].expires_at
    assert await state_of(url, mail.queue_id) == MailState.PARKED


async def test_the_sealed_mail_opens_to_the_bytes_and_recipients_parked(
    store: Store, keys: Keys
) -> None:
    mail = submission("a@x.example", "b@y.example", "c@x.example")
    made = decision(
        ruling("a@x.example", Verdict.HOLD, "one"),
        ruling("b@y.example", Verdict.WARN, "two"),
        ruling("c@x.example", Verdict.HOLD, "one"),
    )
    await store.intend(mail, inspection(), made, parks_for(mail, made), [], staged=False)
    by_rule = {h.rule: h.hold_id for h in await store.holds()}
    held = await store.held(by_rule["one"])
    opened = held.opened(keys.opener)
    assert held.positions == (0, 2)
    assert opened is not None
    assert opened[0] == mail.envelope
    assert opened[1].rcpt_tos == ("a@x.example", "c@x.example")


async def test_an_address_given_twice_is_parked_twice(store: Store) -> None:
    mail = submission("a@x.example", "a@x.example")
    made = decision(ruling("a@x.example", Verdict.HOLD), ruling("a@x.example", Verdict.HOLD))
    await store.intend(mail, inspection(), made, parks_for(mail, made), [], staged=False)
    [hold] = await store.holds()
    assert hold.recipients == ("a@x.example", "a@x.example")


async def test_a_blocked_mail_is_an_incident_and_keeps_no_copy(store: Store, url: str) -> None:
    mail, made = submission(), decision(ruling("aaabb@exp.com", Verdict.BLOCK))
    given = await store.intend(
        mail, inspection(), made, [], [notice()], staged=False, incident_id="kxdp-wmzr-tqhb"
    )
    assert given == "kxdp-wmzr-tqhb"
    record = await store.incident(given)
    assert (record.state, record.destinations[0].fate) == (MailState.BLOCKED, None)
    assert await count(url, sealed) == 0
    assert len(await store.claim_deliveries(mail.received_at.replace(year=2027), 10, 60)) == 1


async def test_a_staged_hold_is_parked_by_the_relay(store: Store, clock: Clock) -> None:
    mail, hold_id, _ = await split(store)
    assert await store.holds() == []
    assert (await store.hold(hold_id)).state is HoldState.STAGED
    assert await store.claim_deliveries(clock.pass_by(days=1), 10, 60) == []
    await store.settle(mail.queue_id, RELAYED)
    assert (await store.hold(hold_id)).state is HoldState.PARKED
    assert len(await store.claim_deliveries(clock.pass_by(seconds=1), 10, 60)) == 1
    assert await store.known_domains({"partner.example", "exp.com"}) == {"partner.example"}


@pytest.mark.parametrize("outcome", [REFUSED, FAILED, UNKNOWN])
async def test_nothing_staged_is_kept_when_the_relay_failed(
    store: Store, url: str, outcome: Outcome
) -> None:
    mail, hold_id, incident = await split(store)
    await store.settle(mail.queue_id, outcome)
    with pytest.raises(NotFoundError):
        await store.hold(hold_id)
    assert await count(url, sealed) == 0
    assert await count(url, deliveries) == 0
    assert incident is not None
    first, second = (await store.incident(incident)).destinations
    assert (first.fate, second.fate, second.hold_id) == (outcome.fate, Fate.FAILED, "")


async def test_a_mail_is_settled_once(store: Store) -> None:
    mail, _, _ = await split(store)
    await store.settle(mail.queue_id, RELAYED)
    for again in (RELAYED, FAILED):
        with pytest.raises(StoreError, match="settled already"):
            await store.settle(mail.queue_id, again)
    with pytest.raises(StoreError, match="never intended"):
        await store.settle("nope", RELAYED)


async def test_a_restart_finds_what_the_crash_left_open(
    store: Store, url: str, keys: Keys, clock: Clock
) -> None:
    mail, hold_id, incident = await split(store)
    alone, made = submission("a@x.example"), decision(ruling("a@x.example", Verdict.ALLOW))
    await store.intend(alone, inspection(0), made, [], [], staged=False)
    clock.pass_by(seconds=1)
    again = await Store.open(url, keys.sealer, clock=clock)
    assert await again.recover() == [mail.queue_id, alone.queue_id]
    assert await state_of(url, mail.queue_id) == MailState.UNKNOWN
    with pytest.raises(NotFoundError):
        await again.hold(hold_id)
    assert await again.recover() == []
    assert await again.audit_verify() == []
    assert incident is not None
    await again.close()


async def test_a_restart_leaves_other_writers_and_parked_mail_alone(
    store: Store, url: str, keys: Keys, clock: Clock
) -> None:
    await split(store)
    mail, made = submission(), decision(ruling("aaabb@exp.com", Verdict.HOLD))
    await store.intend(mail, inspection(), made, parks_for(mail, made), [], staged=False)
    clock.pass_by(seconds=1)
    other = await Store.open(url, keys.sealer, writer="gateway-2", clock=clock)
    assert await other.recover() == []
    assert len(await other.holds()) == 1
    await other.close()


async def test_a_transaction_that_fails_leaves_nothing(store: Store, url: str) -> None:
    mail, made = submission(), decision(ruling("aaabb@exp.com", Verdict.HOLD))
    parks = parks_for(mail, made)
    with pytest.raises(StoreError):
        await store.intend(mail, inspection(), made, [*parks, *parks], [], staged=False)
    for table in (mails, sealed, incidents, deliveries):
        assert await count(url, table) == 0
    await store.intend(mail, inspection(), made, parks, [], staged=False)
    assert await store.audit_verify() == []


async def test_a_decision_must_rule_on_every_recipient(store: Store) -> None:
    mail, made = (
        submission("a@x.example", "b@x.example"),
        decision(ruling("a@x.example", Verdict.ALLOW)),
    )
    with pytest.raises(StoreError, match="every recipient"):
        await store.intend(mail, inspection(0), made, [], [], staged=False)


@pytest.mark.parametrize("odd", ["\x00", "\ud800", "\x1b[2J", "\u202e", "\U000e0041"])
async def test_hostile_characters_in_names_do_not_stop_a_mail(store: Store, odd: str) -> None:
    address = f"a{odd}b@x.example"
    mail, made = submission(address, sender=address), decision(ruling(address, Verdict.HOLD))
    await store.intend(mail, unread(f"3 {odd}.zip"), made, parks_for(mail, made), [], staged=False)
    [hold] = await store.holds()
    assert hold.recipients[0].endswith("b@x.example")
    held = await store.held(hold.hold_id)
    assert held.found


async def test_a_client_address_is_kept_though_it_has_many_digits(store: Store) -> None:
    mail, made = submission(), decision(ruling("aaabb@exp.com", Verdict.BLOCK))
    incident = await store.intend(mail, inspection(), made, [], [], staged=False)
    assert incident is not None
    assert (await store.incident(incident)).client == "192.168.100.200"


async def test_an_incident_that_is_not_there_is_not_found(store: Store) -> None:
    with pytest.raises(NotFoundError):
        await store.incident("none")
    with pytest.raises(NotFoundError):
        await store.hold("none")
    assert await store.incidents() == []

"""The day's digest: once on a day that something waits, whoever is first, and recorded."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, time, timedelta
from email import message_from_bytes
from email.policy import default

import pytest

from gateway.desk import Desk
from gateway.desk.digest import counted
from gateway.model import Envelope, OnExpiry, Verdict
from gateway.notify import Notices, NotifySettings
from gateway.notify.digest import Digest
from gateway.store import Store
from tests.desk.office import HANAKO, OWN, REASON, desk_of, park, terms
from tests.numbers import my_number
from tests.store.mails import SENDER, Clock, Keys, decision, inspection, ruling, submission

HALF_PAST_EIGHT = time(8, 30)
BEFORE = datetime(2026, 11, 21, 23, 29, tzinfo=UTC)  # 08:29 in Japan, the day after the mails
DUE = datetime(2026, 11, 21, 23, 30, tzinfo=UTC)
HANDLER = f"kyuyo@{OWN}"


def desk(store: Store, keys: Keys, clock: Clock, at: time | None = HALF_PAST_EIGHT) -> Desk:
    """A desk whose notices are the real ones."""
    settings = NotifySettings(f"sekisho@{OWN}", (HANDLER,), internal_domains=(OWN,))
    notices = Notices(settings, clock)
    return Desk(store, keys.opener, notices, terms(), clock=clock, digest_at=at)


async def digests(store: Store, keys: Keys, clock: Clock) -> list[tuple[Envelope, bytes]]:
    due = await store.claim_deliveries(clock(), 50, 60)
    return [d.opened(keys.opener) for d in due if d.delivery_id.startswith("digest-")]


async def recorded(store: Store) -> list[str]:
    return [e["object"] async for e in store.audit_entries() if e["action"] == "digest-sent"]


async def test_handlers_get_one_digest_on_a_day_from_its_time_on(
    store: Store, keys: Keys, clock: Clock
) -> None:
    await park(store)
    office = desk(store, keys, clock)
    clock.now = BEFORE
    assert not (await office.keep_time(clock())).digest
    clock.now = DUE
    assert (await office.keep_time(clock())).digest
    [(envelope, content)] = await digests(store, keys, clock)
    assert envelope == Envelope("", (HANDLER,))
    assert b"Subject: " in content
    assert not (await office.keep_time(clock.pass_by(hours=3))).digest
    assert await recorded(store) == ["digest-2026-11-22"]


async def test_the_next_day_has_a_digest_of_its_own(store: Store, keys: Keys, clock: Clock) -> None:
    await park(store)
    office = desk(store, keys, clock)
    for day in range(3):
        clock.now = DUE + timedelta(days=day)
        assert (await office.keep_time(clock())).digest
    assert await recorded(store) == [f"digest-2026-11-{day}" for day in (22, 23, 24)]


async def test_two_machines_and_a_restart_send_it_once(
    store: Store, url: str, keys: Keys, clock: Clock
) -> None:
    await park(store)
    other = await Store.open(url, keys.sealer, clock=clock, writer="other")
    clock.now = DUE
    offices = [desk(s, keys, clock) for s in (store, other, store)]
    rounds = await asyncio.gather(*(office.keep_time(DUE) for office in offices))
    await other.close()
    assert sorted(r.digest for r in rounds) == [False, False, True]
    assert len(await digests(store, keys, clock)) == 1
    assert await recorded(store) == ["digest-2026-11-22"]
    assert await store.audit_verify() == []


async def test_nothing_is_sent_on_a_day_that_nothing_waits(
    store: Store, keys: Keys, clock: Clock
) -> None:
    office = desk(store, keys, clock)
    clock.now = DUE
    assert not (await office.keep_time(clock())).digest
    assert await recorded(store) == []


async def test_what_was_parked_after_its_time_makes_no_digest_that_day(
    store: Store, keys: Keys, clock: Clock
) -> None:
    await park(store)
    clock.pass_by(minutes=5)  # it is just after noon
    assert not (await desk(store, keys, clock).keep_time(clock())).digest
    assert await recorded(store) == []


async def test_a_digest_that_was_missed_is_sent_later_on_its_day(
    store: Store, keys: Keys, clock: Clock
) -> None:
    await park(store)
    clock.now = DUE + timedelta(hours=9)
    assert (await desk(store, keys, clock).keep_time(clock())).digest


async def test_no_digest_is_sent_where_none_is_wanted(
    store: Store, keys: Keys, clock: Clock
) -> None:
    await park(store)
    clock.now = DUE
    assert not (await desk(store, keys, clock, None).keep_time(clock())).digest


async def test_the_marks_of_days_long_over_are_forgotten(
    store: Store, keys: Keys, clock: Clock
) -> None:
    await park(store, lasts=timedelta(days=30))
    office = desk(store, keys, clock)
    for day in (0, 1, 9):
        clock.now = DUE + timedelta(days=day)
        await office.keep_time(clock())
        for found in await store.claim_deliveries(clock(), 50, 60):
            await store.delivery_done(found.delivery_id, "250 ok")
    again = Digest(DUE.date())
    mail = Notices(NotifySettings(f"sekisho@{OWN}", (HANDLER,)), clock).digest(again)
    assert mail is not None
    assert await store.add_digest(date(2026, 11, 22), mail, {}, clock())
    assert not await store.add_digest(date(2026, 12, 1), mail, {}, clock())


# ------------------------------------------------------------------ what it counts


async def count(store: Store, now: datetime) -> Digest | None:
    return counted(await store.holds(), await store.incidents(), now, now)


async def test_it_counts_mails_by_rule_by_end_and_by_who_looks_at_them(
    store: Store, keys: Keys, clock: Clock
) -> None:
    await park(store, rule="two", lasts=timedelta(hours=30))
    seen = await park(store, rule="one", lasts=timedelta(days=3))
    await park(store, rule="one", lasts=timedelta(days=7))
    await park(store, Verdict.WARN, rule="ask", lasts=timedelta(days=2))
    await park(store, Verdict.WARN, rule="delay", on_expiry=OnExpiry.SEND)
    await desk_of(store, keys, clock).ack(seen, HANAKO, REASON)
    found = await count(store, DUE)
    assert found is not None
    assert (found.for_handlers, found.for_senders, found.unacknowledged) == (3, 1, 2)
    assert found.rules == (("one", 2), ("ask", 1), ("two", 1))
    assert found.ends == (1, 2, 1)


@pytest.mark.parametrize(
    ("days", "kinds"),
    [(0, []), (1, ["preliminary"]), (4, ["preliminary"]), (5, []), (26, ["final"]), (30, [])],
)
async def test_it_names_a_report_from_three_days_before_its_last_day(
    store: Store, days: int, kinds: list[str]
) -> None:
    mail = submission("aaabb@exp.com")
    would = decision(ruling("aaabb@exp.com", Verdict.ALLOW, would=Verdict.HOLD))
    await store.intend(mail, inspection(), would, [], [], staged=False)
    found = await count(store, mail.received_at + timedelta(days=days))
    assert [r.kind for r in found.reports] == kinds if found else kinds == []


async def test_a_digest_says_no_subject_no_address_and_no_number(
    store: Store, keys: Keys, clock: Clock
) -> None:
    number = my_number(29)
    content = f"Subject: payroll {number}\r\n\r\nhello\r\n".encode()
    await park(store, Verdict.HOLD, f"{number}@exp.com", content=content)
    clock.now = DUE
    await desk(store, keys, clock).keep_time(clock())
    [(_, mail)] = await digests(store, keys, clock)
    parts = message_from_bytes(mail, policy=default).iter_parts()
    told = mail.decode() + "".join(part.get_content() for part in parts)
    told += str([e async for e in store.audit_entries() if e["action"] == "digest-sent"])
    assert not any(word in told for word in (number, "exp.com", "payroll", SENDER, "****"))

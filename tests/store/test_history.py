"""Whom we wrote to, month by month."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from gateway.model import Fate, Outcome, RecipientClass, Reply, Verdict
from gateway.store import Sent, Store
from gateway.store.history import LAG
from tests.numbers import my_number
from tests.store.mails import SENDER, START, Clock, decision, inspection, ruling, submission

RELAYED = Outcome(Fate.RELAYED, Reply(250, "2.0.0", "OK"))
REFUSED = Outcome(Fate.REFUSED, Reply(550, "5.1.1", "no"))
LATER = START + LAG + timedelta(minutes=1)
FOREVER = timedelta(days=3650)


async def send(
    store: Store,
    *to: str,
    at: datetime = START,
    sender: str = SENDER,
    outcome: Outcome | None = RELAYED,
    cls: RecipientClass = RecipientClass.FIRST_TIME,
) -> None:
    mail = replace(submission(*to, sender=sender), received_at=at)
    ruled = decision(*(ruling(a, Verdict.ALLOW, "default-allow", cls=cls) for a in to))
    await store.intend(mail, inspection(0), ruled, [], [], staged=False)
    if outcome is not None:
        await store.settle(mail.queue_id, outcome)


def sent(domain: str, local: str = "a", month: str = "2026-01", count: int = 1) -> Sent:
    day = date.fromisoformat(f"{month}-15")
    return Sent(domain, local, SENDER, month, count, 0, day, day)


async def test_relayed_mail_becomes_history_by_address_sender_and_month(store: Store) -> None:
    await send(store, "Sato@exp.co.jp", "a@b.example")
    await send(store, "sato@exp.co.jp")
    await send(store, "sato@exp.co.jp", sender="hanako@city.example.lg.jp")
    folded, _ = await store.tend_history(LATER, FOREVER)
    assert folded == 4
    found = await store.history("exp.co.jp")
    assert {(s.address, s.sender, s.month, s.sent) for s in found} == {
        ("sato@exp.co.jp", SENDER, "2026-11", 2),
        ("sato@exp.co.jp", "hanako@city.example.lg.jp", "2026-11", 1),
    }


async def test_folding_twice_counts_once(store: Store) -> None:
    await send(store, "sato@exp.co.jp")
    await store.tend_history(LATER, FOREVER)
    assert await store.tend_history(LATER + timedelta(hours=1), FOREVER) == (0, 0)
    assert [s.sent for s in await store.history()] == [1]


async def test_months_of_journal_are_folded_in_one_go(store: Store) -> None:
    for days in (0, 3, 40):
        await send(store, "sato@exp.co.jp", at=START + timedelta(days=days))
    folded, _ = await store.tend_history(START + timedelta(days=41), FOREVER)
    assert folded == 3
    assert [(s.month, s.sent) for s in await store.history()] == [("2026-11", 2), ("2026-12", 1)]


async def test_a_mail_without_outcome_is_waited_for(store: Store) -> None:
    await send(store, "first@exp.co.jp", outcome=None)
    await send(store, "second@exp.co.jp", at=START + timedelta(seconds=1))
    assert await store.tend_history(LATER, FOREVER) == (0, 0)


async def test_what_was_refused_or_is_too_young_is_no_history(store: Store) -> None:
    await send(store, "sato@exp.co.jp", outcome=REFUSED)
    await send(store, "young@exp.co.jp", at=LATER - timedelta(seconds=1))
    await store.tend_history(LATER, FOREVER)
    assert await store.history() == []


async def test_mail_to_a_look_alike_is_history_and_makes_nobody_known(store: Store) -> None:
    """Standing forwards ran for years unnoticed: the list must show them."""
    await send(store, "aaabb@exp.com", cls=RecipientClass.LOOK_ALIKE)
    await store.tend_history(LATER, FOREVER)
    assert [s.address for s in await store.history("exp.com")] == ["aaabb@exp.com"]
    assert await store.known_domains({"exp.com"}) == frozenset()


async def test_a_number_in_an_address_is_not_kept(store: Store, clock: Clock) -> None:
    number = my_number(1)
    await send(store, f"{number}@exp.co.jp")
    await store.tend_history(LATER, FOREVER)
    (row,) = await store.history()
    assert (row.local, row.address) == ("", "*@exp.co.jp")
    assert await store.written_to([(number, "exp.co.jp")]) == frozenset()


async def test_importing_a_month_again_does_not_count_it_again(store: Store) -> None:
    for count in (5, 5, 3):
        await store.import_history([sent("exp.co.jp", count=count)], ["exp.co.jp"], "os:root")
    assert [s.sent for s in await store.history()] == [5]
    assert await store.known_domains({"exp.co.jp"}) == {"exp.co.jp"}


async def test_journal_and_import_of_one_month_are_added_up(store: Store) -> None:
    await store.import_history([sent("exp.co.jp", "sato", "2026-11", 2)], [], "os:root")
    await send(store, "sato@exp.co.jp")
    await store.tend_history(LATER, FOREVER)
    assert [s.sent for s in await store.history()] == [3]


async def test_an_import_stands_in_the_audit_log_without_an_address(store: Store) -> None:
    await store.import_history([sent("exp.co.jp")], [], "os:root")
    entries = [e async for e in store.audit_entries() if e["action"] == "history-imported"]
    assert [(e["actor"], e["detail"]) for e in entries] == [("os:root", '{"mails":1,"rows":1}')]


async def test_history_of_a_domain_covers_its_subdomains_and_nothing_else(store: Store) -> None:
    names = ["exp.com", "mail.exp.com", "notexp.com", "exp.com.tw"]
    await store.import_history([sent(n) for n in names], [], "os:root")
    assert {s.domain for s in await store.history("exp.com")} == {"exp.com", "mail.exp.com"}


async def test_evidence_tells_how_often_for_how_long_and_where_else(store: Store) -> None:
    rows = [
        sent("exp.co.jp", "aaabb", "2026-01", 7),
        sent("exp.co.jp", "sato", "2026-03", 2),
        replace(sent("exp.co.jp", "aaabb", "2026-02"), sender="b@city.example.lg.jp", bounced=1),
        sent("other.example", "aaabb"),
    ]
    await store.import_history(rows, [], "os:root")
    found = await store.around("aaabb", "exp.co.jp")
    assert (found.sent, found.days, found.senders, found.bounced) == (10, 60, 2, 1)
    assert found.here == {"aaabb", "sato"}
    assert found.elsewhere == {"other.example"}
    assert (await store.around("AAABB", "exp.com")).elsewhere == {"exp.co.jp", "other.example"}
    assert (await store.around("nobody", "no.example")).sent == 0


async def test_an_address_is_new_until_somebody_here_wrote_to_it(store: Store) -> None:
    pair = ("sato", "exp.co.jp")
    assert await store.written_to([pair]) == frozenset()
    store.note_written([pair], SENDER)
    assert await store.written_to([pair]) == {pair}
    assert await store.written_to([pair], SENDER.upper()) == {pair}
    assert await store.written_to([pair], "other@city.example.lg.jp") == frozenset()


async def test_another_process_knows_an_address_once_it_is_folded(
    store: Store, url: str, keys: object
) -> None:
    await send(store, "sato@exp.co.jp")
    await store.tend_history(LATER, FOREVER)
    other = await Store.open(url, keys.sealer, writer="gateway-2")  # type: ignore[attr-defined]
    try:
        pair = ("sato", "exp.co.jp")
        assert await other.written_to([pair]) == {pair}
        assert await other.written_to([pair], SENDER) == {pair}
        assert await other.written_to([pair], "x@city.example.lg.jp") == frozenset()
    finally:
        await other.close()


@pytest.mark.parametrize(("keep_days", "left"), [(400, 2), (200, 1), (20, 0)])
async def test_old_months_are_forgotten_and_their_names_with_them(
    store: Store, clock: Clock, keep_days: int, left: int
) -> None:
    clock.now = datetime(2026, 1, 1, tzinfo=UTC)
    rows = [sent("old.example", month="2026-01"), sent("young.example", month="2026-08")]
    await store.import_history(rows, ["old.example", "young.example"], "os:root")
    await store.tend_history(START, timedelta(days=keep_days))
    assert len(await store.history()) == left


async def test_a_forgotten_name_is_a_stranger_again(store: Store, url: str, keys: object) -> None:
    await store.import_history([sent("old.example")], ["old.example"], "os:root")
    far = START + timedelta(days=900)
    await store.tend_history(far, timedelta(days=30))
    other = await Store.open(url, keys.sealer, writer="gateway-2")  # type: ignore[attr-defined]
    assert await other.known_domains({"old.example"}) == frozenset()
    await other.close()

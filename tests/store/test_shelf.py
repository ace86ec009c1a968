"""What pages ask of long lists, on both databases: of everybody's mail, and of some senders'."""

from __future__ import annotations

from datetime import timedelta

from gateway.model import Verdict
from gateway.store import Noted, Store, Wanted
from tests.store.mails import Clock, decision, inspection, parks_for, ruling, submission

ONE, OTHER = "taro@city.example.lg.jp", "hanako@city.example.lg.jp"


async def park(store: Store, sender: str, rule: str) -> None:
    mail = submission("aaabb@exp.com", sender=sender)
    made = decision(ruling("aaabb@exp.com", Verdict.HOLD, rule))
    parks = parks_for(mail, made)
    await store.intend(mail, inspection(), made, parks, [], staged=False)


async def test_lists_and_their_numbers_are_of_the_senders_asked_for(
    store: Store, clock: Clock
) -> None:
    for sender, rule in ((ONE, "a"), (ONE, "b"), (OTHER, "b")):
        await park(store, sender, rule)
    soon = clock() + timedelta(days=30)
    assert sorted(await store.senders()) == sorted((ONE, OTHER))
    everybodys, ones = await store.waiting(soon), await store.waiting(soon, (ONE,))
    assert (everybodys.total, everybodys.soon, everybodys.rules) == (3, 3, {"a": 1, "b": 2})
    assert (ones.total, ones.soon, ones.rules) == (2, 2, {"a": 1, "b": 1})
    leaf = await store.queue(Wanted(senders=(OTHER,)), 50)
    assert [h.sender for h in leaf.holds] == [OTHER]
    assert await store.count(Wanted(senders=(ONE,), rule="b")) == 1
    nobodys = await store.waiting(soon, ())
    assert (nobodys.total, nobodys.oldest) == (0, None)


async def test_the_trend_counts_from_an_instant_to_another(store: Store, clock: Clock) -> None:
    begins = clock()
    await park(store, ONE, "a")
    ends = begins + timedelta(days=1)
    assert await store.trend(begins, ends) == [("a", "hold", 1)]
    assert await store.trend(ends, ends + timedelta(days=1)) == []


async def test_the_log_is_filtered_by_who_and_by_what(store: Store, clock: Clock) -> None:
    for actor in ("user:hanako", "user:jiro"):
        await store.viewed(actor, "hold-1", "hold")
    found, _ = await store.noted(Noted(actor="user:jiro", action="viewed"), 10)
    assert [row["actor"] for row in found] == ["user:jiro"]
    assert await store.noted(Noted(action="release"), 10) == ([], None)

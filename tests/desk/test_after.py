"""Looking after the fact: a sealed copy of its own, one outcome, its own end."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gateway.afterwards import drawn
from gateway.desk import Actor
from gateway.errors import ConflictError, NotFoundError, RightsError, UsageError
from gateway.ids import new_id
from gateway.model import Fate, Outcome, Reply, Verdict
from gateway.policy import loads
from gateway.store import ReviewKind, Store
from tests.desk.office import HANAKO, JIRO, REASON, TARO, desk_of, park, terms
from tests.store.mails import START, Clock, Keys, decision, inspection, ruling, submission

LOOSE = '[approval]\ndisaster = "one-approver"\ndisaster_until = 2026-12-31\n'


async def _sample(store: Store, content: bytes = b"Subject: x\r\n\r\nhello\r\n") -> str:
    mail = submission("a@x.example", content=content)
    made = decision(ruling("a@x.example", Verdict.ALLOW))
    await store.intend(mail, inspection(0), made, [], [], staged=False, journalled=["files"])
    await store.settle(mail.queue_id, Outcome(Fate.RELAYED, Reply(250, "2.0.0", "OK")))
    return await store.sample(mail, ReviewKind.SAMPLE, "files", START + timedelta(days=14))


async def test_a_sample_is_opened_by_the_private_key_alone_and_its_review_is_recorded(
    store: Store, keys: Keys, clock: Clock
) -> None:
    desk, review_id = desk_of(store, keys, clock), await _sample(store)
    [waiting] = await desk.reviews()
    assert (waiting.review_id, waiting.rule, waiting.copy) == (review_id, "files", None)
    opened = (await store.review(review_id)).opened(keys.opener)
    assert opened is not None
    assert opened[1].endswith(b"hello\r\n")
    done = await desk.review(review_id, HANAKO, "training-needed", "private address")
    assert (done.outcome, done.reviewed_by) == ("training-needed", "user:hanako")
    assert await desk.reviews() == []
    with pytest.raises(ConflictError, match="over"):
        await desk.review(review_id, JIRO, "fine")
    assert await store.audit_verify() == []


async def test_nobody_reviews_his_own_mail_or_his_own_decision(
    store: Store, keys: Keys, clock: Clock
) -> None:
    desk = desk_of(store, keys, clock, terms(LOOSE))
    review_id = await _sample(store)
    with pytest.raises(RightsError, match="his own mail"):
        await desk.review(review_id, TARO, "fine")
    await desk.release(await park(store, approvers=2), HANAKO, REASON)
    [decided] = [r for r in await desk.reviews() if r.kind is ReviewKind.DISASTER]
    with pytest.raises(RightsError, match="whoever decided"):
        await desk.review(decided.review_id, Actor("os:hanako"), "fine")
    assert (await desk.review(decided.review_id, JIRO, "fine")).outcome == "fine"


async def test_a_review_says_what_came_of_it(store: Store, keys: Keys, clock: Clock) -> None:
    desk, review_id = desk_of(store, keys, clock), await _sample(store)
    for outcome in ("", "whatever"):
        with pytest.raises(UsageError):
            await desk.review(review_id, HANAKO, outcome, REASON)
    with pytest.raises(NotFoundError):
        await desk.review("no-such", HANAKO, "fine")


async def test_a_copy_is_destroyed_when_its_time_is_up_looked_at_or_not(
    store: Store, keys: Keys, clock: Clock
) -> None:
    desk, seen, unseen = desk_of(store, keys, clock), await _sample(store), await _sample(store)
    await desk.review(seen, HANAKO, "fine")
    assert not (await desk.keep_time(clock.pass_by(days=13))).reviews
    assert set((await desk.keep_time(clock.pass_by(days=2))).reviews) == {seen, unseen}
    for review_id in (seen, unseen):
        assert (await store.review(review_id)).opened(keys.opener) is None
    assert await desk.reviews() == []
    with pytest.raises(ConflictError):
        await desk.review(unseen, JIRO, "fine")
    ended = [
        e["detail"]
        for e in [e async for e in store.audit_entries()]
        if e["action"] == "review-ended"
    ]
    assert sorted(
        '"reviewed":"yes"' in str(d).replace(" ", "").replace("'", '"') for d in ended
    ) == [False, True]


@pytest.mark.parametrize(("sample", "least", "most"), [(0, 0, 0), (100, 2000, 2000), (5, 60, 150)])
def test_so_many_of_a_hundred_are_drawn_and_a_mail_always_alike(
    sample: float, least: int, most: int
) -> None:
    [journal] = loads(f'[[journal]]\nid = "files"\nmatch = {{}}\nsample = {sample}\n').journals
    names = [new_id() for _ in range(2000)]
    picked = [n for n in names if drawn(n, journal)]
    assert least <= len(picked) <= most
    assert picked == [n for n in names if drawn(n, journal)]

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from gateway.desk import Actor, Desk
from gateway.errors import ConflictError, NotFoundError, RightsError, UsageError
from gateway.model import Envelope, Hold, HoldState, Inspection, Verdict
from gateway.store import DeliveryKind, Held, Opener, Store
from tests.desk.office import HANAKO, JIRO, REASON, TARO, desk_of, park, sent
from tests.numbers import my_number
from tests.store.mails import (
    SENDER,
    Clock,
    Keys,
    decision,
    inspection,
    parks_for,
    ruling,
    submission,
)


@pytest.fixture
def desk(store: Store, keys: Keys, clock: Clock) -> Desk:
    return desk_of(store, keys, clock)


# ------------------------------------------------------------------ release


async def test_one_approval_releases_a_hold(
    desk: Desk, store: Store, keys: Keys, clock: Clock
) -> None:
    hold = await desk.release(await park(store), HANAKO, REASON)
    assert (hold.state, hold.approved_by) == (HoldState.RELEASED, ("user:hanako",))
    queue = await sent(store, keys, clock)
    assert set(queue) == {"release", "released"}
    assert queue["release"][0] == Envelope(SENDER, ("aaabb@exp.com",))
    assert queue["release"][1].endswith(b"\r\n\r\nhello\r\n")
    assert await store.audit_verify() == []


async def test_two_approvers_are_two_persons(
    desk: Desk, store: Store, keys: Keys, clock: Clock
) -> None:
    hold_id = await park(store, approvers=2)
    first = await desk.release(hold_id, HANAKO, REASON)
    assert (first.state, first.approved_by) == (HoldState.PARKED, ("user:hanako",))
    assert await sent(store, keys, clock) == {}
    for again in (HANAKO, Actor("os:Hanako")):
        with pytest.raises(RightsError, match="approved it already"):
            await desk.release(hold_id, again, REASON)
    second = await desk.release(hold_id, JIRO, REASON)
    assert (second.state, second.approved_by) == (HoldState.RELEASED, ("user:hanako", "os:jiro"))
    assert "release" in await sent(store, keys, clock)


@pytest.mark.parametrize(
    "sender", [TARO, Actor(SENDER.upper()), Actor("t", addresses=("x@y.example", SENDER))]
)
async def test_the_sender_never_releases_or_rejects_his_own_hold(
    desk: Desk, store: Store, sender: Actor
) -> None:
    hold_id = await park(store)
    for verb in (desk.release, desk.reject):
        with pytest.raises(RightsError, match="the sender cannot decide"):
            await verb(hold_id, sender, REASON)
    with pytest.raises(RightsError):
        await desk.release(hold_id, Actor("anyone", sender_of=hold_id), REASON)
    with pytest.raises(RightsError):
        await desk.correct(hold_id, sender, REASON, {0: "a@exp.co.jp"})
    assert (await store.hold(hold_id)).state is HoldState.PARKED


async def test_only_the_hold_recipients_get_a_released_mail(
    desk: Desk, store: Store, keys: Keys, clock: Clock
) -> None:
    mail = submission("a@x.example", "b@y.example")
    made = decision(
        ruling("a@x.example", Verdict.HOLD, "one"), ruling("b@y.example", Verdict.HOLD, "two")
    )
    await store.intend(mail, inspection(), made, parks_for(mail, made), [], staged=False)
    by_rule = {h.rule: h.hold_id for h in await store.holds()}
    await desk.release(by_rule["two"], HANAKO, REASON)
    assert (await sent(store, keys, clock))["release"][0].rcpt_tos == ("b@y.example",)
    assert (await store.hold(by_rule["one"])).state is HoldState.PARKED


# ------------------------------------------------------------------ the sender's own


async def test_the_sender_confirms_a_warn_by_link_where_nothing_was_found(
    desk: Desk, store: Store, keys: Keys, clock: Clock
) -> None:
    hold_id = await park(store, Verdict.WARN, found=Inspection())
    hold = await desk.confirm(hold_id, Actor("link", sender_of=hold_id), REASON)
    assert hold.state is HoldState.RELEASED
    assert "release" in await sent(store, keys, clock)


async def test_with_a_finding_the_sender_must_sign_in(desk: Desk, store: Store) -> None:
    hold_id = await park(store, Verdict.WARN)
    with pytest.raises(RightsError, match="signed in"):
        await desk.confirm(hold_id, Actor("link", sender_of=hold_id), REASON)
    assert (await desk.confirm(hold_id, TARO, REASON)).state is HoldState.RELEASED


async def test_only_the_sender_confirms_or_cancels(desk: Desk, store: Store) -> None:
    hold_id, other = await park(store, Verdict.WARN), await park(store, Verdict.WARN)
    for stranger in (HANAKO, Actor("link", sender_of=other)):
        for verb in (desk.confirm, desk.cancel):
            with pytest.raises(RightsError, match="only the sender"):
                await verb(hold_id, stranger, REASON)
    assert (await desk.cancel(hold_id, TARO, REASON)).state is HoldState.CANCELLED


async def test_a_null_sender_is_nobody(desk: Desk, store: Store, keys: Keys, clock: Clock) -> None:
    hold_id = await park(store, Verdict.WARN, sender="")
    with pytest.raises(RightsError):
        await desk.confirm(hold_id, Actor("x", addresses=("",)), REASON)
    await desk.reject(hold_id, HANAKO, REASON)
    assert await sent(store, keys, clock) == {}


# ------------------------------------------------------------------ correct


async def test_a_corrected_mail_goes_to_the_right_name_only(
    desk: Desk, store: Store, keys: Keys, clock: Clock
) -> None:
    hold_id = await park(store, Verdict.WARN, "aaabb@exp.com", "c@ok.example", found=Inspection())
    fix = {"aaabb@exp.com": "aaabb@exp.co.jp"}
    hold = await desk.correct(hold_id, TARO, REASON, fix)
    assert hold.recipients == ("aaabb@exp.co.jp", "c@ok.example")
    [delivery] = [d for d in await store.claim_deliveries(clock(), 9, 60) if d.hold_id == hold_id]
    assert delivery.opened(keys.opener)[0].rcpt_tos == ("aaabb@exp.co.jp", "c@ok.example")
    await store.delivery_done(delivery.delivery_id, "250 OK")
    assert await store.known_domains({"exp.com", "ok.example"}) == {"ok.example"}


async def test_a_name_that_policy_does_not_list_is_refused(desk: Desk, store: Store) -> None:
    hold_id = await park(store, Verdict.HOLD, "aaabb@exp.com", "c@bad.example")

    for fix in ({0: "a@evil.example"}, {0: "a@evil.example", 1: "c@exp.co.jp"}):
        with pytest.raises(RightsError, match="policy lists"):
            await desk.correct(hold_id, HANAKO, REASON, fix)
    fix = {0: "a@exp.co.jp", 1: "c@exp.co.jp"}
    assert (await desk.correct(hold_id, HANAKO, REASON, fix)).state is (HoldState.RELEASED)


@pytest.mark.parametrize(
    "fix", [{}, {5: "a@x.example"}, {-1: "a@x.example"}, {"no@x.example": "a"}]
)
async def test_a_correction_names_a_recipient_of_the_hold(
    desk: Desk, store: Store, fix: dict[int | str, str]
) -> None:
    hold_id = await park(store)
    with pytest.raises(UsageError):
        await desk.correct(hold_id, HANAKO, REASON, fix)


async def test_correcting_a_four_eyes_hold_counts_as_one_approval_and_clears_older_ones(
    desk: Desk, store: Store, keys: Keys, clock: Clock
) -> None:
    hold_id = await park(store, approvers=2)
    await desk.release(hold_id, JIRO, REASON)
    fixed = await desk.correct(hold_id, HANAKO, REASON, {0: "a@exp.co.jp"})
    assert (fixed.state, fixed.approved_by) == (HoldState.PARKED, ("user:hanako",))
    assert fixed.recipients == ("a@exp.co.jp",)
    done = await desk.release(hold_id, JIRO, REASON)
    assert done.state is HoldState.RELEASED
    assert (await sent(store, keys, clock))["release"][0].rcpt_tos == ("a@exp.co.jp",)


async def test_a_masked_address_that_fits_two_recipients_asks_for_a_position(
    desk: Desk, store: Store
) -> None:
    one, two = (f"u{my_number(seed)}@x.example" for seed in (1, 2))
    hold_id = await park(store, Verdict.HOLD, one, two)
    shown = (await store.hold(hold_id)).recipients
    assert shown[0] == shown[1]
    with pytest.raises(UsageError, match="give a position"):
        await desk.correct(hold_id, HANAKO, REASON, {shown[0]: "a@exp.co.jp"})


# ------------------------------------------------------------------ reject, expire


async def test_a_rejected_mail_is_not_sent_and_its_sender_is_told(
    desk: Desk, store: Store, keys: Keys, clock: Clock
) -> None:
    hold_id = await park(store)
    assert (await desk.reject(hold_id, HANAKO, REASON)).state is HoldState.REJECTED
    queue = await sent(store, keys, clock)
    assert set(queue) == {"rejected"}
    assert queue["rejected"][0].rcpt_tos == (SENDER,)
    assert (await store.held(hold_id)).mail is not None, "kept until retention ends"


async def test_time_cancels_a_warn_and_expires_a_hold(
    desk: Desk, store: Store, keys: Keys, clock: Clock
) -> None:
    warned, held = await park(store, Verdict.WARN), await park(store)
    assert await desk.expire_due(clock()) == []
    now = clock.pass_by(days=8)
    assert set(await desk.expire_due(now)) == {warned, held}
    assert (await store.hold(warned)).state is HoldState.CANCELLED
    assert (await store.hold(held)).state is HoldState.EXPIRED
    assert await desk.expire_due(now + timedelta(days=1)) == []
    assert set(await sent(store, keys, clock)) == {"expired"}


# ------------------------------------------------------------------ reasons, races


@pytest.mark.parametrize("reason", ["", "  \n"])
async def test_every_verb_asks_a_reason(desk: Desk, store: Store, reason: str) -> None:
    hold_id = await park(store)
    verbs: list[Callable[[], Awaitable[Hold]]] = [
        lambda: desk.release(hold_id, HANAKO, reason),
        lambda: desk.confirm(hold_id, TARO, reason),
        lambda: desk.reject(hold_id, HANAKO, reason),
        lambda: desk.cancel(hold_id, TARO, reason),
        lambda: desk.correct(hold_id, HANAKO, reason, {0: "a@exp.co.jp"}),
    ]
    for verb in verbs:
        with pytest.raises(UsageError, match="reason"):
            await verb()
    assert (await store.hold(hold_id)).state is HoldState.PARKED


async def test_a_nameless_actor_is_refused(desk: Desk, store: Store) -> None:
    with pytest.raises(RightsError, match="named"):
        await desk.release(await park(store), Actor("  "), REASON)


async def test_a_number_in_a_reason_is_masked_before_it_is_written(
    desk: Desk, store: Store
) -> None:
    number = my_number(5)
    await desk.reject(await park(store), HANAKO, f"with {number}")
    async with store._database.read() as connection:
        rows = (await connection.exec_driver_sql("SELECT detail FROM audit")).scalars().all()
    assert any("with ************" in row for row in rows)
    assert all(number not in row for row in rows)


async def test_two_releases_at_once_are_one_release_and_one_conflict(
    desk: Desk, store: Store, keys: Keys, clock: Clock
) -> None:
    hold_id = await park(store)
    results = await asyncio.gather(
        desk.release(hold_id, HANAKO, REASON),
        desk.release(hold_id, JIRO, REASON),
        return_exceptions=True,
    )
    assert sorted(type(r).__name__ for r in results) == ["ConflictError", "Hold"]
    deliveries = await store.claim_deliveries(clock(), 50, 60)
    assert [d.kind for d in deliveries].count(DeliveryKind.RELEASE) == 1
    assert await store.audit_verify() == []


async def test_two_of_two_approvals_at_once_never_both_count_as_the_first(
    desk: Desk, store: Store
) -> None:
    hold_id = await park(store, approvers=2)
    await asyncio.gather(
        desk.release(hold_id, HANAKO, REASON),
        desk.release(hold_id, JIRO, REASON),
        return_exceptions=True,
    )
    hold = await store.hold(hold_id)
    assert (len(hold.approved_by) == 2) == (hold.state is HoldState.RELEASED)
    assert len(hold.approved_by) >= 1


@pytest.mark.parametrize("rounds", range(3))
async def test_whoever_is_first_decides_and_all_others_are_told(
    desk: Desk, store: Store, clock: Clock, rounds: int
) -> None:
    hold_id = await park(store)
    now = clock.pass_by(days=8)
    results = await asyncio.gather(
        desk.expire_due(now),
        desk.release(hold_id, HANAKO, REASON),
        desk.reject(hold_id, JIRO, REASON),
        desk.cancel(hold_id, TARO, REASON),
        return_exceptions=True,
    )
    state = (await store.hold(hold_id)).state
    acted = [r for r in results[1:] if isinstance(r, Hold)]
    expired = results[0] == [hold_id]
    assert len(acted) + expired == 1
    assert state in (acted[0].state if acted else HoldState.EXPIRED,)
    assert all(isinstance(r, Hold | ConflictError) for r in results[1:])


async def test_a_destroyed_or_missing_mail_cannot_be_acted_on(
    desk: Desk, store: Store, clock: Clock
) -> None:
    with pytest.raises(NotFoundError):
        await desk.release("none", HANAKO, REASON)
    hold_id = await park(store)
    await desk.reject(hold_id, HANAKO, REASON)
    with pytest.raises(ConflictError, match="rejected"):
        await desk.release(hold_id, JIRO, REASON)
    await store.destroy_due(clock.pass_by(days=60))
    with pytest.raises(ConflictError, match="destroyed"):
        await desk.release(hold_id, JIRO, REASON)


async def test_a_mail_is_opened_beside_the_event_loop(
    desk: Desk, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """50 MB take long to decrypt; a page or a clock must not wait for that."""
    hold_id = await park(store)
    threads: list[int] = []
    opened = Held.opened

    def noted(held: Held, opener: Opener) -> object:
        threads.append(threading.get_ident())
        return opened(held, opener)

    monkeypatch.setattr(Held, "opened", noted)
    await desk.reject(hold_id, HANAKO, REASON)
    assert threads
    assert threading.get_ident() not in threads

"""What time does: delays, announcements, escalation, and an end that never sends."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from gateway.desk import Action, Actor, Desk, Stage, stage_of
from gateway.errors import ConflictError, RightsError
from gateway.model import HoldState, OnExpiry, Verdict
from gateway.store import Store
from tests.desk.office import (
    HANAKO,
    JIRO,
    OWN,
    PEOPLE,
    REASON,
    TARO,
    Letters,
    desk_of,
    park,
    sent,
    terms,
)
from tests.store.mails import Clock, Keys

CHAIN = f'[approval]\nchain = ["manager", "bucho@{OWN}"]\nescalate_after = "4h"\n'


@pytest.fixture
def people(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    path.write_text(PEOPLE)
    return path


# ------------------------------------------------------------------ delay and cancel


async def test_a_delayed_mail_is_sent_when_its_time_is_over(
    store: Store, keys: Keys, clock: Clock
) -> None:
    desk = desk_of(store, keys, clock)
    hold_id = await park(store, Verdict.WARN, lasts=timedelta(minutes=5), on_expiry=OnExpiry.SEND)
    assert stage_of(await store.hold(hold_id)) is Stage.DELAYED
    assert not await desk.keep_time(clock.pass_by(minutes=4))
    assert (await desk.keep_time(clock.pass_by(minutes=2))).sent == (hold_id,)
    assert (await store.hold(hold_id)).state is HoldState.RELEASED
    assert set(await sent(store, keys, clock)) == {"release"}


async def test_its_sender_takes_a_delayed_mail_back_by_the_link_alone(
    store: Store, keys: Keys, clock: Clock
) -> None:
    desk = desk_of(store, keys, clock)
    hold_id = await park(store, Verdict.WARN, on_expiry=OnExpiry.SEND)
    await desk.cancel(hold_id, Actor("link", sender_of=hold_id), "wrong file")
    assert not await desk.keep_time(clock.pass_by(days=8))
    assert await sent(store, keys, clock) == {}


async def test_what_a_second_look_found_in_a_delayed_mail_is_not_sent_by_the_clock(
    store: Store, keys: Keys, clock: Clock
) -> None:
    desk = desk_of(store, keys, clock)
    hold_id = await park(store, Verdict.WARN, on_expiry=OnExpiry.SEND)
    seen = {"result": "found", "my_numbers": 3, "findings": [], "unread": []}
    assert await store.look_again(hold_id, seen)
    done = await desk.keep_time(clock.pass_by(days=8))
    assert (done.sent, done.expired) == ((), (hold_id,))
    assert (await store.hold(hold_id)).state is HoldState.CANCELLED


# ------------------------------------------------------------------ announcing and ending


async def test_an_unattended_mail_is_announced_once_before_it_ends_and_never_sent(
    store: Store, keys: Keys, clock: Clock
) -> None:
    desk, hold_id = desk_of(store, keys, clock), await park(store)
    assert not await desk.keep_time(clock.pass_by(days=5, hours=23))
    assert (await desk.keep_time(clock.pass_by(hours=2))).announced == (hold_id,)
    assert set(await sent(store, keys, clock)) == {"expiring"}
    assert not await desk.keep_time(clock.pass_by(hours=1))
    assert (await desk.keep_time(clock.pass_by(days=1))).expired == (hold_id,)
    assert (await store.hold(hold_id)).state is HoldState.EXPIRED
    assert "release" not in await sent(store, keys, clock)
    assert await store.audit_verify() == []


async def test_a_short_wait_has_half_of_its_time_in_peace(
    store: Store, keys: Keys, clock: Clock
) -> None:
    desk, hold_id = desk_of(store, keys, clock), await park(store, lasts=timedelta(hours=10))
    assert not await desk.keep_time(clock.pass_by(hours=4))
    assert (await desk.keep_time(clock.pass_by(hours=2))).announced == (hold_id,)


# ------------------------------------------------------------------ escalation


async def test_a_hold_that_nobody_acknowledges_goes_up_the_chain_step_by_step(
    store: Store, keys: Keys, clock: Clock, people: Path
) -> None:
    desk, hold_id = desk_of(store, keys, clock, terms(CHAIN, people)), await park(store)
    assert not await desk.keep_time(clock.pass_by(hours=3))
    assert (await desk.keep_time(clock.pass_by(hours=2))).escalated == (hold_id,)
    assert not await desk.keep_time(clock.pass_by(hours=1))
    assert (await desk.keep_time(clock.pass_by(hours=4))).escalated == (hold_id,)
    assert not (await desk.keep_time(clock.pass_by(hours=40))).escalated
    assert _told(desk) == [(hold_id, (f"kacho@{OWN}",)), (hold_id, (f"bucho@{OWN}",))]
    assert (await store.hold(hold_id)).escalated == 2


async def test_who_acknowledges_stops_it_and_giving_it_to_another_starts_it_anew(
    store: Store, keys: Keys, clock: Clock, people: Path
) -> None:
    desk, hold_id = desk_of(store, keys, clock, terms(CHAIN, people)), await park(store)
    await desk.ack(hold_id, HANAKO)
    assert not (await desk.keep_time(clock.pass_by(hours=10))).escalated
    await desk.assign(hold_id, HANAKO, "jiro")
    assert not (await desk.keep_time(clock.pass_by(hours=3))).escalated
    assert (await desk.keep_time(clock.pass_by(hours=2))).escalated == (hold_id,)
    await desk.assign(hold_id, JIRO, "jiro")
    assert not (await desk.keep_time(clock.pass_by(hours=10))).escalated


async def test_whoever_was_told_may_approve_from_then_on(
    store: Store, keys: Keys, clock: Clock, people: Path
) -> None:
    rule = '[[rule]]\nid = "one"\nmatch = {}\naction = "hold"\napproved_by = ["hanako"]\n'
    desk = desk_of(store, keys, clock, terms(CHAIN + rule, people))
    hold_id, bucho = await park(store), Actor("os:bucho")
    await desk.keep_time(clock.pass_by(hours=5))
    assert Action.RELEASE not in await desk.possible(hold_id, bucho)
    await desk.keep_time(clock.pass_by(hours=5))
    assert (await desk.release(hold_id, bucho, REASON)).state is HoldState.RELEASED


async def test_a_hold_whose_time_is_up_goes_on_where_policy_says_so_and_then_ends(
    store: Store, keys: Keys, clock: Clock, people: Path
) -> None:
    desk = desk_of(store, keys, clock, terms(CHAIN, people))
    hold_id = await park(store, on_expiry=OnExpiry.ESCALATE)
    await desk.ack(hold_id, HANAKO)
    for _ in range(2):
        clock.now = (await store.hold(hold_id)).expires_at
        assert (await desk.keep_time(clock())).escalated == (hold_id,)
    clock.now = (await store.hold(hold_id)).expires_at
    assert (await desk.keep_time(clock())).expired == (hold_id,)
    assert "release" not in await sent(store, keys, clock)


# ------------------------------------------------------------------ assigning


async def test_an_assigned_hold_names_its_person_and_never_its_sender(
    store: Store, keys: Keys, clock: Clock
) -> None:
    desk, hold_id = desk_of(store, keys, clock), await park(store)
    hold = await desk.assign(hold_id, HANAKO, "os:Jiro")
    assert (hold.assignee, stage_of(hold)) == ("jiro", Stage.ASSIGNED)
    with pytest.raises(RightsError, match="the sender cannot decide"):
        await desk.assign(hold_id, HANAKO, "taro")
    with pytest.raises(RightsError):
        await desk.assign(hold_id, TARO, "jiro")


async def test_who_read_a_hold_before_a_second_look_must_read_it_again(
    store: Store, keys: Keys, clock: Clock
) -> None:
    desk, hold_id = desk_of(store, keys, clock), await park(store)
    case = await desk._read(hold_id, HANAKO, REASON)
    seen = {"result": "found", "my_numbers": 300, "findings": [], "unread": []}
    assert await store.look_again(hold_id, seen, approvers=2)
    with pytest.raises(ConflictError, match="first"):
        await desk._send(case, desk._act(case, Action.RELEASE))
    hold = await desk.release(hold_id, HANAKO, REASON)
    assert (hold.state, hold.second_look) == (HoldState.PARKED, seen)


def _told(desk: Desk) -> list[tuple[str, tuple[str, ...]]]:
    letters = desk._notices
    assert isinstance(letters, Letters)
    return letters.told

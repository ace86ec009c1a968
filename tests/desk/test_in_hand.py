"""What handlers do with a mail before it is decided: comments, more time, parts, whose it is."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.desk import end_of_day
from gateway.errors import ConflictError, RightsError, UsageError
from gateway.model import HoldState, Verdict
from gateway.policy import JAPAN
from gateway.store import Errand, Role, Store, User
from tests.desk.office import HANAKO, REASON, TARO, desk_of, park, sent, terms
from tests.numbers import my_number
from tests.store.mails import Clock, Keys


async def test_a_comment_is_written_down_masked_and_changes_nothing(
    store: Store, keys: Keys, clock: Clock
) -> None:
    desk, hold_id = desk_of(store, keys, clock), await park(store)
    number = my_number(3)
    before = await store.hold(hold_id)
    after = await desk.comment(hold_id, HANAKO, f"asked about {number} by telephone")
    assert after == replace(before, revision=before.revision + 1)
    (entry,) = [e for e in await store.about(hold_id, 10) if e["action"] == "comment"]
    assert json.loads(entry["detail"])["reason"] == "asked about ************ by telephone"
    with pytest.raises(UsageError, match="reason is required"):
        await desk.comment(hold_id, HANAKO, " ")
    with pytest.raises(RightsError):
        await desk.comment(hold_id, TARO, "let it go")


async def test_a_mail_waits_longer_when_a_handler_says_so_and_is_announced_anew(
    store: Store, keys: Keys, clock: Clock
) -> None:
    desk, hold_id = desk_of(store, keys, clock), await park(store, lasts=timedelta(days=2))
    clock.pass_by(days=1, hours=20)
    assert (await desk.keep_time(clock())).announced == (hold_id,)
    until = end_of_day(clock() + timedelta(days=5))
    hold = await desk.extend(hold_id, HANAKO, REASON, until)
    assert (hold.expires_at, hold.announced_at) == (until, None)
    clock.pass_by(days=2)
    assert not await desk.keep_time(clock())
    (entry,) = [e for e in await store.about(hold_id, 10) if e["action"] == "extend"]
    last_day = (until.astimezone(JAPAN) - timedelta(days=1)).date()
    assert json.loads(entry["detail"])["until"] == last_day.isoformat()


async def test_no_mail_waits_longer_than_policy_lets_it(
    store: Store, keys: Keys, clock: Clock
) -> None:
    its = terms('[approval]\nlongest_wait = "10d"\n')
    desk, hold_id = desk_of(store, keys, clock, its), await park(store)
    hold = await store.hold(hold_id)
    latest = desk.latest_end(hold)
    for until in (latest + timedelta(days=1), hold.expires_at, clock() - timedelta(days=1)):
        with pytest.raises(UsageError, match="the new end must be later"):
            await desk.extend(hold_id, HANAKO, REASON, until)
    assert (await desk.extend(hold_id, HANAKO, REASON, latest)).expires_at == latest


async def test_the_senders_link_lasts_as_long_as_the_mail_waits(
    store: Store, keys: Keys, clock: Clock
) -> None:
    desk = desk_of(store, keys, clock)
    hold_id = await park(store, Verdict.WARN, lasts=timedelta(days=1))
    await store.keep_link("x" * 43, hold_id, (await store.hold(hold_id)).expires_at)
    await desk.extend(hold_id, HANAKO, REASON, clock() + timedelta(days=3))
    clock.pass_by(days=2)
    assert await store.hold_of_link("x" * 43) == hold_id


async def test_some_recipients_get_it_and_the_others_are_refused_in_one_act(
    store: Store, keys: Keys, clock: Clock
) -> None:
    desk = desk_of(store, keys, clock)
    hold_id = await park(store, Verdict.HOLD, "a@exp.co.jp", "b@exp.com", "c@exp.com")
    hold = await desk.release(hold_id, HANAKO, REASON, only=["a@exp.co.jp"], reject_others=True)
    assert (hold.state, hold.recipients) == (HoldState.RELEASED, ("a@exp.co.jp",))
    (other,) = await store.holds((HoldState.REJECTED,))
    assert other.recipients == ("b@exp.com", "c@exp.com")
    letters = await sent(store, keys, clock)
    assert letters["release"][0].rcpt_tos == ("a@exp.co.jp",)
    assert {"rejected", "released"} <= letters.keys()
    (entry,) = await store.about(other.hold_id, 10)
    assert (entry["action"], json.loads(entry["detail"])["left_by"]) == ("reject", hold_id)
    assert await store.audit_verify() == []


async def test_refusing_the_others_needs_somebody_who_may_refuse(
    store: Store, keys: Keys, clock: Clock
) -> None:
    """A sender whom policy lets check his own mail can release it, and refuses nothing."""
    desk = desk_of(store, keys, clock, terms("[approval]\nself_check = true\n"))
    hold_id = await park(store, Verdict.HOLD, "a@exp.co.jp", "b@exp.com")
    with pytest.raises(RightsError):
        await desk.release(hold_id, TARO, REASON, only=["a@exp.co.jp"], reject_others=True)
    assert (await store.hold(hold_id)).state is HoldState.PARKED


async def test_only_somebody_who_decides_on_mail_is_given_one(
    store: Store, keys: Keys, clock: Clock
) -> None:
    desk, hold_id = desk_of(store, keys, clock), await park(store)
    await store.add_user(User("jiro", Role.HANDLER), "", actor="test")
    await store.add_user(User("kansa", Role.AUDITOR), "", actor="test")
    with pytest.raises(RightsError, match="decides on no mail"):
        await desk.assign(hold_id, HANAKO, "kansa")
    with pytest.raises(UsageError, match="nobody is known"):
        await desk.assign(hold_id, HANAKO, "jirou")
    assert (await desk.assign(hold_id, HANAKO, "jiro")).assignee == "jiro"
    await store.disable_user("jiro", actor="test")
    with pytest.raises(RightsError, match="decides on no mail"):
        await desk.assign(hold_id, HANAKO, "jiro")


async def test_a_program_that_looked_before_somebody_acted_does_nothing(
    store: Store, keys: Keys, clock: Clock
) -> None:
    """Also where somebody acts between the program's last look and its act."""
    desk, hold_id = desk_of(store, keys, clock), await park(store)
    seen = (await store.hold(hold_id)).revision
    program = replace(HANAKO, errand=Errand("token-id", seen))
    await desk.comment(hold_id, HANAKO, "wait")
    with pytest.raises(ConflictError, match="not any more as it was looked at"):
        await desk.release(hold_id, program, REASON)
    assert (await store.hold(hold_id)).state is HoldState.PARKED
    again = replace(HANAKO, errand=Errand("token-id", seen + 1))
    assert (await desk.release(hold_id, again, REASON)).state is HoldState.RELEASED

"""Corrections decided anew, partial releases, reasons from the list, and narrow exceptions."""

from __future__ import annotations

import tomllib
from datetime import date, timedelta
from pathlib import Path

import pytest

from gateway.desk import Desk
from gateway.desk.exception import LASTS
from gateway.errors import RightsError, UsageError
from gateway.model import (
    Confidence,
    Detected,
    Finding,
    HoldState,
    Inspection,
    MailFacts,
    Place,
    Recipient,
    RecipientClass,
    Verdict,
)
from gateway.policy import decide, loads
from gateway.store import Store, features_of, upgrade
from tests.desk.office import HANAKO, JIRO, REASON, SENDER, TARO, desk_of, park, sent, terms
from tests.numbers import my_number
from tests.store.mails import START, Clock, Keys, inspection, unread

GOOD = "aaabb@exp.co.jp"
BLOCKS = (
    '[[rule]]\nid = "no-numbers"\nmatch = { my_numbers = { at_least = 1 } }\naction = "block"\n'
)
PATIENT = '[[detector]]\nid = "patient"\npattern = "P[0-9]{8}"\n'
HOLDS = (
    '[[rule]]\nid = "more"\nmatch = { my_numbers = { at_least = 3 } }\naction = "hold"\n'
    "approvers = 2\n"
)


@pytest.fixture
async def url(tmp_path: Path) -> str:
    """One database is enough here: both are under the acts themselves in test_desk."""
    address = f"sqlite:{tmp_path / 'sekisho.db'}"
    await upgrade(address)
    return address


@pytest.fixture
def desk(store: Store, keys: Keys, clock: Clock) -> Desk:
    return desk_of(store, keys, clock)


# ------------------------------------------------------------------ decided anew


async def test_an_address_that_the_policy_of_today_blocks_is_refused(
    store: Store, keys: Keys, clock: Clock
) -> None:
    desk, hold_id = desk_of(store, keys, clock, terms(BLOCKS)), await park(store)
    with pytest.raises(RightsError, match="rule no-numbers blocks"):
        await desk.correct(hold_id, HANAKO, REASON, {0: GOOD})
    assert (await store.hold(hold_id)).recipients == ("aaabb@exp.com",)


async def test_an_address_that_the_policy_of_today_holds_takes_its_approvers(
    store: Store, keys: Keys, clock: Clock
) -> None:
    desk, hold_id = desk_of(store, keys, clock, terms(HOLDS)), await park(store)
    wanted = await desk.correction(hold_id, HANAKO, {0: GOOD})
    assert (wanted.addresses, wanted.approvers) == ((GOOD,), 2)
    hold = await desk.correct(hold_id, HANAKO, REASON, {0: GOOD})
    assert (hold.state, hold.approvers, hold.corrected) == (HoldState.PARKED, 2, True)
    assert (await desk.release(hold_id, JIRO, REASON)).state is HoldState.RELEASED


async def test_a_sender_does_not_correct_to_an_address_that_policy_holds(
    store: Store, keys: Keys, clock: Clock
) -> None:
    desk, hold_id = desk_of(store, keys, clock, terms(HOLDS)), await park(store, Verdict.WARN)
    with pytest.raises(RightsError, match="holds the new address"):
        await desk.correct(hold_id, TARO, REASON, {0: GOOD})


@pytest.mark.parametrize(
    "match", ["greets_another = true", 'detected = { detector = "patient", at_least = 5 }']
)
async def test_a_correction_is_decided_on_everything_that_the_journal_kept(
    store: Store, keys: Keys, clock: Clock, match: str
) -> None:
    """Rules on the greeting never matched, and other detectors' values were added up by place."""
    rule = f'[[rule]]\nid = "odd"\nmatch = {{ {match} }}\naction = "hold"\napprovers = 2\n'
    places = tuple(
        Finding("patient", Confidence.LIKELY, 4, Place((p,)), ("pattern",)) for p in "ab"
    )
    found = Inspection(
        places, detected=(Detected("patient", 0, 4, 4),), greets_another="greets" in match
    )
    desk = desk_of(store, keys, clock, terms(rule + PATIENT))
    kept = features_of(MailFacts(SENDER, found), [])
    hold_id = await park(store, found=found, features=kept)
    wanted = await desk.correction(hold_id, HANAKO, {0: GOOD})
    assert wanted.approvers == (2 if found.greets_another else 1)


async def test_a_corrected_mail_keeps_every_byte(
    desk: Desk, store: Store, keys: Keys, clock: Clock
) -> None:
    content = b"To: aaabb@exp.com\r\nSubject: x\r\n\r\nhello\r\n"
    await desk.correct(await park(store, content=content), HANAKO, REASON, {0: GOOD})
    envelope, bytes_sent = (await sent(store, keys, clock))["release"]
    assert envelope.rcpt_tos == (GOOD,)
    assert bytes_sent.endswith(content)


# ------------------------------------------------------------------ some recipients


async def test_a_release_to_some_leaves_the_others_parked_under_an_id_of_their_own(
    desk: Desk, store: Store, keys: Keys, clock: Clock
) -> None:
    hold_id = await park(store, Verdict.HOLD, "a@x.example", "b@y.example", "c@z.example")
    hold = await desk.release(hold_id, HANAKO, REASON, only=["b@y.example", 2])
    assert (hold.state, hold.recipients) == (HoldState.RELEASED, ("b@y.example", "c@z.example"))
    assert (await sent(store, keys, clock))["release"][0].rcpt_tos == ("b@y.example", "c@z.example")
    [left] = await store.holds()
    assert left.hold_id != hold_id
    assert (left.recipients, left.approved_by) == (("a@x.example",), ())
    assert (await desk.release(left.hold_id, JIRO, REASON)).state is HoldState.RELEASED
    assert (await sent(store, keys, clock))["release"][0].rcpt_tos == ("a@x.example",)
    assert await store.audit_verify() == []


async def test_a_first_of_two_approvals_for_some_counts_for_those_alone(
    desk: Desk, store: Store
) -> None:
    hold_id = await park(store, Verdict.HOLD, "a@x.example", "b@y.example", approvers=2)
    await desk.release(hold_id, HANAKO, REASON, only=[0])
    approved = {h.recipients: h.approved_by for h in await store.holds()}
    assert approved == {("a@x.example",): ("user:hanako",), ("b@y.example",): ()}


async def test_a_corrected_hold_can_be_released_to_some(
    desk: Desk, store: Store, keys: Keys, clock: Clock
) -> None:
    hold_id = await park(store, Verdict.HOLD, "aaabb@exp.com", "b@y.example", approvers=2)
    await desk.correct(hold_id, HANAKO, REASON, {0: GOOD})
    await desk.release(hold_id, JIRO, REASON, only=[0])
    assert (await sent(store, keys, clock))["release"][0].rcpt_tos == (GOOD,)
    [left] = await store.holds()
    assert (left.recipients, left.approved_by) == (("b@y.example",), ("user:hanako",))
    await desk.release(left.hold_id, JIRO, REASON)
    assert (await sent(store, keys, clock))["release"][0].rcpt_tos == ("b@y.example",)


# ------------------------------------------------------------------ reasons


async def test_a_reason_is_a_code_of_the_list_or_words(desk: Desk, store: Store) -> None:
    hold = await desk.release(await park(store), HANAKO, "", code="accepted")
    assert hold.reason_code == "accepted"
    for code, words in (("no-such", "x"), ("", " "), ("other", "")):
        with pytest.raises(UsageError):
            await desk.reject(await park(store), HANAKO, words, code=code)


# ------------------------------------------------------------------ a narrow exception


async def _proposed(desk: Desk, store: Store) -> str:
    return await desk.propose_exception(await park(store, Verdict.HOLD, "aaabb@exp.com"), "en")


def _ruled(snippet: str, persons: int, sender: str, to: str, *, later: timedelta) -> str:
    policy = loads(f'{snippet}\n[[rule]]\nid = "one"\nmatch = {{}}\naction = "hold"\n')
    recipient = Recipient(to, to.rpartition("@")[2], RecipientClass.FIRST_TIME)
    facts = MailFacts(sender, inspection(persons))
    return decide(facts, [recipient], policy, START + later).rulings[0].rule


@pytest.mark.parametrize(
    ("persons", "sender", "to", "days", "fits"),
    [
        (3, SENDER, "aaabb@exp.com", 0, True),
        (1, SENDER, "aaabb@exp.com", 90, True),
        (4, SENDER, "aaabb@exp.com", 0, False),
        (3, "jiro@city.example.lg.jp", "aaabb@exp.com", 0, False),
        (3, SENDER, "other@exp.com", 0, False),
        (3, SENDER, "aaabb@sub.exp.com", 0, False),
        (3, SENDER, "aaabb@exp.com", 91, False),
    ],
)
async def test_an_exception_fits_this_case_and_no_other(
    desk: Desk, store: Store, persons: int, sender: str, to: str, days: int, fits: bool
) -> None:
    snippet = await _proposed(desk, store)
    rule = _ruled(snippet, persons, sender, to, later=timedelta(days=days))
    assert rule.startswith("exception-") is fits


async def test_an_exception_says_what_it_is_and_ends(desk: Desk, store: Store) -> None:
    snippet = await _proposed(desk, store)
    [rule] = tomllib.loads(snippet)["rule"]
    assert rule["until"] == date(2026, 11, 21) + LASTS
    assert not any(entry.startswith("@") for entry in rule["match"]["recipient"])
    assert snippet.startswith("# Proposed exception")


async def test_an_unread_mail_or_a_masked_address_makes_no_exception(
    desk: Desk, store: Store
) -> None:
    with pytest.raises(UsageError, match="not all was read"):
        await desk.propose_exception(await park(store, found=unread()))
    with pytest.raises(UsageError, match="cannot be written"):
        await desk.propose_exception(await park(store, Verdict.HOLD, f"u{my_number(3)}@x.example"))

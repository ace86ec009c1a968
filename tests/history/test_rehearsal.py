"""What an edited policy would have done to recorded mail."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.history import Sides, rehearse
from gateway.model import Confidence, Detected, Inspection, MailFacts, Recipient, Verdict
from gateway.policy import Policy, decide, loads
from gateway.recipients import Directory, TrustedName
from gateway.store import Recorded, Store, features_of, upgrade
from tests.numbers import my_number
from tests.policy.mails import mail, numbers, rule, to, unread
from tests.store.mails import START, Clock, Keys, submission

OURS = ["city.example.lg.jp"]
NAMES = Directory.build(OURS, [])
BOTH = Sides(NAMES, NAMES)
HOLD_ALL = loads(rule("{ my_numbers = { at_least = 1 } }", "hold", name="numbers"))
NOTHING = loads(rule("{ my_numbers = { at_least = 10000 } }", "hold", name="numbers"))


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    address = f"sqlite:{tmp_path / 'sekisho.db'}"
    await upgrade(address)
    opened = await Store.open(address, Keys().sealer, clock=Clock())
    yield opened
    await opened.close()


async def journalled(
    store: Store,
    facts: MailFacts,
    recipients: Iterable[Recipient],
    policy: Policy,
    *,
    kept: bool = True,
) -> None:
    """Write one mail to the journal as the pipeline does, without parking it."""
    judged = list(recipients)
    made = decide(facts, judged, policy, START)
    relayed = replace(made, rulings=tuple(replace(r, verdict=Verdict.ALLOW) for r in made.rulings))
    sent = submission(*(r.address for r in judged), sender=facts.sender)
    await store.intend(
        sent,
        facts.inspection,
        relayed,
        (),
        (),
        staged=False,
        features=features_of(facts, judged) if kept else None,
    )


async def newest(store: Store) -> list[Recorded]:
    return await store.recorded(START - timedelta(days=1), 100)


EVERYTHING = MailFacts(
    "tanto@city.example.lg.jp",
    Inspection(detected=(Detected("credit-card", 0, 2, 3),), attachments=2, greets_another=True),
    header_from=("other@city.example.lg.jp",),
    client="192.168.1.2",
    size_bytes=1234,
    outside_domains=3,
    visible_outside=12,
    inside=(to("x@exp.com", "look-alike", strength="likely"),),
)
STRANGER = to("a@stranger.example", "first-time", new_address=True, new_to_sender=True)


@pytest.mark.parametrize(
    "match",
    [
        "{ sender_differs = true }",
        "{ outside_domains = { at_least = 3 } }",
        "{ visible_recipients = { at_least = 12 } }",
        "{ greets_another = true }",
        '{ address_inside = "likely" }',
        "{ new_address = true }",
        "{ new_to_sender = true }",
        "{ attachments = true }",
        '{ recipient = ["first-time"] }',
        '{ sender = ["tanto@city.example.lg.jp"] }',
    ],
)
async def test_whatever_a_rule_asks_is_recorded(store: Store, match: str) -> None:
    """The decision made anew from the journal is the decision that was made."""
    policy = loads(rule(match, "hold"))
    await journalled(store, EVERYTHING, [STRANGER], policy)
    await journalled(store, mail(), [to("a@stranger.example", "known")], policy)
    found = rehearse(await newest(store), policy, BOTH, policy)
    assert (found.mails, found.changed, found.untried) == (2, 0, ())
    assert found.was[Verdict.HOLD] >= 1
    assert found.was == found.would


async def test_numbers_parts_and_other_detectors_are_recorded(store: Store) -> None:
    policy = loads(
        '[[detector]]\nid = "credit-card"\npattern = "[0-9]{16}"\n'
        + rule('{ detected = { detector = "credit-card", at_least = 2 } }', "block", name="cards")
        + rule("{ my_numbers = { at_least = 2 } }", "hold", name="numbers")
        + rule('{ uninspected = ["encrypted"] }', "warn", name="locked")
    )
    for facts in (EVERYTHING, mail(numbers(3)), mail(unread())):
        await journalled(store, facts, [to("a@stranger.example", "first-time")], policy)
    found = rehearse(await newest(store), policy, BOTH, policy)
    assert [(r.rule, r.was, r.would) for r in found.lines] == [
        ("cards", 1, 1),
        ("numbers", 1, 1),
        ("locked", 1, 1),
    ]


async def test_what_changes_is_counted_by_rule_and_shown_newest_first(store: Store) -> None:
    for count in (1, 5, 200):
        await journalled(
            store, mail(numbers(count)), [to("a@stranger.example", "first-time")], HOLD_ALL
        )
    edited = loads(
        rule("{ my_numbers = { at_least = 100 } }", "block", name="many")
        + rule("{ my_numbers = { at_least = 2 } }", "hold", name="numbers")
        + rule("{ my_numbers = { at_least = 1 } }", "warn", name="one")
    )
    found = rehearse(await newest(store), edited, BOTH, HOLD_ALL)
    assert [(r.rule, r.verdict, r.was, r.would) for r in found.lines] == [
        ("many", Verdict.BLOCK, 0, 1),
        ("numbers", Verdict.HOLD, 3, 1),
        ("one", Verdict.WARN, 0, 1),
    ]
    assert found.changed == 2
    assert {(c.was, c.would) for c in found.examples} == {
        (Verdict.HOLD, Verdict.BLOCK),
        (Verdict.HOLD, Verdict.WARN),
    }


async def test_a_name_that_the_edited_policy_trusts_is_judged_by_it(store: Store) -> None:
    await journalled(store, mail(numbers(1)), [to("a@exp.co.jp", "first-time")], HOLD_ALL)
    edited = loads(
        '[[trusted]]\ndomain = "exp.co.jp"\nmay_receive = ["my-number"]\npurpose = "p"\nowner = "o"\n'
        + rule("{ my_numbers = { at_least = 1 }, permitted = true }", "allow", name="permitted")
        + rule("{ my_numbers = { at_least = 1 } }", "hold", name="numbers")
    )
    trusting = Directory.build(OURS, [TrustedName("exp.co.jp", frozenset({"my-number"}), None)])
    found = rehearse(await newest(store), edited, Sides(NAMES, trusting), HOLD_ALL)
    assert [(c.was, c.would, c.rule) for c in found.examples] == [
        (Verdict.HOLD, Verdict.ALLOW, "permitted")
    ]


async def test_what_our_own_history_said_that_day_stands(store: Store) -> None:
    """By name alone it would be a stranger; it was known then, and no edit changes that."""
    policy = loads(rule('{ recipient = ["first-time"] }', "warn"))
    await journalled(store, mail(), [to("a@partner.example", "known")], policy)
    assert rehearse(await newest(store), policy, BOTH, policy).changed == 0


async def test_rules_that_ask_for_what_was_not_recorded_are_named(store: Store) -> None:
    asks = loads(
        rule("{ greets_another = true }", "warn", name="greets")
        + rule("{ new_address = true }", "warn", name="new")
    )
    await journalled(store, mail(), [to("a@partner.example", "known")], NOTHING, kept=False)
    assert rehearse(await newest(store), asks, BOTH, NOTHING).untried == ("greets", "new")
    assert rehearse([], asks, BOTH, asks).untried == ()


async def test_no_digit_of_a_number_is_in_what_is_kept_or_told(store: Store) -> None:
    number = my_number(8)
    facts = mail(numbers(1, place=f"{number}.csv"), sender=f"{number}@city.example.lg.jp")
    await journalled(store, facts, [to(f"{number}@exp.com", "first-time")], HOLD_ALL)
    stricter = loads(rule("{ my_numbers = { at_least = 1 } }", "block"))
    found = rehearse(await newest(store), stricter, BOTH, HOLD_ALL)
    (change,) = found.examples
    assert number not in f"{change.sender}{change.address}"
    assert change.address == "************@exp.com"


def test_an_ordinary_mail_keeps_nothing_besides() -> None:
    assert features_of(mail(), [to()]) == {}
    assert Confidence.CERTAIN.value not in str(features_of(mail(numbers(3)), [to()]))

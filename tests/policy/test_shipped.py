"""The rules that come with Sekisho: they load, say everything twice, and do what they should."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.config import shipped_policies
from gateway.model import Inspection, MailFacts, Recipient, Verdict
from gateway.policy import Policy, decide, decide_at_rcpt, load, loads
from tests.policy.mails import NOW, SENDER, mail, numbers, to, unread

FILES = sorted(shipped_policies().glob("*.toml"))
HANDLER = "kyuyo@city.example.lg.jp"


@pytest.fixture(scope="module")
def policy() -> Policy:
    return load(shipped_policies())


def test_the_shipped_rules_load_without_a_warning(policy: Policy) -> None:
    assert policy.warnings == ()
    assert not policy.monitor


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.name)
def test_every_shipped_file_names_its_schema_and_speaks_both_languages(path: Path) -> None:
    lines = path.read_text().splitlines()
    assert (path.parent / lines[0].removeprefix("#:schema ")).is_file()
    comments = [line for line in lines[1:] if line.startswith("#")]
    assert any(re.search("[ぁ-んァ-ン一-龠]", c) for c in comments)
    assert any(re.search("[a-z]{3,} [a-z]{2,} [a-z]{2,}", c) for c in comments)


def test_every_rule_but_an_allow_advises_in_both_languages(policy: Policy) -> None:
    for rule in policy.rules:
        advice = rule.advice.by_language() if rule.advice else {}
        assert (set(advice) == {"ja", "en"}) is (rule.action is not Verdict.ALLOW), rule.id


LOOK_ALIKE = to("aaabb@exp.com", "look-alike", strength="certain", resembles="exp.co.jp")
MAYBE = to("a@exq.co.jp", "look-alike", strength="possible", resembles="exp.co.jp")
ATTACHED = Inspection(attachments=1)


@pytest.mark.parametrize(
    ("facts", "recipient", "verdict", "rule"),
    [
        (mail(), to(), Verdict.ALLOW, "default-allow"),
        (mail(numbers(3, "possible")), to(), Verdict.ALLOW, "default-allow"),
        (mail(numbers(40)), LOOK_ALIKE, Verdict.BLOCK, "look-alike-with-number"),
        (mail(numbers(1, "possible")), MAYBE, Verdict.BLOCK, "look-alike-with-number"),
        (mail(), LOOK_ALIKE, Verdict.HOLD, "look-alike"),
        (mail(), MAYBE, Verdict.WARN, "look-alike-possible"),
        (mail(unread()), MAYBE, Verdict.HOLD, "not-inspectable"),
        (mail(numbers(1)), to(), Verdict.HOLD, "my-number"),
        (mail(numbers(101)), to(), Verdict.HOLD, "many-persons"),
        (mail(numbers(1), HANDLER), to(), Verdict.HOLD, "my-number"),
        (mail(unread("unsupported")), to(of="trusted"), Verdict.HOLD, "not-inspectable"),
        (mail(inside=(LOOK_ALIKE,)), to(), Verdict.WARN, "look-alike-inside"),
        (mail(inside=(MAYBE,)), to(), Verdict.ALLOW, "default-allow"),
        (mail(ATTACHED), to(of="first-time"), Verdict.WARN, "first-time-with-attachment"),
        (mail(ATTACHED), to(of="freemail"), Verdict.WARN, "first-time-with-attachment"),
        (mail(ATTACHED), to(), Verdict.ALLOW, "default-allow"),
        (mail(numbers(1)), to(of="internal"), Verdict.ALLOW, "default-internal"),
    ],
)
def test_the_shipped_rules_decide(
    policy: Policy, facts: MailFacts, recipient: Recipient, verdict: Verdict, rule: str
) -> None:
    (ruling,) = decide(facts, [recipient], policy, NOW).rulings
    assert (ruling.verdict, ruling.rule) == (verdict, rule)


def _with_handlers() -> Policy:
    text = "".join(f.read_text() for f in FILES)
    return loads(text.replace("handlers = []", f'handlers = ["{HANDLER}"]'))


def test_a_designated_handler_may_send_numbers_to_who_may_receive_them() -> None:
    entrusted = to(of="trusted", may_receive=frozenset({"my-number"}))
    facts = mail(numbers(300), HANDLER)
    (ruling,) = decide(facts, [entrusted], _with_handlers(), NOW).rulings
    assert (ruling.verdict, ruling.rule) == (Verdict.ALLOW, "designated-handlers")


def test_a_locked_attachment_takes_the_way_of_a_designated_handler_away() -> None:
    entrusted = to(of="trusted", may_receive=frozenset({"my-number"}))
    locked = replace(numbers(1), unread=unread().unread)
    (ruling,) = decide(mail(locked, HANDLER), [entrusted], _with_handlers(), NOW).rulings
    assert ruling.verdict is Verdict.HOLD


def test_a_recipient_that_cannot_exist_is_refused_before_the_mail_is_sent(policy: Policy) -> None:
    for of in ("invalid", "nonexistent"):
        ruling = decide_at_rcpt(SENDER, to("a@no.example.jp", of), policy, NOW)
        assert ruling is not None
        assert (ruling.verdict, ruling.rule) == (Verdict.BLOCK, "cannot-exist")

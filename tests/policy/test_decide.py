"""The decision, condition by condition."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from gateway.model import Inspection, MailFacts, Recipient, Ruling, Verdict
from gateway.policy import decide, decide_at_rcpt, loads
from tests.policy.mails import NOW, SENDER, mail, numbers, rule, to, unread

GROUPS = '[groups]\nhandlers = ["kyuyo@city.example.lg.jp", "@jinji.city.example.lg.jp"]\n'


def _ruling(policy: str, facts: MailFacts, recipient: Recipient, now: datetime = NOW) -> Ruling:
    (ruling,) = decide(facts, [recipient], loads(GROUPS + policy), now).rulings
    return ruling


def _matches(
    match: str, facts: MailFacts | None = None, recipient: Recipient | None = None
) -> bool:
    """Whether a rule with this match is the one that decides."""
    return _ruling(rule(match, "block"), facts or mail(), recipient or to()).rule == "tried"


# ------------------------------------------------------------------ no rule matches


def test_a_mail_read_whole_that_holds_nothing_passes() -> None:
    ruling = _ruling("", mail(), to())
    assert (ruling.verdict, ruling.rule) == (Verdict.ALLOW, "default-allow")


@pytest.mark.parametrize("inspection", [numbers(1, "likely"), numbers(1), unread("damaged")])
def test_a_finding_or_an_unread_part_that_no_rule_matches_is_held(inspection: Inspection) -> None:
    ruling = _ruling("", mail(inspection), to())
    assert (ruling.verdict, ruling.rule) == (Verdict.HOLD, "default-hold")


def test_a_number_that_is_only_possible_does_not_hold_a_mail_by_itself() -> None:
    assert _ruling("", mail(numbers(3, "possible")), to()).verdict is Verdict.ALLOW


def test_a_number_that_is_likely_in_the_whole_mail_only_holds_it() -> None:
    """Persons are merged across parts: each place possible, together likely."""
    weak = numbers(3, "possible")
    merged = replace(weak, persons=replace(weak.persons, likely=3))
    assert _ruling("", mail(merged), to()).rule == "default-hold"
    assert not _matches("{ permitted = true }", mail(merged))


def test_an_internal_recipient_is_asked_about_only_by_a_rule_that_names_internal() -> None:
    inside = to("a@city.example.lg.jp", "internal")
    found = mail(numbers(200))
    assert _ruling(rule("{}", "block"), found, inside).rule == "default-internal"
    by_domain = rule('{ recipient = ["city.example.lg.jp"] }', "block")
    assert _ruling(by_domain, found, inside).rule == "default-internal"
    named = rule('{ recipient = ["internal"], my_numbers = { at_least = 1 } }')
    assert _ruling(named, found, inside).verdict is Verdict.HOLD
    assert _ruling(named, mail(), inside).verdict is Verdict.ALLOW


# ------------------------------------------------------------------ one condition each


@pytest.mark.parametrize(
    ("match", "count", "confidence", "expected"),
    [
        ("{ my_numbers = {} }", 1, "likely", True),
        ("{ my_numbers = {} }", 1, "possible", False),
        ("{ my_numbers = { at_least = 101 } }", 101, "certain", True),
        ("{ my_numbers = { at_least = 101 } }", 100, "certain", False),
        ('{ my_numbers = { confidence = "possible" } }', 1, "possible", True),
        ('{ my_numbers = { confidence = "certain" } }', 1, "likely", False),
    ],
)
def test_my_numbers_counts_persons_at_likely_unless_it_says_otherwise(
    match: str, count: int, confidence: str, expected: bool
) -> None:
    assert _matches(match, mail(numbers(count, confidence))) is expected


@pytest.mark.parametrize(
    ("match", "strength", "expected"),
    [
        ('{ look_alike = "possible" }', "possible", True),
        ('{ look_alike = "possible" }', "certain", True),
        ('{ look_alike = "likely" }', "possible", False),
        ("{ look_alike = true }", "likely", True),
        ("{ look_alike = true }", "possible", False),
        ('{ recipient = ["look-alike"] }', "likely", True),
        ('{ recipient = ["look-alike"] }', "possible", False),
    ],
)
def test_a_look_alike_matches_from_the_strength_asked_for(
    match: str, strength: str, expected: bool
) -> None:
    recipient = to("a@exp.com", "look-alike", strength=strength, resembles="exp.co.jp")
    assert _matches(match, recipient=recipient) is expected
    assert not _matches(match, recipient=to())


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("known", True),
        ("trusted", False),
        ("exp.co.jp", True),
        ("@EXP.co.jp", True),
        ("co.jp", False),
        ("sub.exp.co.jp", False),
        ("Sato@Exp.Co.Jp", True),
        ("suzuki@exp.co.jp", False),
    ],
)
def test_a_recipient_is_named_by_class_domain_or_address(entry: str, expected: bool) -> None:
    assert _matches(f'{{ recipient = ["freemail", "{entry}"] }}', recipient=to()) is expected


@pytest.mark.parametrize(
    ("sender", "expected"),
    [
        ("kyuyo@city.example.lg.jp", True),
        ("Kyuyo@City.Example.LG.jp", True),
        ("anybody@jinji.city.example.lg.jp", True),
        ("kyuyo@other.example.jp", False),
        ("x@evil.jinji.city.example.lg.jp", False),
        ("", False),
        ("@jinji.city.example.lg.jp.evil.example", False),
    ],
)
def test_a_group_stands_for_its_addresses_and_domains(sender: str, expected: bool) -> None:
    assert _matches('{ sender = ["group:handlers"] }', mail(sender=sender)) is expected


def test_a_recipient_that_is_no_address_is_no_member_of_anything() -> None:
    broken = to("not an address", "invalid")
    assert not _matches('{ recipient = ["exp.co.jp"] }', recipient=broken)
    assert _matches('{ recipient = ["invalid"] }', recipient=broken)


def test_the_null_sender_is_a_fact() -> None:
    assert _matches("{ sender_null = true }", mail(sender=""))
    assert not _matches("{ sender_null = true }", mail())
    assert _matches("{ sender_null = false }", mail())


def test_a_from_header_that_names_somebody_else_is_a_fact() -> None:
    assert _matches("{ sender_differs = true }", mail(header_from=("other@example.jp",)))
    assert not _matches("{ sender_differs = true }", mail(header_from=(SENDER.upper(),)))


def test_permitted_means_that_the_recipient_may_receive_everything_found() -> None:
    found = mail(numbers(1))
    entrusted = to(may_receive=frozenset({"my-number"}))
    assert _matches("{ permitted = true }", found, entrusted)
    assert not _matches("{ permitted = true }", found, to())
    assert _matches("{ permitted = false }", found, to())


def test_permission_ends_with_the_last_day_of_trust_in_japan() -> None:
    recipient = to(may_receive=frozenset({"my-number"}), trusted_until=date(2027, 3, 31))
    policy = rule("{ permitted = true, my_numbers = {} }", "allow")
    last_minute = datetime(2027, 3, 31, 14, 59, tzinfo=UTC)  # 23:59 in Japan
    assert _ruling(policy, mail(numbers(1)), recipient, last_minute).verdict is Verdict.ALLOW
    next_day = datetime(2027, 3, 31, 15, 0, tzinfo=UTC)
    assert _ruling(policy, mail(numbers(1)), recipient, next_day).rule == "default-hold"


@pytest.mark.parametrize(
    ("match", "expected"),
    [
        ('{ uninspected = ["encrypted", "limit"] }', True),
        ('{ uninspected = ["damaged"] }', False),
        ("{ uninspected = true }", True),
        ("{ uninspected = false }", False),
    ],
)
def test_what_was_not_read_is_matched_by_its_reason(match: str, expected: bool) -> None:
    assert _matches(match, mail(unread("encrypted"))) is expected
    assert _matches("{ uninspected = false }", mail())


def test_attachments_and_size_are_facts_of_the_mail() -> None:
    large = mail(Inspection(attachments=1), size_bytes=10 * 1024 * 1024)
    assert _matches('{ attachments = true, size = { at_least = "10MB" } }', large)
    assert not _matches('{ size = { at_least = "10MB" } }', mail(size_bytes=1))
    assert _matches("{ attachments = false }", mail())


# ------------------------------------------------------------------ what a rule brings


def test_a_ruling_carries_what_its_rule_says() -> None:
    held = _ruling(rule("{}", "hold", 'approvers = 2\nadvice = { ja = "確認" }'), mail(), to())
    assert (held.verdict, held.approvers, held.advice) == (Verdict.HOLD, 2, {"ja": "確認"})
    warned = _ruling(rule("{}", "warn", "confirm = false"), mail(), to())
    assert (warned.verdict, warned.confirm) == (Verdict.WARN, False)


def test_a_monitored_rule_relays_and_says_what_it_would_have_done() -> None:
    text = rule("{}", "block", "monitor = true") + rule("{}", "hold", name="below")
    ruling = _ruling(text, mail(numbers(1)), to())
    assert (ruling.verdict, ruling.would, ruling.rule) == (Verdict.ALLOW, Verdict.BLOCK, "tried")


def test_a_monitored_policy_relays_what_its_endings_would_have_held() -> None:
    policy = loads("monitor = true")
    decision = decide(mail(unread()), [to()], policy, NOW)
    assert (decision.verdict, decision.would) == (Verdict.ALLOW, Verdict.HOLD)


# ------------------------------------------------------------------ at RCPT

AT_RCPT = (
    rule('{ recipient = ["partner.example.jp"] }', "warn", name="first")
    + rule('{ recipient = ["nonexistent"] }', "block", 'at = "rcpt"', "cannot-exist")
    + rule("{ my_numbers = {} }", "hold", name="content")
    + rule('{ recipient = ["freemail"] }', "block", name="below")
)


@pytest.mark.parametrize(
    ("recipient", "expected"),
    [
        (to("a@no.example.jp", "nonexistent"), "cannot-exist"),
        (to("a@partner.example.jp", "nonexistent"), None),  # a rule above decides, later
        (to("a@free.example.jp", "freemail"), None),
        (to(), None),
    ],
)
def test_at_rcpt_only_the_first_rule_that_matches_may_answer(
    recipient: Recipient, expected: str | None
) -> None:
    policy = loads(AT_RCPT)
    ruling = decide_at_rcpt(SENDER, recipient, policy, NOW)
    assert (ruling and ruling.rule) == expected
    if ruling:
        assert decide(mail(), [recipient], policy, NOW).rulings == (ruling,)


def test_at_rcpt_a_monitored_rule_refuses_nobody() -> None:
    policy = loads("monitor = true\n" + AT_RCPT)
    ruling = decide_at_rcpt(SENDER, to("a@no.example.jp", "nonexistent"), policy, NOW)
    assert ruling is not None
    assert (ruling.verdict, ruling.would) == (Verdict.ALLOW, Verdict.BLOCK)

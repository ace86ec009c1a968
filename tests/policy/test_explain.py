"""Why a decision fell so, in both languages and without a digit of a number."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from gateway.i18n import catalogue_keys, text
from gateway.model import (
    Confidence,
    Inspection,
    MailFacts,
    Place,
    Recipient,
    UnreadReason,
    Verdict,
)
from gateway.policy import decide, explain, loads
from gateway.policy.explain import MOST_PLACES
from tests.numbers import my_number
from tests.policy.mails import NOW, mail, numbers, rule, to, unread

LANGUAGES = ("ja", "en")
MEANT = to(
    "aaabb@exp.com",
    "look-alike",
    strength="certain",
    resembles="exp.co.jp",
    suggestion="aaabb@exp.co.jp",
    reasons=("suffix-swap",),
)


def _explained(policy: str, facts: MailFacts, recipient: Recipient, lang: str = "en") -> list[str]:
    (ruling,) = decide(facts, [recipient], loads(policy), NOW).rulings
    return explain(ruling, facts, lang)


def _sentence(key: str, lang: str = "en", **values: object) -> str:
    return text("policy", key, lang, **values)


def test_an_explanation_names_rule_places_recipient_and_what_to_do() -> None:
    found = numbers(40, place="2 名簿.xlsx / Sheet1 / D2:D41")
    policy = rule("{ look_alike = true }", "block", 'advice = { en = "Use the address book." }')
    told = _explained(policy, mail(found), MEANT)
    assert told[:3] == [
        _sentence("would-block", address="aaabb@exp.com"),
        _sentence("by-rule", rule="tried"),
        _sentence("numbers-found", count=40),
    ]
    evidence = text("detect", "label-near", "en")
    assert told[3] == f"2 名簿.xlsx / Sheet1 / D2:D41: 40 (certain). {evidence}"
    assert told[4] == text("recipients", "suffix-swap", "en", resembles="exp.co.jp")
    assert told[5:] == [
        _sentence("suggestion", suggestion="aaabb@exp.co.jp"),
        "Use the address book.",
    ]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_digit_of_a_number_is_in_an_explanation(lang: str) -> None:
    number = my_number(7)
    inspection = replace(
        numbers(1, place=f"2 {number}.xlsx"), unread=unread(place=f"3 {number}.zip").unread
    )
    recipient = replace(MEANT, address=f"{number}@exp.com", suggestion=f"{number}@exp.co.jp")
    told = " ".join(_explained("", mail(inspection), recipient, lang))
    assert number not in told
    assert number[:4] not in told
    assert "*" * 12 in told


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    ("facts", "keys"),
    [
        (mail(), ["no-rule-clean"]),
        (mail(numbers(1)), ["no-rule-finding", "numbers-found"]),
        (mail(unread()), ["no-rule-unread"]),
        (mail(numbers(2, "possible")), ["no-rule-clean", "numbers-possible"]),
        (mail(replace(numbers(1), unread=unread().unread)), ["no-rule-finding", "no-rule-unread"]),
    ],
)
def test_an_ending_without_a_rule_is_explained(
    facts: MailFacts, keys: list[str], lang: str
) -> None:
    told = _explained("", facts, to(), lang)
    count = facts.inspection.persons.possible
    assert {_sentence(key, lang, count=count) for key in keys} <= set(told)


def test_an_internal_recipient_without_a_rule_is_explained() -> None:
    assert _sentence("no-rule-internal") in _explained("", mail(numbers(1)), to(of="internal"))


@pytest.mark.parametrize("reason", UnreadReason)
def test_what_was_not_read_is_named_with_its_reason(reason: UnreadReason) -> None:
    told = _explained("", mail(unread(reason.value)), to())
    why = _sentence(f"unread-{reason}")
    assert _sentence("unread", place="2 a.zip", why=why) in told


def test_a_monitored_rule_says_that_the_mail_is_sent_all_the_same() -> None:
    told = _explained(rule("{}", "hold", "monitor = true"), mail(), to())
    assert told[:2] == [
        _sentence("would-hold", address="sato@exp.co.jp"),
        _sentence("monitor-only"),
    ]


def test_a_mail_with_very_many_places_is_explained_in_few_sentences() -> None:
    one = numbers(1).findings[0]
    weak = replace(one, confidence=Confidence.POSSIBLE, place=Place(("weak",)))
    many = Inspection(
        findings=(weak,) * 500 + (replace(one, place=Place(("sure",))),),
        unread=unread().unread * 500,
        persons=numbers(1).persons,
    )
    told = _explained("", mail(many), to())
    assert len(told) < 2 * MOST_PLACES + 10
    assert any(s.startswith("sure: ") for s in told)
    assert _sentence("more-places", count=501 - MOST_PLACES) in told
    assert _sentence("more-unread", count=500 - MOST_PLACES) in told


def test_advice_in_the_other_language_is_better_than_none() -> None:
    policy = rule("{}", "hold", 'advice = { ja = "ご確認ください。" }')
    assert _explained(policy, mail(), to(), "en")[-1] == "ご確認ください。"


def test_a_reason_of_an_administrators_detector_stands_as_it_is() -> None:
    one = replace(numbers(1).findings[0], reasons=("house-pattern",))
    told = _explained("", mail(Inspection(findings=(one,))), to())
    assert any(s.endswith("(certain). house-pattern") for s in told)


def test_every_verdict_confidence_and_reason_has_its_sentence() -> None:
    needed = {f"would-{v}" for v in Verdict} | {f"confidence-{c}" for c in Confidence}
    needed |= {f"unread-{r}" for r in UnreadReason}
    assert needed <= catalogue_keys("policy")


def test_the_japanese_sentences_are_japanese() -> None:
    for key in catalogue_keys("policy"):
        named = "address rule count place confidence why suggestion domain resembles"
        values = dict.fromkeys(named.split(), "x")
        assert re.search("[ぁ-んァ-ン一-龠]", text("policy", key, "ja", **values)), key


def test_an_address_inside_that_leads_elsewhere_is_named() -> None:
    inside = to("*@exp.com", "look-alike", strength="certain", resembles="exp.co.jp")
    policy = loads(rule("{ address_inside = true }", "warn"))
    facts = mail(inside=(inside,))
    (ruling,) = decide(facts, [to()], policy, NOW).rulings
    for lang in ("ja", "en"):
        told = explain(ruling, facts, lang)
        assert any("exp.com" in line and "exp.co.jp" in line for line in told)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_greeting_that_names_somebody_else_is_told(lang: str) -> None:
    facts = MailFacts("a@city.example.lg.jp", Inspection(greets_another=True))
    told = _explained(rule("{ greets_another = true }", "warn"), facts, MEANT, lang)
    assert _sentence("greets-another", lang) in told

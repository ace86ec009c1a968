"""What holds for every policy, mail and recipient."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from gateway.model import (
    DEFAULT_ALLOW,
    Confidence,
    Finding,
    Inspection,
    MailFacts,
    Persons,
    Place,
    Recipient,
    RecipientClass,
    Unread,
    UnreadReason,
    Verdict,
)
from gateway.policy import Policy, decide, decide_at_rcpt, loads
from gateway.policy.checks import covers
from gateway.policy.matching import matches
from gateway.policy.schema import Match, Rule
from tests.policy.mails import NOW

ADDRESSES = ["a@exp.co.jp", "b@exp.co.jp", "a@exp.com", "x@city.example.lg.jp", "", "broken"]
ENTRIES = [*(c.value for c in RecipientClass), "@exp.co.jp", "@exp.com", "a@exp.co.jp"]
SENDERS = ["@city.example.lg.jp", "x@city.example.lg.jp", "@exp.com"]
TODAY = date(2026, 11, 21)


@st.composite
def _recipients(draw: st.DrawFn) -> Recipient:
    address = draw(st.sampled_from(ADDRESSES))
    of = draw(st.sampled_from(RecipientClass))
    look_alike = of is RecipientClass.LOOK_ALIKE
    return Recipient(
        address,
        address.rpartition("@")[2] if "@" in address else "",
        of,
        strength=draw(st.sampled_from(Confidence)) if look_alike else None,
        may_receive=draw(st.sampled_from([frozenset(), frozenset({"my-number"})])),
        trusted_until=draw(st.sampled_from([None, TODAY, date(2020, 1, 1)])),
        new_address=draw(st.booleans()),
    )


@st.composite
def _facts(draw: st.DrawFn) -> MailFacts:
    count = draw(st.integers(0, 3))
    sure = draw(st.sampled_from(Confidence))
    findings = (Finding("my-number", sure, count, Place(("1",)), ()),) if count else ()
    unread = draw(st.lists(st.sampled_from(UnreadReason), max_size=2))
    inspection = Inspection(
        findings=findings,
        persons=Persons(**{c.value: count if sure.reaches(c) else 0 for c in Confidence}),
        unread=tuple(Unread(Place(("2",)), reason) for reason in unread),
        attachments=draw(st.integers(0, 1)),
        greets_another=draw(st.booleans()),
    )
    sender = draw(st.sampled_from(ADDRESSES))
    differs = draw(st.sampled_from([(), ("other@exp.com",)]))
    return MailFacts(
        sender,
        inspection,
        header_from=differs,
        size_bytes=draw(st.integers(0, 3000)),
        outside_domains=draw(st.integers(0, 4)),
        inside=tuple(draw(st.lists(_recipients(), max_size=2))),
    )


def _maybe(values: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.one_of(st.none(), st.none(), values)


_MATCHES = st.fixed_dictionaries(
    {
        "recipient": _maybe(st.lists(st.sampled_from(ENTRIES), min_size=1, max_size=4)),
        "look_alike": _maybe(st.sampled_from(Confidence)),
        "sender": _maybe(st.lists(st.sampled_from(SENDERS), min_size=1, max_size=2)),
        "sender_null": _maybe(st.booleans()),
        "sender_differs": _maybe(st.booleans()),
        "my_numbers": _maybe(
            st.builds(
                lambda n, c: {"at_least": n, "confidence": c},
                st.integers(1, 3),
                st.sampled_from(Confidence),
            )
        ),
        "new_address": _maybe(st.booleans()),
        "outside_domains": _maybe(st.sampled_from([{"at_least": 1}, {"at_least": 3}])),
        "address_inside": _maybe(st.sampled_from(Confidence)),
        "greets_another": _maybe(st.booleans()),
        "permitted": _maybe(st.booleans()),
        "uninspected": _maybe(
            st.one_of(
                st.booleans(), st.lists(st.sampled_from(UnreadReason), min_size=1, max_size=3)
            )
        ),
        "attachments": _maybe(st.booleans()),
        "size": _maybe(st.sampled_from([{"at_least": "1KB"}, {"at_least": "2KB"}])),
    }
).map(Match.model_validate)


@st.composite
def _policies(draw: st.DrawFn) -> Policy:
    rules = [
        Rule(
            id=f"rule-{number}",
            match=match,
            action=draw(st.sampled_from(Verdict)),
            monitor=draw(st.sampled_from([False, False, True])),
        )
        for number, match in enumerate(draw(st.lists(_MATCHES, max_size=4)))
    ]
    return Policy(tuple(rules), (), version="version")


_MANY = st.lists(_recipients(), max_size=4)


@given(_facts(), _MANY, _policies())
def test_every_recipient_gets_one_ruling_and_always_the_same(
    facts: MailFacts, recipients: list[Recipient], policy: Policy
) -> None:
    decision = decide(facts, recipients, policy, NOW)
    assert [r.recipient for r in decision.rulings] == recipients
    assert decide(facts, recipients, policy, NOW) == decision


@given(_facts(), _MANY, _policies(), st.randoms())
def test_the_order_of_recipients_does_not_matter_to_any_ruling(
    facts: MailFacts, recipients: list[Recipient], policy: Policy, random: object
) -> None:
    shuffled = list(recipients)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    rulings = decide(facts, shuffled, policy, NOW).rulings
    alone = [decide(facts, [r], policy, NOW).rulings[0] for r in shuffled]
    assert list(rulings) == alone


@given(_facts(), _recipients(), _policies())
def test_an_unmatched_mail_with_a_finding_or_an_unread_part_is_never_allowed(
    facts: MailFacts, recipient: Recipient, policy: Policy
) -> None:
    (ruling,) = decide(facts, [recipient], policy, NOW).rulings
    doubtful = facts.inspection.persons.likely or facts.inspection.unread
    outside = recipient.recipient_class is not RecipientClass.INTERNAL
    if doubtful and outside and policy.rule(ruling.rule) is None:
        assert ruling.verdict is Verdict.HOLD
    if ruling.rule == DEFAULT_ALLOW:
        assert facts.inspection.clean


@given(_facts(), _recipients(), _policies())
def test_the_first_rule_that_matches_decides(
    facts: MailFacts, recipient: Recipient, policy: Policy
) -> None:
    (ruling,) = decide(facts, [recipient], policy, NOW).rulings
    matching = [r.id for r in policy.rules if matches(r.match, facts, recipient, TODAY)]
    assert matching[:1] == [ruling.rule] if matching else policy.rule(ruling.rule) is None


@given(_facts(), _MANY, _policies(), st.data())
def test_monitoring_never_makes_anything_stricter_and_hides_nothing(
    facts: MailFacts, recipients: list[Recipient], policy: Policy, data: st.DataObject
) -> None:
    watched = data.draw(st.sets(st.sampled_from([r.id for r in policy.rules] or [""])))
    milder = replace(
        policy,
        monitor=data.draw(st.booleans()),
        rules=tuple(
            r.model_copy(update={"monitor": r.monitor or r.id in watched}) for r in policy.rules
        ),
    )
    before = decide(facts, recipients, policy, NOW).rulings
    after = decide(facts, recipients, milder, NOW).rulings
    for old, new in zip(before, after, strict=True):
        assert new.verdict in (old.verdict, Verdict.ALLOW)
        assert (new.would, new.rule) == (old.would, old.rule)


@given(_facts(), _recipients(), _MATCHES, _MATCHES)
def test_a_rule_called_covered_never_matches_what_the_one_above_does_not(
    facts: MailFacts, recipient: Recipient, above: Match, below: Match
) -> None:
    if covers(above, below) and matches(below, facts, recipient, TODAY):
        assert matches(above, facts, recipient, TODAY)


@given(_facts(), _recipients(), st.lists(_MATCHES, max_size=4))
def test_what_is_refused_at_rcpt_would_be_refused_with_the_content_too(
    facts: MailFacts, recipient: Recipient, written: list[Match]
) -> None:
    rules = [Rule(id=f"r-{n}", match=m, action=Verdict.BLOCK) for n, m in enumerate(written)]
    early = sorted(rules, key=lambda r: r.looks_at_content)
    policy = Policy(
        tuple(r if r.looks_at_content else r.model_copy(update={"at": "rcpt"}) for r in early),
        (),
    )
    ruling = decide_at_rcpt(facts.sender, recipient, policy, NOW)
    if ruling is not None:
        assert decide(facts, [recipient], policy, NOW).rulings == (ruling,)


@given(st.permutations(ENTRIES))
def test_the_version_does_not_depend_on_the_order_within_a_list(entries: list[str]) -> None:
    policy = f'[[rule]]\nid = "a"\nmatch = {{ recipient = {entries} }}\naction = "hold"\n'
    first = f'[[rule]]\nid = "a"\nmatch = {{ recipient = {ENTRIES} }}\naction = "hold"\n'

    assert loads(policy).version == loads(first).version

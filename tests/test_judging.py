"""A recipient's name, our own history and DNS, weighed together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest

from gateway.judging import Judging, by_name, corroborate, mail_facts
from gateway.model import Confidence, HeaderFacts, Inspection, Recipient, RecipientClass
from gateway.policy.wanted import Wanted
from gateway.recipients import Directory, TrustedName
from gateway.recipients.evidence import Evidence
from gateway.resolve import Lookup, LookupSettings, Witness
from tests.resolve.server import NameServer, says

TODAY = date(2026, 11, 21)
SENDER = "tanto@city.example.lg.jp"
DIRECTORY = Directory.build(["city.example.lg.jp"], [TrustedName("exp.co.jp")])
LASTING = Evidence(sent=20, days=90, senders=4)


@dataclass
class Past:
    """A history that a test writes down."""

    domains: frozenset[str] = frozenset()
    addresses: frozenset[tuple[str, str]] = frozenset()
    by_sender: frozenset[tuple[str, str]] = frozenset()
    evidence: Evidence = field(default_factory=Evidence)
    asked: list[Any] = field(default_factory=list)

    async def known_domains(self, domains: Iterable[str]) -> frozenset[str]:
        return self.domains & frozenset(domains)

    async def written_to(
        self, pairs: Iterable[tuple[str, str]], sender: str | None = None
    ) -> frozenset[tuple[str, str]]:
        pairs = frozenset(pairs)
        self.asked.append((sender, pairs))
        return pairs & (self.addresses if sender is None else self.by_sender)

    async def around(self, local: str, domain: str) -> Evidence:
        self.asked.append((local, domain))
        return self.evidence


async def judged(past: Past | None, address: str, **wanted: bool) -> Recipient:
    (found,) = await Judging(past).named([address], SENDER, DIRECTORY, TODAY, Wanted(**wanted))
    return found


async def test_without_a_history_names_alone_decide() -> None:
    assert (await judged(None, "a@new.co.jp")).recipient_class == "first-time"
    assert (await judged(None, "a@exp.com")).resembles == "exp.co.jp"


async def test_a_domain_that_was_written_to_is_known() -> None:
    past = Past(frozenset({"new.co.jp"}))
    assert (await judged(past, "a@new.co.jp")).recipient_class == "known"
    assert past.asked == [], "nothing more is looked up for those who are known"


def alike(strength: str) -> Recipient:
    return Recipient(
        "a@exp.com", "exp.com", RecipientClass.LOOK_ALIKE, Confidence(strength), "exp.co.jp"
    )


def test_what_several_people_write_to_for_long_is_a_correspondent() -> None:
    assert corroborate(alike("possible"), LASTING).recipient_class == "known"


@pytest.mark.parametrize(
    ("strength", "evidence"),
    [
        ("likely", LASTING),
        ("certain", LASTING),
        ("possible", Evidence(sent=4890, days=300, senders=1)),  # one standing forward
        ("possible", Evidence(sent=20, days=10, senders=4)),
        ("possible", Evidence(sent=20, days=90, senders=4, bounced=1)),
        ("possible", Evidence(sent=20, days=90, senders=4, elsewhere=frozenset({"exp.co.jp"}))),
    ],
)
def test_a_standing_forward_never_makes_a_look_alike_known(
    strength: str, evidence: Evidence
) -> None:
    assert corroborate(alike(strength), evidence) == alike(strength)


async def test_history_is_looked_at_for_persons_only_where_a_rule_asks() -> None:
    past = Past(frozenset({"new.co.jp"}), evidence=Evidence(here=frozenset({"yamada.taro"})))
    assert (await judged(past, "yamada.tarou@new.co.jp")).reasons == ("written-before",)
    asked = await judged(past, "yamada.tarou@new.co.jp", persons=True)
    assert asked.reasons[0] == "address-near"
    assert asked.suggestion == "", "a learnt name is suggested to nobody"


async def test_a_known_address_is_not_looked_into() -> None:
    past = Past(frozenset({"new.co.jp"}), frozenset({("taro", "new.co.jp")}))
    await judged(past, "Taro@new.co.jp", persons=True)
    assert [a for a in past.asked if a[0] == "taro"] == []


async def test_a_new_address_is_marked_where_a_rule_asks() -> None:
    past = Past(frozenset({"new.co.jp"}), frozenset({("a", "new.co.jp")}))
    assert not (await judged(past, "b@new.co.jp")).new_address
    assert (await judged(past, "b@new.co.jp", new_address=True)).new_address
    known = await judged(past, "a@new.co.jp", new_address=True, new_to_sender=True)
    assert (known.new_address, known.new_to_sender) == (False, True)
    inside = await judged(past, "x@city.example.lg.jp", new_address=True)
    assert not inside.new_address


def test_our_own_mistyped_name_is_marked() -> None:
    found = by_name("a@city.exmaple.lg.jp", DIRECTORY, TODAY)
    assert (found.recipient_class, found.resembles_own) == ("look-alike", True)
    assert not by_name("a@exp.com", DIRECTORY, TODAY).resembles_own


async def test_dns_is_a_witness_after_names_and_history() -> None:
    server = await NameServer().start()
    try:
        server.host("exp.com", MX=says("10 mx1.mb1p.com."))
        witness = Witness(Lookup(LookupSettings((server.address,))))
        judging = Judging(Past(), witness)
        named = await judging.named(["a@exp.com", "b@exp.co.jp"], SENDER, DIRECTORY, TODAY)
        assert judging.doubts(named)
        told = await judging.testified(named)
        assert [(r.dns, r.recipient_class) for r in told] == [
            ("collector", "look-alike"),
            ("not-asked", "trusted"),
        ]
    finally:
        await server.stop()


async def test_without_dns_nothing_is_in_doubt() -> None:
    named = await Judging(Past()).named(["a@exp.com"], SENDER, DIRECTORY, TODAY)
    assert not Judging(Past()).doubts(named)
    assert await Judging(Past()).testified(named) == named


async def test_look_alikes_inside_a_mail_are_found_and_correspondents_are_not() -> None:
    names = ["exp.com", "exp.co.jp", "city.example.lg.jp", "new.co.jp", "expp.co.jp"]
    found = await Judging(Past(frozenset({"expp.co.jp"}))).inside(names, DIRECTORY, TODAY)
    assert [r.domain for r in found] == ["exp.com"]
    assert await Judging(None).inside([], DIRECTORY, TODAY) == ()


def test_the_mail_s_own_facts_count_outside_domains_and_visible_addresses() -> None:
    shown = ("A@exp.co.jp", "a@exp.co.jp", "b@x-sha.co.jp", "c@city.example.lg.jp")
    inspection = Inspection(headers=HeaderFacts(header_from=(SENDER,), recipients=shown))
    to = ["a@exp.co.jp", "b@exp.co.jp", "c@x-sha.co.jp", "d@city.example.lg.jp", "broken"]
    facts = mail_facts(SENDER, inspection, [by_name(a, DIRECTORY, TODAY) for a in to], DIRECTORY)
    assert (facts.outside_domains, facts.visible_outside) == (2, 2)
    assert facts.header_from == (SENDER,)

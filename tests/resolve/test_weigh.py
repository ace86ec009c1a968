"""What each answer does to a judgement by names, and that none of them lets an alarm pass."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway import reasons
from gateway.model import Confidence, Recipient, RecipientClass
from gateway.resolve import Mail, Route, weigh
from gateway.resolve.answers import Owner, Sworn
from gateway.resolve.providers import collects, parks, shared_mail, shared_names

NOWHERE = Owner()


def look_alike(strength: str = "likely", resembles: str = "exp.co.jp") -> Recipient:
    return Recipient(
        "aaabb@exp.com",
        "exp.com",
        RecipientClass.LOOK_ALIKE,
        Confidence(strength),
        resembles,
        f"aaabb@{resembles}",
        (reasons.SUFFIX_SWAP,),
        1.7,
    )


def stranger() -> Recipient:
    return Recipient("a@new.example", "new.example", RecipientClass.FIRST_TIME)


def mx(*hosts: str) -> Route:
    return Route(Mail.MX, frozenset(hosts))


def owner(*servers: str, master: str = "ns1.exp.co.jp") -> Owner:
    return Owner(frozenset(servers), master, "dns.exp.co.jp")


@pytest.mark.parametrize(
    ("route", "dns", "strength", "reason"),
    [
        (Route(Mail.NONEXISTENT), "nonexistent", "likely", reasons.DNS_NONEXISTENT),
        (Route(Mail.NO_MAIL), "no-mail", "likely", reasons.DNS_NO_MAIL),
        (Route(Mail.NULL_MX), "null-mx", "likely", reasons.DNS_NO_MAIL),
        (Route(Mail.ADDRESS_ONLY), "address-only", "likely", reasons.DNS_ADDRESS_ONLY),
        (mx("mx1.mb1p.com"), "collector", "certain", reasons.DNS_COLLECTOR),
        (mx("mail.exp.com"), "mx", "possible", None),
        (Route(Mail.UNKNOWN), "unknown", "possible", None),
    ],
)
def test_an_answer_can_make_a_weak_resemblance_stronger(
    route: Route, dns: str, strength: str, reason: str | None
) -> None:
    judged = weigh(look_alike("possible"), Sworn(route))
    assert (judged.dns, judged.strength) == (dns, strength)
    assert (reason in judged.reasons) is (reason is not None)
    assert (judged.resembles, judged.suggestion) == ("exp.co.jp", "aaabb@exp.co.jp")


def test_a_name_that_does_not_exist_stays_a_look_alike_with_what_was_meant() -> None:
    judged = weigh(look_alike("certain"), Sworn(Route(Mail.NONEXISTENT)))
    assert (judged.recipient_class, judged.strength) == ("look-alike", "certain")
    assert judged.suggestion == "aaabb@exp.co.jp"


@pytest.mark.parametrize(
    ("told", "same"),
    [
        (Sworn(mx("mx.exp.co.jp"), NOWHERE, mx("mx.exp.co.jp")), True),
        (Sworn(mx("mx.exp.co.jp"), NOWHERE, mx("other.exp.co.jp")), True),  # within its name
        (Sworn(mx("mx.it.example"), NOWHERE, mx("mx.it.example")), True),
        (Sworn(mx("mx.notexp.co.jp"), NOWHERE, mx("mx.exp.co.jp")), False),
        (Sworn(mx("aspmx.l.google.com"), NOWHERE, mx("aspmx.l.google.com")), False),
        (Sworn(mx("mx.sakura.ne.jp"), NOWHERE, mx("mx.sakura.ne.jp")), False),
        (
            Sworn(
                mx("mx.exp.co.jp", "aspmx.l.google.com"), NOWHERE, mx("mx.exp.co.jp", "x.example")
            ),
            False,
        ),
        (
            Sworn(mx("a.example"), owner("ns1.exp.co.jp"), mx("b.example"), owner("ns1.exp.co.jp")),
            True,
        ),
        (
            Sworn(
                mx("a.example"),
                owner("ns1.exp.co.jp", master="else.example"),
                mx("b.example"),
                owner("ns1.exp.co.jp"),
            ),
            False,
        ),
        (
            Sworn(mx("a.example"), owner("ns1.dnsv.jp"), mx("b.example"), owner("ns1.dnsv.jp")),
            False,
        ),
        (Sworn(mx("a.example"), NOWHERE, mx("b.example"), NOWHERE), False),
        (Sworn(Route(Mail.ADDRESS_ONLY), NOWHERE, Route(Mail.ADDRESS_ONLY), NOWHERE), False),
    ],
)
def test_only_servers_that_strangers_do_not_share_prove_one_owner(told: Sworn, same: bool) -> None:
    judged = weigh(look_alike("certain"), told)
    assert (judged.dns == "same-owner") is same
    assert judged.strength == (Confidence.POSSIBLE if same else Confidence.CERTAIN) or not same


def test_one_owner_still_means_a_question_to_the_sender() -> None:
    """DNS answers as the domain's holder wants: to us today, to the next hop otherwise."""
    judged = weigh(look_alike(), Sworn(mx("mx.exp.co.jp"), NOWHERE, mx("mx.exp.co.jp")))
    assert (judged.recipient_class, judged.strength) == ("look-alike", "possible")
    assert reasons.DNS_SAME_OWNER in judged.reasons


def test_a_collector_is_no_proof_of_one_owner_though_both_use_it() -> None:
    both = Sworn(mx("mx1.mb1p.com"), NOWHERE, mx("mx1.mb1p.com"))
    assert weigh(look_alike("possible"), both).dns == "collector"


@pytest.mark.parametrize("mail", [Mail.NONEXISTENT, Mail.NO_MAIL, Mail.NULL_MX])
def test_a_stranger_that_takes_no_mail_is_nonexistent(mail: Mail) -> None:
    judged = weigh(stranger(), Sworn(Route(mail)))
    assert (judged.recipient_class, judged.dns) == ("nonexistent", mail.value)


def test_a_stranger_whose_mail_goes_to_a_collector_is_a_look_alike_of_nobody_known() -> None:
    judged = weigh(stranger(), Sworn(mx("mail.h-email.net")))
    assert (judged.recipient_class, judged.strength) == ("look-alike", "likely")
    assert (judged.resembles, judged.suggestion) == ("", "")


def test_a_parked_stranger_is_worth_a_question() -> None:
    told = Sworn(Route(Mail.ADDRESS_ONLY), owner("ns1.sedoparking.com"))
    judged = weigh(stranger(), told)
    assert (judged.dns, judged.recipient_class, judged.strength) == (
        "parked",
        "look-alike",
        "possible",
    )


@pytest.mark.parametrize("route", [mx("mail.new.example"), Route(Mail.ADDRESS_ONLY)])
def test_a_stranger_with_mail_stays_a_stranger(route: Route) -> None:
    assert weigh(stranger(), Sworn(route)).recipient_class == "first-time"


def test_a_server_that_only_ends_like_a_family_is_none_of_it() -> None:
    assert collects("mx37.mb1p.com")
    assert not collects("notmb1p.com")
    assert collects("mx.beavis99.net")
    assert parks("ns1.bodis.com")
    assert not parks("bodis.com.example")
    assert shared_mail("exp-co-jp.mail.protection.outlook.com")
    assert not shared_mail("mail.exp.co.jp")
    assert shared_names("ns-1.awsdns-12.co.uk")
    assert not shared_names("ns.exp.co.jp")


_HOSTS = st.frozensets(
    st.sampled_from(["mx.exp.co.jp", "mx.exp.com", "aspmx.l.google.com", "a.mb1p.com"]), max_size=3
)
_ROUTES = st.builds(Route, st.sampled_from(list(Mail)), _HOSTS)
_OWNERS = st.builds(Owner, _HOSTS, st.sampled_from(["", "ns.exp.co.jp"]), st.just(""))
_TOLD = st.builds(Sworn, _ROUTES, _OWNERS, st.none() | _ROUTES, _OWNERS)


@given(st.sampled_from(list(Confidence)), _TOLD)
def test_no_answer_makes_a_look_alike_pass(strength: Confidence, told: Sworn) -> None:
    judged = weigh(look_alike(strength.value), told)
    assert judged.recipient_class is RecipientClass.LOOK_ALIKE
    assert judged.strength is not None
    assert judged.strength.reaches(strength) or judged.dns == Mail.SAME_OWNER
    assert judged.resembles == "exp.co.jp"


@given(_TOLD)
def test_no_answer_makes_a_stranger_known(told: Sworn) -> None:
    judged = weigh(stranger(), told)
    assert judged.recipient_class in ("first-time", "nonexistent", "look-alike")


@pytest.mark.parametrize(("told", "vouched"), [
    (Sworn(mx("mx.exp.com"), meant_route=mx("mail.exp.co.jp"), meant_names=frozenset({"_spf.exp.com"})), True),
    (Sworn(mx("mx.exp.com"), meant_route=mx("mx1.exp.com")), True),
    (Sworn(mx("mx.exp.com"), meant_route=mx("mail.exp.co.jp"), meant_names=frozenset({"notexp.com"})), False),
    (Sworn(mx("mx.exp.com"), meant_names=frozenset({"exp.com"})), False),  # it was not asked
])  # fmt: skip
def test_the_word_of_the_name_meant_makes_it_a_question_and_no_more(
    told: Sworn, vouched: bool
) -> None:
    judged = weigh(look_alike("certain"), told)
    assert (reasons.DNS_VOUCHED in judged.reasons) is vouched
    assert judged.strength == ("possible" if vouched else "certain")
    assert judged.recipient_class is RecipientClass.LOOK_ALIKE


def test_a_collector_stays_one_whoever_vouches_for_it() -> None:
    told = Sworn(
        mx("mx1.h-email.net"), meant_route=mx("m.exp.com"), meant_names=frozenset({"exp.com"})
    )
    assert weigh(look_alike(), told).strength == "certain"

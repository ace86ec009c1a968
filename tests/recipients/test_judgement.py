"""A recipient gets the class that lists, history and trust's dates give it."""

from datetime import date

import pytest

from gateway.model import RecipientClass
from gateway.recipients import Directory, TrustedName, judge
from tests.recipients.examples import TODAY, YESTERDAY, judged


@pytest.mark.parametrize(
    ("domain", "judged_as", "reasons"),
    [
        ("city.example.lg.jp", "internal", ["own-domain"]),
        ("jinji.city.example.lg.jp", "internal", ["own-domain"]),
        ("exp.co.jp", "trusted", ["trusted-list"]),
        ("mail.exp.co.jp", "trusted", ["trusted-list"]),
        ("ＥＸＰ．ＣＯ．ＪＰ", "trusted", ["trusted-list", "full-width"]),
        ("gmail.com", "freemail", ["freemail-provider"]),
        ("xx.so-net.ne.jp", "freemail", ["freemail-provider"]),
        ("i.softbank.jp", "freemail", ["freemail-provider"]),
        ("stranger.co.jp", "first-time", ["never-written"]),
        ("town.example.lg.jp", "first-time", ["never-written"]),
        ("old-partner.or.jp", "first-time", ["trust-expired", "never-written"]),
        ("stranger.co.lp", "invalid", ["suffix-impossible"]),
        ("lg.jp", "invalid", ["suffix-impossible"]),
        ("localhost", "invalid", ["suffix-impossible"]),
        ("[192.0.2.1]", "invalid", ["domain-malformed"]),
        ("stranger..co.jp", "invalid", ["domain-malformed"]),
        ("stranger.co.jp@", "invalid", ["address-malformed"]),
    ],
)
def test_a_recipient_is_judged_by_its_domain(domain, judged_as, reasons):
    recipient = judged(domain)
    assert recipient.recipient_class == judged_as
    assert list(recipient.reasons) == reasons
    assert (recipient.strength, recipient.resembles, recipient.suggestion) == (None, "", "")


def test_trust_carries_what_may_be_received_and_its_end():
    recipient = judged("exp.co.jp")
    assert recipient.may_receive == {"my-number"}
    assert recipient.trusted_until == date(2027, 3, 31)
    assert judged("exp.com").may_receive == frozenset()


def test_trust_ends_after_its_last_day():
    directory = Directory.build([], [TrustedName("exp.co.jp", frozenset({"my-number"}), TODAY)])
    last = judge("a@exp.co.jp", directory, today=TODAY)
    after = judge("a@exp.co.jp", directory, today=date(2026, 11, 22))
    assert (last.recipient_class, after.recipient_class) == ("trusted", "first-time")
    assert after.may_receive == frozenset()
    assert after.trusted_until is None


def test_a_name_whose_trust_expired_is_known_when_it_was_written_to():
    recipient = judged("old-partner.or.jp", written=frozenset({"old-partner.or.jp"}))
    assert recipient.recipient_class == "known"
    assert recipient.reasons == ("trust-expired", "written-before")


def test_several_entries_of_one_name_add_up_and_lapse_one_by_one():
    entries = [
        TrustedName("exp.co.jp", frozenset({"my-number"}), YESTERDAY),
        TrustedName("EXP.co.jp.", frozenset({"bank-account"}), TODAY),
        TrustedName("exp.co.jp"),
    ]
    recipient = judge("a@exp.co.jp", Directory.build([], entries), today=TODAY)
    assert recipient.may_receive == {"bank-account"}
    assert recipient.trusted_until is None


def test_the_nearest_trusted_name_decides_and_its_parent_after_it_lapsed():
    entries = [
        TrustedName("exp.co.jp"),
        TrustedName("kyuyo.exp.co.jp", frozenset({"my-number"}), YESTERDAY),
    ]
    directory = Directory.build([], entries)
    before = judge("a@kyuyo.exp.co.jp", directory, today=YESTERDAY)
    after = judge("a@kyuyo.exp.co.jp", directory, today=TODAY)
    assert before.may_receive == {"my-number"}
    assert (after.recipient_class, after.may_receive) == ("trusted", frozenset())


def test_trust_in_one_department_does_not_reach_its_organisation():
    directory = Directory.build([], [TrustedName("kyuyo.exp.co.jp")])
    assert judge("a@exp.co.jp", directory, today=TODAY).recipient_class == "first-time"


def test_an_entry_covers_no_organisation_above_which_it_stands():
    directory = Directory.build(["miki.lg.jp"], [TrustedName("lg.jp")])
    assert judge("a@city.miki.lg.jp", directory, today=TODAY).recipient_class != "internal"
    assert judge("a@city.osaka.lg.jp", directory, today=TODAY).recipient_class == "first-time"


def test_an_entry_that_names_nobody_is_left_out_and_told():
    directory = Directory.build(["exp,co.jp"], [TrustedName("lg.jp")], ["-"], {"": "exp.co.jp"})
    assert directory.rejected == ("exp,co.jp", "lg.jp", "-", "")


def test_a_name_below_one_written_to_is_known_but_not_one_above():
    below = judged("mail.partner.co.jp", written=frozenset({"partner.co.jp"}))
    above = judged("partner.co.jp", written=frozenset({"mail.partner.co.jp"}))
    assert (below.recipient_class, above.recipient_class) == ("known", "first-time")


def test_a_provider_stays_a_provider_however_often_it_was_written_to():
    assert judged("gmail.com", written=frozenset({"gmail.com"})).recipient_class == "freemail"


def test_a_known_bad_name_stays_bad_even_when_it_was_written_to():
    assert judged("exp-mail.com", written=frozenset({"exp-mail.com"})).strength == "certain"


def test_own_and_trusted_lists_stand_above_the_list_of_bad_names():
    directory = Directory.build(
        ["own.co.jp"],
        [TrustedName("gmai.com")],
        known_bad={"gmai.com": "gmail.com", "own.co.jp": ""},
    )
    assert judge("a@gmai.com", directory, today=TODAY).recipient_class == "trusted"
    assert judge("a@own.co.jp", directory, today=TODAY).recipient_class == "internal"


def test_an_own_name_needs_no_public_suffix():
    directory = Directory.build(["mail.intra"], [])
    assert judge("a@x.mail.intra", directory, today=TODAY).recipient_class == "internal"


def test_of_two_names_that_fit_alike_the_trusted_one_is_meant():
    directory = Directory.build(["exp.or.jp"], [TrustedName("exp.co.jp")])
    assert judge("a@exp.com", directory, today=TODAY).resembles == "exp.co.jp"


def test_an_address_is_answered_verbatim_and_its_domain_in_canonical_form():
    recipient = judge("Taro@EXP.CO.JP.", Directory.build([], []), today=TODAY)
    assert (recipient.address, recipient.domain) == ("Taro@EXP.CO.JP.", "exp.co.jp")


@pytest.mark.parametrize("local", ["taro%evil.example", "evil.example!x", '"a@evil.example"'])
def test_a_local_part_that_names_a_route_does_not_inherit_trust(local):
    directory = Directory.build(internal=["city.example.lg.jp"], trusted=[])
    judged = judge(f"{local}@city.example.lg.jp", directory, today=date(2026, 11, 21))
    assert judged.recipient_class is RecipientClass.INVALID


def test_a_route_through_a_trusted_name_is_malformed_and_its_trust_no_less_valid():
    directory = Directory.build([], [TrustedName("exp.co.jp")])
    judged = judge("taro%evil.example@exp.co.jp", directory, today=TODAY)
    assert judged.reasons == ("address-malformed",)

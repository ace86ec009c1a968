"""One slip of the hand is told from another."""

import pytest

from gateway import reasons
from gateway.recipients.slips import slip_between
from gateway.recipients.suffixes import judge_suffix


@pytest.mark.parametrize(
    ("known", "typed", "reason", "first"),
    [
        ("gmail", "gmai", reasons.SLIP_OMISSION, False),
        ("gmail", "mail", reasons.SLIP_OMISSION, True),
        ("gmail", "gmaill", reasons.SLIP_INSERTION, False),
        ("gmail", "ggmail", reasons.SLIP_INSERTION, False),
        ("gmail", "xgmail", reasons.SLIP_INSERTION, True),
        ("gmail", "gnail", reasons.SLIP_SUBSTITUTION, False),
        ("gmail", "hmail", reasons.SLIP_SUBSTITUTION, True),
        ("gmail", "gmali", reasons.SLIP_TRANSPOSITION, False),
        ("gmail", "mgail", reasons.SLIP_TRANSPOSITION, True),
        ("gmail", "g-mail", reasons.HYPHEN_ONLY, False),
        ("gmail", "grnail", reasons.CONFUSABLE, False),
        ("gmail", "gmai1", reasons.CONFUSABLE, False),
        ("outlook", "0utlook", reasons.CONFUSABLE, False),
        ("softwave", "softvvave", reasons.CONFUSABLE, False),
        ("modern", "moclern", reasons.CONFUSABLE, False),
    ],
)
def test_a_slip_is_named_and_placed(known, typed, reason, first):
    slip = slip_between(known, typed)
    assert slip is not None
    assert (slip.reason, slip.first_letter) == (reason, first)


@pytest.mark.parametrize(
    ("known", "typed"),
    [("gmail", "gmail"), ("gmail", "gmxx2"), ("awsdns-01", "awsdns-02"), ("keiri", "keiri2")],
)
def test_three_slips_none_or_a_number_behind_the_name_are_no_slip(known, typed):
    assert slip_between(known, typed) is None


def test_a_neighbouring_key_is_a_likelier_slip_than_one_far_away():
    near, far = slip_between("keiri", "keuri"), slip_between("keiri", "kepri")
    assert near is not None
    assert far is not None
    assert near.chance > far.chance


@pytest.mark.parametrize(
    ("known", "typed", "judged"),
    [
        ("co.jp", "com", ("likely", "suffix-swap")),
        ("co.jp", "jp", ("likely", "suffix-swap")),
        ("co.jp", "co", ("likely", "suffix-swap")),
        ("com", "cm", ("likely", "suffix-swap")),
        ("co.jp", "net", ("possible", "suffix-swap")),
        ("co.jp", "co.jp.jp", ("certain", "suffix-doubled")),
        ("co.jp", "co.co.jp", ("certain", "suffix-doubled")),
        ("com", "com.com", ("certain", "suffix-doubled")),
        ("co.jp", "de", None),
        ("com", "com.tw", None),
        ("co.jp", "stranger.co.jp", None),
        ("co.jp", "co.jp", None),
    ],
)
def test_a_suffix_is_judged_by_what_people_confuse(known, typed, judged):
    assert judge_suffix(known, typed) == judged

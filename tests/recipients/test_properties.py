"""What holds for every address, however hostile."""

import string
from datetime import date
from time import thread_time

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gateway.model import RecipientClass
from gateway.recipients import Directory, TrustedName, judge
from gateway.recipients.freemail import PROVIDERS
from tests.recipients.examples import DIRECTORY, TODAY, judged

LOCALS = st.text(
    string.ascii_letters + string.digits + "!#$%&'*+/=?^_`{|}~.-", min_size=1, max_size=64
)
PIECES = st.sampled_from(
    ["exp", "gmail", "gmai", "yahoo", "city", "yokohama", ".", "..", "-", "co", "jp", "lg", "com",
     "con", "ー", "。", "Ｊ", "ｐ", "ß", "xn--", "@", '"', "[", "]", " ", "\x00", "\ud800", "é", "0"]
)  # fmt: skip
DOMAINS = st.lists(PIECES, max_size=12).map("".join)


@given(st.text(st.characters(), max_size=300) | st.tuples(LOCALS, DOMAINS).map("@".join))
@settings(max_examples=600, deadline=None)
def test_every_string_gets_a_class(address):
    recipient = judge(address, DIRECTORY, today=TODAY)
    assert recipient.address == address
    assert recipient.recipient_class in RecipientClass
    assert recipient.reasons
    look_alike = recipient.recipient_class is RecipientClass.LOOK_ALIKE
    assert look_alike == (recipient.strength is not None)
    assert look_alike == bool(recipient.resembles)


PLAIN_LOCALS = LOCALS.filter(lambda local: not set(local) & set("%!"))  # no routes

LABELS = st.sampled_from(
    ["exp", "exq", "gmail", "gmai", "yahoo", "city", "yokohama", "a-b", "mail"]
)
SUFFIXES = st.sampled_from(
    ["co.jp", "jp", "com", "lg.jp", "con", "co.lp", "co", "ne.jp", "com.com"]
)
NAMES = st.tuples(st.lists(LABELS, max_size=3), SUFFIXES).map(lambda n: ".".join([*n[0], n[1]]))
WRITINGS = [
    str.upper,
    str.title,
    "{}.".format,
    lambda name: name.replace(".", "。"),
    lambda name: "".join(chr(ord(c) + 0xFEE0) for c in name),
]


@given(PLAIN_LOCALS, PLAIN_LOCALS, NAMES, st.sampled_from(WRITINGS))
@settings(max_examples=300, deadline=None)
def test_the_class_is_a_function_of_the_normalised_domain(one, other, name, write):
    plain = judge(f"{one}@{name}", DIRECTORY, today=TODAY)
    written = judge(f"{other}@{write(name)}", DIRECTORY, today=TODAY)
    assert plain.domain == written.domain == name
    assert plain.recipient_class == written.recipient_class
    assert (plain.strength, plain.resembles) == (written.strength, written.resembles)


@given(LOCALS, st.sampled_from(["exp.com", "gmai.com", "exp.co.lp", "exp,co.jp", "GMAI.COM."]))
def test_a_suggestion_keeps_the_local_part_verbatim(local, domain):
    recipient = judge(f"{local}@{domain}", DIRECTORY, today=TODAY)
    assert recipient.suggestion == f"{local}@{recipient.resembles}"


LONG = [p for p in PROVIDERS if len(p.split(".")[0]) > 4]


@given(st.sampled_from(LONG), st.integers(1, 60), st.sampled_from(["omit", "double", "swap"]))
@settings(deadline=None)
def test_a_slip_inside_a_providers_name_is_certain_whichever_letter_it_falls_on(name, at, slip):
    label, _, suffix = name.partition(".")
    at = 1 + at % (len(label) - 2)
    ends = {"omit": label[at + 1 :], "double": label[at] + label[at:],
            "swap": label[at + 1] + label[at] + label[at + 2 :]}  # fmt: skip
    typed = label[:at] + ends[slip]
    assume(typed != label)
    recipient = judged(f"{typed}.{suffix}")
    assert (recipient.recipient_class, recipient.strength) == ("look-alike", "certain")


def test_what_was_judged_before_does_not_change_a_judgement():
    names = ["exp.com", "gmai.com", "exp.co.jp", "stranger.co.jp", "exp.com"]
    fresh = [
        judge(f"a@{n}", Directory.build([], [TrustedName("exp.co.jp")]), today=TODAY) for n in names
    ]
    shared = Directory.build([], [TrustedName("exp.co.jp")])
    assert fresh == [judge(f"a@{n}", shared, today=TODAY) for n in names]


@pytest.mark.parametrize(
    "address",
    ["a" * 1_000_000, "@" * 1_000_000, "a@" + "a." * 500_000, "a@" + "。" * 500_000, "a@" + "," * 500_000,
     '"' + "\\" * 1_000_000 + '@exp.co.jp', "a@" + "é" * 250],
)  # fmt: skip
def test_a_hostile_address_costs_no_more_than_its_length(address):
    before = thread_time()
    assert judge(address, DIRECTORY, today=TODAY).recipient_class == "invalid"
    assert thread_time() - before < 0.5


def test_a_stranger_against_a_thousand_names_costs_well_under_a_millisecond():
    partners = [TrustedName(f"{a}{b}kougyou.co.jp") for a in PLACES for b in PLACES]
    directory = Directory.build([], partners)
    strangers = [f"a@{a}{b}shouji.co.jp" for a in PLACES for b in PLACES]
    before = thread_time()
    for stranger in strangers:
        judge(stranger, directory, today=date(2026, 11, 21))
    assert (thread_time() - before) / len(strangers) < 0.001


PLACES = [f"{a}{b}" for a in ("yama", "kawa", "matsu", "taka") for b in
         ("da", "mura", "moto", "saki", "shita", "guchi", "naka", "no")]  # fmt: skip

"""The part before the @ is held against the persons who were written to."""

import pytest

from gateway.recipients import judge
from gateway.recipients.evidence import Evidence
from tests.recipients.examples import DIRECTORY, TODAY

PERSONS = Evidence(here=frozenset({"tanaka2", "suzuki", "soumu", "abe"}))
TARO = Evidence(elsewhere=frozenset({"exp.co.jp"}))


def judged(address, evidence):
    return judge(address, DIRECTORY, today=TODAY, evidence=evidence)


@pytest.mark.parametrize(
    ("local", "meant"), [("tanaka", "tanaka2"), ("suzuku", "suzuki"), ("Szuuki", "suzuki")]
)
def test_a_slip_of_a_known_person_is_asked_about(local, meant):
    recipient = judged(f"{local}@exp.co.jp", PERSONS)
    assert recipient.recipient_class == "trusted"
    assert recipient.reasons == ("address-near", "trusted-list")
    assert recipient.suggestion == f"{meant}@exp.co.jp"
    assert recipient.resembles == ""


@pytest.mark.parametrize("local", ["suzuki", "SUZUKI", "yamada", "ebe"])
def test_a_known_person_a_stranger_and_a_short_name_are_not(local):
    assert judged(f"{local}@exp.co.jp", PERSONS).reasons == ("trusted-list",)


def test_a_person_known_at_one_other_domain_is_asked_about():
    recipient = judged("yamada.taro@gmail.com", TARO)
    assert recipient.reasons == ("address-elsewhere", "freemail-provider")
    assert recipient.suggestion == "yamada.taro@exp.co.jp"


@pytest.mark.parametrize("local", ["info", "soumu", "abe"])
def test_a_role_or_a_short_name_is_nobody_in_particular(local):
    assert judged(f"{local}@stranger.co.jp", TARO).reasons == ("never-written",)


def test_a_person_known_at_many_domains_is_no_sign():
    many = Evidence(elsewhere=frozenset({"exp.co.jp", "tsuruya.co.jp"}))
    assert judged("yamada.taro@gmail.com", many).reasons == ("freemail-provider",)


def test_a_person_known_at_the_name_that_was_meant_makes_the_doubt_surer():
    alone, known = judged("taro@kanca.co.jp", Evidence()), judged(
        "taro@kanca.co.jp", Evidence(elsewhere=frozenset({"kanda.co.jp"}))
    )  # fmt: skip
    assert (alone.strength, known.strength) == ("possible", "likely")


def test_an_own_address_is_not_asked_about():
    assert judged("tanaka@city.example.lg.jp", PERSONS).reasons == ("own-domain",)

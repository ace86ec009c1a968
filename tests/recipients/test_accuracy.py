"""A small sample of ``python -m tests.corpus address``: the bars hold on shipped names alone."""

import random

import pytest

from gateway.recipients import Directory, lists
from gateway.recipients.list_files import NameLists
from tests.bench.address import names
from tests.corpus.address import LONG, SEED, caught, protected_names, share
from tests.corpus.address_slips import SINGLE, STRUCTURAL, twisted

PROTECTED = protected_names([], random.Random(SEED), 100)
DIRECTORY = Directory.build([], [], PROTECTED, name_lists=NameLists(shipped_real=False))


@pytest.fixture(scope="module")
def trials():
    return caught(PROTECTED, set(lists.real()), DIRECTORY)


def test_single_slips_of_long_names_are_caught(trials):
    long = [t for t in trials if t.kind in SINGLE and t.length >= LONG]
    assert len(long) > 500
    assert share(long) >= 0.97


@pytest.mark.parametrize("kind", STRUCTURAL)
def test_every_structural_error_is_caught(trials, kind):
    of_kind = [t for t in trials if t.kind == kind]
    assert of_kind
    assert [t.domain for t in of_kind if t.strength is None] == []


def test_the_name_that_was_meant_is_the_one_suggested(trials):
    found = [t for t in trials if t.strength and t.kind in SINGLE]
    assert sum(t.right for t in found) / len(found) > 0.97


def test_no_real_name_on_the_shipped_list_alarms():
    directory = Directory.build([], [], PROTECTED)
    assert [n for n in lists.real() if directory.look_alike(n)] == []


def test_made_up_strangers_seldom_alarm():
    strangers = names(4000, random.Random(SEED))
    alarms = [m for n in strangers if (m := DIRECTORY.look_alike(n))]
    assert len(alarms) <= len(strangers) / 200
    assert sum(m.strength != "possible" for m in alarms) <= len(strangers) / 2000


def test_dnstwist_makes_look_alikes_of_a_name_that_it_reads_as_we_do():
    made = dict(twisted("exp.co.jp", random.Random(1)))
    assert {"omission", "transposition", "various"} <= made.keys()

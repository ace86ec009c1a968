"""Every text-like carrier and every mail container is read; clean ones alarm nobody."""

from __future__ import annotations

import pytest

from gateway.model import Confidence
from tests.corpus import mail_carriers, text_carriers
from tests.corpus.carrier import Carrier
from tests.corpus.found import inspected

SEED = 20260401
# What another room says of these besides: a coded block in a text has two readings.
DOUBTED = frozenset(("uuencode", "uuencode, quoted", "yEnc", "clean: begin in prose"))
ALL = [*text_carriers.carriers(SEED), *mail_carriers.carriers(SEED)]


@pytest.mark.parametrize("carrier", [pytest.param(c, id=c.kind) for c in ALL if c.numbers])
def test_the_numbers_of_a_carrier_are_found_and_it_is_read_whole(carrier: Carrier) -> None:
    inspection = inspected(carrier)
    assert inspection.persons.at(Confidence.LIKELY) == len(carrier.numbers)
    assert not inspection.unread or carrier.kind in DOUBTED


@pytest.mark.parametrize("carrier", [pytest.param(c, id=c.kind) for c in ALL if not c.numbers])
def test_a_carrier_without_a_number_is_clean(carrier: Carrier) -> None:
    inspection = inspected(carrier)
    assert not inspection.findings
    assert not inspection.unread or carrier.kind in DOUBTED


def test_the_same_seed_makes_the_same_text_carriers() -> None:
    assert list(text_carriers.carriers(5)) == list(text_carriers.carriers(5))


def test_no_two_carriers_have_the_same_name() -> None:
    kinds = [(c.family, c.kind) for c in ALL]
    assert len(set(kinds)) == len(kinds)

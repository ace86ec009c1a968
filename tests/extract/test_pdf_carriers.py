"""Every kind of PDF that carries a number: the engine finds that number in it."""

from __future__ import annotations

import pytest

from gateway.inspection import inspect_now, wrap
from gateway.model import InspectionLimits
from tests.corpus.carrier import Carrier
from tests.corpus.pdf_carriers import carriers

CARRIERS = list(carriers(7))


@pytest.mark.parametrize("carrier", CARRIERS, ids=lambda c: c.kind)
def test_the_numbers_of_a_carrier_are_found(carrier: Carrier) -> None:
    found = inspect_now(wrap("a.pdf", carrier.content), InspectionLimits())
    assert found.persons.likely >= len(carrier.numbers)
    assert bool(found.persons.likely) is bool(carrier.numbers)


def test_a_clean_letter_is_read_whole() -> None:
    (letter,) = [c for c in CARRIERS if not c.numbers]
    assert inspect_now(wrap("a.pdf", letter.content), InspectionLimits()).clean


def test_the_same_seed_gives_the_same_bytes() -> None:
    assert [c.content for c in carriers(3)] == [c.content for c in carriers(3)]

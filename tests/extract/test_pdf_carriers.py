"""Every kind of PDF that carries a number: the engine finds that number in it."""

from __future__ import annotations

import pytest

from gateway.inspection import TARGET, Inspector, inspect_now, wrap
from gateway.model import InspectionLimits
from gateway.sandbox import WorkerLimits, WorkerPool
from tests.corpus.carrier import Carrier
from tests.corpus.pdf_carriers import carriers

CARRIERS = list(carriers(7))


@pytest.mark.parametrize("carrier", CARRIERS, ids=lambda c: c.kind)
def test_the_numbers_of_a_carrier_are_found(carrier: Carrier) -> None:
    found = inspect_now(wrap("a.pdf", carrier.content), InspectionLimits())
    assert found.persons.likely >= len(carrier.numbers)
    assert bool(found.persons.likely) is bool(carrier.numbers)


@pytest.mark.parametrize("letter", [c for c in CARRIERS if not c.numbers], ids=lambda c: c.kind)
def test_a_clean_letter_is_read_whole(letter: Carrier) -> None:
    assert inspect_now(wrap("a.pdf", letter.content), InspectionLimits()).clean


def test_the_same_seed_gives_the_same_bytes() -> None:
    assert [c.content for c in carriers(3)] == [c.content for c in carriers(3)]


async def test_a_worker_behind_its_walls_finds_them_too() -> None:
    """Without font files PDFium dropped turned letters, and qpdf found no random device."""
    limits = InspectionLimits()
    pool = WorkerPool(TARGET, 1, WorkerLimits(memory_bytes=1 << 30, cpu_s=30, wall_s=40))
    await pool.start()
    try:
        inspector = Inspector(limits, pool)
        missed = [
            carrier.kind
            for carrier in CARRIERS
            if carrier.numbers
            and not (await inspector.inspect(wrap("a.pdf", carrier.content))).persons.likely
        ]
    finally:
        await pool.stop()
    assert missed == []

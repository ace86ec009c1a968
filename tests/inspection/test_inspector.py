"""The inspector with real workers: every way a worker fails is an answer, never a pass."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from gateway.errors import InspectionError
from gateway.inspection import TARGET, Inspector, inspect_now, inspect_plain
from gateway.inspection.job import note
from gateway.model import InspectionLimits, Place
from gateway.sandbox import WorkerLimits, WorkerPool
from tests.extract.samples import pdf, workbook, zipped
from tests.inspection.test_engine import attach, mail
from tests.numbers import my_number, my_numbers

LIMITS = InspectionLimits()
HARD = WorkerLimits(wall_s=20.0, queue_s=20.0)
WITH_FILE = attach(mail(subject="件名"), "a.pdf", b"%PDF-").as_bytes()


@asynccontextmanager
async def an_inspector(
    target: str = TARGET, limits: WorkerLimits = HARD, *, size: int = 1, losses: int = 3
) -> AsyncIterator[Inspector]:
    pool = WorkerPool(target, size, limits)
    await pool.start()
    try:
        yield Inspector(LIMITS, pool, losses)
    finally:
        await pool.stop()


async def test_a_number_in_an_attachment_is_found_by_a_worker() -> None:
    content = attach(mail(), "a.pdf", pdf("申告書です", f"個人番号 {my_number(1)}")).as_bytes()
    async with an_inspector() as inspector:
        found = await inspector.inspect(content)
    assert found.persons.likely == 1
    assert found.unread == ()
    assert found.headers.header_from == ("soumu@example.jp",)


async def test_plain_text_needs_no_worker() -> None:
    inspector = Inspector(LIMITS, WorkerPool(TARGET, 1, WorkerLimits(queue_s=0.01)))
    found = await inspector.inspect(mail(f"個人番号 {my_number(2)}").as_bytes())
    assert found.persons.likely == 1


async def test_without_any_worker_the_client_is_asked_to_try_again() -> None:
    inspector = Inspector(LIMITS, WorkerPool(TARGET, 1, WorkerLimits(queue_s=0.01)))
    with pytest.raises(InspectionError):
        await inspector.inspect(WITH_FILE)


@pytest.mark.parametrize(
    ("target", "reason", "place"),
    [
        ("hangs", "limit", "2 a.pdf / p. 3"),
        ("eats", "limit", "mail"),
        ("crashes", "damaged", "2 a.pdf"),
        ("crashes_at_once", "damaged", "mail"),
        ("lies", "damaged", "mail"),
        ("says_nothing", "damaged", "mail"),
    ],
)
async def test_a_worker_that_fails_leaves_the_mail_unread(
    target: str, reason: str, place: str
) -> None:
    limits = WorkerLimits(wall_s=0.5, queue_s=20.0)
    async with an_inspector(f"tests.inspection.targets:{target}", limits) as inspector:
        found = await inspector.inspect(WITH_FILE)
    assert [(str(u.place), str(u.reason)) for u in found.unread] == [(place, reason)]
    assert not found.clean
    assert found.attachments == 1
    assert found.headers.subject == "件名"


def test_a_progress_note_holds_no_number() -> None:
    number = my_number(3)
    assert number not in note(Place((f"2 {number}.pdf", "p. 3")))


# ------------------------------------------------------------------ a part that costs its worker

POISONED = "tests.inspection.targets:poisoned"
QUICK = WorkerLimits(wall_s=20.0, part_s=0.5, queue_s=20.0, memory_bytes=1 << 30)


def poisoned(*poisons: str) -> bytes:
    """A mail with hostile parts, and a live number in the part behind them."""
    made = mail()
    for number, poison in enumerate(poisons):
        attach(made, f"{number}.txt", f"poison that {poison}".encode())
    return attach(made, "名簿.txt", f"個人番号 {my_number(4)}".encode()).as_bytes()


@pytest.mark.parametrize(
    ("poison", "reason"), [("kills", "damaged"), ("hangs", "limit"), ("eats", "limit")]
)
async def test_a_hostile_part_is_named_and_the_number_beside_it_is_found(
    poison: str, reason: str
) -> None:
    async with an_inspector(POISONED, QUICK) as inspector:
        found = await inspector.inspect(poisoned(poison))
    assert found.persons.likely == 1
    assert [(str(u.place), str(u.reason)) for u in found.unread] == [("2 0.txt", reason)]
    assert [p.read for p in found.parts] == [True, False, True]


async def test_several_hostile_parts_are_lost_one_by_one() -> None:
    async with an_inspector(POISONED, QUICK) as inspector:
        found = await inspector.inspect(poisoned("kills", "eats", "kills"))
    assert found.persons.likely == 1
    assert [str(u.place) for u in found.unread] == ["2 0.txt", "3 1.txt", "4 2.txt"]


async def test_a_hostile_member_of_an_archive_costs_that_member_alone() -> None:
    packed = zipped(("a.txt", b"poison that kills"), ("b.txt", f"個人番号 {my_number(5)}".encode()))
    async with an_inspector(POISONED, QUICK) as inspector:
        found = await inspector.inspect(attach(mail(), "a.zip", packed).as_bytes())
    assert found.persons.likely == 1
    assert [str(u.place) for u in found.unread] == ["2 a.zip / a.txt"]


async def test_a_mail_that_goes_on_killing_is_given_up_and_not_clean() -> None:
    async with an_inspector(POISONED, QUICK, losses=2) as inspector:
        found = await inspector.inspect(poisoned("kills", "kills", "kills"))
    assert [(str(u.place), str(u.reason)) for u in found.unread] == [("4 2.txt", "damaged")]
    assert [p.read for p in found.parts] == [False]


async def test_a_mail_that_goes_on_killing_costs_so_many_workers_and_no_more() -> None:
    with capture_logs() as lines:
        async with an_inspector(POISONED, QUICK, losses=2) as inspector:
            found = await inspector.inspect(poisoned(*["kills"] * 6))
            assert (await inspector.inspect(poisoned())).persons.likely == 1  # the next is read
    assert [line["event"] for line in lines].count("worker-failed") == 3
    assert not found.clean


async def test_all_tries_together_have_the_time_of_one_mail() -> None:
    limits = replace(QUICK, wall_s=1.2, part_s=0.4)
    started = time.monotonic()
    async with an_inspector(POISONED, limits, losses=100) as inspector:
        found = await inspector.inspect(poisoned(*["hangs"] * 20))
    assert not found.clean
    assert time.monotonic() - started < 10


async def test_other_mails_are_read_while_one_kills_its_workers() -> None:
    clean = attach(mail(), "a.txt", f"個人番号 {my_number(6)}".encode()).as_bytes()
    async with an_inspector(POISONED, replace(QUICK, part_s=2.0), size=2) as inspector:
        poison = [asyncio.create_task(inspector.inspect(poisoned("kills", "hangs")))]
        poison += [asyncio.create_task(inspector.inspect(poisoned("kills", "hangs")))]
        await asyncio.sleep(0.5)
        started = time.monotonic()
        assert (await inspector.inspect(clean)).persons.likely == 1
        assert time.monotonic() - started < 1.0
        assert [found.persons.likely for found in await asyncio.gather(*poison)] == [1, 1]


async def test_a_worker_that_hides_what_was_lost_makes_no_mail_clean() -> None:
    async with an_inspector("tests.inspection.targets:hides_its_loss") as inspector:
        found = await inspector.inspect(attach(mail(), "a.txt", b"text").as_bytes())
    assert [(str(u.place), str(u.reason)) for u in found.unread] == [("mail", "damaged")]


async def test_a_page_of_numbers_is_left_to_a_worker_and_found_there() -> None:
    lines = "\n".join(f"個人番号 {number}" for number in my_numbers(7, 300))
    content = mail(lines).as_bytes()
    assert inspect_plain(content, LIMITS) is None
    async with an_inspector() as inspector:
        assert (await inspector.inspect(content)).persons.likely == 300


def test_a_long_text_without_numbers_is_read_here() -> None:
    content = mail("本日はありがとうございました。\n" * 500).as_bytes()
    assert inspect_plain(content, LIMITS) is not None


async def test_what_a_worker_reads_is_what_is_read_without_walls() -> None:
    """Nothing is left to be imported or opened when the walls are up."""
    samples = {
        "a.pdf": pdf(f"個人番号 {my_number(8)}"),
        "a.xlsx": workbook(),
        "a.zip": zipped(("b.csv", b"a,b\r\n1,2\r\n"), ("c.pdf", pdf("x"))),
        "a.html": "<html><body><p>個人番号</p></body></html>".encode("iso2022_jp"),
        "a.bin": bytes(range(256)) * 8,
    }
    async with an_inspector() as inspector:
        for name, sample in samples.items():
            content = attach(mail(), name, sample).as_bytes()
            there = await inspector.inspect(content)
            here = inspect_now(content, LIMITS)
            assert replace(there, elapsed_ms=0.0) == replace(here, elapsed_ms=0.0), name

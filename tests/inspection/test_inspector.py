"""The inspector with real workers: every way a worker fails is an answer, never a pass."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from gateway.errors import InspectionError
from gateway.inspection import TARGET, Inspector
from gateway.inspection.job import note
from gateway.model import InspectionLimits, Place
from gateway.sandbox import WorkerLimits, WorkerPool
from tests.extract.samples import pdf
from tests.inspection.test_engine import attach, mail
from tests.numbers import my_number

LIMITS = InspectionLimits()
HARD = WorkerLimits(wall_s=20.0, queue_s=20.0)
WITH_FILE = attach(mail(subject="件名"), "a.pdf", b"%PDF-").as_bytes()


@asynccontextmanager
async def an_inspector(
    target: str = TARGET, limits: WorkerLimits = HARD
) -> AsyncIterator[Inspector]:
    pool = WorkerPool(target, 1, limits)
    await pool.start()
    try:
        yield Inspector(LIMITS, pool)
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

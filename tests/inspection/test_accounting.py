"""A worker is held to the whole mail: whatever it leaves out, the mail is not clean."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from gateway.inspection import accounting, inspect_now
from gateway.inspection.accounting import UnaccountedError
from gateway.message import parse
from gateway.message.outline import outline
from gateway.model import Inspection, InspectionLimits, PartCoverage, Place
from tests.extract.samples import pdf, zipped
from tests.inspection.test_engine import attach, mail
from tests.inspection.test_inspector import an_inspector
from tests.message.catalogue import cases
from tests.message.honest import ODD, ORDINARY
from tests.message.mutations import mutations
from tests.numbers import my_number

LIMITS = InspectionLimits()
SEED = 20261130
PACKED = zipped(("a.txt", b"text"), ("b.txt", b"more text"))
CONTENT = attach(attach(mail(), "a.txt", b"twelve bytes"), "a.zip", PACKED).as_bytes()
WHOLE = inspect_now(CONTENT, LIMITS)


def odd_mails() -> Iterator[bytes]:
    yield from (case.content for case in cases(SEED))
    yield from (content for _, content in mutations(SEED, 300))


def parsed(content: bytes, limits: InspectionLimits = LIMITS) -> Inspection:
    """What a walk through the mail counts, without reading what it meets."""
    message = parse(content, limits)
    parts = tuple(PartCoverage(x.place, "", len(x.content), True) for x in message.leaves)
    header = (PartCoverage(Place(("mail",)), "", len(content), True),)
    return Inspection(parts=parts or header, unread=message.unread)


def test_every_honest_mail_adds_up() -> None:
    for name, content in (*ORDINARY.items(), *ODD.items()):
        accounting.check(content, inspect_now(content, LIMITS), LIMITS)
        assert len(outline(content, LIMITS)) == len(parsed(content).parts), name


def test_every_trick_and_every_damage_adds_up() -> None:
    """Else a mail that is only odd would be held for what no worker did."""
    for content in odd_mails():
        accounting.check(content, parsed(content), LIMITS)


def test_a_mail_that_meets_a_limit_adds_up() -> None:
    for limits in (replace(LIMITS, parts=2), replace(LIMITS, depth=0), replace(LIMITS, headers=3)):
        accounting.check(CONTENT, inspect_now(CONTENT, limits), limits)


def without(*gone: int) -> Inspection:
    kept = (p for number, p in enumerate(WHOLE.parts) if number not in gone)
    return replace(WHOLE, parts=tuple(kept))


def changed(number: int, **changes: object) -> Inspection:
    parts = list(WHOLE.parts)
    parts[number] = replace(parts[number], **changes)  # type: ignore[arg-type]
    return replace(WHOLE, parts=tuple(parts))


def test_the_parts_that_are_forgotten_below_are_these() -> None:
    assert [str(p.place) for p in WHOLE.parts] == [
        "1 text/plain", "2 a.txt", "3 a.zip / a.txt", "3 a.zip / b.txt", "3 a.zip",
    ]  # fmt: skip
    accounting.check(CONTENT, WHOLE, LIMITS)


@pytest.mark.parametrize(
    "told",
    [
        without(0),
        without(1),
        without(2, 3, 4),
        without(4),  # a container, and not what is in it
        changed(1, size_bytes=11),
        changed(4, size_bytes=0),
        changed(3, read=False),  # and nothing says why
        replace(WHOLE, parts=()),
        replace(WHOLE, parts=(PartCoverage(Place(("mail",)), "", len(CONTENT), True),)),
    ],
)
def test_an_answer_with_a_hole_is_refused(told: Inspection) -> None:
    with pytest.raises(UnaccountedError):
        accounting.check(CONTENT, told, LIMITS)


def test_a_header_alone_counts_as_one_part() -> None:
    content = b"Subject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    assert outline(content, LIMITS) == ()
    accounting.check(content, inspect_now(content, LIMITS), LIMITS)
    with pytest.raises(UnaccountedError):
        accounting.check(content, Inspection(), LIMITS)


@pytest.mark.parametrize("target", ["forgets_the_last_part", "forgets_all_but_the_first"])
async def test_a_worker_that_forgets_a_part_makes_no_mail_clean(target: str) -> None:
    content = attach(mail(), "a.txt", f"個人番号 {my_number(1)}".encode())
    attach(content, "b.pdf", pdf("text"))
    async with an_inspector(f"tests.inspection.targets:{target}") as inspector:
        found = await inspector.inspect(content.as_bytes())
    assert [(str(u.place), str(u.reason), u.detail) for u in found.unread] == [
        ("mail", "damaged", "reader left out parts")
    ]
    assert found.persons.likely == 1  # what it did find counts


async def test_a_worker_whose_answer_is_refused_is_given_no_other_mail() -> None:
    content = attach(mail(), "a.txt", b"text").as_bytes()
    for target in ("forgets_the_last_part", "lies"):
        async with an_inspector(f"tests.inspection.targets:{target}") as inspector:
            pool = inspector._pool
            before = pool.pids
            assert not (await inspector.inspect(content)).clean
            assert not (await inspector.inspect(content)).clean  # by its successor
            assert before[0] not in pool.pids

"""Every bomb and trick, small, read by a real worker that may use little memory and time.

A worker over its processor time or memory is killed, and its part named as lost: that is how
these tests tell, by no clock of their own. The large ones run behind
``python -m tests.bench bombs``.
"""

from __future__ import annotations

import itertools
import sys
import time
from collections.abc import AsyncIterator
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest
import pytest_asyncio

from gateway.inspection import TARGET, Inspector, inspect_now, wrap
from gateway.model import InspectionLimits
from gateway.sandbox import WorkerLimits, WorkerPool
from tests.corpus.bomb_documents import documents, docx, mails, xlsx
from tests.corpus.bombs import Bomb, archives, forty_two, many_bombs, odd_tar, one_offset, zeros
from tests.numbers import my_number

SMALL = InspectionLimits()
MEMORY = 256 * 1024 * 1024  # address space beside what is loaded: a quarter of the default
CPU_S = 10  # the worst takes about one
NUMBER = my_number(42)
ATTACHED = [*archives(1), *documents(1)]
LOST = ("time or memory", "reader ended")  # what is said of a part that cost a worker


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def inspector() -> AsyncIterator[Inspector]:
    pool = WorkerPool(
        TARGET, 1, WorkerLimits(memory_bytes=MEMORY, cpu_s=CPU_S, wall_s=120, part_s=120)
    )
    await pool.start()
    yield Inspector(SMALL, pool)
    await pool.stop()


def beside_a_number(bomb: Bomb) -> bytes:
    """A mail with the bomb, and a list with a number behind it."""
    made = EmailMessage(policy=SMTP)
    made["From"], made["To"], made["Subject"] = "a@city.example.lg.jp", "b@example.org", "files"
    made.set_content("See the attached files.\n")
    made.add_attachment(bomb.make(), "application", "octet-stream", filename=bomb.file_name)
    made.add_attachment(f"氏名,個人番号\n山田,{NUMBER}\n".encode(), "text", "csv", filename="a.csv")
    return made.as_bytes()


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("bomb", ATTACHED, ids=lambda b: b.kind)
async def test_a_bomb_costs_no_worker_and_hides_no_number_beside_it(
    inspector: Inspector, bomb: Bomb
) -> None:
    found = await inspector.inspect(beside_a_number(bomb))
    assert [u.detail for u in found.unread if u.detail in LOST] == []
    # A bomb may use up what one mail may cost; then the list behind it is named as not read.
    named = [u for u in found.unread if u.place.steps[0].startswith("3")]
    assert found.persons.likely == 1 or named
    assert bool(found.unread) is not bomb.read


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("bomb", list(mails(1)), ids=lambda b: b.kind)
async def test_a_mail_that_is_a_bomb_is_an_answer(inspector: Inspector, bomb: Bomb) -> None:
    found = await inspector.inspect(bomb.make())
    assert [u.detail for u in found.unread if u.detail in LOST] == []
    assert bool(found.unread) is not bomb.read


@pytest.mark.parametrize(
    "content",
    [one_offset(400, 16 << 20), many_bombs(60, 16 << 20), forty_two(2, 16 << 20)],
    ids=["one member listed often", "many bombs", "nested"],
)
def test_many_bombs_cost_no_more_than_one(content: bytes) -> None:
    """Each used to be unpacked to the ratio's floor: a thousand of them took twenty seconds."""
    few = InspectionLimits(total_bytes=50 << 20)
    started = time.process_time()
    found = inspect_now(wrap("a.zip", content), few)
    assert time.process_time() - started < 2.0  # 0.2 s; 400 times 20 ms before
    assert "limit" in {str(u.reason) for u in found.unread}


@pytest.fixture
def writes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """Names of everything that is opened to write, made, linked or renamed."""
    monkeypatch.chdir(tmp_path)
    met: list[str] = []
    watching = [True]

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if not watching:
            return
        opened = (
            event == "open" and isinstance(arguments[1], str) and set("wax+") & set(arguments[1])
        )
        if opened or event in ("os.mkdir", "os.symlink", "os.link", "os.rename", "os.mknod"):
            met.append(f"{event} {arguments[0]}")

    sys.addaudithook(hook)  # can't be removed, so it is told to look away
    yield met
    watching.clear()


def test_nothing_of_an_archive_is_ever_written(writes: list[str], tmp_path: Path) -> None:
    found = inspect_now(wrap("a.tar", odd_tar()), SMALL)
    assert len(found.parts) == 12
    assert writes == []
    assert list(tmp_path.iterdir()) == []


def test_no_name_in_an_archive_leads_out_of_it() -> None:
    found = inspect_now(wrap("a.tar", odd_tar()), SMALL)
    steps = list(itertools.chain(*(p.place.steps for p in found.parts)))
    assert any("evil.txt" in step for step in steps)
    assert not any("\u202e" in step or "\0" in step or "\n" in step for step in steps)


@pytest.mark.parametrize("make", [docx, xlsx])
def test_an_external_entity_is_never_fetched(make, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    secret = tmp_path / "secret.txt"
    secret.write_text(f"個人番号 {NUMBER}")
    content = make(b"&e;", b'<!DOCTYPE x [<!ENTITY e SYSTEM "%s">]>' % secret.as_uri().encode())
    found = inspect_now(wrap("a.docx", content), SMALL)
    assert found.persons.possible == 0
    assert {str(u.reason) for u in found.unread} == {"damaged"}


def test_a_kernel_of_zeros_is_what_it_says() -> None:
    """Else the bombs above would only be broken files."""
    import zlib

    assert len(zlib.decompress(zeros(2 << 20), -15)) == 2 << 20

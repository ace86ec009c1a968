"""Faults of the disk and of the database: nothing promised, nothing tried twice, cause told."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.errors import StoreError
from gateway.model import Fate, Outcome, Reply, Verdict
from gateway.store import Store, check_integrity
from gateway.store.faults import BusyError, LastingError
from gateway.store.group import GROUP_ORDERS
from tests.store.databases import missing
from tests.store.mails import Clock, Keys, decision, inspection, parks_for, ruling, submission

RELAYED = Outcome(Fate.RELAYED, Reply(250, "2.0.0", "OK"))


async def relay(store: Store, address: str = "a@partner.example") -> str:
    mail, made = submission(address), decision(ruling(address, Verdict.ALLOW))
    await store.intend(mail, inspection(0), made, [], [], staged=False)
    return mail.queue_id


async def commits(store: Store, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Sizes of the groups that are written from now on."""
    sizes: list[int] = []
    write = store._group._write

    def counted(cursor, orders):
        sizes.append(len(orders))
        write(cursor, orders)

    monkeypatch.setattr(store._group, "_write", counted)
    return sizes


# ------------------------------------------------------------------ group commit


async def test_mails_that_wait_together_are_committed_together(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = await commits(store, monkeypatch)
    ids = await asyncio.gather(*(relay(store) for _ in range(40)))
    await asyncio.gather(*(store.settle(queue_id, RELAYED) for queue_id in ids))
    assert sum(sizes) == 80
    assert len(sizes) <= 4
    assert await store.audit_verify() == []


async def test_a_group_is_never_larger_than_its_limit(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = await commits(store, monkeypatch)
    await asyncio.gather(*(relay(store) for _ in range(GROUP_ORDERS + 10)))
    assert max(sizes) == GROUP_ORDERS


async def test_huge_mails_do_not_share_a_commit(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.store.group.GROUP_BYTES", 3000)
    sizes = await commits(store, monkeypatch)

    async def park() -> None:
        mail, made = (
            submission(content=b"x" * 4000),
            decision(ruling("aaabb@exp.com", Verdict.HOLD)),
        )
        await store.intend(mail, inspection(), made, parks_for(mail, made), [], staged=False)

    await asyncio.gather(*(park() for _ in range(3)))
    assert sizes == [1, 1, 1]


async def test_a_mail_that_cannot_be_written_does_not_take_the_others_with_it(
    store: Store,
) -> None:
    twice, made = submission("a@x.example"), decision(ruling("a@x.example", Verdict.ALLOW))
    await store.intend(twice, inspection(0), made, [], [], staged=False)
    results = await asyncio.gather(
        relay(store),
        store.intend(twice, inspection(0), made, [], [], staged=False),
        relay(store),
        store.settle("never-was", RELAYED),
        return_exceptions=True,
    )
    failed = [r for r in results if isinstance(r, BaseException)]
    assert [type(e) for e in failed] == [StoreError, StoreError]
    assert failed[0] is not failed[1]
    good = [str(results[0]), str(results[2]), twice.queue_id]
    for queue_id in good:
        await store.settle(queue_id, RELAYED)
    assert await store.ready()
    assert await store.audit_verify() == []


async def test_a_caller_that_goes_away_leaves_the_others_their_answer(store: Store) -> None:
    leaver, stayer = asyncio.create_task(relay(store)), asyncio.create_task(relay(store))
    await asyncio.sleep(0)
    leaver.cancel()
    await store.settle(await stayer, RELAYED)
    assert await store.ready()


# ------------------------------------------------------------------ SQLite's own faults


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "one" / "sekisho.db"


@pytest.fixture
async def embedded(path: Path, keys: Keys, clock: Clock) -> AsyncIterator[Store]:
    opened = await Store.open(f"sqlite:{path}", keys.sealer, clock=clock)
    yield opened
    await opened.close()


async def test_a_locked_database_is_waited_for_and_then_refused_without_more(
    embedded: Store, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.store.database._PRAGMAS", ("PRAGMA busy_timeout=100",))
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(BusyError, match="locked"):
        await relay(embedded)
    assert await embedded.ready()
    other.execute("ROLLBACK")
    other.close()
    await embedded.settle(await relay(embedded), RELAYED)


async def test_a_database_that_was_deleted_takes_the_store_out_of_service(
    embedded: Store, path: Path
) -> None:
    told: list[str] = []
    embedded.on_fault(told.append)
    await relay(embedded)
    shutil.rmtree(path.parent)
    for _ in range(2):
        with pytest.raises(LastingError, match="deleted, emptied or replaced"):
            await relay(embedded)
    assert len(told) == 1
    assert not await embedded.ready()
    assert not path.exists()  # noqa: ASYNC240


async def test_a_damaged_page_takes_the_store_out_of_service(
    embedded: Store, path: Path, clock: Clock, keys: Keys
) -> None:
    await asyncio.gather(*(relay(embedded) for _ in range(200)))
    await embedded.close()
    damage(path)

    async def use() -> None:
        store = await Store.open(f"sqlite:{path}", keys.sealer, clock=clock)
        try:
            await asyncio.gather(*(relay(store) for _ in range(100)))
        finally:
            await store.close()

    with pytest.raises(LastingError, match="damaged, restore the backup"):
        await use()


def damage(path: Path) -> None:
    """Write over every page of tables and indexes but the schema's."""
    size = path.stat().st_size
    with path.open("r+b") as file:
        for page in range(20 * 4096, size, 4096):
            file.seek(page)
            file.write(b"\xde\xad" * 1024)


async def test_a_damaged_database_is_named_before_it_is_served(embedded: Store, path: Path) -> None:
    await asyncio.gather(*(relay(embedded) for _ in range(200)))
    await embedded.close()
    await check_integrity(f"sqlite:{path}")
    damage(path)
    with pytest.raises(StoreError, match=r"is damaged .* restore the backup"):
        await check_integrity(f"sqlite:{path}")


async def test_the_integrity_check_ends_in_time_and_skips_what_is_not_there(
    embedded: Store, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.store.integrity._STEPS", 10)
    await check_integrity(f"sqlite:{path}", limit_s=0.0)
    await check_integrity(f"sqlite:{tmp_path / 'none.db'}")
    await check_integrity("postgresql://sekisho@/x")


# ------------------------------------------------------------------ real errors of the disk

_CHILD = """
    import asyncio, resource, signal, sys
    from gateway.errors import StoreError
    from gateway.store import Store
    from gateway.store.seal import Sealer, fresh_key
    from tests.store.test_faults import relay

    async def main():
        store = await Store.open(sys.argv[1], Sealer({"k": fresh_key().public_key()}))
        store.on_fault(lambda cause: print("told", flush=True))
        await relay(store)
        print("ready", flush=True)
        sys.stdin.readline()
        if sys.argv[2] == "write":
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (1, 1))
        for _ in range(2):
            try:
                await relay(store)
                print("written", flush=True)
            except StoreError as error:
                print(type(error).__name__, error, flush=True)
        print("ready" if await store.ready() else "out of service", flush=True)
        sys.stdout.flush()
        import os; os._exit(0)

    asyncio.run(main())
"""


def child(url: str, fault: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(_CHILD), url, fault],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_a_write_that_fails_is_not_tried_again(path: Path) -> None:
    with child(f"sqlite:{path}", "write") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        out, _ = process.communicate("go\n", timeout=30)
    told, first, second, state = [x for x in out.splitlines() if "store-out-of" not in x]
    assert (told, state) == ("told", "out of service")
    assert first.startswith("LastingError database: OperationalError: disk I/O error")
    assert second.startswith("LastingError store out of service")


def test_an_fsync_that_fails_is_not_tried_again(path: Path) -> None:
    strace = shutil.which("strace")
    if strace is None:
        missing("no strace to make fsync fail with")
    with child(f"sqlite:{path}", "fsync") as process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stdout.readline() == "ready\n"
        tracer = subprocess.Popen(
            [str(strace), "-f", "-qq", "-p", str(process.pid),
             "-e", "trace=fsync,fdatasync", "-e", "inject=fsync,fdatasync:error=EIO:when=1"],
            stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            if not _attached(process.pid, tracer):
                missing("strace may not look at a process here")
            out, _ = process.communicate("go\n", timeout=60)
        finally:
            if tracer.poll() is None:
                tracer.send_signal(signal.SIGINT)
            _, trace = tracer.communicate(timeout=10)
    told, first, second, state = [x for x in out.splitlines() if "store-out-of" not in x]
    assert (told, state) == ("told", "out of service")
    assert first.startswith("LastingError")
    assert second.startswith("LastingError store out of service")
    assert trace.count("INJECTED") == 1
    assert "sync(" not in trace.partition("INJECTED")[2]  # the failed one is the last one


def _attached(pid: int, tracer: subprocess.Popen[str]) -> bool:
    """Wait until every thread of a process is traced."""
    for _ in range(500):
        if tracer.poll() is not None:
            return False
        states = [p.read_text() for p in Path(f"/proc/{pid}/task").glob("*/status")]
        if all(f"TracerPid:\t{tracer.pid}\n" in s for s in states):
            return True
        os.sched_yield()
        signal.sigtimedwait([], 0.01)
    return False

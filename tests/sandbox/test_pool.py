"""The pool against workers that behave and workers that do not."""

from __future__ import annotations

import asyncio
import mmap
import os
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.sandbox import (
    WorkerCrashed,
    WorkerLimits,
    WorkerOutOfMemory,
    WorkerPool,
    WorkerTimeout,
    WorkerUnavailable,
)
from gateway.sandbox.handoff import ARENA_BYTES, Arena, received, sealed

OBEY = "tests.sandbox.targets:obey"
LIMITS = WorkerLimits(
    memory_bytes=1 << 30,
    cpu_s=1,
    wall_s=5.0,
    jobs_before_recycle=50,
    result_bytes=4096,
    queue_s=10.0,
)


@asynccontextmanager
async def a_pool(
    limits: WorkerLimits = LIMITS, size: int = 1, target: str = OBEY
) -> AsyncIterator[WorkerPool]:
    pool = WorkerPool(target, size, limits)
    await pool.start()
    try:
        yield pool
    finally:
        await pool.stop()


async def test_a_result_comes_back_whole() -> None:
    async with a_pool(
        replace(LIMITS, result_bytes=1 << 24), target="tests.sandbox.targets:echo"
    ) as pool:
        payload = os.urandom(5_000_000)
        assert await pool.run(b"head", payload) == b"head" + payload
        assert await pool.run(b"", b"") == b""


async def test_a_default_timeout_of_this_process_is_not_the_workers() -> None:
    """A library that was imported elsewhere set one, and workers ended where they had to wait."""
    socket.setdefaulttimeout(1.0)
    try:
        async with a_pool() as pool:
            await asyncio.sleep(0.1)  # the worker waits for a job meanwhile
            assert await pool.run(b"at", b"") == b"at"
    finally:
        socket.setdefaulttimeout(None)


async def test_a_job_that_hangs_is_killed_and_names_its_progress() -> None:
    async with a_pool(replace(LIMITS, wall_s=0.3)) as pool:
        with pytest.raises(WorkerTimeout) as caught:
            await pool.run(b"hang", b"")
        assert caught.value.at.note == "at hang"
        assert await pool.run(b"hello", b"") == b"hello"


async def test_a_job_that_spins_meets_its_cpu_limit() -> None:
    async with a_pool(replace(LIMITS, wall_s=20.0)) as pool:
        with pytest.raises(WorkerTimeout, match="CPU"):
            await pool.run(b"spin", b"")


async def test_a_job_that_eats_memory_ends_alone() -> None:
    async with a_pool() as pool:
        with pytest.raises(WorkerOutOfMemory):
            await pool.run(b"eat", b"")
        assert await pool.run(b"hello", b"") == b"hello"


@pytest.mark.parametrize("deed", [b"end", b"raise", b"too-long"])
async def test_a_worker_that_breaks_is_a_crash_and_the_next_job_works(deed: bytes) -> None:
    async with a_pool() as pool:
        with pytest.raises(WorkerCrashed) as caught:
            await pool.run(deed, b"")
        assert "nobody may see" not in str(caught.value)
        assert caught.value.at.note == f"at {deed.decode()}"
        assert await pool.run(b"hello", b"") == b"hello"


async def test_a_worker_is_replaced_after_its_share_of_jobs() -> None:
    async with a_pool(replace(LIMITS, jobs_before_recycle=2)) as pool:
        pids = [await pool.run(b"pid", b"") for _ in range(4)]
        assert pids[0] == pids[1] != pids[2] == pids[3]


async def test_a_worker_that_died_while_idle_is_not_handed_a_job() -> None:
    async with a_pool() as pool:
        os.kill(int(await pool.run(b"pid", b"")), 9)
        await asyncio.sleep(0.1)
        assert await pool.run(b"hello", b"") == b"hello"


async def test_a_cancelled_job_takes_its_worker_with_it() -> None:
    async with a_pool() as pool:
        before = pool.pids
        job = asyncio.create_task(pool.run(b"hang", b""))
        await asyncio.sleep(0.1)
        job.cancel()
        with pytest.raises(asyncio.CancelledError):
            await job
        assert await pool.run(b"hello", b"") == b"hello"
        assert pool.pids != before


async def test_a_job_waits_only_so_long_for_a_free_worker() -> None:
    async with a_pool(replace(LIMITS, queue_s=0.1)) as pool:
        job = asyncio.create_task(pool.run(b"hang", b""))
        await asyncio.sleep(0.05)
        with pytest.raises(WorkerUnavailable):
            await pool.run(b"hello", b"")
        job.cancel()


async def test_a_target_that_does_not_exist_is_said_at_start() -> None:
    pool = WorkerPool("tests.sandbox.targets:nothing", 1, LIMITS)
    with pytest.raises(WorkerUnavailable):
        await pool.start()


async def test_stop_leaves_no_process() -> None:
    pool = WorkerPool(OBEY, 2, LIMITS)
    await pool.start()
    pids = pool.pids
    await pool.stop()
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


async def test_a_part_that_takes_too_long_is_a_timeout_and_getting_on_is_not() -> None:
    async with a_pool(replace(LIMITS, wall_s=20.0, part_s=0.3)) as pool:
        assert await pool.run(b"moves", b"") == b"moved"
        with pytest.raises(WorkerTimeout, match="part") as caught:
            await pool.run(b"hang", b"")
        assert caught.value.at.part == 1


async def test_a_worker_in_which_native_code_has_read_is_given_no_other_job() -> None:
    async with a_pool() as pool:
        first = await pool.run(b"pid", b"")
        assert await pool.run(b"pid", b"") == first
        await pool.run(b"native", b"")
        assert await pool.run(b"pid", b"") != first


async def test_less_time_than_the_limit_can_be_given() -> None:
    async with a_pool(replace(LIMITS, wall_s=20.0)) as pool:
        with pytest.raises(WorkerTimeout):
            await pool.run(b"hang", b"", wall_s=0.2)


async def test_a_lost_zygote_is_replaced_with_all_its_workers() -> None:
    async with a_pool(size=2) as pool:
        os.kill(pool.zygote_pid, signal.SIGKILL)
        await asyncio.sleep(0.1)
        assert await pool.run(b"hello", b"") == b"hello"


async def test_the_group_of_a_killed_worker_is_killed_with_it() -> None:
    """Without walls a worker can start children: they are not to outlive it."""
    pool = WorkerPool(OBEY, 1, replace(LIMITS, wall_s=0.5), layers=())
    await pool.start()
    try:
        with pytest.raises(WorkerTimeout) as caught:
            await pool.run(b"child-hangs", b"")
        child = int(caught.value.at.note)
        await asyncio.sleep(0.1)
        assert not _lives(child)
    finally:
        await pool.stop()


def _lives(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rsplit(")", 1)[1].split()[0] != "Z"


@pytest.mark.parametrize("kind", ["sealed", "arena"])
def test_a_job_in_memory_cannot_be_changed_by_who_is_handed_it(kind: str) -> None:
    arena = Arena()
    assert arena.fill(b"head", b"content")
    job = sealed(b"head", b"content") if kind == "sealed" else os.dup(arena.fd)
    try:
        for change in (
            lambda: os.pwrite(job, b"x", 0),
            lambda: os.ftruncate(job, 0),
            lambda: mmap.mmap(job, 4, mmap.MAP_SHARED, mmap.PROT_WRITE).close(),
        ):
            with pytest.raises(OSError, match="not permitted"):
                change()
        assert received(job, 4 + 4 + 7) == (b"head", b"content")
    finally:
        os.close(job)
        arena.close()


async def test_a_job_larger_than_a_workers_own_memory_comes_through() -> None:
    limits = replace(LIMITS, result_bytes=1 << 24)
    async with a_pool(limits, target="tests.sandbox.targets:echo") as pool:
        large = os.urandom(ARENA_BYTES + 1)
        assert await pool.run(b"", large) == large
        assert await pool.run(b"small", b"") == b"small"


async def test_jobs_and_workers_leave_no_descriptor_open_here() -> None:
    async with a_pool(replace(LIMITS, jobs_before_recycle=1)) as pool:
        await pool.run(b"hello", b"")
        await asyncio.sleep(0.2)
        before = len(os.listdir("/proc/self/fd"))
        for _ in range(10):
            await pool.run(b"hello", b"")
            with pytest.raises(WorkerCrashed):
                await pool.run(b"end", b"")
        await asyncio.sleep(0.2)
        assert len(os.listdir("/proc/self/fd")) == before

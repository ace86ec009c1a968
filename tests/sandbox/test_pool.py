"""The pool against workers that behave and workers that do not."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from gateway.sandbox import (
    WorkerCrashed,
    WorkerLimits,
    WorkerOutOfMemory,
    WorkerPool,
    WorkerTimeout,
    WorkerUnavailable,
)

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
        payload = os.urandom(3_000_000)
        assert await pool.run(payload) == payload
        assert await pool.run(b"") == b""


async def test_a_job_that_hangs_is_killed_and_names_its_progress() -> None:
    async with a_pool(replace(LIMITS, wall_s=0.3)) as pool:
        with pytest.raises(WorkerTimeout) as caught:
            await pool.run(b"hang")
        assert caught.value.progress == "at hang"
        assert await pool.run(b"hello") == b"hello"


async def test_a_job_that_spins_meets_its_cpu_limit() -> None:
    async with a_pool(replace(LIMITS, wall_s=20.0)) as pool:
        with pytest.raises(WorkerTimeout, match="CPU"):
            await pool.run(b"spin")


async def test_a_job_that_eats_memory_ends_alone() -> None:
    async with a_pool() as pool:
        with pytest.raises(WorkerOutOfMemory):
            await pool.run(b"eat")
        assert await pool.run(b"hello") == b"hello"


@pytest.mark.parametrize("deed", [b"end", b"raise", b"too-long"])
async def test_a_worker_that_breaks_is_a_crash_and_the_next_job_works(deed: bytes) -> None:
    async with a_pool() as pool:
        with pytest.raises(WorkerCrashed) as caught:
            await pool.run(deed)
        assert "nobody may see" not in str(caught.value)
        assert caught.value.progress == f"at {deed.decode()}"
        assert await pool.run(b"hello") == b"hello"


async def test_a_worker_is_replaced_after_its_share_of_jobs() -> None:
    async with a_pool(replace(LIMITS, jobs_before_recycle=2)) as pool:
        pids = [await pool.run(b"pid") for _ in range(4)]
        assert pids[0] == pids[1] != pids[2] == pids[3]


async def test_a_worker_that_died_while_idle_is_not_handed_a_job() -> None:
    async with a_pool() as pool:
        os.kill(int(await pool.run(b"pid")), 9)
        await asyncio.sleep(0.1)
        assert await pool.run(b"hello") == b"hello"


async def test_a_cancelled_job_takes_its_worker_with_it() -> None:
    async with a_pool() as pool:
        before = pool.pids
        job = asyncio.create_task(pool.run(b"hang"))
        await asyncio.sleep(0.1)
        job.cancel()
        with pytest.raises(asyncio.CancelledError):
            await job
        assert await pool.run(b"hello") == b"hello"
        assert pool.pids != before


async def test_a_job_waits_only_so_long_for_a_free_worker() -> None:
    async with a_pool(replace(LIMITS, queue_s=0.1)) as pool:
        job = asyncio.create_task(pool.run(b"hang"))
        await asyncio.sleep(0.05)
        with pytest.raises(WorkerUnavailable):
            await pool.run(b"hello")
        job.cancel()


async def test_a_worker_has_no_environment_and_can_write_no_file() -> None:
    async with a_pool() as pool:
        environment = await pool.run(b"environment")
        assert b"PATH" not in environment
        assert b"HOME" not in environment
        assert await pool.run(b"write") != b"written"
        assert await pool.run(b"stdin") == b"/dev/null"


async def test_a_worker_has_no_new_privileges() -> None:
    async with a_pool() as pool:
        assert b"NoNewPrivs:\t1" in await pool.run(b"status")


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

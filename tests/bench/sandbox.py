"""``python -m tests.bench sandbox``: what it costs to hand a mail to a worker, and to fork one.

Hand-off: from ``run`` to the answer of a worker that does nothing with the bytes it was given,
all walls up; the bar is 100 µs for 100 KB and 2.5 ms for 5 MB (medians). Fork: a worker of the
real target from asking to READY, and what the whole costs in processor time, the kernel's part
included; then mails that may share a worker against mails that may not.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import time
from collections.abc import Awaitable, Callable

import uvloop

from gateway.inspection import TARGET
from gateway.inspection.payload import ask
from gateway.model import InspectionLimits
from gateway.sandbox import ALL, Layer, WorkerLimits, WorkerPool
from tests.bench.mails import mail
from tests.bench.wire import cpu_s

ECHO = "tests.bench.sandbox:nothing"
FORKED = "tests.bench.sandbox:native"
BARS_MS = {4_096: None, 102_400: 0.1, 1_048_576: None, 5_242_880: 2.5}
ROUNDS = 300


def nothing(head: bytes, content: bytes, line: object) -> bytes:
    return b""


def native(head: bytes, content: bytes, line: object) -> bytes:
    line.native()  # type: ignore[attr-defined]
    return b""


async def _timed(run: Callable[[], Awaitable[object]], rounds: int) -> list[float]:
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        await run()
        times.append((time.perf_counter() - start) * 1000)
    return times


async def _hand_off() -> None:
    pool = WorkerPool(ECHO, 1, WorkerLimits(jobs_before_recycle=1 << 30))
    await pool.start()
    for size, bar in BARS_MS.items():
        content = os.urandom(size)
        await _timed(lambda: pool.run(b"{}", content), 20)  # noqa: B023 (awaited here)
        times = await _timed(lambda: pool.run(b"{}", content), ROUNDS)  # noqa: B023
        middle = statistics.median(times)
        verdict = "" if bar is None else f"  (bar {bar} ms: {'met' if middle <= bar else 'MISSED'})"
        print(
            f"hand-off {size:>8} bytes  median {middle:7.3f} ms  least {min(times):7.3f} ms{verdict}"
        )
    await pool.stop()


async def _forks(layers: frozenset[Layer], label: str) -> None:
    pool = WorkerPool(TARGET, 0, WorkerLimits(), layers)
    await pool.start()
    before = cpu_s(os.getpid())

    async def one() -> None:
        worker = await pool._born()
        await worker.kill()

    times = await _timed(one, 100)
    cpu = (cpu_s(os.getpid()) - before) * 10
    print(
        f"fork, {label:<12} median {statistics.median(times):6.2f} ms  {cpu:6.2f} ms CPU, with its end"
    )
    await pool.stop()


async def _shared_and_not(target: str, label: str, content: bytes, rounds: int) -> None:
    pool = WorkerPool(target, 2, WorkerLimits())
    await pool.start()
    head = ask(InspectionLimits())
    await asyncio.gather(*(pool.run(head, content) for _ in range(10)))
    before, start = cpu_s(os.getpid()), time.perf_counter()
    for _ in range(rounds // 10):
        await asyncio.gather(*(pool.run(head, content) for _ in range(10)))
    elapsed = time.perf_counter() - start
    cpu = (cpu_s(os.getpid()) - before) * 1000 / rounds
    print(f"{label:<34} {rounds / elapsed:8.1f} mails/s  {cpu:7.2f} ms CPU a mail")
    await pool.stop()


async def _all() -> None:
    await _hand_off()
    await _forks(ALL, "all walls")
    await _forks(frozenset(), "no wall")
    for size in ("100k", "1m"):
        await _shared_and_not(TARGET, f"{size} CSV mail, shared workers", mail(size), 300)
    await _shared_and_not(ECHO, "nothing, shared workers", b"", 3000)
    await _shared_and_not(FORKED, "nothing, a fork for each mail", b"", 500)


def main() -> None:
    uvloop.run(_all())  # as the gateway runs


if __name__ == "__main__":
    main()

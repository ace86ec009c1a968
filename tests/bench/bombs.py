"""``python -m tests.bench bombs [--scale N] [--only WORD] [--write-docs]``: what each bomb costs.

Every bomb of ``tests.corpus`` at the size at which it hurts, each in a mail with a list behind
it, through real workers at the default limits. A line a bomb: how large it is, what is said of
it, seconds by the clock and of processor time, peak resident set of the worker, and how long
other mails took meanwhile, one after the other in the same pool. Ends with 1 when a bomb
costs a worker more than the limits allow, or when the list behind it is neither found nor named.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from gateway.inspection import TARGET, Inspector
from gateway.model import Inspection, InspectionLimits
from gateway.sandbox import WorkerLimits, WorkerPool
from tests.corpus.bomb_documents import documents, mails
from tests.corpus.bombs import Bomb, archives
from tests.corpus.business.docs import put
from tests.extract.test_bombs import beside_a_number

PAGE = Path(__file__).resolve().parents[2] / "docs" / "security.md"
MB = 1 << 20
LIMITS = WorkerLimits(jobs_before_recycle=1)  # a process for each mail, so that peaks are its own
_LOOK_S = 0.01
_PAUSE_S = 0.02  # between two other mails
_TICK_S = 1 / os.sysconf("SC_CLK_TCK")
_OTHER = Bomb("another mail", "a.csv", "品名,数量\r\nりんご,3\r\n".encode)
WHOLE_MAIL = "a.eml"  # such a bomb has no list behind it
_LOSSES = ("time or memory", "reader ended")


@dataclass
class Watch:
    """Looks at the workers' peaks from a thread; they are gone when a mail is done."""

    pool: WorkerPool
    peak_bytes: int = 0
    cpu_s: dict[int, float] = field(default_factory=dict)  # by process id
    _on: bool = True

    def look(self) -> None:
        while self._on:
            for pid in self.pool.pids:
                self._one(pid)
            time.sleep(_LOOK_S)

    def _one(self, pid: int) -> None:
        try:
            status = Path(f"/proc/{pid}/status").read_text()
            ticks = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
            peak = int(status.partition("VmHWM:")[2].split()[0]) * 1024
        except (OSError, IndexError):  # it has just ended
            return
        self.peak_bytes = max(self.peak_bytes, peak)
        self.cpu_s[pid] = sum(map(int, ticks)) * _TICK_S

    def stop(self) -> None:
        self._on = False


@dataclass(frozen=True)
class Cost:
    """What one bomb came to."""

    kind: str
    size: int
    told: str  # what is said of it
    wall_s: float
    cpu_s: float
    peak_bytes: int
    others_ms: list[float]  # of each other mail meanwhile
    lost: bool  # a worker was killed over it
    hidden: bool  # the list behind it is neither found nor named as unread

    @property
    def row(self) -> str:
        peak = f"{self.peak_bytes / MB:.0f}" if self.peak_bytes else "too short to see"
        others = f"{statistics.median(self.others_ms):.0f} / {max(self.others_ms):.0f}"
        return (
            f"| {self.kind} | {self.size / 1024:,.0f} KB | {self.told} | {self.wall_s:.1f} "
            f"| {self.cpu_s:.1f} | {peak} | {others} |"
        )


HEAD = (
    "| bomb | size | answer | s | s of processor | peak MB | other mails, ms: median / slowest |",
    "|---|--:|---|--:|--:|--:|--:|",
)


async def cost(inspector: Inspector, pool: WorkerPool, bomb: Bomb, content: bytes) -> Cost:
    """Read one bomb while other mails pass."""
    watch = Watch(pool)
    thread = threading.Thread(target=watch.look, daemon=True)
    done = asyncio.Event()
    thread.start()
    others = asyncio.create_task(_others(inspector, done))
    started = time.perf_counter()
    found = await inspector.inspect(content)
    took = time.perf_counter() - started
    done.set()
    watch.stop()
    thread.join()
    return Cost(
        kind=bomb.kind,
        size=len(content),
        told=_told(found),
        wall_s=took,
        cpu_s=max(watch.cpu_s.values(), default=0.0),
        peak_bytes=watch.peak_bytes,
        others_ms=await others,
        lost=any(u.detail in _LOSSES for u in found.unread),
        hidden=bomb.file_name != WHOLE_MAIL and not (found.persons.likely or found.unread),
    )


async def _others(inspector: Inspector, done: asyncio.Event) -> list[float]:
    content, times = beside_a_number(_OTHER), []
    while not (done.is_set() and times):
        started = time.perf_counter()
        await inspector.inspect(content)
        times.append((time.perf_counter() - started) * 1000)
        await asyncio.sleep(_PAUSE_S)
    return times


def _told(found: Inspection) -> str:
    told = {f"{u.reason}: {u.detail}" for u in found.unread}
    return ", ".join(sorted(told)[:2]) + ", …" * (len(told) > 2) if told else "read whole"


def bombs(scale: int, only: str) -> Iterator[tuple[Bomb, bytes]]:
    """Each bomb with the mail that brings it."""
    for bomb in (*archives(scale), *documents(scale)):
        if only in bomb.kind:
            yield bomb, beside_a_number(bomb)
    for bomb in mails(scale):
        if only in bomb.kind:
            yield bomb, bomb.make()


async def _all(scale: int, only: str) -> list[Cost]:
    pool = WorkerPool(TARGET, 2, LIMITS)
    await pool.start()
    inspector = Inspector(InspectionLimits(), pool)
    costs = []
    print(*HEAD, sep="\n", flush=True)
    idle = await cost(inspector, pool, _OTHER, beside_a_number(_OTHER))
    for bomb, content in bombs(scale, only):
        costs.append(await cost(inspector, pool, bomb, content))
        print(costs[-1].row, flush=True)
    await pool.stop()
    print(f"without a bomb: {idle.peak_bytes / MB:.0f} MB, {max(idle.others_ms):.0f} ms")
    return [idle, *costs]


def main() -> None:
    parser = argparse.ArgumentParser("python -m tests.bench bombs", description=__doc__)
    parser.add_argument("--scale", type=int, default=10)
    parser.add_argument("--only", default="", help="a word of the bomb's name")
    parser.add_argument("--write-docs", action="store_true")
    asked = parser.parse_args()
    idle, *costs = asyncio.run(_all(asked.scale, asked.only))
    bound = idle.peak_bytes + LIMITS.memory_bytes
    broken = [c for c in costs if c.hidden or c.peak_bytes > bound or c.cpu_s > LIMITS.cpu_s + 1]
    if asked.write_docs:
        page = PAGE.read_text(encoding="utf-8")
        rows = [*HEAD, *(c.row for c in costs)]
        PAGE.write_text(put(page, "bombs", rows), encoding="utf-8")
    print("lost a worker:", *(c.kind for c in costs if c.lost))
    print("over a bound:", *(c.kind for c in broken))
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()

"""``python -m tests.bench attachments [WORD]``: what typical attachments cost, as the gateway reads
them, beside the reading library alone on the same file in the same run.

Each file goes as the one attachment of a mail through the real inspector and its walled
workers. CPU is that of the whole process tree: taking the mail apart, handing it over, reading,
detecting, answering, and the fork of the worker that takes the place of one that native code has
run in. Batches of both sides alternate; the figures are medians of the batches. Latency is the clock's,
from ``inspect`` to its answer. Memory is by how much a worker grows at most beyond what it was
forked with, and the library's process beyond what it had before. WORD: only files so named.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import uvloop

from gateway.inspection import TARGET, Inspector, wrap
from gateway.model import InspectionLimits
from gateway.sandbox import WorkerLimits, WorkerPool
from tests.bench.attached import Attached, files
from tests.bench.wire import cpu_s, tree

BATCHES = 3
BATCH_S = 0.4  # of CPU on the library's side: the kernel counts in hundredths
BAR = 0.20
_LOOK_S = 0.003


@dataclass(frozen=True, slots=True)
class Row:
    """Medians of one file: milliseconds, and megabytes."""

    library_ms: float
    house_ms: float
    ratio: float  # of the pairs
    latency_ms: float
    library_mb: float
    house_mb: float


async def _measured(attached: Attached, inspector: Inspector, pool: WorkerPool) -> Row:
    mail = wrap(attached.file_name, attached.content)
    attached.alone(attached.content)
    await _house(mail, inspector, pool)
    once = _alone(attached)
    times = max(1, round(BATCH_S / once))
    pairs, latencies = [], []
    for _ in range(BATCHES):
        library = statistics.mean(_alone(attached) for _ in range(times))
        before = cpu_s(os.getpid())
        for _ in range(times):
            latencies.append(await _house(mail, inspector, pool))
        pairs.append((library * 1000, (cpu_s(os.getpid()) - before) * 1000 / times))
    library_ms, house_ms = (statistics.median(side) for side in zip(*pairs, strict=True))
    return Row(
        library_ms,
        house_ms,
        statistics.median(house / library for library, house in pairs),
        statistics.median(latencies) * 1000,
        _growth_alone(attached),
        await _growth(mail, inspector, pool),
    )


def _alone(attached: Attached) -> float:
    """Seconds of CPU of the library's one reading."""
    started = time.process_time()
    attached.alone(attached.content)
    return time.process_time() - started


async def _house(mail: bytes, inspector: Inspector, pool: WorkerPool) -> float:
    """Seconds by the clock of one inspection; a replaced worker is waited for, not counted."""
    started = time.perf_counter()
    found = await inspector.inspect(mail)
    elapsed = time.perf_counter() - started
    if found.unread:
        raise SystemExit(f"not read whole: {found.unread}")
    while pool._tasks:
        await asyncio.gather(*pool._tasks)
    return elapsed


# ------------------------------------------------------------------ memory


async def _growth(mail: bytes, inspector: Inspector, pool: WorkerPool) -> float:
    """Megabytes by which the workers grow while one mail is read."""
    started = {pid: _status(pid, "VmRSS") for pid in tree(os.getpid())}
    reading = asyncio.create_task(_house(mail, inspector, pool))
    most = 0.0
    while not reading.done():
        most = max(most, *(_status(pid, "VmHWM") - had for pid, had in started.items()))
        await asyncio.sleep(_LOOK_S)
    await reading
    return most


def _growth_alone(attached: Attached) -> float:
    """The same of a process that has the library loaded and reads the file once."""
    reads, writes = os.pipe()
    child = os.fork()
    if not child:
        Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew (proc(5))
        had = _status(os.getpid(), "VmRSS")
        attached.alone(attached.content)
        os.write(writes, str(_status(os.getpid(), "VmHWM") - had).encode())
        os._exit(0)
    os.close(writes)
    with os.fdopen(reads) as told:
        grown = float(told.read() or "nan")
    os.waitpid(child, 0)
    return grown


def _status(pid: int, key: str) -> float:
    """A line of ``/proc/PID/status`` in megabytes; 0 for a process that is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith(f"{key}:")), 0.0)


# ------------------------------------------------------------------ the table

_HEAD = (
    f"{'file':<21}{'KB':>6}  {'library':<18}{'CPU ms':>9}{'ours':>9}{'over':>8}"
    f"{'latency':>9}{'MB':>7}{'ours':>7}"
)


def _line(attached: Attached, row: Row) -> str:
    over = row.ratio - 1
    size = len(attached.content)
    verdict = "" if size < 100_000 else "  met" if over <= BAR else f"  over the bar of {BAR:.0%}"
    return (
        f"{attached.name:<21}{size / 1000:>6.0f}  {attached.library:<18}{row.library_ms:>9.1f}"
        f"{row.house_ms:>9.1f}{over:>8.0%}{row.latency_ms:>9.1f}{row.library_mb:>7.1f}"
        f"{row.house_mb:>7.1f}{verdict}"
    )


async def _table(wanted: str) -> None:
    pool = WorkerPool(TARGET, 1, WorkerLimits())
    await pool.start()
    inspector = Inspector(InspectionLimits(known_pictures=0), pool)
    print(_HEAD, flush=True)
    for attached in files(wanted):
        print(_line(attached, await _measured(attached, inspector, pool)), flush=True)
    await pool.stop()


def main() -> None:
    uvloop.run(_table(sys.argv[1] if len(sys.argv) > 1 else ""))  # as the gateway runs


if __name__ == "__main__":
    main()

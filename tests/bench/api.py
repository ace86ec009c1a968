"""What the API costs on a full database: ``python -m tests.bench api [PARKED JOURNAL]``.

Answers: time from request to whole answer of every operation that reads, p50 and p99 beside
the bar of the pages, and the processor's time, client included. The rows are written in bulk on SQLite (``crowd``).
Trusts: a machine that does nothing else. Ends with the number of operations over the bar.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from gateway.console.api import OPERATIONS
from gateway.console.settings import ApiSettings
from gateway.store import Role, Store
from gateway.store.rights import may
from tests.bench.console import BAR_MS
from tests.bench.crowd import fill
from tests.console.program import Counter, open_counter
from tests.store.mails import START, Clock, Keys

ROUNDS = 50
VARIANTS = {
    "/holds": ("", "?q=user77@", "?rule=look-alike", "?risk=high", "?state=delivered"),
    "/events": ("", "?limit=200", "?type=hold.release", "?after=latest"),
    "/audit": ("?limit=1000",),
}


async def run(parked: int, journal: int) -> int:
    with tempfile.TemporaryDirectory() as made:
        file = Path(made) / "api.db"
        await (await Store.open(f"sqlite:{file}", Keys().sealer, clock=Clock())).close()
        took = fill(file, parked, journal, START)
        print(f"{parked:,} parked, {journal:,} journal rows in {took:.0f} s")
        print(f"load average {os.getloadavg()[0]:.1f}; milliseconds")
        counter = await open_counter(Path(made), Clock(), api=ApiSettings(requests=1_000_000))
        try:
            return await _timed(counter)
        finally:
            await counter.console.stop()
            await counter.store.close()


async def _timed(counter: Counter) -> int:
    found = await counter.program(Role.APPROVER), await counter.program(Role.AUDITOR)
    (hold,) = (await found[0].get("/holds?limit=1")).json["holds"]
    missed = 0
    for operation in (o for o in OPERATIONS if o.method == "GET"):
        approves = operation.right is None or may(Role.APPROVER, operation.right)
        path = operation.path.format(hold_id=hold["id"], incident_id=hold["incident"])
        for variant in VARIANTS.get(operation.path, ("",)):
            took, cpu = [], time.process_time()
            for _ in range(ROUNDS):
                began = time.perf_counter()
                answer = await found[0 if approves else 1].get(path + variant)
                took.append((time.perf_counter() - began) * 1000)
                assert answer.status in (200, 404, 422), answer.text
            cpu = (time.process_time() - cpu) * 1000 / ROUNDS
            p99 = statistics.quantiles(took, n=100)[98]
            missed += p99 > BAR_MS
            mark = "" if p99 <= BAR_MS else f"  over {BAR_MS}"
            shown = operation.path + variant
            p50 = statistics.median(took)
            print(f"{shown:<42} p50 {p50:7.1f}  p99 {p99:7.1f}  processor {cpu:6.1f}{mark}")
    return missed


def main() -> None:
    words = sys.argv[1:]
    parked, journal = (int(w) for w in words) if words else (100_000, 5_000_000)
    sys.exit(asyncio.run(run(parked, journal)))

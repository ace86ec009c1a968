"""What the journal costs: pairs of ``intend`` and ``settle`` a second, and CPU for each.

Answers: ``python -m tests.bench.store`` prints one line for each database (SQLite, and
PostgreSQL where it is installed), load (a clean mail for one recipient, a parked mail of
100 KB) and number of callers that wait at once. CPU is this whole process's, user and
system; for PostgreSQL the server's own is not in it.
Trusts: a machine that does nothing else. Numbers travel as ratios only: the disk decides.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

from gateway.model import Fate, Outcome, RecipientClass, Reply, Verdict
from gateway.store import Store, upgrade
from tests.store import databases
from tests.store.mails import Keys, decision, inspection, parks_for, ruling, submission

CALLERS = (1, 10, 50)
CLEAN_PAIRS = 4000  # for each line; a fifth of it with one caller
PARKS = 400
RELAYED = Outcome(Fate.RELAYED, Reply(250, "2.0.0", "OK queued as 4XyZ"))
MAIL = b"Subject: x\r\n\r\n" + b"hello hello hello hello hello hello hello hello hello.\r\n" * 70
BIG = b"Subject: x\r\n\r\n" + b"0123456789abcdef" * 6400
PARTNER = "keiri@partner.example"

Work = Callable[[Store], Awaitable[None]]


async def clean(store: Store) -> None:
    """One clean mail to a known partner, as the pipeline takes it through the store."""
    await store.known_domains({"partner.example"})
    mail = submission(PARTNER, content=MAIL)
    made = decision(ruling(PARTNER, Verdict.ALLOW, "default-allow", cls=RecipientClass.KNOWN))
    await store.intend(mail, inspection(0), made, [], [], staged=False)
    await store.settle(mail.queue_id, RELAYED)


async def park(store: Store) -> None:
    """One mail that is held."""
    mail, made = submission(content=BIG), decision(ruling("aaabb@exp.com", Verdict.HOLD))
    await store.intend(mail, inspection(), made, parks_for(mail, made), [], staged=False)


async def measure(store: Store, work: Work, callers: int, times: int) -> tuple[float, float]:
    """Return how many a second, and CPU microseconds for each."""

    async def caller() -> None:
        for _ in range(times // callers):
            await work(store)

    await asyncio.gather(*(work(store) for _ in range(callers)))
    began, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(caller() for _ in range(callers)))
    done = times // callers * callers
    return done / (time.perf_counter() - began), (time.process_time() - cpu) / done * 1e6


async def bench(name: str, url: str) -> None:
    await upgrade(url)
    for what, work, times in (("clean", clean, CLEAN_PAIRS), ("park 100 KB", park, PARKS)):
        for callers in CALLERS:
            store = await Store.open(url, Keys().sealer)
            rate, cpu = await measure(store, work, callers, times if callers > 1 else times // 5)
            await store.close()
            print(f"{name:<10} {what:<12} {callers:>3} callers {rate:>8.0f}/s {cpu:>7.0f} µs CPU")


@contextlib.contextmanager
def postgresql() -> Iterator[databases.Cluster]:
    """The tests' own PostgreSQL, with its fsync on."""
    yield from databases.running("-c fsync=on")


async def run() -> None:
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if sys.argv[1:] else None) as directory:
        await bench("SQLite", f"sqlite:{Path(directory) / 'sekisho.db'}")
    with postgresql() as cluster:
        await bench("PostgreSQL", await cluster.fresh())


def main() -> None:
    asyncio.run(run())


if __name__ == "__main__":
    main()

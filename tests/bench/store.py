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

from gateway.model import (
    Decision,
    Fate,
    Inspection,
    Outcome,
    RecipientClass,
    Reply,
    Submission,
    Verdict,
)
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

Made = tuple[Submission, Decision, Inspection]
Work = tuple[Callable[[], Made], Callable[[Store, Made], Awaitable[None]]]


def clean_mail() -> Made:
    ruled = ruling(PARTNER, Verdict.ALLOW, "default-allow", cls=RecipientClass.KNOWN)
    return submission(PARTNER, content=MAIL), decision(ruled), inspection(0)


async def relay(store: Store, made: Made) -> None:
    """One clean mail to a known partner, as the pipeline takes it through the store."""
    mail, decided, found = made
    await store.known_domains({"partner.example"})
    await store.intend(mail, found, decided, [], [], staged=False)
    await store.settle(mail.queue_id, RELAYED)


def held_mail() -> Made:
    return submission(content=BIG), decision(ruling("aaabb@exp.com", Verdict.HOLD)), inspection()


async def park(store: Store, made: Made) -> None:
    """One mail that is held."""
    mail, decided, found = made
    await store.intend(mail, found, decided, parks_for(mail, decided), [], staged=False)


CLEAN: Work = (clean_mail, relay)
PARK: Work = (held_mail, park)


async def measure(store: Store, work: Work, callers: int, times: int) -> tuple[float, float]:
    """Return how many a second, and CPU microseconds for each; the mails are made before."""
    make, do = work

    async def caller(mails: list[Made]) -> None:
        for mail in mails:
            await do(store, mail)

    await asyncio.gather(*(do(store, make()) for _ in range(callers)))
    mails = [[make() for _ in range(times // callers)] for _ in range(callers)]
    began, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(caller(share) for share in mails))
    done = times // callers * callers
    return done / (time.perf_counter() - began), (time.process_time() - cpu) / done * 1e6


async def bench(name: str, url: str) -> None:
    await upgrade(url)
    for what, work, times in (("clean", CLEAN, CLEAN_PAIRS), ("park 100 KB", PARK, PARKS)):
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

"""What the console's pages cost on a full database: ``python -m tests.bench console [PARKED JOURNAL]``.

Answers: time from request to whole answer of every page that a signed-in person can ask for
(the console's own table of addresses, so that a page that is added later is measured, too),
p50 and p99 beside the bar, and the processor's share of it. The rows are written in bulk on
SQLite (``crowd``): 100,000 parked mails and 5,000,000 of the journal where nothing else is
told. Ends with the number of pages over the bar.
Trusts: a machine that does nothing else; where it does more, the processor's time says so.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gateway.console.departments import Departments
from gateway.console.queue import write_key
from gateway.store import Role, Store
from tests.bench.crowd import fill
from tests.browser.places import places
from tests.browser.world import World, letter, opened
from tests.console.browser import Browser
from tests.store.mails import START, Clock, Keys

BAR_MS = 200
ROUNDS = 100
VARIANTS = {
    "/holds": (
        *("", "?q=user77@", "?q=nobodyhere", "?rule=look-alike", "?risk=high", "?verdict=warn"),
        *("?soon=1", "?state=delivered", "?state=delivered&q=nobodyhere", "?state=expired"),
        f"?after={write_key((1, START, 'h'))}",
    ),
    "/audit": ("", "?actor=user:u3", "?action=release", "?about=h00000000007", "?actor=user:none"),
}
OFFICE = "総務課"  # the department of an account that sees its own department's mail alone


@dataclass(frozen=True, slots=True)
class Asked:
    """One page, and who asks for it."""

    path: str
    browser: Browser
    who: str


async def run(parked: int, journal: int, rounds: int) -> int:
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "sekisho.db"
        await (await Store.open(f"sqlite:{file}", Keys().sealer, clock=Clock())).close()
        took = fill(file, parked, journal, START)
        size = file.stat().st_size / 2**30
        print(f"{parked:,} parked, {journal:,} journal rows: {size:.1f} GB in {took:.0f} s")
        return await time_pages(Path(directory), rounds)


async def time_pages(directory: Path, rounds: int) -> int:
    """Print one line a page of the console over the database in ``directory``."""
    scoped = Departments({"user7@city.example.lg.jp": OFFICE})
    async with opened(directory, departments=scoped) as world:
        print(f"load average {os.getloadavg()[0]:.1f}; milliseconds")
        missed = [not await timed(page, rounds) for page in await pages(world)]
    return sum(missed)


async def pages(world: World) -> list[Asked]:
    """Every page that answers GET, asked for by somebody who may see it."""
    hold = await world.park_mail(letter(html="<p>給与の件</p>"))
    known = {"hold_id": hold.hold_id, "incident_id": hold.incident_id, "name": "auditor", "key": ""}
    browsers = {role: await world.signed_in(role.value, role) for role in Role}
    found = []
    for place in places(known):
        if place.role is not None:
            for more in VARIANTS.get(place.path, ("",)):
                found.append(Asked(place.path + more, browsers[place.role], place.role.value))
    return [*found, *await _scoped(world)]


async def _scoped(world: World) -> list[Asked]:
    """What an account sees that is kept to one department, of few mails."""
    await world.user("kakari", Role.APPROVER, departments=(OFFICE,))
    browser = world.browser()
    assert (await browser.sign_in("kakari")).status == 303
    return [Asked(p, browser, "department") for p in ("/overview", "/holds", "/incidents")]


async def timed(page: Asked, rounds: int) -> bool:
    """Ask for one page so many times; whether it keeps below the bar."""
    took, work = [], []
    for _ in range(rounds):
        began, busy = time.perf_counter(), time.process_time()
        assert (await page.browser.get(page.path)).status == 200, page.path
        took.append((time.perf_counter() - began) * 1000)
        work.append((time.process_time() - busy) * 1000)
    first, rest, work = took[0], sorted(took[1:]), sorted(work[1:])
    p99, busiest = (at[min(len(at) - 1, int(len(at) * 0.99))] for at in (rest, work))
    verdict = "" if p99 <= BAR_MS else "MISSED"
    print(
        f"{page.path[:44]:<46} {page.who:<14} first {first:5.0f}  p50 {statistics.median(rest):5.0f}"
        f"  p99 {p99:5.0f}  cpu {statistics.median(work):5.0f} {busiest:5.0f}  {verdict}",
        flush=True,
    )
    return p99 <= BAR_MS


def numbers() -> Iterator[int]:
    given = [int(a) for a in sys.argv[1:4]]
    yield from given
    yield from (100_000, 5_000_000, ROUNDS)[len(given) :]


def main() -> None:
    parked, journal, rounds = numbers()
    sys.exit(asyncio.run(run(parked, journal, rounds)))


if __name__ == "__main__":
    main()

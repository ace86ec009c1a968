"""What waits and how long, which clocks run, and how verdicts went: one page to begin a day.

Answers: the page, its chart as SVG with the same in a sentence and in a table.
Trusts: the store's counts. Fails: as the store.
The trend is kept for a minute, since it reads a month of holds; what waits is always fresh.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from weakref import WeakKeyDictionary

from starlette.requests import Request
from starlette.responses import Response

from gateway.console import words
from gateway.console.queue import SOON
from gateway.console.settings import room
from gateway.console.views import page
from gateway.incident import classify
from gateway.store import Store

DAYS = 30
KEPT_S = 60.0
CLOCKS = 100  # newest incidents that are looked through for a clock
WIDTH, HEIGHT, GROUND = 720, 180, 20  # of the chart, in its own units
VERDICTS = ("hold", "warn", "block")

_Counts = list[tuple[str, str, str, int]]
_kept: WeakKeyDictionary[Store, tuple[float, _Counts]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Bar:
    """One verdict of one day in the chart."""

    day: str
    verdict: str
    count: int
    x: float
    y: float
    width: float
    height: float


async def overview(request: Request) -> Response:
    """Show how things stand."""
    here, user = room(request), request.state.user
    now = here.now()
    today = now.astimezone(words.JAPAN).date()
    days = [today - timedelta(days=n) for n in range(DAYS - 1, -1, -1)]
    counts = [] if user.departments else await _trend(request, days[0])
    by_day = Counter({d.isoformat(): 0 for d in days})
    for day, _, _, n in counts:
        by_day[day] += n
    waiting = await here.store.waiting(now + SOON)
    records = [] if user.departments else await here.store.incidents(newest=CLOCKS)
    return page(
        request,
        "overview.html",
        here="overview",
        waiting=None if user.departments else waiting,
        waited=words.left(now + (now - waiting.oldest), now, words.language(request))
        if waiting.oldest
        else "",
        bars=_bars(days, counts),
        size_of=(WIDTH, HEIGHT + GROUND, HEIGHT),
        counts=sorted(counts, reverse=True),
        total=sum(by_day.values()),
        first=days[0].isoformat(),
        last=days[-1].isoformat(),
        top=by_day.most_common(1)[0],
        clocks=[(r, c) for r in records if (c := classify(r)).deadlines],
    )


async def _trend(request: Request, since: date) -> _Counts:
    store = room(request).store
    made, found = _kept.get(store, (float("-inf"), []))
    if time.monotonic() - made > KEPT_S:
        now = room(request).now()
        found = await store.trend(now - timedelta(days=DAYS))
        _kept[store] = (time.monotonic(), found)
    return [row for row in found if row[0] >= since.isoformat()]


def _bars(days: list[date], counts: _Counts) -> list[Bar]:
    """Return the chart: a column a day, its verdicts on top of each other."""
    by: Counter[tuple[str, str]] = Counter()
    for day, _, verdict, n in counts:
        by[day, verdict] += n
    highest = max((sum(by[d.isoformat(), v] for v in VERDICTS) for d in days), default=0) or 1
    step = WIDTH / len(days)
    bars = []
    for place, date_of in enumerate(days):
        day = date_of.isoformat()
        top = float(HEIGHT)
        for verdict in VERDICTS:
            count = by[day, verdict]
            height = count / highest * (HEIGHT - 10)
            top -= height
            if count:
                x, y = round(place * step + 2, 1), round(top, 1)
                bars.append(Bar(day, verdict, count, x, y, round(step - 4, 1), round(height, 1)))
    return bars

"""What waits and how long, which clocks run, and how verdicts went: one page to begin a day.

Answers: the page, its chart as SVG with the same in a sentence and in a table.
Trusts: the store's counts. Fails: as the store.
What the days before yesterday came to is remembered; what waits is always fresh.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from weakref import WeakKeyDictionary

from starlette.requests import Request
from starlette.responses import Response

from gateway.console import words
from gateway.console.queue import SOON, senders_of
from gateway.console.settings import room
from gateway.console.views import page
from gateway.incident import classify
from gateway.store import ReportStep, Store

DAYS = 30
CLOCKS = 100  # newest incidents that are looked through for a clock
WIDTH, HEIGHT, GROUND = 720, 180, 20  # of the chart, in its own units
VERDICTS = ("hold", "warn", "block")

_Counts = list[tuple[str, str, str, int]]
_kept: WeakKeyDictionary[Store, dict[date, list[tuple[str, str, int]]]] = WeakKeyDictionary()


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
    counts = [] if user.departments else await _trend(here.store, days, today)
    by_day = Counter({d.isoformat(): 0 for d in days})
    for day, _, _, n in counts:
        by_day[day] += n
    waiting = await here.store.waiting(now + SOON, await senders_of(request))
    records = [] if user.departments else await here.store.incidents(newest=CLOCKS)
    return page(
        request,
        "overview.html",
        here="overview",
        waiting=waiting,
        everything=not user.departments,
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
        clocks=[
            (r, c, r.due(ReportStep.PRELIMINARY))
            for r in records
            if (c := classify(r)).deadlines and r.due(ReportStep.FINAL)
        ],
    )


async def _trend(store: Store, days: list[date], today: date) -> _Counts:
    """Count each day by itself; what a day that is over came to is remembered."""
    kept = _kept.setdefault(store, {})
    for gone in kept.keys() - set(days):
        del kept[gone]
    found: _Counts = []
    for day in days:
        if (counted := kept.get(day)) is None:
            begins = datetime.combine(day, clock(), words.JAPAN).astimezone(UTC)
            counted = await store.trend(begins, begins + timedelta(days=1))
        if day < today - timedelta(days=1):  # one day more: its last mails may not be written yet
            kept[day] = counted
        found += [(day.isoformat(), *row) for row in counted]
    return found


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

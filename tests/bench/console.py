"""What the console's pages cost on a full database: ``python -m tests.bench console [PARKED JOURNAL]``.

Answers: server time of each page, p50 and p99, beside the bar. The rows are written in bulk on
SQLite: 100,000 parked mails and 5,000,000 of the journal where nothing else is told.
Trusts: a machine that does nothing else.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gateway.store import Role, Store
from gateway.store.audit import entry_hash
from tests.console.browser import Console
from tests.store.mails import Clock, Keys

BAR_MS = 200
ROUNDS = 40
START = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
RULES = ("my-number", "look-alike", "not-inspectable", "many-persons", "first-time")
PAGES = (
    "/overview",
    "/holds",
    "/holds?q=user77",
    "/holds?q=nobodyhere",
    "/holds?rule=look-alike",
    "/holds?soon=1",
    "/incidents",
)


def at(n: int, step_s: float) -> str:
    return (START - timedelta(seconds=n * step_s)).strftime("%Y-%m-%d %H:%M:%S.%f")


def name(kind: str, n: int) -> str:
    return f"{kind}{n:011d}"


def fill(path: Path, parked: int, journal: int) -> None:
    """Write the rows, past every room of ours."""
    db = sqlite3.connect(path)
    db.execute("PRAGMA synchronous=OFF")
    db.executemany(
        "INSERT INTO mails VALUES (?,'gateway',?,?,?,'192.0.2.1','',?,2000,?,?,'3f2a',?,?,?,?,'[]',1,2.0,?,'')",
        mails(parked, journal),
    )
    db.executemany(
        "INSERT INTO mail_recipients VALUES (?,0,?,NULL,'exp.com','look-alike','likely','exp.co.jp','hold','hold',?,'[]',?,NULL)",
        ((name("q", n), f"to{n}@exp.com", RULES[n % 5], name("h", n)) for n in range(parked)),
    )
    columns = "hold_id,queue_id,state,revision,verdict,rule,approvers,parked_at,expires_at,changed_at,grade,sought"
    db.executemany(
        f"INSERT INTO holds ({columns}) VALUES (?,?,'parked',0,'hold',?,1,?,?,?,?,?)",
        ((name("h", n), name("q", n), RULES[n % 5], at(n, 25), at(-n, 6), at(n, 25), n % 3,
          f"user{n % 999}@city.example.lg.jp to{n}@exp.com") for n in range(parked)),
    )  # fmt: skip
    db.executemany(
        "INSERT INTO incidents VALUES (?,?,?)",
        ((name("i", n), name("q", n), at(n, 25)) for n in range(parked)),
    )
    last = ""
    for row in entries(parked):
        row["prev"] = last
        row["hash"] = last = entry_hash(row)
        written = row | {"at": row["at"].strftime("%Y-%m-%d %H:%M:%S.%f")}
        db.execute(
            "INSERT INTO audit VALUES (:writer,:seq,:at,:actor,:action,:object,:detail,:prev,:hash)",
            written,
        )
    db.execute("INSERT INTO audit_heads VALUES ('desk',?,?)", (parked, last))
    db.commit()
    db.execute("ANALYZE")
    db.close()


def mails(parked: int, journal: int) -> Iterator[tuple[object, ...]]:
    found = json.dumps(
        [
            {
                "detector": "my-number",
                "confidence": "certain",
                "count": 1,
                "place": "body",
                "reasons": [],
            }
        ]
    )
    for n in range(max(parked, journal)):
        held, when = n < parked, at(n, 25 if n < parked else 0.5)
        verdict, state = ("hold", "parked") if held else ("allow", "relayed")
        yield (name("q", n), when, when, when, f"user{n % 999}@city.example.lg.jp", verdict, verdict,
               1, 1, 1, found if held else "[]", state)  # fmt: skip


def entries(count: int) -> Iterator[dict[str, object]]:
    for n in range(count):
        yield {"writer": "desk", "seq": n + 1, "at": START - timedelta(seconds=count - n),
               "actor": f"user:u{n % 9}", "action": "viewed", "object": name("h", n), "detail": "{}"}  # fmt: skip


async def run(parked: int, journal: int) -> int:
    missed = 0
    with tempfile.TemporaryDirectory() as directory:
        url, clock = f"sqlite:{Path(directory) / 'sekisho.db'}", Clock()
        await (await Store.open(url, Keys().sealer, writer="console", clock=clock)).close()
        began = time.perf_counter()
        fill(Path(directory) / "sekisho.db", parked, journal)
        print(f"{parked:,} parked, {journal:,} journal rows in {time.perf_counter() - began:.0f} s")
        store = await Store.open(url, Keys().sealer, writer="console", clock=clock)
        console = await Console(store, clock).start()
        for role, pages in (
            (Role.APPROVER, (*PAGES, f"/holds/{name('h', 7)}")),
            (Role.AUDITOR, ("/audit", "/audit?actor=user:u3")),
        ):
            browser = await console.signed_in(role.value, role)
            for page in pages:
                took = []
                for _ in range(ROUNDS):
                    began = time.perf_counter()
                    assert (await browser.get(page)).status == 200, page
                    took.append((time.perf_counter() - began) * 1000)
                p99 = max(took[1:])
                missed += p99 > BAR_MS
                print(
                    f"{page[:40]:<42} first {took[0]:6.0f}  p50 {statistics.median(took):6.0f}  p99 {p99:6.0f} ms  {'MISSED' if p99 > BAR_MS else ''}"
                )
        await console.stop()
        await store.close()
    return missed


def main() -> None:
    given = [int(a) for a in sys.argv[1:3]]
    parked, journal = given if len(given) == 2 else (100_000, 5_000_000)
    sys.exit(1 if asyncio.run(run(parked, journal)) else 0)


if __name__ == "__main__":
    main()

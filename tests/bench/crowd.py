"""A full database in bulk, for ``tests.bench.console``: rows that no room of ours wrote.

Answers: ``fill`` writes parked mail, a year of the journal, incidents and the audit log into a
SQLite file that has its tables, and returns the seconds that took.
Trusts: the tables to be those of ``gateway.store``; each INSERT names its columns, so that a
column more is no fault here.
What it writes is as large as the real rows, and as varied where a page looks: 999 senders, five
rules, three grades, names that resemble. The hashes of the audit log are noise.
"""

from __future__ import annotations

import sqlite3
import time
from datetime import datetime
from pathlib import Path

HELD_EVERY_S = 25  # between two parked mails: 100,000 of them are 29 days'
YEAR_S = 365 * 86_400
RULES = ("my-number", "look-alike", "not-inspectable", "many-persons", "first-time")

_FOUND = '[{"detector":"my-number","confidence":"certain","count":1,"place":"body","reasons":[]}]'
_AT = "strftime('%Y-%m-%d %H:%M:%S', {}, 'unixepoch') || '.000000'"
_RULE = "CASE n % 5 " + " ".join(f"WHEN {n} THEN '{r}'" for n, r in enumerate(RULES)) + " END"
# What became of a mail of the journal: one of a hundred was refused, one was held and has ended.
_WHAT = "CASE n % 100 WHEN 1 THEN {} WHEN 2 THEN {} ELSE {} END"

_COUNT = "WITH RECURSIVE c(n) AS (SELECT :first UNION ALL SELECT n + 1 FROM c WHERE n + 1 < :end) "
_MAILS = f"""
INSERT INTO mails (queue_id, writer, received_at, intended_at, settled_at, client, identity,
  sender, size_bytes, verdict, would, policy, certain, likely, possible, findings, unread,
  attachments, elapsed_ms, state, reply)
SELECT id, 'gateway', at, at, at, '192.0.2.1', '', 'user' || (n % 999) || '@city.example.lg.jp',
  2000, verdict, verdict, '3f2a', held, held, held, CASE held WHEN 1 THEN '{_FOUND}' ELSE '[]' END,
  '[]', 1, 2.0, state, '250 2.0.0 Ok: queued'
"""
_RECIPIENTS = """
INSERT INTO mail_recipients (queue_id, n, address, domain, recipient_class, strength, resembles,
  verdict, would, rule, reasons, hold_id)
SELECT id, 0, 'to' || n || '@exp' || (n % 400) || '.com', 'exp' || (n % 400) || '.com',
  CASE held WHEN 1 THEN 'look-alike' ELSE 'known' END, CASE held WHEN 1 THEN 'likely' ELSE '' END,
  CASE held WHEN 1 THEN 'exp.co.jp' ELSE '' END, verdict, verdict, rule, '[]', hold_id
"""
_HOLDS = """
INSERT INTO holds (hold_id, queue_id, state, revision, verdict, rule, approvers, parked_at,
  expires_at, changed_at, grade, sender, sought)
SELECT hold_id, id, hold_state, 0, CASE n % 4 WHEN 3 THEN 'warn' ELSE 'hold' END, rule, 1, at,
  ends, at, n % 3, 'user' || (n % 999) || '@city.example.lg.jp',
  'user' || (n % 999) || '@city.example.lg.jp to' || n || '@exp' || (n % 400) || '.com'
"""
_INCIDENTS = "INSERT INTO incidents (incident_id, queue_id, opened_at) SELECT 'i' || id, id, at "
_AUDIT = """
INSERT INTO audit (writer, seq, at, actor, action, object, detail, prev, hash)
SELECT 'gateway', n + 1, at, 'gateway', 'decided', id,
  '{"holds":0,"my_numbers":0,"policy":"3f2a","queue_id":"' || id || '","recipients":1,'
  || '"state":"relayed","verdict":"allow","would":"allow"}',
  hex(randomblob(32)), hex(randomblob(32))
"""
_LOOKS = f"""
INSERT INTO audit (writer, seq, at, actor, action, object, detail, prev, hash)
SELECT 'console', n + 1, {_AT.format(f":now - (:end - n) * {HELD_EVERY_S}")}, 'user:u' || (n % 9),
  CASE n % 7 WHEN 6 THEN 'release' ELSE 'viewed' END, printf('h%011d', n), '{{"page":"hold"}}',
  hex(randomblob(32)), hex(randomblob(32))
FROM c
"""


def fill(path: Path, parked: int, journal: int, now: datetime) -> float:
    """Write ``parked`` waiting mails, and as many others as make ``journal`` rows in all.

    Return how many seconds that took.
    """
    began = time.perf_counter()
    db = sqlite3.connect(path)
    for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-400000"):
        db.execute(f"PRAGMA {pragma}")
    second = int(now.timestamp())
    earlier = {"first": 0, "end": max(journal - parked, 1), "now": second}
    waiting = {"first": 0, "end": parked, "now": second}
    step = max(YEAR_S // earlier["end"], 1)
    with db:
        _write(db, _earlier(step), earlier, "hold_id IS NOT NULL", "verdict <> 'allow'")
        db.execute(_COUNT + _AUDIT + _earlier(step), earlier)
        _write(db, _waiting(), waiting, "1", "1")
        db.execute(_COUNT + _LOOKS, waiting)
        db.execute(
            "INSERT INTO audit_heads SELECT writer, max(seq), max(hash) FROM audit GROUP BY writer"
        )
    db.execute("ANALYZE")
    db.close()
    return time.perf_counter() - began


def _write(
    db: sqlite3.Connection, source: str, values: dict[str, int], held: str, stopped: str
) -> None:
    for insert, only in (
        (_MAILS, "1"),
        (_RECIPIENTS, "1"),
        (_HOLDS, held),
        (_INCIDENTS, stopped),
    ):
        db.execute(f"{_COUNT}{insert}{source} WHERE {only}", values)


def _earlier(step: int) -> str:
    """The rest of the journal, over a year, oldest first."""
    at = f":now - (:end - n) * {step}"
    return f"""FROM (SELECT n, printf('q%011d', n) AS id, {_AT.format(at)} AS at,
      {_AT.format(at + " + 604800")} AS ends, {_RULE} AS rule, (n % 100 IN (1, 2)) AS held,
      {_WHAT.format("'block'", "'hold'", "'allow'")} AS verdict,
      {_WHAT.format("'blocked'", "'parked'", "'relayed'")} AS state,
      CASE WHEN n % 100 = 2 THEN printf('e%011d', n) END AS hold_id,
      CASE WHEN n % 200 = 2 THEN 'rejected' ELSE 'delivered' END AS hold_state FROM c)"""


def _waiting() -> str:
    """Parked mail of the last weeks, oldest first; the newest waits longest."""
    at = f":now - (:end - n) * {HELD_EVERY_S}"
    return f"""FROM (SELECT n, printf('w%011d', n) AS id, {_AT.format(at)} AS at,
      {_AT.format(":now + (n + 1) * 6")} AS ends, {_RULE} AS rule, 1 AS held, 'hold' AS verdict,
      'parked' AS state, printf('h%011d', n) AS hold_id, 'parked' AS hold_state FROM c)"""

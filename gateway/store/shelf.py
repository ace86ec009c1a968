"""What pages ask of the store: parts of long lists, each found by an index, never a whole list.

Answers: ``Shelf``, which ``Store`` is built on: the queue page by page, what waits in numbers,
the trend of verdicts, other stopped mails of a sender, and the audit log page by page.
Trusts: the caller to have checked who asks. Every string is masked already.
Fails: ``StoreError``. A page begins after a key, not after a count, so that it costs the same
at the end of a list as at its beginning, and a row that moves is neither lost nor seen twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal_column, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.model import Hold, HoldState, Verdict
from gateway.store import audit, casebook, parked
from gateway.store.grade import Grade
from gateway.store.journal import ACTOR
from gateway.store.past import Past
from gateway.store.records import IncidentRecord
from gateway.store.tables import audit as audit_log
from gateway.store.tables import audit_heads, holds, mail_recipients, mails

Key = tuple[int, datetime, str]  # grade, end, hold: where a page of the queue ends
Mark = tuple[datetime, str, int]  # instant, writer, number: where a page of the log ends
MOST_SENDERS = 30_000  # whose mail is asked for at once; PostgreSQL takes 32,767 values
_ESCAPE = str.maketrans({"\\": "\\\\", "%": "\\%", "_": "\\_"})


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which holds of the queue are asked for."""

    state: HoldState = HoldState.PARKED
    verdict: Verdict | None = None
    rule: str = ""
    grade: Grade | None = None
    text: str = ""  # part of an address, of the sender's or a recipient's
    until: datetime | None = None  # those that expire by then
    assignee: str = ""  # person who has it in hand
    senders: tuple[str, ...] | None = None  # of these alone, as records show them; None: all


@dataclass(frozen=True, slots=True)
class Leaf:
    """One page of the queue."""

    holds: tuple[Hold, ...]  # in the order to work through
    records: dict[str, IncidentRecord]  # of their incidents, by id
    following: Key | None  # where the next page begins; None on the last one


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits, in numbers."""

    total: int
    grave: int
    soon: int  # that expire by the instant asked for
    oldest: datetime | None  # when the oldest of them was parked
    rules: dict[str, int]  # rule → how many wait for it


@dataclass(frozen=True, slots=True)
class Noted:
    """What the log is asked for."""

    actor: str = ""
    action: str = ""
    about: str = ""  # id of a hold or incident, or what else an entry names


class Shelf(Past):
    """The lists that people read."""

    async def queue(self, wanted: Wanted, most: int, after: Key | None = None) -> Leaf:
        """Return up to ``most`` holds, the gravest first, then what expires soonest."""
        async with self._database.read() as connection:
            rows = (await connection.execute(_queue(wanted, most + 1, after))).all()
            ids = [row.hold_id for row in rows[:most]]
            found = {h.hold_id: h for h in await parked.among(connection, ids)}
            listed = tuple(found[i] for i in ids)
            told = await casebook.of_mails(connection, {h.queue_id for h in listed})
        last = rows[most - 1] if len(rows) > most else None
        key = None if last is None else (last.grade, last.expires_at, last.hold_id)
        return Leaf(listed, {r.incident_id: r for r in told}, key)

    async def holds_of(self, hold_ids: Sequence[str]) -> list[Hold]:
        """Return the holds of these ids that there are, the one that expires first in front."""
        async with self._database.read() as connection:
            return await parked.among(connection, hold_ids)

    async def count(self, wanted: Wanted) -> int:
        """Return how many holds are asked for."""
        async with self._database.read() as connection:
            query = select(func.count()).select_from(holds).where(*_chosen(wanted))
            return int((await connection.execute(query)).scalar_one())

    async def senders(self, state: HoldState = HoldState.PARKED) -> list[str]:
        """Return whose mail stands in this state, each once, as records show it."""
        query = select(holds.c.sender).where(holds.c.state == state.value).distinct()
        async with self._database.read() as connection:
            return list((await connection.execute(query)).scalars())

    async def waiting(self, soon: datetime, senders: Sequence[str] | None = None) -> Waiting:
        """Return what waits, in numbers; of these senders alone where some are named."""
        waits = _chosen(Wanted(senders=None if senders is None else tuple(senders)))
        by = (holds.c.rule, holds.c.grade)
        # In the order of the index that fits, so that SQLite takes it, statistics or none.
        grouped = by if senders is None else (holds.c.sender, *by)
        count = select(*by, func.count().label("n")).where(*waits).group_by(*grouped)
        async with self._database.read() as connection:
            counted = (await connection.execute(count)).all()
            due = select(func.count()).select_from(holds).where(*waits, holds.c.expires_at <= soon)
            in_time = int((await connection.execute(due)).scalar_one())
            oldest = await _oldest(connection, waits)
        rules: dict[str, int] = {}
        for row in counted:
            rules[row.rule] = rules.get(row.rule, 0) + row.n
        grave = sum(row.n for row in counted if row.grade == Grade.HIGH)
        return Waiting(sum(rules.values()), grave, in_time, oldest, rules)

    async def trend(self, since: datetime, until: datetime) -> list[tuple[str, str, int]]:
        """Return (rule, verdict, count) of what was parked or blocked from then until then."""
        waited = (
            select(holds.c.rule, holds.c.verdict, func.count())
            .where(holds.c.parked_at >= since, holds.c.parked_at < until)
            .group_by(holds.c.rule, holds.c.verdict)
        )
        refused = (
            select(mail_recipients.c.rule, mails.c.verdict, func.count())
            .join(mail_recipients, mail_recipients.c.queue_id == mails.c.queue_id)
            .where(mails.c.verdict == Verdict.BLOCK.value)
            .where(mails.c.received_at >= since, mails.c.received_at < until)
            .where(mail_recipients.c.verdict == Verdict.BLOCK.value)
            .group_by(mail_recipients.c.rule, mails.c.verdict)
        )
        async with self._database.read() as connection:
            rows = [*(await connection.execute(waited)), *(await connection.execute(refused))]
        return [(r[0], r[1], r[2]) for r in rows]

    async def of_sender(self, sender: str, but: str, most: int) -> list[IncidentRecord]:
        """Return the newest other incidents of a sender, given as records show it.

        Args:
            but: queue id of the mail that is looked at.
        """
        chosen = (
            select(mails.c.queue_id)
            .where(mails.c.sender == sender, mails.c.would != Verdict.ALLOW.value)
            .where(mails.c.queue_id != but)
            .order_by(mails.c.received_at.desc())
            .limit(most)
        )
        async with self._database.read() as connection:
            ids = set((await connection.execute(chosen)).scalars())
            return await casebook.of_mails(connection, ids)

    async def about(self, hold_id: str, most: int) -> list[dict[str, Any]]:
        """Return what people did with a hold or looked at of it, the newest first."""
        query = _people().where(audit_log.c.object == hold_id)
        query = query.order_by(audit_log.c.at.desc(), audit_log.c.seq.desc()).limit(most)
        async with self._database.read() as connection:
            return [dict(r) for r in (await connection.execute(query)).mappings()]

    async def noted(
        self, asked: Noted, most: int, before: Mark | None = None
    ) -> tuple[list[dict[str, Any]], Mark | None]:
        """Return what people and clocks did, newest first, and where the next page begins."""
        query = _people()
        for column, value in (
            (audit_log.c.actor, asked.actor),
            (audit_log.c.action, asked.action),
            (audit_log.c.object, asked.about),
        ):
            query = query.where(column == value) if value else query
        place = tuple_(audit_log.c.at, audit_log.c.writer, audit_log.c.seq)
        if before is not None:
            at, writer, seq = before
            query = query.where(audit_log.c.at <= at, place < tuple_(at, writer, seq))
        query = query.order_by(
            audit_log.c.at.desc(), audit_log.c.writer.desc(), audit_log.c.seq.desc()
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(query.limit(most + 1))).mappings().all()
        last = rows[most - 1] if len(rows) > most else None
        mark = None if last is None else (last["at"], last["writer"], last["seq"])
        return [dict(r) for r in rows[:most]], mark

    async def heads(self) -> list[tuple[str, int]]:
        """Return each chain of the audit log with the number of its entries."""
        query = select(audit_heads.c.writer, audit_heads.c.seq).order_by(audit_heads.c.writer)
        async with self._database.read() as connection:
            return [(r.writer, r.seq) for r in await connection.execute(query)]

    async def looked(
        self, actor: str, about: str, action: str, reason: str = "", **detail: object
    ) -> None:
        """Record that somebody was shown more of a mail than its record, before it is shown.

        Args:
            action: what was done: ``read``, ``unmasked``, ``opened-original``, ``downloaded``.
            reason: a person's words; masked when they are written.
        """
        now = self._clock()
        async with self._database.write() as connection:
            await audit.append(
                connection,
                self._writer,
                now,
                actor=actor,
                action=action,
                about=about,
                detail={**({"reason": reason} if reason else {}), **detail},
            )


def _chosen(wanted: Wanted) -> Sequence[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [holds.c.state == wanted.state.value]
    if wanted.verdict is not None:
        found.append(holds.c.verdict == wanted.verdict.value)
    if wanted.rule:
        found.append(holds.c.rule == wanted.rule)
    if wanted.grade is not None:
        found.append(holds.c.grade == int(wanted.grade))
    if wanted.until is not None:
        found.append(holds.c.expires_at <= wanted.until)
    if wanted.assignee:
        found.append(holds.c.assignee == wanted.assignee)
    if wanted.senders is not None:
        found.append(holds.c.sender.in_(wanted.senders[:MOST_SENDERS]))
    if wanted.text:
        part = f"%{wanted.text.lower().translate(_ESCAPE)}%"
        found.append(holds.c.sought.like(part, escape="\\"))
    return found


def _queue(wanted: Wanted, most: int, after: Key | None) -> Select[Any]:
    place = (holds.c.grade, holds.c.expires_at, holds.c.hold_id)
    query = select(*place).where(*_chosen(wanted)).order_by(*place).limit(most)
    if after is None:
        return query
    grade, ends, hold_id = after
    # Written out, not as a row value: SQLite binds the instant by its column's type then.
    later = or_(
        holds.c.grade > grade,
        and_(holds.c.grade == grade, holds.c.expires_at > ends),
        and_(holds.c.grade == grade, holds.c.expires_at == ends, holds.c.hold_id > hold_id),
    )
    return query.where(holds.c.grade >= grade, later)


async def _oldest(
    connection: AsyncConnection, waits: Sequence[ColumnElement[bool]]
) -> datetime | None:
    """The oldest one that waits, or near it: of those that end first."""
    first = select(holds.c.parked_at).where(*waits).order_by(holds.c.expires_at).limit(100)
    found = (await connection.execute(first)).scalars().all()
    return min(found, default=None)


def _people() -> Select[Any]:
    # Written out: a bound value would not prove that the indexes of these rows fit.
    return select(audit_log).where(audit_log.c.actor != literal_column(f"'{ACTOR}'"))

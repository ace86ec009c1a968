"""Whom we wrote to: our own sending history, address by address and month by month.

Answers: ``fold`` (the journal's relayed mails into the history, behind the mail path, so that
a mail pays nothing for it), ``remember_hold`` (a released mail), ``add`` (an imported log),
``around`` (the evidence for one recipient), ``among`` (which addresses were written to),
``rows`` (all of it, or one domain's) and ``purge``.
Trusts: rows of the journal; imported ones only as text, which is masked here (law 4).
Fails: as the database does. A month that is imported twice counts once.
Kept: who wrote to whom, how often, between which days. No content, subject or time of day.
It lies in clear: handlers must read who wrote to a look-alike, and a hash of an address can
be undone by whoever has the address book.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, case, delete, distinct, func, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.masking import MASK
from gateway.model import Fate
from gateway.recipients.evidence import Evidence
from gateway.store.columns import masked
from gateway.store.database import insert_once
from gateway.store.records import MailState
from gateway.store.tables import correspondents, history, history_mark, mail_recipients, mails

LAG = timedelta(minutes=5)  # no mail takes longer from its dot to its journal row
WINDOW = timedelta(days=1)  # of the journal, folded in one transaction
LOCALS_TOLD = 1000  # known addresses of one domain that a judgement is told
ELSEWHERE_TOLD = 100  # domains with the same local part
_ROWS_AT_ONCE = 1000  # of an import, in one statement's list
_ONE = 1
_Key = tuple[str, str, str, str]


class Origin(StrEnum):
    """Where a row of the history comes from."""

    JOURNAL = "journal"  # mails that this gateway relayed
    IMPORTED = "import"  # a mail server's log, or an address book


@dataclass(frozen=True, slots=True)
class Sent:
    """Mails of one sender to one address in one month. ``repr`` shows no name."""

    domain: str = field(repr=False)  # normalised
    local: str = field(repr=False)  # lower case; "" where it is not kept
    sender: str = field(repr=False)  # lower case; "" for <>, or not known
    month: str  # "2026-11"
    sent: int  # 0 for an address that is only listed
    bounced: int
    first_on: date
    last_on: date

    @property
    def address(self) -> str:
        return f"{self.local or '*'}@{self.domain}"


@dataclass(slots=True)
class _Tally:
    sent: int = 0
    bounced: int = 0
    first_on: date = date.max
    last_on: date = date.min

    def count(self, day: date) -> None:
        self.sent += 1
        self.first_on, self.last_on = min(self.first_on, day), max(self.last_on, day)


# ------------------------------------------------------------------ writing


async def fold(connection: AsyncConnection, now: datetime) -> tuple[int, bool]:
    """Fold the next window of the journal; return the mails' copies, and whether more waits.

    A mail that has no outcome yet ends the window, so that none is passed over.
    """
    mark = (await connection.execute(select(history_mark.c.folded_to))).scalar_one_or_none()
    first = select(func.min(mails.c.received_at))
    begin = mark or (await connection.execute(first)).scalar_one_or_none()
    open_since = first.where(mails.c.state == MailState.INTENDED)
    oldest = (await connection.execute(open_since)).scalar_one_or_none()
    limit = min(now - LAG, oldest or now)
    if begin is None or begin >= limit:
        return 0, False
    end = min(begin + WINDOW, limit)
    if not await _advance(connection, mark, begin, end):
        return 0, False  # another process was first
    tallies = await _relayed_between(connection, begin, end)
    await _write(connection, tallies, Origin.JOURNAL)
    return sum(t.sent for t in tallies.values()), end < limit


async def _advance(
    connection: AsyncConnection, mark: datetime | None, begin: datetime, end: datetime
) -> bool:
    """Move the mark to ``end``; False where somebody else has moved it."""
    if mark is None:
        await insert_once(connection, history_mark, [{"one": _ONE, "folded_to": begin}])
    at = history_mark.c.folded_to
    moved = await connection.execute(update(history_mark).where(at == begin).values(folded_to=end))
    return moved.rowcount == 1


async def _relayed_between(
    connection: AsyncConnection, begin: datetime, end: datetime
) -> dict[_Key, _Tally]:
    copy = mail_recipients.c
    query = (
        select(copy.address, copy.domain, mails.c.sender, mails.c.received_at)
        .join(mails, mails.c.queue_id == copy.queue_id)
        .where(mails.c.received_at >= begin, mails.c.received_at < end)
        .where(copy.fate == Fate.RELAYED, copy.hold_id.is_(None))
    )
    return _tallied((await connection.execute(query)).all())


def _tallied(found: Iterable[Any]) -> dict[_Key, _Tally]:
    tallies: dict[_Key, _Tally] = {}
    for row in found:
        if not row.domain or MASK in row.domain:
            continue
        day = row.received_at.astimezone().date()
        local = _local(row.address.rpartition("@")[0])
        key = (row.domain, local, row.sender.lower(), month_of(day))
        tallies.setdefault(key, _Tally()).count(day)
    return tallies


async def remember_hold(connection: AsyncConnection, hold_id: str) -> None:
    """Remember whom this released mail was delivered to; not under an address that was wrong."""
    copy = mail_recipients.c
    query = (
        select(copy.address, copy.domain, mails.c.sender, mails.c.received_at)
        .join(mails, mails.c.queue_id == copy.queue_id)
        .where(copy.hold_id == hold_id, copy.fate == Fate.RELAYED, copy.corrected.is_(None))
    )
    await _write(connection, _tallied((await connection.execute(query)).all()), Origin.JOURNAL)


async def _write(connection: AsyncConnection, tallies: dict[_Key, _Tally], origin: Origin) -> None:
    rows = [
        Sent(*key, t.sent, t.bounced, t.first_on, t.last_on) for key, t in sorted(tallies.items())
    ]
    await add(connection, rows, origin)


async def add(connection: AsyncConnection, found: Sequence[Sent], origin: Origin) -> None:
    """Write rows; the journal's are added to what stands there, imported ones replace less."""
    statement = _upsert(connection, origin)
    for start in range(0, len(found), _ROWS_AT_ONCE):
        part = found[start : start + _ROWS_AT_ONCE]
        await connection.execute(statement, [_row(sent, origin) for sent in part])


def _row(sent: Sent, origin: Origin) -> dict[str, Any]:
    names = ("domain", "sender", "month", "sent", "bounced", "first_on", "last_on")
    return {name: getattr(sent, name) for name in names} | {
        "local": _local(sent.local),
        "origin": origin.value,
    }


def _upsert(connection: AsyncConnection, origin: Origin) -> Any:
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement = insert(history)
    old, new = history.c, statement.excluded
    adds = origin is Origin.JOURNAL
    return statement.on_conflict_do_update(
        index_elements=list(history.primary_key.columns),
        set_={
            name: old[name] + new[name] if adds else _larger(old[name], new[name])
            for name in ("sent", "bounced")
        }
        | {
            "first_on": case((new.first_on < old.first_on, new.first_on), else_=old.first_on),
            "last_on": _larger(old.last_on, new.last_on),
        },
    )


def _larger(old: Any, new: Any) -> Any:
    return case((new > old, new), else_=old)


async def make_known(connection: AsyncConnection, domains: Iterable[str], now: datetime) -> None:
    """Let these domains count as written to."""
    names = sorted({d for d in domains if d and masked(d) == d})
    for start in range(0, len(names), _ROWS_AT_ONCE):
        part = names[start : start + _ROWS_AT_ONCE]
        await insert_once(
            connection, correspondents, [{"domain": d, "first_at": now} for d in part]
        )


async def purge(connection: AsyncConnection, before: date) -> int:
    """Forget months that ended before ``before``, and names that no month is left of."""
    gone = await connection.execute(delete(history).where(history.c.month < month_of(before)))
    if gone.rowcount:
        await connection.execute(
            delete(correspondents).where(
                correspondents.c.first_at < datetime(before.year, before.month, 1).astimezone(),
                correspondents.c.domain.not_in(select(history.c.domain)),
            )
        )
    return gone.rowcount


# ------------------------------------------------------------------ reading


async def around(connection: AsyncConnection, local: str, domain: str) -> Evidence:
    """Return what is known around one recipient; ``local`` and ``domain`` normalised."""
    c = history.c
    total = await connection.execute(
        select(
            func.sum(c.sent).label("sent"),
            func.sum(c.bounced).label("bounced"),
            func.count(distinct(c.sender)).label("senders"),
            func.min(c.first_on).label("first_on"),
            func.max(c.last_on).label("last_on"),
        ).where(c.domain == domain)
    )
    row = total.one()
    here = select(c.local).distinct().where(c.domain == domain, c.local != "").limit(LOCALS_TOLD)
    known = frozenset((await connection.execute(here)).scalars())
    elsewhere: frozenset[str] = frozenset()
    if local := _local(local):
        others = select(c.domain).distinct().where(c.local == local, c.domain != domain)
        elsewhere = frozenset((await connection.execute(others.limit(ELSEWHERE_TOLD))).scalars())
    days = (row.last_on - row.first_on).days + 1 if row.first_on else 0
    return Evidence(row.sent or 0, days, row.senders, row.bounced or 0, known, elsewhere)


async def among(
    connection: AsyncConnection, wanted: Sequence[tuple[str, str]], sender: str | None = None
) -> frozenset[tuple[str, str]]:
    """Return those (local, domain) that were written to; with ``sender``, by him."""
    pairs = sorted({(_local(local), domain) for local, domain in wanted})
    c = history.c
    query = (
        select(c.local, c.domain)
        .distinct()
        .where(tuple_(c.domain, c.local).in_([(d, n) for n, d in pairs if n]))
    )
    if sender is not None:
        query = query.where(c.sender == masked(sender.lower()))
    found = {(row[0], row[1]) for row in await connection.execute(query)}
    return frozenset(p for p in wanted if (_local(p[0]), p[1]) in found)


async def rows(connection: AsyncConnection, domain: str | None = None) -> list[Sent]:
    """Return the whole history, or one domain's with its subdomains, the oldest first."""
    c = history.c
    query: Select[Any] = select(
        c.domain,
        c.local,
        c.sender,
        c.month,
        func.sum(c.sent),
        func.sum(c.bounced),
        func.min(c.first_on),
        func.max(c.last_on),
    ).group_by(c.domain, c.local, c.sender, c.month)
    if domain is not None:
        below = c.domain.endswith(f".{domain}", autoescape=True)
        query = query.where((c.domain == domain) | below)
    found = await connection.execute(query.order_by(c.month, c.domain, c.local, c.sender))
    return [Sent(*row) for row in found]


def month_of(day: date) -> str:
    return f"{day.year:04d}-{day.month:02d}"


def _local(local: str) -> str:
    """A local part as it is kept: lower case, and nothing where a number could be in it."""
    local = local.lower()
    return local if masked(local) == local and MASK not in local else ""

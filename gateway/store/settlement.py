"""Outcomes: what came of a mail, and what a crash left without one.

Answers: ``Writer.write`` writes any number of intents and outcomes in one transaction; an
outcome lets staged holds become real or vanish. ``flight`` finds what an outcome needs when
the process that intended it is gone; ``left_open`` what is to be recovered.
Trusts: rows that ``Writer.intended`` bound.
Fails: ``StoreError`` where a mail is settled twice or was never intended.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Dialect, Table, literal_column, select
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.errors import StoreError
from gateway.model import Fate, HoldState, Outcome, Reply
from gateway.store import correspondents
from gateway.store.audit import Chain, Entry
from gateway.store.journal import ACTOR, Flight, Intent, entry_of, rows_of
from gateway.store.outbox import Post
from gateway.store.records import MailState
from gateway.store.statements import Change, Insert, Removal, Row
from gateway.store.tables import (
    correspondents as names,
)
from gateway.store.tables import (
    deliveries,
    holds,
    incidents,
    mail_recipients,
    mails,
    sealed,
)

LOST = Outcome(Fate.UNKNOWN, Reply(451, "4.4.2", "The gateway stopped before the outcome"))
# No default of ``smtp.timers`` lets a relay last nearly as long: nobody has it under way.
SURELY_OVER = timedelta(days=1)
_INTENDED: ColumnElement[str] = literal_column(
    f"'{MailState.INTENDED.value}'"
)  # as the partial index has it
_TABLES = (mails, mail_recipients, sealed, holds, deliveries, incidents)  # parents first


@dataclass(frozen=True, slots=True)
class Intended:
    """An intent as rows, ready to be written."""

    rows: tuple[tuple[Table, Row], ...] = field(repr=False)
    entry: Entry
    size_bytes: int  # of what it writes, roughly


@dataclass(frozen=True, slots=True)
class Settled:
    """An outcome, ready to be written."""

    queue_id: str
    outcome: Outcome
    flight: Flight
    new_names: tuple[str, ...]  # domains that the relay made known
    at: datetime
    size_bytes: int = 500


Order = Intended | Settled


class Writer:
    """The statements of the journal for one database and one audit chain."""

    def __init__(self, writer: str, dialect: Dialect) -> None:
        self._chain = Chain(writer, dialect)
        self._inserts = {table: Insert(table, dialect) for table in _TABLES}
        self._names = Insert(names, dialect, once=True)
        mail, copy, hold, post = mails.c, mail_recipients.c, holds.c, deliveries.c
        waiting = post.next_attempt_at.is_(None)
        self._settle = Change(
            mail.queue_id,
            (mail.state, mail.reply, mail.settled_at),
            dialect,
            mail.state == _INTENDED,
        )
        self._fates = Change(copy.queue_id, (copy.fate,), dialect, copy.hold_id.is_(None))
        self._park = Change(
            hold.queue_id,
            (hold.state, hold.parked_at, hold.changed_at),
            dialect,
            hold.state == literal_column("'staged'"),
        )
        self._post = Change(post.queue_id, (post.next_attempt_at,), dialect, waiting)
        self._unpark = Change(
            copy.queue_id, (copy.hold_id, copy.fate), dialect, copy.hold_id.is_not(None)
        )
        self._remove = (
            Removal(hold.queue_id, dialect),
            Removal(sealed.c.queue_id, dialect),
            Removal(post.queue_id, dialect, waiting),
        )

    def intended(self, post: Post, intent: Intent) -> Intended:
        """Bind an intent's rows; every text from the mail is masked by its column here."""
        bound = tuple((table, self._inserts[table].of(row)) for table, row in rows_of(post, intent))
        parked = len(intent.mail.blob) if intent.mail else 0
        return Intended(bound, entry_of(post, intent), 1000 + parked)

    def write(self, cursor: Any, orders: Sequence[Order]) -> None:
        """Write all orders; raises when one of them cannot be."""
        begun = [o for o in orders if isinstance(o, Intended)]
        ended = [o for o in orders if isinstance(o, Settled)]
        for table in _TABLES:
            rows = [row for order in begun for t, row in order.rows if t is table]
            self._inserts[table].run(cursor, rows)
        self._settle_all(cursor, ended)
        recorded = [o for o in ended if o.flight.incident_id is not None]
        self._hold_all(cursor, recorded)
        entries = [o.entry for o in begun] + [_outcome_entry(o) for o in recorded]
        self._chain.extend(cursor, entries)

    def _settle_all(self, cursor: Any, ended: Sequence[Settled]) -> None:
        rows = [
            self._settle.bind((o.queue_id, o.outcome.fate.value, str(o.outcome.reply), o.at))
            for o in ended
        ]
        if self._settle.run(cursor, rows) != len(rows):
            about = ended[0].queue_id if len(ended) == 1 else "one of many"
            raise StoreError(f"mail {about} is settled already or was never intended")
        self._fates.run(cursor, [(o.queue_id, o.outcome.fate.value) for o in ended])
        new = {name: o.at for o in ended for name in o.new_names}
        self._names.run(cursor, [self._names.bind(item) for item in sorted(new.items())])

    def _hold_all(self, cursor: Any, ended: Sequence[Settled]) -> None:
        """Let staged holds become real, or keep nothing of them: no 250 was given then."""
        good = [o for o in ended if o.outcome.fate is Fate.RELAYED]
        bad = [o.queue_id for o in ended if o.outcome.fate is not Fate.RELAYED]
        parked = [(o.queue_id, HoldState.PARKED.value, o.at, o.at) for o in good]
        self._park.run(cursor, [self._park.bind(row) for row in parked])
        self._post.run(cursor, [self._post.bind((o.queue_id, o.at)) for o in good])
        self._unpark.run(cursor, [(queue_id, None, Fate.FAILED.value) for queue_id in bad])
        for removal in self._remove:
            removal.run(cursor, [(queue_id,) for queue_id in bad])


def _outcome_entry(order: Settled) -> Entry:
    outcome = order.outcome
    return Entry(
        order.at,
        actor=ACTOR,
        action="settled",
        about=order.flight.incident_id or order.queue_id,
        detail={
            "queue_id": order.queue_id,
            "fate": outcome.fate.value,
            "reply": outcome.reply.code,
        },
    )


# ------------------------------------------------------------------ after a crash


async def flight(connection: AsyncConnection, queue_id: str) -> Flight:
    """Read what an outcome needs of a mail that another process, or nobody, intended."""
    query = select(incidents.c.incident_id).where(incidents.c.queue_id == queue_id)
    incident_id = (await connection.execute(query)).scalar_one_or_none()
    return Flight(incident_id, await correspondents.of_mail(connection, queue_id))


async def left_open(
    connection: AsyncConnection, before: datetime
) -> tuple[dict[str, list[str]], list[str]]:
    """Return, by writer, the mails that were intended before and never settled.

    Beside them stand those of all writers that can be under way no more.
    """
    query = (
        select(mails.c.writer, mails.c.queue_id, mails.c.intended_at)
        .where(mails.c.state == _INTENDED, mails.c.intended_at < before)
        .order_by(mails.c.intended_at)
    )
    found: dict[str, list[str]] = {}
    over = []
    for row in await connection.execute(query):
        if row.intended_at < before - SURELY_OVER:
            over.append(row.queue_id)
        else:
            found.setdefault(row.writer, []).append(row.queue_id)
    return found, over

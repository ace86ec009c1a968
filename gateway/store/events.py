"""Events: the audit log as programs follow it, from a place on, each exactly once.

Answers: ``since`` (what came after a place, oldest first, and the next place), ``heads`` (the
place after the last entry), ``of`` (one event again) and ``TYPES``, every type that there is.
A place is the number of the last entry that was read of each writer's chain: numbers have no
gaps and are committed in order, so a slow transaction cannot slip behind one who reads. Times
cannot say that.
An event is an entry of the log (act and entry are one transaction) with what the journal says
of its mail. It holds no content, and every string in it was masked when it was written.
Trusts: the log. Fails: as the database does; ``NotFoundError`` for an entry that is not there.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from heapq import heapify, heappop, heappush
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.errors import NotFoundError
from gateway.model import Verdict
from gateway.store.tables import audit, audit_heads, mail_recipients, mails

Places = Mapping[str, int]  # writer → number of the last entry that was read
SCAN = 2000  # entries that one call looks through for the types it wants: some 20 ms
RECIPIENTS = 20  # of one mail that an event names; the rest are counted


class Group(StrEnum):
    """What an event is about."""

    MAIL = "mail"  # decided on, relayed, destroyed
    HOLD = "hold"  # what became of a parked mail
    LOOK = "look"  # somebody was shown more of a mail than its record
    REVIEW = "review"  # looked at after the fact
    INCIDENT = "incident"  # what the Commission was told
    ACCOUNT = "account"  # signing in, rights, tokens
    RECORD = "record"  # exports, keys, the database, the day's digest
    WEBHOOK = "webhook"  # what a program did not take


_MONITORED = "monitored"  # relayed, and would have been stopped
_ACTIONS: Mapping[Group, str] = {
    Group.MAIL: f"{' '.join(Verdict)} {_MONITORED} settled set-aside destroyed",
    Group.HOLD: "assign ack approve release confirm amend correct reject cancel announce escalate "
    "expire elapse comment extend looked-again delivered failed asked-for-release "
    "asked-for-trust trust-approved trust-declined",
    Group.LOOK: "viewed read unmasked opened-original downloaded opened-link rehearsed",
    Group.REVIEW: "sampled reviewed review-ended",
    Group.INCIDENT: "reported report-withdrawn",
    Group.ACCOUNT: "signed-in signed-in-again signed-out sign-in-failed second-factor-failed "
    "confirmation-failed single-sign-on-failed sign-in-locked session-ended "
    "user-added user-granted user-granted-anew user-identified user-role-changed "
    "user-disabled user-enabled password-changed second-factor-enrolled "
    "second-factor-reset recovery-code-used recovery-codes-renewed "
    "single-sign-on-tied first-link-made token-made token-revoked token-guessed "
    "stand-in stand-in-withdrawn",
    Group.RECORD: "audit-exported audit-verified history-imported store-accepted key-made "
    "key-destroyed key-gone-everywhere keys-rewrapped digest-sent",
    Group.WEBHOOK: "webhook-given-up",
}
_GROUP_OF = {action: group for group, actions in _ACTIONS.items() for action in actions.split()}
TYPES = tuple(f"{group}.{action}" for action, group in _GROUP_OF.items())


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of the audit log, as programs get it."""

    writer: str
    seq: int
    type: str  # one of TYPES, or ``record.`` and a word that is newer than this list
    at: datetime
    actor: str  # masked
    about: str  # id of a hold, incident or mail, or what else the entry names
    detail: Mapping[str, Any] = field(repr=False)
    mail: Mapping[str, Any] | None = field(default=None, repr=False)  # what the journal knows

    @property
    def event_id(self) -> str:
        """The same for ever, however often it is told."""
        return f"{self.writer}-{self.seq}"

    def told(self) -> dict[str, Any]:
        """Return it as JSON can say it: what the API answers and a webhook gets."""
        data = {"actor": self.actor, "about": self.about, "detail": self.detail, "mail": self.mail}
        return {
            "id": self.event_id,
            "type": self.type,
            "timestamp": self.at.isoformat().replace("+00:00", "Z"),
            "data": data,
        }


@dataclass(frozen=True, slots=True)
class Told:
    """What came after a place."""

    events: tuple[Event, ...]  # oldest first
    places: dict[str, int]  # where the next call begins
    more: bool  # whether there is more already


def type_of(action: str, detail: Mapping[str, Any]) -> str:
    """Return the type of an entry.

    >>> type_of("decided", {"verdict": "allow", "would": "hold"})
    'mail.monitored'
    """
    if action == "decided":
        verdict = str(detail.get("verdict", Verdict.ALLOW))
        let_pass = verdict == Verdict.ALLOW and detail.get("would", verdict) != verdict
        action = _MONITORED if let_pass else verdict
    return f"{_GROUP_OF.get(action, Group.RECORD)}.{action}"


def wanted_by(pattern: str) -> frozenset[str]:
    """Return the types that a pattern names: one of them, ``group.*`` or ``*``; perhaps none."""
    if pattern.endswith("*"):
        return frozenset(t for t in TYPES if t.startswith(pattern[:-1]))
    return frozenset(TYPES) & {pattern}


async def heads(connection: AsyncConnection) -> dict[str, int]:
    """Return the place after the last entry that there is."""
    query = select(audit_heads.c.writer, audit_heads.c.seq)
    return {row.writer: row.seq for row in await connection.execute(query)}


async def since(
    connection: AsyncConnection, places: Places, types: Collection[str], most: int
) -> Told:
    """Return up to ``most`` events after ``places``.

    Args:
        types: those that are asked for; empty for all.
    """
    ends = await heads(connection)
    reached, found = dict(places), list[Event]()
    for row in await _after(connection, places, ends, SCAN if types else most):
        if len(found) == most:
            break
        reached[row.writer] = row.seq
        event = _event(row)
        if not types or event.type in types:
            found.append(event)
    return Told(await _with_mails(connection, found), reached, _behind(reached, ends))


async def entries_since(
    connection: AsyncConnection, places: Places, most: int
) -> tuple[list[dict[str, Any]], dict[str, int], bool]:
    """Return up to ``most`` entries as they stand in the log, the next place, and if more are."""
    ends = await heads(connection)
    rows = await _after(connection, places, ends, most)
    reached = dict(places) | {row.writer: row.seq for row in rows}
    return [dict(row._mapping) for row in rows], reached, _behind(reached, ends)


def _behind(places: Places, ends: Places) -> bool:
    return any(end > places.get(writer, 0) for writer, end in ends.items())


async def _after(connection: AsyncConnection, places: Places, ends: Places, most: int) -> list[Any]:
    """Return the next entries: of each writer by number, of all the one that seems oldest."""
    waiting: dict[str, deque[Any]] = {}
    for writer, end in ends.items():
        last = places.get(writer, 0)
        if end > last:
            mine = (audit.c.writer == writer) & (audit.c.seq > last)
            query = select(audit).where(mine).order_by(audit.c.seq).limit(most)
            waiting[writer] = deque((await connection.execute(query)).all())
    queue = [(rows[0].at, writer) for writer, rows in waiting.items() if rows]
    heapify(queue)
    found: list[Any] = []
    while queue and len(found) < most:
        _, writer = heappop(queue)
        rows = waiting[writer]
        found.append(rows.popleft())
        if rows:
            heappush(queue, (rows[0].at, writer))
    return found


async def of(connection: AsyncConnection, writer: str, seq: int) -> Event:
    """Return one event."""
    query = select(audit).where(audit.c.writer == writer, audit.c.seq == seq)
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        raise NotFoundError(f"no entry {seq} of {writer}")
    return (await _with_mails(connection, [_event(row)]))[0]


def _event(row: Any) -> Event:
    detail = json.loads(row.detail)
    kind = type_of(row.action, detail)
    return Event(row.writer, row.seq, kind, row.at, row.actor, row.object, detail)


async def _with_mails(connection: AsyncConnection, found: Iterable[Event]) -> tuple[Event, ...]:
    told = tuple(found)
    ids = {str(e.detail["queue_id"]) for e in told if e.detail.get("queue_id")}
    known = await _mails(connection, ids) if ids else {}
    return tuple(
        e
        if (mail := known.get(str(e.detail.get("queue_id")))) is None
        else Event(e.writer, e.seq, e.type, e.at, e.actor, e.about, e.detail, mail)
        for e in told
    )


async def _mails(connection: AsyncConnection, ids: Collection[str]) -> dict[str, dict[str, Any]]:
    """What never changes of some mails, so that an event is told in the same words again."""
    query = select(mails).where(mails.c.queue_id.in_(ids))
    found = {row.queue_id: _mail(row) for row in await connection.execute(query)}
    copies = select(mail_recipients).where(mail_recipients.c.queue_id.in_(ids))
    copies = copies.order_by(mail_recipients.c.queue_id, mail_recipients.c.n)
    for row in await connection.execute(copies):
        mail = found[row.queue_id]
        mail["recipient_count"] += 1
        if mail["recipient_count"] <= RECIPIENTS:
            mail["recipients"].append(_recipient(row))
    return found


def _mail(row: Any) -> dict[str, Any]:
    return {
        "queue_id": row.queue_id,
        "received": row.received_at.isoformat(),
        "client": row.client,
        "sender": row.sender,
        "verdict": row.verdict,
        "would": row.would,
        "my_numbers": row.likely,
        "recipient_count": 0,
        "recipients": [],
    }


def _recipient(row: Any) -> dict[str, Any]:
    return {
        "address": row.address,
        "class": row.recipient_class,
        "resembles": row.resembles,
        "verdict": row.verdict,
        "rule": row.rule,
    }

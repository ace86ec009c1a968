"""Mails that a client sent again although we hold them already.

Answers: ``Resemblances.earlier`` names the holds of the same mail of the last ten minutes,
``BeforeStart`` those from before this process began, told by envelope and size alone.
Such a mail is parked again, and the reviewer is shown the earlier hold; nothing is dropped.
Digests are keyed with a random key that only this process's memory has, and are never
written (law 4). A crash between the commit and the 250 loses them: hence the second way.
Trusts: nothing. Fails: never; ``BeforeStart`` as the database does.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from gateway.model import Submission
from gateway.store.columns import masked
from gateway.store.database import Database
from gateway.store.tables import holds, mail_recipients, mails

AGAIN_WITHIN = timedelta(minutes=10)
REMEMBERED = 10_000  # mails
_Shape = tuple[str, int, tuple[str, ...]]  # sender, size, recipients; masked


@dataclass(frozen=True, slots=True)
class _Seen:
    at: datetime
    queue_id: str
    by_rule: Mapping[str, str]  # rule → hold id


class Resemblances:
    """What this process parked lately."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._seen: dict[bytes, _Seen] = {}  # the oldest first

    def digest(self, mail: Submission) -> bytes:
        """Return what tells a mail from others, to this process only."""
        keyed = hashlib.blake2b(key=self._key, digest_size=32)
        envelope = mail.envelope
        for text in (envelope.mail_from, *sorted(envelope.rcpt_tos)):
            octets = text.encode("utf-8", "surrogatepass")
            keyed.update(len(octets).to_bytes(4, "big") + octets)
        keyed.update(b"\0\0\0\0\0")
        keyed.update(mail.content)
        return keyed.digest()

    def earlier(self, digest: bytes, now: datetime) -> Mapping[str, str]:
        """Return the holds of the same mail by rule; none after ten minutes."""
        seen = self._seen.get(digest)
        return seen.by_rule if seen is not None and now - seen.at <= AGAIN_WITHIN else {}

    def note(self, digest: bytes, now: datetime, queue_id: str, by_rule: Mapping[str, str]) -> None:
        """Remember a mail that was parked; the first of its kind stays."""
        if self.earlier(digest, now):
            return
        self._seen.pop(digest, None)
        while self._seen and (
            len(self._seen) >= REMEMBERED or now - next(iter(self._seen.values())).at > AGAIN_WITHIN
        ):
            del self._seen[next(iter(self._seen))]
        self._seen[digest] = _Seen(now, queue_id, by_rule)

    def forget(self, queue_id: str) -> None:
        """Forget a mail whose holds were not kept."""
        self._seen = {d: s for d, s in self._seen.items() if s.queue_id != queue_id}


class BeforeStart:
    """The holds of the last ten minutes before this process began; read once."""

    def __init__(self, started: datetime) -> None:
        self._started = started
        self._reading = asyncio.Lock()
        self._found: dict[_Shape, dict[str, str]] | None = None  # None: not read yet

    async def earlier(
        self, mail: Submission, now: datetime, database: Database
    ) -> Mapping[str, str]:
        """Return the holds, by rule, of a mail with this envelope and size."""
        if now - self._started > AGAIN_WITHIN:
            self._found = {}
            return {}
        async with self._reading:
            if self._found is None:
                self._found = await self._read(database)
        envelope = mail.envelope
        return self._found.get(_shape(envelope.mail_from, len(mail.content), envelope.rcpt_tos), {})

    async def _read(self, database: Database) -> dict[_Shape, dict[str, str]]:
        newest = (
            select(holds.c.hold_id, holds.c.rule, mails.c.queue_id)
            .add_columns(mails.c.sender, mails.c.size_bytes)
            .join(mails, mails.c.queue_id == holds.c.queue_id)
            .where(mails.c.received_at > self._started - AGAIN_WITHIN)
            .where(holds.c.parked_at < self._started)
            .order_by(holds.c.parked_at.desc())
            .limit(REMEMBERED)
        )
        recent = newest.subquery()
        copies = select(mail_recipients.c.queue_id, mail_recipients.c.address).where(
            mail_recipients.c.queue_id.in_(select(recent.c.queue_id))
        )
        addresses: dict[str, list[str]] = {}
        found: dict[_Shape, dict[str, str]] = {}
        async with database.read() as connection:
            for row in await connection.execute(copies):
                addresses.setdefault(row.queue_id, []).append(row.address)
            for row in await connection.execute(newest):
                shape = _shape(row.sender, row.size_bytes, addresses.get(row.queue_id, ()))
                found.setdefault(shape, {})[row.rule] = row.hold_id
        return found


def _shape(sender: str, size_bytes: int, recipients: Iterable[str]) -> _Shape:
    return masked(sender), size_bytes, tuple(sorted(masked(a) for a in recipients))

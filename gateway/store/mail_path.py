"""The store's verbs on the path of one mail: what is known, what is intended, what came of it.

Answers: ``MailPath``, which ``Store`` is built on. What a verb wrote is on the disk when it
returns; verbs of many mails that wait at one moment share one commit.
Trusts: the pipeline to act only after ``intend``, and to ``settle`` once.
Fails: ``StoreError``; ``KeyMissingError`` when there is nothing to seal with.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import structlog

from gateway.errors import StoreError
from gateway.ids import new_id
from gateway.model import (
    Decision,
    Fate,
    Inspection,
    Outcome,
    Outgoing,
    Park,
    Submission,
    Verdict,
)
from gateway.store import correspondents, journal, settlement, writers
from gateway.store.correspondents import Acquaintances
from gateway.store.database import Database
from gateway.store.faults import LastingError
from gateway.store.group import GroupCommit
from gateway.store.journal import Flight
from gateway.store.outbox import Post
from gateway.store.records import MailState, mail_context
from gateway.store.resemblance import BeforeStart, Resemblances
from gateway.store.seal import Sealed, Sealer, pack
from gateway.store.settlement import Order, Settled, Writer

log = structlog.get_logger(__name__)

PAUSES_S = (1.0, 5.0, 15.0)  # between tries to settle; each try waits for a lock by itself
FLIGHTS = 10_000  # mails between intent and outcome that are kept in memory


class MailPath:
    """The journal of one process and what it remembers between intent and outcome."""

    def __init__(
        self, database: Database, sealer: Sealer, writer: str, clock: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._sealer = sealer
        self._writer = writer
        self._clock = clock
        self._started = clock()
        self._journal = Writer(writer, database.dialect)
        self._group: GroupCommit[Order] = GroupCommit(
            database, self._journal.write, lambda order: order.size_bytes
        )
        self._flights: dict[str, Flight] = {}  # by queue id: intended here, not settled yet
        self._acquaintances = Acquaintances()
        self._resemblances = Resemblances()
        self._before_start = BeforeStart(self._started)

    def _post(self, now: datetime | None = None) -> Post:
        return Post(self._sealer, self._writer, now or self._clock())

    async def known_domains(self, domains: Iterable[str]) -> frozenset[str]:
        """Return those of ``domains`` that a mail was relayed to before."""
        return await self._acquaintances.among(domains, self._look_up)

    async def _look_up(self, domains: frozenset[str]) -> frozenset[str]:
        async with self._database.read() as connection:
            return await correspondents.known(connection, domains)

    async def intend(
        self,
        submission: Submission,
        inspection: Inspection,
        decision: Decision,
        parks: Sequence[Park],
        notices: Sequence[Outgoing],
        *,
        staged: bool,
        incident_id: str | None = None,
        journalled: Sequence[str] = (),
        features: Mapping[str, Any] | None = None,
    ) -> str | None:
        """Commit what is about to happen to a mail; return its incident's id, if it has one.

        Args:
            staged: some copies are relayed first: holds and notices wait for ``settle``.
            incident_id: the id to use where there is an incident; made here when None.
            journalled: the journal rules that ask for this record.
            features: what else the decision looked at (``features.features_of``).
        """
        if len(decision.rulings) != len(submission.envelope.rcpt_tos):
            raise StoreError("a decision must rule on every recipient")
        verdict = _strictest(r.verdict for r in decision.rulings)
        would = _strictest(r.would for r in decision.rulings)
        wanted = parks or would is not Verdict.ALLOW
        incident_id = (incident_id or new_id()) if wanted else None
        mail, digest = None, b""
        resembles: Mapping[str, str] = {}
        if parks:
            mail, digest = await asyncio.to_thread(self._sealed, submission)
            resembles = await self._earlier(submission, digest)
        intent = journal.Intent(
            submission,
            inspection,
            decision,
            parks,
            notices,
            incident_id,
            staged,
            mail,
            verdict,
            would,
            _by_rule(parks, resembles),
            journalled,
            features,
        )
        await self._group.commit(self._journal.intended(self._post(), intent))
        if intent.state is MailState.INTENDED:
            self._remember(intent)
        if parks:
            by_rule = {p.rule: p.hold_id for p in parks}
            self._resemblances.note(digest, self._clock(), submission.queue_id, by_rule)
        return incident_id

    def _remember(self, intent: journal.Intent) -> None:
        """Keep what the outcome will need; the oldest is forgotten, and read again then."""
        if len(self._flights) >= FLIGHTS:
            del self._flights[next(iter(self._flights))]
        self._flights[intent.queue_id] = journal.flight_of(intent)

    def _sealed(self, submission: Submission) -> tuple[Sealed, bytes]:
        """Seal and digest; in a thread, since 50 MB of it must not stop other connections."""
        payload = pack(submission.envelope, submission.outgoing)
        mail = self._sealer.seal(mail_context(submission.queue_id), payload)
        return mail, self._resemblances.digest(submission)

    async def _earlier(self, submission: Submission, digest: bytes) -> Mapping[str, str]:
        """Return the holds, by rule, that this mail was parked in before."""
        now = self._clock()
        found = self._resemblances.earlier(digest, now)
        if found:
            return found
        try:
            return await self._before_start.earlier(submission, now, self._database)
        except StoreError:
            log.warning("resemblance-unknown")  # only a hint: the mail is parked without it
            return {}

    async def settle(self, queue_id: str, outcome: Outcome) -> None:
        """Commit the outcome of a relay; staged holds become real or vanish."""
        flight = self._flights.pop(queue_id, None)
        if flight is None:
            async with self._database.read() as connection:
                flight = await settlement.flight(connection, queue_id)
        relayed = outcome.fate is Fate.RELAYED
        new = tuple(self._acquaintances.unknown(flight.names)) if relayed else ()
        await self._group.commit(Settled(queue_id, outcome, flight, new, self._clock()))
        self._acquaintances.add(new)
        if not relayed and flight.incident_id is not None:
            self._resemblances.forget(queue_id)

    async def settle_patiently(self, queue_id: str, outcome: Outcome) -> None:
        """As ``settle``, tried again while others keep the database locked.

        For an outcome that nobody waits for: without it the mail stays without one until the
        next start, which can only call it unknown. A failed disk write is never tried again.
        """
        for pause_s in PAUSES_S:
            try:
                return await self.settle(queue_id, outcome)
            except LastingError:
                raise
            except StoreError:
                await asyncio.sleep(pause_s)
        return await self.settle(queue_id, outcome)

    async def recover(self) -> list[str]:
        """Settle as unknown what a crash left open; call once, before serving.

        That is what this writer intended before it started, what others did whose process is
        surely gone (``writers`` has the rule), and what is too old for anybody to have under
        way. Return the queue ids.
        """
        async with self._database.write() as connection:
            await writers.register(connection, self._writer, self._started)
            found, over = await settlement.left_open(connection, self._started)
            dead = await writers.gone(connection, found.keys() - {self._writer})
        mine = [queue_id for name in (self._writer, *dead) for queue_id in found.get(name, ())]
        return [queue_id for queue_id in (*over, *mine) if await self._give_up(queue_id)]

    async def _give_up(self, queue_id: str) -> bool:
        """Settle a mail whose outcome nobody knows; False where another gateway was first."""
        try:
            await self.settle(queue_id, settlement.LOST)
        except LastingError:
            raise
        except StoreError:
            return False
        log.warning("outcome-unknown-after-restart", queue_id=queue_id)
        return True


def _strictest(verdicts: Iterable[Verdict]) -> Verdict:
    """As ``Decision.verdict``, which costs more where all are the same."""
    found = set(verdicts)
    return found.pop() if len(found) == 1 else max(found, key=lambda v: v.rank)


def _by_rule(parks: Sequence[Park], earlier: Mapping[str, str]) -> dict[str, str]:
    """Tie each park to the earlier hold of its rule, or to any where the rule is new."""
    other = next(iter(earlier.values()), None)
    return {p.rule: found for p in parks if (found := earlier.get(p.rule, other)) is not None}

"""Delivers what the durable queue holds: released mail, notices and DSNs.

Answers: every due delivery is handed to the next hop; taken recipients are done, temporarily
refused ones wait longer each time, and what is refused for good or too old ends in a DSN.
Trusts: the store's leases: a delivery is one worker's until its lease runs out, which is
later than any attempt can end; what a dead worker had in hand and cannot have sent is given
back when the next one starts.
Fails: towards sending twice, never towards losing: whatever is not surely taken is tried
again, an unknown outcome too (RFC 5321 4.5.4.1: we own it). A released mail goes straight
to the next hop and is not inspected again, so the rule that held it cannot catch it again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

import structlog
from structlog.contextvars import bound_contextvars

from gateway import metrics
from gateway.errors import ConflictError, NextHopError, StoreError
from gateway.failpoint import reached
from gateway.model import Envelope, Fate, Outcome, Outgoing, Reply
from gateway.outbound.client import NextHop
from gateway.outbound.dsn import dsn
from gateway.store import Delivery, DeliveryKind, Opener, Store

log = structlog.get_logger(__name__)

BATCH = 20  # deliveries under way at once
LEASE_S = 1800.0  # at least; with a patient next hop longer, so that no two workers send one
LEASE_SLACK_S = 120.0  # opening the seal and recording the outcome
POLL_S = 1.0  # how soon a released mail leaves
DRAIN_S = 30.0  # what is under way has this long to end when we stop

_SENT = {
    DeliveryKind.RELEASE: metrics.Sent.RELEASED,
    DeliveryKind.NOTICE: metrics.Sent.NOTICE,
    DeliveryKind.DSN: metrics.Sent.DSN,
}


@dataclass(frozen=True, slots=True)
class Attempt:
    """What one attempt came to, recipient by recipient."""

    taken: tuple[str, ...]
    waiting: tuple[str, ...]  # to be tried again
    refused: tuple[tuple[str, Reply], ...]  # for good
    reply: Reply  # the one that tells most, for the record
    fate: Fate
    doubtful: tuple[str, ...] = ()  # of those waiting: may have it all the same


class OutboundWorker:
    """One worker over the durable queue; several may share it."""

    def __init__(
        self,
        store: Store,
        opener: Opener,
        next_hop: NextHop,
        *,
        waits: Sequence[timedelta],
        give_up: timedelta,
        reporting_mta: str,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._opener = opener
        self._next_hop = next_hop
        self._waits = tuple(waits)
        self._give_up = give_up
        self._reporting_mta = reporting_mta
        self._clock = clock
        self._lease_s = max(LEASE_S, next_hop.settings.longest_s + LEASE_SLACK_S)

    async def run(self) -> None:
        """Deliver until cancelled; a slow delivery keeps no other waiting.

        When cancelled it takes nothing new, and gives what is under way a moment to end:
        cutting it off after its dot would send it twice.
        """
        under_way: set[asyncio.Task[None]] = set()
        await self.free()
        try:
            while True:
                room = BATCH - len(under_way)
                claimed = await self._claim_or_none(room) if room else []
                under_way |= {asyncio.create_task(self._deliver(d)) for d in claimed}
                if under_way:
                    first = asyncio.FIRST_COMPLETED
                    _, under_way = await asyncio.wait(under_way, timeout=POLL_S, return_when=first)
                else:
                    await asyncio.sleep(POLL_S)
        finally:
            await _end(under_way)

    async def free(self) -> None:
        """Give back what a worker that died had in hand."""
        try:
            freed = await self._store.free_deliveries()
        except StoreError as error:
            log.error("leases not freed, they will end", cause=str(error))
        else:
            if freed:
                log.warning("deliveries of a dead worker are due again", deliveries=freed)

    async def round(self) -> int:
        """Try everything that is due now, once. Returns how many deliveries were tried."""
        deliveries = await self._claim(BATCH)
        await asyncio.gather(*(self._deliver(d) for d in deliveries))
        return len(deliveries)

    async def _claim(self, most: int) -> list[Delivery]:
        return await self._store.claim_deliveries(self._clock(), most, self._lease_s)

    async def _claim_or_none(self, most: int) -> list[Delivery]:
        try:
            return await self._claim(most)
        except StoreError as error:
            log.error("queue not readable, will try again", cause=str(error))
            return []

    async def _deliver(self, delivery: Delivery) -> None:
        with bound_contextvars(queue_id=delivery.queue_id, delivery_id=delivery.delivery_id):
            try:
                envelope, content = await asyncio.to_thread(delivery.opened, self._opener)
                reached(f"claimed-{delivery.kind.value}")
                attempt = await self._attempt(delivery, envelope, content)
                reached(f"delivered-{delivery.kind.value}")
                await self._conclude(delivery, envelope, content, attempt)
            except (StoreError, ConflictError) as error:
                log.error("delivery not concluded, its lease will end", cause=str(error))
            except Exception:
                log.exception("delivery failed by our own fault, its lease will end")

    async def _attempt(self, delivery: Delivery, envelope: Envelope, content: bytes) -> Attempt:
        before_dot = partial(self._store.delivery_dot, delivery.delivery_id)
        try:
            outcome, refused = await self._next_hop.deliver(envelope, content, before_dot)
        except NextHopError as error:
            return Attempt((), envelope.rcpt_tos, (), error.reply, Fate.FAILED)
        return _sorted(envelope, outcome, refused)

    async def _conclude(
        self, delivery: Delivery, envelope: Envelope, content: bytes, attempt: Attempt
    ) -> None:
        """Record the attempt: done, again later, or given up with a DSN."""
        now = self._clock()
        waiting, refused = attempt.waiting, attempt.refused
        if waiting and now - delivery.created_at >= self._give_up:
            refused += tuple((address, attempt.reply) for address in waiting)
            waiting = ()
        report = self._report(delivery, envelope, refused)
        reply = str(attempt.reply)
        if waiting:
            again = now + self._wait(delivery.attempts)
            rest = envelope.only(waiting) if waiting != envelope.rcpt_tos else None
            await self._store.delivery_retry(
                delivery.delivery_id,
                reply,
                again,
                rest=_parcel(delivery, rest, content),
                dsn=report,
                taken=attempt.taken,
                doubtful=attempt.doubtful,
            )
        elif attempt.taken:
            await self._store.delivery_done(
                delivery.delivery_id, reply, dsn=report, taken=attempt.taken
            )
        else:
            await self._store.delivery_failed(
                delivery.delivery_id, reply, report, doubtful=attempt.doubtful
            )
        metrics.delivery_tried(_SENT[delivery.kind], attempt.fate)
        log.info(
            "delivery",
            kind=delivery.kind.value,
            hold_id=delivery.hold_id or None,
            attempt=delivery.attempts,
            taken=len(attempt.taken),
            waiting=len(waiting),
            refused=len(refused),
            reply=attempt.reply.code,
        )

    def _report(
        self, delivery: Delivery, envelope: Envelope, refused: Sequence[tuple[str, Reply]]
    ) -> Outgoing | None:
        """The DSN to the sender; a notice or a DSN that fails is never reported itself."""
        if not refused or delivery.kind is not DeliveryKind.RELEASE:
            return None
        return dsn(
            envelope.mail_from,
            refused,
            self._reporting_mta,
            delivery.created_at,
            delivery.queue_id,
        )

    def _wait(self, attempts: int) -> timedelta:
        return self._waits[min(attempts, len(self._waits)) - 1]


async def _end(under_way: set[asyncio.Task[None]]) -> None:
    if under_way:
        await asyncio.wait(under_way, timeout=DRAIN_S)
    for task in under_way:
        task.cancel()
    await asyncio.gather(*under_way, return_exceptions=True)


def _parcel(
    delivery: Delivery, rest: Envelope | None, content: bytes
) -> tuple[Envelope, bytes] | None:
    """What to seal anew for fewer recipients; a release's bytes lie with its hold already."""
    if rest is None:
        return None
    return rest, b"" if delivery.kind is DeliveryKind.RELEASE else content


def _sorted(
    envelope: Envelope, outcome: Outcome | None, at_rcpt: Sequence[tuple[str, Reply]]
) -> Attempt:
    """Sort the recipients of one attempt by what is to be done for each."""
    refused = [(address, reply) for address, reply in at_rcpt if reply.permanent]
    waiting = [address for address, reply in at_rcpt if not reply.permanent]
    out = {address for address, _ in at_rcpt}
    rest = tuple(address for address in envelope.rcpt_tos if address not in out)
    if outcome is None:
        return Attempt((), tuple(waiting), tuple(refused), at_rcpt[-1][1], Fate.REFUSED)
    if outcome.fate is Fate.RELAYED:
        return Attempt(rest, tuple(waiting), tuple(refused), outcome.reply, outcome.fate)
    if outcome.fate is Fate.REFUSED and outcome.reply.permanent:
        refused += [(address, outcome.reply) for address in rest]
    else:
        waiting += rest
    doubtful = rest if outcome.fate is Fate.UNKNOWN else ()
    return Attempt((), tuple(waiting), tuple(refused), outcome.reply, outcome.fate, doubtful)

"""The clocks of parked mail: announcing, escalating, expiring, sending what was delayed, digests.

Answers: ``Clockwork.keep_time``: one round, safe to repeat and to run beside people; whoever is
first is right. A hold that nobody decides on ends as policy says, and is never sent by a clock;
only a delay, which policy ordered and whose sender did not take it back, is.
Trusts: the instant it is given.
Fails: as the store; one hold that fails keeps no other waiting.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from gateway.desk import digest
from gateway.desk.acts import Acts, some
from gateway.desk.life import Action, Stage, stage_of
from gateway.desk.people import CLOCK
from gateway.errors import ConflictError
from gateway.model import Hold, OnExpiry, Verdict

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Round:
    """What one round did: ids of holds, and of reviews that ended."""

    announced: tuple[str, ...] = ()
    escalated: tuple[str, ...] = ()
    expired: tuple[str, ...] = ()
    sent: tuple[str, ...] = ()  # delays that were over
    reviews: tuple[str, ...] = ()
    digest: bool = False  # the handlers' of the day was queued

    def __bool__(self) -> bool:
        told = self.announced, self.escalated, self.expired, self.sent, self.reviews
        return any((*told, self.digest))


class Clockwork(Acts):
    """What time does with parked mail."""

    async def keep_time(self, now: datetime) -> Round:
        """Do what is due at ``now``: first what ends, then what goes on, then what is told."""
        expired, sent, later = await self._end(now)
        escalated = [h for h in await self._store.holds() if self._unheard(h, now)]
        up = await self._each(escalated, lambda h: self._escalate(h, now, "nobody acknowledged it"))
        soon = [h for h in await self._store.holds() if self._ends_soon(h, now)]
        announced = await self._each(soon, lambda h: self._announce(h, now))
        reviews = await self._store.end_reviews(now)
        told = await self._tell_the_day(now)
        return Round(announced, (*later, *up), expired, sent, tuple(reviews), told)

    async def expire_due(self, now: datetime) -> list[str]:
        """End every parked mail whose time is up; return the ids of what was not sent."""
        expired, _, _ = await self._end(now)
        return list(expired)

    async def _end(self, now: datetime) -> tuple[tuple[str, ...], ...]:
        """End what is due: not sent, sent after a delay, handed on to the next in the chain."""
        due = await self._store.holds_due(now)
        delayed = [h for h in due if stage_of(h) is Stage.DELAYED]
        handed_on = [h for h in due if self._goes_on(h)]
        ending = [h for h in due if h not in delayed and h not in handed_on]
        return (
            await self._each(ending, lambda h: self._expire(h, now)),
            await self._each(delayed, lambda h: self._elapse(h, now)),
            await self._each(handed_on, lambda h: self._escalate(h, now, "its time was up")),
        )

    async def _each(
        self, holds: Sequence[Hold], do: Callable[[Hold], Awaitable[object]]
    ) -> tuple[str, ...]:
        done = []
        for hold in holds:
            try:
                await do(hold)
            except ConflictError:  # a person was first, and is right
                log.info("clock-overtaken", hold_id=hold.hold_id)
            else:
                done.append(hold.hold_id)
        return tuple(done)

    async def _tell_the_day(self, now: datetime) -> bool:
        """Queue the day's digest for the handlers, once and only where something waits."""
        due = digest.begins(self._digest_at, now) if self._digest_at else None
        if due is None or now < due or self._digest_day == due.date():
            return False
        incidents = await self._store.incidents(newest=digest.INCIDENTS)
        found = digest.counted(await self._store.holds(), incidents, due, now)
        mail = self._notices.digest(found) if found else None
        sent = bool(
            found and mail and await self._store.add_digest(found.day, mail, found.counts(), now)
        )
        self._digest_day = due.date()
        return sent

    # -------------------------------------------------------------- what is due

    def _goes_on(self, hold: Hold) -> bool:
        """Whether a hold whose time is up has somebody to go on to."""
        escalates = hold.verdict is Verdict.HOLD and hold.on_expiry is OnExpiry.ESCALATE
        return escalates and hold.escalated < len(self.terms.chain(hold))

    def _unheard(self, hold: Hold, now: datetime) -> bool:
        """Whether nobody acknowledged a hold for so long that the next one is told."""
        if hold.verdict is not Verdict.HOLD or hold.acknowledged_by or hold.approved_by:
            return False
        since = hold.escalated_at or hold.parked_at
        waits = self.terms.policy.approval.escalate_after
        more = hold.escalated < len(self.terms.chain(hold))
        return since is not None and more and now - since >= waits

    def _ends_soon(self, hold: Hold, now: datetime) -> bool:
        """Whether the end is near and nobody was told; a short wait has half of it in peace."""
        if hold.announced_at or hold.parked_at is None or stage_of(hold) is Stage.DELAYED:
            return False
        lasts = hold.expires_at - max(hold.parked_at, hold.escalated_at or hold.parked_at)
        ahead = min(self.terms.policy.approval.announce, lasts / 2)
        return hold.expires_at - ahead <= now < hold.expires_at

    # -------------------------------------------------------------- acts

    async def _expire(self, hold: Hold, now: datetime) -> None:
        case = await self._read(hold.hold_id, CLOCK, "its time was up")
        act = self._act(case, Action.EXPIRE)
        notice = self._notices.expired(case.hold, case.whole)
        await self._do(replace(act, at=now, mails=some(notice)))

    async def _elapse(self, hold: Hold, now: datetime) -> None:
        case = await self._read(hold.hold_id, CLOCK, "the delay was over")
        act = self._act(case, Action.ELAPSE)
        await self._send(case, replace(act, at=now), tell=False)

    async def _announce(self, hold: Hold, now: datetime) -> None:
        case = await self._read(hold.hold_id, CLOCK, "its time is nearly up")
        act = self._act(case, Action.ANNOUNCE)
        mails = self._notices.expiring(case.hold, case.whole)
        await self._do(replace(act, at=now, mails=mails, changes={"announced_at": now}))

    async def _escalate(self, hold: Hold, now: datetime, why: str) -> None:
        """Tell the next in the chain, and give them time where the hold's own is up."""
        case = await self._read(hold.hold_id, CLOCK, why)
        act = self._act(case, Action.ESCALATE)
        chain = self.terms.chain(case.hold)
        step = chain[min(case.hold.escalated, len(chain) - 1)]
        sender = case.persons.one(case.whole.mail_from)
        to = self.terms.told_at(step, sender)
        changes: dict[str, object] = {"escalated": case.hold.escalated + 1, "escalated_at": now}
        if case.hold.expires_at <= now:
            more = self.terms.policy.approval.escalate_after
            changes |= {"expires_at": now + more, "announced_at": None, "acknowledged_by": None}
        notice = self._notices.escalated(case.hold, to)
        await self._do(replace(act, at=now, mails=some(notice), changes=changes))

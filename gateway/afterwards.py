"""What is done for a mail beside its own path: samples for reviewers, and second looks (PPAP).

Answers: ``Afterwards.paired`` (before the plan: a mail that tells a password is parked with the
locked mail it belongs to, where policy says so) and ``begin`` (behind the answer: a sample is
sealed, a locked mail is remembered, or read anew with the passwords that this mail tells).
Trusts: the store and the engine, as the pipeline does.
Fails: never towards the mail path: what goes wrong here is a line in the log, and the mail is
where it was. Sampling follows the mail's own random name, so nobody can foresee it.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import structlog

from gateway.config import Config
from gateway.errors import SekishoError
from gateway.inspection import Inspector
from gateway.inspection.second_look import LockedMail, LockedMailLimits, LockedMails, told
from gateway.model import (
    Decision,
    Inspection,
    InspectionLimits,
    MailFacts,
    Park,
    Ruling,
    Submission,
    Verdict,
)
from gateway.policy import Journal, Policy, decide, journalled
from gateway.store import ReviewKind, Store

log = structlog.get_logger(__name__)


class Afterwards:
    """One for each gateway process."""

    def __init__(
        self,
        store: Store,
        inspector: Inspector,
        mails: LockedMails,
        limits: InspectionLimits | None = None,
    ) -> None:
        self._store = store
        self._inspector = inspector
        self._mails = mails
        self._limits = limits or InspectionLimits()
        self._tasks: set[asyncio.Task[None]] = set()
        self._one = asyncio.Semaphore(1)  # second looks leave the workers to the mail path

    async def paired(
        self, submission: Submission, decision: Decision, policy: Policy
    ) -> tuple[Decision, str]:
        """Return the decision, stricter where this mail tells the password of a parked one.

        Returns: also the hold that it goes with; "" where it goes with none.
        """
        if policy.monitor or decision.verdict is Verdict.BLOCK:
            return decision, ""
        for kept in self._mails.waiting(submission.envelope):
            rule = next((r for r in kept.rules if _holds_passwords(policy, r)), "")
            if rule and await self._tells(submission):
                to = {a.casefold() for a in kept.submission.envelope.rcpt_tos}
                return _held_with(decision, rule, to), kept.hold_ids[kept.rules.index(rule)]
        return decision, ""

    async def _tells(self, submission: Submission) -> bool:
        return bool(await self._candidates(submission))

    async def _candidates(self, submission: Submission) -> tuple[str, ...]:
        return await asyncio.to_thread(self._mails.told_by, submission.content, self._limits)

    def begin(
        self,
        submission: Submission,
        facts: MailFacts,
        decision: Decision,
        policy: Policy,
        parks: Sequence[Park],
    ) -> None:
        """Start what follows from a mail that was relayed or parked; it ends by itself."""
        waiting = self._mails.waiting(submission.envelope)
        if waiting:
            self._start(self._unlock(waiting, submission, policy))
        if parks:
            recipients = tuple(r.recipient for r in decision.rulings)
            self._mails.keep(submission, facts, recipients, parks)
        else:
            self._draw(submission, facts, decision, policy)

    def _draw(
        self, submission: Submission, facts: MailFacts, decision: Decision, policy: Policy
    ) -> None:
        """Seal one copy for a reviewer, if any journal rule draws this mail."""
        for journal in journalled(facts, decision, policy, submission.received_at):
            if drawn(submission.queue_id, journal):
                self._start(self._sample(submission, journal))
                return

    async def finish(self) -> None:
        """Wait until everything begun is through; before the store is closed."""
        if self._tasks:
            await asyncio.wait(set(self._tasks))

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(_quietly(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _sample(self, submission: Submission, journal: Journal) -> None:
        kind = ReviewKind.MONITORED if journal.monitored else ReviewKind.SAMPLE
        until = submission.received_at + journal.keep
        await self._store.sample(submission, kind, journal.id, until)

    # -------------------------------------------------------------- the second look

    async def _unlock(
        self, waiting: Sequence[LockedMail], later: Submission, policy: Policy
    ) -> None:
        words = await self._candidates(later)
        if not words:
            return
        for kept in waiting:
            async with self._one:
                found = await self._inspector.inspect(
                    kept.submission.content, policy.patterns, passwords=words
                )
            await self._write(kept, found, policy)

    async def _write(self, kept: LockedMail, found: Inspection, policy: Policy) -> None:
        """Tell the holds what was seen; more persons can need more approvers."""
        seen = told(kept.facts.inspection, found)
        if seen["result"] != "locked":
            self._mails.forget(kept.submission.queue_id)
        facts = replace(kept.facts, inspection=found)
        made = decide(facts, kept.recipients, policy, kept.submission.received_at)
        approvers = max((r.approvers for r in made.rulings if r.would is Verdict.HOLD), default=1)
        for hold_id in kept.hold_ids:
            await self._store.look_again(hold_id, seen, approvers)
        log.info("looked-again", queue_id=kept.submission.queue_id, result=seen["result"])


def drawn(queue_id: str, journal: Journal) -> bool:
    """Whether a mail is among the ``journal.sample`` of a hundred: its name decides."""
    digest = hashlib.sha256(f"{journal.id}:{queue_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") < journal.sample / 100 * 2**64


async def _quietly(work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except SekishoError as error:
        log.error("afterwards-failed", cause=str(error))
    except Exception:
        log.exception("afterwards failed by our own fault")


def _holds_passwords(policy: Policy, rule_id: str) -> bool:
    rule = policy.rule(rule_id)
    return rule is not None and rule.hold_password_mail


def _held_with(decision: Decision, rule: str, to: set[str]) -> Decision:
    """Hold the copies of those who have the locked mail waiting."""

    def ruled(ruling: Ruling) -> Ruling:
        stricter = ruling.verdict.rank >= Verdict.HOLD.rank
        if stricter or ruling.recipient.address.casefold() not in to:
            return ruling
        return replace(ruling, verdict=Verdict.HOLD, would=Verdict.HOLD, rule=rule, approvers=1)

    return replace(decision, rulings=tuple(map(ruled, decision.rulings)))


def afterwards_of(
    config: Config, store: Store, inspector: Inspector, clock: Callable[[], datetime]
) -> Afterwards:
    """Build it from what is configured."""
    given = config.limits.locked
    limits = LockedMailLimits(given.keep, given.memory, given.letter, given.mails_per_sender)
    return Afterwards(store, inspector, LockedMails(limits, clock), config.inspection_limits)

"""The desk: what people do with parked mail, whichever door they come through.

Answers: see ``Desk``. Every verb that decides asks a reason (words, a code of ``answers``, or
both), keeps the table of ``life`` and four eyes, and is one transaction with its audit entry.
Trusts: the actor was authenticated; ``terms`` is the policy in force.
Fails: ``UsageError``, ``RightsError``, ``ConflictError``, ``NotFoundError``; as the store.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

from gateway.desk import exception
from gateway.desk.acts import Case, corrected, is_sender, places, replaced, some
from gateway.desk.after import After
from gateway.desk.anew import Correction, decide_anew
from gateway.desk.answers import TOLD_TO_SENDER
from gateway.desk.clock import Clockwork
from gateway.desk.life import Action, move, stored
from gateway.desk.people import Actor
from gateway.desk.reporting import Reporting
from gateway.desk.trust import Trusting
from gateway.errors import RightsError, UsageError
from gateway.ids import new_id
from gateway.model import Hold, HoldState, Verdict
from gateway.policy import JAPAN
from gateway.store import Act, Right, Split


class Desk(Clockwork, After, Trusting, Reporting):
    """What people and clocks do with parked mail."""

    # -------------------------------------------------------------- looking

    async def possible(self, hold_id: str, actor: Actor) -> tuple[Action, ...]:
        """Return what this actor can do with a hold now, for a page's buttons.

        A four-eyes hold has both approve and release in it: ``release`` does what is due.
        """
        case = await self._look(hold_id, actor)
        return self._can(case)

    async def missing(self, hold_id: str, actor: Actor) -> int:
        """Return how many approvals are missing now, at this hour and under this policy."""
        return (await self._look(hold_id, actor)).missing

    async def propose_exception(self, hold_id: str, lang: str = "ja") -> str:
        """Return a narrow exception as TOML, for an administrator to review.

        Raises: UsageError: none can be proposed that is narrow; ``no_exception`` says why.
        """
        hold = await self._store.hold(hold_id)
        record = await self._store.incident(hold.incident_id)
        return exception.propose(hold, record, self._clock(), lang)

    async def no_exception(self, hold_id: str) -> str:
        """Return why no narrow exception can be proposed: ``no-exception-…`` of the catalogue
        ``desk``; "" where one can be.
        """
        hold = await self._store.hold(hold_id)
        return exception.obstacle(hold, await self._store.incident(hold.incident_id))

    # -------------------------------------------------------------- taking it in hand

    async def assign(self, hold_id: str, actor: Actor, to: str, reason: str = "assigned") -> Hold:
        """Give a hold to a person, oneself too.

        Taking it oneself acknowledges it. Given to another, the chain's clock starts anew.

        Raises: RightsError: the person sent the mail, has left, or has an account that decides
            on none; UsageError: nobody is known by that name.
        """
        case = await self._read(hold_id, actor, reason)
        person = case.persons.one(to)
        if not person:
            raise UsageError("nobody was named")
        if is_sender(Actor(to), case.persons, _senders(case)):
            raise RightsError(f"hold {hold_id}: the sender cannot decide on it")
        own = person == case.person
        if not own:
            self._require_handler(case, to)
        act = self._act(case, Action.ASSIGN)
        changes: dict[str, object] = {"assignee": person, "escalated_at": act.at}
        changes["acknowledged_by"] = act.actor if own else None
        return await self._do(replace(act, changes=changes))

    async def ack(self, hold_id: str, actor: Actor, reason: str = "seen") -> Hold:
        """Say that somebody looks at it: it escalates no further."""
        case = await self._read(hold_id, actor, reason)
        act = self._act(case, Action.ACK)
        return await self._do(replace(act, changes={"acknowledged_by": act.actor}))

    async def comment(self, hold_id: str, actor: Actor, words: str) -> Hold:
        """Write a word for whoever comes next; it stands in the audit log, masked.

        Nothing else changes: a comment is no acknowledgement, and stops no clock.
        """
        case = await self._read(hold_id, actor, words)
        return await self._do(self._act(case, Action.COMMENT))

    async def extend(self, hold_id: str, actor: Actor, reason: str, until: datetime) -> Hold:
        """Let a mail wait longer; its new end is announced like the first.

        Args:
            until: later than its end now, and no later than ``latest_end``.
        """
        case = await self._read(hold_id, actor, reason)
        act = self._act(case, Action.EXTEND)
        latest = self.latest_end(case.hold)
        if not max(case.hold.expires_at, act.at) < until <= latest:
            day = latest.astimezone(JAPAN).date()
            raise UsageError(f"hold {hold_id}: the new end must be later, and by {day} at most")
        last_day = (until - timedelta(seconds=1)).astimezone(JAPAN).date().isoformat()
        changes: dict[str, object] = {"expires_at": until, "announced_at": None}
        return await self._do(replace(act, changes=changes, last_day=last_day))

    def latest_end(self, hold: Hold) -> datetime:
        """Return how far a mail's end can be put off: to the end of a day, Japan time."""
        since = hold.parked_at or hold.received_at
        return end_of_day(since + self.terms.policy.approval.longest_wait)

    # -------------------------------------------------------------- deciding

    async def release(
        self,
        hold_id: str,
        actor: Actor,
        reason: str,
        *,
        code: str = "",
        only: Sequence[int | str] = (),
        reject_others: bool = False,
    ) -> Hold:
        """Approve a parked mail; the last approval that is needed queues it for delivery.

        Args:
            only: recipients to release it to, by position or address; the others stay parked
                under a new id, with the approvals that there were. Empty: all.
            reject_others: with ``only``: the others are refused instead, and the sender is told.
        """
        case = await self._read(hold_id, actor, reason, code)
        last = case.missing <= 1
        act = self._approving(case, self._act(case, Action.RELEASE if last else Action.APPROVE))
        if only:
            case, act = self._part(case, act, only, reject_others)
        if act.becomes is HoldState.RELEASED:
            return await self._send(case, act)
        return await self._do(act)

    async def confirm(self, hold_id: str, actor: Actor, reason: str, *, code: str = "") -> Hold:
        """Send a warned or delayed mail as it is, now; only its sender can."""
        case = await self._read(hold_id, actor, reason, code)
        return await self._send(case, self._act(case, Action.CONFIRM))

    async def reject(self, hold_id: str, actor: Actor, reason: str, *, code: str = "") -> Hold:
        """Refuse a parked mail for good; the sender is told why."""
        case = await self._read(hold_id, actor, reason, code)
        act = self._act(case, Action.REJECT)
        told = case.code if case.code in TOLD_TO_SENDER else ""
        notice = self._notices.rejected(case.hold, case.whole, case.words, told)
        return await self._do(replace(act, mails=some(notice)))

    async def cancel(self, hold_id: str, actor: Actor, reason: str, *, code: str = "") -> Hold:
        """Take a parked mail back; only its sender can."""
        case = await self._read(hold_id, actor, reason, code)
        return await self._do(self._act(case, Action.CANCEL))

    # -------------------------------------------------------------- correcting

    async def correction(
        self, hold_id: str, actor: Actor, addresses: Mapping[int | str, str]
    ) -> Correction:
        """Say what a correction would come to, without doing it.

        To be shown with it: the mail's own To line keeps the wrong address, and whoever reads
        it may answer there; the other way is ``reject`` with the code ``send-anew``.

        Args and raises: as ``correct``.
        """
        return await self._decided_anew(await self._look(hold_id, actor), addresses)

    async def correct(
        self,
        hold_id: str,
        actor: Actor,
        reason: str,
        addresses: Mapping[int | str, str],
        *,
        code: str = "",
    ) -> Hold:
        """Put other addresses in and send. The policy in force decides on them anew.

        Args:
            addresses: position among the hold's recipients (from 0), or the old address in
                clear or as the hold shows it → the new address, which policy must list.

        Raises: RightsError: policy does not list a new address, blocks it, or holds it and the
            sender alone would decide.
        """
        case = await self._read(hold_id, actor, reason, code)
        hold, wanted = case.hold, await self._decided_anew(case, addresses)
        by_handler = hold.verdict is Verdict.HOLD
        last = not by_handler or wanted.approvers <= 1
        act = self._act(case, Action.CORRECT if last else Action.AMEND)
        # ORCPT and NOTIFY spoke of the address that was wrong.
        envelope = replace(case.mine, rcpt_tos=wanted.addresses, rcpt_parameters=())
        act = replace(act, corrected=envelope, replaced=replaced(case, envelope))
        if by_handler:
            act = self._approving(case, act)
            act = replace(act, changes={"approvers": max(hold.approvers, wanted.approvers)})
        return await self._send(replace(case, mine=envelope), act) if last else await self._do(act)

    async def _decided_anew(self, case: Case, addresses: Mapping[int | str, str]) -> Correction:
        """Rule on the new addresses; earlier approvals were for other ones and count no more."""
        rcpt_tos = corrected(case, addresses)
        new = [a for a, old in zip(rcpt_tos, case.mine.rcpt_tos, strict=True) if a != old]
        content = await asyncio.to_thread(case.held.content, self._opener)
        sender, now = case.whole.mail_from, self._clock()
        rulings = decide_anew(self.terms, case.held, sender, content, new, now)
        held = [r.approvers for r in rulings if r.verdict is Verdict.HOLD]
        if held and case.hold.verdict is Verdict.WARN:  # the sender alone would decide
            raise RightsError(f"hold {case.hold.hold_id}: policy holds the new address")
        needed = case.needs.approvers if case.needs.mode else max([case.needs.approvers, *held])
        return Correction(rcpt_tos, rulings, needed)

    def _part(
        self, case: Case, act: Act, only: Sequence[int | str], reject_others: bool
    ) -> tuple[Case, Act]:
        """Part those who are named from the others, who wait on or are refused."""
        kept, act, left = _split(case, act, only)
        if left is None or act.left is None or not reject_others:
            return kept, act
        becomes = stored(move(case.hold, Action.REJECT, case.parties).becomes)
        notice = self._notices.rejected(left.hold, case.whole, case.words)
        others = replace(act.left, state=becomes)
        return kept, replace(act, left=others, mails=some(notice))

    def _require_handler(self, case: Case, to: str) -> None:
        """Refuse a person who has left, who decides on no mail here, or whom nobody knows."""
        roster, person = self.terms.roster, case.persons.one(to)
        if roster.gone(person):
            raise RightsError("that person has left")
        rights = case.persons.rights(Actor(to), self._clock())
        if rights is None:
            if case.persons.with_accounts and not roster.knows(person):
                raise UsageError("nobody is known by that name")
        elif Right.RELEASE not in rights:
            raise RightsError("that account decides on no mail")


def _senders(case: Case) -> tuple[str, ...]:
    """What the sender is called; the name of a mailbox is often its owner's account."""
    return case.whole.mail_from, case.held.identity, case.whole.mail_from.partition("@")[0]


def _split(case: Case, act: Act, only: Sequence[int | str]) -> tuple[Case, Act, Case | None]:
    """Put those who are not named into a hold of their own; None where all are named."""
    going = sorted({n for named in only for n in places(case, named)})
    staying = [n for n in range(len(case.mine.rcpt_tos)) if n not in going]
    if not staying:
        return case, act, None
    split_id = new_id()
    kept, left = _cut(case, going), _cut(case, staying, split_id)
    sealed = case.held.corrected is not None
    split = Split(
        split_id,
        tuple(case.held.positions[n] for n in staying),
        corrected=left.mine if sealed else None,
        kept=kept.mine if sealed else None,
    )
    return kept, replace(act, left=split), left


def _cut(case: Case, places: Sequence[int], hold_id: str = "") -> Case:
    """The case with these of its recipients; one address may stand there twice."""
    mine, hold = case.mine, case.hold
    given = mine.rcpt_parameters
    cut = replace(
        mine,
        rcpt_tos=tuple(mine.rcpt_tos[n] for n in places),
        rcpt_parameters=tuple(given[n] for n in places) if given else (),
    )
    shown = tuple(hold.recipients[n] for n in places)
    hold = replace(hold, hold_id=hold_id or hold.hold_id, recipients=shown)
    return replace(case, mine=cut, held=replace(case.held, hold=hold))


def end_of_day(instant: datetime) -> datetime:
    """Return the end of the day, Japan time, that an instant lies in."""
    day = instant.astimezone(JAPAN).date() + timedelta(days=1)
    return datetime.combine(day, time(), JAPAN).astimezone(UTC)

"""The use cases on parked mail: each reads a hold, decides, and commits one act.

Answers: see ``Desk``. Every verb asks a reason, keeps the rules of rights and four eyes,
and is one transaction with its audit entry and its notices. What the hold was read as is
compared when the act is committed, so two hands cannot both act.
Trusts: the actor was authenticated; the ``permitted`` it is given knows the policy.
Fails: ``UsageError``, ``RightsError``, ``ConflictError``, ``NotFoundError``; as the store.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Protocol

import structlog

from gateway.desk.life import Action, becomes
from gateway.desk.people import (
    CLOCK,
    Actor,
    as_handler,
    as_new_approver,
    as_sender,
    as_signed_in_sender,
)
from gateway.errors import ConflictError, RightsError, UsageError
from gateway.model import Envelope, Hold, HoldState, Outgoing, Verdict
from gateway.store import Act, Held, Opener, Store

log = structlog.get_logger(__name__)


class Notices(Protocol):
    """The letters that the desk asks for; None where nobody is to be told.

    ``envelope`` is the mail's own, in clear: its ``mail_from`` is who is told, and it is
    empty for ``<>``, who never is. ``reason`` is what a person wrote, unmasked.
    """

    def rejected(self, hold: Hold, envelope: Envelope, reason: str) -> Outgoing | None: ...
    def expired(self, hold: Hold, envelope: Envelope) -> Outgoing | None: ...
    def released(self, hold: Hold, envelope: Envelope) -> Outgoing | None: ...


@dataclass(frozen=True, slots=True)
class _Case:
    """A hold as it was read, opened."""

    held: Held
    whole: Envelope  # of the mail
    mine: Envelope  # of this hold, corrections included
    reason: str = field(repr=False)

    @property
    def hold(self) -> Hold:
        return self.held.hold


class Desk:
    """What people and clocks do with parked mail."""

    def __init__(
        self,
        store: Store,
        opener: Opener,
        notices: Notices,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._opener = opener
        self._notices = notices
        self._clock = clock

    async def release(self, hold_id: str, actor: Actor, reason: str) -> Hold:
        """Approve a parked mail; the last approval that is needed queues it for delivery."""
        case = await self._read(hold_id, reason)
        last = len(case.hold.approved_by) + 1 >= case.hold.approvers
        action = Action.RELEASE if last or case.hold.verdict is Verdict.WARN else Action.APPROVE
        state = becomes(case.hold, action)
        as_handler(actor, case.hold, case.whole.mail_from)
        as_new_approver(actor, case.hold)
        act = replace(self._act(case, action, actor, state), approves=True)
        return await self._send(case, act) if state is HoldState.RELEASED else await self._do(act)

    async def confirm(self, hold_id: str, actor: Actor, reason: str) -> Hold:
        """Send a warned mail as it is; only its sender can."""
        case = await self._read(hold_id, reason)
        state = becomes(case.hold, Action.CONFIRM)
        _sender_check(case)(actor, case.hold, case.whole.mail_from)
        return await self._send(case, self._act(case, Action.CONFIRM, actor, state))

    async def correct(
        self,
        hold_id: str,
        actor: Actor,
        reason: str,
        addresses: Mapping[int | str, str],
        permitted: Callable[[str], bool],
    ) -> Hold:
        """Put other addresses in and send, if policy lists every address that results.

        Args:
            addresses: position among the hold's recipients (from 0), or the old address in
                clear or as the hold shows it → the new address.
            permitted: whether policy lists an address; asked for every recipient.
        """
        case = await self._read(hold_id, reason)
        state = becomes(case.hold, Action.CORRECT)
        check = _sender_check(case) if case.hold.verdict is Verdict.WARN else as_handler
        check(actor, case.hold, case.whole.mail_from)
        # ORCPT and NOTIFY spoke of the address that was wrong.
        corrected = replace(case.mine, rcpt_tos=_corrected(case, addresses), rcpt_parameters=())
        if not all(permitted(a) for a in corrected.rcpt_tos):
            raise RightsError(f"hold {hold_id}: an address is not one that policy lists")
        act = self._act(case, Action.CORRECT, actor, state)
        act = replace(
            act,
            corrected=corrected,
            replaced=_replaced(case, corrected),
            approves=case.hold.verdict is Verdict.HOLD,
        )
        if act.approves and case.hold.approvers > 1:
            return await self._do(replace(act, becomes=HoldState.PARKED))
        return await self._send(replace(case, mine=corrected), act)

    async def reject(self, hold_id: str, actor: Actor, reason: str) -> Hold:
        """Refuse a parked mail for good; the sender is told why."""
        case = await self._read(hold_id, reason)
        state = becomes(case.hold, Action.REJECT)
        as_handler(actor, case.hold, case.whole.mail_from)
        notice = self._notices.rejected(case.hold, case.whole, case.reason)
        act = self._act(case, Action.REJECT, actor, state)
        return await self._do(replace(act, mails=_some(notice)))

    async def cancel(self, hold_id: str, actor: Actor, reason: str) -> Hold:
        """Withdraw a parked mail; only its sender can."""
        case = await self._read(hold_id, reason)
        state = becomes(case.hold, Action.CANCEL)
        as_sender(actor, case.hold, case.whole.mail_from)
        return await self._do(self._act(case, Action.CANCEL, actor, state))

    async def expire_due(self, now: datetime) -> list[str]:
        """End every parked mail whose time is up; return the ids. The senders are told."""
        ended = []
        for hold in await self._store.holds_due(now):
            try:
                await self._expire(hold.hold_id, now)
            except ConflictError:  # a person was first, and is right
                log.info("expiry-overtaken", hold_id=hold.hold_id)
            else:
                ended.append(hold.hold_id)
        return ended

    async def _expire(self, hold_id: str, now: datetime) -> None:
        case = await self._read(hold_id, "its time was up")
        state = becomes(case.hold, Action.EXPIRE)
        notice = self._notices.expired(case.hold, case.whole)
        act = self._act(case, Action.EXPIRE, CLOCK, state)
        await self._do(replace(act, at=now, mails=_some(notice)))

    # -------------------------------------------------------------- steps

    async def _read(self, hold_id: str, reason: str) -> _Case:
        if not reason.strip():
            raise UsageError("a reason is required")
        held = await self._store.held(hold_id)
        opened = await asyncio.to_thread(held.opened, self._opener)  # 50 MB stop no other task
        if opened is None:
            raise ConflictError(f"hold {hold_id}: its mail was destroyed")
        return _Case(held, *opened, reason=reason.strip())

    def _act(self, case: _Case, action: Action, actor: Actor, state: HoldState) -> Act:
        if not actor.recorded:
            raise RightsError("an act needs a named actor")
        return Act(
            held=case.held,
            action=action.value,
            actor=actor.recorded,
            reason=case.reason,
            becomes=state,
            at=self._clock(),
        )

    async def _send(self, case: _Case, act: Act) -> Hold:
        notice = self._notices.released(case.hold, case.whole)
        return await self._do(replace(act, send=case.mine, mails=_some(notice)))

    async def _do(self, act: Act) -> Hold:
        hold_id = act.held.hold.hold_id
        await self._store.perform(act)
        log.info("hold", hold_id=hold_id, action=act.action, state=act.becomes.value)
        return await self._store.hold(hold_id)


def _sender_check(case: _Case) -> Callable[[Actor, Hold, str], None]:
    """To send, a link is enough where nothing was found; else the sender must sign in."""
    return as_signed_in_sender if case.held.found else as_sender


def _some(mail: Outgoing | None) -> tuple[Outgoing, ...]:
    return () if mail is None else (mail,)


def _corrected(case: _Case, addresses: Mapping[int | str, str]) -> tuple[str, ...]:
    """Return this hold's recipients with the new addresses put in."""
    if not addresses:
        raise UsageError("no address to correct was named")
    result = list(case.mine.rcpt_tos)
    for old, new in addresses.items():
        places = _places(case, old)
        if not places:
            raise UsageError(f"hold {case.hold.hold_id}: no such recipient to correct")
        for n in places:
            result[n] = new
    return tuple(result)


def _replaced(case: _Case, corrected: Envelope) -> frozenset[int]:
    """Return the positions in the mail's envelope whose address is another now."""
    pairs = zip(case.held.positions, corrected.rcpt_tos, strict=True)
    return frozenset(n for n, address in pairs if address != case.whole.rcpt_tos[n])


def _places(case: _Case, old: int | str) -> list[int]:
    """Find which of the hold's recipients ``old`` means."""
    if isinstance(old, int):
        return [old] if 0 <= old < len(case.mine.rcpt_tos) else []
    clear = [n for n, a in enumerate(case.mine.rcpt_tos) if a == old]
    shown = [n for n, a in enumerate(case.hold.recipients) if a == old]
    if not clear and len(shown) > 1:
        raise UsageError(f"hold {case.hold.hold_id}: several recipients look so; give a position")
    return clear or shown

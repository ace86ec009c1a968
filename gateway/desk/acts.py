"""The steps that every act on a parked mail takes: read, weigh rights, commit, say so.

Answers: ``Acts``, which the verbs of people (``desk``) and clocks (``clock``) are built on, and
``Notices``, the letters that they ask for. What a hold was read as is compared when its act is
committed, so two hands cannot both act; act, audit entry and letters are one transaction.
Trusts: the actor was authenticated; the terms know policy and people.
Fails: ``UsageError``, ``RightsError``, ``ConflictError``, ``NotFoundError``; as the store.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol

import structlog

from gateway.desk.answers import chosen
from gateway.desk.life import (
    Action,
    Move,
    Party,
    actions_for,
    move,
    possible,
    right_of,
    stored,
)
from gateway.desk.people import CLOCK, Actor, Standing, as_new_approver, parties, person_of
from gateway.desk.persons import Persons
from gateway.desk.terms import Needs, Terms
from gateway.errors import ConflictError, RightsError, UsageError
from gateway.model import Envelope, Hold, HoldState, Outgoing
from gateway.notify.digest import Digest
from gateway.store import Act, Held, Opener, Right, Store, TrustAsked

log = structlog.get_logger(__name__)

_HANDLERS = frozenset({Party.HANDLER, Party.APPROVER})  # for whom an account's role counts


class Notices(Protocol):
    """The letters that the desk asks for; None where nobody is to be told.

    ``envelope`` is the mail's own, in clear: its ``mail_from`` is who is told, and it is
    empty for ``<>``, who never is. ``reason`` is what a person wrote, unmasked; ``code`` what
    they chose from the list.
    """

    def rejected(
        self, hold: Hold, envelope: Envelope, reason: str, code: str = ""
    ) -> Outgoing | None: ...
    def expired(self, hold: Hold, envelope: Envelope) -> Outgoing | None: ...
    def released(self, hold: Hold, envelope: Envelope) -> Outgoing | None: ...
    def expiring(self, hold: Hold, envelope: Envelope) -> tuple[Outgoing, ...]: ...
    def escalated(self, hold: Hold, to: tuple[str, ...]) -> Outgoing | None: ...
    def digest(self, found: Digest) -> Outgoing | None: ...
    def trust_answered(
        self, hold: Hold, envelope: Envelope, wanted: TrustAsked, reason: str, approved: bool
    ) -> Outgoing | None: ...


@dataclass(frozen=True, slots=True)
class Case:
    """A hold as it was read, opened, with the actor's part in it."""

    held: Held
    whole: Envelope  # of the mail
    mine: Envelope  # of this hold, corrections included
    actor: Actor
    person: str  # the actor's one name
    persons: Persons  # who is who, as it was read
    needs: Needs  # what releasing it takes now
    parties: frozenset[Party]
    standing: Standing
    rights: frozenset[Right] | None  # of the actor's account; None where he needs none
    code: str = ""
    reason: str = field(default="", repr=False)

    @property
    def hold(self) -> Hold:
        return self.held.hold

    @property
    def words(self) -> str:
        """What the actor wrote; "" where they only chose from the list."""
        return "" if self.reason == self.code else self.reason

    @property
    def missing(self) -> int:
        """How many approvals are missing now."""
        return max(self.needs.approvers - self.persons.count(self.held.approvals), 0)


class Acts:
    """What verbs share. ``terms`` is replaced whole when policy or people change.

    ``digest_at`` is when handlers get a day's digest, Japan time; None: they get none.
    """

    def __init__(
        self,
        store: Store,
        opener: Opener,
        notices: Notices,
        terms: Terms | None = None,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        digest_at: time | None = None,
    ) -> None:
        self.terms = terms or Terms()
        self._store = store
        self._opener = opener
        self._notices = notices
        self._clock = clock
        self._digest_at = digest_at
        self._digest_day: date | None = None  # whose digest needs no more looking after

    async def _read(self, hold_id: str, actor: Actor, reason: str, code: str = "") -> Case:
        """Read one hold for an act that asks a reason."""
        code, reason = chosen(code, reason)
        return replace(await self._look(hold_id, actor), code=code, reason=reason)

    async def _look(self, hold_id: str, actor: Actor) -> Case:
        if not actor.recorded:
            raise RightsError("an act needs a named actor")
        held = await self._store.held(hold_id)
        if actor.errand and actor.errand.seen not in (None, held.revision):
            raise ConflictError(f"hold {hold_id} is not any more as it was looked at")
        opened = await asyncio.to_thread(held.opened, self._opener)  # 50 MB stop no other task
        if opened is None:
            raise ConflictError(f"hold {hold_id}: its mail was destroyed")
        return await self._case(held, *opened, actor)

    async def _case(self, held: Held, whole: Envelope, mine: Envelope, actor: Actor) -> Case:
        now, persons = self._clock(), await self._persons()
        if actor is not CLOCK and not actor.sender_of:
            actor = replace(actor, addresses=persons.addresses(actor))
        person = persons.one(actor.name, actor.addresses)
        needs = self.terms.of(held.hold, persons.one(whole.mail_from), now)
        stand_ins = await self._store.stand_ins(now)
        standing = Standing(
            actor,
            person,
            mine=is_sender(actor, persons, (whole.mail_from, held.identity)),
            found=held.found,
            approved=_marked(actor, persons, (n for names in held.approvals for n in names)),
            self_check=needs.self_check,
            named=lambda: self.terms.names(needs, actor, person, stand_ins),
        )
        its = parties(standing, held.hold)
        rights = persons.rights(actor, now) if its & _HANDLERS else None
        if rights is not None and actor.scope is not None:
            rights &= actor.scope
        return Case(held, whole, mine, actor, person, persons, needs, its, standing, rights)

    async def _persons(self) -> Persons:
        """Return who is who, by the list of people and the accounts there are now."""
        return Persons(self.terms.roster, await self._store.users())

    def _act(self, case: Case, action: Action, **more: object) -> Act:
        """Return the act, if the table lets this actor do it to a hold that stands so."""
        if Party.APPROVER in possible(case.hold, action).by:
            as_new_approver(case.standing, case.hold)
        row = move(case.hold, action, case.parties)
        if lacking := _lacking(case, action, row):
            hold_id = case.hold.hold_id
            raise RightsError(f"hold {hold_id}: the role of this account may not {lacking}")
        made = Act(
            held=case.held,
            action=action.value,
            actor=case.actor.recorded,
            person=case.person,
            reason=case.reason,
            code=case.code,
            becomes=stored(row.becomes),
            at=self._clock(),
            errand=case.actor.errand,
        )
        return replace(made, **more)  # type: ignore[arg-type]

    def _can(self, case: Case) -> tuple[Action, ...]:
        """Return what this actor can do now, for a page's buttons."""
        known = actions_for(case.hold, case.parties)
        return tuple(a for a in known if not _lacking(case, a, possible(case.hold, a)))

    def _approving(self, case: Case, act: Act) -> Act:
        """The act as an approval, put on the list of later reviews where eyes were few."""
        if act.becomes is not HoldState.RELEASED or not case.needs.mode:
            return replace(act, approves=True)
        until = act.at + self._review_time()
        return replace(act, approves=True, mode=case.needs.mode, review_until=until)

    def _review_time(self) -> timedelta:
        return self.terms.policy.approval.review_within

    async def _send(self, case: Case, act: Act, *, tell: bool = True) -> Hold:
        notice = self._notices.released(case.hold, case.whole) if tell else None
        mails = (*act.mails, *some(notice))
        return await self._do(replace(act, send=case.mine, mails=mails))

    async def _do(self, act: Act) -> Hold:
        hold_id = act.held.hold.hold_id
        await self._store.perform(act)
        log.info("hold", hold_id=hold_id, action=act.action, state=act.becomes.value)
        return await self._store.hold(hold_id)


def _lacking(case: Case, action: Action, row: Move) -> Right | None:
    """Return the right that the actor's account lacks for an action; None: it has all.

    What the sender does with his own mail asks for none.
    """
    if case.rights is None or row.by & case.parties - _HANDLERS:
        return None
    last_of_several = action is Action.RELEASE and case.needs.approvers > 1
    asked = (right_of(action), Right.COUNTERSIGN if last_of_several else None)
    return next((right for right in asked if right and right not in case.rights), None)


def is_sender(actor: Actor, persons: Persons, senders: Iterable[str]) -> bool:
    """Whether the actor, signed in, is who sent a mail.

    Args:
        senders: its own address and whom the wire knew the sender to be, in clear; "" for none.
    """
    theirs = [s.strip().casefold() for s in senders if s]
    own = {a.strip().casefold() for a in (person_of(actor.name), *actor.addresses)}
    return bool(own.intersection(theirs)) or _marked(actor, persons, theirs)


def _marked(actor: Actor, persons: Persons, names: Iterable[str]) -> bool:
    return persons.same(persons.marks(actor.name, addresses=actor.addresses), names)


def some(mail: Outgoing | None) -> tuple[Outgoing, ...]:
    return () if mail is None else (mail,)


def corrected(case: Case, addresses: Mapping[int | str, str]) -> tuple[str, ...]:
    """Return this hold's recipients with the new addresses put in."""
    if not addresses:
        raise UsageError("no address to correct was named")
    result = list(case.mine.rcpt_tos)
    for old, new in addresses.items():
        for n in places(case, old):
            result[n] = new
    return tuple(result)


def replaced(case: Case, envelope: Envelope) -> frozenset[int]:
    """Return the positions in the mail's envelope whose address is another now."""
    pairs = zip(case.held.positions, envelope.rcpt_tos, strict=True)
    return frozenset(n for n, address in pairs if address != case.whole.rcpt_tos[n])


def places(case: Case, named: int | str) -> list[int]:
    """Find which of the hold's recipients is meant: by position, in clear or as shown.

    Raises: UsageError: none is, or a masked address fits several.
    """
    if isinstance(named, int):
        found = [named] if 0 <= named < len(case.mine.rcpt_tos) else []
    else:
        found = [n for n, a in enumerate(case.mine.rcpt_tos) if a == named]
        shown = [n for n, a in enumerate(case.hold.recipients) if a == named]
        if not found and len(shown) > 1:
            raise UsageError(f"hold {case.hold.hold_id}: several look so; give a position")
        found = found or shown
    if not found:
        raise UsageError(f"hold {case.hold.hold_id}: no such recipient")
    return found

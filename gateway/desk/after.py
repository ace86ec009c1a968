"""After the fact and in somebody's place: reviews, and stand-ins.

Answers: ``After``: the list of what waits to be looked at (samples of what left, decisions of an
unusual hour), closing one with its outcome, and naming stand-ins (代理承認者) for a time.
Trusts: the actor was authenticated; ``Actor.appoints`` was set by a door that knows his role.
Fails: ``RightsError`` for one's own mail, one's own decision, or appointing oneself;
``UsageError`` for a period that is none.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from gateway.desk.acts import Acts, is_sender
from gateway.desk.answers import OUTCOMES, chosen
from gateway.desk.people import Actor
from gateway.desk.persons import Persons
from gateway.errors import RightsError, UsageError
from gateway.ids import new_id
from gateway.store import Review, StandIn

LONGEST = timedelta(days=92)  # a quarter: longer absences are named anew, not forgotten


class After(Acts):
    """What is done when a mail has left, and who may decide in whose place."""

    async def reviews(self) -> list[Review]:
        """Return what waits to be looked at, what expires first in front."""
        return await self._store.reviews()

    async def review(self, review_id: str, actor: Actor, outcome: str, reason: str = "") -> Review:
        """Record that the actor looked, and what came of it (``answers.OUTCOMES``).

        Raises: RightsError: it is the actor's own mail, or his own decision.
        """
        outcome, words = chosen(outcome, reason, OUTCOMES)
        if not outcome:
            raise UsageError(f"what came of it? one of {', '.join(OUTCOMES)}")
        if not actor.recorded or actor.sender_of:
            raise RightsError("a review needs a person who signed in")
        await self._as_other(await self._store.review(review_id), actor)
        await self._store.close_review(review_id, actor.recorded, outcome, words, actor.token)
        return await self._store.review(review_id)

    async def _as_other(self, about: Review, actor: Actor) -> None:
        persons = await self._persons()
        actor = replace(actor, addresses=persons.addresses(actor))
        if is_sender(actor, persons, (about.sender, about.identity)):
            raise RightsError(f"review {about.review_id}: the sender cannot review his own mail")
        if persons.same(persons.marks(actor.name, addresses=actor.addresses), about.decided_by):
            raise RightsError(f"review {about.review_id}: whoever decided cannot review it")

    # -------------------------------------------------------------- stand-ins

    async def appoint(
        self,
        actor: Actor,
        absent: str,
        stand_in: str,
        since: datetime,
        until: datetime,
        reason: str,
    ) -> StandIn:
        """Let a person decide in another's place for a time.

        Whoever stands in has what the absent person has by policy, and nothing that the absent
        person only stands in for.

        Raises: RightsError: the actor is not the absent person and appoints for nobody else,
            or would appoint himself; UsageError: the period is over, turned round, too long.
        """
        _, words = chosen("", reason)
        persons = await self._persons()
        one, other = persons.one(absent), persons.one(stand_in)
        _may_appoint(actor, persons, one, other)
        if not self._clock() < until or not since < until or until - since > LONGEST:
            raise UsageError(f"the period must lie ahead and last {LONGEST.days} days at most")
        made = StandIn(new_id(), one, other, since, until, actor.recorded)
        await self._store.appoint(made, words, actor.token)
        return made

    async def withdraw(self, actor: Actor, stand_in_id: str, reason: str) -> None:
        """End a stand-in before its time: the absent person, or who may appoint."""
        _, words = chosen("", reason)
        found = [s for s in await self.stand_ins() if s.stand_in_id == stand_in_id]
        person = (await self._persons()).one(actor.name, actor.addresses)
        if found and person != found[0].absent and not actor.appoints:
            raise RightsError("only the absent person can end it")
        await self._store.withdraw(stand_in_id, actor.recorded, words, actor.token)

    async def stand_ins(self) -> list[StandIn]:
        """Return those in force, and those that begin later."""
        return await self._store.stand_ins(self._clock(), later=True)


def _may_appoint(actor: Actor, persons: Persons, absent: str, stand_in: str) -> None:
    person = persons.one(actor.name, actor.addresses)
    if not absent or not stand_in or absent == stand_in:
        raise UsageError("a stand-in is another person")
    if actor.sender_of or (person != absent and not actor.appoints):
        raise RightsError("only the absent person can name a stand-in")
    if person == stand_in:
        raise RightsError("nobody appoints himself")

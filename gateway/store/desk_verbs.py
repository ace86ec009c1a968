"""The store's verbs for parked mail and what is looked at after the fact.

Answers: ``DeskVerbs``, which ``Store`` is built on: holds, acts, the second look, reviews,
stand-ins. Each verb is one transaction with its audit entry.
Trusts: the desk to ask only for what its table allows.
Fails: ``NotFoundError``, ``ConflictError`` when somebody else was first, ``StoreError``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from gateway.ids import new_id
from gateway.model import Hold, HoldState, Outgoing, Submission
from gateway.store import digests, parked, reviews, stand_ins
from gateway.store.past import Past
from gateway.store.records import Act, Held, Review, ReviewKind, StandIn


class DeskVerbs(Past):
    """Parked mail of one store."""

    async def holds(self, states: Iterable[HoldState] = (HoldState.PARKED,)) -> list[Hold]:
        """Return the holds in these states, the one that expires first in front."""
        async with self._database.read() as connection:
            return await parked.in_states(connection, states)

    async def hold(self, hold_id: str) -> Hold:
        """Return one hold, or raise ``NotFoundError``."""
        async with self._database.read() as connection:
            return await parked.one(connection, hold_id)

    async def held(self, hold_id: str) -> Held:
        """Return one hold with its sealed mail and revision, for an act of the desk."""
        async with self._database.read() as connection:
            return await parked.held(connection, hold_id)

    async def resembles(self, hold_id: str) -> str:
        """Return the earlier hold of what seems to be the same mail; "" where there is none."""
        async with self._database.read() as connection:
            return await parked.resembles(connection, hold_id)

    async def holds_due(self, now: datetime) -> list[Hold]:
        """Return the parked holds that expired by ``now``."""
        async with self._database.read() as connection:
            return await parked.due(connection, now)

    async def perform(self, act: Act) -> None:
        """Commit one act on a hold, or raise ``ConflictError`` when somebody was first."""
        async with self._database.write() as connection:
            await parked.perform(connection, self._post(act.at), act)

    async def look_again(self, hold_id: str, seen: Mapping[str, Any], approvers: int = 1) -> bool:
        """Write what a later password showed; False where the hold waits no more.

        Args:
            seen: ``result`` (found, nothing, locked), ``my_numbers``, ``findings``, ``unread``.
            approvers: how many persons that takes, if it is more than before.
        """
        async with self._database.write() as connection:
            return await parked.look_again(connection, self._post(), hold_id, seen, approvers)

    async def add_digest(
        self, day: date, mail: Outgoing, counts: Mapping[str, int], now: datetime
    ) -> bool:
        """Queue the handlers' digest of a day; False where somebody did already."""
        async with self._database.write() as connection:
            return await digests.add(connection, self._post(now), day, mail, counts)

    # -------------------------------------------------------------- after the fact

    async def sample(self, mail: Submission, kind: ReviewKind, rule: str, until: datetime) -> str:
        """Seal a copy of a mail that was relayed, for a reviewer; return the review's id."""
        review_id, post = new_id(), self._post()
        copy = await asyncio.to_thread(reviews.sealed_sample, post, review_id, mail)
        async with self._database.write() as connection:
            await reviews.add_sample(
                connection, post, review_id, kind, rule, mail.queue_id, copy, until
            )
        return review_id

    async def reviews(self) -> list[Review]:
        """Return what waits to be looked at, what expires first in front; without copies."""
        async with self._database.read() as connection:
            return await reviews.waiting(connection)

    async def review(self, review_id: str) -> Review:
        """Return one review with its sealed copy, or raise ``NotFoundError``."""
        async with self._database.read() as connection:
            return await reviews.one(connection, review_id)

    async def close_review(
        self, review_id: str, actor: str, outcome: str, note: str, token: str = ""
    ) -> None:
        """Record that somebody looked; ``ConflictError`` where it is over.

        Args:
            token: id of the token by which a program asked; "" for a person.
        """
        async with self._database.write() as connection:
            await reviews.close(connection, self._post(), review_id, actor, outcome, note, token)

    async def end_reviews(self, now: datetime) -> list[str]:
        """Destroy the copies whose time is up; return the ids of the reviews."""
        async with self._database.write() as connection:
            return await reviews.expire(connection, self._post(now))

    # -------------------------------------------------------------- stand-ins

    async def appoint(self, made: StandIn, reason: str, token: str = "") -> None:
        """Write who decides in whose place."""
        async with self._database.write() as connection:
            await stand_ins.appoint(connection, self._post(), made, reason, token)

    async def withdraw(self, stand_in_id: str, actor: str, reason: str, token: str = "") -> None:
        """End a stand-in before its time, or raise ``NotFoundError``."""
        async with self._database.write() as connection:
            await stand_ins.withdraw(connection, self._post(), stand_in_id, actor, reason, token)

    async def stand_ins(self, now: datetime, *, later: bool = False) -> list[StandIn]:
        """Return those in force at ``now``; with ``later`` those that begin later, too."""
        async with self._database.read() as connection:
            return await stand_ins.at(connection, now, later=later)

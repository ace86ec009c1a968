"""Saying that the Commission was told of an incident: preliminary (速報) or final report (確報).

Answers: ``Reporting``: ``reported`` and ``not_reported``. A mark ends the reminders of its step,
a final one those of both: one report may serve as both where every item is known.
Trusts: the actor was authenticated. That a report was given is what a person says; nobody asks
the Commission.
Fails: ``RightsError`` for whoever may not handle incidents, and for the mail's own sender;
``UsageError`` for a day that cannot be; ``ConflictError``, ``NotFoundError`` as the store.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from gateway.desk.acts import Acts, is_sender
from gateway.desk.answers import chosen
from gateway.desk.people import Actor
from gateway.errors import RightsError, UsageError
from gateway.policy import JAPAN
from gateway.store import IncidentRecord, ReportStep, Right

REFERENCE_CHARS = 100


class Reporting(Acts):
    """What handlers do about incidents."""

    async def reported(
        self, incident_id: str, actor: Actor, step: ReportStep, on: date, reference: str = ""
    ) -> IncidentRecord:
        """Record that a report was given.

        Args:
            on: the day on which it was given, Japan time: not before the mail, not in the future.
            reference: the number that the Commission gave it; "" where it gave none.
        """
        record = await self._may_report(incident_id, actor)
        first = record.received_at.astimezone(JAPAN).date()
        if not first <= on <= self._clock().astimezone(JAPAN).date():
            raise UsageError(f"the day must lie between {first} and today")
        words = " ".join(reference.split())[:REFERENCE_CHARS]
        await self._store.mark_reported(incident_id, actor.recorded, step, on, words, actor.token)
        return await self._store.incident(incident_id)

    async def not_reported(
        self, incident_id: str, actor: Actor, step: ReportStep, reason: str
    ) -> IncidentRecord:
        """Take such a mark back, with a reason; the reminder goes on."""
        _, words = chosen("", reason)
        await self._may_report(incident_id, actor)
        await self._store.withdraw_report(incident_id, actor.recorded, step, words, actor.token)
        return await self._store.incident(incident_id)

    async def _may_report(self, incident_id: str, actor: Actor) -> IncidentRecord:
        record, persons = await self._store.incident(incident_id), await self._persons()
        if not actor.recorded or actor.sender_of:
            raise RightsError("an act on an incident needs a person who signed in")
        rights = persons.rights(actor, self._clock())
        if rights is not None and Right.HANDLE_INCIDENTS not in rights:
            raise RightsError(f"incident {incident_id}: the role of this account may not do it")
        actor = replace(actor, addresses=persons.addresses(actor))
        if is_sender(actor, persons, (record.sender,)):
            raise RightsError(f"incident {incident_id}: it is about the actor's own mail")
        return record

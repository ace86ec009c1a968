"""Which reports on an incident the Commission has been given (速報, 確報), and by whom.

Answers: ``marks`` (as they stand), and the verbs ``mark_reported`` and
``withdraw_report``. A mark stands in the audit log and nowhere else: nobody changes it unseen.
Trusts: the desk to say who may. A reference is masked when it is written.
Fails: ``NotFoundError`` for an incident that is not there; ``ConflictError`` for a step that is
marked already, or for one to withdraw that is not.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import literal_column, select
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.errors import ConflictError, NotFoundError
from gateway.store.audit import append, by_token
from gateway.store.mail_path import MailPath
from gateway.store.records import Reported, ReportStep
from gateway.store.tables import audit, incidents

MARKED, WITHDRAWN = "reported", "report-withdrawn"  # words of the audit log


async def marks(
    connection: AsyncConnection, incident_id: str = ""
) -> Mapping[str, tuple[Reported, ...]]:
    """Return the marks as they stand, by incident; of one alone where one is named.

    All of them are few: reports to the Commission are rare.
    """
    told = audit.c
    query = (
        select(told.object, told.action, told.actor, told.at, told.detail)
        .where(told.action.in_((MARKED, WITHDRAWN)))
        # Written out, as the index of what people did has it.
        .where(told.actor != literal_column("'gateway'"))
        .order_by(told.at, told.writer, told.seq)
    )
    if incident_id:
        query = query.where(told.object == incident_id)
    found: dict[str, dict[ReportStep, Reported]] = defaultdict(dict)
    for row in await connection.execute(query):
        mark = _mark(row)
        if row.action == MARKED:
            found[row.object][mark.step] = mark
        else:
            found[row.object].pop(mark.step, None)
    return {
        name: tuple(given[step] for step in ReportStep if step in given)
        for name, given in found.items()
    }


def _mark(row: Any) -> Reported:
    told = json.loads(row.detail)
    day = date.fromisoformat(told["on"])
    return Reported(ReportStep(told["step"]), day, told.get("reference", ""), row.actor, row.at)


class Reports(MailPath):
    """What people say of reports to the Commission."""

    async def mark_reported(
        self,
        incident_id: str,
        actor: str,
        step: ReportStep,
        on: date,
        reference: str,
        token: str = "",
    ) -> None:
        """Write that a report was given on this day, under this number of the Commission's."""
        async with self._database.write() as connection:
            if said := (await _alone(connection, incident_id)).get(step):
                raise ConflictError(
                    f"incident {incident_id}: {said.by} marked it already, as given on {said.on}"
                )
            told = {"reference": reference} if reference else {}
            detail = {"step": step.value, "on": on.isoformat(), **told, **by_token(token)}
            await self._write(connection, incident_id, actor, MARKED, detail)

    async def withdraw_report(
        self, incident_id: str, actor: str, step: ReportStep, reason: str, token: str = ""
    ) -> None:
        """Write that such a mark was a mistake; the reminder goes on."""
        async with self._database.write() as connection:
            said = (await _alone(connection, incident_id)).get(step)
            if said is None:
                raise ConflictError(f"incident {incident_id}: there is no such mark")
            detail = {
                "step": step.value,
                "on": said.on.isoformat(),
                "reason": reason,
                **by_token(token),
            }
            await self._write(connection, incident_id, actor, WITHDRAWN, detail)

    async def _write(
        self,
        connection: AsyncConnection,
        incident_id: str,
        actor: str,
        action: str,
        detail: Mapping[str, object],
    ) -> None:
        post = self._post()
        await append(
            connection,
            post.writer,
            post.now,
            actor=actor,
            action=action,
            about=incident_id,
            detail=detail,
        )


async def _alone(connection: AsyncConnection, incident_id: str) -> dict[ReportStep, Reported]:
    """Read an incident's marks while nobody else can add one."""
    mine = incidents.c.incident_id == incident_id
    row = select(incidents.c.incident_id).where(mine).with_for_update()
    if (await connection.execute(row)).one_or_none() is None:
        raise NotFoundError(f"no incident {incident_id}")
    given = (await marks(connection, incident_id)).get(incident_id, ())
    return {mark.step: mark for mark in given}

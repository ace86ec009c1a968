"""Incidents: the list, and one with the nine items that a report to the Commission asks.

Answers: two pages, made of ``gateway.incident``'s draft: what the record says, and what a
person must still add; and ``reported``: a report was given to the Commission, or was not.
Trusts: the store; the record's strings are masked.
Fails: 404 for an incident that is not there. One whose view cannot be recorded is not shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.console import words
from gateway.console.access import in_scope
from gateway.console.acts import actor_of, desk_of, trouble_of
from gateway.console.forms import typed
from gateway.console.settings import room
from gateway.console.verbs import REASON_CHARS
from gateway.console.views import page
from gateway.errors import ConflictError, RightsError, UsageError
from gateway.incident import Classification, classify, draft, summary
from gateway.store import IncidentRecord, ReportStep, Right

_HANDLE = Right.HANDLE_INCIDENTS
MOST_ROWS = 200  # newest first; the terminal's list has them all


@dataclass(frozen=True, slots=True)
class Row:
    """One incident as the list shows it."""

    record: IncidentRecord
    found: Classification


async def listed(request: Request) -> Response:
    """Show the newest incidents, of one's own departments where one has some."""
    newest = await room(request).store.incidents(newest=MOST_ROWS)
    records = [record for record in newest if in_scope(request, record.sender)]
    return page(
        request,
        "incidents.html",
        here="incidents",
        rows=[Row(record, classify(record)) for record in records],
        most=MOST_ROWS,
    )


async def one(request: Request) -> Response:
    """Show one incident, and record who looked."""
    return await _show(request)


async def reported(request: Request) -> Response:
    """Mark a report as given, or take such a mark back."""
    name, form, here = request.path_params["incident_id"], await typed(request), room(request)
    actor = actor_of(request.state.user)
    try:
        desk, step = desk_of(here), _step(form.one("step"))
        if form.one("act") == "withdraw":
            await desk.not_reported(name, actor, step, form.one("reason")[:REASON_CHARS])
        else:
            await desk.reported(name, actor, step, _day(form.one("on")), form.one("reference"))
    except (ConflictError, RightsError, UsageError) as error:
        status, problem = trouble_of(error)
        return await _show(request, status=status, problem=problem)
    return RedirectResponse(f"{here.settings.prefix}/incidents/{name}", status_code=303)


def _step(given: str) -> ReportStep:
    try:
        return ReportStep(given)
    except ValueError:
        raise UsageError("no such report") from None


def _day(given: str) -> date:
    try:
        return date.fromisoformat(given)
    except ValueError:
        raise UsageError("no such day") from None


async def _show(request: Request, *, status: int = 200, problem: str = "") -> Response:
    store = room(request).store
    record = await store.incident(request.path_params["incident_id"])
    await store.viewed(request.state.user.recorded, record.incident_id, "incident")
    found, lang = classify(record), words.language(request)
    return page(
        request,
        "incident.html",
        status=status,
        here="incidents",
        problem=problem,
        today=room(request).now().astimezone(words.JAPAN).date(),
        steps=[step for step in ReportStep if step not in {m.step for m in record.reported}],
        may_report=room(request).desk is not None and request.state.user.may(_HANDLE),
        record=record,
        found=found,
        to=record.destinations,
        lines=summary(record, found, lang),
        items=draft(record, found, lang),
    )

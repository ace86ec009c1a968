"""Incidents: the list, and one with the nine items that a report to the Commission asks.

Answers: two pages, made of ``gateway.incident``'s draft: what the record says, and what a
person must still add.
Trusts: the store; the record's strings are masked.
Fails: 404 for an incident that is not there. One whose view cannot be recorded is not shown.
"""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from gateway.console import words
from gateway.console.access import in_scope
from gateway.console.settings import room
from gateway.console.views import page
from gateway.incident import Classification, classify, draft, summary
from gateway.store import IncidentRecord

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
    store = room(request).store
    record = await store.incident(request.path_params["incident_id"])
    await store.viewed(request.state.user.recorded, record.incident_id, "incident")
    found, lang = classify(record), words.language(request)
    return page(
        request,
        "incident.html",
        here="incidents",
        record=record,
        found=found,
        to=record.destinations,
        lines=summary(record, found, lang),
        items=draft(record, found, lang),
    )

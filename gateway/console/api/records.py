"""Incidents, what waits, events and the audit log, for programs.

Answers: lists and one incident, its report's draft, counts, events since a place, and the log
as JSON lines that can be verified elsewhere.
Trusts: the store. An account with departments gets the events that say of which mail they are,
where that is theirs, and no log: it is one chain, of which a part could not be verified.
Fails: ``TroubleError`` and errors of the store. An export that cannot be recorded is not given; one
that would give nothing but records of exports is given and not recorded, else a program that
asks every minute would fill the log by asking.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from starlette.responses import Response

from gateway.console.api import answers, cursors
from gateway.console.api.answers import (
    Events,
    EventTold,
    Incidents,
    IncidentShown,
    Me,
    Report,
    Waits,
)
from gateway.console.api.call import Call
from gateway.incident import classify, draft, summary
from gateway.store import Event, IncidentRecord

JSON_LINES = "application/jsonl"
NEXT, MORE = "Sekisho-Next", "Sekisho-More"  # headers of a file that has no place for them
SOON = timedelta(days=1)
LOOKS = 20  # pages that are read to fill one for an account that sees its department alone
_EXPORTED = "audit-exported"


async def me(call: Call) -> Me:
    """Say whom this token speaks for, and what it may do."""
    user = call.account.user
    return Me(
        account=user.name,
        role=user.role.value,
        departments=list(user.departments),
        token=call.account.token_id,
        scope=sorted(r.value for r in call.account.scope if user.may(r)),
    )


async def waiting(call: Call) -> Waits:
    """Count what waits; of its departments, where the account has some."""
    store, senders = call.here.store, None
    if call.account.user.departments:
        senders = [s for s in await store.senders() if call.sees(s)]
    return answers.waits(await store.waiting(call.here.now() + SOON, senders))


# ------------------------------------------------------------------ incidents


async def incidents(call: Call) -> Incidents:
    """List incidents, newest first."""
    limit, word = call.query.limit, call.query.after
    before = cursors.incident_key(word) if word else None
    found: list[IncidentRecord] = []
    for _ in range(LOOKS):
        wanted = limit - len(found)
        records = await call.here.store.incidents_after(wanted, before)
        found += [r for r in records if call.sees(r.sender)]
        before = (records[-1].opened_at, records[-1].incident_id) if records else None
        if len(records) < wanted:
            before = None
        if before is None or len(found) >= limit:
            break
    return Incidents(
        incidents=[answers.incident_row(r, classify(r)) for r in found],
        next=cursors.write(list(before)) if before else None,
    )


async def incident(call: Call) -> IncidentShown:
    """Show one incident, and record that it was shown."""
    record = await _incident(call)
    return answers.incident_shown(record, classify(record))


async def report(call: Call) -> Report:
    """Draft the report to the Commission, and record that it was shown."""
    record, lang = await _incident(call), call.query.lang
    found = classify(record)
    return answers.report(record, summary(record, found, lang), draft(record, found, lang))


async def _incident(call: Call) -> IncidentRecord:
    record = await call.here.store.incident(call.path["incident_id"])
    call.require_scope(record.sender)
    await call.shown(record.incident_id, "api")
    return record


# ------------------------------------------------------------------ the log


async def events(call: Call) -> Events:
    """Return what happened after a place in the log, oldest first."""
    asked, store = call.query, call.here.store
    if asked.after == cursors.LATEST:
        return Events(events=[], next=cursors.write(await store.latest()), more=False)
    places, found = cursors.places(asked.after or ""), list[Event]()
    for _ in range(LOOKS):
        told = await store.events(places, asked.type, asked.limit - len(found))
        found += [e for e in told.events if _seen_by(call, e)]
        places = told.places
        if not told.more or len(found) >= asked.limit:
            break
    return Events(
        events=[EventTold.model_validate(e.told()) for e in found],
        next=cursors.write(places),
        more=told.more,
    )


def _seen_by(call: Call, event: Event) -> bool:
    """Whether the account sees an event: with departments, one that says whose mail it is."""
    if not call.account.user.departments:
        return True
    return event.mail is not None and call.sees(str(event.mail["sender"]))


async def audit(call: Call) -> Response:
    """Return the audit log as it stands, a line an entry, to be verified elsewhere."""
    store, asked = call.here.store, call.query
    places = cursors.places(asked.after or "")
    rows, reached, more = await store.entries_since(places, asked.limit)
    if any(row["action"] != _EXPORTED for row in rows):
        told = {"form": "jsonl", "token": call.account.token_id, "entries": len(rows)}
        await store.looked(call.account.recorded, "audit", _EXPORTED, "", **told)
    return Response(
        "".join(_lines(rows)),
        media_type=JSON_LINES,
        headers={NEXT: cursors.write(reached), MORE: "true" if more else "false"},
    )


def _lines(rows: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    for row in rows:
        told = dict(row) | {"at": row["at"].isoformat()}
        yield json.dumps(told, ensure_ascii=False) + "\n"

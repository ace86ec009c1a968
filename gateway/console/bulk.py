"""What a handler decides in the pages about many holds: chosen, looked at, then done.

Answers: ``bulk``, in two steps: a preview of what would happen to each, then the acts, one by
one, each with its own entry in the audit log.
Trusts: the desk with every rule of rights and who was first; nothing in a form.
Fails: 422 without a reason. What came of each hold is told.
"""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from gateway.console.access import in_scope, require
from gateway.console.acts import actor_of, desk_of, trouble_of
from gateway.console.forms import Typed, typed
from gateway.console.queue import row
from gateway.console.sessions import require_fresh
from gateway.console.settings import room
from gateway.console.verbs import REASON_CHARS, VERBS
from gateway.console.views import page
from gateway.desk.answers import chosen
from gateway.errors import SekishoError, UsageError
from gateway.model import Hold

MOST_AT_ONCE = 500  # holds of one bulk act; each is an act of its own, with its own entry
BULK = ("release", "reject")


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one hold of a bulk act."""

    hold_id: str
    key: str  # of the sentence


async def bulk(request: Request) -> Response:
    """Show what a bulk act would do; when that was seen and confirmed, do it."""
    form, here = await typed(request), room(request)
    ids = list(dict.fromkeys(form.get("id", [])))[:MOST_AT_ONCE]
    verb = form.one("act") if form.one("act") in BULK else BULK[1]
    require(request, VERBS[verb].right)
    problem = ""
    if form.one("confirmed") == "1":
        try:
            chosen(form.one("why"), form.one("reason"))
        except UsageError:
            problem = "act-usage"
        else:
            return await _done(request, verb, ids, form)
    rows = [
        row(request, hold, await here.store.incident(hold.incident_id))
        for hold in await _mine(request, ids)
    ]
    return page(
        request,
        "bulk.html",
        status=422 if problem else 200,
        here="holds",
        rows=rows,
        verb=verb,
        most=MOST_AT_ONCE,
        reasons=VERBS[verb].codes,
        results=[],
        problem=problem or ("" if rows else "bulk-none"),
    )


async def _mine(request: Request, ids: list[str]) -> list[Hold]:
    """Return those of the holds that there are and that this account may see."""
    found = await room(request).store.holds_of(ids)
    return [h for h in found if in_scope(request, h.sender)]


async def _done(request: Request, verb: str, ids: list[str], form: Typed) -> Response:
    code, why = form.one("why"), form.one("reason").strip()[:REASON_CHARS]
    holds = await _mine(request, ids)
    if verb == "release":
        require_fresh(request, max((h.my_numbers for h in holds), default=0), back="/holds")
    desk, actor = desk_of(room(request)), actor_of(request.state.user)
    do = desk.release if verb == "release" else desk.reject
    results = []
    for hold in holds:
        hold_id = hold.hold_id
        try:
            after = await do(hold_id, actor, why, code=code)
        except SekishoError as error:
            results.append(Result(hold_id, trouble_of(error)[1]))
        else:
            results.append(Result(hold_id, f"state-{after.state.value}"))
    return page(
        request, "bulk.html", here="holds", rows=[], verb=verb, most=MOST_AT_ONCE,
        reasons=(), results=results, problem="",
    )  # fmt: skip

"""What a handler decides in the pages: one hold, or many that were chosen and looked at.

Answers: the acts on one hold (release, correct, reject), then the way to the next one; and
the bulk, in two steps: a preview of what would happen to each, then the acts, one by one.
Trusts: the desk with every rule of rights, four eyes and who was first; nothing in a form.
Fails: with the page of the hold and a sentence: 403 where this person may not, 409 where
somebody was first, 422 where something is missing. A bulk act tells of each hold what came.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.console import words
from gateway.console.access import in_scope, require, require_scope
from gateway.console.forms import Typed, typed
from gateway.console.holds import REASONS, show
from gateway.console.queue import next_one, row
from gateway.console.sessions import require_fresh
from gateway.console.settings import Room, room
from gateway.console.views import page
from gateway.desk import Actor, Desk
from gateway.errors import ConflictError, NotFoundError, RightsError, SekishoError, UsageError
from gateway.model import Hold, HoldState
from gateway.store import Right, User

MOST_AT_ONCE = 500  # holds of one bulk act; each is an act of its own, with its own entry
REASON_CHARS = 1000
BULK = ("release", "reject")
_RIGHTS = {"release": Right.RELEASE, "correct": Right.CORRECT, "reject": Right.REJECT}


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one hold of a bulk act."""

    hold_id: str
    key: str  # of the sentence


async def act(request: Request) -> Response:
    """Do what was chosen with one hold; then show the next."""
    hold_id, form = request.path_params["hold_id"], await typed(request)
    here, verb = room(request), form.one("act")
    require(request, _RIGHTS.get(verb, Right.RELEASE))
    before = await here.store.hold(hold_id)
    require_scope(request, before.sender)
    if verb == "release" and _countersigns(before):
        require(request, Right.COUNTERSIGN)
    if verb in ("release", "correct"):
        require_fresh(request, before.my_numbers, back=f"/holds/{hold_id}")
    try:
        after = await _do(request, verb, hold_id, form)
    except NotFoundError:
        raise
    except SekishoError as error:
        status, problem = trouble_of(error)
        if status == 500:
            raise
        return await show(request, hold_id, status=status, problem=problem)
    return await _onward(request, verb, before, after)


def _countersigns(hold: Hold) -> bool:
    """Whether one more approval is the last of several: an approver's, not a handler's."""
    return hold.approvers > 1 and len(hold.approved_by) + 1 >= hold.approvers


async def _onward(request: Request, verb: str, before: Hold, after: Hold) -> Response:
    """The way to the next hold, with a word of what was done; to the queue after the last."""
    prefix = room(request).settings.prefix
    record = await room(request).store.incident(before.incident_id)
    grade = int(row(request, before, record).risk.grade)
    following = await next_one(request, after, grade)
    done = "approve" if after.state is HoldState.PARKED and verb != "assign" else verb
    place = f"/holds/{following}" if following else "/holds"
    return RedirectResponse(f"{prefix}{place}?done={done}", status_code=303)


async def _do(request: Request, verb: str, hold_id: str, form: Typed) -> Hold:
    desk, actor = _desk(room(request)), actor_of(request.state.user)
    reason = reason_of(form, verb, words.language(request))
    verbs: dict[str, Callable[[], Awaitable[Hold]]] = {
        "release": lambda: desk.release(hold_id, actor, reason),
        "reject": lambda: desk.reject(hold_id, actor, reason),
        "correct": lambda: desk.correct(hold_id, actor, reason, _addresses(form)),
    }
    if verb not in verbs:
        raise UsageError("no such act")
    return await verbs[verb]()


def _desk(here: Room) -> Desk:
    if here.desk is None:
        raise RightsError("this console decides nothing")
    if here.office.rules is not None:  # the policy in force, as the pages show it
        rules = here.office.rules()
        terms = replace(here.desk.terms, policy=rules.policy, directory=rules.directory)
        here.desk.terms = terms
    return here.desk


def actor_of(user: User) -> Actor:
    """Return a signed-in person as the desk knows them."""
    return Actor(user.recorded, user.addresses)


def reason_of(form: Typed, verb: str, lang: str) -> str:
    """Return the chosen reason and what was written, as one text; "" where none was given."""
    chosen, written = form.one("why"), form.one("reason").strip()[:REASON_CHARS]
    known = REASONS.get(verb, ())
    word = words.say(f"why-{chosen}", lang) if chosen in known else ""
    return ": ".join(part for part in (word, written) if part)


def _addresses(form: Typed) -> dict[int | str, str]:
    """Return the recipients whose address was changed, by their place."""
    given = {
        int(name.removeprefix("to-")): values[0].strip()
        for name, values in form.items()
        if name.startswith("to-") and name[3:].isdecimal() and len(name) < 8
    }
    return {place: address for place, address in given.items() if address}


def trouble_of(error: SekishoError) -> tuple[int, str]:
    """Return the status and the key of the sentence for what the desk did not do."""
    if isinstance(error, ConflictError):
        return 409, "act-conflict"
    if isinstance(error, RightsError):
        return 403, "act-rights"
    return (422, "act-usage") if isinstance(error, UsageError) else (500, "act-failed")


# ------------------------------------------------------------------ many at once


async def bulk(request: Request) -> Response:
    """Show what a bulk act would do; when that was seen and confirmed, do it."""
    form, here = await typed(request), room(request)
    ids = list(dict.fromkeys(form.get("id", [])))[:MOST_AT_ONCE]
    verb = form.one("act") if form.one("act") in BULK else BULK[1]
    require(request, _RIGHTS[verb])
    lang = words.language(request)
    reason, problem = reason_of(form, verb, lang), ""
    if form.one("confirmed") == "1":
        if reason:
            return await _done(request, verb, ids, reason)
        problem = "act-usage"
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
        reasons=REASONS[verb],
        results=[],
        problem=problem or ("" if rows else "bulk-none"),
    )


async def _mine(request: Request, ids: list[str]) -> list[Hold]:
    """Return those of the holds that there are and that this account may see."""
    found = await room(request).store.holds_of(ids)
    return [h for h in found if in_scope(request, h.sender)]


async def _done(request: Request, verb: str, ids: list[str], reason: str) -> Response:
    holds = await _mine(request, ids)
    if verb == "release":
        require_fresh(request, max((h.my_numbers for h in holds), default=0), back="/holds")
    desk, actor = _desk(room(request)), actor_of(request.state.user)
    do = desk.release if verb == "release" else desk.reject
    results = []
    for hold in holds:
        hold_id = hold.hold_id
        try:
            if verb == "release" and _countersigns(hold):
                require(request, Right.COUNTERSIGN)
            after = await do(hold_id, actor, reason)
        except SekishoError as error:
            results.append(Result(hold_id, trouble_of(error)[1]))
        else:
            results.append(Result(hold_id, f"state-{after.state.value}"))
    return page(
        request, "bulk.html", here="holds", rows=[], verb=verb, most=MOST_AT_ONCE,
        reasons=(), results=results, problem="",
    )  # fmt: skip

"""What a handler decides in the pages about one hold, and the way to the next.

Answers: ``act`` (release, correct, reject, assign, comment, extend), ``exception`` (the narrow
exception that a false alarm proposes) and ``answer_trust`` (to a recipient that the sender asks
to trust).
Trusts: the desk with every rule of rights, four eyes and who was first; nothing in a form.
Fails: with the page of the hold and a sentence: 403 where this person may not, 409 where
somebody was first, 422 where something is missing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.console import words
from gateway.console.access import require, require_scope
from gateway.console.forms import typed
from gateway.console.holds import show
from gateway.console.queue import next_one, row
from gateway.console.sessions import require_fresh
from gateway.console.settings import Room, room
from gateway.console.verbs import REASON_CHARS, VERBS, Wish, wish_of
from gateway.console.views import page
from gateway.desk import Actor, Desk
from gateway.desk.answers import FALSE_ALARM
from gateway.desk.trust import snippet
from gateway.errors import ConflictError, NotFoundError, RightsError, SekishoError, UsageError
from gateway.model import Hold, HoldState
from gateway.store import Right, User


async def act(request: Request) -> Response:
    """Do what was chosen with one hold; then show the next."""
    hold_id, form = request.path_params["hold_id"], await typed(request)
    here, verb = room(request), form.one("act")
    require(request, VERBS[verb].right if verb in VERBS else Right.RELEASE)
    before = await here.store.hold(hold_id)
    require_scope(request, before.sender)
    if verb in ("release", "correct"):
        require_fresh(request, before.my_numbers, back=f"/holds/{hold_id}")
    try:
        wish = wish_of(form, before)
        after = await _do(request, verb, hold_id, wish)
    except NotFoundError:
        raise
    except SekishoError as error:
        status, problem = trouble_of(error)
        if status == 500:
            raise
        return await show(request, hold_id, status=status, problem=problem)
    return await _onward(request, verb, wish, before, after)


async def _do(request: Request, verb: str, hold_id: str, wish: Wish) -> Hold:
    desk, actor = desk_of(room(request)), actor_of(request.state.user)
    until, code, why = wish.until, wish.code, wish.words
    verbs: dict[str, Callable[[], Awaitable[Hold]]] = {
        "release": lambda: desk.release(
            hold_id, actor, why, code=code, only=wish.only, reject_others=wish.reject_others
        ),
        "reject": lambda: desk.reject(hold_id, actor, why, code=code),
        "correct": lambda: desk.correct(hold_id, actor, why, wish.addresses, code=code),
        "assign": lambda: desk.assign(hold_id, actor, wish.person or actor.name),
        "comment": lambda: desk.comment(hold_id, actor, why),
    }
    if verb == "extend" and until is not None:
        return await desk.extend(hold_id, actor, why, until)
    if verb not in verbs:
        raise UsageError("no such act")
    return await verbs[verb]()


async def _onward(request: Request, verb: str, wish: Wish, before: Hold, after: Hold) -> Response:
    """The same hold after a word on it; else the next one, and the queue after the last."""
    if wish.code == FALSE_ALARM:
        return _to(request, f"/holds/{before.hold_id}/exception", verb)
    if VERBS[verb].stays:
        return _to(request, f"/holds/{before.hold_id}", verb)
    done = "approve" if after.state is HoldState.PARKED else verb
    following = await _following(request, before, after)
    return _to(request, f"/holds/{following}" if following else "/holds", done)


async def _following(request: Request, before: Hold, after: Hold) -> str:
    record = await room(request).store.incident(before.incident_id)
    grade = int(row(request, before, record).risk.grade)
    return await next_one(request, after, grade)


def _to(request: Request, place: str, done: str) -> Response:
    prefix = room(request).settings.prefix
    return RedirectResponse(f"{prefix}{place}?done={done}", status_code=303)


async def exception(request: Request) -> Response:
    """Show the narrow exception that a false alarm proposes; nothing is changed by it."""
    hold_id, here = request.path_params["hold_id"], room(request)
    if here.desk is None:
        raise NotFoundError("this console decides nothing")
    desk, hold = desk_of(here), await here.store.hold(hold_id)
    require_scope(request, hold.sender)
    why = await desk.no_exception(hold_id)
    lang = words.language(request)
    return page(
        request,
        "exception.html",
        here="holds",
        hold=hold,
        done=request.query_params.get("done", "") in VERBS,
        why=why,
        snippet="" if why else await desk.propose_exception(hold_id, lang),
        following=await _following(request, hold, hold),
    )


async def answer_trust(request: Request) -> Response:
    """Say yes or no to a recipient that the sender wants trusted; a yes shows the lines for it."""
    hold_id, here, form = request.path_params["hold_id"], room(request), await typed(request)
    require_scope(request, (await here.store.hold(hold_id)).sender)
    approved, reason = form.one("act") == "approve", form.one("reason")[:REASON_CHARS]
    try:
        actor = actor_of(request.state.user)
        wanted = await desk_of(here).answer_trust(hold_id, actor, reason, approved=approved)
    except (ConflictError, RightsError, UsageError) as error:
        status, problem = trouble_of(error)
        return await show(request, hold_id, status=status, problem=problem)
    if not approved:
        return _to(request, f"/holds/{hold_id}", "trust")
    lines = snippet(wanted, words.language(request))
    return page(request, "trust.html", here="holds", hold_id=hold_id, wanted=wanted, snippet=lines)


def desk_of(here: Room) -> Desk:
    """Return the desk, with the policy in force.

    Raises: RightsError: this console decides nothing.
    """
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


def trouble_of(error: SekishoError) -> tuple[int, str]:
    """Return the status and the key of the sentence for what the desk did not do."""
    if isinstance(error, ConflictError):
        return 409, "act-conflict"
    if isinstance(error, RightsError):
        return 403, "act-rights"
    return (422, "act-usage") if isinstance(error, UsageError) else (500, "act-failed")

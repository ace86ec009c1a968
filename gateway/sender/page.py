"""The page itself: GET shows what waits, POST answers for it, once.

Answers: ``sender_page`` builds the ASGI application.
Trusts: the desk to refuse what a link does not prove; its template, which escapes all.
Fails: an error of ours as a page without a word of it; the cause goes to the log.
An act is done first and the link spent after it: the hold's own state lets nobody act twice,
and a fault between the two leaves a link that opens nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import date, timedelta

import structlog
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from gateway.errors import ConflictError, RightsError, SekishoError, StoreError
from gateway.i18n import languages, text
from gateway.notify.letter import moment
from gateway.policy import JAPAN
from gateway.sender.case import Case, opened
from gateway.sender.form import typed
from gateway.sender.guard import STYLE, Guard
from gateway.sender.room import Room, room
from gateway.sender.words import language, say, why
from gateway.store import TrustAsked

log = structlog.get_logger(__name__)

REASON_CHARS = 1000
PURPOSE_CHARS = 200
LONGEST = timedelta(days=366)  # then somebody asks whether it is still so
_Given = Mapping[str, str]
_TROUBLES = (400, 403, 405, 413, 429, 503)  # those with words of their own
_template = Environment(
    loader=PackageLoader("gateway.sender"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
).get_template("page.html")


def sender_page(here: Room) -> ASGIApp:
    """Return the application that serves the sender's page."""
    path = f"{here.prefix}/m/{{token}}"
    app = Starlette(
        routes=[Route(path, _show, methods=["GET"]), Route(path, _answer, methods=["POST"])],
        exception_handlers={HTTPException: _refused, SekishoError: _fault, Exception: _fault},
    )
    app.state.room = here

    def refusal(request: Request, status: int) -> Response:
        return _trouble(request, here, status)

    return Guard(app, here, refusal)


async def _show(request: Request) -> Response:
    """Show what waits; and do nothing, whoever follows the link."""
    here = room(request)
    case = await opened(here, request.path_params["token"])
    if case is None:
        return _over(request)
    await here.store.looked(case.actor.recorded, case.hold.hold_id, "opened-link")
    return _case_page(request, case)


async def _answer(request: Request) -> Response:
    """Do what the sender chose."""
    given = await typed(request)
    act = _ACTS.get(given["choice"])
    if act is None:
        raise HTTPException(400)
    case = await opened(room(request), request.path_params["token"])
    if case is None:
        return _over(request)
    try:
        return await act(request, case, given)
    except ConflictError:  # somebody else was first, and is right
        return _over(request)
    except RightsError:
        return _case_page(request, case, status=403)


async def _confirm(request: Request, case: Case, _: _Given) -> Response:
    await room(request).desk.confirm(
        case.hold.hold_id, case.actor, "confirmed on the sender's page"
    )
    return await _done(request, "confirmed")


async def _cancel(request: Request, case: Case, _: _Given) -> Response:
    await room(request).desk.cancel(case.hold.hold_id, case.actor, "cancelled on the sender's page")
    return await _done(request, "cancelled")


async def _ask(request: Request, case: Case, given: _Given) -> Response:
    """Write on the hold what the sender asks for; the link is spent with it."""
    here, reason = room(request), given["reason"]
    if not case.found:
        raise HTTPException(400)
    if not 0 < len(reason) <= REASON_CHARS:
        return _case_page(request, case, status=400, wrong="ask-needs-reason")
    notice = here.notices.asked(case.hold)
    mails = () if notice is None else (notice,)
    token = request.path_params["token"]
    if not await here.store.ask_for_release(token, case.hold, case.actor.recorded, reason, mails):
        return _over(request)
    return _page(request, here, "asked")


async def _trust(request: Request, case: Case, given: _Given) -> Response:
    """Write on the hold which recipient its sender wants trusted; the link stays good."""
    here = room(request)
    wanted = _wanted(case, given, here.now().astimezone(JAPAN).date())
    if wanted is None:
        return _case_page(request, case, status=400, wrong="trust-needs")
    notice = here.notices.asked(case.hold, "asked-trust")
    mails = () if notice is None else (notice,)
    if not await here.store.ask_for_trust(case.hold, case.actor.recorded, wanted, mails):
        return _case_page(request, case, status=409, wrong="trust-asked-before")
    return _case_page(request, case, done="trust-asked")


def _wanted(case: Case, given: _Given, today: date) -> TrustAsked | None:
    """Return what is asked for; None where a field is missing or out of bounds."""
    domain, purpose = given.get("domain", ""), given.get("purpose", "")
    try:
        until = date.fromisoformat(given.get("until", ""))
    except ValueError:
        return None
    fits = domain in case.domains and 0 < len(purpose) <= PURPOSE_CHARS
    return TrustAsked(domain, purpose, until) if fits and today < until <= today + LONGEST else None


_ACTS: dict[str, Callable[[Request, Case, _Given], Awaitable[Response]]] = {
    "trust": _trust,
    "confirm": _confirm,
    "cancel": _cancel,
    "ask": _ask,
}


async def _done(request: Request, kind: str) -> Response:
    here = room(request)
    try:
        await here.store.end_link(request.path_params["token"])
    except StoreError as error:  # it opens nothing any more: its mail does not wait
        log.warning("link-not-ended", cause=str(error))
    return _page(request, here, kind)


# ------------------------------------------------------------------ pages


def _case_page(
    request: Request, case: Case, *, status: int = 200, wrong: str = "", done: str = ""
) -> Response:
    here = room(request)
    return _page(request, here, "case", status=status, case=case, wrong=wrong, done=done)


def _over(request: Request) -> Response:
    """The one page for every link that opens nothing."""
    return _page(request, room(request), "over", status=404)


def _trouble(request: Request, here: Room, status: int) -> Response:
    key = f"trouble-{status if status in _TROUBLES else 500}"
    return _page(request, here, key, status=status)


def _page(
    request: Request,
    here: Room,
    kind: str,
    *,
    status: int = 200,
    case: Case | None = None,
    wrong: str = "",
    done: str = "",
) -> Response:
    lang = language(request)
    body = _template.render(
        kind=kind,
        case=case,
        wrong=wrong,
        done=done,
        lang=lang,
        today=here.now().astimezone(JAPAN).date(),
        longest=LONGEST,
        purpose_chars=PURPOSE_CHARS,
        languages=languages(),
        organisation=here.organisation.get(lang, ""),
        style=Markup(STYLE),  # noqa: S704 - a constant of ours
        reason_chars=REASON_CHARS,
        t=lambda key, /, **named: say(key, lang, **named),
        unread_why=lambda reason: text("policy", f"unread-{reason}", lang),
        moment=lambda at: moment(at, lang),
        why=lambda whom: why(whom, lang),
    )
    return HTMLResponse(body, status_code=status, headers={"Content-Language": lang})


async def _refused(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return _over(request) if status == 404 else _trouble(request, room(request), status)


async def _fault(request: Request, error: Exception) -> Response:
    temporary = isinstance(error, StoreError)
    log.error("sender-page-fault", kind=type(error).__name__)
    return _trouble(request, room(request), 503 if temporary else 500)

"""The application: every address of the console, and who may ask for it.

Answers: ``console`` builds the ASGI application.
Trusts: the tables below: what is not named public asks for a session and a right, so that a
page that is added later cannot forget to.
Fails: each error of ours as the page of its status; a fault as 500. The cause goes to the
log, masked; the page holds no word of it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route, Router
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from gateway.console import (
    acts,
    auditlog,
    bulk,
    content,
    holds,
    incidents,
    knowledge,
    login,
    overview,
    own_account,
    people,
    queue,
    rehearsal,
    single_sign_on,
    welcome,
)
from gateway.console.access import permitted
from gateway.console.api import api
from gateway.console.api.operations import ROOT
from gateway.console.api.serving import refusal
from gateway.console.guard import API, Guard
from gateway.console.sessions import ConfirmNeeded, client, onward, to_confirm
from gateway.console.settings import Room, Settings, room
from gateway.console.views import trouble
from gateway.errors import NotFoundError, RightsError, StoreError
from gateway.store import Right

log = structlog.get_logger(__name__)

_Handler = Callable[[Request, Exception], Awaitable[Response]]

_STATIC = Path(__file__).with_name("static")


async def _start(request: Request) -> Response:
    return onward(room(request).settings, "", request.state.user.role)


PUBLIC = (
    ("/login", login.form, "GET"),
    ("/login", login.sign_in, "POST"),
    ("/login/code", login.code_form, "GET"),
    ("/login/code", login.code, "POST"),
    ("/login/provider", single_sign_on.leave, "GET"),
    ("/login/provider/back", single_sign_on.back, "GET"),
    ("/welcome", welcome.form, "GET"),
    ("/welcome", welcome.begin, "POST"),
    ("/logout", login.sign_out, "POST"),
)
SIGNED_IN = (
    ("/", _start, "GET", Right.OWN_ACCOUNT),
    ("/holds", queue.listed, "GET", Right.VIEW_HOLDS),
    ("/holds", bulk.bulk, "POST", Right.VIEW_HOLDS),
    ("/holds/views", queue.keep_view, "POST", Right.VIEW_HOLDS),
    ("/holds/{hold_id}", holds.one, "GET", Right.VIEW_HOLDS),
    ("/holds/{hold_id}", acts.act, "POST", Right.VIEW_HOLDS),
    ("/holds/{hold_id}/exception", acts.exception, "GET", Right.RELEASE),
    ("/holds/{hold_id}/trust", acts.answer_trust, "POST", Right.RELEASE),
    ("/holds/{hold_id}/unmask", content.unmask, "POST", Right.UNMASK),
    ("/holds/{hold_id}/original", content.original, "POST", Right.DOWNLOAD),
    ("/holds/{hold_id}/part", content.part, "POST", Right.DOWNLOAD),
    ("/frame/{hold_id}/{number}", content.frame, "GET", Right.VIEW_CONTENT),
    ("/holds/{hold_id}/pages/{number}/{page}", content.page_image, "GET", Right.VIEW_CONTENT),
    ("/holds/{hold_id}/pages", content.bare_page, "POST", Right.UNMASK),
    ("/overview", overview.overview, "GET", Right.OVERVIEW),
    ("/audit", auditlog.listed, "GET", Right.VIEW_AUDIT),
    ("/audit", auditlog.verify, "POST", Right.VIEW_AUDIT),
    ("/audit/export", auditlog.export, "GET", Right.EXPORT_RECORDS),
    ("/addresses", knowledge.addresses, "GET", Right.VIEW_POLICY),
    ("/policy", knowledge.policy, "GET", Right.VIEW_POLICY),
    ("/policy", knowledge.try_out, "POST", Right.TRY_OUT),
    ("/policy/edit", rehearsal.edit, "GET", Right.TRY_OUT),
    ("/policy/edit", rehearsal.rehearsed, "POST", Right.TRY_OUT),
    ("/settings", knowledge.settings, "GET", Right.MANAGE_ACCOUNTS),
    ("/help", knowledge.help_page, "GET", Right.OWN_ACCOUNT),
    ("/incidents", incidents.listed, "GET", Right.VIEW_INCIDENTS),
    ("/incidents/{incident_id}", incidents.one, "GET", Right.VIEW_INCIDENTS),
    ("/incidents/{incident_id}/reported", incidents.reported, "POST", Right.HANDLE_INCIDENTS),
    ("/confirm", login.confirm_form, "GET", Right.OWN_ACCOUNT),
    ("/confirm", login.confirm, "POST", Right.OWN_ACCOUNT),
    ("/account", own_account.overview, "GET", Right.OWN_ACCOUNT),
    ("/account/password", own_account.change_password, "POST", Right.OWN_ACCOUNT),
    ("/account/sessions", own_account.end_session, "POST", Right.OWN_ACCOUNT),
    ("/account/second-factor", own_account.enrol_form, "GET", Right.OWN_ACCOUNT),
    ("/account/second-factor", own_account.enrol, "POST", Right.OWN_ACCOUNT),
    ("/account/recovery-codes", own_account.renew_codes, "POST", Right.OWN_ACCOUNT),
    ("/account/tokens", own_account.make_token, "POST", Right.OWN_ACCOUNT),
    ("/account/tokens/revoke", own_account.revoke_token, "POST", Right.OWN_ACCOUNT),
    ("/accounts", people.listed, "GET", Right.VIEW_ACCOUNTS),
    ("/accounts", people.add, "POST", Right.MANAGE_ACCOUNTS),
    ("/accounts/{name}", people.one, "GET", Right.VIEW_ACCOUNTS),
    ("/accounts/{name}/{act}", people.act, "POST", Right.MANAGE_ACCOUNTS),
)


def console(here: Room) -> ASGIApp:
    """Return the application that serves the console's pages."""
    return serve(here.settings, here)


def serve(settings: Settings, here: Room) -> ASGIApp:
    """Return the application for a room that is furnished already."""
    routes: list[BaseRoute] = [
        Mount("/static", StaticFiles(directory=_STATIC)),
        *_for_programs(here),
        *(Route(path, show, methods=[method]) for path, show, method in PUBLIC),
        *(
            Route(path, permitted(show, right), methods=[method])
            for path, show, method, right in SIGNED_IN
        ),
    ]
    app = Starlette(
        # Redirecting to another spelling would build an address from the Host header.
        routes=[Mount(settings.prefix, app=Router(routes, redirect_slashes=False))],
        exception_handlers={
            HTTPException: _refused,
            NotFoundError: _page_of(404),
            RightsError: _not_allowed,
            ConfirmNeeded: _confirm_first,
            StoreError: _unavailable,
            Exception: _page_of(500),
        },
    )
    app.state.room = here
    return Guard(app, settings, lambda request, status: _foreign(request, app, status))


def _for_programs(here: Room) -> list[BaseRoute]:
    mount = here.settings.prefix + API.rstrip("/")
    return [Mount("/api", api(here, mount=mount))] if here.settings.api.enabled else []


def _page_of(status: int) -> _Handler:
    async def answer(request: Request, error: Exception) -> Response:
        return trouble(request, status)

    return answer


async def _refused(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    answer = _trouble(request, status)
    if isinstance(error, HTTPException) and error.headers:
        answer.headers.update(error.headers)
    return answer


async def _not_allowed(request: Request, error: Exception) -> Response:
    user = getattr(request.state, "user", None)
    log.warning("not-allowed", user=user.name if user else "", cause=str(error))
    return trouble(request, 403)


async def _unavailable(request: Request, error: Exception) -> Response:
    log.error("page-not-shown", exc_info=error)
    return trouble(request, 503)


async def _confirm_first(request: Request, error: Exception) -> Response:
    return to_confirm(request, error if isinstance(error, ConfirmNeeded) else ConfirmNeeded(""))


def _foreign(request: Request, app: Starlette, status: int) -> Response:
    request.scope["app"] = app  # the application itself was not asked
    log.warning("request-refused", status=status, client=client(request))
    return _trouble(request, status)


def _trouble(request: Request, status: int) -> Response:
    """A page; for an address of the API what programs get."""
    mount = room(request).settings.prefix + API
    if request.url.path.startswith(mount):
        return refusal(request, status, mount.rstrip("/") + ROOT)
    return trouble(request, status)

"""The application: every address of the console, and who may ask for it.

Answers: ``console`` builds the ASGI application.
Trusts: the table below: what is not named public asks for a session, so that a page that
is added later cannot forget to.
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
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route, Router
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from gateway.console import holds, incidents, login
from gateway.console.guard import Guard
from gateway.console.sessions import signed_in
from gateway.console.settings import Room, Settings, room
from gateway.console.views import trouble
from gateway.errors import NotFoundError, RightsError, StoreError
from gateway.store import Store

log = structlog.get_logger(__name__)

_Handler = Callable[[Request, Exception], Awaitable[Response]]

_STATIC = Path(__file__).with_name("static")


async def _start(request: Request) -> Response:
    return RedirectResponse(f"{room(request).settings.prefix}/holds", status_code=303)


PUBLIC = (
    ("/login", login.form, "GET"),
    ("/login", login.sign_in, "POST"),
    ("/logout", login.sign_out, "POST"),
)
SIGNED_IN = (
    ("/", _start, "GET"),
    ("/holds", holds.listed, "GET"),
    ("/holds/{hold_id}", holds.one, "GET"),
    ("/incidents", incidents.listed, "GET"),
    ("/incidents/{incident_id}", incidents.one, "GET"),
)


def console(settings: Settings, store: Store) -> ASGIApp:
    """Return the application that serves the console's pages."""
    return serve(settings, Room(settings, store))


def serve(settings: Settings, here: Room) -> ASGIApp:
    """Return the application for a room that is furnished already."""
    routes: list[BaseRoute] = [
        Mount("/static", StaticFiles(directory=_STATIC)),
        *(Route(path, show, methods=[method]) for path, show, method in PUBLIC),
        *(Route(path, signed_in(show), methods=[method]) for path, show, method in SIGNED_IN),
    ]
    app = Starlette(
        # Redirecting to another spelling would build an address from the Host header.
        routes=[Mount(settings.prefix, app=Router(routes, redirect_slashes=False))],
        exception_handlers={
            HTTPException: _refused,
            NotFoundError: _page_of(404),
            RightsError: _page_of(403),
            StoreError: _unavailable,
            Exception: _page_of(500),
        },
    )
    app.state.room = here
    return Guard(app, settings, lambda request: _foreign(request, app))


def _page_of(status: int) -> _Handler:
    async def answer(request: Request, error: Exception) -> Response:
        return trouble(request, status)

    return answer


async def _refused(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    answer = trouble(request, status)
    if isinstance(error, HTTPException) and error.headers:
        answer.headers.update(error.headers)
    return answer


async def _unavailable(request: Request, error: Exception) -> Response:
    log.error("page-not-shown", exc_info=error)
    return trouble(request, 503)


def _foreign(request: Request, app: Starlette) -> Response:
    request.scope["app"] = app  # the application itself was not asked
    log.warning("cross-site-refused", client=request.client.host if request.client else "")
    return trouble(request, 403)

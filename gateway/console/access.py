"""Who may see a page: the rule that every page asks for a session and a right.

Answers: ``permitted`` wraps a page so that nobody else sees it; ``require`` and ``in_scope``
are for acts within a page and for one mail; ``authenticate_token`` is the API's door.
Trusts: ``gateway.store.rights``, the one table; the store's sessions.
Fails: closed: without a session the answer is the way to the sign-in page; without the right
403; a mail of another department is not there (404, ASVS 8.2.2).
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.console import sessions
from gateway.console.settings import Room, room
from gateway.console.views import page
from gateway.console.words import chosen
from gateway.errors import NotFoundError, RightsError
from gateway.store import Account, Right, Session, User
from gateway.store.api_tokens import MARK

Page = Callable[[Request], Awaitable[Response]]

ENROL = "/account/second-factor"  # where somebody goes who must have one and has none
_BEARER = re.compile(rf"[Bb]earer +({MARK}[A-Za-z0-9_-]{{20,100}})")


def permitted(show: Page, right: Right) -> Page:
    """Show a page only to somebody who is signed in and has the right.

    ``request.state.user`` is who, ``request.state.session`` how.
    """

    async def shown(request: Request) -> Response:
        session = await _session(request)
        if session is None:
            return _to_sign_in(request)
        request.state.session, request.state.user = session, session.user
        if _lacks_second_factor(request, session):
            return RedirectResponse(room(request).settings.prefix + ENROL, status_code=303)
        require(request, right)
        await _require_own_department(request, session.user)
        return await show(request)

    return shown


def require(request: Request, right: Right) -> None:
    """Refuse a request whose account has not the right.

    Raises: RightsError
    """
    user: User = request.state.user
    if not user.may(right):
        raise RightsError(f"the role {user.role} may not {right}")


def in_scope(request: Request, sender: str) -> bool:
    """Whether the account sees mail of this sender: it is its department's."""
    return room(request).settings.departments.in_scope(request.state.user, sender)


def require_scope(request: Request, sender: str) -> None:
    """Treat a mail of another department as one that is not there.

    Raises: NotFoundError
    """
    if not in_scope(request, sender):
        raise NotFoundError("there is no such mail for this account")


async def _require_own_department(request: Request, user: User) -> None:
    """Hold every page about one mail to the account's departments, whoever wrote the page."""
    if not user.departments:
        return
    store, asked = room(request).store, request.path_params
    if "hold_id" in asked:
        require_scope(request, (await store.hold(asked["hold_id"])).sender)
    if "incident_id" in asked:
        require_scope(request, (await store.incident(asked["incident_id"])).sender)


async def authenticate_token(here: Room, header: str) -> Account | None:
    """Return whom an ``Authorization`` header speaks for (RFC 6750 2.1); None for nobody."""
    found = _BEARER.fullmatch(header.strip())
    return await here.store.account_of_token(found[1]) if found else None


async def _session(request: Request) -> Session | None:
    brought, here = sessions.token(request), room(request)
    return await here.store.session(brought, here.settings.idle) if brought else None


def _lacks_second_factor(request: Request, session: Session) -> bool:
    settings = room(request).settings
    if session.two_factors or session.user.role not in settings.second_factor:
        return False
    return request.url.path.removeprefix(settings.prefix) not in (ENROL, "/confirm")


def _to_sign_in(request: Request) -> Response:
    if request.headers.get("sec-fetch-site") == "cross-site" and sessions.token(request) is None:
        # A link in web mail: the browser keeps a SameSite=Strict cookie back. Asked once
        # more by a page of ours, it brings the cookie if there is one.
        return page(request, "onward.html", to=request.url.path)
    prefix = room(request).settings.prefix
    wanted = request.url.path.removeprefix(prefix)
    asked = {"next": wanted} if sessions.is_page(wanted) and request.method == "GET" else {}
    if (lang := chosen(request)) is not None:
        asked["lang"] = lang
    query = "?" + urlencode(asked) if asked else ""
    return RedirectResponse(f"{prefix}/login{query}", status_code=303)

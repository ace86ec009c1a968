"""Who is signed in: the session's cookie, and the rule that every page asks for it.

Answers: ``signed_in`` wraps a page so that nobody else sees it; ``begin`` and ``finish``
give and take the cookie.
Trusts: the store alone to know a token. A token that a browser brings to the sign-in is
never taken over: signing in always makes a new one (ASVS 7.2.4, session fixation).
Fails: closed: without a session the answer is the way to the sign-in page.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.console.settings import IDLE, LASTS, Settings, room
from gateway.console.views import page
from gateway.console.words import chosen
from gateway.store import User

Page = Callable[[Request], Awaitable[Response]]

_TOKEN = re.compile(r"[A-Za-z0-9_-]{20,100}")
_OUR_PAGE = re.compile(r"/(?:holds|incidents)(?:/[a-z-]{1,40})?")


def signed_in(show: Page) -> Page:
    """Show a page only to somebody who is signed in; ``request.state.user`` is who."""

    async def shown(request: Request) -> Response:
        found = await _user(request)
        if found is None:
            return _to_sign_in(request)
        request.state.user = found
        return await show(request)

    return shown


async def _user(request: Request) -> User | None:
    brought = token(request)
    return await room(request).store.session(brought, IDLE) if brought else None


def token(request: Request) -> str | None:
    """Return the session's token as the browser brought it."""
    brought = request.cookies.get(room(request).settings.cookie, "")
    return brought if _TOKEN.fullmatch(brought) else None


def _to_sign_in(request: Request) -> Response:
    if request.headers.get("sec-fetch-site") == "cross-site" and token(request) is None:
        # A link in web mail: the browser keeps a SameSite=Strict cookie back. Asked once
        # more by a page of ours, it brings the cookie if there is one.
        return page(request, "onward.html", to=request.url.path)
    prefix = room(request).settings.prefix
    wanted = request.url.path.removeprefix(prefix)
    asked = {"next": wanted} if _OUR_PAGE.fullmatch(wanted) else {}
    if (lang := chosen(request)) is not None:
        asked["lang"] = lang
    query = "?" + urlencode(asked) if asked else ""
    return RedirectResponse(f"{prefix}/login{query}", status_code=303)


def onward(settings: Settings, wanted: str) -> Response:
    """Go to the page that was asked for before signing in, if it is one of ours."""
    path = wanted if _OUR_PAGE.fullmatch(wanted) else "/holds"
    return RedirectResponse(settings.prefix + path, status_code=303)


async def begin(request: Request, user_name: str, answer: Response) -> bool:
    """Start a session and give its cookie; False when the account was closed meanwhile."""
    here = room(request)
    fresh = await here.store.open_session(user_name, LASTS)
    if fresh is None:
        return False
    if (former := token(request)) is not None:
        await here.store.close_session(former)
    answer.set_cookie(
        here.settings.cookie,
        fresh,
        path="/",
        secure=here.settings.secure,
        httponly=True,
        samesite="strict",
    )
    return True


async def finish(request: Request, answer: Response) -> None:
    """End the session, here and in the browser."""
    here = room(request)
    if (former := token(request)) is not None:
        await here.store.close_session(former)
    answer.delete_cookie(
        here.settings.cookie,
        path="/",
        secure=here.settings.secure,
        httponly=True,
        samesite="strict",
    )

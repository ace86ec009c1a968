"""The session's cookie, where one goes after signing in, and proving again who one is.

Answers: ``begin`` and ``finish`` give and take the cookie; ``onward`` is the page that was
asked for; ``require_fresh`` stands before a grave act.
Trusts: the store alone to know a token. A token that a browser brings to the sign-in is
never taken over: signing in always makes a new one (ASVS 7.2.4, session fixation).
Fails: ``ConfirmNeeded``, which leads to the page that asks for the password.
"""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.console.settings import Settings, room
from gateway.store import Right, Role, Session, SignIn, may

SESSION, STEP, JOURNEY = "session", "step", "journey"  # cookies

_TOKEN = re.compile(r"[A-Za-z0-9_-]{20,100}")
_OUR_PAGE = re.compile(r"/(?!log)[a-z][a-z-]{0,40}(?:/[a-z0-9][a-z0-9._-]{0,63}){0,3}")


class ConfirmNeeded(Exception):  # noqa: N818 - not an error: a step before the act
    """The person must prove again who they are, and comes back to ``back`` then."""

    def __init__(self, back: str) -> None:
        super().__init__()
        self.back = back


def is_page(path: str) -> bool:
    """Whether a text is the address of a page of ours, without its prefix."""
    return _OUR_PAGE.fullmatch(path) is not None


def token(request: Request, name: str = SESSION) -> str | None:
    """Return what one of our cookies holds, as the browser brought it."""
    brought = request.cookies.get(room(request).settings.cookie(name), "")
    return brought if _TOKEN.fullmatch(brought) else None


def give(request: Request, answer: Response, name: str, value: str, **more: object) -> None:
    """Put one of our cookies into an answer; it ends with the browser unless told."""
    settings = room(request).settings
    lasts, cross = more.get("lasts"), bool(more.get("cross_site"))
    answer.set_cookie(
        settings.cookie(name),
        value,
        max_age=int(lasts.total_seconds()) if isinstance(lasts, timedelta) else None,
        path="/",
        secure=settings.secure,
        httponly=True,
        samesite="lax" if cross else "strict",
    )


def take(request: Request, answer: Response, name: str) -> None:
    """Take one of our cookies back."""
    settings = room(request).settings
    answer.delete_cookie(
        settings.cookie(name), path="/", secure=settings.secure, httponly=True, samesite="strict"
    )


def home(role: Role) -> str:
    """The page that a role begins at."""
    return "/holds" if may(role, Right.VIEW_HOLDS) else "/accounts"


def onward(settings: Settings, wanted: str, role: Role) -> Response:
    """Go to the page that was asked for before signing in, if it is one of ours."""
    path = wanted if is_page(wanted) else home(role)
    return RedirectResponse(settings.prefix + path, status_code=303)


async def begin(request: Request, name: str, proved_by: tuple[str, ...], answer: Response) -> bool:
    """Start a session and give its cookie; False when the account was closed meanwhile."""
    here = room(request)
    how = SignIn(proved_by, client(request), request.headers.get("user-agent", ""))
    fresh = await here.store.open_session(name, here.settings.lasts, how)
    if fresh is None:
        return False
    if (former := token(request)) is not None:
        await here.store.close_session(former)
    give(request, answer, SESSION, fresh)
    return True


async def renew(request: Request, proved_by: tuple[str, ...], answer: Response) -> bool:
    """Give the session a new token, after its person proved again who they are."""
    former = token(request)
    fresh = await room(request).store.renew_session(former, proved_by) if former else None
    if fresh is not None:
        give(request, answer, SESSION, fresh)
    return fresh is not None


async def finish(request: Request, answer: Response) -> None:
    """End the session, here and in the browser."""
    if (former := token(request)) is not None:
        await room(request).store.close_session(former)
    take(request, answer, SESSION)
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'


def client(request: Request) -> str:
    """The address that a request comes from."""
    return request.client.host if request.client else ""


def is_fresh(request: Request) -> bool:
    """Whether the person proved a moment ago who they are."""
    here, session = room(request), _session(request)
    return here.now() - session.fresh_at <= here.settings.fresh


def require_fresh(request: Request, persons: int | None = None, back: str = "") -> None:
    """Ask the person to prove again who they are, before a grave act (ASVS 7.5.3).

    Args:
        persons: in the mail that is released; None for an act that is always grave.
        back: the page to come back to, without the prefix; "" is where one begins.

    Raises: ConfirmNeeded: they did not within ``accounts.fresh``.
    """
    above = room(request).settings.fresh_above
    if (persons is None or persons > above) and not is_fresh(request):
        raise ConfirmNeeded(back)


def to_confirm(request: Request, error: ConfirmNeeded) -> Response:
    """Lead to the page that asks for the password, and back to where one was."""
    query = f"?{urlencode({'next': error.back})}" if is_page(error.back) else ""
    return RedirectResponse(f"{room(request).settings.prefix}/confirm{query}", status_code=303)


def _session(request: Request) -> Session:
    found: Session = request.state.session
    return found

"""Signing in and out.

Answers: the form, its checking, and the end of a session.
Trusts: nothing that is typed: it is not shown again, not logged, and limited in length.
Fails: with one sentence for a wrong name and a wrong password alike, after the same time;
429 for whoever tries too often.
"""

from __future__ import annotations

import asyncio
from urllib.parse import parse_qs

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.console import sessions
from gateway.console.passwords import MOST_CHARS, matches
from gateway.console.settings import room
from gateway.console.throttle import WINDOW_S
from gateway.console.views import page

log = structlog.get_logger(__name__)

FORM_BYTES = 8 * 1024
FORM_S = 10.0  # a form that takes longer to arrive is given up
_FORM_TYPE = "application/x-www-form-urlencoded"


async def form(request: Request) -> Response:
    """Show the form."""
    return page(request, "login.html", problem="", next=request.query_params.get("next", ""))


async def sign_in(request: Request) -> Response:
    """Check what was typed; a right password starts a new session."""
    here = room(request)
    typed = await _typed(request)
    name, password = typed.get("name", "").strip().casefold(), typed.get("password", "")
    wanted = typed.get("next", "")
    address = request.client.host if request.client else ""
    if not here.throttle.admits(name, address):
        log.warning("sign-in-throttled", client=address)
        answer: Response = _again(request, "too-often", wanted, 429)
        answer.headers["Retry-After"] = str(int(WINDOW_S))
        return answer
    answer = sessions.onward(here.settings, wanted)
    if not (await _right(request, name, password) and await sessions.begin(request, name, answer)):
        log.warning("sign-in-refused", client=address)
        return _again(request, "wrong", wanted, 403)
    here.throttle.forgive(name, address)
    log.info("signed-in", user=name, client=address)
    return answer


async def sign_out(request: Request) -> Response:
    """End the session."""
    answer = RedirectResponse(f"{room(request).settings.prefix}/login", status_code=303)
    await sessions.finish(request, answer)
    return answer


async def _right(request: Request, name: str, password: str) -> bool:
    here = room(request)
    known = name.isascii() and name.isprintable() and len(password) <= MOST_CHARS
    kept = await here.store.password_hash(name) if known else None
    async with here.checks:
        return await asyncio.to_thread(matches, kept, password[:MOST_CHARS])


def _again(request: Request, problem: str, wanted: str, status: int) -> Response:
    return page(request, "login.html", status=status, problem=problem, next=wanted)


async def _typed(request: Request) -> dict[str, str]:
    """Return the form's fields, each once."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM_TYPE:
        raise HTTPException(400)
    try:
        async with asyncio.timeout(FORM_S):
            body = await _body(request)
        fields = parse_qs(body.decode("ascii"), max_num_fields=10)
    except (TimeoutError, ValueError):
        raise HTTPException(400) from None
    return {name: values[0] for name, values in fields.items()}


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > FORM_BYTES:
            raise HTTPException(413)
    return bytes(body)

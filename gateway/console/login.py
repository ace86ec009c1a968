"""Signing in and out: the password, then the second factor where there is one.

Answers: the forms, their checking, proving again who one is, and the end of a session.
Trusts: nothing that is typed: it is not shown again, not logged, and limited in length.
Fails: with one sentence for a wrong name and a wrong password alike, after the same work
(an unknown name costs an argon2 and an audit entry, too); 429 for whoever tries too often.
Standards: OWASP ASVS 5.0 6.3, 6.5, 6.6, 7.2, 7.5.3.
"""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.console import forms, one_time, sessions
from gateway.console.passwords import MOST_CHARS, matches
from gateway.console.settings import room
from gateway.console.throttle import Admission
from gateway.console.views import page
from gateway.errors import NotFoundError
from gateway.store import Session, Ticket, TicketKind, User, is_name
from gateway.store.sessions import ONE_TIME_CODE, PASSWORD, RECOVERY_CODE

log = structlog.get_logger(__name__)

STEP = timedelta(minutes=5)  # between the password and the code


async def form(request: Request) -> Response:
    """Show the form."""
    return _form(request, "", request.query_params.get("next", ""), 200)


async def sign_in(request: Request) -> Response:
    """Check what was typed; a right password starts a session, or asks for the code."""
    typed = await forms.small(request)
    name, wanted = typed.one("name").strip().casefold(), typed.one("next")
    refused = await throttled(request, name)
    if refused:
        return _form(request, "too-often", wanted, 429)
    if not await right_password(request, name, typed.one("password")):
        await note_failure(request, name, "sign-in-failed")
        return _form(request, "wrong", wanted, 403)
    return await proceed(request, name, (PASSWORD,), wanted)


async def proceed(request: Request, name: str, by: tuple[str, ...], wanted: str) -> Response:
    """Go on after the first factor: to the code, or in."""
    here = room(request)
    user = await here.store.user(name)
    if user.second_factor and len(by) == 1:
        said = json.dumps({"by": by[0], "next": wanted}).encode()
        ticket = Ticket(name, here.vault.seal(f"step:{name}", said))
        token = await here.store.issue_ticket(TicketKind.SECOND_FACTOR, STEP, ticket)
        answer: Response = RedirectResponse(f"{here.settings.prefix}/login/code", status_code=303)
        sessions.give(request, answer, sessions.STEP, token, lasts=STEP)
        return answer
    return await _enter(request, user, by, wanted)


async def _enter(request: Request, user: User, by: tuple[str, ...], wanted: str) -> Response:
    here = room(request)
    answer = sessions.onward(here.settings, wanted, user.role)
    if not await sessions.begin(request, user.name, by, answer):
        return _form(request, "wrong", wanted, 403)
    await here.throttle.forgive(user.name, sessions.client(request))
    log.info("signed-in", user=user.name, by=list(by), client=sessions.client(request))
    return answer


# ------------------------------------------------------------------ the second factor


async def code_form(request: Request) -> Response:
    """Ask for the code of somebody whose password was right."""
    if await _half(request) is None:
        return _to_login(request)
    return page(request, "login-code.html", problem="")


async def code(request: Request) -> Response:
    """Check the code; a right one ends the sign-in, whichever way it began."""
    typed = (await forms.small(request)).one("code")
    half = await _half(request)
    if half is None:
        return _to_login(request)
    name, first, wanted = half
    if await throttled(request, name):
        return page(request, "login-code.html", status=429, problem="too-often")
    second = await right_code(request, name, typed)
    if second is None:
        await note_failure(request, name, "second-factor-failed")
        return page(request, "login-code.html", status=403, problem="wrong")
    token = sessions.token(request, sessions.STEP) or ""
    if not await room(request).store.spend_ticket(TicketKind.SECOND_FACTOR, token):
        return _to_login(request)
    answer = await _enter(request, await room(request).store.user(name), (first, second), wanted)
    sessions.take(request, answer, sessions.STEP)
    return answer


async def _half(request: Request) -> tuple[str, str, str] | None:
    """Return who is half signed in, by what, and where they want to go."""
    here, brought = room(request), sessions.token(request, sessions.STEP)
    ticket = await here.store.ticket(TicketKind.SECOND_FACTOR, brought) if brought else None
    if ticket is None or ticket.user_name is None:
        return None
    said = here.vault.open(f"step:{ticket.user_name}", ticket.sealed)
    if said is None:
        return None
    found = json.loads(said)
    return ticket.user_name, found["by"], found["next"]


async def right_code(request: Request, name: str, typed: str) -> str | None:
    """Return what a code proves, and use it up; None when it is wrong or was used before."""
    here = room(request)
    recovery = one_time.recovery_code(typed)
    if recovery is not None:
        return RECOVERY_CODE if await here.store.take_recovery_code(name, recovery) else None
    sealed = await here.store.factor_secret(name)
    secret = here.vault.open(f"factor:{name}", sealed) if sealed else None
    step = one_time.step_of(secret, typed, here.now()) if secret else None
    return ONE_TIME_CODE if step is not None and await here.store.take_step(name, step) else None


# ------------------------------------------------------------------ proving it again


async def confirm_form(request: Request) -> Response:
    """Ask who is signed in for the password, and the code where there is one."""
    return _confirm(request, "", request.query_params.get("next", ""), 200)


async def confirm(request: Request) -> Response:
    """Check both; then the session goes on under a new token."""
    typed = await forms.small(request)
    session, wanted = _signed_in(request), typed.one("next")
    name = session.user.name
    if await throttled(request, name):
        return _confirm(request, "too-often", wanted, 429)
    proved = await _proved_again(request, session, typed)
    if proved is None:
        await note_failure(request, name, "confirmation-failed")
        return _confirm(request, "wrong", wanted, 403)
    answer = sessions.onward(room(request).settings, wanted, session.user.role)
    await sessions.renew(request, proved, answer)
    await room(request).throttle.forgive(name, sessions.client(request))
    return answer


async def _proved_again(
    request: Request, session: Session, typed: forms.Typed
) -> tuple[str, ...] | None:
    """Both factors where there are two: a stolen session has neither."""
    user = session.user
    if not await right_password(request, user.name, typed.one("password")):
        return None
    if not user.second_factor:
        return (PASSWORD,)
    second = await right_code(request, user.name, typed.one("code"))
    return None if second is None else (PASSWORD, second)


def _confirm(request: Request, problem: str, wanted: str, status: int) -> Response:
    provided = room(request).provider is not None
    values = {"problem": problem, "next": wanted, "provider": provided}
    return page(request, "confirm.html", status=status, **values)


# ------------------------------------------------------------------ out


async def sign_out(request: Request) -> Response:
    """End the session; what the browser still holds of its pages goes with it."""
    answer = _to_login(request)
    await sessions.finish(request, answer)
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'  # not the cookie of the language
    return answer


# ------------------------------------------------------------------ steps


async def right_password(request: Request, name: str, password: str) -> bool:
    """Whether a password is an account's; as slow for one that does not exist."""
    here = room(request)
    known = is_name(name) and len(password) <= MOST_CHARS
    kept = await here.store.password_hash(name) if known else None
    async with here.checks:
        return await asyncio.to_thread(matches, kept, password[:MOST_CHARS])


async def throttled(request: Request, name: str) -> bool:
    """Count an attempt; True when there were too many."""
    client = sessions.client(request)
    admission = await room(request).throttle.admits(name, client)
    if admission is Admission.ADMITTED:
        return False
    log.warning("sign-in-throttled", client=client)
    if admission is Admission.LOCKED:
        await note_failure(request, name, "sign-in-locked")
    return True


async def note_failure(request: Request, name: str, action: str) -> None:
    """Record what failed, under the account's name if there is such an account."""
    client = sessions.client(request)
    log.warning("sign-in-refused", step=action, client=client)
    await room(request).store.note_sign_in(name, action, client)


def _form(request: Request, problem: str, wanted: str, status: int) -> Response:
    here = room(request)
    values = {"problem": problem, "next": wanted, "provider": here.provider is not None}
    answer = page(request, "login.html", status=status, **values)
    if status == 429:
        window = here.settings.attempts_window
        answer.headers["Retry-After"] = str(int(window.total_seconds()))
    return answer


def _to_login(request: Request) -> Response:
    return RedirectResponse(f"{room(request).settings.prefix}/login", status_code=303)


def _signed_in(request: Request) -> Session:
    found: Session = request.state.session
    return found


async def account_of(request: Request, name: str) -> User | None:
    """Return an account by name, or None."""
    try:
        return await room(request).store.user(name)
    except NotFoundError:
        return None

"""One's own account: password, second factor, sessions, tokens.

Answers: the pages below ``/account`` that everybody has.
Trusts: the session for who it is; a new password, second factor or token asks to prove it
again first.
Fails: with the same page and a sentence. Recovery codes and tokens are shown once, in the
answer to the act, and cannot be had again.
"""

from __future__ import annotations

import asyncio
import io
from datetime import timedelta

import segno
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.console import forms, one_time, sessions
from gateway.console.login import right_password, throttled
from gateway.console.passwords import hash_password
from gateway.console.sessions import require_fresh
from gateway.console.settings import room
from gateway.console.views import page
from gateway.errors import UsageError
from gateway.store import Right, Session, Ticket, TicketKind, rights_of
from gateway.store.api_tokens import PEOPLE_ONLY
from gateway.store.sessions import ONE_TIME_CODE, PASSWORD

ENROLMENT = timedelta(minutes=10)
TOKEN_DAYS = (30, 90, 365)  # how long a token may last


async def overview(request: Request) -> Response:
    """Show what one's account is, and what opens it."""
    return await _overview(request)


async def _overview(request: Request, status: int = 200, **told: object) -> Response:
    here, session = room(request), _session(request)
    name = session.user.name
    values: dict[str, object] = {"problem": "", "token": ""}
    return page(
        request,
        "account.html",
        status=status,
        here="account",
        mine=session,
        sessions=await here.store.sessions_of(name, here.settings.idle),
        tokens=await here.store.tokens(name),
        codes_left=await here.store.recovery_codes_left(name),
        scopes=sorted(rights_of(session.user.role) - PEOPLE_ONLY),
        days=TOKEN_DAYS,
        **(values | told),
    )


async def change_password(request: Request) -> Response:
    """Put a new password in; every session ends, and one signs in anew."""
    typed = await forms.small(request)
    here, name = room(request), _session(request).user.name
    if await throttled(request, name):
        return await _overview(request, 429, problem="too-often")
    if not await right_password(request, name, typed.one("password")):
        return await _overview(request, 403, problem="wrong-password")
    try:
        async with here.checks:
            kept = await asyncio.to_thread(hash_password, typed.one("new"))
    except UsageError:
        return await _overview(request, 400, problem="weak-password")
    await here.store.set_password(name, kept, actor=f"user:{name}")
    await here.throttle.forgive(name, sessions.client(request))
    answer = RedirectResponse(f"{here.settings.prefix}/login", status_code=303)
    sessions.take(request, answer, sessions.SESSION)
    return answer


async def end_session(request: Request) -> Response:
    """End one of one's sessions, or all others."""
    typed = await forms.small(request)
    here, session = room(request), _session(request)
    wanted = typed.one("session")
    if wanted == "others":
        for other in await here.store.sessions_of(session.user.name, here.settings.idle):
            if other.session_id != session.session_id:
                await _end(request, other.session_id)
    else:
        await _end(request, wanted)
    return RedirectResponse(f"{here.settings.prefix}/account", status_code=303)


async def _end(request: Request, session_id: str) -> None:
    user = _session(request).user
    await room(request).store.end_sessions(user.name, session_id, actor=user.recorded)


# ------------------------------------------------------------------ the second factor


async def enrol_form(request: Request) -> Response:
    """Show a fresh secret as a QR code, and ask for its first code."""
    require_fresh(request, back="/account/second-factor")
    return await _enrolment(request, "")


async def _enrolment(request: Request, problem: str, status: int = 200) -> Response:
    here, name = room(request), _session(request).user.name
    secret = one_time.new_secret()
    ticket = Ticket(name, here.vault.seal(f"enrolment:{name}", secret))
    token = await here.store.issue_ticket(TicketKind.ENROLMENT, ENROLMENT, ticket)
    uri = one_time.enrolment_uri(secret, name, "Sekisho")
    values = {"qr": _qr(uri), "spelled": one_time.spelled(secret), "ticket": token}
    return page(request, "second-factor.html", status=status, problem=problem, codes=(), **values)


async def enrol(request: Request) -> Response:
    """Check the first code; then show the recovery codes, this once."""
    typed = await forms.small(request)
    here, session = room(request), _session(request)
    name, token = session.user.name, typed.one("ticket")
    require_fresh(request, back="/account/second-factor")
    ticket = await here.store.ticket(TicketKind.ENROLMENT, token)
    secret = None
    if ticket is not None and ticket.user_name == name:
        secret = here.vault.open(f"enrolment:{name}", ticket.sealed)
    step = one_time.step_of(secret, typed.one("code"), here.now()) if secret else None
    if secret is None or step is None:
        return await _enrolment(request, "wrong", 403)
    if not await here.store.spend_ticket(TicketKind.ENROLMENT, token):
        return await _enrolment(request, "wrong", 403)
    codes = one_time.new_recovery_codes()
    await here.store.enrol(name, here.vault.seal(f"factor:{name}", secret), step, codes)
    return await _show_codes(request, codes)


async def renew_codes(request: Request) -> Response:
    """Put new recovery codes in the old ones' place, and show them this once."""
    await forms.small(request)
    require_fresh(request, back="/account")
    if not _session(request).user.second_factor:
        raise UsageError("there is no second factor")
    codes = one_time.new_recovery_codes()
    await room(request).store.renew_recovery_codes(_session(request).user.name, codes)
    return await _show_codes(request, codes)


async def _show_codes(request: Request, codes: list[str]) -> Response:
    session = _session(request)
    answer = page(
        request, "second-factor.html", problem="", codes=codes, qr="", spelled="", ticket=""
    )
    first = session.proved_by[0] if session.proved_by else PASSWORD
    await sessions.renew(request, (first, ONE_TIME_CODE), answer)
    return answer


def _qr(uri: str) -> str:
    """Draw a QR code as SVG, here: the secret goes to no other service."""
    drawn = io.BytesIO()
    segno.make(uri, error="m").save(
        drawn, kind="svg", scale=5, xmldecl=False, svgns=True, nl=False, svgclass=None,
        lineclass=None, omitsize=False, dark="#000", light="#fff",
    )  # fmt: skip
    return drawn.getvalue().decode("utf-8")


# ------------------------------------------------------------------ tokens for programs


async def make_token(request: Request) -> Response:
    """Make a token for a program, and show it this once."""
    typed = await forms.small(request)
    require_fresh(request, back="/account")
    here, name = room(request), _session(request).user.name
    days = typed.one("days")
    known = [Right(r) for r in typed.get("scope", []) if r in set(Right)]
    try:
        if days not in map(str, TOKEN_DAYS):
            raise UsageError("a token lasts for one of the times that are offered")
        made = await here.store.make_token(
            name, typed.one("label"), known, timedelta(days=int(days))
        )
    except UsageError:
        return await _overview(request, 400, problem="token-refused")
    return await _overview(request, token=made)


async def revoke_token(request: Request) -> Response:
    """End one of one's tokens."""
    typed = await forms.small(request)
    here, user = room(request), _session(request).user
    await here.store.revoke_token(typed.one("token"), actor=user.recorded, name=user.name)
    return RedirectResponse(f"{here.settings.prefix}/account", status_code=303)


def _session(request: Request) -> Session:
    found: Session = request.state.session
    return found

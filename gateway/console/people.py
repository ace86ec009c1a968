"""The accounts' pages: who there is, what they may do, and what an administrator can do.

Answers: the list and one account, with its acts. An auditor sees the same and does nothing.
Trusts: the session for who does it. Whatever gives somebody rights asks to prove it again.
Fails: 404 for an account that is not there; the same page with a sentence for what may not
be, such as taking the last administrator away.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.console import forms
from gateway.console.access import require
from gateway.console.sessions import require_fresh
from gateway.console.settings import Room, room
from gateway.console.views import page
from gateway.errors import UsageError
from gateway.store import GRANTED_FOR, Right, Role, Ticket, TicketKind, User

WELCOME = timedelta(days=7)  # how long a link to choose a password is good

_Act = Callable[[Room, str, forms.Typed, str], Awaitable[str]]


async def listed(request: Request) -> Response:
    """Show every account, with what needs attention marked."""
    here = room(request)
    found = await here.store.users()
    now = here.now()
    return page(
        request,
        "accounts.html",
        here="accounts",
        rows=[(user, user.state(now)) for user in found],
        lapsing=[user for user in found if user.state(now) == "lapsing"],
        roles=list(Role),
        departments=here.settings.departments.names,
        problem="",
    )


async def add(request: Request) -> Response:
    """Make an account, and show the link with which its person chooses a password."""
    typed = await forms.small(request)
    require_fresh(request, back="/accounts")
    here, actor = room(request), request.state.user.recorded
    try:
        role = _role(typed.one("role"))
        name = typed.one("name").strip().casefold()
        addresses = tuple(typed.one("addresses").split())
        person = typed.one("person").strip().casefold()
        user = User(name, role, "", addresses, tuple(typed.get("department", [])), person)
        await here.store.add_user(user, "", actor=actor)
    except UsageError:
        return await _one(request, None, problem="cannot-be")
    return await _one(request, user.name, link=await _link(here, user.name))


async def one(request: Request) -> Response:
    """Show one account."""
    return await _one(request, request.path_params["name"])


async def act(request: Request) -> Response:
    """Do one act on an account."""
    typed = await forms.small(request)
    require(request, Right.MANAGE_ACCOUNTS)
    name, wanted = request.path_params["name"], _ACTS.get(request.path_params["act"])
    if wanted is None:
        raise HTTPException(404)
    require_fresh(request, back=f"/accounts/{name}")
    here = room(request)
    await here.store.user(name)
    try:
        link = await wanted(here, name, typed, request.state.user.recorded)
    except UsageError:
        return await _one(request, name, problem="cannot-be")
    if link:
        return await _one(request, name, link=link)
    return RedirectResponse(f"{here.settings.prefix}/accounts/{name}", status_code=303)


async def _one(request: Request, name: str | None, problem: str = "", link: str = "") -> Response:
    here = room(request)
    status = 400 if problem else 200
    user = await here.store.user(name) if name is not None else None
    return page(
        request,
        "person.html",
        status=status,
        here="accounts",
        person=user,
        state=user.state(here.now()) if user else "",
        sessions=await here.store.sessions_of(name, here.settings.idle) if name else [],
        tokens=await here.store.tokens(name) if name else [],
        roles=list(Role),
        departments=sorted({*here.settings.departments.names, *(user.departments if user else ())}),
        problem=problem,
        link=link,
    )


# ------------------------------------------------------------------ the acts


async def _disable(here: Room, name: str, typed: forms.Typed, actor: str) -> str:
    await here.store.disable_user(name, actor=actor)
    return ""


async def _enable(here: Room, name: str, typed: forms.Typed, actor: str) -> str:
    await here.store.enable_user(name, actor=actor)
    return ""


async def _grant(here: Room, name: str, typed: forms.Typed, actor: str) -> str:
    await here.store.grant_user(name, here.now() + GRANTED_FOR, actor=actor)
    return ""


async def _assign(here: Room, name: str, typed: forms.Typed, actor: str) -> str:
    role, theirs = _role(typed.one("role")), typed.get("department", [])
    await here.store.assign_user(name, actor=actor, role=role, departments=theirs)
    return ""


async def _identify(here: Room, name: str, typed: forms.Typed, actor: str) -> str:
    await here.store.identify_user(
        name, actor=actor, person=typed.one("person"), addresses=typed.one("addresses").split()
    )
    return ""


async def _reset_factor(here: Room, name: str, typed: forms.Typed, actor: str) -> str:
    await here.store.reset_factor(name, actor=actor)
    await here.store.end_sessions(name, actor=actor)
    return ""


async def _end_sessions(here: Room, name: str, typed: forms.Typed, actor: str) -> str:
    await here.store.end_sessions(name, typed.one("session") or None, actor=actor)
    return ""


async def _revoke_token(here: Room, name: str, typed: forms.Typed, actor: str) -> str:
    await here.store.revoke_token(typed.one("token"), actor=actor, name=name)
    return ""


async def _new_password(here: Room, name: str, typed: forms.Typed, actor: str) -> str:
    """The old password is gone at once: whoever asks for this may have lost it to somebody."""
    await here.store.set_password(name, "", actor=actor)
    return await _link(here, name)


_ACTS: dict[str, _Act] = {
    "disable": _disable,
    "enable": _enable,
    "grant": _grant,
    "assign": _assign,
    "identify": _identify,
    "reset-second-factor": _reset_factor,
    "end-sessions": _end_sessions,
    "revoke-token": _revoke_token,
    "new-password": _new_password,
}


async def _link(here: Room, name: str) -> str:
    token = await here.store.issue_ticket(TicketKind.WELCOME, WELCOME, Ticket(name))
    return f"{here.settings.url}/welcome?key={token}"


def _role(text: str) -> Role:
    try:
        return Role(text)
    except ValueError:
        raise UsageError("there is no such role") from None

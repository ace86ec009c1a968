"""The links that open an account for the first time.

Answers: the page behind a link: the first administrator chooses a name and a password,
while there is no account at all; a person whose account was made chooses a password.
Trusts: whoever has the link, once, until it is over. Opening the page does nothing: mail
scanners follow links.
Fails: 404 for a link that is over, spent, or none; 429 for whoever tries many.
Standards: OWASP ASVS 5.0 6.4.1.
"""

from __future__ import annotations

import asyncio
import re

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.console import forms
from gateway.console.login import throttled
from gateway.console.passwords import hash_password
from gateway.console.settings import Room, room
from gateway.console.views import page
from gateway.errors import UsageError
from gateway.store import Role, Ticket, TicketKind, User

_KEY = re.compile(r"[A-Za-z0-9_-]{43}")


async def form(request: Request) -> Response:
    """Show what there is to choose."""
    key = request.query_params.get("key", "")
    _, ticket = await _opened(request, key)
    return _form(request, key, ticket, "", 200)


async def begin(request: Request) -> Response:
    """Make the first account, or give an account its password; the link is spent."""
    typed = await forms.small(request)
    key = typed.one("key")
    if await throttled(request, f"link {key}"):
        raise HTTPException(429)
    kind, ticket = await _opened(request, key)
    here = room(request)
    try:
        async with here.checks:
            kept = await asyncio.to_thread(hash_password, typed.one("password"))
        done = await _open(here, kind, ticket, key, typed.one("name"), kept)
    except UsageError:
        return _form(request, key, ticket, "cannot-be", 400)
    if not done:
        raise HTTPException(404)
    return RedirectResponse(f"{here.settings.prefix}/login", status_code=303)


async def _open(
    here: Room, kind: TicketKind, ticket: Ticket, key: str, name: str, kept: str
) -> bool:
    if kind is TicketKind.FIRST:
        user = User(name.strip().casefold(), Role.ADMINISTRATOR)
        return await here.store.begin_with(key, user, kept)
    if ticket.user_name is None or not await here.store.spend_ticket(kind, key):
        return False
    await here.store.set_password(ticket.user_name, kept, actor=f"user:{ticket.user_name}")
    return True


async def _opened(request: Request, key: str) -> tuple[TicketKind, Ticket]:
    """Return what a link opens, or raise 404."""
    store = room(request).store
    for kind in (TicketKind.FIRST, TicketKind.WELCOME) if _KEY.fullmatch(key) else ():
        ticket = await store.ticket(kind, key)
        if ticket is not None and not (kind is TicketKind.FIRST and await store.users()):
            return kind, ticket
    raise HTTPException(404)


def _form(request: Request, key: str, ticket: Ticket, problem: str, status: int) -> Response:
    values = {"key": key, "name": ticket.user_name or "", "problem": problem}
    return page(request, "welcome.html", status=status, **values)

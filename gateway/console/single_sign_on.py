"""Signing in at the identity provider: the way there, and back.

Answers: two addresses. ``leave`` sends the browser to the provider and remembers the journey
in a ticket of ten minutes; ``back`` spends it, asks the provider who came, and signs in.
Trusts: ``oidc.Provider``. An account is tied to issuer and sub; a name or an address of the
person opens nothing that a password opens, and is asked at the first sign-in only.
Fails: the sign-in page with one sentence; the cause is a word in the log.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime, timedelta

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.console import login, sessions
from gateway.console.oidc.fetch import OidcError
from gateway.console.oidc.provider import Journey, Person, Provider
from gateway.console.settings import room
from gateway.console.views import page
from gateway.errors import SekishoError, StoreError
from gateway.store import Ticket, TicketKind, User, is_name
from gateway.store.sessions import PROVIDERS_FACTORS, SINGLE_SIGN_ON

log = structlog.get_logger(__name__)

AWAY = timedelta(minutes=10)
_ACTOR = "single-sign-on"


async def leave(request: Request) -> Response:
    """Send the browser to the provider."""
    here, provider = room(request), _provider(request)
    wanted, again = request.query_params.get("next", ""), "again" in request.query_params
    try:
        url, journey = await provider.begin(_back_url(request), fresh=again)
    except OidcError as error:
        return await _refused(request, error)
    said = {"journey": asdict(journey), "next": wanted, "began": here.now().isoformat()}
    ticket = Ticket(None, here.vault.seal("journey", json.dumps(said).encode()))
    token = await here.store.issue_ticket(TicketKind.PROVIDER, AWAY, ticket)
    answer = RedirectResponse(url, status_code=303)
    sessions.give(request, answer, sessions.JOURNEY, token, lasts=AWAY, cross_site=True)
    return answer


async def back(request: Request) -> Response:
    """Take the browser back from the provider, and sign its person in."""
    provider = _provider(request)
    try:
        journey, wanted, began = await _journey(request)
        brought = dict(request.query_params)
        person = await provider.finish(journey, _back_url(request), brought, began)
        user = await _account(request, provider, person)
        by = (SINGLE_SIGN_ON, *([PROVIDERS_FACTORS] if person.second_factor else []))
        if journey.fresh:
            answer = await _again(request, user, by, wanted)
        else:
            answer = await login.proceed(request, user.name, by, wanted)
    except StoreError:
        raise
    except SekishoError as error:
        return await _refused(request, error)
    return _settled(request, answer)


async def _journey(request: Request) -> tuple[Journey, str, datetime]:
    """Return what was remembered, and spend it: one way back for each way there."""
    here, brought = room(request), sessions.token(request, sessions.JOURNEY)
    ticket = await here.store.ticket(TicketKind.PROVIDER, brought) if brought else None
    if not brought or ticket is None:
        raise OidcError("journey-unknown")
    if not await here.store.spend_ticket(TicketKind.PROVIDER, brought):
        raise OidcError("journey-spent")
    said = here.vault.open("journey", ticket.sealed)
    if said is None:
        raise OidcError("journey-unreadable")
    found = json.loads(said)
    return Journey(**found["journey"]), found["next"], datetime.fromisoformat(found["began"])


async def _account(request: Request, provider: Provider, person: Person) -> User:
    """Return the account of a person, in the role that their groups give now."""
    store, mine = room(request).store, provider.settings
    role = mine.role_of(person.groups)
    if mine.roles and role is None:
        raise OidcError("no-group-gives-a-role")
    user = await store.user_of_subject(person.subject)
    if user is None:
        user = await _first_time(request, provider, person)
    if user.state(room(request).now()) in ("disabled", "lapsed"):
        raise OidcError("account-closed")
    if role is not None and role is not user.role:
        await store.assign_user(user.name, actor=_ACTOR, role=role)
        user = await store.user(user.name)
    return user


async def _first_time(request: Request, provider: Provider, person: Person) -> User:
    store, mine = room(request).store, provider.settings
    if not is_name(person.name):
        raise OidcError("name-cannot-be-an-account's")
    role = mine.role_of(person.groups)
    if await login.account_of(request, person.name) is None and mine.create and role is not None:
        await store.add_user(User(person.name, role, single_sign_on=True), "", actor=_ACTOR)
    if not await store.tie_user(person.name, person.subject):
        raise OidcError("no-account-waits-for-them")
    return await store.user(person.name)


async def _again(request: Request, user: User, by: tuple[str, ...], wanted: str) -> Response:
    """Make the session fresh, if it is this very person's."""
    here, token = room(request), sessions.token(request)
    session = await here.store.session(token, here.settings.idle) if token else None
    if session is None or session.user.name != user.name:
        raise OidcError("somebody-else-came-back")
    answer = sessions.onward(here.settings, wanted, user.role)
    proved = tuple(dict.fromkeys((*by, *session.proved_by)))
    if not await sessions.renew(request, proved, answer):
        raise OidcError("session-over")
    return answer


def _settled(request: Request, answer: Response) -> Response:
    """Go on from a page of ours: a browser keeps strict cookies back on another site's way."""
    onward = page(request, "onward.html", to=answer.headers["location"])
    for name, value in answer.raw_headers:
        if name == b"set-cookie":
            onward.raw_headers.append((name, value))
    sessions.take(request, onward, sessions.JOURNEY)
    return onward


async def _refused(request: Request, error: Exception) -> Response:
    log.warning("single-sign-on-refused", cause=str(error), client=sessions.client(request))
    await room(request).store.note_sign_in("", "single-sign-on-failed", sessions.client(request))
    values = {"problem": "provider", "next": "", "provider": True}
    answer = page(request, "login.html", status=403, **values)
    sessions.take(request, answer, sessions.JOURNEY)
    return answer


def _provider(request: Request) -> Provider:
    provider = room(request).provider
    if provider is None:
        raise HTTPException(404)
    return provider


def _back_url(request: Request) -> str:
    return f"{room(request).settings.url}/login/provider/back"

"""Who asks: a bearer token, its account, and how often.

Answers: ``Door.enter`` gives the ``Account`` that a request speaks for.
Trusts: the ``Authorization`` header alone; a cookie, a query parameter and a name in a body
say nothing here. Rights are looked up at every request, so a revoked token, a closed account
and another role count at once.
Fails: ``TroubleError``: 401 without a token that opens something, 429 for whoever tries many or
asks too often. Wrong tokens count by address; a token that has opened something goes on being
heard, so that a neighbour's mistakes silence nobody.
Standards: RFC 6750 2.1 and 3; OWASP ASVS 5.0 6.3.1, 2.4.1.
"""

from __future__ import annotations

import structlog
from starlette.requests import Request

from gateway.console.access import authenticate_token
from gateway.console.api.pace import Pace
from gateway.console.api.problems import TroubleError
from gateway.console.sessions import client
from gateway.console.settings import Room
from gateway.console.throttle import network
from gateway.store import Account
from gateway.store.opaque import digest

log = structlog.get_logger(__name__)

_CHALLENGE = 'Bearer realm="sekisho"'
_KNOWN = 10_000  # tokens that are remembered to have opened something


class Door:
    """What stands before every operation."""

    def __init__(self, here: Room) -> None:
        told = here.settings
        self._here = here
        self._asked = Pace(told.api.requests)
        self._wrong = Pace(told.attempts_per_address, told.attempts_window.total_seconds())
        self._known: set[str] = set()  # digests

    async def enter(self, request: Request) -> Account:
        """Return whom a request speaks for."""
        headers = request.headers.getlist("authorization")
        if not headers:
            raise TroubleError("no-token", headers={"WWW-Authenticate": _CHALLENGE})
        header, address = headers[0], network(client(request))
        mark = digest(header)
        if self._wrong.over(address) and mark not in self._known:
            raise self._too_many(self._wrong)
        account = await authenticate_token(self._here, header) if len(headers) == 1 else None
        if account is None:
            await self._refuse(address, client(request))
            raise self._wrong_token()
        if self._asked.count(account.token_id) > self._asked.most:
            raise self._too_many(self._asked)
        self._known = {mark} if len(self._known) >= _KNOWN else self._known | {mark}
        return account

    async def _refuse(self, address: str, said: str) -> None:
        """Count a wrong token; the first one too many is recorded."""
        if self._wrong.count(address) == self._wrong.most + 1:
            log.warning("tokens-guessed", client=said)
            await self._here.store.note_sign_in("", "token-guessed", said)

    def _wrong_token(self) -> TroubleError:
        challenge = f'{_CHALLENGE}, error="invalid_token"'
        return TroubleError("wrong-token", headers={"WWW-Authenticate": challenge})

    def _too_many(self, pace: Pace) -> TroubleError:
        return TroubleError("too-many", headers={"Retry-After": str(pace.left_s)})

"""What holds for every answer and every request, whatever page they belong to.

Answers: ``Guard``, an ASGI layer around the whole application: it puts the security headers
on every answer, error pages included, refuses a host that is not ours, what another site
made the browser send, and bodies that are too large.
Trusts: ``Sec-Fetch-Site``, which no script can set; where an old browser does not send it,
``Origin``. A request that changes something and has neither is refused. Under ``/api/``
neither is asked, since no cookie counts there: a browser does not add a token by itself.
Fails: closed, with 400, 403 or 413.
Standards: Fetch Metadata, RFC 6454, RFC 9110 7.2 (Host); OWASP ASVS 5.0 3.4, 3.5, 4.1.
"""

from __future__ import annotations

from collections.abc import Callable

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.console.headers import FRAME as FRAME
from gateway.console.headers import FRAME_STYLE as FRAME_STYLE
from gateway.console.headers import headers_for
from gateway.console.settings import Settings

API = "/api/"  # under it stand the addresses for programs
BODY_BYTES = 1024 * 1024  # of any request; forms have a narrower limit of their own
_HARMLESS = ("GET", "HEAD", "OPTIONS")
_OWN_FETCH = ("same-origin", "none")  # none: the person themself, not a page

Refusal = Callable[[Request, int], Response]


class Guard:
    """The layer around the application."""

    def __init__(self, app: ASGIApp, settings: Settings, refusal: Refusal) -> None:
        self._app = app
        self._settings = settings
        self._origins = settings.origins
        self._home = next(iter(self._origins.values()))
        self._refusal = refusal  # the page that a refused request gets

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request = Request(scope)
        origin = self._origins.get(request.headers.get("host", "").lower(), self._home)
        path = request.url.path

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                shown = path if message["status"] == 200 else ""  # a trouble's page is ours
                headers = headers_for(self._settings, origin, shown)
                MutableHeaders(scope=message).update(headers)
            await send(message)

        status = self._refused(request)
        app = self._app if status is None else self._refusal(request, status)
        await app(scope, _limited(receive), send_guarded)

    def _refused(self, request: Request) -> int | None:
        """The status that a request is refused with; None for one that may pass."""
        hosts = request.headers.getlist("host")
        if len(hosts) != 1 or hosts[0].lower() not in self._origins:
            return 400
        told = request.headers.get("content-length", "0")
        if not (told.isascii() and told.isdigit()) or int(told[:20]) > BODY_BYTES:
            return 413
        return None if self.is_own(request) else 403

    def is_own(self, request: Request) -> bool:
        """Whether a request is harmless, comes from a page of ours, or from a program."""
        if request.method in _HARMLESS:
            return True
        if request.url.path.startswith(self._settings.prefix + API):
            return True
        fetched = request.headers.get("sec-fetch-site")
        if fetched is not None:
            return fetched in _OWN_FETCH
        return request.headers.get("origin", "").lower() in self._origins.values()


def _limited(receive: Receive) -> Receive:
    """Count a body as it comes: its length may not have been told, or told wrongly."""
    taken = 0

    async def receive_limited() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > BODY_BYTES:
            raise HTTPException(413)
        return message

    return receive_limited

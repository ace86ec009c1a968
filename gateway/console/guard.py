"""What holds for every answer and every request, whatever page they belong to.

Answers: ``Guard``, an ASGI layer around the whole application: it puts the security headers
on every answer, error pages included, and refuses what another site made the browser send.
Trusts: ``Sec-Fetch-Site``, which no script can set; where an old browser does not send it,
``Origin``. A request that changes something and has neither is refused.
Fails: closed, with 403.
Standards: Fetch Metadata, RFC 6454, CSP Level 3, RFC 6797; OWASP ASVS 5.0 3.4 and 3.5.
"""

from __future__ import annotations

from collections.abc import Callable

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.console.settings import Settings

_HARMLESS = ("GET", "HEAD", "OPTIONS")
_OWN_FETCH = ("same-origin", "none")  # none: the person themself, not a page

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not "no-referrer": browsers then send "Origin: null" with our own forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "no-store",
}
_TLS_ONLY = {"Strict-Transport-Security": "max-age=31536000"}


class Guard:
    """The layer around the application."""

    def __init__(
        self, app: ASGIApp, settings: Settings, refusal: Callable[[Request], Response]
    ) -> None:
        self._app = app
        self._origins = settings.origins
        self._headers = _HEADERS | (_TLS_ONLY if settings.secure else {})
        self._refusal = refusal  # the page that a refused request gets

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self._headers)
            await send(message)

        request = Request(scope)
        app = self._app if self.is_own(request) else self._refusal(request)
        await app(scope, receive, send_guarded)

    def is_own(self, request: Request) -> bool:
        """Whether a request is harmless or comes from a page of ours."""
        if request.method in _HARMLESS:
            return True
        fetched = request.headers.get("sec-fetch-site")
        if fetched is not None:
            return fetched in _OWN_FETCH
        return request.headers.get("origin", "").lower() in self._origins

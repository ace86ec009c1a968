"""What holds for every request and answer of the sender's page.

Answers: ``Guard``, the layer around the application: security headers on every answer, and
no to a host that is not ours, to what another site made a browser send, to bodies that are
too large and to whoever asks too often.
Trusts: ``Sec-Fetch-Site``, which no script can set; where an old browser does not send it,
``Origin``. A request that changes something and has neither is refused.
Fails: closed, with 400, 403, 413 or 429.
Standards: CSP Level 3, Fetch Metadata, RFC 6454, RFC 6797; OWASP ASVS 5.0 3.4, 3.5.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.sender.room import Room
from gateway.sender.throttle import Throttle

BODY_BYTES = 16 * 1024  # a reason of 1000 characters, every one of them escaped
STYLE = (
    "body{margin:0 auto;max-width:40rem;padding:1rem;font:1rem/1.7 system-ui,sans-serif;"
    "color:#1c2733;background:#fff;overflow-wrap:anywhere}"
    "h1{font-size:1.35rem;line-height:1.4}h2{font-size:1.1rem;margin:1.5rem 0 .25rem}"
    "header{display:flex;justify-content:space-between;gap:1rem;color:#4a5866}"
    "dt{color:#4a5866;font-size:.9rem}dd{margin:0 0 .5rem}ul{padding-left:1.3rem}"
    ".doubt{border-left:.3rem solid #b3261e;padding:.25rem .75rem;background:#fdf0ef}"
    ".meant{font-weight:bold}form{margin:1rem 0}textarea{box-sizing:border-box;width:100%;"
    "font:inherit}button{font:inherit;width:100%;min-height:2.75rem;padding:.5rem 1rem;"
    "border:2px solid #1d4ed8;border-radius:.3rem;background:#1d4ed8;color:#fff;cursor:pointer}"
    "button.no{background:#fff;color:#1d4ed8}:focus-visible{outline:3px solid #b45309;"
    "outline-offset:2px}"
)
_HASH = b64encode(sha256(STYLE.encode()).digest()).decode()
HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_HASH}'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    # Not "no-referrer": browsers then send "Origin: null" with our own form.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "no-store",
}
_TLS_ONLY = {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"}
_HARMLESS = ("GET", "HEAD", "OPTIONS")


class Guard:
    """The layer around the application."""

    def __init__(self, app: ASGIApp, here: Room, refusal: Callable[[Request, int], Response]):
        self._app = app
        self._origins = here.origins
        self._headers = HEADERS | (_TLS_ONLY if here.secure else {})
        self._throttle = Throttle(here.requests)
        self._refusal = refusal  # the page that a refused request gets

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request = Request(scope)

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self._headers)
            await send(message)

        status = self._refused(request)
        app = self._app if status is None else self._refusal(request, status)
        await app(scope, receive, send_guarded)

    def _refused(self, request: Request) -> int | None:
        """The status that a request is refused with; None for one that may pass."""
        if not self._throttle.admits(request.client.host if request.client else ""):
            return 429
        hosts = request.headers.getlist("host")
        if len(hosts) != 1 or hosts[0].lower() not in self._origins:
            return 400
        told = request.headers.get("content-length", "0")
        if not (told.isascii() and told.isdigit()) or int(told[:20]) > BODY_BYTES:
            return 413
        return None if self._is_own(request) else 403

    def _is_own(self, request: Request) -> bool:
        """Whether a request changes nothing, or comes from our own page."""
        if request.method in _HARMLESS:
            return True
        fetched = request.headers.get("sec-fetch-site")
        if fetched is not None:
            return fetched == "same-origin"
        return request.headers.get("origin", "").lower() in self._origins.values()

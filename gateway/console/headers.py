"""The security headers of every answer, in one place.

Answers: ``headers_for``: those of a page, or of the frame in which a mail is shown.
Trusts: the settings alone: the origin is one of ours, never what a request says.
Fails: never.
A page loads style, script and pictures from here and nothing inline. What is shown under
``/frame/`` comes from a mail: it has no origin (``sandbox``), loads nothing from anywhere,
and only a page of ours may frame it.
Standards: CSP Level 3, RFC 6797, Fetch; OWASP ASVS 5.0 3.4.1 to 3.4.8, 3.2.1, 14.3.2.
"""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256

from gateway.console.settings import Settings

FRAME = "/frame/"  # under it stands what comes from a mail
FRAME_STYLE = (  # the one stylesheet that a page made of a mail may carry
    "body{margin:.75rem;font:1rem/1.6 system-ui,sans-serif;color:#1c2733;background:#fff;"
    "overflow-wrap:anywhere}table{border-collapse:collapse}td,th{border:1px solid #b5c0ca;"
    "padding:.2rem .4rem;vertical-align:top;text-align:left}"
)
_STYLE_HASH = b64encode(sha256(FRAME_STYLE.encode()).digest()).decode()

_EVERY = {
    "X-Content-Type-Options": "nosniff",
    # Not "no-referrer": browsers then send "Origin: null" with our own forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "no-store",
}
_TLS_ONLY = {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"}
_FRAME = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; sandbox; form-action 'none'; "
    "frame-ancestors 'self'; base-uri 'none'"
)
_FRAMED = {
    "Content-Security-Policy": _FRAME,
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "no-referrer",
}


def page_policy(static: str) -> str:
    """Return the policy of a page whose own files stand below ``static``."""
    return (
        f"default-src 'none'; script-src {static}; style-src {static}; img-src 'self'; "
        "connect-src 'self'; frame-src 'self'; form-action 'self'; frame-ancestors 'none'; "
        "object-src 'none'; base-uri 'none'"
    )


def headers_for(settings: Settings, origin: str, path: str) -> dict[str, str]:
    """Return the headers of an answer to ``path``, asked for at ``origin``."""
    tls = _TLS_ONLY if settings.secure else {}
    if path.startswith(settings.prefix + FRAME):
        return _EVERY | _FRAMED | tls
    policy = page_policy(f"{origin}{settings.prefix}/static/")
    return _EVERY | {"Content-Security-Policy": policy, "X-Frame-Options": "DENY"} | tls

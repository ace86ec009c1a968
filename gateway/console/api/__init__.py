"""The JSON API: for ticket systems, monitoring and SIEM, the acts that the pages offer.

Answers: ``api``, the ASGI application below ``/api``; ``OPERATIONS``, the one description that
routes, the OpenAPI document, docs/api.md and tests share.
Trusts: a bearer token, and of it what its scope and its owner's role both allow, today; the
desk with every rule of four eyes and who was first. No cookie counts here, so no other site
can make a browser act; nothing tells a browser that a page of another origin may read.
Fails: each trouble as problem+json (RFC 9457) that says what to do next. Nothing here shows
content or unmasks; what somebody was shown is recorded first, under account and token.
Standards: OpenAPI 3.1, RFC 6750, RFC 9110 13 (If-Match), RFC 9457; ASVS 5.0 chapters 4, 8.
"""

from __future__ import annotations

from gateway.console.api.operations import OPERATIONS, Operation
from gateway.console.api.serving import api

__all__ = ["OPERATIONS", "Operation", "api"]

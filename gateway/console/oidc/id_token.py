"""Checking an ID token: signature first, then every claim that says whom and what it is for.

Answers: ``verified`` gives the claims of a token that this issuer made, for us, now, for
this journey.
Trusts: the key it is given to be the issuer's; the algorithm is one of ours, never the one
that the token wishes for (RFC 8725 3.1): ``none`` and shared secrets are not among them.
Fails: ``OidcError``, naming the claim and none of its content.
Source: OpenID Connect Core 1.0 3.1.3.7.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import Key

from gateway.console.oidc.fetch import OidcError

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384")
TOKEN_CHARS = 32 * 1024
OLDEST = timedelta(minutes=10)  # a token that was made longer ago was not made for this journey


@dataclass(frozen=True, slots=True)
class Expected:
    """What a token must say."""

    issuer: str
    client_id: str
    nonce: str = field(repr=False)
    skew: timedelta
    fresh_since: datetime | None = None  # the person must have signed in there since


def key_id(token: str) -> str | None:
    """Return which key a token says it is signed with; refuse algorithms that are not ours."""
    try:
        head = token.partition(".")[0] if len(token) <= TOKEN_CHARS else ""
        header = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
        algorithm, named = header["alg"], header.get("kid")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise OidcError("token-unreadable") from None
    if algorithm not in ALGORITHMS:
        raise OidcError("token-algorithm")
    return named if isinstance(named, str) else None


def verified(token: str, key: Key, expected: Expected, now: datetime) -> Mapping[str, Any]:
    """Return the claims of a token, every one of them checked."""
    try:
        claims = jwt.decode(token, key, algorithms=list(ALGORITHMS)).claims
    except (JoseError, ValueError, TypeError, RecursionError):
        raise OidcError("token-signature") from None
    _for_us(claims, expected)
    _of_now(claims, expected, now)
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= 255:
        raise OidcError("token-sub")
    return claims


def _for_us(claims: Mapping[str, Any], expected: Expected) -> None:
    if claims.get("iss") != expected.issuer:
        raise OidcError("token-iss")
    audience = claims.get("aud")
    audiences = [audience] if isinstance(audience, str) else audience
    if not isinstance(audiences, list) or expected.client_id not in audiences:
        raise OidcError("token-aud")
    party = claims.get("azp")
    if party != expected.client_id and (party is not None or len(audiences) > 1):
        raise OidcError("token-azp")
    nonce = claims.get("nonce")
    if not isinstance(nonce, str) or not compare_digest(nonce.encode(), expected.nonce.encode()):
        raise OidcError("token-nonce")


def _of_now(claims: Mapping[str, Any], expected: Expected, now: datetime) -> None:
    instant, skew = now.timestamp(), expected.skew.total_seconds()
    if _number(claims, "exp") <= instant - skew:
        raise OidcError("token-exp")
    made = _number(claims, "iat")
    if not instant - skew - OLDEST.total_seconds() < made <= instant + skew:
        raise OidcError("token-iat")
    if "nbf" in claims and _number(claims, "nbf") > instant + skew:
        raise OidcError("token-nbf")
    since = expected.fresh_since
    if since is not None and _number(claims, "auth_time") < since.timestamp() - skew:
        raise OidcError("token-auth_time")


def _number(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise OidcError(f"token-{name}")
    return float(value)

"""The identity provider: the way there with PKCE, and who came back.

Answers: ``Provider.begin`` (where the browser goes, and what to remember of the journey) and
``Provider.finish`` (the person, from the code that the browser brought back).
Trusts: the issuer's discovery document when it names that very issuer; its keys, which are
fetched anew when a token names one that is not known, once a minute at most.
Fails: ``OidcError``.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Any
from urllib.parse import quote_plus, urlencode

from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key

from gateway.console.oidc.fetch import OidcError, fetch, is_own_machine
from gateway.console.oidc.id_token import Expected, key_id, verified
from gateway.store import Role

KEPT = timedelta(hours=1)  # how long discovery and keys are used before they are fetched anew
AGAIN_AFTER = timedelta(minutes=1)  # an unknown key asks for them no more often than this
MOST_KEYS, MOST_GROUPS, TEXT_CHARS = 50, 1000, 255


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """What the configuration says of the provider."""

    issuer: str
    client_id: str
    client_secret: str = field(default="", repr=False)  # "" is a public client
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    name_claim: str = "preferred_username"
    groups_claim: str = "groups"
    roles: tuple[tuple[Role, frozenset[str]], ...] = ()  # the first that fits counts
    create: bool = False
    second_factor: frozenset[str] = frozenset({"mfa"})  # values of amr
    skew: timedelta = timedelta(seconds=60)

    def role_of(self, groups: frozenset[str]) -> Role | None:
        """Return the role that groups give."""
        return next((role for role, wanted in self.roles if wanted & groups), None)


@dataclass(frozen=True, slots=True)
class Journey:
    """What is remembered while the browser is away; secret, and good once."""

    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    fresh: bool = False  # the person proves again who they are


@dataclass(frozen=True, slots=True)
class Person:
    """Who came back, as the provider says."""

    subject: str = field(repr=False)  # SHA-256 of issuer and sub: what an account is tied to
    name: str = field(repr=False)  # for the first sign-in only; "" where there is none
    groups: frozenset[str] = field(repr=False)
    second_factor: bool = False  # given there


@dataclass(frozen=True, slots=True)
class _Known:
    """The provider as it was fetched."""

    authorize: str
    token: str
    keys: tuple[Key, ...]
    names_itself: bool  # RFC 9207: it adds iss to the way back
    at: datetime


class Provider:
    """One identity provider."""

    def __init__(self, settings: ProviderSettings, now: Callable[[], datetime]) -> None:
        self.settings = settings
        self._now = now
        self._known: _Known | None = None
        self._turn = asyncio.Lock()

    async def begin(self, back: str, *, fresh: bool = False) -> tuple[str, Journey]:
        """Return where the browser goes, and what to remember."""
        known = await self._get(KEPT)
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        journey = Journey(state, nonce, verifier, fresh)
        challenge = hashlib.sha256(journey.verifier.encode()).digest()
        asked = {
            "response_type": "code",
            "client_id": self.settings.client_id,
            "redirect_uri": back,
            "scope": " ".join(self.settings.scopes),
            "state": journey.state,
            "nonce": journey.nonce,
            "code_challenge": base64.urlsafe_b64encode(challenge).decode().rstrip("="),
            "code_challenge_method": "S256",
        } | ({"prompt": "login", "max_age": "0"} if fresh else {})
        joined = "&" if "?" in known.authorize else "?"
        return f"{known.authorize}{joined}{urlencode(asked)}", journey

    async def finish(
        self, journey: Journey, back: str, brought: Mapping[str, str], began: datetime
    ) -> Person:
        """Return who came back, from what the browser brought.

        Args:
            began: when the journey began; with ``fresh`` the person signed in since.
        """
        state = brought.get("state", "")
        if not compare_digest(state.encode(), journey.state.encode()):
            raise OidcError("state")
        known = await self._get(KEPT)
        named = brought.get("iss")
        if named != self.settings.issuer and (named is not None or known.names_itself):
            raise OidcError("answer-iss")
        if "error" in brought or not brought.get("code"):
            raise OidcError("provider-refused")
        token = await self._exchange(known, journey, back, brought["code"])
        since = began if journey.fresh else None
        mine = self.settings
        expected = Expected(mine.issuer, mine.client_id, journey.nonce, mine.skew, since)
        key = await self._key(key_id(token))
        return self._person(verified(token, key, expected, self._now()))

    async def _exchange(self, known: _Known, journey: Journey, back: str, code: str) -> str:
        mine = self.settings
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": back,
            "code_verifier": journey.verifier,
        }
        authorization = ""
        if mine.client_secret:  # RFC 6749 2.3.1
            pair = f"{quote_plus(mine.client_id)}:{quote_plus(mine.client_secret)}"
            authorization = f"Basic {base64.b64encode(pair.encode()).decode()}"
        else:
            form["client_id"] = mine.client_id
        answer = await asyncio.to_thread(fetch, known.token, form, authorization)
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise OidcError("no-id-token")
        return token

    def _person(self, claims: Mapping[str, Any]) -> Person:
        mine = self.settings
        whole = f"{mine.issuer}\0{claims['sub']}".encode()
        name = claims.get(mine.name_claim)
        name = name.partition("@")[0].casefold() if isinstance(name, str) else ""
        return Person(
            subject=hashlib.sha256(whole).hexdigest(),
            name=name[:TEXT_CHARS],
            groups=_texts(claims.get(mine.groups_claim)),
            second_factor=bool(_texts(claims.get("amr")) & mine.second_factor),
        )

    # -------------------------------------------------------------- discovery and keys

    async def _key(self, named: str | None) -> Key:
        """Return the key that a token names; an unknown one may be new (key rotation)."""
        for oldest in (KEPT, AGAIN_AFTER):
            keys = (await self._get(oldest)).keys
            fitting = [k for k in keys if named is not None and k.kid == named]
            if named is None and len(keys) == 1:
                fitting = list(keys)
            if len(fitting) == 1:
                return fitting[0]
        raise OidcError("token-key")

    async def _get(self, oldest: timedelta) -> _Known:
        async with self._turn:
            now = self._now()
            if self._known is None or not timedelta() <= now - self._known.at < oldest:
                self._known = await asyncio.to_thread(_look_up, self.settings.issuer, now)
            return self._known


def _look_up(issuer: str, now: datetime) -> _Known:
    """Fetch the discovery document and the keys it names (Discovery 1.0 4)."""
    found = fetch(issuer.rstrip("/") + "/.well-known/openid-configuration")
    if found.get("issuer") != issuer:
        raise OidcError("discovery-issuer")
    authorize, token, keys = (
        _endpoint(found, name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")
    )
    names_itself = found.get("authorization_response_iss_parameter_supported") is True
    return _Known(authorize, token, tuple(_keys(fetch(keys))), names_itself, now)


def _endpoint(found: Mapping[str, Any], name: str) -> str:
    url = found.get(name)
    if not isinstance(url, str) or not (url.startswith("https://") or is_own_machine(url)):
        raise OidcError(f"discovery-{name}")
    return url


def _keys(found: Mapping[str, Any]) -> list[Key]:
    """The public keys for signatures; what cannot be read is left out."""
    listed = found.get("keys")
    keys: list[Key] = []
    for each in listed[:MOST_KEYS] if isinstance(listed, list) else ():
        usable = isinstance(each, dict) and each.get("use", "sig") == "sig"
        if not usable or each.get("kty") not in ("RSA", "EC"):  # never a shared secret
            continue
        try:
            keys.append(JWKRegistry.import_key({k: v for k, v in each.items() if k != "key_ops"}))
        except (JoseError, ValueError, TypeError, KeyError):
            continue
    return keys


def _texts(value: Any) -> frozenset[str]:
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list):
        return frozenset()
    return frozenset(v for v in values[:MOST_GROUPS] if isinstance(v, str))

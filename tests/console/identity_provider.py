"""An OpenID provider on loopback: discovery, keys, code flow with PKCE, and every lie a test asks.

It checks what a real one checks (redirect address, PKCE's S256, client secret, code once), so
that a client that leaves one out fails here, too.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, Key, OctKey, RSAKey

CLIENT, SECRET = "sekisho", "the client's own secret"


@dataclass
class Identity:
    """Who signs in at the provider, and what its token says of them."""

    sub: str = "7d3c"
    name: str = "hanako@city.example.lg.jp"
    groups: tuple[str, ...] = ()
    amr: tuple[str, ...] = ("pwd",)
    auth_time: float | None = None  # None: just now


@dataclass
class IdentityProvider:
    now: Callable[[], float]
    who: Identity = field(default_factory=Identity)
    lies: dict[str, Any] = field(default_factory=dict)  # claim → what is said in its place
    discovery: dict[str, Any] = field(default_factory=dict)  # what its document says otherwise
    signing: Key | None = None  # signs in place of its own key
    algorithm: str = "RS256"
    unsigned: bool = False
    hides_key_id: bool = False
    asked: list[str] = field(default_factory=list)  # paths, in order
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    keys: list[Key] = field(default_factory=list)

    def start(self) -> IdentityProvider:
        self.turn_keys()
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider.answer(self, None)

            def do_POST(self) -> None:
                size = int(self.headers["Content-Length"])
                provider.answer(self, self.rfile.read(size).decode())

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"
        return self

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def turn_keys(self) -> None:
        """Sign with a new key from now on."""
        make = RSAKey.generate_key if self.algorithm.startswith(("RS", "PS")) else _ec
        self.keys = [make(2048 if make is not _ec else "P-256", {"kid": secrets.token_hex(4)})]

    # -------------------------------------------------------------- what it answers

    def answer(self, handler: BaseHTTPRequestHandler, body: str | None) -> None:
        path = urlsplit(handler.path).path
        self.asked.append(path)
        status, said = 200, {}
        if path == "/.well-known/openid-configuration":
            said = {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                "authorization_response_iss_parameter_supported": True,
            } | self.discovery
        elif path == "/keys":
            said = {"keys": [k.as_dict(private=False) for k in self.keys]}
        elif path == "/token" and body is not None:
            status, said = self._token(handler.headers.get("Authorization", ""), body)
        else:
            status = 404
        text = json.dumps(said).encode()
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(text)))
        handler.end_headers()
        handler.wfile.write(text)

    def sign_in(self, authorize: str) -> dict[str, str]:
        """Be the browser at the provider: sign in, and return what it brings back."""
        url = urlsplit(authorize)
        assert f"{url.scheme}://{url.netloc}{url.path}" == f"{self.issuer}/authorize"
        asked = {k: v[0] for k, v in parse_qs(url.query).items()}
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return {"code": code, "state": asked["state"], "iss": self.issuer}

    def _token(self, authorization: str, body: str) -> tuple[int, dict[str, Any]]:
        form = {k: v[0] for k, v in parse_qs(body).items()}
        pair = f"{CLIENT}:{SECRET.replace(' ', '+').replace(chr(39), '%27')}".encode()
        asked = self.codes.pop(form.get("code", ""), None)
        challenge = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if (
            asked is None
            or authorization != f"Basic {base64.b64encode(pair).decode()}"
            or form.get("grant_type") != "authorization_code"
            or form.get("redirect_uri") != asked["redirect_uri"]
            or base64.urlsafe_b64encode(challenge).decode().rstrip("=") != asked["code_challenge"]
        ):
            return 400, {"error": "invalid_grant"}
        return 200, {"access_token": "unused", "id_token": self._signed(asked)}

    def _signed(self, asked: dict[str, str]) -> str:
        instant, who = int(self.now()), self.who
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": who.sub,
            "iat": instant,
            "exp": instant + 300,
            "nonce": asked["nonce"],
            "auth_time": instant if who.auth_time is None else who.auth_time,
            "preferred_username": who.name,
            "groups": list(who.groups),
            "amr": list(who.amr),
        } | self.lies
        claims = {k: v for k, v in claims.items() if v is not None}
        key = self.signing or self.keys[0]
        if self.unsigned:
            return f"{_coded({'alg': 'none', 'kid': key.kid})}.{_coded(claims)}."
        named = {} if self.hides_key_id else {"kid": self.keys[0].kid}
        header = {"alg": self.algorithm} | named
        return jwt.encode(header, claims, key, algorithms=[self.algorithm])


def _ec(curve: Any, parameters: Any) -> Key:
    return ECKey.generate_key(curve, parameters)


def _coded(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def shared_secret_of(public: Key) -> Key:
    """The attack that signs with a public key as if it were a shared secret (RFC 8725 2.1)."""
    return OctKey.import_key(json.dumps(public.as_dict(private=False)).encode())

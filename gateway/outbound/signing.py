"""Signatures of webhooks, as Standard Webhooks has them, and the file with their secrets.

Answers: ``secrets_of`` reads the file, ``fresh_secret`` makes a secret, ``headers`` signs.
Each secret signs, so that a receiver can be given a new one while the old one still counts.
Trusts: the administrator's file. A secret is never shown in an error.
Fails: ``ConfigError`` for a file that cannot be read or a line that is no secret.
Source: standardwebhooks.com, specification 1.0: ``v1`` is HMAC-SHA256 over id.timestamp.body.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from gateway.errors import ConfigError, Problem

PREFIX = "whsec_"
FRESH_BYTES = 32
FEWEST_BYTES, MOST_BYTES = 24, 64  # as the specification asks


def fresh_secret() -> str:
    """Return a new secret, as both sides write it."""
    return PREFIX + base64.b64encode(secrets.token_bytes(FRESH_BYTES)).decode()


def secrets_of(path: Path) -> tuple[bytes, ...]:
    """Return the secrets in a file, one a line; empty lines and ``#`` count for nothing.

    Raises: ConfigError
    """
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except (OSError, ValueError) as error:
        cause = getattr(error, "strerror", None) or "is not ASCII text"
        raise ConfigError([_wrong(path, 0, cause, "sekisho webhooks secret makes one")]) from None
    found = [
        _secret(path, n, line.strip())
        for n, line in enumerate(lines, start=1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    if not found:
        raise ConfigError([_wrong(path, 0, "has no secret", "sekisho webhooks secret makes one")])
    return tuple(found)


def _secret(path: Path, number: int, line: str) -> bytes:
    try:
        secret = base64.b64decode(line.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        secret = b""
    if not line.startswith(PREFIX) or not FEWEST_BYTES <= len(secret) <= MOST_BYTES:
        raise ConfigError([_wrong(path, number, "is no secret", f"{PREFIX} and base64")])
    return secret


def headers(
    keys: Sequence[bytes], event_id: str, at: datetime, body: bytes
) -> list[tuple[str, str]]:
    """Return the three headers that say which event this is, when, and that it is ours."""
    stamp = str(int(at.timestamp()))
    signed = f"{event_id}.{stamp}.".encode() + body
    marks = (base64.b64encode(hmac.new(k, signed, hashlib.sha256).digest()).decode() for k in keys)
    return [
        ("webhook-id", event_id),
        ("webhook-timestamp", stamp),
        ("webhook-signature", " ".join(f"v1,{mark}" for mark in marks)),
    ]


def _wrong(path: Path, line: int, message: str, hint: str) -> Problem:
    return Problem(str(path), line, 1 if line else 0, "webhook.secret_file", message, hint)

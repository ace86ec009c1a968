"""One-time codes of an authenticator, and the recovery codes for when it is lost.

Answers: ``new_secret``, ``step_of`` (which time step a code belongs to), ``code_at``,
``enrolment_uri``, ``new_recovery_codes``, ``recovery_code``.
Trusts: nothing. A code is compared in constant time, for the step of now and one on each
side, so that a clock may be half a minute off.
Fails: ``None`` for a code that is none of them. That a step is used once only is the store's.
Standards: RFC 6238 (30 s, 6 digits, HMAC-SHA-1, as every authenticator has it), RFC 4226
5.3; OWASP ASVS 5.0 6.5. SHA-1 is what authenticators speak; HMAC with it is not weakened.
"""

from __future__ import annotations

import base64
import hmac
import re
import secrets
import struct
from datetime import datetime
from urllib.parse import quote

STEP_S = 30
DIGITS = 6
DRIFT = 1  # steps on each side of now
SECRET_BYTES = 20  # RFC 4226 4 R6: as long as the hash
RECOVERY_CODES = 8
_LETTERS = "bcdfghjkmnpqrstvwxyz"  # as identifiers: no digit to mask, no vowel to spell with
_GROUPS = 7  # of four: 121 bits, so that a plain hash of it cannot be guessed (ASVS 6.5.2)
_CODE = re.compile(r"[0-9]{6}", re.ASCII)


def new_secret() -> bytes:
    """Return a fresh secret for an authenticator."""
    return secrets.token_bytes(SECRET_BYTES)


def code_at(secret: bytes, step: int) -> str:
    """Return the code of a time step (RFC 4226 5.3)."""
    digest = hmac.digest(secret, struct.pack(">Q", step), "sha1")
    at = digest[-1] & 0x0F
    number = int.from_bytes(digest[at : at + 4], "big") & 0x7FFF_FFFF
    return f"{number % 10**DIGITS:0{DIGITS}d}"


def step_of(secret: bytes, typed: str, now: datetime) -> int | None:
    """Return the time step that a typed code belongs to; None when it is wrong."""
    code = "".join(typed.split())
    if not _CODE.fullmatch(code):
        return None
    this = int(now.timestamp()) // STEP_S
    found = None
    for step in range(this - DRIFT, this + DRIFT + 1):  # all of them, whichever fits
        if hmac.compare_digest(code_at(secret, step), code):
            found = step
    return found


def spelled(secret: bytes) -> str:
    """Return a secret as people type it into an authenticator."""
    text = base64.b32encode(secret).decode("ascii")
    return " ".join(text[n : n + 4] for n in range(0, len(text), 4))


def enrolment_uri(secret: bytes, account: str, issuer: str) -> str:
    """Return what an authenticator reads from the QR code."""
    label = f"{quote(issuer, safe='')}:{quote(account, safe='')}"
    key = base64.b32encode(secret).decode("ascii")
    return f"otpauth://totp/{label}?secret={key}&issuer={quote(issuer, safe='')}"


def new_recovery_codes() -> list[str]:
    """Return fresh recovery codes, for the one time they are shown."""
    return [
        "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(_GROUPS))
        for _ in range(RECOVERY_CODES)
    ]


def recovery_code(typed: str) -> str | None:
    """Return a typed recovery code in the form it was shown in; None when it is none."""
    letters = re.sub(r"[\s-]", "", typed.casefold())
    if len(letters) != 4 * _GROUPS or set(letters) - set(_LETTERS):
        return None
    return "-".join(letters[n : n + 4] for n in range(0, len(letters), 4))

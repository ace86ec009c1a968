"""What opens something, and the little of it that may be kept.

Answers: ``fresh`` makes 256 random bits as text; ``digest`` is what a row has of them.
Trusts: the operating system's random numbers.
Fails: never. No salt and no slow hash: there is nothing to guess in so many random bits
(OWASP ASVS 5.0 6.5.2, 7.2.3, 11.5.1); what people choose is hashed elsewhere, slowly.
"""

from __future__ import annotations

import hashlib
import secrets

TOKEN_BYTES = 32


def fresh() -> str:
    """Return a new secret: 43 characters that a cookie, an address and a header can carry."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def digest(secret: str) -> str:
    """Return what is kept of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()

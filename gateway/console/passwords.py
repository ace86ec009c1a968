"""Passwords: how they are hashed, checked and refused when they are too easy.

Answers: ``hash_password``, ``matches``, ``refuse_weak``.
Trusts: nothing. Argon2id with the parameters of RFC 9106's second choice, as argon2-cffi
has them; an account that does not exist costs as much time as one that does.
Fails: ``UsageError`` for a weak password; a hash that cannot be read matches nothing.
Source: RFC 9106 section 4; OWASP ASVS 5.0 6.2 (length alone, no rules of composition).
"""

from __future__ import annotations

import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from gateway.errors import UsageError

FEWEST_CHARS = 12
MOST_CHARS = 256  # longer ones cost time and protect no better

_hasher = PasswordHasher()


def hash_password(password: str) -> str:
    """Return what is kept of a password.

    Raises: UsageError: it is too short, too long, or one character again and again.
    """
    refuse_weak(password)
    return _hasher.hash(password)


def refuse_weak(password: str) -> None:
    """Raise ``UsageError`` for a password that is not worth hashing."""
    if not FEWEST_CHARS <= len(password) <= MOST_CHARS:
        raise UsageError(f"a password has {FEWEST_CHARS} to {MOST_CHARS} characters")
    if len(set(password)) < 5:
        raise UsageError("a password has at least 5 different characters")


def matches(kept: str | None, password: str) -> bool:
    """Whether ``password`` is the one that ``kept`` was made of. Slow on purpose.

    Args:
        kept: the hash; None where there is no such account, which takes as long.
    """
    try:
        right = _hasher.verify(kept or _nobodys(), password)
    except (Argon2Error, InvalidHashError):
        return False
    return right and kept is not None


@cache
def _nobodys() -> str:
    """A hash that no password is known for."""
    return _hasher.hash(secrets.token_urlsafe())

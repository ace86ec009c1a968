"""Names for mails, holds and incidents.

Answers: a fresh identifier such as ``kxdp-wmzr-tqhb``. Letters only, so that no
identifier can look like a number that masking would eat, and no vowels, so that none
spells a word; twelve letters of twenty carry 51 bits.
"""

from __future__ import annotations

import secrets

_LETTERS = "bcdfghjkmnpqrstvwxyz"


def new_id() -> str:
    """Return a fresh identifier: three groups of four letters."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(3))

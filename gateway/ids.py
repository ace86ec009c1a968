"""Names for mails, holds and incidents.

Answers: a fresh identifier such as ``kxdp-wmzr-tqhb``. Letters only, so that no
identifier can look like a number that masking would eat, and no vowels, so that none
spells a word; twelve letters of twenty carry 51 bits.
"""

from __future__ import annotations

import os

_LETTERS = "bcdfghjkmnpqrstvwxyz"


def new_id() -> str:
    """Return a fresh identifier: three groups of four letters."""
    left = int.from_bytes(os.urandom(12), "big")  # 96 bits over 51: no letter is favoured
    letters = []
    for _ in range(12):
        left, letter = divmod(left, len(_LETTERS))
        letters.append(_LETTERS[letter])
    name = "".join(letters)
    return f"{name[:4]}-{name[4:8]}-{name[8:]}"

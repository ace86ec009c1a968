"""Names for mails, holds and incidents.

Answers: a fresh identifier such as ``kxdp-wmzr-tqhb``. Letters only, so that no
identifier can look like a number that masking would eat, and no vowels, so that none
spells a word; twelve letters of twenty carry 51 bits.
"""

from __future__ import annotations

import os
from itertools import product

_LETTERS = "bcdfghjkmnpqrstvwxyz"
_PAIRS = tuple(map("".join, product(_LETTERS, repeat=2)))


def new_id() -> str:
    """Return a fresh identifier: three groups of four letters."""
    left = int.from_bytes(os.urandom(12), "big")  # 96 bits over 51: no letter is favoured
    pairs = []
    for _ in range(6):
        left, pair = divmod(left, len(_PAIRS))
        pairs.append(_PAIRS[pair])
    return "{}{}-{}{}-{}{}".format(*pairs)

"""The catalogue of MIME tricks: 95 techniques, several variants each, from one seed.

Each case carries one My Number under its label. Whatever the trick, the engine must find
the number or hold the mail as not read in one way only; nothing may pass silently.
Sources: MIMEminer and noxxi's hide-content as published; our own additions are in ``mutations``.
"""

from __future__ import annotations

from collections.abc import Iterator

from tests.message.catalogue import bodies, headers, rest, structure
from tests.message.catalogue.base import Case, Secret

TECHNIQUES = 95


def cases(seed: int) -> Iterator[Case]:
    """Every case, in the catalogue's order."""
    secret = Secret.of(seed)
    for room in (headers, structure, bodies, rest):
        yield from room.cases(secret)

"""Asks whether the person is the one meant: the part before the ``@`` beside those known.

Answers: ``near``, the known person at the same domain whose local part is one slip away
(``tanaka`` for ``tanaka2``), and ``at_home``, the one other domain at which this very person
was written to (what an auto-completion offers).
Trusts: the evidence, which lists persons who were written to; never the address.
Fails: never. Local parts are compared without regard to case, as every large system does
(RFC 5321 2.4 leaves it to them). Persons are few enough to be compared one by one.
"""

from __future__ import annotations

from rapidfuzz import process
from rapidfuzz.distance import OSA

from gateway.recipients import lists
from gateway.recipients.evidence import Evidence

SHORTEST_LOCAL = 4  # letters; ``abe`` and ``ebe`` are two people
PERSONS_COMPARED = 1000  # of one domain


def near(local: str, evidence: Evidence) -> str:
    """Return the known local part at the same domain that was probably meant, or ""."""
    typed = local.lower()
    if not evidence.here or typed in evidence.here or len(typed) < SHORTEST_LOCAL:
        return ""
    persons = sorted(evidence.here)[:PERSONS_COMPARED]
    found = process.extractOne(typed, persons, scorer=OSA.distance, score_cutoff=1)
    return found[0] if found and len(found[0]) >= SHORTEST_LOCAL else ""


def at_home(local: str, evidence: Evidence) -> str:
    """Return the one other domain at which this very local part is known, or "".

    Nothing is said of a person who is known at this domain, too, nor of a role.
    """
    typed = local.lower()
    if typed in evidence.here or typed in lists.roles() or len(typed) < SHORTEST_LOCAL:
        return ""
    return next(iter(evidence.elsewhere)) if len(evidence.elsewhere) == 1 else ""

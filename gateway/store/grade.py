"""How grave it would be if a parked mail left and should not have, for the order of the queue.

Answers: ``grade`` of one hold in three steps, and ``sought``, the text that a search looks in.
Trusts: counts and classes as the journal has them. Fails: never.
The two real leaks of the Commission's report stand for the gravest step: numbers to a
look-alike of a known name (case 4) and to a private mail address (case 2); beside them
more than 100 persons, which 規則2条4号 asks to be reported.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from enum import IntEnum

from gateway.model import RecipientClass
from gateway.store.columns import masked

MANY_PERSONS = 100  # 規則2条4号: more than this
SOUGHT_CHARS = 400  # of a hold's addresses; what stands beyond is found on its page only
_STRANGERS = frozenset((RecipientClass.LOOK_ALIKE.value, RecipientClass.FREEMAIL.value))


class Grade(IntEnum):
    """The order in which people work: the gravest first."""

    HIGH = 0
    MEDIUM = 1
    LOW = 2


def grade(likely: int, possible: int, unread: bool, classes: Collection[str]) -> Grade:
    """Return how grave one hold is.

    Args:
        likely: My Numbers in the mail, at this confidence or better; ``possible`` likewise.
        unread: whether a part of the mail was not read.
        classes: what the hold's own recipients are.
    """
    perhaps = possible > 0 or unread
    if likely > MANY_PERSONS or (likely and _STRANGERS.intersection(classes)):
        return Grade.HIGH
    if RecipientClass.LOOK_ALIKE.value in classes:
        return Grade.HIGH if perhaps else Grade.MEDIUM
    return Grade.MEDIUM if likely else Grade.LOW


def sought(sender: str, recipients: Iterable[str]) -> str:
    """Return sender and recipients as one masked text in lower case."""
    return " ".join(masked(a).lower() for a in (sender, *recipients))[:SOUGHT_CHARS]

"""Which parked mail to look at first.

Answers: ``risk`` of one hold in three steps, and ``rank``, its place in the list: the graver
first, within one step the one that expires first.
Trusts: the record's counts. Fails: never.
The two real leaks of the Commission's report stand for the gravest step: numbers to a
look-alike of a known name (case 4) and to a private mail address (case 2); beside them
more than 100 persons, which 規則2条4号 asks to be reported.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from gateway.incident.classify import REPORTABLE_PERSONS
from gateway.model import Hold, RecipientClass
from gateway.store import Destination, IncidentRecord

_STRANGERS = (RecipientClass.LOOK_ALIKE, RecipientClass.FREEMAIL)


class Risk(StrEnum):
    """How grave it would be if the mail left and should not have, gravest first."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


def risk(record: IncidentRecord, to: Iterable[Destination]) -> Risk:
    """Return how grave one hold is.

    Args:
        record: what is known of its mail.
        to: the hold's own recipients.
    """
    classes = {d.recipient_class for d in to}
    persons = record.persons
    perhaps = persons.possible > 0 or bool(record.unread)
    if persons.likely > REPORTABLE_PERSONS:
        return Risk.HIGH
    if persons.likely and classes & {c.value for c in _STRANGERS}:
        return Risk.HIGH
    if RecipientClass.LOOK_ALIKE.value in classes:
        return Risk.HIGH if perhaps else Risk.MEDIUM
    return Risk.MEDIUM if persons.likely else Risk.LOW


def rank(found: Risk, hold: Hold) -> tuple[int, datetime, str]:
    """Return where a hold stands in the list: the graver, then the sooner, in front."""
    return list(Risk).index(found), hold.expires_at, hold.hold_id

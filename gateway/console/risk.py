"""How grave a parked mail is, as the pages call it.

Answers: ``Risk`` and ``risk`` of one hold; the order of the queue is the store's (``Grade``).
Trusts: the record's counts. Fails: never.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from gateway.store import Destination, Grade, IncidentRecord
from gateway.store.grade import grade


class Risk(StrEnum):
    """How grave it would be if the mail left and should not have, gravest first."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @property
    def grade(self) -> Grade:
        """The store's word for it."""
        return Grade[self.name]


def risk(record: IncidentRecord, to: Iterable[Destination]) -> Risk:
    """Return how grave one hold is.

    Args:
        record: what is known of its mail.
        to: the hold's own recipients.
    """
    persons, classes = record.persons, {d.recipient_class for d in to}
    found = grade(persons.likely, persons.possible, bool(record.unread), classes)
    return Risk[found.name]

"""Mails, recipients and policies for the tests of this room, as short as they can be said."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from gateway.model import (
    Confidence,
    Finding,
    Inspection,
    MailFacts,
    Persons,
    Place,
    Recipient,
    RecipientClass,
    Unread,
    UnreadReason,
)

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SENDER = "tanto@city.example.lg.jp"


def to(address: str = "sato@exp.co.jp", of: str = "known", **more: Any) -> Recipient:
    strength = Confidence(more.pop("strength")) if "strength" in more else None
    return Recipient(
        address, address.rpartition("@")[2].lower(), RecipientClass(of), strength=strength, **more
    )


def numbers(count: int, confidence: str = "certain", place: str = "本文 / line 1") -> Inspection:
    """A mail in which ``count`` numbers were found, all equally sure."""
    sure = Confidence(confidence)
    persons = {c.value: count if sure.reaches(c) else 0 for c in Confidence}
    finding = Finding("my-number", sure, count, Place(tuple(place.split(" / "))), ("label-near",))
    return Inspection(findings=(finding,), persons=Persons(**persons))


def unread(reason: str = "encrypted", place: str = "2 a.zip") -> Inspection:
    return Inspection(unread=(Unread(Place((place,)), UnreadReason(reason)),))


def mail(inspection: Inspection | None = None, sender: str = SENDER, **more: Any) -> MailFacts:
    return MailFacts(sender, inspection or Inspection(), **more)


def rule(match: str, action: str = "hold", more: str = "", name: str = "tried") -> str:
    return f'[[rule]]\nid = "{name}"\nmatch = {match}\naction = "{action}"\n{more}\n'

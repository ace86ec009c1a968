"""What a decision looked at besides counts and classes, kept so that it can be made again.

Answers: ``features_of`` (a small object for the journal), ``facts_of`` (the facts again, from a
row of the journal: the one reader for rehearsals and corrections), ``Recorded`` (one mail as the
journal kept it, with its copies), and ``recorded`` (the newest ones).
Trusts: the facts that were decided on. No text of a mail is in it: flags, counts, positions and
the ids of an administrator's detectors.
Fails: never. What an older row does not tell is as if it had not been so; ``complete`` says.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.model import (
    MY_NUMBER,
    Confidence,
    Detected,
    Finding,
    Inspection,
    MailFacts,
    Persons,
    Place,
    Recipient,
    RecipientClass,
    Unread,
    UnreadReason,
    Verdict,
)
from gateway.store.tables import mail_recipients, mails

_AT_ONCE = 500  # mails whose recipients are read in one statement
_FLAGS = ("new_address", "new_to_sender", "resembles_own")  # of a recipient, kept by position


def features_of(facts: MailFacts, recipients: Sequence[Recipient]) -> dict[str, Any]:
    """Return what differs from an ordinary mail; {} for most."""
    seen = facts.inspection
    told: dict[str, Any] = {
        "sender_differs": facts.sender_differs,
        "outside_domains": facts.outside_domains if facts.outside_domains > 1 else 0,
        "visible_outside": facts.visible_outside,
        "greets_another": seen.greets_another,
        "inside": [r.strength.value for r in facts.inside if r.strength],
        "detected": [[d.detector, d.certain, d.likely, d.possible] for d in seen.detected],
    }
    for flag in _FLAGS:
        told[flag] = [n for n, r in enumerate(recipients) if getattr(r, flag)]
    return {name: value for name, value in told.items() if value}


@dataclass(frozen=True, slots=True)
class Copy:
    """One recipient's copy as it was judged and ruled on. Masked."""

    address: str = field(repr=False)
    recipient: Recipient = field(repr=False)  # without the trust of that day
    would: Verdict
    rule: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """One mail as the journal kept it: no text, and every string masked."""

    queue_id: str
    received_at: datetime
    sender: str = field(repr=False)
    facts: MailFacts = field(repr=False)
    copies: tuple[Copy, ...] = field(repr=False)
    complete: bool  # False: a row from before features were kept


async def recorded(connection: AsyncConnection, since: datetime, most: int) -> list[Recorded]:
    """Return the newest mails received since then, at most so many, newest first."""
    query = select(mails).where(mails.c.received_at >= since)
    rows = (await connection.execute(query.order_by(mails.c.received_at.desc()).limit(most))).all()
    found: list[Recorded] = []
    for first in range(0, len(rows), _AT_ONCE):
        part = rows[first : first + _AT_ONCE]
        copies = await _copies(connection, [r.queue_id for r in part])
        found += [_recorded(row, copies[row.queue_id]) for row in part]
    return found


async def _copies(connection: AsyncConnection, ids: Sequence[str]) -> Mapping[str, list[Any]]:
    rows = mail_recipients.c
    query = select(mail_recipients).where(rows.queue_id.in_(ids)).order_by(rows.queue_id, rows.n)
    found: dict[str, list[Any]] = defaultdict(list)
    for row in await connection.execute(query):
        found[row.queue_id].append(row)
    return found


def _recorded(row: Any, copies: Sequence[Any]) -> Recorded:
    told = tuple(_copy(n, one, row.features or {}) for n, one in enumerate(copies))
    complete = row.features is not None
    return Recorded(row.queue_id, row.received_at, row.sender, facts_of(row), told, complete)


def facts_of(row: Any) -> MailFacts:
    """Return what the decision on a mail looked at, from its row of the journal."""
    kept = row.features or {}
    differs = ("another",) if kept.get("sender_differs") else ()
    return MailFacts(
        sender=row.sender,
        inspection=_inspection(row, kept),
        header_from=differs,
        client=row.client,
        identity=row.identity,
        size_bytes=row.size_bytes,
        outside_domains=kept.get("outside_domains", 1),
        visible_outside=kept.get("visible_outside", 0),
        inside=tuple(_inside(Confidence(s)) for s in kept.get("inside", ())),
    )


def _inspection(row: Any, kept: Mapping[str, Any]) -> Inspection:
    findings = tuple(_finding(f) for f in row.findings)
    others = tuple(Detected(*d) for d in kept.get("detected", ()))
    return Inspection(
        findings=findings,
        persons=Persons(row.certain, row.likely, row.possible),
        detected=_added_up(findings) if row.features is None else others,
        unread=tuple(Unread(Place((u["place"],)), UnreadReason(u["reason"])) for u in row.unread),
        attachments=row.attachments,
        greets_another=bool(kept.get("greets_another")),
    )


def _finding(kept: Mapping[str, Any]) -> Finding:
    place, reasons = Place((kept["place"],)), tuple(kept["reasons"])
    return Finding(kept["detector"], Confidence(kept["confidence"]), kept["count"], place, reasons)


def _added_up(findings: Iterable[Finding]) -> tuple[Detected, ...]:
    """Counts of other detectors in a row that kept none: over places, so never too few."""
    counts: dict[str, list[int]] = {}
    for found in findings:
        if found.detector != MY_NUMBER:
            mine = counts.setdefault(found.detector, [0, 0, 0])
            for floor in Confidence:
                mine[floor.rank] += found.count * found.confidence.reaches(floor)
    return tuple(Detected(d, *reversed(n)) for d, n in counts.items())


def _inside(strength: Confidence) -> Recipient:
    """A look-alike that stood in the mail; its name was not kept."""
    return Recipient("", "", RecipientClass.LOOK_ALIKE, strength)


def _copy(n: int, row: Any, kept: Mapping[str, Any]) -> Copy:
    recipient = Recipient(
        address=row.address,
        domain=row.domain,
        recipient_class=RecipientClass(row.recipient_class),
        strength=Confidence(row.strength) if row.strength else None,
        resembles=row.resembles,
        reasons=tuple(row.reasons),
        new_address=n in kept.get("new_address", ()),
        new_to_sender=n in kept.get("new_to_sender", ()),
        resembles_own=n in kept.get("resembles_own", ()),
    )
    return Copy(row.address, recipient, Verdict(row.would), row.rule)

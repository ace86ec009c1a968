"""What the policy in force says of an address that is put in place of a wrong one.

Answers: ``decide_anew``: one ruling for each new address, from the facts that the journal kept
and the mail's own From line.
Trusts: the journal's facts; nothing is read again, since no new address changes the content.
Fails: ``RightsError`` for a name that policy does not list, one that it blocks, and one that it
holds where the sender alone would decide.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gateway.desk.exception import MY_NUMBER
from gateway.desk.terms import Terms
from gateway.errors import RightsError
from gateway.message import header_facts
from gateway.model import (
    Confidence,
    Detected,
    Finding,
    Inspection,
    InspectionLimits,
    MailFacts,
    Place,
    RecipientClass,
    Ruling,
    Unread,
    UnreadReason,
    Verdict,
)
from gateway.policy import JAPAN, decide
from gateway.recipients import judge
from gateway.store import Held

_LISTED = (RecipientClass.INTERNAL, RecipientClass.TRUSTED)


@dataclass(frozen=True, slots=True)
class Correction:
    """What a correction would come to. The mail's own To line keeps the wrong address."""

    addresses: tuple[str, ...] = field(repr=False)  # all of the hold's, new ones put in
    rulings: tuple[Ruling, ...] = field(repr=False)  # for the new ones
    approvers: int  # persons that it takes now


def decide_anew(
    terms: Terms, held: Held, sender: str, content: bytes, addresses: Sequence[str], now: datetime
) -> tuple[Ruling, ...]:
    """Rule on new addresses by the policy in force.

    Args:
        content: the mail; only its header is looked at.

    Raises: RightsError: one is not listed, or blocked.
    """
    today = now.astimezone(JAPAN).date()
    judged = [judge(a, terms.directory, today=today) for a in addresses]
    if any(r.recipient_class not in _LISTED for r in judged):
        raise RightsError(f"hold {held.hold.hold_id}: an address is not one that policy lists")
    facts = _facts(held, sender, content)
    rulings = decide(facts, judged, terms.policy, now).rulings
    blocked = [r.rule for r in rulings if r.verdict is Verdict.BLOCK]
    if blocked:
        raise RightsError(f"hold {held.hold.hold_id}: rule {blocked[0]} blocks the new address")
    return rulings


def _facts(held: Held, sender: str, content: bytes) -> MailFacts:
    seen = held.seen
    if seen is None:
        raise RightsError(f"hold {held.hold.hold_id}: nothing is known of its content")
    inspection = Inspection(
        findings=tuple(
            Finding(
                f["detector"],
                Confidence(f["confidence"]),
                f["count"],
                Place((f["place"],)),
                tuple(f["reasons"]),
            )
            for f in seen.findings
        ),
        persons=seen.persons,
        detected=_detected(seen.findings),
        unread=tuple(Unread(Place((u["place"],)), UnreadReason(u["reason"])) for u in seen.unread),
        attachments=seen.attachments,
    )
    headers = header_facts(content, InspectionLimits())
    return MailFacts(
        sender=sender,
        inspection=inspection,
        header_from=headers.header_from,
        client=seen.client,
        identity=held.identity,
        size_bytes=seen.size_bytes,
    )


def _detected(findings: Sequence[dict[str, Any]]) -> tuple[Detected, ...]:
    """Counts of other detectors: added up over places, so never fewer than there are."""
    counts: dict[str, list[int]] = {}
    for f in findings:
        if f["detector"] != MY_NUMBER:
            mine = counts.setdefault(f["detector"], [0, 0, 0])
            for floor in Confidence:
                mine[floor.rank] += f["count"] * Confidence(f["confidence"]).reaches(floor)
    return tuple(Detected(d, n[2], n[1], n[0]) for d, n in counts.items())

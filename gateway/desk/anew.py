"""What the policy in force says of an address that is put in place of a wrong one.

Answers: ``decide_anew``: one ruling for each new address, from the facts that the journal kept
and the mail's own From line.
Trusts: the journal's facts; nothing is read again, since no new address changes the content.
Fails: ``RightsError`` for a name that policy does not list, one that it blocks, and one that it
holds where the sender alone would decide.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from gateway.desk.terms import Terms
from gateway.errors import RightsError
from gateway.message import header_facts
from gateway.model import InspectionLimits, RecipientClass, Ruling, Verdict
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
    written_by = header_facts(content, InspectionLimits()).header_from
    facts = replace(held.facts, sender=sender, header_from=written_by)
    rulings = decide(facts, judged, terms.policy, now).rulings
    blocked = [r.rule for r in rulings if r.verdict is Verdict.BLOCK]
    if blocked:
        raise RightsError(f"hold {held.hold.hold_id}: rule {blocked[0]} blocks the new address")
    return rulings

"""Whether a rule's match holds for one recipient of one mail.

Answers: yes or no, from the facts alone. Conditions of a match are joined by *and*, the
members of a list by *or*.
Trusts: the facts; a recipient's trust only up to its last day.
Fails: never.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from datetime import date

from gateway.model import (
    Confidence,
    Inspection,
    MailFacts,
    Recipient,
    RecipientClass,
)
from gateway.policy.schema import INTERNAL, LOOK_ALIKE, MY_NUMBER, Found, Match, MyNumbers
from gateway.units import parse_address

Organs = Mapping[str, str]  # address or @domain → name of its organ
NO_ORGANS: Organs = {}


def matches(
    match: Match,
    facts: MailFacts,
    recipient: Recipient,
    today: date,
    organs: Organs = NO_ORGANS,
) -> bool:
    """Whether everything that ``match`` asks is so.

    What was found is asked first: of a clean mail that ends most rules with one comparison.
    """
    return (
        _matches_content(match, facts, recipient, today)
        and matches_envelope(match, facts.sender, recipient, organs)
        and _matches_address(match, recipient)
        and _matches_mail(match, facts)
    )


def matches_envelope(
    match: Match, sender: str, recipient: Recipient, organs: Organs = NO_ORGANS
) -> bool:
    """Whether the envelope is as ``match`` asks; content is not looked at."""
    return (
        _is_asked_about(match, recipient)
        and (match.recipient is None or _is_among(recipient, match.recipient))
        and (match.look_alike is None or _looks_alike(recipient, match.look_alike))
        and (match.sender is None or _names(match.sender, _normal(sender)))
        and match.sender_null in (None, sender == "")
        and match.resembles_own in (None, recipient.resembles_own)
        and _is_so(match.crosses_organ, _crosses, organs, sender, recipient)
    )


def _matches_address(match: Match, recipient: Recipient) -> bool:
    """Whether our own history of this address is as ``match`` asks."""
    return match.new_address in (None, recipient.new_address) and match.new_to_sender in (
        None,
        recipient.new_to_sender,
    )


def _matches_mail(match: Match, facts: MailFacts) -> bool:
    """Whether what the mail shows of its recipients, and names inside, is as asked."""
    wide, visible, floor = match.outside_domains, match.visible_recipients, match.address_inside
    return (
        (wide is None or facts.outside_domains >= wide.at_least)
        and (visible is None or facts.visible_outside >= visible.at_least)
        and (floor is None or any(_looks_alike(r, floor) for r in facts.inside))
        and match.greets_another in (None, facts.inspection.greets_another)
    )


def _matches_content(match: Match, facts: MailFacts, recipient: Recipient, today: date) -> bool:
    inspection, wanted, other = facts.inspection, match.my_numbers, match.detected
    return (
        (wanted is None or _so_many(inspection.persons.at(wanted.confidence), wanted))
        and (other is None or _is_detected(inspection, other))
        and (match.uninspected is None or _is_unread(inspection, match.uninspected))
        and match.attachments in (None, inspection.attachments > 0)
        and (match.reason is None or not match.reason.isdisjoint(recipient.reasons))
        and _is_so(match.sender_differs, _sender_differs, facts)
        and (match.size is None or facts.size_bytes >= match.size.at_least)
        and _is_so(match.permitted, _is_permitted, inspection, recipient, today)
    )


def _is_so(wanted: bool | None, test: Callable[..., bool], *facts: object) -> bool:
    """Whether a test comes out as it is wanted; not made where nothing is asked."""
    return wanted is None or wanted is test(*facts)


def _sender_differs(facts: MailFacts) -> bool:
    return facts.sender_differs


def _is_detected(inspection: Inspection, wanted: Found) -> bool:
    by_detector = {d.detector: d for d in inspection.detected}
    detected = by_detector.get(wanted.detector)
    return detected is not None and detected.at(wanted.confidence) >= wanted.at_least


def _so_many(persons: int, wanted: MyNumbers) -> bool:
    return wanted.at_least <= persons and (wanted.at_most is None or persons <= wanted.at_most)


def found(inspection: Inspection) -> frozenset[str]:
    """The detectors that found something at ``likely`` or better.

    Persons are counted across parts, so a number can be likely in the whole mail although
    each place by itself is only possible.
    """
    sure = {f.detector for f in inspection.findings if f.confidence.reaches(Confidence.LIKELY)}
    return frozenset(sure | ({MY_NUMBER} if inspection.persons.likely else set()))


def _is_permitted(inspection: Inspection, recipient: Recipient, today: date) -> bool:
    expired = recipient.trusted_until is not None and recipient.trusted_until < today
    return found(inspection) <= (frozenset() if expired else recipient.may_receive)


def _is_unread(inspection: Inspection, reasons: Set[str]) -> bool:
    """Whether something was not read for one of ``reasons``; none given: all was read."""
    if not reasons:
        return not inspection.unread
    return any(u.reason in reasons for u in inspection.unread)


# ------------------------------------------------------------------ who


def _crosses(organs: Organs, sender: str, recipient: Recipient) -> bool:
    """Whether both belong to an organ, and not to the same."""
    if not organs:
        return False
    local = recipient.address.rpartition("@")[0].lower()
    ours = _organ(organs, _normal(sender))
    theirs = _organ(organs, f"{local}@{recipient.domain}")
    return ours is not None and theirs is not None and ours != theirs


def _organ(organs: Organs, address: str) -> str | None:
    """The organ that names the address itself, else the one that names its domain."""
    return organs.get(address) or organs.get(f"@{address.rpartition('@')[2]}")


def _is_asked_about(match: Match, recipient: Recipient) -> bool:
    """Internal recipients are asked about only by a match that says ``internal``."""
    internal = recipient.recipient_class is RecipientClass.INTERNAL
    return not internal or INTERNAL in (match.recipient or ())


def _looks_alike(recipient: Recipient, floor: Confidence) -> bool:
    if recipient.recipient_class is not RecipientClass.LOOK_ALIKE:
        return False
    return (recipient.strength or Confidence.CERTAIN).reaches(floor)


def _is_among(recipient: Recipient, entries: Set[str]) -> bool:
    if LOOK_ALIKE in entries and _looks_alike(recipient, Confidence.LIKELY):
        return True
    of_class = recipient.recipient_class
    if of_class is not RecipientClass.LOOK_ALIKE and of_class.value in entries:
        return True
    local = recipient.address.rpartition("@")[0].lower()
    return bool(recipient.domain) and _names(entries, f"{local}@{recipient.domain}")


def _names(entries: Set[str], address: str) -> bool:
    """Whether ``entries`` name this address or its domain."""
    _, at, domain = address.rpartition("@")
    return bool(at) and (address in entries or f"@{domain}" in entries)


def _normal(address: str) -> str:
    """The address as entries are written; as it stands where it is no plain address."""
    if address.isascii():
        return address.lower()
    try:
        return parse_address(address)
    except ValueError:
        return address.lower()

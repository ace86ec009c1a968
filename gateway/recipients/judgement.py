"""Judges one recipient: what its domain is to this organisation, and why.

Answers: the class, for a look-alike the name that was meant, its strength and the corrected
address, and the reasons, strongest first. A pure function of its arguments.
Trusts: the directory and the history it is handed; the address not at all.
Fails: never; whatever cannot be read is of class ``invalid``.
Order: own, trusted today, known-bad, provider, written to before, look-alike, cannot
exist, first-time. A listed or written name never alarms; a provider stays a provider
however often it was written to, since its mailboxes belong to anybody.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from gateway import reasons
from gateway.model import Confidence, Recipient, RecipientClass
from gateway.recipients.directory import Directory, Standing, TrustedName
from gateway.recipients.evidence import NO_EVIDENCE, Evidence
from gateway.recipients.local_part import at_home, near
from gateway.recipients.normalise import Address, read_address
from gateway.recipients.structural import LookAlike

_ASKED_ABOUT_PERSONS = (
    RecipientClass.TRUSTED,
    RecipientClass.KNOWN,
    RecipientClass.FIRST_TIME,
    RecipientClass.FREEMAIL,
)
REMEMBERED = 4096  # judgements by name that a directory keeps
_ROUTED = re.compile(r"[%!@]")  # in a local part: a route to somewhere else


def judge(
    address: str,
    directory: Directory,
    *,
    today: date,
    written: frozenset[str] = frozenset(),
    evidence: Evidence = NO_EVIDENCE,
) -> Recipient:
    """Judge one recipient.

    Args:
        address: without angle brackets, as given.
        directory: the organisation's names.
        today: the day on which trust is looked at; ``until`` is its last day.
        written: normalised domains or organisations to which mail was relayed before.
        evidence: the persons known at this domain, and where else this one is known.
    """
    key = (address, today, written)
    judged = directory.judged.get(key)
    if judged is None:
        if len(directory.judged) >= REMEMBERED:
            directory.judged.clear()
        judged = directory.judged[key] = _by_name(address, directory, today, written)
    return judged if evidence is NO_EVIDENCE else _by_person(judged, address, evidence)


def _by_name(address: str, directory: Directory, today: date, written: frozenset[str]) -> Recipient:
    read = read_address(address)
    if read.fault:
        return _judge_malformed(address, read, directory)
    standing = directory.standing(read.domain.name)
    judged = _by_list(address, read, standing, today, written)
    return judged or _by_resemblance(address, read, standing, directory.look_alike(standing.domain))


def _by_list(
    address: str, read: Address, standing: Standing, today: date, written: frozenset[str]
) -> Recipient | None:
    """Judge by membership: own, trusted, known-bad, provider, written to before."""
    trusted = _valid(standing, today)
    if (standing.internal or trusted) and _ROUTED.search(read.local):
        # taro%evil.example@ours: many mail servers would send it on to evil.example.
        why = _with_width(read, reasons.ADDRESS_MALFORMED)
        return Recipient(address, read.domain.name, RecipientClass.INVALID, reasons=why)
    if standing.internal:
        return _recipient(address, read, standing, RecipientClass.INTERNAL, reasons.OWN_DOMAIN)
    if trusted:
        return _trusted(address, read, trusted)
    if standing.bad_for is not None:
        why = (reasons.KNOWN_BAD,)
        bad = LookAlike(standing.bad_for, Confidence.CERTAIN, why, float(len(Confidence)))
        return _look_alike(address, read, bad)
    if standing.freemail:
        why_free = reasons.FREEMAIL_PROVIDER
        return _recipient(address, read, standing, RecipientClass.FREEMAIL, why_free)
    if written and not written.isdisjoint(_own_names(standing)):
        return _recipient(address, read, standing, RecipientClass.KNOWN, reasons.WRITTEN_BEFORE)
    return None


def _by_resemblance(
    address: str, read: Address, standing: Standing, match: LookAlike | None
) -> Recipient:
    """Judge a stranger: look-alike, cannot exist, or first-time."""
    if match:
        return _look_alike(address, read, match)
    if standing.name is None and not standing.listed:
        why = reasons.SUFFIX_IMPOSSIBLE
        return _recipient(address, read, standing, RecipientClass.INVALID, why)
    return _recipient(address, read, standing, RecipientClass.FIRST_TIME, reasons.NEVER_WRITTEN)


def _by_person(judged: Recipient, address: str, evidence: Evidence) -> Recipient:
    """Add what is known of the person: it makes a doubt surer, or a question of its own."""
    read = read_address(address)
    if judged.recipient_class is RecipientClass.LOOK_ALIKE:
        sure = judged.resembles in evidence.elsewhere and judged.strength is Confidence.POSSIBLE
        return replace(judged, strength=Confidence.LIKELY) if sure else judged
    if judged.recipient_class not in _ASKED_ABOUT_PERSONS:
        return judged
    if person := near(read.local, evidence):
        why, suggestion = reasons.ADDRESS_NEAR, f"{person}@{read.domain.name}"
    elif home := at_home(read.local, evidence):
        why, suggestion = reasons.ADDRESS_ELSEWHERE, f"{read.local}@{home}"
    else:
        return judged
    return replace(judged, reasons=(why, *judged.reasons), suggestion=suggestion)


def _judge_malformed(address: str, read: Address, directory: Directory) -> Recipient:
    """Judge what is no address: perhaps a known name with a slip that breaks it."""
    if meant := directory.meant_by_malformed(read.typed) if read.typed else "":
        why = (reasons.DOMAIN_MALFORMED,)
        score = Confidence.CERTAIN.rank + 0.5
        return _look_alike(address, read, LookAlike(meant, Confidence.CERTAIN, why, score))
    return Recipient(address, "", RecipientClass.INVALID, reasons=_with_width(read, read.fault))


def _valid(standing: Standing, today: date) -> tuple[TrustedName, ...]:
    """The entries that trust this name today, of the nearest name that has any."""
    for entries in standing.trusted:
        if valid := [e for e in entries if e.until is None or today <= e.until]:
            return tuple(valid)
    return ()


def _trusted(address: str, read: Address, entries: tuple[TrustedName, ...]) -> Recipient:
    """Trusted by one entry or several of the same name: their permissions together."""
    may_receive = entries[0].may_receive
    if len(entries) > 1:
        may_receive = may_receive.union(*(e.may_receive for e in entries[1:]))
    ends = [e.until for e in entries if e.until is not None]
    return Recipient(
        address,
        read.domain.name,
        RecipientClass.TRUSTED,
        reasons=_with_width(read, reasons.TRUSTED_LIST),
        may_receive=may_receive,
        trusted_until=max(ends) if len(ends) == len(entries) else None,
    )


def _look_alike(address: str, read: Address, match: LookAlike) -> Recipient:
    meant = match.resembles
    return Recipient(
        address,
        read.domain.name,
        RecipientClass.LOOK_ALIKE,
        strength=match.strength,
        resembles=meant,
        suggestion=f"{read.local}@{meant}" if meant else "",
        reasons=_with_width(read, *match.reasons),
        score=match.score,
    )


def _recipient(
    address: str, read: Address, standing: Standing, judged: RecipientClass, reason: str
) -> Recipient:
    """A recipient of any class that needs no more than its reason."""
    lapsed = standing.trusted and judged is not RecipientClass.INTERNAL
    expired = (reasons.TRUST_EXPIRED,) if lapsed else ()
    why = _with_width(read, *expired, reason)
    return Recipient(address, read.domain.name, judged, reasons=why)


def _with_width(read: Address, *why: str) -> tuple[str, ...]:
    return (*why, reasons.FULL_WIDTH) if read.domain.full_width else why


def _own_names(standing: Standing) -> tuple[str, ...]:
    return (standing.domain, standing.name.organisation if standing.name else standing.domain)

"""Who is it really going to: a recipient's name, our own history and DNS, weighed together.

Answers: ``Judging.named`` (by names and history), ``Judging.testified`` (what DNS adds; may
run beside the inspection), ``corroborate`` (what history does to a judgement by name).
Trusts: the directory; history, which the organisation wrote itself; DNS as little as
``gateway.resolve`` says. Addresses are looked up for look-alikes, or where a rule asks.
Fails: as the store does; without a store or without DNS the names decide alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Protocol

from gateway import reasons
from gateway.model import Client, Confidence, Inspection, MailFacts, Recipient, RecipientClass
from gateway.policy.wanted import NOTHING_WANTED, Wanted
from gateway.recipients import Directory, domain_of, judge
from gateway.recipients.evidence import Evidence
from gateway.resolve import Witness

ESTABLISHED_SENDERS = 3  # different people here do not make one and the same slip …
ESTABLISHED_DAYS = 30  # … for a month
ESTABLISHED_MAILS = 10
NOBODY = Client("")
_NO_ADDRESS = (RecipientClass.INVALID, RecipientClass.INTERNAL)

Pair = tuple[str, str]  # local part and domain, both normalised


class History(Protocol):
    """What the store knows of earlier mail."""

    async def known_domains(self, domains: Iterable[str]) -> frozenset[str]: ...
    async def written_to(
        self, pairs: Iterable[Pair], sender: str | None = None
    ) -> frozenset[Pair]: ...
    async def around(self, local: str, domain: str) -> Evidence: ...


@dataclass(frozen=True, slots=True)
class Judging:
    """Judges the recipients of one mail by everything that is known."""

    history: History | None = None  # None: nothing was ever written, as far as is known
    witness: Witness | None = None  # None: DNS is not asked

    async def named(
        self,
        addresses: Sequence[str],
        sender: str,
        directory: Directory,
        today: date,
        wanted: Wanted = NOTHING_WANTED,
    ) -> list[Recipient]:
        """Judge by names and by our own sending history."""
        if self.history is None:
            return [by_name(a, directory, today) for a in addresses]
        written = await self.history.known_domains({domain_of(a) for a in addresses} - {""})
        judged = [judge(a, directory, today=today, written=written) for a in addresses]
        asked = await _in_question(judged, self.history, wanted)
        for n, recipient in enumerate(judged):
            if recipient.address in asked:
                evidence = await self.history.around(*_pair(recipient))
                again = judge(
                    recipient.address, directory, today=today, written=written, evidence=evidence
                )
                judged[n] = corroborate(again, evidence)
        news = await _news(judged, sender, self.history, wanted)
        return [_marked(r, directory) for r in news]

    async def inside(
        self, domains: Collection[str], directory: Directory, today: date
    ) -> tuple[Recipient, ...]:
        """Judge the domains of addresses inside a mail; return the look-alikes among them.

        Their local parts never left the reader, so none stands in what is returned.
        """
        if not domains:
            return ()
        alike = [by_name(f"*@{d}", directory, today) for d in domains]
        alike = [r for r in alike if r.recipient_class is RecipientClass.LOOK_ALIKE]
        if not alike or self.history is None:
            return tuple(alike)
        written = await self.history.known_domains({r.domain for r in alike} - {""})
        return tuple(r for r in alike if r.domain not in written)

    def doubts(self, recipients: Sequence[Recipient]) -> bool:
        """Whether DNS has anything to say about these."""
        return self.witness is not None and self.witness.wanted(recipients)

    async def testified(self, recipients: Sequence[Recipient]) -> list[Recipient]:
        """Add what DNS says of look-alikes and strangers."""
        if self.witness is None:
            return list(recipients)
        return await self.witness.testify(recipients)


def mail_facts(
    sender: str,
    inspection: Inspection,
    recipients: Sequence[Recipient],
    directory: Directory,
    inside: tuple[Recipient, ...] = (),
    *,
    client: Client = NOBODY,
    size_bytes: int = 0,
) -> MailFacts:
    """Gather what a decision may look at; the last two are known to the wire only."""
    outside = {r.domain for r in recipients if _outside(r)}
    shown = {a.lower() for a in inspection.headers.recipients}
    return MailFacts(
        sender=sender,
        inspection=inspection,
        header_from=inspection.headers.header_from,
        client=client.address,
        identity=client.identity,
        size_bytes=size_bytes,
        outside_domains=len(outside),
        visible_outside=sum(not is_ours(a, directory) for a in shown),
        inside=inside,
    )


def is_ours(address: str, directory: Directory) -> bool:
    """Whether an address is in one of our own domains."""
    domain = domain_of(address)
    return bool(domain) and directory.standing(domain).internal


def corroborate(recipient: Recipient, evidence: Evidence) -> Recipient:
    """Return a ``possible`` look-alike as known where several people here write to it.

    A surer one stays what it is however much was sent: a standing forward sends a lot. So
    does one at whose likeness the very same person is known.
    """
    weak = recipient.strength is Confidence.POSSIBLE and not (
        recipient.resembles and recipient.resembles in evidence.elsewhere
    )
    alike = recipient.recipient_class is RecipientClass.LOOK_ALIKE
    if not (alike and weak and established(evidence)):
        return recipient
    return replace(
        recipient,
        recipient_class=RecipientClass.KNOWN,
        strength=None,
        resembles="",
        suggestion="",
        reasons=(reasons.WRITTEN_BEFORE,),
        score=0.0,
    )


def established(evidence: Evidence) -> bool:
    """Whether several people here have written there for long, and nothing came back."""
    return (
        evidence.senders >= ESTABLISHED_SENDERS
        and evidence.days >= ESTABLISHED_DAYS
        and evidence.sent >= ESTABLISHED_MAILS
        and evidence.bounced == 0
    )


def _pair(recipient: Recipient) -> Pair:
    return recipient.address.rpartition("@")[0].lower(), recipient.domain


def by_name(address: str, directory: Directory, today: date) -> Recipient:
    """Judge by the name alone, before the mail is there."""
    return _marked(judge(address, directory, today=today), directory)


def _marked(recipient: Recipient, directory: Directory) -> Recipient:
    """Say whether our own name was mistyped, and suggest nothing that policy does not list."""
    if not (recipient.resembles or recipient.suggestion):
        return recipient
    suggested = domain_of(recipient.suggestion) if recipient.suggestion else ""
    listed = bool(suggested) and directory.standing(suggested).listed
    own = bool(recipient.resembles) and directory.standing(recipient.resembles).internal
    return replace(recipient, suggestion=recipient.suggestion if listed else "", resembles_own=own)


async def _in_question(
    recipients: Sequence[Recipient], history: History, wanted: Wanted
) -> frozenset[str]:
    """The addresses around which earlier mail is looked at: look-alikes; and those that nobody
    wrote to, where a rule asks about persons."""
    asked = {r.address for r in recipients if r.recipient_class is RecipientClass.LOOK_ALIKE}
    if wanted.persons:
        outside = {r.address: _pair(r) for r in recipients if _outside(r)}
        known = await history.written_to(outside.values())
        asked |= {address for address, pair in outside.items() if pair not in known}
    return frozenset(asked)


async def _news(
    recipients: list[Recipient], sender: str, history: History, wanted: Wanted
) -> list[Recipient]:
    """Mark the addresses that are new to everybody here, or to this sender."""
    if not (wanted.new_address or wanted.new_to_sender):
        return recipients
    outside = {r.address: _pair(r) for r in recipients if _outside(r)}
    ours, his = frozenset[Pair](), frozenset[Pair]()
    if wanted.new_address:
        ours = await history.written_to(outside.values())
    if wanted.new_to_sender:
        his = await history.written_to(outside.values(), sender)
    return [
        replace(
            r,
            new_address=wanted.new_address and outside[r.address] not in ours,
            new_to_sender=wanted.new_to_sender and outside[r.address] not in his,
        )
        if r.address in outside
        else r
        for r in recipients
    ]


def _outside(recipient: Recipient) -> bool:
    return bool(recipient.domain) and recipient.recipient_class not in _NO_ADDRESS

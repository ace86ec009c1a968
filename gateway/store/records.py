"""What the store hands out: values read from rows, and the one value that changes a hold.

Answers: nothing by itself. Every string from a mail is masked already, since the columns
are; the parts named sealed are ciphertext.
Trusts: the rows. Fails: never.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from gateway.model import Envelope, Fate, Hold, HoldState, MailFacts, Outgoing, Persons, Verdict
from gateway.store.seal import Opener, Sealed, unpack


class MailState(StrEnum):
    """Where a mail of the journal stands."""

    INTENDED = "intended"  # about to be relayed, outcome not known yet
    RELAYED = "relayed"
    REFUSED = "refused"
    FAILED = "failed"
    UNKNOWN = "unknown"  # perhaps delivered; the client was told to retry
    PARKED = "parked"  # all of it; nothing was relayed
    BLOCKED = "blocked"


class DeliveryKind(StrEnum):
    """What a delivery carries."""

    RELEASE = "release"  # a parked mail that was approved
    NOTICE = "notice"
    DSN = "dsn"


class DeliveryState(StrEnum):
    QUEUED = "queued"
    SENDING = "sending"  # leased to a worker
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One mail that a worker has leased and must hand to the next hop."""

    delivery_id: str
    kind: DeliveryKind
    queue_id: str  # the mail it is about
    hold_id: str  # "" unless it is a release
    attempts: int  # this one included
    created_at: datetime  # when the queue took it; back-off and giving up count from here
    parcel: Sealed  # envelope; and content, unless it is a release
    mail: Sealed | None  # the parked mail; with a release only

    def opened(self, opener: Opener) -> tuple[Envelope, bytes]:
        """Return the envelope and the bytes to send: for a release, the bytes as parked."""
        envelope, content = unpack(opener.open(delivery_context(self.delivery_id), self.parcel))
        if self.mail is not None:
            _, content = unpack(opener.open(mail_context(self.queue_id), self.mail))
        return envelope, content


@dataclass(frozen=True, slots=True)
class Held:
    """A hold with what an act on it needs; ``revision`` tells whether somebody was first."""

    hold: Hold
    revision: int
    positions: tuple[int, ...]  # of its recipients in the sealed envelope
    mail: Sealed | None  # None once destroyed
    corrected: Sealed | None  # envelope of this hold alone, after a correction
    resembles_hold: str  # an earlier hold of the same mail, as far as we can tell; or ""
    facts: MailFacts = field(repr=False)  # what the decision looked at; every string masked
    approvals: tuple[tuple[str, ...], ...] = ()  # who approved so far: actor, and person then

    @property
    def found(self) -> bool:
        """Whether a detector reported anything at all, or a part was not read."""
        return bool(self.facts.inspection.findings or self.facts.inspection.unread)

    @property
    def identity(self) -> str:
        """Whom the wire knew the sender to be."""
        return self.facts.identity

    def opened(self, opener: Opener) -> tuple[Envelope, Envelope] | None:
        """Return the mail's envelope and this hold's; None once the mail is destroyed."""
        if self.mail is None:
            return None
        whole, _ = unpack(opener.open(mail_context(self.hold.queue_id), self.mail))
        if self.corrected is not None:
            mine, _ = unpack(opener.open(hold_context(self.hold.hold_id), self.corrected))
            return whole, mine
        chosen = tuple(whole.rcpt_tos[n] for n in self.positions)
        given = whole.rcpt_parameters
        asked = tuple(given[n] for n in self.positions) if given else ()
        return whole, replace(whole, rcpt_tos=chosen, rcpt_parameters=asked)

    def content(self, opener: Opener) -> bytes:
        """Return the mail's bytes as they will be sent; empty once it is destroyed."""
        if self.mail is None:
            return b""
        return unpack(opener.open(mail_context(self.hold.queue_id), self.mail))[1]


@dataclass(frozen=True, slots=True)
class Split:
    """Recipients that an act leaves behind, under another id: they wait on, or are refused."""

    hold_id: str  # new
    positions: tuple[int, ...]  # of those who stay, in the mail's envelope
    corrected: Envelope | None = None  # theirs, where the hold was corrected before
    kept: Envelope | None = None  # of those who go on, then
    state: HoldState = HoldState.PARKED  # REJECTED where the act refuses them in one go


class ReviewKind(StrEnum):
    """Why somebody is to look after the fact."""

    SAMPLE = "sample"  # a journal rule's draw
    MONITORED = "monitored"  # would have been parked, was let pass for a trial
    OFF_HOURS = "off-hours"  # decided with fewer eyes at night or on a holiday
    DISASTER = "disaster"  # decided with fewer eyes in a disaster


@dataclass(frozen=True, slots=True)
class Review:
    """One thing to be looked at after the fact. Every string from the mail is masked."""

    review_id: str
    queue_id: str
    hold_id: str  # "" for a sample
    kind: ReviewKind
    rule: str
    sender: str
    recipients: tuple[str, ...]
    received_at: datetime
    expires_at: datetime
    my_numbers: int
    attachments: int
    reviewed_by: str = ""
    reviewed_at: datetime | None = None
    outcome: str = ""
    identity: str = ""  # whom the wire knew the sender to be
    decided_by: tuple[str, ...] = ()  # actors whose decision is under review
    copy: Sealed | None = field(default=None, repr=False)  # with samples, until it expires

    def opened(self, opener: Opener) -> tuple[Envelope, bytes] | None:
        """Return envelope and bytes of a sample; None for a decision, or once destroyed."""
        if self.copy is None:
            return None
        return unpack(opener.open(review_context(self.review_id), self.copy))


@dataclass(frozen=True, slots=True)
class StandIn:
    """Who decides in whose place for a time. Persons, not accounts."""

    stand_in_id: str
    absent: str
    stand_in: str
    since: datetime
    until: datetime
    made_by: str


@dataclass(frozen=True, slots=True)
class Errand:
    """What a program's request adds to the act that it asks for."""

    token_id: str  # which of the account's tokens; stands in the audit entry
    seen: int | None = None  # revision of the hold that was looked at; None: whichever it has
    key: str = ""  # digest of the request's own key; "" where it has none
    asked: str = ""  # digest of what is asked for under that key


@dataclass(frozen=True, slots=True)
class Act:
    """One act on one hold: applied whole with its audit entry, or not at all."""

    held: Held = field(repr=False)  # as it was read; the act fails if it changed since
    action: str  # word for the audit log
    actor: str
    reason: str = field(repr=False)  # a person's words; masked when written
    becomes: HoldState
    at: datetime
    approves: bool = False  # counts as this actor's approval
    corrected: Envelope | None = None  # new envelope; earlier approvals no longer count
    replaced: frozenset[int] = frozenset()  # positions whose address is not the sender's any more
    send: Envelope | None = None  # queue the mail for these recipients
    mails: tuple[Outgoing, ...] = ()  # notices and DSNs, due at once
    person: str = ""  # whom the actor is known to be; counted in place of the actor
    code: str = ""  # reason code; "" where none was chosen
    changes: Mapping[str, object] = field(default_factory=dict)  # other columns of the hold
    mode: str = ""  # why fewer eyes than usual were enough; "" as usual
    review_until: datetime | None = None  # put the decision on the list of later reviews
    left: Split | None = None  # recipients that are left behind, in a hold of their own
    last_day: str = ""  # with a new end: the last whole day before it, Japan time
    errand: Errand | None = None  # a program asked for it


@dataclass(frozen=True, slots=True)
class Destination:
    """One recipient of a mail and what became of his copy."""

    address: str  # masked
    corrected: str  # masked; "" where the address was not corrected
    recipient_class: str
    strength: str  # "" unless a look-alike
    resembles: str
    verdict: Verdict
    would: Verdict
    rule: str
    reasons: tuple[str, ...]
    hold_id: str  # "" where the copy was not parked
    fate: Fate | None  # None while it waits, or when nothing was ever tried


class ReportStep(StrEnum):
    """Which report the Commission was given."""

    PRELIMINARY = "preliminary"  # 速報
    FINAL = "final"  # 確報; counts as both


@dataclass(frozen=True, slots=True)
class Reported:
    """That somebody says a report was given."""

    step: ReportStep
    on: date  # the day on which it was given
    reference: str  # the Commission's number, masked; "" where none was told
    by: str  # actor
    at: datetime  # when it was marked


@dataclass(frozen=True, slots=True)
class IncidentRecord:
    """One incident with the journal's facts about its mail."""

    incident_id: str
    queue_id: str
    opened_at: datetime
    received_at: datetime
    sender: str  # masked
    client: str
    size_bytes: int
    policy: str
    verdict: Verdict
    would: Verdict
    state: MailState
    persons: Persons
    findings: tuple[dict[str, Any], ...]  # detector, confidence, count, place, reasons
    unread: tuple[dict[str, Any], ...]  # place, reason, detail
    attachments: int
    destinations: tuple[Destination, ...]
    hold_ids: tuple[str, ...]
    reported: tuple[Reported, ...] = ()  # to the Commission, preliminary first

    def due(self, step: ReportStep) -> bool:
        """Whether this report is still to be given; a final one serves as both."""
        given = {mark.step for mark in self.reported}
        return not given & {step, ReportStep.FINAL}

    def in_doubt(self, hold_id: str) -> bool:
        """Whether a copy of this hold may have arrived, and nobody knows."""
        mine = (d for d in self.destinations if d.hold_id == hold_id)
        return any(d.fate is Fate.UNKNOWN for d in mine)


def mail_context(queue_id: str) -> str:
    """What a sealed mail is bound to."""
    return f"mail:{queue_id}"


def hold_context(hold_id: str) -> str:
    """What a corrected envelope is bound to."""
    return f"hold:{hold_id}"


def review_context(review_id: str) -> str:
    """What the sealed copy of a review is bound to."""
    return f"review:{review_id}"


def delivery_context(delivery_id: str) -> str:
    """What a delivery's parcel is bound to."""
    return f"delivery:{delivery_id}"

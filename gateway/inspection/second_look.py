"""Encrypted mails that wait in memory for their password (PPAP: the file first, the password
in the next mail).

Answers: ``LockedMails.keep`` (a mail that was parked with an encrypted part), ``waiting`` (what
a later mail of the same sender to the same recipients may unlock) and ``told_by`` (the password
candidates of that later mail).
Trusts: nothing. Kept are the bytes of parked mails alone, which are sealed on the disk as well;
of a relayed mail nothing is kept, and no candidate outlives the look that it is for.
Fails: never. A limit met drops the oldest, and says so in the log: the mail is then judged by
its handler as it was parked. Each process remembers its own mails only, and none over a restart.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from gateway.inspection import passwords
from gateway.message import parse
from gateway.message.charset import decode
from gateway.model import (
    Envelope,
    Inspection,
    InspectionLimits,
    MailFacts,
    Park,
    Recipient,
    Submission,
    UnreadReason,
)

log = structlog.get_logger(__name__)

_LETTERS = 4  # texts of the later mail in which a password is looked for
_MOST_KEPT = 500  # findings and unread parts that a hold keeps of a second look, each


@dataclass(frozen=True, slots=True)
class LockedMail:
    """One parked mail whose encrypted parts could not be read."""

    submission: Submission
    facts: MailFacts = field(repr=False)  # as it was judged when it was parked
    recipients: tuple[Recipient, ...] = field(repr=False)
    hold_ids: tuple[str, ...]
    rules: tuple[str, ...]  # beside hold_ids
    until: datetime


@dataclass(frozen=True, slots=True)
class LockedMailLimits:
    """What may be kept; a limit of 0 bytes keeps nothing."""

    keep: timedelta = timedelta(minutes=30)
    memory_bytes: int = 100 * 1024 * 1024
    letter_bytes: int = 64 * 1024
    mails_per_sender: int = 5


class LockedMails:
    """The mails of one process, the oldest first."""

    def __init__(self, limits: LockedMailLimits, clock: Callable[[], datetime]) -> None:
        self._limits = limits
        self._clock = clock
        self._kept: OrderedDict[str, LockedMail] = OrderedDict()
        self._bytes = 0

    def keep(
        self,
        mail: Submission,
        facts: MailFacts,
        recipients: tuple[Recipient, ...],
        parks: Sequence[Park],
    ) -> None:
        """Remember a parked mail that has an encrypted part."""
        size = len(mail.content)
        if not locked(facts.inspection) or size > self._limits.memory_bytes:
            return
        self._forget_old(mail.envelope.mail_from, size)
        until = self._clock() + self._limits.keep
        ids, rules = tuple(p.hold_id for p in parks), tuple(p.rule for p in parks)
        self._kept[mail.queue_id] = LockedMail(mail, facts, recipients, ids, rules, until)
        self._bytes += size

    def waiting(self, envelope: Envelope) -> list[LockedMail]:
        """Return what a later mail may unlock: of its sender, to some of its recipients."""
        if not self._kept or not envelope.mail_from:
            return []
        self._drop_expired()
        to = {a.casefold() for a in envelope.rcpt_tos}
        return [
            kept
            for kept in self._kept.values()
            if kept.submission.envelope.mail_from.casefold() == envelope.mail_from.casefold()
            and to & {a.casefold() for a in kept.submission.envelope.rcpt_tos}
        ]

    def told_by(self, content: bytes, limits: InspectionLimits) -> tuple[str, ...]:
        """Return password candidates of a later mail; secret, and for one look only."""
        if len(content) > self._limits.letter_bytes:
            return ()
        message = parse(content, limits)
        letters = [
            decode(leaf.content, leaf.charset)[0]
            for leaf in message.leaves[:_LETTERS]
            if leaf.declared_type.startswith("text/") and not leaf.attachment
        ]
        return passwords.candidates((message.headers.subject, *letters))

    def forget(self, queue_id: str) -> None:
        """Drop one mail: its password was found."""
        kept = self._kept.pop(queue_id, None)
        if kept is not None:
            self._bytes -= len(kept.submission.content)

    def _forget_old(self, sender: str, size: int) -> None:
        """Make room, the oldest first."""
        self._drop_expired()
        own = [q for q, k in self._kept.items() if k.submission.envelope.mail_from == sender]
        for queue_id in own[: len(own) + 1 - self._limits.mails_per_sender]:
            self._let_go(queue_id, "mails_per_sender")
        while self._kept and self._bytes + size > self._limits.memory_bytes:
            self._let_go(next(iter(self._kept)), "memory")

    def _drop_expired(self) -> None:
        now = self._clock()
        for queue_id in [q for q, kept in self._kept.items() if kept.until <= now]:
            self.forget(queue_id)

    def _let_go(self, queue_id: str, limit: str) -> None:
        log.warning("locked-mail-forgotten", queue_id=queue_id, limit=limit)
        self.forget(queue_id)


def locked(inspection: Inspection) -> int:
    """Return how many parts were not read because they are encrypted."""
    return sum(u.reason is UnreadReason.ENCRYPTED for u in inspection.unread)


def told(before: Inspection, after: Inspection) -> dict[str, object]:
    """Return what a second look showed, as the hold keeps it: no digit, no password."""
    if locked(after) >= locked(before):
        result = "locked"
    elif len(after.findings) > len(before.findings):
        result = "found"
    else:
        result = "nothing"
    return {
        "result": result,
        "my_numbers": after.persons.likely,
        "findings": [
            {"place": str(f.place), "count": f.count, "confidence": f.confidence.value}
            for f in after.findings[:_MOST_KEPT]
        ],
        "unread": [
            {"place": str(u.place), "reason": u.reason.value} for u in after.unread[:_MOST_KEPT]
        ],
    }

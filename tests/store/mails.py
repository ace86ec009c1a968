"""Mails, decisions and a clock for tests of parked mail."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from gateway.ids import new_id
from gateway.model import (
    Client,
    Confidence,
    Decision,
    Envelope,
    Finding,
    Inspection,
    Outgoing,
    Park,
    Persons,
    Place,
    Recipient,
    RecipientClass,
    Ruling,
    Submission,
    Unread,
    UnreadReason,
    Verdict,
)
from gateway.store import Opener, Sealer
from gateway.store.seal import fresh_key

SENDER = "taro@city.example.lg.jp"
START = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)


@dataclass
class Clock:
    now: datetime = START

    def __call__(self) -> datetime:
        self.now += timedelta(microseconds=1)
        return self.now

    def pass_by(self, **period: float) -> datetime:
        self.now += timedelta(**period)
        return self.now


@dataclass
class Keys:
    """One key pair, as the key file would hold it."""

    kek_id: str = "2026-11-21-bc"
    private: object = field(default_factory=fresh_key)

    @property
    def sealer(self) -> Sealer:
        return Sealer({self.kek_id: self.private.public_key()})  # type: ignore[attr-defined]

    @property
    def opener(self) -> Opener:
        return Opener({self.kek_id: self.private})  # type: ignore[dict-item]


def submission(
    *recipients: str, sender: str = SENDER, content: bytes = b"Subject: x\r\n\r\nhello\r\n"
) -> Submission:
    return Submission(
        queue_id=new_id(),
        received_at=START,
        client=Client("192.168.100.200", 40000, "mail", identity="taro"),
        envelope=Envelope(sender, recipients or ("aaabb@exp.com",)),
        content=content,
        trace=b"Received: from test\r\n",
    )


def inspection(persons: int = 3, place: str = "body") -> Inspection:
    if not persons:
        return Inspection()
    found = Finding("my-number", Confidence.CERTAIN, persons, Place((place,)), ("check-digit",))
    return Inspection((found,), Persons(persons, persons, persons), elapsed_ms=1.5)


def unread(place: str = "3 a.zip") -> Inspection:
    return Inspection(unread=(Unread(Place((place,)), UnreadReason.ENCRYPTED),))


def ruling(
    address: str,
    verdict: Verdict,
    rule: str = "my-number",
    *,
    would: Verdict | None = None,
    cls: RecipientClass = RecipientClass.FIRST_TIME,
    approvers: int = 1,
    resembles: str = "",
) -> Ruling:
    domain = address.rpartition("@")[2]
    judged = Recipient(address, domain, cls, resembles=resembles, reasons=("never-written",))
    return Ruling(judged, verdict, rule, would or verdict, approvers)


def decision(*rulings: Ruling) -> Decision:
    return Decision(rulings, policy="3f2a")


def parks_for(
    mail: Submission, made: Decision, *, expires_in: timedelta = timedelta(days=7)
) -> tuple[Park, ...]:
    """One park a rule, as the pipeline makes them."""
    groups: dict[tuple[Verdict, str], list[Ruling]] = {}
    for r in made.of(Verdict.WARN, Verdict.HOLD):
        groups.setdefault((r.verdict, r.rule), []).append(r)
    return tuple(
        Park(
            new_id(),
            verdict,
            rule,
            tuple(r.recipient.address for r in rulings),
            rulings[0].approvers,
            mail.received_at + expires_in,
        )
        for (verdict, rule), rulings in groups.items()
    )


def notice(to: str = SENDER, body: bytes = b"Subject: held\r\n\r\nheld\r\n") -> Outgoing:
    return Outgoing("notice", "sekisho@city.example.lg.jp", (to,), body)


def dsn(to: str = SENDER) -> Outgoing:
    return Outgoing("dsn", "", (to,), b"Subject: undeliverable\r\n\r\n-\r\n")

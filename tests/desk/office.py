"""An office for tests of the desk: letters that say which they are, people, terms, holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from gateway.desk import Actor, Desk, Office, Roster, Terms
from gateway.model import Envelope, Hold, Inspection, OnExpiry, Outgoing, Park, Verdict
from gateway.notify.digest import Digest
from gateway.policy import loads
from gateway.recipients import Directory, TrustedName
from gateway.store import DeliveryKind, Store, TrustAsked
from tests.store.mails import SENDER, Clock, Keys, decision, inspection, notice, ruling, submission

HANAKO, JIRO = Actor("user:hanako"), Actor("os:jiro")
TARO = Actor("user:taro", addresses=(SENDER,))
REASON = "checked by telephone"
OWN = "city.example.lg.jp"

PEOPLE = f"""\
userName,emails,manager,active
taro,taro@{OWN},kacho,true
hanako,hanako@{OWN},kacho,true
jiro,jiro@{OWN},"uid=bucho,ou=people,dc=city",true
kacho,kacho@{OWN},bucho,true
bucho,bucho@{OWN},,true
gone,gone@{OWN},bucho,false
"""


@dataclass
class Letters:
    """Notices that say which one they are; none goes to the null sender."""

    told: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)

    def _letter(self, word: str, envelope: Envelope) -> Outgoing | None:
        return notice(envelope.mail_from, word.encode()) if envelope.mail_from else None

    def rejected(
        self, hold: Hold, envelope: Envelope, reason: str, code: str = ""
    ) -> Outgoing | None:
        return self._letter("rejected", envelope)

    def expired(self, hold: Hold, envelope: Envelope) -> Outgoing | None:
        return self._letter("expired", envelope)

    def released(self, hold: Hold, envelope: Envelope) -> Outgoing | None:
        return self._letter("released", envelope)

    def expiring(self, hold: Hold, envelope: Envelope) -> tuple[Outgoing, ...]:
        letter = self._letter("expiring", envelope)
        return () if letter is None else (letter,)

    def escalated(self, hold: Hold, to: tuple[str, ...]) -> Outgoing | None:
        self.told.append((hold.hold_id, to))
        return notice(to[0], b"escalated") if to else None

    def trust_answered(
        self, hold: Hold, envelope: Envelope, wanted: TrustAsked, reason: str, approved: bool
    ) -> Outgoing | None:
        return self._letter("trust-answered", envelope)

    def digest(self, found: Digest) -> Outgoing | None:
        return notice(f"handler@{OWN}", b"digest")


def terms(policy: str = "", people: Path | None = None, office: Office | None = None) -> Terms:
    """The terms that a policy text makes, with exp.co.jp trusted."""
    return Terms(
        loads(policy),
        Directory.build(
            internal=[OWN], trusted=[TrustedName("exp.co.jp", frozenset({"my-number"}), None)]
        ),
        Roster.load(people),
        office or Office(),
    )


def desk_of(store: Store, keys: Keys, clock: Clock, its: Terms | None = None) -> Desk:
    return Desk(store, keys.opener, Letters(), its or terms(), clock=clock)


async def park(
    store: Store,
    verdict: Verdict = Verdict.HOLD,
    *recipients: str,
    approvers: int = 1,
    sender: str = SENDER,
    found: Inspection | None = None,
    content: bytes = b"Subject: x\r\n\r\nhello\r\n",
    rule: str = "one",
    lasts: timedelta = timedelta(days=7),
    on_expiry: OnExpiry | None = None,
    features: Mapping[str, Any] | None = None,
) -> str:
    """Park a mail by one rule; return the hold's id."""
    mail = submission(*(recipients or ("aaabb@exp.com",)), sender=sender, content=content)
    to = mail.envelope.rcpt_tos
    made = decision(*(ruling(a, verdict, rule, approvers=approvers) for a in to))
    hold = Park(mail.queue_id, verdict, rule, to, approvers, mail.received_at + lasts, on_expiry)
    await store.intend(
        mail, found or inspection(), made, [hold], [], staged=False, features=features
    )
    return hold.hold_id


async def sent(store: Store, keys: Keys, clock: Clock) -> dict[str, tuple[Envelope, bytes]]:
    """What the outbox holds now: the release under "release", notices under their text."""
    found = {}
    for d in await store.claim_deliveries(clock(), 50, 60):
        envelope, content = d.opened(keys.opener)
        name = "release" if d.kind is DeliveryKind.RELEASE else content.decode()
        found[name] = (envelope, content)
    return found

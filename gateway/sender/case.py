"""What a link opens: the parked mail as its sender may see it.

Answers: ``opened`` gives the ``Case`` of a token.
Trusts: the store's strings to be masked; ``shown`` masks them once more and takes out what
nobody sees, so that a recipient's name cannot turn the order of what is read.
Fails: ``None`` for a link that opens nothing: unknown, over, spent, or of a mail that does
not wait for its sender any more. Nobody is told which.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from gateway.desk import Actor
from gateway.errors import NotFoundError
from gateway.masking import MASK
from gateway.model import Hold, HoldState, RecipientClass, Verdict
from gateway.notify.letter import shown
from gateway.sender.room import Room
from gateway.store import Destination, IncidentRecord, TrustAsked

_STRANGERS = (RecipientClass.KNOWN, RecipientClass.FIRST_TIME)
SHOWN = 50  # recipients and places named; the rest is counted
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Whom:
    """One recipient whom the mail waits for."""

    address: str
    meant: str  # the address probably meant; "" unless this one resembles a known name
    resembles: str  # that name, likewise
    reasons: tuple[str, ...]  # constants of gateway.reasons
    known_as: str  # RecipientClass


@dataclass(frozen=True, slots=True)
class Place:
    """Where something was found, or not read."""

    place: str
    what: str  # a detector, or why it was not read


@dataclass(frozen=True, slots=True)
class Case:
    """A mail that waits for its sender. Every string is masked."""

    hold: Hold
    found: bool  # a detector reported something, or a part was not read
    whom: tuple[Whom, ...]
    more: int  # recipients that are not named
    findings: tuple[Place, ...]
    unread: tuple[Place, ...]
    attachments: int
    wish: TrustAsked | None = None  # what the sender has asked to trust, and the answer

    @property
    def domains(self) -> tuple[str, ...]:
        """The recipients' domains that the sender can ask to trust: no look-alike, no freemail."""
        fit = (w for w in self.whom if w.known_as in _STRANGERS and MASK not in w.address)
        return tuple(dict.fromkeys(w.address.rpartition("@")[2].lower() for w in fit))

    @property
    def actor(self) -> Actor:
        """Who acts by the link."""
        return Actor(f"sender:{self.hold.sender}", sender_of=self.hold.hold_id)


async def opened(here: Room, token: str) -> Case | None:
    """Return what a link opens, if it still waits for its sender."""
    hold_id = await here.store.hold_of_link(token) if _TOKEN.fullmatch(token) else None
    if hold_id is None:
        return None
    try:
        held = await here.store.held(hold_id)
        record = await here.store.incident(held.hold.incident_id)
        wish = await here.store.trust_asked(hold_id)
    except NotFoundError:
        return None
    if not _waits(held.hold, here):
        return None
    return replace(_case(held.hold, held.found, record), wish=wish)


def _waits(hold: Hold, here: Room) -> bool:
    asked = hold.verdict is Verdict.WARN and hold.state is HoldState.PARKED
    return asked and here.now() < hold.expires_at


def _case(hold: Hold, found: bool, record: IncidentRecord) -> Case:
    mine = [d for d in record.destinations if d.hold_id == hold.hold_id]
    # The doubtful ones first: they are why somebody looks.
    mine.sort(key=lambda d: d.recipient_class != RecipientClass.LOOK_ALIKE)
    return Case(
        hold=hold,
        found=found,
        whom=tuple(_whom(d) for d in mine[:SHOWN]),
        more=max(0, len(mine) - SHOWN),
        findings=tuple(Place(shown(f["place"]), f["detector"]) for f in record.findings[:SHOWN]),
        unread=tuple(Place(shown(u["place"]), u["reason"]) for u in record.unread[:SHOWN]),
        attachments=record.attachments,
    )


def _whom(to: Destination) -> Whom:
    local, _, _ = to.address.rpartition("@")
    meant = shown(f"{local}@{to.resembles}") if local and to.resembles else ""
    return Whom(shown(to.address), meant, shown(to.resembles), to.reasons, to.recipient_class)

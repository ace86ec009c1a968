"""Who acts on parked mail, and whether this one may.

Answers: ``Actor``, and the checks ``as_handler`` and ``as_sender``.
Trusts: the caller to have authenticated the actor and to know his addresses; a link in a
notice proves that whoever holds it is the sender of that one hold.
Fails: ``RightsError``, which names the hold and no address.
Four eyes: the sender never approves his own mail, and nobody approves twice.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway.errors import RightsError
from gateway.model import Hold
from gateway.store.columns import masked


@dataclass(frozen=True, slots=True)
class Actor:
    """A person, or a clock, as the audit log names it."""

    name: str  # account, or "uid:1000" at a terminal; never empty
    addresses: tuple[str, ...] = field(default=(), repr=False)  # the person's own mailboxes
    sender_of: str = ""  # id of the hold whose signed link was used

    @property
    def recorded(self) -> str:
        """The name as it is stored and compared: a sender's address may hold a number."""
        return masked(self.name.strip().casefold())


CLOCK = Actor("clock")


def signed_in_as(actor: Actor, mail_from: str) -> bool:
    """Whether the actor's own account is the mail's sender."""
    own = {a.strip().casefold() for a in (actor.name, *actor.addresses)}
    return bool(mail_from) and mail_from.casefold() in own


def is_sender(actor: Actor, hold: Hold, mail_from: str) -> bool:
    """Whether the actor sent the mail; ``mail_from`` is the envelope's, in clear."""
    return actor.sender_of == hold.hold_id or signed_in_as(actor, mail_from)


def as_handler(actor: Actor, hold: Hold, mail_from: str) -> None:
    """Refuse the sender: somebody else must look at the mail."""
    if is_sender(actor, hold, mail_from):
        raise RightsError(f"hold {hold.hold_id}: the sender cannot decide on it")


def as_sender(actor: Actor, hold: Hold, mail_from: str) -> None:
    """Refuse anybody but the sender."""
    if not is_sender(actor, hold, mail_from):
        raise RightsError(f"hold {hold.hold_id}: only the sender can do that")


def as_signed_in_sender(actor: Actor, hold: Hold, mail_from: str) -> None:
    """Refuse anybody but the sender, and the sender who only followed a link."""
    if not signed_in_as(actor, mail_from):
        raise RightsError(f"hold {hold.hold_id}: only the sender, signed in, can do that")


def as_new_approver(actor: Actor, hold: Hold) -> None:
    """Refuse a second approval by one person."""
    if actor.recorded in hold.approved_by:
        raise RightsError(f"hold {hold.hold_id}: {actor.recorded} has approved it already")

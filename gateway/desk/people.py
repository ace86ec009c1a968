"""Who acts on parked mail, and what he is to one hold.

Answers: ``Actor``; ``person_of`` (one name, whichever door was used); ``parties``.
Trusts: the caller to have authenticated the actor and to know his addresses; a link in a
notice proves that whoever holds it is the sender of that one hold.
Fails: ``RightsError`` from ``as_new_approver``, which names the hold and no address.
Four eyes: one person is one pair of eyes, at a terminal (``os:taro``) as in the console
(``user:taro``); the sender's are none, unless policy lets him check himself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from gateway.desk.life import Party
from gateway.errors import RightsError
from gateway.model import Hold
from gateway.store.columns import masked
from gateway.store.records import Errand
from gateway.store.rights import Right

_DOORS = ("os:", "user:", "link:", "oidc:")


@dataclass(frozen=True, slots=True)
class Actor:
    """A person, or a clock, as the audit log names it."""

    name: str  # door and account: "user:taro", "os:taro"; never empty
    addresses: tuple[str, ...] = field(default=(), repr=False)  # the person's own mailboxes
    sender_of: str = ""  # id of the hold whose signed link was used; then nothing else counts
    appoints: bool = False  # may name stand-ins for others; set by the door that knows his role
    errand: Errand | None = None  # a program asks, in the person's name
    scope: frozenset[Right] | None = None  # what its token lets through; None: all that he may

    @property
    def token(self) -> str:
        """Id of the token by which a program asks; "" for a person."""
        return self.errand.token_id if self.errand else ""

    @property
    def recorded(self) -> str:
        """The name as it is stored and compared: a sender's address may hold a number."""
        return masked(self.name.strip().casefold())


CLOCK = Actor("clock")


def person_of(name: str) -> str:
    """Return the person behind an actor's name: the same one behind every door.

    >>> person_of("os:Taro") == person_of("user:taro") == "taro"
    True
    """
    bare = name.strip().casefold()
    for door in _DOORS:
        bare = bare.removeprefix(door)
    return bare


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of an actor and one hold, gathered by the desk."""

    actor: Actor
    person: str  # one name (``persons.Persons.one``)
    mine: bool  # signed in as the mail's sender
    found: bool  # whether anything was found in the mail, or not read
    approved: bool  # he has approved it already
    self_check: bool  # policy lets the sender approve
    named: Callable[[], bool]  # whether policy names him as an approver


def parties(about: Standing, hold: Hold) -> frozenset[Party]:
    """Return what the actor is to this hold."""
    if about.actor is CLOCK:
        return frozenset({Party.CLOCK})
    if about.actor.sender_of:
        return _by_link(about, hold)
    if about.mine and not about.self_check:
        return frozenset({Party.SENDER})
    mine = {Party.SENDER} if about.mine else {Party.HANDLER}
    may = (about.self_check and about.mine) or about.named()
    return frozenset(mine | ({Party.APPROVER} if may and not about.approved else set()))


def _by_link(about: Standing, hold: Hold) -> frozenset[Party]:
    if about.actor.sender_of != hold.hold_id:
        return frozenset()
    return frozenset({Party.LINK} if about.found else {Party.LINK, Party.CLEAN_LINK})


def as_new_approver(about: Standing, hold: Hold) -> None:
    """Refuse a second approval by one person."""
    if about.approved:
        raise RightsError(f"hold {hold.hold_id}: {masked(about.person)} has approved it already")

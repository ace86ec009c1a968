"""What a person can do with parked mail in the pages: the right, the key, the reasons of each.

Answers: ``VERBS``, ``verbs_for`` (what a page offers an account now), ``Wish`` (what a form
asks for) and ``wish_of``.
Trusts: the desk's table of stages for what is possible; it decides again when the act comes.
Fails: ``UsageError`` for a form that leaves out what its act needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time

from gateway.console.forms import Typed
from gateway.console.words import JAPAN
from gateway.desk import Action, Party, end_of_day, stage_of
from gateway.desk.answers import (
    ACCEPTED,
    CORRECTED,
    FALSE_ALARM,
    NOT_ALLOWED,
    NOT_NEEDED,
    OTHER,
    SEND_ANEW,
    TRAINING_NEEDED,
)
from gateway.desk.life import LIFE
from gateway.errors import UsageError
from gateway.model import Hold
from gateway.store import Right, User

REASON_CHARS = 1000
_HANDS = frozenset({Party.HANDLER, Party.APPROVER})


@dataclass(frozen=True, slots=True)
class Verb:
    """One act as the pages offer it."""

    right: Right
    key: str  # of the keyboard
    codes: tuple[str, ...] = ()  # reasons to choose from; (): words alone
    stays: bool = False  # the same mail is shown again afterwards, not the next


VERBS: Mapping[str, Verb] = {
    "release": Verb(Right.RELEASE, "r", (ACCEPTED, FALSE_ALARM, TRAINING_NEEDED, OTHER)),
    "correct": Verb(Right.CORRECT, "e", (CORRECTED, TRAINING_NEEDED, OTHER)),
    "reject": Verb(Right.REJECT, "x", (NOT_ALLOWED, SEND_ANEW, TRAINING_NEEDED, NOT_NEEDED, OTHER)),
    "assign": Verb(Right.ASSIGN, "a", stays=True),
    "comment": Verb(Right.COMMENT, "c", stays=True),
    "extend": Verb(Right.EXTEND, "t", stays=True),
}


def verbs_for(hold: Hold, user: User) -> dict[str, Verb]:
    """Return what an account can do with a hold, as far as its role and the stage go."""
    stage = stage_of(hold)
    return {
        name: verb
        for name, verb in VERBS.items()
        if user.may(verb.right) and (row := LIFE.get((stage, Action(name)))) and row.by & _HANDS
    }


@dataclass(frozen=True, slots=True)
class Wish:
    """What a form asks for."""

    code: str = ""  # of the desk's list
    words: str = field(default="", repr=False)
    only: tuple[int, ...] = ()  # recipients by position; (): all
    reject_others: bool = False
    addresses: Mapping[int | str, str] = field(default_factory=dict, repr=False)
    person: str = ""  # to assign it to; "" is oneself
    until: datetime | None = None


def wish_of(form: Typed, hold: Hold) -> Wish:
    """Read a form about one hold.

    Raises: UsageError: recipients were to be chosen and none was, or a day is none.
    """
    return Wish(
        code=form.one("why"),
        words=form.one("reason").strip()[:REASON_CHARS],
        only=_chosen(form, len(hold.recipients)),
        reject_others=form.one("others") == "reject",
        addresses=_addresses(form),
        person=form.one("person"),
        until=_day(form.one("until")),
    )


def _chosen(form: Typed, many: int) -> tuple[int, ...]:
    """Return the recipients that were ticked; () where all were, or there was no choice."""
    if not form.one("some"):
        return ()
    found = sorted({int(n) for n in form.get("rcpt", []) if n.isdecimal() and len(n) < 6})
    if not found:
        raise UsageError("no recipient was chosen")
    return () if found == list(range(many)) else tuple(found)


def _addresses(form: Typed) -> dict[int | str, str]:
    """Return the recipients whose address was changed, by their place."""
    given = {
        int(name.removeprefix("to-")): values[0].strip()
        for name, values in form.items()
        if name.startswith("to-") and name[3:].isdecimal() and len(name) < 8
    }
    return {place: address for place, address in given.items() if address}


def _day(given: str) -> datetime | None:
    if not given:
        return None
    try:
        return end_of_day(datetime.combine(date.fromisoformat(given), time(), JAPAN))
    except ValueError:
        raise UsageError("no such day") from None

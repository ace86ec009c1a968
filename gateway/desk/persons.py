"""Who is who: which names, accounts and mailboxes are one person, and what that person may do.

Answers: ``Persons``, made for one act from the list of people and the accounts there are:
``one`` (the name a person goes by), ``same``, ``addresses`` and ``rights``.
Trusts: both lists. Fails: never.
Two accounts are one person where they say so (``users.person``). Accounts that say nothing are
one where they have a mailbox in common, also with one that says who it is, or where the list of
people knows them as one. A name at
a terminal is the account of that name. So nobody is two pairs of eyes by having two accounts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from gateway.desk.people import Actor, person_of
from gateway.desk.roster import Roster
from gateway.store import Right, User
from gateway.store.rights import rights_of

_PAGES = "user:"  # the door of who signed in with an account


class Persons:
    """People by what they are called."""

    def __init__(self, roster: Roster, accounts: Sequence[User]) -> None:
        self._roster = roster
        self._accounts = {a.name: a for a in accounts}
        self._leader: dict[str, str] = {}
        self._said: dict[str, set[str]] = {}  # mailbox → who the accounts with it say they are
        for account in filter(lambda a: a.person, accounts):
            for address in account.addresses:
                self._said.setdefault(address.casefold(), set()).add(account.person)
        for account in accounts:
            for tie in self._ties(account):
                self._join(account.name, tie)

    @property
    def with_accounts(self) -> bool:
        """Whether anybody has an account at all."""
        return bool(self._accounts)

    def marks(self, *names: str, addresses: Iterable[str] = ()) -> frozenset[str]:
        """Return what a person is recognised by; one person's and another's have none in common.

        Args:
            names: of an actor, account, person or mailbox.
            addresses: further mailboxes of the person; not asked where the account says who it is.
        """
        bare = [person_of(name) for name in names if name]
        if any(self._told(name) for name in bare):
            return frozenset(self._find(name) for name in bare)
        theirs = tuple(a.strip().casefold() for a in addresses)
        listed = {self._roster.person(name, theirs) for name in bare}
        return frozenset(self._find(x) for x in (*bare, *theirs, *listed))

    def same(self, one: frozenset[str], names: Iterable[str]) -> bool:
        """Whether one of ``names`` is the person with these marks."""
        return any(one & self.marks(name) for name in names if name)

    def count(self, approvals: Iterable[tuple[str, ...]]) -> int:
        """Return how many persons gave approvals; each is told by several names of its giver."""
        found: list[frozenset[str]] = []
        for names in approvals:
            marks = self.marks(*names)
            if not any(marks & other for other in found):
                found.append(marks)
        return len(found)

    def one(self, name: str, addresses: Sequence[str] = ()) -> str:
        """Return the one name of whoever is called so: the list's, the account's, or as given."""
        bare, marks = person_of(name), self.marks(name, addresses=addresses)
        told = sorted(filter(None, (a.person for a in self._of(marks))))
        listed = self._roster.person(told[0] if told else bare, () if told else tuple(addresses))
        if told or self._roster.knows(listed) or self._roster.gone(listed):
            return listed
        return min((a.name for a in self._of(marks)), default=listed)

    def addresses(self, actor: Actor) -> tuple[str, ...]:
        """Return every mailbox that is known to be the actor's."""
        theirs = self._of(self.marks(actor.name, addresses=actor.addresses))
        return tuple(dict.fromkeys((*actor.addresses, *(x for a in theirs for x in a.addresses))))

    def rights(self, actor: Actor, now: datetime) -> frozenset[Right] | None:
        """Return what the actor's account lets him do; None for somebody at a terminal who has
        none: there the operating system says who may.

        Whoever came through the pages may what that account may. At a terminal all accounts of
        the person count. One that is closed or has lapsed gives nothing.
        """
        own = self._accounts.get(person_of(actor.name))
        if not actor.name.startswith(_PAGES):
            theirs = self._of(self.marks(actor.name, addresses=actor.addresses))
        else:
            theirs = [own] if own else []
        if not theirs:
            return None
        good = [a for a in theirs if a.state(now) in ("active", "lapsing")]
        return frozenset(right for a in good for right in rights_of(a.role))

    # -------------------------------------------------------------- steps

    def _ties(self, account: User) -> tuple[str, ...]:
        """What else the person of an account is called."""
        theirs = tuple(a.casefold() for a in account.addresses)
        if account.person:  # and what only this person has; a mailbox of several ties nobody
            own = tuple(a for a in theirs if len(self._said[a]) == 1)
            return (self._roster.person(account.person), *own)
        return (self._roster.person(account.name, theirs), *theirs)

    def _told(self, name: str) -> bool:
        account = self._accounts.get(name)
        return account is not None and bool(account.person)

    def _of(self, marks: frozenset[str]) -> list[User]:
        return [a for a in self._accounts.values() if self._find(a.name) in marks]

    def _find(self, name: str) -> str:
        while (above := self._leader.get(name, name)) != name:
            name = above
        return name

    def _join(self, one: str, other: str) -> None:
        first, second = sorted((self._find(one), self._find(other)))
        if first != second:
            self._leader[second] = first

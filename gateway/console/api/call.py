"""One request that was let in: who asks, for what, in which room.

Answers: ``Call``, which every operation gets, with what all of them need: the desk's view of
who acts, departments, and a record of what was shown.
Trusts: ``serving`` to have let it in and checked what it holds.
Fails: ``NotFoundError`` for mail of another department.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from gateway.console.api.problems import TroubleError
from gateway.console.settings import Room
from gateway.desk import Actor
from gateway.errors import NotFoundError
from gateway.store import Account, Errand, Right


@dataclass(frozen=True, slots=True)
class Call:
    """A request and what it may do."""

    here: Room
    account: Account
    lang: str
    path: Mapping[str, str]  # of the address: hold_id, incident_id
    query: Any = field(default=None, repr=False)  # the operation's model
    body: Any = field(default=None, repr=False)
    seen: int | None = None  # revision in If-Match; None: whichever it has
    key: str = field(default="", repr=False)  # header Idempotency-Key
    asked: str = ""  # digest of method, path and body

    @property
    def actor(self) -> Actor:
        """The account as the desk knows it, without an errand."""
        user = self.account.user
        return Actor(self.account.recorded, user.addresses, scope=self.account.scope)

    @property
    def acting(self) -> Actor:
        """The same, asking for an act."""
        errand = Errand(self.account.token_id, self.seen, self.errand_key, self.asked)
        return replace(self.actor, errand=errand)

    @property
    def errand_key(self) -> str:
        """Digest of the request's own key, this account's alone; "" where it has none."""
        if not self.key:
            return ""
        return hashlib.sha256(f"{self.account.user.name}\n{self.key}".encode()).hexdigest()

    def sees(self, sender: str) -> bool:
        """Whether the account sees mail of this sender."""
        return self.here.settings.departments.in_scope(self.account.user, sender)

    def require_scope(self, sender: str) -> None:
        """Treat a mail of another department as one that is not there."""
        if not self.sees(sender):
            raise NotFoundError("there is no such mail for this account")

    async def shown(self, about: str, page: str) -> None:
        """Record what is about to be shown."""
        told = {"page": page, "token": self.account.token_id}
        await self.here.store.looked(self.account.recorded, about, "viewed", "", **told)


def require(account: Account, right: Right) -> None:
    """Refuse what token and role do not both allow."""
    if not account.may(right):
        raise TroubleError("not-allowed", f"this token may not {right}")

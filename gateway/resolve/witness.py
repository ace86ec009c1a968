"""Calls DNS as a witness for the recipients of one mail.

Answers: ``Witness.testify``: the recipients, each look-alike and first-time name of them with
what DNS says; all names of a mail are asked at once, each name once.
Trusts: the judgement by names: who is known, trusted or ours is never asked about.
Fails: never; what was not answered within ``deadline_s`` is ``unknown``. Of a mail with more
names in doubt than ``most_names`` the first so many are asked about.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from gateway.config import Dns
from gateway.model import Recipient, RecipientClass
from gateway.resolve.answers import Mail, Route, Sworn
from gateway.resolve.lookup import Lookup, LookupSettings
from gateway.resolve.weigh import weigh

_Asked = tuple[str, str]  # the domain in doubt, and the name that was meant or ""


@dataclass(frozen=True, slots=True)
class Witness:
    """DNS as one configuration lets it be asked."""

    lookup: Lookup
    classes: frozenset[RecipientClass] = frozenset(
        {RecipientClass.LOOK_ALIKE, RecipientClass.FIRST_TIME}
    )
    most_names: int = 20  # names in doubt of one mail that are asked about
    deadline_s: float = 3.0  # for all of a mail

    @classmethod
    def of(cls, settings: Dns) -> Witness | None:
        """The witness that ``[dns]`` describes; None where DNS is not to be asked."""
        if not settings.enabled or not settings.ask:
            return None
        lookup = LookupSettings(
            settings.nameservers,
            settings.timeout.total_seconds(),
            settings.lifetime.total_seconds(),
            settings.cache,
        )
        classes = frozenset(map(RecipientClass, settings.ask))
        return cls(Lookup(lookup), classes, settings.names, settings.deadline.total_seconds())

    def wanted(self, recipients: Sequence[Recipient]) -> bool:
        """Whether there is anything to ask about these recipients."""
        return any(self._asks(r) for r in recipients)

    async def testify(self, recipients: Sequence[Recipient]) -> list[Recipient]:
        """Return the recipients with what DNS says of those in doubt."""
        names = dict.fromkeys((r.domain, r.resembles) for r in recipients if self._asks(r))
        asked = list(names)[: self.most_names]
        told = dict(zip(asked, await self._all(asked), strict=True))
        return [self._with(r, told.get((r.domain, r.resembles))) for r in recipients]

    def _asks(self, recipient: Recipient) -> bool:
        return recipient.recipient_class in self.classes and bool(recipient.domain)

    def _with(self, recipient: Recipient, told: Sworn | None) -> Recipient:
        if told is not None:
            return weigh(recipient, told)
        return replace(recipient, dns=Mail.UNKNOWN.value) if self._asks(recipient) else recipient

    async def _all(self, asked: Sequence[_Asked]) -> list[Sworn]:
        """Ask about all at once; whoever is not through at the deadline stays unknown."""
        if not asked:
            return []
        tasks = [asyncio.create_task(self._one(*names)) for names in asked]
        try:
            _, late = await asyncio.wait(tasks, timeout=self.deadline_s)
        finally:
            for task in tasks:
                task.cancel()
        unknown = Sworn(Route(Mail.UNKNOWN))
        return [unknown if task in late else task.result() for task in tasks]

    async def _one(self, domain: str, meant: str) -> Sworn:
        """Ask about a name, and where it resembles another about that, side by side."""
        if not meant:
            route, owner = await asyncio.gather(
                self.lookup.route(domain), self.lookup.owner(domain)
            )
            return Sworn(route, owner)
        route, owner, meant_route, meant_owner, meant_names = await asyncio.gather(
            self.lookup.route(domain),
            self.lookup.owner(domain),
            self.lookup.route(meant),
            self.lookup.owner(meant),
            self.lookup.named(meant),
        )
        return Sworn(route, owner, meant_route, meant_owner, meant_names)

"""Names that were written to before: the history that recipients are judged by.

Answers: ``Acquaintances`` (this process's memory of the answers), ``known`` (which of these
domains had a mail relayed), ``of_mail`` and ``remember_hold``.
A name that is known stays known, so memory answers for it as long as there is room; a name
that was not known is asked again after ``ASK_AGAIN_S``, since another gateway may have
written to it, and this one's own mails tell at once.
Trusts: the judgement of each recipient: a look-alike never becomes known by being let
through, nor does a corrected address's wrong name, nor a name that masking would change.
Fails: as the database does.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterable, Set
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.masking import MASK
from gateway.model import Fate, RecipientClass
from gateway.store.columns import masked
from gateway.store.database import insert_once
from gateway.store.tables import correspondents, mail_recipients

REMEMBERED = 100_000  # names in memory; about 10 MB
ASK_AGAIN_S = 5.0  # a name that was not known is looked up again after this
_NEVER_KNOWN = (RecipientClass.LOOK_ALIKE, RecipientClass.NONEXISTENT, RecipientClass.INVALID)


class Acquaintances:
    """What this process remembers of the names that were written to."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known: set[str] = set()
        self._asked: dict[str, float] = {}  # name that was not known → when it was looked up

    async def among(
        self,
        domains: Iterable[str],
        look_up: Callable[[frozenset[str]], Awaitable[frozenset[str]]],
    ) -> frozenset[str]:
        """Return those of ``domains`` that were written to; ``look_up`` asks the database."""
        wanted = frozenset(domains)
        found = wanted & self._known
        if len(found) == len(wanted):
            return found
        now = self._clock()
        unsure = frozenset(
            d for d in wanted - found if now - self._asked.get(d, -1e9) > ASK_AGAIN_S
        )
        if not unsure:
            return found
        new = await look_up(unsure)
        self.add(new)
        self._note_unknown(unsure - self._known, now)
        return wanted & self._known

    def add(self, names: Iterable[str]) -> None:
        """Remember names that were written to."""
        if len(self._known) > REMEMBERED:
            self._known.clear()
        for name in names:
            self._known.add(name)
            self._asked.pop(name, None)

    def unknown(self, names: Set[str]) -> frozenset[str]:
        """Return those of ``names`` that this process does not know to be written already."""
        return frozenset(names - self._known)

    def _note_unknown(self, names: Iterable[str], now: float) -> None:
        if len(self._asked) > REMEMBERED:
            self._asked.clear()
        for name in names:
            self._asked[name] = now


def may_be_known(domain: str, judged: str) -> bool:
    """Whether a mail that is relayed to this name makes it known.

    Args:
        judged: the recipient's class.
    """
    return bool(domain) and judged not in _NEVER_KNOWN and MASK not in masked(domain)


async def known(connection: AsyncConnection, domains: Iterable[str]) -> frozenset[str]:
    """Return those of ``domains`` that were written to before."""
    asked = [d for d in domains if d and masked(d) == d]
    if not asked:
        return frozenset()
    query = select(correspondents.c.domain).where(correspondents.c.domain.in_(asked))
    return frozenset((await connection.execute(query)).scalars())


async def of_mail(connection: AsyncConnection, queue_id: str) -> frozenset[str]:
    """Return the names that relaying this mail makes known."""
    row = mail_recipients.c
    query = select(row.domain, row.recipient_class).where(
        row.queue_id == queue_id, row.hold_id.is_(None)
    )
    found = (await connection.execute(query)).all()
    return frozenset(r.domain for r in found if may_be_known(r.domain, r.recipient_class))


async def remember_hold(connection: AsyncConnection, hold_id: str, now: datetime) -> None:
    """Remember the domains that this released mail was delivered to."""
    await _remember(connection, mail_recipients.c.hold_id == hold_id, now)


async def _remember(
    connection: AsyncConnection, chosen: ColumnElement[bool], now: datetime
) -> None:
    row = mail_recipients.c
    query = select(row.domain).where(
        chosen,
        row.fate == Fate.RELAYED,
        row.corrected.is_(None),
        row.recipient_class.not_in(_NEVER_KNOWN),
        row.domain.not_in(select(correspondents.c.domain)),
    )
    found = set((await connection.execute(query)).scalars())
    new = sorted(d for d in found if d and MASK not in d)
    await insert_once(connection, correspondents, [{"domain": d, "first_at": now} for d in new])

"""Names that were written to before: the history that recipients are judged by.

Answers: ``known`` (which of these domains had a mail relayed), ``remember_mail`` and
``remember_hold`` (in the caller's transaction).
Trusts: the judgement of each recipient: a look-alike never becomes known by being let
through, nor does a corrected address's wrong name, nor a name that masking would change.
Fails: as the database does.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.masking import MASK
from gateway.model import Fate, RecipientClass
from gateway.store.columns import masked
from gateway.store.database import insert_once
from gateway.store.tables import correspondents, mail_recipients

_NEVER_KNOWN = (RecipientClass.LOOK_ALIKE, RecipientClass.NONEXISTENT, RecipientClass.INVALID)


async def known(connection: AsyncConnection, domains: Iterable[str]) -> frozenset[str]:
    """Return those of ``domains`` that were written to before."""
    asked = [d for d in domains if d and masked(d) == d]
    if not asked:
        return frozenset()
    query = select(correspondents.c.domain).where(correspondents.c.domain.in_(asked))
    return frozenset((await connection.execute(query)).scalars())


async def remember_mail(connection: AsyncConnection, queue_id: str, now: datetime) -> None:
    """Remember the domains that this mail was relayed to."""
    await _remember(connection, mail_recipients.c.queue_id == queue_id, now)


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

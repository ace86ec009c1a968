"""Wishes: a new trusted recipient that a sender asks for with a mail, and the one answer to it.

Answers: ``ask_for_trust`` and ``answer_trust``, each once a mail and with its notices in the
same transaction, and ``trust_asked``. Both stand in the audit log and nowhere else.
Trusts: the desk to say who may answer.
Fails: ``NotFoundError`` where nothing was asked; ``ConflictError`` for a second answer, also one
that comes at the same moment: whoever writes has the hold's row to himself.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import literal_column, select
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.errors import ConflictError, NotFoundError
from gateway.model import Hold, Outgoing
from gateway.store.audit import append
from gateway.store.mail_path import MailPath
from gateway.store.outbox import enqueue
from gateway.store.tables import audit, holds

ASKED = "asked-for-trust"  # words of the audit log
APPROVED, DECLINED = "trust-approved", "trust-declined"


@dataclass(frozen=True, slots=True)
class TrustAnswer:
    """What was said to a wish."""

    approved: bool
    by: str  # actor, as the audit log names them
    at: datetime
    reason: str = field(repr=False)  # masked


@dataclass(frozen=True, slots=True)
class TrustAsked:
    """A new trusted recipient that a sender asks for."""

    domain: str
    purpose: str = field(repr=False)  # the sender's words; masked when they are written
    until: date  # last day
    answer: TrustAnswer | None = None  # None: it waits for one


class Wishes(MailPath):
    """What senders ask for, and what they are told."""

    async def ask_for_trust(
        self, hold: Hold, actor: str, wanted: TrustAsked, mails: Sequence[Outgoing]
    ) -> bool:
        """Write that a sender asks for a new trusted recipient; False where one was asked for."""
        async with self._database.write() as connection:
            if await _wish(connection, hold.hold_id, alone=True) is not None:
                return False
            detail = {
                "queue_id": hold.queue_id,
                "domain": wanted.domain,
                "reason": wanted.purpose,
                "until": wanted.until.isoformat(),
            }
            await self._say(connection, hold, actor, ASKED, detail, mails)
            return True

    async def answer_trust(
        self, hold: Hold, actor: str, approved: bool, reason: str, mails: Sequence[Outgoing]
    ) -> TrustAsked:
        """Write the answer; return what was asked for, with it.

        Args:
            reason: a person's words; masked when they are written.
            mails: to the sender, due at once.

        Raises: NotFoundError, ConflictError.
        """
        async with self._database.write() as connection:
            wanted = await _wish(connection, hold.hold_id, alone=True)
            if wanted is None:
                raise NotFoundError(f"hold {hold.hold_id}: no trust was asked for")
            if said := wanted.answer:
                raise ConflictError(f"hold {hold.hold_id}: {said.by} answered already")
            detail = {"domain": wanted.domain, "reason": reason}
            word = APPROVED if approved else DECLINED
            await self._say(connection, hold, actor, word, detail, mails)
            answered = await _wish(connection, hold.hold_id)
        return answered or wanted

    async def trust_asked(self, hold_id: str) -> TrustAsked | None:
        """Return what the sender of a mail asks to trust; None where nothing was asked."""
        async with self._database.read() as connection:
            return await _wish(connection, hold_id)

    async def _say(
        self,
        connection: AsyncConnection,
        hold: Hold,
        actor: str,
        action: str,
        detail: Mapping[str, object],
        mails: Sequence[Outgoing],
    ) -> None:
        post = self._post()
        for mail in mails:
            await enqueue(connection, post, hold.queue_id, mail)
        await append(
            connection,
            post.writer,
            post.now,
            actor=actor,
            action=action,
            about=hold.hold_id,
            detail=detail,
        )


async def _wish(
    connection: AsyncConnection, hold_id: str, *, alone: bool = False
) -> TrustAsked | None:
    """Read a wish with its answer; ``alone``: while nobody else can write about the hold."""
    if alone:  # every gateway's console has an audit chain of its own, which orders nothing
        row = select(holds.c.hold_id).where(holds.c.hold_id == hold_id).with_for_update()
        await connection.execute(row)
    told = audit.c
    query = (
        select(told.action, told.actor, told.at, told.detail)
        .where(told.object == hold_id, told.action.in_((ASKED, APPROVED, DECLINED)))
        # Written out, as the index of what people did has it: the gateway's entries are far more.
        .where(told.actor != literal_column("'gateway'"))
        .order_by(told.at)
    )
    rows = {row.action: row for row in await connection.execute(query)}
    if ASKED not in rows:
        return None
    detail = json.loads(rows[ASKED].detail)
    said = rows.get(APPROVED) or rows.get(DECLINED)
    until = date.fromisoformat(detail["until"])
    return TrustAsked(detail["domain"], detail["reason"], until, _answer(said) if said else None)


def _answer(row: Any) -> TrustAnswer:
    return TrustAnswer(row.action == APPROVED, row.actor, row.at, json.loads(row.detail)["reason"])

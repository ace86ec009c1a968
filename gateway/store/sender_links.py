"""Links that open one parked mail to its sender, once: the store's verbs on them.

Answers: ``keep_link`` (before the notice that carries it is queued), ``hold_of_link``,
``end_link``, and ``ask_for_release``, which spends a link and writes what the sender asks for in
one transaction.
Trusts: the caller to have made the token of 256 random bits and put it in a notice alone: a
row has its digest. A link for a hold that never came to be opens nothing, and ends in time.
Fails: ``None`` or False for a link that is unknown, over or spent; ``StoreError``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, insert

from gateway.model import Hold, Outgoing
from gateway.store import tickets
from gateway.store.account_tables import tickets as rows
from gateway.store.audit import append
from gateway.store.mail_path import MailPath
from gateway.store.opaque import digest
from gateway.store.outbox import enqueue
from gateway.store.tickets import Kind


class SenderLinks(MailPath):
    """What the links in senders' notices open."""

    async def keep_link(self, token: str, hold_id: str, ends_at: datetime) -> None:
        """Let ``token`` open a hold until then; links that ended are cleared away."""
        async with self._database.write() as connection:
            await connection.execute(delete(rows).where(rows.c.ends_at <= self._clock()))
            await connection.execute(
                insert(rows).values(
                    token_hash=digest(token),
                    kind=Kind.SENDER.value,
                    user_name=None,
                    sealed=hold_id.encode(),
                    ends_at=ends_at,
                )
            )

    async def hold_of_link(self, token: str) -> str | None:
        """Return the id of the hold that a link opens, and leave the link good."""
        async with self._database.read() as connection:
            found = await tickets.look(connection, self._clock(), Kind.SENDER, token)
        return None if found is None else found.sealed.decode()

    async def end_link(self, token: str) -> bool:
        """Spend a link; False when somebody was first."""
        async with self._database.write() as connection:
            return await tickets.spend(connection, self._clock(), Kind.SENDER, token)

    async def ask_for_release(
        self, token: str, hold: Hold, actor: str, reason: str, mails: Sequence[Outgoing]
    ) -> bool:
        """Write on a hold that its sender asks for release; False when the link was spent.

        Args:
            reason: the sender's words; masked when they are written.
            mails: to the handlers, due at once.
        """
        async with self._database.write() as connection:
            post = self._post()
            if not await tickets.spend(connection, post.now, Kind.SENDER, token):
                return False
            for mail in mails:
                await enqueue(connection, post, hold.queue_id, mail)
            await append(
                connection,
                post.writer,
                post.now,
                actor=actor,
                action="asked-for-release",
                about=hold.hold_id,
                detail={"queue_id": hold.queue_id, "reason": reason},
            )
            return True

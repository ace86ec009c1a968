"""Where a parked mail is opened for somebody to look into: first recorded, then opened.

Answers: ``Mailroom``: ``look`` (masked), ``html`` (one part, harmless and masked), ``page`` (a
picture, its numbers covered), ``bare_page`` (nothing covered), ``reveal`` (one number),
``original`` (the whole mail), ``part`` (one attachment).
Trusts: its caller to have checked the right to each of them.
Fails: ``ConflictError`` for a mail that was destroyed, ``UsageError`` without a reason where
one is asked for, ``InspectionError`` where no worker could read it, ``StoreError`` where the
look cannot be recorded: then nothing is shown.
The parser of a hostile mail runs in a worker; here are bytes only.
"""

from __future__ import annotations

import asyncio

from gateway.errors import ConflictError, NotFoundError, UsageError
from gateway.inspection.reviewer import Look, Page, Reviewer
from gateway.store import Opener, Store
from gateway.store.records import mail_context
from gateway.store.seal import unpack


class Mailroom:
    """Opens parked mail, and records who had it opened."""

    def __init__(self, store: Store, opener: Opener, reviewer: Reviewer) -> None:
        self._store = store
        self._opener = opener
        self._reviewer = reviewer

    async def look(self, hold_id: str, actor: str) -> Look:
        """Return what a mail says, every number masked."""
        await self._store.looked(actor, hold_id, "read")
        return await self._reviewer.look(await self._content(hold_id))

    async def html(self, hold_id: str, number: int, actor: str) -> str:
        """Return one part of a mail as harmless HTML, masked."""
        await self._store.looked(actor, hold_id, "read", part=number)
        return await self._reviewer.html(await self._content(hold_id), number)

    async def page(self, hold_id: str, number: int, page: int, actor: str) -> Page:
        """Return one page of a part as a picture, its numbers covered."""
        await self._store.looked(actor, hold_id, "read", part=number, page=page + 1)
        return await self._reviewer.page(await self._content(hold_id), number, page, masked=True)

    async def bare_page(
        self, hold_id: str, number: int, page: int, actor: str, reason: str
    ) -> Page:
        """Return one page as it is; nothing is covered. Secret."""
        detail = {"part": number, "page": page + 1}
        content = await self._asked(hold_id, actor, "unmasked", reason, **detail)
        return await self._reviewer.page(content, number, page, masked=False)

    async def reveal(self, hold_id: str, mark: int, actor: str, reason: str) -> str:
        """Return one number as it stands in the mail. Secret."""
        content = await self._asked(hold_id, actor, "unmasked", reason, number=mark)
        return await self._reviewer.reveal(content, mark)

    async def original(self, hold_id: str, actor: str, reason: str) -> bytes:
        """Return the whole mail as it would be sent. Secret."""
        return await self._asked(hold_id, actor, "opened-original", reason)

    async def part(self, hold_id: str, number: int, actor: str, reason: str) -> tuple[str, bytes]:
        """Return name and bytes of one part. Secret."""
        content = await self._asked(hold_id, actor, "downloaded", reason, part=number)
        found = await self._reviewer.part(content, number)
        if found is None:
            raise NotFoundError(f"hold {hold_id}: no such part")
        return found

    async def _asked(
        self, hold_id: str, actor: str, action: str, reason: str, **detail: object
    ) -> bytes:
        if not reason.strip():
            raise UsageError("a reason is required")
        content = await self._content(hold_id)
        await self._store.looked(actor, hold_id, action, reason.strip(), **detail)
        return content

    async def _content(self, hold_id: str) -> bytes:
        held = await self._store.held(hold_id)
        if held.mail is None:
            raise ConflictError(f"hold {hold_id}: its mail was destroyed")
        context = mail_context(held.hold.queue_id)
        payload = await asyncio.to_thread(self._opener.open, context, held.mail)
        return unpack(payload)[1]

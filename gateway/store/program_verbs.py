"""The store's verbs for programs: following the log, acts done once, and webhooks.

Answers: ``ProgramVerbs``, which ``Store`` is built on. Each verb is one transaction.
Trusts: the caller to have checked who asks; names of webhooks from the configuration.
Fails: ``StoreError``; ``NotFoundError`` where there is no such entry or posting.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from gateway.store import casebook, errands, events, webhooks
from gateway.store.events import Event, Places, Told
from gateway.store.past import Past
from gateway.store.records import IncidentRecord
from gateway.store.webhooks import Posting, Standing


class ProgramVerbs(Past):
    """What programs ask of one store."""

    async def events(self, places: Places, types: Collection[str], most: int) -> Told:
        """Return up to ``most`` events after ``places``; of all types where none is named."""
        async with self._database.read() as connection:
            return await events.since(connection, places, types, most)

    async def event(self, writer: str, seq: int) -> Event:
        """Return one event, or raise ``NotFoundError``."""
        async with self._database.read() as connection:
            return await events.of(connection, writer, seq)

    async def latest(self) -> dict[str, int]:
        """Return the place after the last entry of the log."""
        async with self._database.read() as connection:
            return await events.heads(connection)

    async def entries_since(
        self, places: Places, most: int
    ) -> tuple[list[dict[str, Any]], dict[str, int], bool]:
        """Return entries of the log as they stand there, the next place, and if more are."""
        async with self._database.read() as connection:
            return await events.entries_since(connection, places, most)

    async def incidents_after(
        self, most: int, before: tuple[datetime, str] | None
    ) -> list[IncidentRecord]:
        """Return up to ``most`` incidents after one in the list, newest first."""
        async with self._database.read() as connection:
            return await casebook.page(connection, most, before)

    # -------------------------------------------------------------- errands

    async def errand_done(self, key: str) -> str | None:
        """Return the digest of what was done under a key; None where nothing was."""
        async with self._database.read() as connection:
            return await errands.done(connection, key)

    async def purge_errands(self, before: datetime) -> int:
        """Forget what was done under keys before then; return how much."""
        async with self._database.write() as connection:
            return await errands.purge(connection, before)

    # -------------------------------------------------------------- webhooks

    async def gather_events(self, name: str, types: Collection[str]) -> None:
        """Put everything that a webhook wants of the log on its list."""
        async with self._database.read() as connection:
            more = await webhooks.behind(connection, name)
        while more:
            async with self._database.write() as connection:
                more = await webhooks.gather(connection, self._clock(), name, types)

    async def claim_postings(
        self, names: Sequence[str], most: int, lease: timedelta
    ) -> list[Posting]:
        """Lease up to ``most`` postings that are due."""
        now = self._clock()
        async with self._database.read() as connection:  # most often nothing is
            if not await webhooks.is_due(connection, now, names):
                return []
        async with self._database.write() as connection:
            return await webhooks.claim(connection, now, names, most, lease)

    async def posting_taken(self, posting: Posting) -> None:
        """Record that a webhook took an event."""
        async with self._database.write() as connection:
            await webhooks.taken(connection, self._clock(), posting)

    async def posting_put_off(self, posting: Posting, answer: str, until: datetime) -> None:
        """Try an event again then."""
        async with self._database.write() as connection:
            await webhooks.put_off(connection, posting, answer, until)

    async def posting_given_up(self, posting: Posting, answer: str) -> None:
        """Give an event up, with a record."""
        async with self._database.write() as connection:
            await webhooks.give_up(connection, self._post(), posting, answer)

    async def webhooks_standing(self) -> dict[str, Standing]:
        """Return how each webhook does, by name."""
        async with self._database.read() as connection:
            return await webhooks.standing(connection)

    async def forget_webhooks(self, but: Collection[str]) -> None:
        """Drop what is kept for webhooks that are not configured any more."""
        async with self._database.write() as connection:
            await webhooks.forget_others(connection, but)

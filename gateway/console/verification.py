"""Verifying the audit log from the pages: one at a time, and never in the pages' own way.

Answers: ``Verification``: ``begin``, how far it is, and what the last one came to; who had it
done and what was found stands in the log itself, so that it is known after a restart, too.
Trusts: the store. Fails: a verification that could not be done says so on the page; the cause
goes to the log.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from gateway.errors import SekishoError
from gateway.store import Checkpoint, Noted, Store

log = structlog.get_logger(__name__)

VERIFIED = "audit-verified"  # word of the audit log
SHOWN = 50  # problems that a page names; the rest is counted


@dataclass(frozen=True, slots=True)
class Verified:
    """What one verification came to."""

    at: datetime
    by: str
    entries: int  # that were walked through
    problems: int
    named: tuple[str, ...] = ()  # the first of them; () where another process found them


class Verification:
    """One of a console's process."""

    def __init__(self) -> None:
        self.seen = 0  # entries that the one that runs has walked through
        self.failed = False  # the last one could not be done
        self._named: tuple[str, ...] = ()
        self._task: asyncio.Task[None] | None = None

    @property
    def running(self) -> bool:
        return self._task is not None and not self._task.done()

    def begin(self, store: Store, actor: str, checkpoints: Sequence[Checkpoint]) -> None:
        """Begin one; while one runs, that one counts."""
        if not self.running:
            self.seen, self.failed, self._named = 0, False, ()
            self._task = asyncio.create_task(self._verify(store, actor, checkpoints))

    async def stop(self) -> None:
        """Give up what runs."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def last(self, store: Store) -> Verified | None:
        """Return what the newest verification came to; None where there was none."""
        rows, _ = await store.noted(Noted(action=VERIFIED), 1)
        if not rows:
            return None
        row, told = rows[0], json.loads(rows[0]["detail"])
        return Verified(row["at"], row["actor"], told["entries"], told["problems"], self._named)

    async def _verify(self, store: Store, actor: str, checkpoints: Sequence[Checkpoint]) -> None:
        try:
            entries = sum(n for _, n in await store.heads())
            problems = await store.audit_verify_apart(checkpoints, self._tell)
            self._named = tuple(problems[:SHOWN])
            await store.looked(actor, "audit", VERIFIED, entries=entries, problems=len(problems))
        except SekishoError as error:
            self.failed = True
            log.error("audit-not-verified", cause=str(error))

    def _tell(self, seen: int) -> None:
        self.seen = seen

"""The engine as the gateway uses it: small plain text here, everything else in a worker.

Answers: an ``Inspection`` for every mail.
Trusts: nothing that comes out of a worker (see ``wire``).
Fails: a worker that hangs, crashes or answers nonsense is an answer, too: the part it was
reading is unread, and so the mail is never clean. ``InspectionError`` (451) only when
no worker can be had at all.
"""

from __future__ import annotations

import time

import structlog

from gateway.errors import InspectionError
from gateway.inspection import wire
from gateway.inspection.engine import inspect_plain
from gateway.inspection.payload import ask
from gateway.message import header_facts
from gateway.model import Inspection, InspectionLimits, PartCoverage, Place, Unread, UnreadReason
from gateway.sandbox import (
    WorkerCrashed,
    WorkerOutOfMemory,
    WorkerPool,
    WorkerTimeout,
    WorkerUnavailable,
)

_log = structlog.get_logger(__name__)
_WHOLE_MAIL = Place(("mail",))


class Inspector:
    """Inspects mails under one set of limits."""

    def __init__(self, limits: InspectionLimits, pool: WorkerPool) -> None:
        self._limits = limits
        self._pool = pool

    async def inspect(self, content: bytes) -> Inspection:
        """Return what ``content`` holds and how much of it was read.

        Raises:
            InspectionError: no worker could be had; the client should try again.
        """
        return self._here(content) or await self._in_worker(content)

    def _here(self, content: bytes) -> Inspection | None:
        try:
            return inspect_plain(content, self._limits)
        except Exception as error:  # our own fault; a worker is the safer place to look again
            _log.error("plain-inspection-failed", kind=type(error).__name__)
            return None

    async def _in_worker(self, content: bytes) -> Inspection:
        started = time.perf_counter()
        try:
            return wire.loads(await self._pool.run(ask(content, self._limits)))
        except (WorkerTimeout, WorkerOutOfMemory) as error:
            failed = _unread(error.progress, UnreadReason.LIMIT, "time or memory")
        except WorkerCrashed as error:
            failed = _unread(error.progress, UnreadReason.DAMAGED, "reader ended")
        except wire.WireError as error:
            _log.error("worker-answered-nonsense", cause=str(error))
            failed = _unread("", UnreadReason.DAMAGED, "reader answered nonsense")
        except WorkerUnavailable as error:
            raise InspectionError("no worker could be had") from error
        return Inspection(
            parts=(PartCoverage(_WHOLE_MAIL, "message/rfc822", len(content), False),),
            unread=(failed,),
            attachments=1,  # not known; a rule about attachments shall not let it pass
            headers=header_facts(content, self._limits),
            elapsed_ms=(time.perf_counter() - started) * 1000,
        )


def _unread(progress: str, reason: UnreadReason, detail: str) -> Unread:
    place = Place((progress,)) if progress else _WHOLE_MAIL
    return Unread(place, reason, detail)

"""The engine as the gateway uses it: small plain text here, everything else in a worker.

Answers: an ``Inspection`` for every mail.
Trusts: nothing that comes out of a worker: ``wire`` checks its form, ``accounting`` that it
speaks of the whole mail.
Fails: a worker that hangs, crashes or answers nonsense is an answer, too. It costs the part
it was reading: the mail is read again in another worker without that part, which is named
as unread, so that the mail is never clean and what stands beside it is found. After
``losses`` parts, or when the time for one mail is used up, the mail as a whole is unread.
``InspectionError`` (451) only when no worker can be had at all.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from functools import partial

import structlog

from gateway.errors import InspectionError
from gateway.inspection import accounting, wire
from gateway.inspection.engine import inspect_plain
from gateway.inspection.payload import ask
from gateway.inspection.pictures import KnownPictures
from gateway.inspection.walk import LOST, WHOLE_MAIL
from gateway.masking import mask
from gateway.message import header_facts
from gateway.model import Inspection, InspectionLimits, PartCoverage, Place, Unread, UnreadReason
from gateway.patterns import Pattern
from gateway.sandbox import (
    WorkerError,
    WorkerOutOfMemory,
    WorkerPool,
    WorkerTimeout,
    WorkerUnavailable,
)

_log = structlog.get_logger(__name__)
_LEAST_S = 0.5  # with less time left a mail is not begun again


class Inspector:
    """Inspects mails under one set of limits.

    Args:
        losses: how many parts of one mail may cost a worker each.
    """

    def __init__(self, limits: InspectionLimits, pool: WorkerPool, losses: int = 3) -> None:
        self._limits = limits
        self._pool = pool
        self._losses = losses
        self._pictures = KnownPictures(limits.known_pictures)
        self._again = asyncio.Semaphore(1)  # mails that cost workers don't get all of them

    async def inspect(
        self,
        content: bytes,
        patterns: Sequence[Pattern] = (),
        *,
        passwords: Sequence[str] = (),
    ) -> Inspection:
        """Return what ``content`` holds and how much of it was read.

        Args:
            patterns: what to look for besides My Numbers.
            passwords: to be tried on locked files, besides those that the mail itself tells.

        Raises:
            InspectionError: no worker could be had; the client should try again.
        """
        asked = partial(ask, patterns=patterns, passwords=passwords)
        return self._here(content, patterns) or await self._in_workers(content, asked)

    def _here(self, content: bytes, patterns: Sequence[Pattern]) -> Inspection | None:
        try:
            return inspect_plain(content, self._limits, patterns)
        except Exception as error:  # our own fault; a worker is the safer place to look again
            _log.error("plain-inspection-failed", kind=type(error).__name__)
            return None

    async def _in_workers(self, content: bytes, asked: Callable[..., bytes]) -> Inspection:
        """Read it in one worker after the other, each without the parts lost so far."""
        started = time.perf_counter()
        left_s = self._pool.limits.wall_s
        lost: dict[int, UnreadReason] = {}
        while True:
            async with self._again if lost else nullcontext():
                began = time.perf_counter()
                try:
                    return await self._in_worker(content, asked, lost, left_s)
                except WorkerUnavailable as error:
                    raise InspectionError("no worker could be had") from error
                except (WorkerError, wire.WireError) as error:
                    failed = error
                left_s -= time.perf_counter() - began
            part = failed.at.part if isinstance(failed, WorkerError) else 0
            known = part in lost or part == 0
            if known or len(lost) >= self._losses or left_s < _LEAST_S:
                return self._unread(content, failed, time.perf_counter() - started)
            lost[part] = _reason(failed)
            _log.warning("part-lost", part=part, reason=lost[part], losses=len(lost))

    async def _in_worker(
        self,
        content: bytes,
        asked: Callable[..., bytes],
        lost: dict[int, UnreadReason],
        left_s: float,
    ) -> Inspection:
        head = asked(self._limits, lost, self._pictures.key, self._pictures.marks)

        def read(raw: bytes) -> tuple[Inspection, tuple[str, ...]]:
            found, claims = wire.answer(raw)
            accounting.check(content, found, self._limits)
            return found, claims

        try:
            found, claims = await self._pool.run_and_read(head, content, read, left_s)
        except accounting.UnaccountedError as error:
            _log.error("worker-left-out-parts", cause=str(error))
            return _doubted(error.found, UnreadReason.DAMAGED, "reader left out parts")
        if claims and not lost and found.clean:
            await self._learn(claims, content)
        if not lost or found.unread:
            return found
        reason = next(iter(lost.values()))  # a worker that does not own up to it
        return _doubted(found, reason, LOST[reason])

    async def _learn(self, claims: tuple[str, ...], content: bytes) -> None:
        """Believe of a worker's claims those about pictures that are in the mail it was given."""
        prove = self._pictures.proven
        self._pictures.learn(await asyncio.to_thread(prove, claims, content, self._limits))

    def _unread(self, content: bytes, failed: Exception, elapsed_s: float) -> Inspection:
        """What is left to say of a mail that no worker got through."""
        place, detail = WHOLE_MAIL, "reader answered nonsense"
        if isinstance(failed, WorkerError):
            place = Place((mask(failed.at.note),)) if failed.at.note else WHOLE_MAIL
            detail = LOST[_reason(failed)]
        else:
            _log.error("worker-answered-nonsense", cause=str(failed))
        return Inspection(
            parts=(PartCoverage(WHOLE_MAIL, "message/rfc822", len(content), False),),
            unread=(Unread(place, _reason(failed), detail),),
            attachments=1,  # not known; a rule about attachments shall not let it pass
            headers=header_facts(content, self._limits),
            elapsed_ms=elapsed_s * 1000,
        )


def _doubted(found: Inspection, reason: UnreadReason, detail: str) -> Inspection:
    """What a worker found, of a mail that it has not read whole, whatever it says."""
    return replace(found, unread=(*found.unread, Unread(WHOLE_MAIL, reason, detail)))


def _reason(failed: Exception) -> UnreadReason:
    """Out of time or memory is a limit met; a crash or an answer against the rules is damage."""
    timely = not isinstance(failed, (WorkerTimeout, WorkerOutOfMemory))
    return UnreadReason.DAMAGED if timely else UnreadReason.LIMIT

"""One worker process as its parent sees it.

Answers: hands it one job at a time, watches its clock, kills it.
Trusts: nothing that comes out of it: every frame is bounded before it is read.
Fails: ``WorkerTimeout``, ``WorkerCrashed``, ``WorkerOutOfMemory``; after any of them
the worker is dead and its process group with it.
A job's bytes are handed over in memory (``handoff``), copied once on each side.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
from contextlib import suppress

from gateway.sandbox import frames
from gateway.sandbox.errors import WorkerCrashed, WorkerOutOfMemory, WorkerTimeout
from gateway.sandbox.handoff import sealed
from gateway.sandbox.layers import Layer
from gateway.sandbox.worker import EXIT_OUT_OF_MEMORY
from gateway.sandbox.zygote import WorkerLimits, Zygote

_READY_S = 10.0  # longest time from the fork to the first word
_REAP_S = 5.0  # longest wait for a killed process to be gone
_LOOK_S = 0.25  # how often a worker is looked at: a deadline is met that much late
_BUFFER = 1024 * 1024


class Worker:
    """A forked process, the stream to it and the page it writes on."""

    def __init__(self, zygote: Zygote, limits: WorkerLimits, *, selftest: bool = False) -> None:
        self._zygote = zygote
        self._limits = limits
        self._expected = {frames.NATIVE: 0, frames.RESULT: limits.result_bytes}
        self._birth = zygote.spawn(selftest=selftest)
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._watch: asyncio.TimerHandle | None = None
        self._overdue = ""  # the limit of time that was met
        self._open = True
        self.jobs = 0
        self.layers: frozenset[Layer] = frozenset()  # that it says it is in
        self.native = False  # foreign native code has read a job in it

    @property
    def pid(self) -> int:
        return self._birth.pid

    @property
    def alive(self) -> bool:
        return not self._birth.ended.done()

    async def ready(self) -> None:
        """Wait until the worker has given up its rights."""
        try:
            async with asyncio.timeout(_READY_S):
                self._reader, self._writer = await asyncio.open_unix_connection(
                    sock=self._birth.wire, limit=_BUFFER
                )
                raw = await self._reader.readexactly(frames.HEAD.size)
                _, length = frames.parse_head(raw, {frames.READY: frames.READY_BYTES})
                held = json.loads(await self._reader.readexactly(length))
                self.layers = frozenset(map(Layer, held))
        except (OSError, EOFError, ValueError, TimeoutError) as error:
            await self.kill()
            raise WorkerCrashed("worker did not start") from error

    async def run(self, head: bytes, content: bytes, wall_s: float) -> bytes:
        """Return the target's result; any failure leaves the worker dead."""
        self.jobs += 1
        self._begin_watch(wall_s)
        try:
            return await self._exchange(head, content)
        except (OSError, EOFError, ValueError) as error:
            raise await self._post_mortem() from error
        except BaseException:  # cancelled: the job still runs, so the worker must go
            await self.kill()
            raise
        finally:
            self._end_watch()

    async def kill(self) -> None:
        """Kill the process group and wait until it is reaped; harmless when it is dead."""
        self._zygote.kill(self._birth)
        if self._open:
            self._open = False
            os.close(self._birth.page_fd)
            self._birth.arena.close()
            if self._writer is not None:
                self._writer.close()
            else:
                self._birth.wire.close()
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(self._birth.ended), _REAP_S)

    def whereabouts(self) -> frames.Whereabouts:
        """What the worker last said it was doing."""
        if not self._open:
            return frames.Whereabouts()
        return frames.parse_page(os.pread(self._birth.page_fd, frames.PAGE_BYTES, 0))

    async def _exchange(self, head: bytes, content: bytes) -> bytes:
        if self._reader is None or self._writer is None:
            raise WorkerCrashed("worker was not started")
        length = frames.JOB_HEAD.size + len(head) + len(content)
        if self._birth.arena.fill(head, content):
            self._writer.write(frames.head(frames.JOB, length))
        else:
            await self._hand_over(length, head, content)
        while True:
            raw = await self._reader.readexactly(frames.HEAD.size)
            kind, length = frames.parse_head(raw, self._expected)
            if kind == frames.RESULT:
                return await self._reader.readexactly(length)
            self.native = True

    async def _hand_over(self, length: int, head: bytes, content: bytes) -> None:
        """Send a large job in memory of its own; filling that is left to a thread."""
        job = await asyncio.to_thread(sealed, head, content)
        try:  # past the stream, which cannot pass descriptors and has nothing to write
            socket.send_fds(self._birth.wire, [frames.head(frames.JOB, length)], [job])
        finally:
            os.close(job)

    def _begin_watch(self, wall_s: float) -> None:
        """Look at the worker every so often: has it been at one thing for too long?"""
        loop = asyncio.get_running_loop()
        end = loop.time() + wall_s
        step, since = self.whereabouts().step, loop.time()

        def look() -> None:
            nonlocal step, since
            now, at = loop.time(), self.whereabouts().step
            if at != step:
                step, since = at, now
            if now >= end:
                self._overdue = "job met its wall-clock limit"
            elif now - since >= self._limits.part_s:
                self._overdue = "part met its wall-clock limit"
            if self._overdue:
                self._zygote.kill(self._birth)  # the stream ends, and so the job
            else:
                self._watch = loop.call_later(min(_LOOK_S, max(0.0, end - now)), look)

        self._watch = loop.call_later(min(_LOOK_S, wall_s), look)

    def _end_watch(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None

    async def _post_mortem(self) -> WorkerTimeout | WorkerCrashed:
        """Why the stream ended: asked of the zygote before the worker is killed."""
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(self._birth.ended), 1.0)
        status = self._birth.ended.result() if self._birth.ended.done() else None
        at = self.whereabouts()
        await self.kill()
        if self._overdue:
            return WorkerTimeout(self._overdue, at)
        if status == -signal.SIGXCPU:
            return WorkerTimeout("job met its CPU limit", at)
        if status == EXIT_OUT_OF_MEMORY:
            return WorkerOutOfMemory("job met its memory limit", at)
        if status is None:
            return WorkerCrashed("worker broke the protocol", at)
        return WorkerCrashed(f"worker ended with status {status}", at)

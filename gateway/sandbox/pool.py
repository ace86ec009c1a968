"""A pool of warm, hardened worker processes.

Answers: ``run`` hands a job to a free worker and returns its result; ``confinement`` says
what a worker here can and cannot do.
Trusts: the target's name, which is ours. Knows nothing of mail.
Fails: ``WorkerTimeout``, ``WorkerCrashed``, ``WorkerOutOfMemory`` when the job failed;
``WorkerUnavailable`` when no worker became free in time. A worker that failed, was
abandoned, gave an answer that is refused, has done its share or has let foreign native code
read its job is replaced in the background; so is the zygote, should it be lost.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Collection
from typing import TypeVar

import structlog

from gateway.sandbox.errors import WorkerCrashed, WorkerError, WorkerUnavailable
from gateway.sandbox.layers import ALL, Confinement, Layer
from gateway.sandbox.process import Worker
from gateway.sandbox.selftest import ACTS
from gateway.sandbox.zygote import WorkerLimits, Zygote

T = TypeVar("T")

_log = structlog.get_logger(__name__)
_FIRST_RETRY_S, _LAST_RETRY_S = 0.1, 5.0
_SELFTEST_S = 10.0


class WorkerPool:
    """``size`` workers that run ``target`` (``package.module:function``).

    Args:
        layers: the walls to put up; fewer than all of them in tests of a single one.
    """

    def __init__(
        self, target: str, size: int, limits: WorkerLimits, layers: Collection[Layer] = ALL
    ) -> None:
        self._target = target
        self._size = size
        self._limits = limits
        self._layers = layers
        self._idle: asyncio.LifoQueue[Worker] = asyncio.LifoQueue()  # the warmest cache first
        self._workers: set[Worker] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._zygote = Zygote(target, limits, layers)
        self._one_start = asyncio.Lock()
        self._stopped = False
        self.confinement = Confinement()  # as the self-test of the last start found it

    @property
    def pids(self) -> tuple[int, ...]:
        """Process ids of the living workers, for health checks."""
        return tuple(w.pid for w in self._workers if w.alive)

    @property
    def zygote_pid(self) -> int:
        """Process id of the zygote; 0 when there is none."""
        return self._zygote.pid

    @property
    def ready(self) -> bool:
        """Whether at least one worker lives."""
        return bool(self.pids)

    @property
    def limits(self) -> WorkerLimits:
        return self._limits

    async def start(self) -> None:
        """Try the walls, then start every worker; ``WorkerUnavailable`` when one cannot start."""
        self._stopped = False
        try:
            self.confinement = await self._try_walls()
            async with asyncio.TaskGroup() as starting:
                for _ in range(self._size):
                    starting.create_task(self._add())
        except* (WorkerError, OSError) as group:
            await self.stop()
            raise WorkerUnavailable("workers do not start") from group

    async def run(self, head: bytes, content: bytes, wall_s: float | None = None) -> bytes:
        """Return what the target makes of a job.

        Args:
            head: what is asked, ours.
            content: hostile bytes, passed on as they are.
            wall_s: time by the clock, when less than the limit is left.
        """
        return await self.run_and_read(head, content, bytes, wall_s)

    async def run_and_read(
        self, head: bytes, content: bytes, read: Callable[[bytes], T], wall_s: float | None = None
    ) -> T:
        """Return what ``read`` makes of the answer; when it raises, the worker is replaced."""
        worker = await self._take()
        within = min(self._limits.wall_s, wall_s or self._limits.wall_s)
        try:
            result = read(await worker.run(head, content, within))
        except BaseException as error:
            if isinstance(error, WorkerError):
                _log.warning("worker-failed", kind=type(error).__name__, cause=str(error))
            self._replace(worker)
            raise
        if worker.native or worker.jobs >= self._limits.jobs_before_recycle:
            self._replace(worker)
        else:
            self._idle.put_nowait(worker)
        return result

    async def stop(self) -> None:
        """Kill every worker; jobs under way fail as crashed."""
        self._stopped = True
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        workers, self._workers = self._workers, set()
        await asyncio.gather(*(w.kill() for w in workers))
        await self._zygote.stop()
        while not self._idle.empty():
            self._idle.get_nowait()

    async def _take(self) -> Worker:
        """A worker that is free and alive; one that died while idle is replaced."""
        try:
            async with asyncio.timeout(self._limits.queue_s):
                while True:
                    worker = await self._idle.get()
                    if worker.alive:
                        return worker
                    self._replace(worker)
        except TimeoutError as error:
            raise WorkerUnavailable("no worker became free") from error

    async def _add(self) -> None:
        worker = await self._born()
        self._workers.add(worker)
        self._idle.put_nowait(worker)

    async def _born(self, *, selftest: bool = False) -> Worker:
        """A new worker that is ready."""
        async with self._one_start:
            if not self._zygote.alive:
                await self._zygote.stop()  # what is left of the lost one
                self._zygote = Zygote(self._target, self._limits, self._layers)
                await self._zygote.start()
        worker = Worker(self._zygote, self._limits, selftest=selftest)
        try:
            await worker.ready()
        except BaseException:
            await worker.kill()
            raise
        return worker

    async def _try_walls(self) -> Confinement:
        """Have one worker try what none must be able to do."""
        worker = await self._born(selftest=True)
        try:
            worked = json.loads(await worker.run(b"", b"", _SELFTEST_S))
        except WorkerError as error:  # an act was the end of it, and so was not refused
            worked = error.at.note.split(",")
        finally:
            await worker.kill()
        return Confinement(worker.layers, tuple(name for name in ACTS if name in worked))

    def _replace(self, worker: Worker) -> None:
        if self._stopped:
            return
        task = asyncio.create_task(self._renew(worker))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _renew(self, worker: Worker) -> None:
        """Bury one worker and start another, however often that takes."""
        self._workers.discard(worker)
        await worker.kill()
        wait = _FIRST_RETRY_S
        while not self._stopped:
            try:
                await self._add()
                return
            except (WorkerCrashed, OSError) as error:
                _log.error("worker-does-not-start", kind=type(error).__name__, retry_s=wait)
                await asyncio.sleep(wait)
                wait = min(wait * 2, _LAST_RETRY_S)

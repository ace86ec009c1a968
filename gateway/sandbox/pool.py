"""A pool of warm, hardened worker processes.

Answers: ``run`` hands a payload to a free worker and returns its result.
Trusts: the target's name, which is ours. Knows nothing of mail.
Fails: ``WorkerTimeout``, ``WorkerCrashed``, ``WorkerOutOfMemory`` when the job failed;
``WorkerUnavailable`` when no worker became free in time. A worker that failed, was
abandoned or has done its share is replaced in the background.
"""

from __future__ import annotations

import asyncio

import structlog

from gateway.sandbox.errors import WorkerCrashed, WorkerError, WorkerUnavailable
from gateway.sandbox.process import Worker, WorkerLimits

_log = structlog.get_logger(__name__)
_FIRST_RETRY_S, _LAST_RETRY_S = 0.1, 5.0


class WorkerPool:
    """``size`` workers that run ``target`` (``package.module:function``)."""

    def __init__(self, target: str, size: int, limits: WorkerLimits) -> None:
        self._target = target
        self._size = size
        self._limits = limits
        self._idle: asyncio.LifoQueue[Worker] = asyncio.LifoQueue()  # the warmest cache first
        self._workers: set[Worker] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopped = False

    @property
    def pids(self) -> tuple[int, ...]:
        """Process ids of the living workers, for health checks."""
        return tuple(w.pid for w in self._workers if w.alive)

    @property
    def ready(self) -> bool:
        """Whether at least one worker lives."""
        return bool(self.pids)

    async def start(self) -> None:
        """Start every worker; ``WorkerUnavailable`` when one cannot start."""
        self._stopped = False
        try:
            async with asyncio.TaskGroup() as starting:
                for _ in range(self._size):
                    starting.create_task(self._add())
        except ExceptionGroup as group:
            await self.stop()
            raise WorkerUnavailable("workers do not start") from group

    async def run(self, payload: bytes) -> bytes:
        """Return what the target makes of ``payload``."""
        worker = await self._take()
        try:
            result = await worker.run(payload)
        except BaseException as error:
            if isinstance(error, WorkerError):
                _log.warning("worker-failed", kind=type(error).__name__, cause=str(error))
            self._replace(worker)
            raise
        if worker.jobs >= self._limits.jobs_before_recycle:
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
        worker = Worker(self._target, self._limits)
        self._workers.add(worker)
        try:
            await worker.ready()
        except BaseException:
            self._workers.discard(worker)
            await worker.kill()
            raise
        self._idle.put_nowait(worker)

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

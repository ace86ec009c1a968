"""One worker process as its parent sees it.

Answers: starts it, hands it one job at a time, kills it.
Trusts: nothing that comes out of it: every frame is bounded before it is read.
Fails: ``WorkerTimeout``, ``WorkerCrashed``, ``WorkerOutOfMemory``; after any of them
the worker is dead and its process group with it.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass

from gateway.sandbox import frames
from gateway.sandbox.errors import WorkerCrashed, WorkerOutOfMemory, WorkerTimeout
from gateway.sandbox.worker import EXIT_OUT_OF_MEMORY

_START_S = 30.0  # longest cold start
_REAP_S = 5.0  # longest wait for a killed process to be gone
_BUFFER = 1024 * 1024
_ONE_WRITE = 64 * 1024  # up to here a copy is cheaper than a second system call
_BOOTSTRAP = """
import json, sys
spec = json.loads(sys.argv[1])
sys.path[:] = spec["path"]
from gateway.sandbox.worker import main
main(spec)
"""


@dataclass(frozen=True, slots=True)
class WorkerLimits:
    """What one worker, and one job in it, may cost."""

    memory_bytes: int = 1024 * 1024 * 1024  # address space of the process
    cpu_s: int = 30  # CPU seconds of one job
    wall_s: float = 45.0  # wall-clock seconds of one job
    jobs_before_recycle: int = 200  # then it is replaced by a fresh one
    result_bytes: int = 8 * 1024 * 1024  # longest result
    queue_s: float = 60.0  # longest wait for a free worker


class Worker:
    """A started process and the stream to it."""

    def __init__(self, target: str, limits: WorkerLimits) -> None:
        self._limits = limits
        self._expected = {
            frames.PROGRESS: frames.PROGRESS_BYTES,
            frames.RESULT: limits.result_bytes,
        }
        self.jobs = 0
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                self._process = self._spawn(target, theirs)
            except BaseException:
                ours.close()
                raise
        self._socket = ours
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    async def ready(self) -> None:
        """Wait until the worker has imported its target and given up its rights."""
        self._reader, self._writer = await asyncio.open_unix_connection(
            sock=self._socket, limit=_BUFFER
        )
        try:
            async with asyncio.timeout(_START_S):
                raw = await self._reader.readexactly(frames.HEAD.size)
                frames.parse_head(raw, {frames.READY: 0})
        except (OSError, EOFError, ValueError, TimeoutError) as error:
            await self.kill()
            raise WorkerCrashed("worker did not start") from error

    async def run(self, payload: bytes) -> bytes:
        """Return the target's result; any failure leaves the worker dead."""
        progress = [""]
        self.jobs += 1
        try:
            async with asyncio.timeout(self._limits.wall_s):
                return await self._exchange(payload, progress)
        except TimeoutError as error:
            await self.kill()
            raise WorkerTimeout("job met its wall-clock limit", progress[0]) from error
        except (OSError, EOFError, ValueError) as error:
            raise await self._post_mortem(progress[0]) from error
        except BaseException:  # cancelled: the job still runs, so the worker must go
            await self.kill()
            raise

    async def kill(self) -> None:
        """Kill the process group and reap it; harmless when it is dead already."""
        if self._writer is not None:
            self._writer.close()
        else:
            self._socket.close()
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        with suppress(subprocess.TimeoutExpired):
            await asyncio.shield(asyncio.to_thread(self._process.wait, _REAP_S))

    async def _exchange(self, payload: bytes, progress: list[str]) -> bytes:
        if self._reader is None or self._writer is None:
            raise WorkerCrashed("worker was not started")
        head = frames.head(frames.JOB, len(payload))
        if len(payload) <= _ONE_WRITE:  # one wake-up of the worker instead of two
            self._writer.write(head + payload)
        else:
            self._writer.write(head)
            self._writer.write(payload)
        await self._writer.drain()
        while True:
            raw = await self._reader.readexactly(frames.HEAD.size)
            kind, length = frames.parse_head(raw, self._expected)
            answer = await self._reader.readexactly(length)
            if kind == frames.RESULT:
                return answer
            progress[0] = answer.decode("utf-8", "replace")

    async def _post_mortem(self, progress: str) -> WorkerTimeout | WorkerCrashed:
        """Why the stream ended: asked of the process before it is killed."""
        with suppress(subprocess.TimeoutExpired):
            await asyncio.to_thread(self._process.wait, 1.0)
        status = self._process.poll()
        await self.kill()
        if status == -signal.SIGXCPU:
            return WorkerTimeout("job met its CPU limit", progress)
        if status == EXIT_OUT_OF_MEMORY:
            return WorkerOutOfMemory("job met its memory limit", progress)
        return WorkerCrashed("worker ended without an answer", progress)

    def _spawn(self, target: str, wire: socket.socket) -> subprocess.Popen[bytes]:
        spec = {
            "target": target,
            "fd": wire.fileno(),
            "parent": os.getpid(),
            "path": [os.path.abspath(entry) for entry in sys.path],
            "memory_bytes": self._limits.memory_bytes,
            "cpu_s": self._limits.cpu_s,
        }
        # Isolated (-I): no environment, no user site, nothing imported but from our own path.
        command = [sys.executable, "-I", "-c", _BOOTSTRAP, json.dumps(spec)]
        return subprocess.Popen(  # noqa: S603 (our own interpreter and module)
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=[wire.fileno()],
            env={},
            cwd="/",
            start_new_session=True,
        )

"""The zygote as its parent sees it: starts it, asks it for workers, hears of their ends.

Answers: ``spawn`` gives the two ends that the parent keeps of a new worker; ``kill`` ends one
with its whole group.
Trusts: the zygote, which reads no mail; not its workers.
Fails: ``WorkerCrashed`` when it does not start or is gone; all its workers are gone then, too.
It is executed, not forked, from this process: it inherits no descriptor but its socket, no
environment, no lock and no secret in memory, whatever is open here.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from gateway.sandbox import frames
from gateway.sandbox.errors import WorkerCrashed
from gateway.sandbox.forks import ENDED, KILL, MESSAGE_BYTES, SPAWN
from gateway.sandbox.handoff import Arena
from gateway.sandbox.layers import ALL, Layer

_START_S = 60.0  # longest cold start, models of the character reader included
_REAP_S = 5.0  # longest wait for a killed process to be gone
# Libraries that start threads when they are loaded: a process with threads must not fork.
# Memory in large pages: a fork copies a third less of its tables.
_ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
}
_SELFTEST = "gateway.sandbox.selftest:attempt"
_BOOTSTRAP = """
import json, sys
spec = json.loads(sys.argv[1])
sys.path[:] = spec["path"]
from gateway.sandbox.forks import main
main(spec)
"""


@dataclass(frozen=True, slots=True)
class WorkerLimits:
    """What one worker, and one job in it, may cost."""

    memory_bytes: int = 1024 * 1024 * 1024  # address space, beside what is loaded at start
    cpu_s: int = 30  # CPU seconds of one job
    wall_s: float = 45.0  # wall-clock seconds of one job
    part_s: float = 45.0  # wall-clock seconds in which a job must get on to another part
    jobs_before_recycle: int = 200  # then it is replaced by a fresh one
    result_bytes: int = 8 * 1024 * 1024  # longest result
    queue_s: float = 60.0  # longest wait for a free worker


@dataclass(slots=True)
class Birth:
    """What the parent has of a new worker."""

    name: int  # the zygote's name for it
    wire: socket.socket  # blocking ends are the worker's; this one does not block
    page_fd: int  # what it says it is doing; closed by who holds this
    arena: Arena  # where its jobs are put; closed by who holds this
    pid: int = 0  # set when the zygote has forked
    ended: asyncio.Future[int] = field(default_factory=lambda: _future())  # its exit status


def _future() -> asyncio.Future[int]:
    return asyncio.get_running_loop().create_future()


class Zygote:
    """One process that forks workers for ``target``."""

    def __init__(self, target: str, limits: WorkerLimits, layers: Collection[Layer] = ALL) -> None:
        self._target = target
        self._limits = limits
        self._layers = layers
        self._births: dict[int, Birth] = {}
        self._names = 0
        self._ready: asyncio.Future[int] | None = None
        self._control: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def alive(self) -> bool:
        return self._control is not None

    @property
    def pid(self) -> int:
        """Process id; 0 before the start."""
        return self._process.pid if self._process else 0

    async def start(self) -> None:
        """Execute it and wait until it has loaded everything."""
        ours, theirs = _pair(socket.SOCK_SEQPACKET)
        with theirs:
            try:
                self._process = self._execute(theirs)
            except BaseException:
                ours.close()
                raise
        self._control, self._ready = ours, _future()
        asyncio.get_running_loop().add_reader(ours.fileno(), self._listen)
        try:
            async with asyncio.timeout(_START_S):
                if await self._ready != 0:
                    raise WorkerCrashed("workers do not start")
        except TimeoutError as error:
            raise WorkerCrashed("workers do not start in time") from error
        finally:
            if not self._ready.done() or self._ready.cancelled():
                await self.stop()

    def spawn(self, *, selftest: bool = False) -> Birth:
        """Ask for a worker; it says READY on its wire when it is one."""
        ours, theirs = _pair(socket.SOCK_STREAM)
        with theirs:
            page_fd, arena = _page(), Arena()
            self._names += 1
            birth = Birth(self._names, ours, page_fd, arena)
            try:
                asked = {"do": SPAWN, "name": birth.name, "selftest": selftest}
                self._send(asked, [theirs.fileno(), page_fd, arena.fd])
            except OSError as error:
                ours.close()
                os.close(page_fd)
                arena.close()
                raise WorkerCrashed("no worker was started") from error
        self._births[birth.name] = birth
        return birth

    def kill(self, birth: Birth) -> None:
        """Kill a worker and its group; ``birth.ended`` tells when it is gone."""
        with suppress(OSError):
            self._send({"do": KILL, "name": birth.name})

    async def stop(self) -> None:
        """Kill it, and with it every worker."""
        self._lost()
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGKILL)
            with suppress(subprocess.TimeoutExpired):
                await asyncio.shield(asyncio.to_thread(self._process.wait, _REAP_S))

    def _execute(self, control: socket.socket) -> subprocess.Popen[bytes]:
        spec = {
            "target": self._target,
            "selftest": _SELFTEST,
            "fd": control.fileno(),
            "parent": os.getpid(),
            "path": [os.path.abspath(entry) for entry in sys.path],
            "layers": sorted(self._layers),
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
            pass_fds=[control.fileno()],
            env=_ENVIRONMENT,
            cwd="/",
            start_new_session=True,
        )

    def _send(self, asked: dict[str, Any], descriptors: list[int] | None = None) -> None:
        if self._control is None:
            raise OSError("the zygote is gone")
        socket.send_fds(self._control, [json.dumps(asked).encode()], descriptors or [])

    def _listen(self) -> None:
        """Take everything that the zygote has said."""
        while self._control is not None:
            try:
                raw = self._control.recv(MESSAGE_BYTES)
            except BlockingIOError:
                return
            except OSError:
                raw = b""
            if not raw:
                self._lost()
                return
            self._heard(json.loads(raw))

    def _heard(self, said: dict[str, Any]) -> None:
        birth = self._births.get(said.get("name", 0))
        if birth is None:
            if self._ready is not None and not self._ready.done():
                self._ready.set_result(0)
        elif said["say"] == SPAWN:
            birth.pid = said["pid"]
        elif said["say"] == ENDED:
            del self._births[birth.name]
            _settle(birth.ended, said["status"])

    def _lost(self) -> None:
        """The zygote is gone: the kernel kills its workers (PR_SET_PDEATHSIG)."""
        if self._control is None:
            return
        asyncio.get_running_loop().remove_reader(self._control.fileno())
        self._control.close()
        self._control = None
        if self._ready is not None:
            _settle(self._ready, -signal.SIGKILL)
        for birth in self._births.values():
            _settle(birth.ended, -signal.SIGKILL)
        self._births.clear()


def _pair(kind: int) -> tuple[socket.socket, socket.socket]:
    """Our end, which never blocks this process, and theirs, which waits.

    Said of both: a library that sets ``socket.setdefaulttimeout`` would have theirs fail
    wherever it has to wait.
    """
    ours, theirs = socket.socketpair(socket.AF_UNIX, kind)
    ours.setblocking(False)
    theirs.setblocking(True)
    return ours, theirs


def _page() -> int:
    """Shared memory for a worker's whereabouts; its size is sealed."""
    descriptor = os.memfd_create("page", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    os.ftruncate(descriptor, frames.PAGE_BYTES)
    fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW)
    return descriptor


def _settle(future: asyncio.Future[int], value: int) -> None:
    if not future.done():
        future.set_result(value)

"""Runs the roles of the house as separate processes and keeps them running (`serve`).

Answers: gateway, outbound and console side by side, so that the process with the sockets
never holds the private key, and neither a slow delivery nor a slow page stalls SMTP.
Trusts: a child's exit status (sysexits.h).
Fails: a child that says its configuration cannot be used (64, 78) stops the whole; any
other loss is replaced after a pause that grows.
Signals: SIGTERM and SIGINT drain and end; SIGHUP is passed on (reload).
Tells systemd when all parts are ready, and when they stop (sd_notify(3), Type=notify).
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import structlog

from gateway.errors import EX_CONFIG, EX_OK, EX_SOFTWARE, EX_USAGE

log = structlog.get_logger(__name__)

DRAIN_S = 75.0  # a child has this long to finish; longer than the gateway's own drain
FINAL = (EX_OK, EX_USAGE, EX_CONFIG)  # starting again would end the same way
READY_FD = "SEKISHO_READY_FD"  # environment: where a child writes one byte when it is ready
PREPARED = "SEKISHO_PREPARED"  # environment: keys and database were looked at a moment ago
METRICS = "SEKISHO_METRICS"  # environment: directory where the processes tell their metrics
_PR_SET_PDEATHSIG = 1  # prctl(2)
_FIRST_PAUSE_S, _LONGEST_PAUSE_S, _STEADY_S = 0.5, 30.0, 60.0


def tell_systemd(state: str) -> None:
    """Send one state to systemd, when it started us and listens (sd_notify(3))."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):  # the abstract namespace
        address = "\0" + address[1:]
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
        out.sendto(state.encode(), address)


def say_ready() -> None:
    """Tell the supervisor that this child can do its work now."""
    ready = os.environ.pop(READY_FD, "")
    if ready:
        with contextlib.suppress(OSError):
            os.write(int(ready), b"1")
            os.close(int(ready))


def die_with_parent() -> None:
    """Ask the kernel to end this process (SIGTERM) when the supervisor is gone."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


class Supervisor:
    """One child a role."""

    def __init__(self, config: Path, roles: Sequence[str], extra: Sequence[str] = ()) -> None:
        self._config = config
        self._roles = tuple(roles)
        self._extra = tuple(extra)  # options passed on to every child
        self._children: dict[str, asyncio.subprocess.Process] = {}
        self._stopping = asyncio.Event()
        self._shared = ""  # directory that lives as long as this process
        self._waited_for = set(self._roles)  # not ready yet, since the start

    async def run(self) -> int:
        """Run until told to stop or a child cannot go on; returns the exit status.

        What the children share is made before: each one's first start looks at nothing twice.
        """
        with contextlib.ExitStack() as until_the_end:
            try:
                made = tempfile.TemporaryDirectory(prefix="sekisho-")
                self._shared = until_the_end.enter_context(made)
            except OSError as error:  # nowhere to put it: each process's metrics for itself
                log.warning("no directory for metrics", cause=error.strerror)
            return await self._run()

    async def _run(self) -> int:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        loop.add_signal_handler(signal.SIGHUP, self.reload)
        statuses = await asyncio.gather(*(self._keep(role) for role in self._roles))
        return max(statuses, default=EX_OK)

    def stop(self) -> None:
        """Ask every child to drain and end."""
        tell_systemd("STOPPING=1")
        self._stopping.set()
        self._signal(signal.SIGTERM)

    def reload(self) -> None:
        """Ask every child to read configuration and policy again."""
        self._signal(signal.SIGHUP)

    async def _keep(self, role: str) -> int:
        pause_s, first = _FIRST_PAUSE_S, "1"
        while True:
            started = time.monotonic()
            status = await self._live(role, {PREPARED: first, METRICS: self._shared})
            first = ""
            if self._stopping.is_set():
                return EX_OK
            if status in FINAL:
                self.stop()
                return status
            log.error("process lost", role=role, status=status, again_in_s=pause_s)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), pause_s)
            if self._stopping.is_set():
                return EX_SOFTWARE
            steady = time.monotonic() - started > _STEADY_S
            pause_s = _FIRST_PAUSE_S if steady else min(pause_s * 2, _LONGEST_PAUSE_S)

    async def _live(self, role: str, told: dict[str, str]) -> int:
        """Start one child and wait for its end; killed when it does not drain in time."""
        ready, says_ready = os.pipe()
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "gateway", "serve", "-c", str(self._config),
            "--role", role, *self._extra,
            env=os.environ | told | {READY_FD: str(says_ready)}, pass_fds=(says_ready,),
        )  # fmt: skip
        os.close(says_ready)
        asyncio.get_running_loop().add_reader(ready, self._child_ready, role, ready)
        self._children[role] = child
        if self._stopping.is_set():
            child.terminate()
        stopped = asyncio.create_task(self._stopping.wait())
        ended = asyncio.create_task(child.wait())
        await asyncio.wait({stopped, ended}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        try:
            return await asyncio.wait_for(ended, DRAIN_S)
        except TimeoutError:
            log.error("process does not end, killed", role=role)
            child.kill()
            return await child.wait()
        finally:
            del self._children[role]

    def _child_ready(self, role: str, ready: int) -> None:
        """A child wrote its one byte, or closed its end by dying."""
        said = os.read(ready, 1)
        asyncio.get_running_loop().remove_reader(ready)
        os.close(ready)
        if said and role in self._waited_for:
            self._waited_for.discard(role)
            if not self._waited_for:
                tell_systemd("READY=1")
                log.info("ready", roles=list(self._roles))

    def _signal(self, number: signal.Signals) -> None:
        for child in self._children.values():
            with contextlib.suppress(ProcessLookupError):
                child.send_signal(number)

"""Runs the roles of the house as separate processes and keeps them running (`serve`).

Answers: gateway, outbound and console side by side, so that the process with the sockets
never holds the private key, and neither a slow delivery nor a slow page stalls SMTP.
Trusts: a child's exit status (sysexits.h).
Fails: a child that says its configuration cannot be used (64, 78) stops the whole; any
other loss is replaced after a pause that grows.
Signals: SIGTERM and SIGINT drain and end; SIGHUP is passed on (reload).
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import structlog

from gateway.errors import EX_CONFIG, EX_OK, EX_SOFTWARE, EX_USAGE

log = structlog.get_logger(__name__)

DRAIN_S = 75.0  # a child has this long to finish; longer than the gateway's own drain
FINAL = (EX_OK, EX_USAGE, EX_CONFIG)  # starting again would end the same way
_FIRST_PAUSE_S, _LONGEST_PAUSE_S, _STEADY_S = 0.5, 30.0, 60.0


class Supervisor:
    """One child a role."""

    def __init__(self, config: Path, roles: Sequence[str], extra: Sequence[str] = ()) -> None:
        self._config = config
        self._roles = tuple(roles)
        self._extra = tuple(extra)  # options passed on to every child
        self._children: dict[str, asyncio.subprocess.Process] = {}
        self._stopping = asyncio.Event()

    async def run(self) -> int:
        """Run until told to stop or a child cannot go on; returns the exit status."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        loop.add_signal_handler(signal.SIGHUP, self.reload)
        statuses = await asyncio.gather(*(self._keep(role) for role in self._roles))
        return max(statuses, default=EX_OK)

    def stop(self) -> None:
        """Ask every child to drain and end."""
        self._stopping.set()
        self._signal(signal.SIGTERM)

    def reload(self) -> None:
        """Ask every child to read configuration and policy again."""
        self._signal(signal.SIGHUP)

    async def _keep(self, role: str) -> int:
        pause_s = _FIRST_PAUSE_S
        while True:
            started = time.monotonic()
            status = await self._live(role)
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

    async def _live(self, role: str) -> int:
        """Start one child and wait for its end; killed when it does not drain in time."""
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "gateway", "serve", "-c", str(self._config),
            "--role", role, *self._extra,
        )  # fmt: skip
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

    def _signal(self, number: signal.Signals) -> None:
        for child in self._children.values():
            with contextlib.suppress(ProcessLookupError):
                child.send_signal(number)

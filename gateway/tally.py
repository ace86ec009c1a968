"""The metrics of all processes in one answer, whichever of them is asked.

Answers: ``Teller`` tells this process's metrics to whoever connects to its socket in the
supervisor's directory; ``gathered`` asks all the others and adds what they count to what
this one does. Counters of a process begin at 0 when it is replaced, as Prometheus expects.
Trusts: the directory, which is the service user's alone. Metrics hold no text from a mail.
Fails: never: a process that does not answer within ``ASK_S`` is left out, and is missing in
``sekisho_processes``.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from pathlib import Path

import structlog
from prometheus_client import Metric

from gateway import metrics

log = structlog.get_logger(__name__)

ASK_S = 1.0  # for one process to tell what it counted
_LIMIT_BYTES = 4_000_000  # of one process's metrics; they take some kilobytes


class Teller:
    """The socket of one process; does nothing without a directory."""

    def __init__(self, directory: str, role: str) -> None:
        self._path = Path(directory) / f"{role}.sock" if directory else None
        self._server: asyncio.Server | None = None

    async def listen(self) -> None:
        """Tell from now on; a socket that a dead process of this name left is replaced."""
        if self._path is None:
            return
        try:
            _remove(self._path)
            self._server = await asyncio.start_unix_server(_tell, self._path)
        except OSError as error:
            log.warning("metrics-not-told", cause=error.strerror)

    async def close(self) -> None:
        if self._server is not None and self._path is not None:
            self._server.close()
            _remove(self._path)

    async def gathered(self) -> bytes:
        """Return the metrics of this process and all the others."""
        others = self._others()
        told = await asyncio.gather(*(_ask(path) for path in others))
        answers = [families for families in told if families]
        metrics.processes(1 + len(answers))
        return metrics.merged(answers)

    def _others(self) -> list[Path]:
        if self._path is None:
            return []
        return sorted(p for p in self._path.parent.glob("*.sock") if p != self._path)


def _remove(path: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)


async def _tell(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        writer.write(metrics.render())
        await writer.drain()
    writer.close()


async def _ask(path: Path) -> list[Metric]:
    """Return what one process tells; nothing when it does not."""
    try:
        async with asyncio.timeout(ASK_S):
            reader, writer = await asyncio.open_unix_connection(path, limit=_LIMIT_BYTES)
            try:
                return metrics.understood(await reader.read(-1))
            finally:
                writer.close()
    except (OSError, TimeoutError, ValueError):
        return []

"""The console's listener: uvicorn on a socket that was opened before it starts.

Answers: ``ConsoleServer``: ``listen`` returns once connections are taken, ``close`` once the
last page is out.
Trusts: ``X-Forwarded-For`` of a reverse proxy on this machine alone; it decides nothing but
whose attempts to sign in are counted together.
Fails: ``SekishoError`` where the address cannot be had; the supervisor tries again.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import uvicorn
from starlette.types import ASGIApp

from gateway.errors import SekishoError

CONNECTIONS = 200  # at once; more get 503
KEEP_ALIVE_S = 10
DRAIN_S = 10


class _Quiet(uvicorn.Server):
    """uvicorn without its own signal handlers: the process has one place for those."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class ConsoleServer:
    """The listener of the console's process."""

    def __init__(self, app: ASGIApp) -> None:
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,  # a path or query could hold what somebody typed
            server_header=False,
            lifespan="off",
            ws="none",
            forwarded_allow_ips="127.0.0.1,::1",
            limit_concurrency=CONNECTIONS,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=DRAIN_S,
        )
        self._server = _Quiet(config)
        self._task: asyncio.Task[None] | None = None
        self.port = 0  # set by listen

    async def listen(self, host: str, port: int) -> None:
        """Serve in the background; port 0 takes a free one."""
        opened = _open(host, port)
        self.port = int(opened.getsockname()[1])
        self._task = asyncio.create_task(self._server.serve(sockets=[opened]))

    async def close(self) -> None:
        if self._task is not None:
            self._server.should_exit = True
            await self._task


def _open(host: str, port: int) -> socket.socket:
    try:
        family, kind, number, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        opened = socket.socket(family, kind, number)
        try:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            opened.bind(address)
            opened.listen()
        except BaseException:
            opened.close()
            raise
    except OSError as error:
        raise SekishoError(f"console.listen {host}:{port}: {error.strerror}") from error
    return opened

"""The private health port: is the process alive, can it do its work, what does it count.

Answers: ``/healthz`` (the process answers), ``/readyz`` (each thing that a mail needs, by
name; 503 when one is missing), ``/metrics`` (Prometheus text, of all processes).
Trusts: its checks. Never shows text from a mail; stands on its own listener, which is not
for the outside.
Fails: a check that raises counts as not ready.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable, Iterator, Mapping

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from gateway import metrics
from gateway.errors import ConfigError, Problem, StoreError
from gateway.units import Endpoint

Check = Callable[[], Awaitable[bool]]
CHECK_S = 5.0  # a check that takes longer counts as failed


class _Quiet(uvicorn.Server):
    """uvicorn without its own signal handlers: the process has one place for those."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class Health:
    """The health listener of one process."""

    def __init__(
        self,
        checks: Mapping[str, Check],
        refresh: Callable[[], Awaitable[None]] | None = None,
        gathered: Callable[[], Awaitable[bytes]] | None = None,
    ) -> None:
        self._checks = checks
        self._refresh = refresh  # sets gauges that have to be asked for, before they are shown
        self._gathered = gathered  # the metrics of all processes; None: of this one
        self._server: uvicorn.Server | None = None
        self._task: asyncio.Task[None] | None = None

    async def listen(self, at: Endpoint, *, shared: bool = False) -> None:
        """Serve in the background; returns at once.

        Args:
            shared: other gateway processes listen there, too; each answers for itself.
        """
        app = Starlette(
            routes=[
                Route("/healthz", self._healthz),
                Route("/readyz", self._readyz),
                Route("/metrics", self._metrics),
            ]
        )
        try:
            listener = socket.create_server(
                (at.host, at.port),
                family=socket.AF_INET6 if ":" in at.host else socket.AF_INET,
                reuse_port=shared,
            )
        except OSError as error:
            problem = f"cannot listen on {at}: {error.strerror}"
            raise ConfigError([Problem("config.toml", 0, 0, "health.listen", problem)]) from error
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=1,
        )
        self._server = _Quiet(config)
        self._task = asyncio.create_task(self._server.serve(sockets=[listener]))

    async def close(self) -> None:
        if self._server is not None and self._task is not None:
            self._server.should_exit = True
            await self._task

    async def _healthz(self, request: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def _readyz(self, request: Request) -> Response:
        results = {name: await _passes(check) for name, check in self._checks.items()}
        return JSONResponse(results, status_code=200 if all(results.values()) else 503)

    async def _metrics(self, request: Request) -> Response:
        if self._refresh is not None:
            with contextlib.suppress(StoreError):  # the counters are worth showing all the same
                await self._refresh()
        told = metrics.render() if self._gathered is None else await self._gathered()
        return Response(told, media_type="text/plain; version=0.0.4")


async def _passes(check: Check) -> bool:
    try:
        async with asyncio.timeout(CHECK_S):
            return await check()
    except Exception:
        return False

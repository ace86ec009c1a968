"""Listens for mail, and stops listening without losing any.

Answers: sessions on every configured address; ``drain`` returns when no mail is between
its dot and its reply.
Trusts: the pipeline and next hop it is given.
Fails: ``ConfigError`` when an address cannot be listened on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import structlog

from gateway.errors import ConfigError, Problem
from gateway.outbound.client import NextHop
from gateway.pipeline import Pipeline
from gateway.smtp.doorkeeper import Doorkeeper
from gateway.smtp.session import GatewaySession
from gateway.smtp.settings import Service, SessionSettings

log = structlog.get_logger(__name__)

BACKLOG = 1024  # aiosmtpd's 100 made a thousand simultaneous connects take ten seconds
DRAIN_S = 60.0  # a mail past its dot has this long to get its reply when we stop


class Gateway:
    """The SMTP listeners of one process."""

    def __init__(self, pipeline: Pipeline, next_hop: NextHop, settings: SessionSettings) -> None:
        self.pipeline = pipeline
        self._next_hop = next_hop
        self._doorkeeper = Doorkeeper(settings.rules)
        self._service = Service(pipeline, next_hop, settings, self._doorkeeper)
        self._servers: list[asyncio.Server] = []
        self.addresses: list[tuple[str, int]] = []  # really bound, port 0 resolved

    async def listen(self, addresses: Sequence[tuple[str, int]], *, shared: bool = False) -> None:
        """Open every listener.

        Args:
            shared: other gateway processes listen there, too; the kernel shares the clients out.

        Raises: ConfigError: one cannot be opened; none stays open then.
        """
        loop = asyncio.get_running_loop()
        for host, port in addresses:
            try:
                server = await loop.create_server(
                    self._session, host, port, backlog=BACKLOG, reuse_port=shared or None
                )
            except OSError as error:
                await self.drain()
                raise ConfigError([_cannot_listen(host, port, error)]) from error
            self._servers.append(server)
            self.addresses += [s.getsockname()[:2] for s in server.sockets]
        for host, port in self.addresses:
            log.info("listening", listen=host, port=port)

    async def drain(self) -> None:
        """Stop listening, let mails past their dot get their reply, and part."""
        for server in self._servers:
            server.close()
        passing = set(self._doorkeeper.passing)
        if passing:
            await asyncio.wait(passing, timeout=DRAIN_S)
        for session in tuple(self._doorkeeper.sessions):
            await session.dismiss()
        await self._next_hop.close()
        self._servers.clear()

    def _session(self) -> GatewaySession:
        return GatewaySession(self._service, asyncio.get_running_loop())


def _cannot_listen(host: str, port: int, error: OSError) -> Problem:
    return Problem(
        "config.toml",
        0,
        0,
        "smtp.listen",
        f"cannot listen on {host}:{port}: {error.strerror}",
        "another program may hold the port: see `ss -ltnp`",
    )

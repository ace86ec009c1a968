"""The demonstration's next hop: an SMTP server that takes everything and keeps a list."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.smtp import SMTP


@dataclass(slots=True)
class Delivered:
    """One mail that arrived behind the gateway."""

    mail_from: str
    rcpt_tos: tuple[str, ...]
    size_bytes: int
    content: bytes = field(repr=False)


class Sink:
    """Takes every mail on a free loopback port."""

    def __init__(self) -> None:
        self.mails: list[Delivered] = []
        self._server: asyncio.Server | None = None
        self.port = 0

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: SMTP(self, hostname="sink.example", loop=loop), "127.0.0.1", 0
        )
        self.port = int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """aiosmtpd's hook: one mail has arrived."""
        sender = "" if envelope.mail_from == "<>" else envelope.mail_from
        self.mails.append(
            Delivered(sender, tuple(envelope.rcpt_tos), len(envelope.content), envelope.content)
        )
        return "250 2.0.0 OK"

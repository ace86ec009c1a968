"""What the gateway is measured against: stock aiosmtpd and aiosmtplib, passing mail through.

``python -m tests.bench.passthrough PORT NEXT_HOP_PORT [uvloop]``. On asyncio's own event loop,
as both come; with ``uvloop`` on the gateway's, which is the stronger form. No inspection, no journal; every
mail is handed on before it is answered, over connections that are kept (the stronger form:
with a new connection a mail it is about half as fast).
"""

from __future__ import annotations

import asyncio
import logging
import sys
from typing import Any

import aiosmtplib
import uvloop
from aiosmtpd.smtp import SMTP


class PassThrough:
    def __init__(self, next_hop: int) -> None:
        self._next_hop = next_hop
        self._idle: list[aiosmtplib.SMTP] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        client = self._idle.pop() if self._idle else await self._connect()
        await client.sendmail(envelope.mail_from, envelope.rcpt_tos, envelope.content)
        self._idle.append(client)
        return "250 2.0.0 OK"

    async def _connect(self) -> aiosmtplib.SMTP:
        client = aiosmtplib.SMTP(
            hostname="127.0.0.1", port=self._next_hop, use_tls=False, start_tls=False
        )
        await client.connect()
        return client


async def main(port: int, next_hop: int) -> None:
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    loop = asyncio.get_running_loop()
    handler = PassThrough(next_hop)
    server = await loop.create_server(
        lambda: SMTP(handler, data_size_limit=50 << 20, hostname="pass.example", loop=loop),
        "127.0.0.1",
        port,
        backlog=1024,
    )
    await server.serve_forever()


if __name__ == "__main__":
    _factory = uvloop.new_event_loop if "uvloop" in sys.argv[3:] else None
    with asyncio.Runner(loop_factory=_factory) as runner:
        runner.run(main(int(sys.argv[1]), int(sys.argv[2])))

"""The next hop of the benches: takes every mail and forgets it, as fast as Python can.

``python -m tests.bench.sink PORT`` serves on loopback until it is killed. PIPELINING and
8BITMIME are offered, as Postfix does.
"""

from __future__ import annotations

import asyncio
import sys
from typing import cast

_EHLO = (
    b"250-sink.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE 99999999\r\n"
)


class Sink(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._buffer = b""
        self._in_data = False
        self._transport.write(b"220 sink.example ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        self._buffer = self._buffer + data if self._buffer else data
        out: list[bytes] = []
        while self._step(out):
            pass
        if out:
            self._transport.write(b"".join(out))

    def _step(self, out: list[bytes]) -> bool:
        if self._in_data:
            end = self._buffer.find(b"\r\n.\r\n")
            if end < 0:
                self._buffer = self._buffer[-5:]
                return False
            self._buffer = self._buffer[end + 5 :]
            self._in_data = False
            out.append(b"250 2.0.0 queued\r\n")
            return True
        line, found, rest = self._buffer.partition(b"\r\n")
        if not found:
            return False
        self._buffer = rest
        verb = line[:4].upper()
        if verb == b"DATA":
            self._in_data = True
            out.append(b"354 go\r\n")
        elif verb == b"EHLO":
            out.append(_EHLO)
        elif verb == b"QUIT":
            out.append(b"221 bye\r\n")
        else:
            out.append(b"250 2.1.0 ok\r\n")
        return True


async def main(port: int) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Sink, "127.0.0.1", port, backlog=1024)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))

"""A scripted next hop: an SMTP server that says what the test tells it to, and keeps what it got.

``answers`` maps a command (``"EHLO"``, ``"MAIL"``, ``"RCPT"``, ``"RCPT b@example.com"``,
``"DATA"``, ``"."``, ``"RSET"``, ``"greeting"``) to a reply line, or to ``DROP`` to hang up
instead of answering.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field

DROP = "DROP"


@dataclass
class Taken:
    mail_from: str
    rcpt_tos: list[str]
    content: bytes  # as on the wire, dots still stuffed, without the final dot line


@dataclass
class ScriptedNextHop:
    answers: dict[str, str] = field(default_factory=dict)
    taken: list[Taken] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    port: int = 0
    delay_s: float = 0.0  # before the answer to the final dot
    features: tuple[str, ...] = ("8BITMIME", "SMTPUTF8", "SIZE 10000000")
    _server: asyncio.Server | None = None
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)

    async def start(self) -> ScriptedNextHop:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=2**26)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            for writer in list(self._writers):
                writer.close()
            await self._server.wait_closed()
            self._server = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            await self._converse(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._writers.discard(writer)
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def _converse(self, reader, writer) -> None:
        if not self._say(writer, "greeting", "220 next.example ESMTP"):
            return
        sender, rcpts = "", []
        while True:
            line = (await reader.readuntil(b"\r\n"))[:-2].decode()
            self.commands.append(line)
            verb = line.split(" ")[0].split(":")[0].upper()
            if verb == "EHLO":
                extra = "".join(f"250-{f}\r\n" for f in self.features)
                if not self._say(writer, "EHLO", f"{extra}250 next.example"):
                    return
            elif verb == "MAIL":
                sender, rcpts = line[11:].split(">")[0], []
                if not self._say(writer, "MAIL", "250 2.1.0 ok"):
                    return
            elif verb == "RCPT":
                address = line[9:].split(">")[0]
                key = f"RCPT {address}" if f"RCPT {address}" in self.answers else "RCPT"
                if self.answers.get(key, "2").startswith("2"):
                    rcpts.append(address)
                if not self._say(writer, key, "250 2.1.5 ok"):
                    return
            elif verb == "DATA":
                if not self._say(writer, "DATA", "354 go"):
                    return
                if self.answers.get("DATA", "354").startswith("354"):
                    lines = []
                    while (data := await reader.readuntil(b"\r\n")) != b".\r\n":
                        lines.append(data)
                    if self.answers.get(".", "250").startswith(("2", DROP)):
                        self.taken.append(Taken(sender, rcpts, b"".join(lines)))
                    await asyncio.sleep(self.delay_s)
                    if not self._say(writer, ".", "250 2.0.0 queued"):
                        return
            elif verb == "QUIT":
                self._say(writer, "QUIT", "221 bye")
                return
            else:
                if verb == "RSET":
                    sender, rcpts = "", []
                if not self._say(writer, verb, "250 2.0.0 ok"):
                    return

    def _say(self, writer: asyncio.StreamWriter, key: str, default: str) -> bool:
        answer = self.answers.get(key, default)
        if answer == DROP:
            return False
        writer.write(answer.encode() + b"\r\n")
        return True

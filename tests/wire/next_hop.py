"""A scripted next hop: an SMTP server that says what the test tells it to, and keeps what it got.

``answers`` maps a command (``"EHLO"``, ``"MAIL"``, ``"RCPT"``, ``"RCPT b@example.com"``,
``"DATA"``, ``"."``, ``"RSET"``, ``"STARTTLS"``, ``"greeting"``) to what is said instead of
yes: a reply line, bytes (sent as they are, no line end added), ``DROP`` to hang up, ``STALL``
to stay and say nothing any more. ``"mid"`` is said in mid-content, before the final dot came.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from dataclasses import dataclass, field

DROP = "DROP"
STALL = "STALL"
_MID_BYTES = 1_000_000  # so much of a mail is read before "mid" is said


@dataclass
class Taken:
    mail_from: str
    rcpt_tos: list[str]
    content: bytes  # as on the wire, dots still stuffed, without the final dot line


@dataclass
class ScriptedNextHop:
    answers: dict[str, str | bytes] = field(default_factory=dict)
    taken: list[Taken] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    port: int = 0
    delay_s: float = 0.0  # before the answer to the final dot
    gate: asyncio.Event | None = None  # the answer to the final dot waits for it
    pace_s: float = 0.0  # between two bytes of a reply
    features: tuple[str, ...] = ("PIPELINING", "8BITMIME", "SMTPUTF8", "SIZE 100000000")
    tls: ssl.SSLContext | None = None  # offers STARTTLS with it
    features_in_clear: tuple[str, ...] | None = None  # before TLS; None: the same
    connections: int = 0  # taken so far
    lost: int = 0  # of them, those that ended without QUIT
    _server: asyncio.Server | None = None
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)

    async def start(self) -> ScriptedNextHop:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=2**26)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            self.hang_up()
            await self._server.wait_closed()
            self._server = None

    @property
    def connected(self) -> int:
        """How many connections are open now."""
        return len(self._writers)

    def hang_up(self) -> None:
        """Close every connection without a word."""
        for writer in list(self._writers):
            writer.close()

    def shout(self, said: bytes) -> None:
        """Say something on every connection that nobody asked for."""
        for writer in self._writers:
            writer.write(said)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.add(writer)
        try:
            await _Session(self, reader, writer).converse()
        except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
            self.lost += 1
        finally:
            self._writers.discard(writer)
            writer.close()
            with contextlib.suppress(ConnectionError, ssl.SSLError):
                await writer.wait_closed()


class _Session:
    """One connection: what the client has said so far in its transaction."""

    def __init__(
        self, hop: ScriptedNextHop, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.hop, self.reader, self.writer = hop, reader, writer
        self.sender: str | None = None  # None: no transaction
        self.rcpts: list[str] = []
        self.encrypted = False
        self.mute = False

    async def converse(self) -> None:
        going = await self.say("greeting", "220 next.example ESMTP")
        while going:
            line = (await self.reader.readuntil(b"\r\n"))[:-2].decode()
            self.hop.commands.append(line)
            verb = line.split(" ")[0].split(":")[0].upper()
            method = getattr(self, f"_{verb.lower()}", None)
            going = await (method(line) if method else self.say(verb, "250 2.0.0 ok"))

    async def _ehlo(self, line: str) -> bool:
        features = self.hop.features
        if self.hop.tls is not None and not self.encrypted:
            before = self.hop.features_in_clear
            features = (*(features if before is None else before), "STARTTLS")
        offers = "".join(f"250-{f}\r\n" for f in features)
        return await self.say("EHLO", f"250-next.example\r\n{offers}250 HELP")

    async def _starttls(self, line: str) -> bool:
        if not await self.say("STARTTLS", "220 2.0.0 go"):
            return False
        assert self.hop.tls is not None
        await self.writer.start_tls(self.hop.tls)
        self.encrypted = True
        return True

    async def _mail(self, line: str) -> bool:
        going = await self.say("MAIL", "250 2.1.0 ok")
        if self.accepts("MAIL"):
            self.sender, self.rcpts = line[11:].split(">")[0], []
        return going

    async def _rcpt(self, line: str) -> bool:
        if self.sender is None:
            return await self.say("no MAIL", "503 5.5.1 MAIL first")
        address = line[9:].split(">")[0]
        key = f"RCPT {address}" if f"RCPT {address}" in self.hop.answers else "RCPT"
        if self.accepts(key):
            self.rcpts.append(address)
        return await self.say(key, "250 2.1.5 ok")

    async def _data(self, line: str) -> bool:
        if not self.rcpts:
            return await self.say("no RCPT", "503 5.5.1 RCPT first")
        if not await self.say("DATA", "354 go"):
            return False
        answer = self.hop.answers.get("DATA", "354")
        if self.mute or isinstance(answer, bytes) or not answer.startswith("354"):
            return True
        content = await self.content()
        if content is None:
            return False
        answer = self.hop.answers.get(".", "250")
        if isinstance(answer, bytes) or answer.startswith(("2", DROP, STALL)):
            self.hop.taken.append(Taken(self.sender or "", self.rcpts, content))
        self.sender, self.rcpts = None, []
        await asyncio.sleep(self.hop.delay_s)
        if self.hop.gate is not None:
            await self.hop.gate.wait()
        return await self.say(".", "250 2.0.0 queued")

    async def content(self) -> bytes | None:
        """Read a mail up to its dot; None when the script hangs up before that."""
        lines: list[bytes] = []
        read = 0
        while (data := await self.reader.readuntil(b"\r\n")) != b".\r\n":
            lines.append(data)
            before, read = read, read + len(data)
            if (
                "mid" in self.hop.answers
                and before < _MID_BYTES <= read
                and not await self.say("mid", "")
            ):
                return None
        return b"".join(lines)

    async def _rset(self, line: str) -> bool:
        self.sender, self.rcpts = None, []
        return await self.say("RSET", "250 2.0.0 ok")

    async def _quit(self, line: str) -> bool:
        await self.say("QUIT", "221 bye")
        return False

    def accepts(self, key: str) -> bool:
        answer = self.hop.answers.get(key, "2")
        return isinstance(answer, str) and answer.startswith("2")

    async def say(self, key: str, default: str) -> bool:
        answer = self.hop.answers.get(key, default)
        if answer == DROP:
            self.hop.lost += 1
            return False
        self.mute = self.mute or answer == STALL
        if self.mute:
            return True
        said = answer if isinstance(answer, bytes) else answer.encode() + b"\r\n"
        if self.hop.pace_s:
            for n in range(len(said)):
                self.writer.write(said[n : n + 1])
                await asyncio.sleep(self.hop.pace_s)
        else:
            self.writer.write(said)
        return True

"""A small SMTP client that hands the next hop exactly the bytes it is given (RFC 5321).

Answers: ``NextHop.acquire`` an open, greeted ``Connection``; ``Connection.data`` the
fate of one mail.
Trusts: that envelope addresses were parsed strictly by the wire in (no CR, LF, NUL or
angle bracket can be in them; it checks again, since a slip here is command injection).
Fails: ``NextHopError`` for any loss before the dot; ``Fate.UNKNOWN`` for one after its
first byte may have left. Stands against aiosmtplib because that rewrites lone CR and LF
and addresses: bytes inspected would not be bytes sent (law 1).
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

from gateway.errors import NextHopError
from gateway.model import Envelope, Fate, Outcome, Reply
from gateway.outbound.replies import REPLY_BYTES, read_reply

_CHUNK = 64 * 1024
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f<>]")
_UNKNOWN = Reply(451, "4.4.2", "Connection to the mail server was lost; it may have the mail")


@dataclass(frozen=True, slots=True)
class NextHopSettings:
    """Where the next hop is and how long each step may take (RFC 5321 4.5.3.2)."""

    host: str
    port: int
    helo: str  # our name in EHLO
    connect_timeout_s: float = 30.0
    verb_timeout_s: float = 300.0
    data_block_timeout_s: float = 180.0
    after_dot_timeout_s: float = 600.0
    idle_s: float = 20.0  # an unused connection is kept this long; Postfix hangs up at 300 s
    mails_per_connection: int = 100
    idle_connections: int = 20  # kept at most


@dataclass(slots=True)
class Connection:
    """One greeted connection to the next hop. One transaction at a time."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    settings: NextHopSettings
    features: dict[str, str] = field(default_factory=dict)  # EHLO keyword → its arguments
    mails: int = 0  # transactions that reached DATA
    used_at: float = 0.0  # monotonic seconds
    broken: bool = False  # a reply was lost or senseless: never used again

    async def mail(self, envelope: Envelope) -> Reply:
        """Send MAIL FROM with what the next hop offers of the envelope's options."""
        options = ""
        if envelope.body and "8BITMIME" in self.features:
            options += f" BODY={envelope.body}"
        if envelope.smtputf8:
            if "SMTPUTF8" not in self.features:
                return Reply(553, "5.6.7", "The mail server behind has no SMTPUTF8")
            options += " SMTPUTF8"
        return await self._command(f"MAIL FROM:<{_checked(envelope.mail_from)}>{options}")

    async def rcpt(self, address: str) -> Reply:
        return await self._command(f"RCPT TO:<{_checked(address)}>")

    async def reset(self) -> bool:
        """Abort the transaction. Returns whether the connection is still good."""
        try:
            return (await self._command("RSET")).positive
        except NextHopError:
            return False

    async def envelope(self, envelope: Envelope) -> Reply | None:
        """Send MAIL and every RCPT anew; the first refusal, or None when all were taken."""
        reply = await self.mail(envelope)
        if not reply.positive:
            return reply
        for address in envelope.rcpt_tos:
            reply = await self.rcpt(address)
            if not reply.positive:
                return reply
        return None

    async def data(self, content: bytes) -> Outcome:
        """Send DATA and ``content``, dot-stuffed, and wait for the final reply.

        Never raises for the next hop's faults: the outcome says what is known.
        """
        self.mails += 1
        try:
            go = await self._command("DATA")
            if go.code != 354:
                return _refused(go, self)
            last = await self._send_all_but_last(dot_stuffed(content))
        except NextHopError as error:
            self.broken = True
            return Outcome(Fate.FAILED, error.reply)
        try:  # from here on the dot may have left: whatever is lost now is unknown
            await self._send(last)
            reply = await self._read(self.settings.after_dot_timeout_s)
        except NextHopError:
            self.broken = True
            return Outcome(Fate.UNKNOWN, _UNKNOWN)
        if reply.positive:
            return Outcome(Fate.RELAYED, reply)
        return _refused(reply, self)

    async def quit(self) -> None:
        """Say QUIT without waiting long, and close."""
        with contextlib.suppress(NextHopError, OSError, TimeoutError):
            if not self.broken:
                self.writer.write(b"QUIT\r\n")
                await asyncio.wait_for(self.writer.drain(), 1.0)
        self.close()
        with contextlib.suppress(OSError, TimeoutError):
            await asyncio.wait_for(self.writer.wait_closed(), 1.0)

    def close(self) -> None:
        self.broken = True
        self.writer.close()

    async def _command(self, line: str) -> Reply:
        self.writer.write(line.encode("utf-8") + b"\r\n")
        reply = await self._read(self.settings.verb_timeout_s)
        if reply.code == 421:
            self.broken = True
        return reply

    async def _read(self, timeout_s: float) -> Reply:
        try:
            async with asyncio.timeout(timeout_s):
                reply, _ = await read_reply(self.reader)
                return reply
        except TimeoutError as error:
            self.broken = True
            raise NextHopError("the next hop did not answer in time") from error
        except NextHopError:
            self.broken = True
            raise
        except asyncio.CancelledError:
            self.broken = True  # its reply is still on the way: pairing would shift
            raise

    async def _send_all_but_last(self, stuffed: bytes) -> memoryview:
        """Send whole chunks; return the last one, which holds the final dot, unsent."""
        view = memoryview(stuffed)
        last = max(0, len(view) - _CHUNK)
        for start in range(0, last, _CHUNK):
            await self._send(view[start : min(start + _CHUNK, last)])
        return view[last:]

    async def _send(self, chunk: memoryview) -> None:
        try:
            self.writer.write(chunk)
            async with asyncio.timeout(self.settings.data_block_timeout_s):
                await self.writer.drain()
        except (OSError, TimeoutError) as error:
            self.broken = True
            raise NextHopError("the connection broke while the mail was sent") from error


class NextHop:
    """Connections to the one mail server behind, opened when needed and reused."""

    def __init__(self, settings: NextHopSettings) -> None:
        self.settings = settings
        self._idle: list[Connection] = []
        self._features: frozenset[str] | None = None  # as of the last greeting; None: never met

    async def acquire(self) -> Connection:
        """Return a connection that answered just now: a probed idle one or a new one.

        Raises: NextHopError: refused, unreachable, or not an SMTP server.
        """
        while self._idle:
            connection = self._idle.pop()
            fresh = time.monotonic() - connection.used_at < self.settings.idle_s
            if fresh and not connection.reader.at_eof() and await connection.reset():
                return connection
            connection.close()
        return await self._open()

    async def offers(self, keyword: str) -> bool:
        """Whether the next hop offers an extension; asks it once, False when it is away."""
        if self._features is None:
            try:
                await self.give_back(await self.acquire())
            except NextHopError:
                return False
        return self._features is not None and keyword in self._features

    async def give_back(self, connection: Connection) -> None:
        """Keep a connection for the next mail, or part from it."""
        keep = (
            not connection.broken
            and connection.mails < self.settings.mails_per_connection
            and len(self._idle) < self.settings.idle_connections
        )
        if keep:
            connection.used_at = time.monotonic()
            self._idle.append(connection)
        else:
            await connection.quit()

    @contextlib.asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """Lend a connection for the length of a ``with`` block."""
        connection = await self.acquire()
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        await self.give_back(connection)

    async def deliver(
        self, envelope: Envelope, content: bytes
    ) -> tuple[Outcome | None, Sequence[tuple[str, Reply]]]:
        """Send one mail in a transaction of its own, as the outbound worker does.

        Returns: the outcome for the recipients that were taken (None when none was) and
            the refused ones with their replies.
        Raises: NextHopError: no connection, or it was lost before DATA.
        """
        async with self.connection() as connection:
            reply = await connection.mail(envelope)
            if not reply.positive:
                return None, [(address, reply) for address in envelope.rcpt_tos]
            refused = []
            for address in envelope.rcpt_tos:
                reply = await connection.rcpt(address)
                if not reply.positive:
                    refused.append((address, reply))
            if len(refused) == len(envelope.rcpt_tos):
                await connection.reset()
                return None, refused
            return await connection.data(content), refused

    async def close(self) -> None:
        """Say QUIT on every idle connection."""
        idle, self._idle = self._idle, []
        for connection in idle:
            await connection.quit()

    async def _open(self) -> Connection:
        s = self.settings
        try:
            async with asyncio.timeout(s.connect_timeout_s):
                reader, writer = await asyncio.open_connection(s.host, s.port, limit=REPLY_BYTES)
        except (OSError, TimeoutError) as error:
            raise NextHopError("the next hop cannot be reached") from error
        connection = Connection(reader, writer, s)
        try:
            await self._greet(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    async def _greet(self, connection: Connection) -> None:
        greeting = await connection._read(self.settings.verb_timeout_s)
        if greeting.code != 220:
            raise NextHopError("the next hop refuses to talk")
        connection.writer.write(f"EHLO {self.settings.helo}\r\n".encode("ascii"))
        try:
            async with asyncio.timeout(self.settings.verb_timeout_s):
                reply, lines = await read_reply(connection.reader)
        except TimeoutError as error:
            raise NextHopError("the next hop did not answer EHLO in time") from error
        if not reply.positive:
            raise NextHopError("the next hop refuses EHLO")
        for line in lines[1:]:
            keyword, _, arguments = line.partition(" ")
            connection.features[keyword.upper()] = arguments
        self._features = frozenset(connection.features)


def dot_stuffed(content: bytes) -> bytes:
    """Return ``content`` in wire form: dots doubled, ``CRLF.CRLF`` at the end (4.5.2)."""
    stuffed = content.replace(b"\r\n.", b"\r\n..")
    if stuffed.startswith(b"."):
        stuffed = b"." + stuffed
    return stuffed + (b".\r\n" if stuffed.endswith(b"\r\n") or not stuffed else b"\r\n.\r\n")


def _checked(address: str) -> str:
    if _FORBIDDEN.search(address) and not _quoted(address):
        raise NextHopError("an address cannot be put into an SMTP command")
    return address


def _quoted(address: str) -> bool:
    """A quoted local part may hold spaces and angle brackets, never control characters."""
    local, _, domain = address.rpartition("@")
    return (
        local.startswith('"')
        and local.endswith('"')
        and not re.search(r"[\x00-\x1f\x7f]", local)
        and not _FORBIDDEN.search(domain)
    )


def _refused(reply: Reply, connection: Connection) -> Outcome:
    """A refusal keeps its class; anything that is neither 4xx nor 5xx is a fault."""
    if reply.temporary or reply.permanent:
        return Outcome(Fate.REFUSED, reply)
    connection.broken = True
    return Outcome(Fate.FAILED, Reply(451, "4.3.0", "Unexpected answer from the mail server"))

"""One SMTP connection: lines in, replies out, TLS, and an end to every wait.

Answers: each command line through ``Conversation``; what it says goes out at once.
Trusts: nothing that is sent. Commands end in CRLF and hold no other control character.
Fails: by closing the connection; whatever was promised before is committed.
Stands on aiosmtpd's connection handling, with its constructor, timer, reader, grammar and
error answers replaced: each was measured to be unsafe or slow (``tests/wire/test_traps.py``).
"""

from __future__ import annotations

import asyncio
import logging
import re
import ssl
from typing import Any

import structlog
from aiosmtpd.smtp import SMTP

from gateway import metrics
from gateway.model import Client, Reply
from gateway.smtp import replies
from gateway.smtp.conversation import Conversation
from gateway.smtp.doorkeeper import Load
from gateway.smtp.patience import Patience
from gateway.smtp.reader import CHUNK_OCTETS, read_mail
from gateway.smtp.replies import encoded, greeting
from gateway.smtp.settings import Service
from gateway.smtp.tls import HANDSHAKE_S

log = structlog.get_logger(__name__)
logging.getLogger("mail.log").setLevel(logging.WARNING)  # aiosmtpd's; it writes what it reads

COMMAND_OCTETS = 2048  # a whole command line; RFC 5321 says 512, extensions add to it
DISCARD_OCTETS = 64 * 1024  # of a longer line; beyond it this is no mail client
UNSAID_OCTETS = 4096  # of replies that wait for one another; a group of commands has less

_CONTROL = re.compile(rb"[\x00-\x1f\x7f]")


class GatewaySession(SMTP):
    """aiosmtpd's connection handling around our own conversation."""

    def __init__(self, service: Service, loop: asyncio.AbstractEventLoop) -> None:
        # aiosmtpd's constructor searches the class for verbs and hooks at every connection,
        # nearly half of the time that a short session takes. Only what its connection
        # handling reads is set here. The stream's limit is what one line may hold.
        reader: Any = asyncio.StreamReader(limit=COMMAND_OCTETS, loop=loop)
        asyncio.StreamReaderProtocol.__init__(self, reader, self._cb_client_connected, loop)
        self._stream: Any = reader  # asyncio's, by a name that may be looked into
        self.loop = loop
        self.transport: Any = None  # a Transport, set by aiosmtpd
        self._paused: bool  # by asyncio: the client does not take what was sent
        self.session = None
        self.envelope = None
        self._timeout_handle: Any = None  # a Patience; aiosmtpd cancels it with the connection
        self._original_transport = None
        self._tls_protocol = None
        self._handler_coroutine: asyncio.Task[None] | None = None
        self._service = service
        self._talk: Conversation
        self._patience: Patience
        self._ended = False
        self._unsaid = bytearray()  # replies to commands that came together (RFC 2920 3.2)

    # ---------------------------------------------------------------- the connection

    def _reset_timeout(self, duration: float | None = None) -> None:
        """Called by aiosmtpd when the connection stands."""
        self._patience = Patience(self.loop, self._service.settings.waits, self._expire)
        self._timeout_handle = self._patience

    def _expire(self, reply: Reply) -> None:
        """Say why and hang up; when the client does not even take that, break off."""
        if self.transport is None:
            return
        if self._ended:
            self.transport.abort()
            return
        self._ended = True
        log.info("session ended for silence", client=self._address(), reply=reply.text)
        self.transport.write(self._with_unsaid(encoded(reply)))
        self.transport.close()

    def eof_received(self) -> bool | None:
        """Let what was already sent be answered; aiosmtpd would cancel the session here."""
        return asyncio.StreamReaderProtocol.eof_received(self)

    async def dismiss(self) -> None:
        """End the session from our side (RFC 5321 3.8: 421 may be said at any time)."""
        if self._handler_coroutine is None or self._handler_coroutine.done():
            return
        # Not waited for: a client that reads nothing stops nobody.
        self._writer.write(self._with_unsaid(encoded(replies.CLOSING)))
        self._handler_coroutine.cancel()
        await asyncio.wait({self._handler_coroutine})

    async def _handle_client(self) -> None:
        """Greet, answer commands until the client leaves, and tidy up whatever happens."""
        address = self._address()
        doorkeeper = self._service.doorkeeper
        refusal = doorkeeper.enter(address)
        doorkeeper.sessions.add(self)
        metrics.connection_opened()
        self._talk = Conversation(self._service, self, Client(address, self._port()))
        try:
            if refusal is not None:
                log.warning("connection refused", client=address, reply=refusal.code)
                await self.say(encoded(refusal))
                return
            await self._converse()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client left; nothing was promised that is not committed
        finally:
            doorkeeper.leave(address)
            doorkeeper.sessions.discard(self)
            metrics.connection_closed()
            await self._talk.forget()
            self._writer.close()

    async def _converse(self) -> None:
        talk, say = self._talk, self.say
        await say(greeting(self._service.settings.hostname))
        while talk.open:
            line = await self._read_line()
            reply = talk.worded(line) if isinstance(line, Reply) else await talk.answer(line)
            if reply is None:
                continue
            if talk.open and self._another_line_is_here(len(reply)):
                self._unsaid += reply
            else:
                await say(reply)

    # ---------------------------------------------------------------- lines in, replies out

    async def _read_line(self) -> bytes | Reply:
        """Read one command line, without its CRLF; a reply when it is no such line."""
        patience = self._patience
        patience.for_command()
        try:
            line: bytes = await self._stream.readuntil(b"\n")
        except asyncio.LimitOverrunError:
            return await self._discard_line()
        patience.rest()
        if not line.endswith(b"\r\n") or _CONTROL.search(line, 0, len(line) - 2):
            return replies.BAD_LINE
        return line[:-2]

    async def _discard_line(self) -> Reply:
        """Read an overlong line away; who never ends it is left alone."""
        seen = 0
        while seen < DISCARD_OCTETS:
            try:
                await self._stream.readuntil(b"\n")
                return replies.TOO_LONG
            except asyncio.LimitOverrunError as error:
                seen += error.consumed
                await self._stream.readexactly(error.consumed)
        self._talk.open = False
        return replies.TOO_LONG

    async def say(self, data: bytes) -> None:
        """Send it; wait only when the client has not taken what was sent before."""
        self._writer.write(self._with_unsaid(data))
        if self._paused:
            self._patience.for_command()
            await self._writer.drain()

    def _with_unsaid(self, data: bytes) -> bytes:
        if not self._unsaid:
            return data
        whole = bytes(self._unsaid) + data
        self._unsaid.clear()
        return whole

    def _another_line_is_here(self, size: int) -> bool:
        """Whether a reply of that size can wait, to leave in one write with the next one."""
        room = len(self._unsaid) + size < UNSAID_OCTETS
        return room and b"\n" in self._stream._buffer

    @property
    def more_is_here(self) -> bool:
        """Whether the client sent more than was read so far."""
        return bool(self._stream._buffer)

    async def read_mail(self, load: Load) -> bytes:
        """Read one mail into ``load``, with big chunks and its own timers."""
        patience, reader = self._patience, self._stream

        def arrived(size: int, kept: bool) -> bool:
            patience.got(size)
            if not kept:
                load.put_down()
                return True
            return load.take(size)

        patience.for_mail()
        reader._limit = CHUNK_OCTETS
        try:
            return await read_mail(reader, self._service.settings.content, arrived)
        finally:
            reader._limit = COMMAND_OCTETS
            patience.rest()

    async def start_tls(self, context: ssl.SSLContext) -> None:
        """Go over to TLS. What came in the clear behind STARTTLS is thrown away (RFC 3207 4.2).

        Raises: ConnectionError: the handshake failed, and the connection is gone.
        """
        await self.say(encoded(replies.TLS_GO))
        await self._writer.drain()
        self._stream._buffer.clear()  # no step may come between this and the handshake
        try:
            transport = await self.loop.start_tls(
                self.transport,
                self,
                context,
                server_side=True,
                ssl_handshake_timeout=HANDSHAKE_S,
            )
        except (ssl.SSLError, OSError) as error:
            log.info("tls handshake failed", client=self._address(), error=type(error).__name__)
            raise ConnectionAbortedError from error
        if transport is None:
            raise ConnectionAbortedError
        self.transport = self._transport = transport
        writer: Any = self._writer
        self._stream._transport = writer._transport = transport
        self._over_ssl = True

    # ---------------------------------------------------------------- small steps

    def _address(self) -> str:
        peer = self.session.peer if self.session else None
        return str(peer[0]) if isinstance(peer, tuple) else ""

    def _port(self) -> int:
        peer = self.session.peer if self.session else None
        return int(peer[1]) if isinstance(peer, tuple) else 0

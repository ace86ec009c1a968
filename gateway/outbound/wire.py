"""One connection to the next hop: bytes out, replies in, strictly in pairs.

Answers: ``send`` says how many replies it asks for and ``answer`` gives them in order;
``push`` and ``finish`` hand over a mail's pieces at the pace that the next hop takes them.
Trusts: nothing: a byte that comes while no reply is owed is a protocol fault and ends the
connection, so a stray line can never be taken for the answer to a later command.
Fails: ``NextHopError``, for good: once broken, a wire says so at every use. Replies that
were whole before the fault are still given. A caller that is cancelled while it waits
breaks the wire too, since the reply on its way would shift all others.
One timer serves all waits: it is moved only when it would ring too late.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from collections.abc import Sequence
from typing import cast

from gateway.errors import NextHopError
from gateway.outbound.faults import ProtocolFaultError, TlsFaultError
from gateway.outbound.replies import Answer, ReplyParser

QUIT_S = 1.0  # how long the answer to QUIT is waited for (RFC 5321 4.1.1.10)


class Wire(asyncio.Protocol):
    """A connection as asyncio sees it. One caller at a time waits on it."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.closed: asyncio.Future[None] = self._loop.create_future()
        self._transport: asyncio.Transport
        self._parser = ReplyParser()
        self._heard: deque[Answer] = deque()  # whole replies that nobody took yet
        self._owed = 1  # replies asked for and not heard; at first the greeting
        self._fault: NextHopError | None = None  # why the wire is broken
        self._full = False  # the transport asks us to wait with writing
        self._leaving = False  # QUIT was said: nothing matters any more
        self._waiter: asyncio.Future[None] | None = None
        self._deadline = 0.0  # of the wait under way, on the loop's clock
        self._timer: asyncio.TimerHandle | None = None

    @property
    def usable(self) -> bool:
        """Whether the next command may be sent: unbroken, and every reply was heard."""
        return self._fault is None and not self._owed and not self._heard

    @property
    def interrupted(self) -> bool:
        """Whether a reply came that nobody took yet: in mid-mail, a refusal before the dot."""
        return bool(self._heard)

    def allow_utf8(self, allowed: bool) -> None:
        """Whether the transaction lets the next hop answer in UTF-8 (RFC 6531 3.7.4.2)."""
        self._parser.utf8 = allowed

    # ---------------------------------------------------------------- for the client

    def send(self, commands: bytes, replies: int = 1) -> None:
        """Send commands that ask for so many replies. A broken wire says so at ``answer``."""
        self._owed += replies
        if self._fault is None:
            self._transport.write(commands)

    async def answer(self, within_s: float) -> Answer:
        """Return the next reply, the oldest first.

        Raises: NextHopError: it did not come whole within that time, or never will.
        """
        if not self._heard:
            self._watch(within_s)
            while not self._heard:
                self.check()
                await self._wait()
        return self._heard.popleft()

    def begin_content(self) -> None:
        """Count the reply to the final dot as owed, since it may come before the dot."""
        self._owed += 1

    async def push(self, piece: bytes | memoryview, within_s: float) -> None:
        """Send a piece of a mail; return when there is room for more, or a reply came.

        Raises: NextHopError: the wire is broken, or nothing left within that time.
        """
        self.check()
        self._transport.write(piece)
        if self._full:
            self._watch(within_s)
            while self._full and not self._heard:
                self.check()
                await self._wait()
        else:
            await asyncio.sleep(0)  # a big mail must not keep the other connections waiting

    def finish(self, pieces: Sequence[bytes | memoryview]) -> None:
        """Send a mail's last pieces in one write. From here on its outcome is the reply."""
        self._transport.writelines(pieces)

    def check(self) -> None:
        """Raise what broke the wire, if it is broken."""
        if self._fault is not None:
            raise self._fault

    async def start_tls(self, context: ssl.SSLContext, name: str, within_s: float) -> None:
        """Encrypt the connection. What was said in clear counts for nothing after it.

        Raises: TlsFaultError: no handshake, or not with whom it should be.
        """
        self.check()
        try:
            transport = await self._loop.start_tls(
                self._transport,
                self,
                context,
                server_hostname=name,
                ssl_handshake_timeout=within_s,
            )
        except (OSError, ssl.SSLError, ValueError) as error:
            self.connection_lost(None)  # asyncio does not tell us of a failed handshake
            raise TlsFaultError(_why(error)) from error
        except BaseException:
            self.connection_lost(None)
            raise
        if transport is None:  # the connection was lost meanwhile
            raise TlsFaultError("the connection broke during the TLS handshake")
        self._transport = transport

    def close(self) -> None:
        """Break the connection off, without a word."""
        self._break(NextHopError("the connection was closed by us"))

    def leave(self) -> None:
        """Say QUIT, and close when it was answered or after a moment."""
        if not self.usable:
            self.close()
            return
        self._fault = NextHopError("the connection was closed by us")
        self._leaving = True
        self._transport.write(b"QUIT\r\n")
        self._stop_timer()
        self._timer = self._loop.call_later(QUIT_S, self._transport.abort)

    # ---------------------------------------------------------------- for asyncio

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if self._leaving:
            self._transport.close()
            return
        try:
            for answer in self._parser.feed(data):
                self._take(answer)
            if self._parser.pending and not self._owed:
                raise ProtocolFaultError("the next hop spoke out of turn")
        except ProtocolFaultError as fault:
            self._break(fault)
        else:
            if self._heard:
                self._wake()

    def eof_received(self) -> None:
        self._break(NextHopError("the next hop closed the connection"))

    def connection_lost(self, exc: Exception | None) -> None:
        self._fault = self._fault or NextHopError("the connection to the next hop broke")
        self._stop_timer()
        self._wake()
        if not self.closed.done():
            self.closed.set_result(None)

    def pause_writing(self) -> None:
        self._full = True

    def resume_writing(self) -> None:
        self._full = False
        self._wake()

    # ---------------------------------------------------------------- small steps

    def _take(self, answer: Answer) -> None:
        if not self._owed:
            raise ProtocolFaultError("the next hop spoke out of turn")
        self._owed -= 1
        self._heard.append(answer)

    def _break(self, fault: NextHopError) -> None:
        self._fault = self._fault or fault
        self._transport.abort()
        self._wake()

    async def _wait(self) -> None:
        self._waiter = self._loop.create_future()
        try:
            await self._waiter
        except asyncio.CancelledError:
            self._break(NextHopError("given up while an answer was on its way"))
            raise
        finally:
            self._waiter = None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _watch(self, within_s: float) -> None:
        self._deadline = self._loop.time() + within_s
        if self._timer is None or self._timer.when() > self._deadline:
            self._stop_timer()
            self._timer = self._loop.call_at(self._deadline, self._ring)

    def _ring(self) -> None:
        self._timer = None
        if self._waiter is None:
            return  # nobody waits; the next wait sets a timer of its own
        if self._loop.time() < self._deadline:
            self._timer = self._loop.call_at(self._deadline, self._ring)
        else:
            self._break(NextHopError("the next hop did not answer in time"))

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _why(error: BaseException) -> str:
    """The operator's cause, in our own words: OpenSSL's may quote the certificate."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the next hop's certificate is not valid (OpenSSL code {error.verify_code})"
    return "the TLS handshake with the next hop failed"

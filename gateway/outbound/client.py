"""A small SMTP client that hands the next hop exactly the bytes it is given (RFC 5321).

Answers: ``NextHop.begin`` a ``Connection`` for one mail, on a kept line or a new one;
``deliver`` one whole mail; ``offers`` what extensions the next hop has.
Trusts: a kept line only after its probe (see ``transaction``).
Fails: ``NextHopError`` for any loss before the dot; ``Fate.UNKNOWN`` for one after its
first byte may have left. Stands against aiosmtplib because that rewrites lone CR and LF
and addresses: bytes inspected would not be bytes sent (law 1).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

from gateway.errors import NextHopError
from gateway.model import Envelope, Outcome, Reply
from gateway.outbound.content import dot_stuffed
from gateway.outbound.dial import Dialer, Line
from gateway.outbound.settings import NextHopSettings, Tls
from gateway.outbound.transaction import Connection

__all__ = ["Connection", "NextHop", "NextHopSettings", "Tls", "dot_stuffed"]

_MEET_S = 3.0  # a client's EHLO waits no longer to hear what the next hop offers
_MEET_AGAIN_S = 5.0  # how soon a next hop that was away is asked again
_CLOSE_S = 1.0
_NOBODY = Envelope("", ())


class NextHop:
    """Connections to the one mail server behind, opened when needed and reused."""

    def __init__(self, settings: NextHopSettings) -> None:
        self.settings = settings
        self._dialer = Dialer(settings)
        self._idle: list[Line] = []  # the one that was used last stands last
        self._sweeper: asyncio.TimerHandle | None = None
        self._features: frozenset[str] | None = None  # as of the last greeting; None: never met
        self._meeting: asyncio.Task[None] | None = None
        self._meet_again = 0.0  # on the loop's clock

    def renew(self, settings: NextHopSettings) -> None:
        """Read the CA file again, for lines opened from now on; no kept one is used any more.

        Raises: ConfigError: it cannot be used; nothing changed.
        """
        self._dialer.renew(settings)
        for line in self._idle:
            line.wire.leave()
        self._idle.clear()

    async def begin(self, envelope: Envelope) -> Connection:
        """Lend a connection whose first RCPT takes ``envelope``'s MAIL along.

        A kept line is probed with that write; if it turns out dead, it is replaced.

        Raises: NextHopError: refused, unreachable, or not an SMTP server.
        """
        line = self._kept()
        if line is None:
            return Connection(await self._dial(), self.settings, envelope)
        return Connection(line, self.settings, envelope, self._dial)

    async def acquire(self) -> Connection:
        """Lend a connection that answered just now: a probed kept one or a new one.

        Raises: NextHopError: refused, unreachable, or not an SMTP server.
        """
        while (line := self._kept()) is not None:
            connection = Connection(line, self.settings, _NOBODY)
            if await connection.reset():
                return connection
            connection.close()
        return Connection(await self._dial(), self.settings, _NOBODY)

    async def give_back(self, connection: Connection) -> None:
        """Keep a connection's line for the next mail, or part from it."""
        line = connection.line
        keep = (
            line.wire.usable
            and line.mails < self.settings.mails_per_connection
            and len(self._idle) < self.settings.idle_connections
        )
        if not keep:
            line.wire.leave()
            return
        line.touched = True
        line.idle_since = _now()
        self._idle.append(line)
        if self._sweeper is None:
            self._sweep()

    @contextlib.asynccontextmanager
    async def connection(self, envelope: Envelope) -> AsyncIterator[Connection]:
        """Lend a connection for the length of a ``with`` block."""
        connection = await self.begin(envelope)
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        await self.give_back(connection)

    async def deliver(
        self,
        envelope: Envelope,
        content: bytes,
        before_dot: Callable[[], Awaitable[None]] | None = None,
    ) -> tuple[Outcome | None, Sequence[tuple[str, Reply]]]:
        """Send one mail in a transaction of its own, as the outbound worker does.

        Args:
            before_dot: awaited before any byte of the content leaves; if it raises, none does.

        Returns: the outcome for the recipients that were taken (None when none was) and
            the refused ones with their replies.
        Raises: NextHopError: no connection, or it was lost before DATA.
        """
        until = _now() + self.settings.relay_budget_s
        try:
            async with asyncio.timeout_at(until) as budget, self.connection(envelope) as lent:
                replies = await lent.recipients()
                budget.reschedule(None)  # from DATA on the transaction has its own timers
                answers = list(zip(envelope.rcpt_tos, replies, strict=True))
                refused = [(address, reply) for address, reply in answers if not reply.positive]
                if len(refused) == len(answers):
                    return None, refused
                if before_dot is not None:
                    await before_dot()
                return await lent.data(content), refused
        except TimeoutError as error:
            raise NextHopError("the next hop took too long over the envelope") from error

    async def offers(self, keyword: str) -> bool:
        """Whether the next hop offers an extension; False while it was never met.

        Asks it when it was never met, and waits for that a moment only: a next hop that is
        away must not keep clients from their own EHLO.
        """
        if self._features is None:
            if self._meeting is None and _now() >= self._meet_again:
                self._meeting = asyncio.create_task(self._meet())
            if self._meeting is not None:
                await asyncio.wait({self._meeting}, timeout=_MEET_S)
        return self._features is not None and keyword in self._features

    async def close(self) -> None:
        """Say QUIT on every kept line, and close the others."""
        if self._meeting is not None:
            self._meeting.cancel()
            await asyncio.wait({self._meeting})
        if self._sweeper is not None:
            self._sweeper.cancel()
            self._sweeper = None
        self._idle.clear()
        await self._dialer.close(_CLOSE_S)

    async def _dial(self) -> Line:
        line = await self._dialer.dial()
        self._features = frozenset(line.features)
        return line

    async def _meet(self) -> None:
        try:
            await self.give_back(await self.acquire())
        except NextHopError:
            self._meet_again = _now() + _MEET_AGAIN_S
        finally:
            self._meeting = None

    def _kept(self) -> Line | None:
        """Take the kept line that was used last; None when there is none fit for use."""
        while self._idle:
            line = self._idle.pop()
            if line.wire.usable and _now() - line.idle_since < self.settings.idle_s:
                return line
            line.wire.leave()
        return None

    def _sweep(self) -> None:
        """Part from lines that nobody needed for long, and look again while any is left."""
        self._sweeper = None
        oldest = _now() - self.settings.idle_s
        for line in self._idle:
            if line.idle_since <= oldest:
                line.wire.leave()
        self._idle = [line for line in self._idle if line.wire.usable]
        if self._idle:
            loop = asyncio.get_running_loop()
            self._sweeper = loop.call_later(self.settings.idle_s, self._sweep)


def _now() -> float:
    return asyncio.get_running_loop().time()

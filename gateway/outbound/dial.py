"""Opens connections to the next hop: resolve, connect, greet, and encrypt where wanted.

Answers: ``Dialer.dial``, a ``Line`` on which a transaction can begin.
Trusts: nothing that was said in clear before STARTTLS; with TLS wanted it never goes on
without (RFC 3207 section 6: no downgrade, features asked anew).
Fails: ``ConfigError`` at once for a CA file that cannot be used; then ``NextHopError`` and
``TlsFaultError``, each within the timers of the settings. A
refusal at the greeting or at EHLO, 5xx included, is about us and not about any mail, so
it is temporary for the client (as Postfix's smtp_skip_5xx_greeting has it).
Names are resolved in a thread, one question at a time, so that a dead resolver neither
stops the loop nor fills the thread pool.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.errors import ConfigError, NextHopError, Problem
from gateway.outbound.faults import TlsFaultError
from gateway.outbound.settings import NextHopSettings, Tls
from gateway.outbound.wire import Wire


@dataclass(slots=True)
class Line:
    """A greeted connection and what the next hop offers on it."""

    wire: Wire
    features: Mapping[str, str]  # EHLO keyword in capitals → its arguments
    mails: int = 0  # transactions that reached DATA
    idle_since: float = 0.0  # on the loop's clock; set when it is kept
    touched: bool = False  # a transaction was begun on it: the next one begins with RSET

    @property
    def pipelining(self) -> bool:
        return "PIPELINING" in self.features


class Dialer:
    """Opens lines to one next hop, and knows all that are still open."""

    def __init__(self, settings: NextHopSettings) -> None:
        self._settings = settings
        self._context = tls_context(settings)
        self._question: asyncio.Future[list[str]] | None = None  # the resolver's, under way
        self._wires: set[Wire] = set()

    def renew(self, settings: NextHopSettings) -> None:
        """Use the CA file that these settings name, as it is now, for lines opened from now on.

        Raises: ConfigError: it cannot be used; nothing changed.
        """
        self._context = tls_context(settings)

    async def dial(self) -> Line:
        """Open a line that is ready for a transaction.

        Raises: NextHopError: refused, unreachable, not an SMTP server, or not secure.
        """
        wire = await self._connect()
        try:
            await self._greeting(wire)
            features = await self._hello(wire)
            if self._context is not None:
                await self._encrypt(wire, features, self._context)
                features = await self._hello(wire)
        except BaseException:
            wire.close()
            raise
        return Line(wire, features)

    async def close(self, within_s: float) -> None:
        """Close every line that is still open, politely if it is idle."""
        for wire in self._wires:
            wire.leave()
        if self._wires:
            await asyncio.wait({w.closed for w in self._wires}, timeout=within_s)
        for wire in self._wires:
            wire.close()

    async def _connect(self) -> Wire:
        s = self._settings
        loop = asyncio.get_running_loop()
        until = loop.time() + s.connect_timeout_s
        cause: Exception = NextHopError("the next hop's name has no address")
        try:
            async with asyncio.timeout_at(until):
                addresses = await self._addresses()
                for n, address in enumerate(addresses):
                    share = (until - loop.time()) / (len(addresses) - n)
                    try:
                        return await self._connect_to(address, share)
                    except OSError as error:
                        cause = error
        except (OSError, UnicodeError) as error:
            cause = error
        raise NextHopError("the next hop cannot be reached") from cause

    async def _connect_to(self, address: str, within_s: float) -> Wire:
        async with asyncio.timeout(within_s):
            loop = asyncio.get_running_loop()
            _, wire = await loop.create_connection(Wire, address, self._settings.port)
        self._wires.add(wire)
        wire.closed.add_done_callback(lambda _: self._wires.discard(wire))
        return wire

    async def _addresses(self) -> list[str]:
        """The next hop's addresses, in the resolver's order. Waiters share one question."""
        with contextlib.suppress(ValueError):
            return [str(ipaddress.ip_address(self._settings.host))]
        if self._question is None:
            self._question = asyncio.ensure_future(_resolve(self._settings.host))
            self._question.add_done_callback(self._answered)
        return await asyncio.shield(self._question)

    def _answered(self, question: asyncio.Future[list[str]]) -> None:
        self._question = None
        if not question.cancelled():
            question.exception()  # whoever waited was told; perhaps nobody waits any more

    async def _greeting(self, wire: Wire) -> None:
        answer = await wire.answer(self._settings.verb_timeout_s)
        if answer.code != 220:
            raise NextHopError(f"the next hop greets with {answer.code}")

    async def _hello(self, wire: Wire) -> dict[str, str]:
        """Say EHLO; return what is offered."""
        wire.send(f"EHLO {self._settings.helo}\r\n".encode("ascii", "replace"))
        answer = await wire.answer(self._settings.verb_timeout_s)
        if answer.code != 250:
            raise NextHopError(f"the next hop answers EHLO with {answer.code}")
        split = (line.partition(" ") for line in answer.lines[1:])
        return {keyword.upper(): arguments for keyword, _, arguments in split}

    async def _encrypt(
        self, wire: Wire, features: Mapping[str, str], context: ssl.SSLContext
    ) -> None:
        if "STARTTLS" not in features:
            raise TlsFaultError("the next hop offers no STARTTLS, which is required")
        s = self._settings
        try:
            wire.send(b"STARTTLS\r\n")
            answer = await wire.answer(s.verb_timeout_s)
            if answer.code != 220:
                raise TlsFaultError(f"the next hop answers STARTTLS with {answer.code}")
            await wire.start_tls(context, s.tls_name or s.host, s.connect_timeout_s)
        except TlsFaultError:
            raise
        except NextHopError as error:
            raise TlsFaultError(f"{error}, when it should have begun TLS") from error


async def _resolve(host: str) -> list[str]:
    loop = asyncio.get_running_loop()
    found: list[Any] = await loop.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def tls_context(settings: NextHopSettings) -> ssl.SSLContext | None:
    """Return what TLS to the next hop asks for; None for a next hop in clear.

    Raises: ConfigError: the CA file cannot be used.
    """
    if settings.tls is Tls.OFF:
        return None
    try:
        context = ssl.create_default_context(cafile=settings.ca_file)
    except OSError as error:  # ssl.SSLError is one, too
        reason = "holds no certificate that can be read"
        problem = Problem(str(settings.ca_file), 0, 1, "smtp.next_hop_ca_file", reason)
        raise ConfigError([problem]) from error
    if settings.tls is Tls.REQUIRED:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context

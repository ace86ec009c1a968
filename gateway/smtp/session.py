"""One SMTP session: aiosmtpd's protocol with its own command loop, parsers and replies.

Answers: every command with one clean reply; after every outcome of a mail the transaction
is forgotten (aiosmtpd keeps the envelope after an exception).
Trusts: nothing that is sent. Commands end in CRLF, and hold no other control character.
Fails: an exception of ours is 451 4.3.0, never the 500 with the exception's text that
aiosmtpd gives; a client that goes away during the relay does not cancel it.
Standards: RFC 5321, 1870 (SIZE), 6152 (8BITMIME), 2034 (enhanced codes), 6531 (SMTPUTF8).
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import structlog
from aiosmtpd.smtp import SMTP

from gateway import metrics
from gateway.errors import LOCAL_FAULT
from gateway.model import Client, Envelope, Reply
from gateway.outbound.client import NextHop
from gateway.pipeline import Pipeline
from gateway.smtp.grammar import Path, PathError, parse_mail, parse_rcpt
from gateway.smtp.reader import TOO_BIG, ContentError, read_mail
from gateway.smtp.transaction import Transaction, TransactionLimits

log = structlog.get_logger(__name__)

COMMAND_OCTETS = 2048  # a whole command line; RFC 5321 says 512, extensions add to it
ERRORS_BEFORE_421 = 20  # bad commands in one session; Postfix's hard error limit

_OK = Reply(250, "2.0.0", "OK")
_BYE = Reply(221, "2.0.0", "Bye")
_BAD_LINE = Reply(500, "5.5.2", "Command lines end in CRLF and hold no control characters")
_TOO_LONG = Reply(500, "5.5.2", "Command line too long")
_UNKNOWN = Reply(500, "5.5.1", "Command not recognised")
_NEED_HELO = Reply(503, "5.5.1", "Say EHLO or HELO first")
_NEED_MAIL = Reply(503, "5.5.1", "MAIL first")
_NEED_RCPT = Reply(503, "5.5.1", "RCPT first")
_NESTED = Reply(503, "5.5.1", "A transaction is open already")
_NO_ARGUMENT = Reply(501, "5.5.4", "This command takes no argument")
_BAD_PARAMETER = Reply(555, "5.5.4", "Parameter not recognised")
_NEED_UTF8 = Reply(553, "5.6.7", "A non-ASCII address needs SMTPUTF8")
_SENDER_OK = Reply(250, "2.1.0", "Sender OK")
_GO = Reply(354, "", "End the mail with <CRLF>.<CRLF>")
_CANNOT_VERIFY = Reply(252, "2.1.5", "Cannot verify, but will try to deliver")
_STALLED = Reply(421, "4.4.2", "The mail did not arrive in time")
_TOO_MANY_ERRORS = Reply(421, "4.7.0", "Too many errors")
_NOT_ALLOWED = Reply(554, "5.7.1", "This address may not send through this gateway")
_FULL = Reply(421, "4.3.2", "Too many connections, please try again later")
_CONTROL = re.compile(rb"[\x00-\x1f\x7f]")
_CLOSING = Reply(421, "4.3.2", "Shutting down, please try again later")
_UNPRINTABLE = re.compile(r"[^\x20-\x7e]")


@dataclass(frozen=True, slots=True)
class SessionSettings:
    """What a session says and allows; the same for all sessions of a listener."""

    hostname: str
    message_bytes: int
    command_timeout_s: float = 300.0
    data_timeout_s: float = 180.0  # each chunk of a mail must arrive within this
    transaction: TransactionLimits = field(default_factory=TransactionLimits)


@dataclass(slots=True)
class Doorkeeper:
    """Who may come in, and how many at once. Shared by all sessions of a process."""

    admits: Callable[[str], bool]  # by IP address
    connections: int
    connections_per_client: int
    inside: dict[str, int] = field(default_factory=dict)  # IP address → open sessions
    passing: set[asyncio.Task[Any]] = field(default_factory=set)  # mails past their dot
    sessions: set[GatewaySession] = field(default_factory=set)  # those inside

    def enter(self, address: str) -> Reply | None:
        """Count a session in; the refusal when there is no room. Pair with ``leave``."""
        total = sum(self.inside.values())
        self.inside[address] = self.inside.get(address, 0) + 1
        if not self.admits(address):
            return _NOT_ALLOWED
        if total >= self.connections or self.inside[address] > self.connections_per_client:
            return _FULL
        return None

    def leave(self, address: str) -> None:
        left = self.inside.get(address, 1) - 1
        if left > 0:
            self.inside[address] = left
        else:
            self.inside.pop(address, None)


class GatewaySession(SMTP):
    """aiosmtpd's connection handling with our own grammar, reader and error answers."""

    # The stream's buffer, which aiosmtpd ties to its own line limit: reading a mail wants
    # big chunks. Command lines are held to COMMAND_OCTETS by `_read_line`.
    line_length_limit = 256 * 1024

    def __init__(
        self,
        pipeline: Pipeline,
        next_hop: NextHop,
        settings: SessionSettings,
        doorkeeper: Doorkeeper,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        super().__init__(
            handler=None,
            data_size_limit=settings.message_bytes,
            hostname=settings.hostname,
            timeout=settings.command_timeout_s,
            enable_SMTPUTF8=True,
            loop=loop,
        )
        self._pipeline = pipeline
        self._next_hop = next_hop
        self._settings = settings
        self._doorkeeper = doorkeeper
        self._transaction: Transaction | None = None
        self._helo = ""
        self._extended = False
        self._errors = 0
        self._open = True
        self._verbs: dict[str, Callable[[str], Awaitable[Reply | None]]] = {
            "EHLO": self._ehlo,
            "HELO": self._helo_verb,
            "MAIL": self._mail,
            "RCPT": self._rcpt,
            "DATA": self._data,
            "RSET": self._rset,
            "NOOP": self._noop,
            "VRFY": self._vrfy,
            "QUIT": self._quit,
        }

    # ---------------------------------------------------------------- the loop

    async def _handle_client(self) -> None:
        """Greet, answer commands until the client leaves, and tidy up whatever happens."""
        address = self._address()
        refusal = self._doorkeeper.enter(address)
        self._doorkeeper.sessions.add(self)
        metrics.connection_opened()
        try:
            if refusal is not None:
                log.warning("connection refused", client=address, reply=refusal.code)
                await self._say(refusal)
                return
            await self._say(Reply(220, "", f"{self._settings.hostname} ESMTP Sekisho"))
            while self._open:
                await self._one_command()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client left; nothing was promised that is not committed
        finally:
            self._doorkeeper.leave(address)
            self._doorkeeper.sessions.discard(self)
            metrics.connection_closed()
            await self._forget()
            self._writer.close()

    async def dismiss(self) -> None:
        """End the session from our side (RFC 5321 3.8: 421 may be said at any time)."""
        if self._handler_coroutine is None or self._handler_coroutine.done():
            return
        self._open = False
        with contextlib.suppress(ConnectionError):
            await self._say(_CLOSING)
        self._handler_coroutine.cancel()
        await asyncio.wait({self._handler_coroutine})

    async def _one_command(self) -> None:
        reply = await self._answer(await self._read_line())
        if reply is None:
            return
        self._errors += reply.permanent
        if self._errors > ERRORS_BEFORE_421:
            reply, self._open = _TOO_MANY_ERRORS, False
        await self._say(reply)

    async def _read_line(self) -> bytes | Reply:
        """Read one command line, without its CRLF; a reply when it is no such line."""
        self._reset_timeout()
        try:
            line = await self._reader.readuntil(b"\n")
        except asyncio.LimitOverrunError:
            await self._discard_line()
            return _TOO_LONG
        if len(line) > COMMAND_OCTETS:
            return _TOO_LONG
        if not line.endswith(b"\r\n") or _CONTROL.search(line, 0, len(line) - 2):
            return _BAD_LINE
        return line[:-2]

    async def _discard_line(self) -> None:
        while True:
            try:
                await self._reader.readuntil(b"\n")
                return
            except asyncio.LimitOverrunError as error:
                await self._reader.readexactly(error.consumed)

    async def _answer(self, line: bytes | Reply) -> Reply | None:
        if isinstance(line, Reply):
            return line
        verb, _, argument = line.partition(b" ")
        method = self._verbs.get(verb.decode("ascii", "replace").upper())
        if method is None:
            return _UNKNOWN
        try:
            return await method(argument.decode("utf-8").strip(" "))
        except UnicodeDecodeError:
            return _BAD_LINE
        except (ConnectionError, asyncio.IncompleteReadError):
            raise
        except PathError as error:
            return error.reply
        except Exception:
            log.exception("command failed: our own fault")
            await self._forget()
            return LOCAL_FAULT

    async def _say(self, reply: Reply) -> None:
        """Send one reply: printable ASCII, one line, within RFC 5321's 512 octets."""
        text = _UNPRINTABLE.sub("?", str(reply))[:500]
        self._writer.write(text.encode("ascii") + b"\r\n")
        await self._writer.drain()

    # ---------------------------------------------------------------- the verbs

    async def _ehlo(self, name: str) -> Reply | None:
        if refusal := await self._greeted(name, extended=True):
            return refusal
        offers = [
            self._settings.hostname,
            f"SIZE {self._settings.message_bytes}",
            *[word for word in ("8BITMIME", "SMTPUTF8") if await self._next_hop.offers(word)],
            "ENHANCEDSTATUSCODES",
        ]
        lines = [f"250-{offer}" for offer in offers[:-1]] + [f"250 {offers[-1]}"]
        self._writer.write("".join(f"{line}\r\n" for line in lines).encode("ascii"))
        await self._writer.drain()
        return None

    async def _helo_verb(self, name: str) -> Reply | None:
        return await self._greeted(name, extended=False) or Reply(250, "", self._settings.hostname)

    async def _greeted(self, name: str, *, extended: bool) -> Reply | None:
        """Start the session anew (RFC 5321 4.1.4); a refusal when no name was given."""
        if not name:
            return Reply(501, "5.5.4", "Syntax: EHLO hostname")
        await self._forget()
        self._helo = re.sub(r"[^A-Za-z0-9.:\[\]_-]", "?", name)[:255]
        self._extended = extended
        return None

    async def _mail(self, argument: str) -> Reply:
        if not self._helo:
            return _NEED_HELO
        if self._transaction is not None:
            return _NESTED
        path = parse_mail(argument)
        refusal = self._unfit(path)
        if refusal is not None:
            return refusal
        self._transaction = Transaction(
            self._pipeline,
            self._next_hop,
            self._client(),
            Envelope(
                path.address,
                (),
                smtputf8="SMTPUTF8" in path.parameters,
                body=path.parameters.get("BODY", "").upper(),
            ),
            hostname=self._settings.hostname,
            limits=self._settings.transaction,
        )
        return _SENDER_OK

    def _unfit(self, path: Path) -> Reply | None:
        """Why a MAIL cannot be taken as it stands, by its parameters."""
        given = dict(path.parameters)
        if given and not self._extended:
            return _BAD_PARAMETER
        if given.pop("BODY", "7BIT").upper() not in ("7BIT", "8BITMIME"):
            return _BAD_PARAMETER
        size = given.pop("SIZE", "0")
        if not (size.isascii() and size.isdigit() and len(size) <= 20):
            return _BAD_PARAMETER
        if int(size) > self._settings.message_bytes:
            return TOO_BIG
        if given.pop("SMTPUTF8", None) is None and not path.address.isascii():
            return _NEED_UTF8
        return _BAD_PARAMETER if given else None

    async def _rcpt(self, argument: str) -> Reply:
        if self._transaction is None:
            return _NEED_MAIL
        path = parse_rcpt(argument)
        if path.parameters:
            return _BAD_PARAMETER
        return await self._transaction.recipient(path.address)

    async def _data(self, argument: str) -> Reply:
        if argument:
            return _NO_ARGUMENT
        transaction = self._transaction
        if transaction is None:
            return _NEED_MAIL
        if not transaction.recipients:
            return _NEED_RCPT
        await self._say(_GO)
        self._rest_timeout()
        try:
            content = await read_mail(
                self._reader, self._settings.message_bytes, self._settings.data_timeout_s
            )
            return await self._pass_through(transaction, content)
        except ContentError as error:
            return error.reply
        except TimeoutError:
            self._open = False
            return _STALLED
        finally:
            await self._forget()

    async def _pass_through(self, transaction: Transaction, content: bytes) -> Reply:
        """Run the mail's path where a client that hangs up cannot cancel it half-way."""
        self._transaction = None  # from here it belongs to the task below
        task = asyncio.create_task(_complete(transaction, content))
        self._doorkeeper.passing.add(task)
        task.add_done_callback(self._doorkeeper.passing.discard)
        return await asyncio.shield(task)

    async def _rset(self, argument: str) -> Reply:
        if argument:
            return _NO_ARGUMENT
        await self._forget()
        return _OK

    async def _noop(self, argument: str) -> Reply:
        return _OK

    async def _vrfy(self, argument: str) -> Reply:
        return _CANNOT_VERIFY

    async def _quit(self, argument: str) -> Reply:
        self._open = False
        return _BYE

    # ---------------------------------------------------------------- small steps

    def eof_received(self) -> bool | None:
        """Let what was already sent be answered; aiosmtpd would cancel the session here."""
        return asyncio.StreamReaderProtocol.eof_received(self)

    async def _forget(self) -> None:
        """Forget the transaction, as RSET does and as every outcome must."""
        transaction, self._transaction = self._transaction, None
        if transaction is not None:
            await transaction.close()

    def _rest_timeout(self) -> None:
        """Stop the idle timer while the reader, the engine and the relay keep their own."""
        if self._timeout_handle is not None:
            self._timeout_handle.cancel()

    def _address(self) -> str:
        peer = self.session.peer if self.session else None
        return str(peer[0]) if isinstance(peer, tuple) else ""

    def _client(self) -> Client:
        peer = self.session.peer if self.session else None
        port = int(peer[1]) if isinstance(peer, tuple) else 0
        return Client(self._address(), port, self._helo)


async def _complete(transaction: Transaction, content: bytes) -> Reply:
    try:
        return await transaction.content(content)
    finally:
        await transaction.close()

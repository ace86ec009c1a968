"""What is said in one session: the verbs, in the order that RFC 5321 allows.

Answers: one reply for every command line. After every outcome of a mail the transaction is
forgotten, whatever happened.
Trusts: the session to hand over whole lines without control characters, and nothing in them.
Fails: an exception of ours is 451 4.3.0, never its text; a client that goes away while its
mail is on the way does not stop it.
Standards: RFC 5321, 1870 (SIZE), 2034 (enhanced codes), 2920 (PIPELINING), 3207 (STARTTLS),
3461 (DSN), 6152 (8BITMIME), 6531 (SMTPUTF8). CHUNKING is not offered: a BDAT ends the
session, since the bytes behind it must never be read as commands.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Protocol

import structlog

from gateway import metrics
from gateway.errors import LOCAL_FAULT
from gateway.model import Client, Envelope, Reply
from gateway.smtp import replies, xforward
from gateway.smtp.doorkeeper import Load, within
from gateway.smtp.grammar import PathError, parse_mail, parse_rcpt
from gateway.smtp.parameters import EIGHT_BIT, PASSED_ON, mail_options, rcpt_options
from gateway.smtp.reader import ContentError
from gateway.smtp.replies import encoded, listing
from gateway.smtp.settings import Service
from gateway.smtp.transaction import Transaction

log = structlog.get_logger(__name__)

ERRORS_BEFORE_421 = 20  # faulty commands in one session; Postfix's hard error limit
IDLE_BEFORE_ERROR = 100  # commands that get no mail further; Postfix's junk command limit

# Faults of the client's program; a recipient or mail that is refused is none.
_FAULTS = frozenset({500, 501, 502, 503, 504, 555})
_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9.:\[\]_-]")


class Line(Protocol):
    """The connection, as far as a conversation needs it."""

    async def say(self, data: bytes) -> None: ...

    async def read_mail(self, load: Load) -> bytes: ...

    async def start_tls(self, context: ssl.SSLContext) -> None: ...

    @property
    def more_is_here(self) -> bool: ...


class Conversation:
    """The state between greeting and goodbye."""

    __slots__ = (
        "_errors",
        "_extended",
        "_helo",
        "_idle",
        "_line",
        "_mails",
        "_offered",
        "_peer",
        "_service",
        "_size",
        "_told",
        "_transaction",
        "open",
    )

    def __init__(self, service: Service, line: Line, peer: Client) -> None:
        self.open = True  # False: part after the reply that is on its way
        self._service = service
        self._line = line
        self._peer = peer
        self._helo = ""
        self._extended = False
        self._offered: tuple[str, ...] = ()  # of PASSED_ON, what EHLO offered
        self._told: dict[str, str] = {}  # by XFORWARD, for the next mail only
        self._transaction: Transaction | None = None
        self._size = 0  # declared for the open transaction, bytes; 0 when it was not
        self._mails = 0
        self._errors = 0
        self._idle = 0  # commands since the last mail that get none further

    async def answer(self, line: bytes) -> bytes | None:
        """Take one command line, without its CRLF; returns what to send, if anything."""
        verb, _, argument = line.partition(b" ")
        verb = verb.upper()
        try:
            reply = await _VERBS.get(verb, _unknown)(self, argument.decode("utf-8").strip(" "))
        except UnicodeDecodeError:
            reply = replies.BAD_LINE
        except PathError as error:
            reply = error.reply
        except (ConnectionError, asyncio.IncompleteReadError):
            raise
        except Exception:
            log.exception("command failed: our own fault")
            await self.forget()
            reply = LOCAL_FAULT
        if verb in _LAST_WORDS:
            self.open = False
        if verb in _IDLE_VERBS:
            self._idle += 1
            self._errors += self._idle > IDLE_BEFORE_ERROR
        if not isinstance(reply, Reply):
            return reply
        if reply.code >= 400 and verb in _ABOUT_A_MAIL and reply.code not in _FAULTS:
            self._refused(reply)
        return self.worded(reply)

    def _refused(self, reply: Reply) -> None:
        """Count a mail or recipient that was not taken; here alone, so that each counts once.

        What is not told elsewhere gets its line: such a mail is in no journal.
        """
        metrics.refused(reply.code)
        reason = replies.REASONS.get(reply)
        if reason is not None:
            log.warning(
                "mail not taken", client=self._peer.address, reply=reply.code, reason=reason
            )

    def worded(self, reply: Reply) -> bytes:
        """The reply as it is sent, after counting it: too many faults end the session."""
        self._errors += reply.code in _FAULTS
        if self._errors > ERRORS_BEFORE_421:
            reply = replies.TOO_MANY_ERRORS
        if reply.code == 421:
            self.open = False
        return encoded(reply)

    async def forget(self) -> None:
        """Forget the transaction, as RSET does and as every outcome must."""
        self._told = {}
        self._size = 0
        transaction, self._transaction = self._transaction, None
        if transaction is not None:
            await transaction.close()

    # ---------------------------------------------------------------- greeting

    async def ehlo(self, name: str) -> Reply | bytes:
        await self._greeted(name, extended=True)
        service, settings = self._service, self._service.settings
        self._offered = tuple([w for w in PASSED_ON if await service.next_hop.offers(w)])
        lines = [
            settings.hostname,
            f"SIZE {settings.content.limit_bytes}",
            "PIPELINING",
            *self._offered,
        ]
        if settings.tls is not None and not self._peer.tls:
            lines.append("STARTTLS")
        if self._may_forward():
            lines.append(f"XFORWARD {' '.join(xforward.ATTRIBUTES)}")
        return listing([*lines, "ENHANCEDSTATUSCODES"])

    async def helo(self, name: str) -> Reply | bytes:
        await self._greeted(name, extended=False)
        return listing([self._service.settings.hostname])

    async def _greeted(self, name: str, *, extended: bool) -> None:
        """Start anew (RFC 5321 4.1.4)."""
        if not name:
            raise PathError(replies.SYNTAX_EHLO)
        await self.forget()
        self._helo = _NOT_IN_A_NAME.sub("?", name)[:255]
        self._peer = replace(self._peer, helo=self._helo)
        self._extended = extended
        self._offered = ()

    async def starttls(self, argument: str) -> Reply | None:
        """Go over to TLS; nothing said before counts after (RFC 3207 4.2)."""
        if argument:
            return replies.NO_ARGUMENT
        if self._peer.tls:
            return replies.HAS_TLS
        context = self._service.settings.tls
        if context is None:
            return replies.NOT_OFFERED
        await self.forget()
        await self._line.start_tls(context)
        self._helo, self._extended, self._offered = "", False, ()
        self._peer = replace(self._peer, helo="", tls=True)
        return None

    def _may_forward(self) -> bool:
        return within(self._peer.address, self._service.settings.rules.xforward_hosts)

    async def xforward(self, argument: str) -> Reply:
        if not self._may_forward():
            return replies.NO_XFORWARD
        if self._transaction is not None:
            return replies.NESTED
        self._told |= xforward.parse(argument)
        return replies.OK

    # ---------------------------------------------------------------- one mail

    async def mail(self, argument: str) -> Reply:
        if not self._helo:
            return replies.NEED_HELO
        if self._transaction is not None:
            return replies.NESTED
        service, settings = self._service, self._service.settings
        if self._mails >= settings.mails:
            return replies.TOO_MANY_MAILS
        path = parse_mail(argument)
        if path.parameters and not self._extended:
            return replies.BAD_PARAMETER
        options = mail_options(path, self._offered, settings.content.limit_bytes)
        if not service.pipeline.has_room(options.size_bytes):
            return replies.DISK_FULL
        self._size = options.size_bytes
        self._transaction = Transaction(
            service.pipeline,
            service.next_hop,
            peer=self._peer,
            client=xforward.describe(self._told, self._peer),
            envelope=Envelope(
                path.address,
                (),
                smtputf8=options.smtputf8,
                body=options.body,
                mail_parameters=options.dsn,
            ),
            extended=self._extended,
            hostname=settings.hostname,
            limits=settings.transaction,
        )
        return replies.SENDER_OK

    async def rcpt(self, argument: str) -> Reply:
        transaction = self._transaction
        if transaction is None:
            return replies.NEED_MAIL
        path = parse_rcpt(argument)
        if path.parameters and not self._extended:
            return replies.BAD_PARAMETER
        parameters = rcpt_options(path, self._offered, smtputf8=transaction.smtputf8)
        return await transaction.recipient(path.address, parameters)

    async def data(self, argument: str) -> Reply:
        transaction = self._transaction
        if transaction is None:
            refusal: Reply | None = replies.NEED_MAIL
        elif argument:
            refusal = replies.NO_ARGUMENT
        elif transaction.lost is not None:
            refusal = transaction.lost
        elif not transaction.recipients:
            refusal = replies.NEED_RCPT
        else:
            refusal = None
        if self._line.more_is_here:
            # Sent without waiting for the answer: lines of a mail would be commands, if it
            # is a refusal (RFC 2920 3.1: DATA ends a group).
            self.open = False
            await self.forget()
            return replies.TOO_EARLY
        if refusal is not None or transaction is None:
            return refusal or replies.NEED_MAIL
        return await self._take(transaction)

    async def _take(self, transaction: Transaction) -> Reply:
        load = Load(self._service.doorkeeper, self._peer.address)
        try:
            content = await self._receive(load)
        except ContentError as error:
            load.put_down()
            await self.forget()
            return error.reply
        except BaseException:
            load.put_down()
            raise
        try:
            return await self._pass_through(transaction, content, load)
        finally:
            await self.forget()

    async def _receive(self, load: Load) -> bytes:
        """Read the mail, if there is room for what was declared.

        Raises: ContentError: it cannot be taken.
        """
        if not load.reserve(max(1, self._size)):
            raise ContentError(replies.NO_ROOM)
        self._mails += 1
        self._idle = 0
        await self._line.say(encoded(replies.GO))
        content = await self._line.read_mail(load)
        if not content.isascii() and not await self._service.next_hop.offers(EIGHT_BIT):
            raise ContentError(replies.NO_8BIT)
        return content

    async def _pass_through(self, transaction: Transaction, content: bytes, load: Load) -> Reply:
        """Run the mail's path where a client that hangs up cannot cancel it half-way."""
        self._transaction = None  # from here it belongs to the task below
        task = asyncio.create_task(_complete(transaction, content, load))
        passing = self._service.doorkeeper.passing
        passing.add(task)
        task.add_done_callback(passing.discard)
        return await asyncio.shield(task)

    # ---------------------------------------------------------------- the rest

    async def rset(self, argument: str) -> Reply:
        if argument:
            return replies.NO_ARGUMENT
        await self.forget()
        return replies.OK

    async def noop(self, argument: str) -> Reply:
        return replies.OK

    async def vrfy(self, argument: str) -> Reply:
        return replies.CANNOT_VERIFY

    async def help(self, argument: str) -> Reply:
        return replies.HELP

    async def quit(self, argument: str) -> Reply:
        return replies.BYE

    async def not_offered(self, argument: str) -> Reply:
        return replies.NOT_OFFERED

    async def bdat(self, argument: str) -> Reply:
        return replies.NO_CHUNKING


async def _unknown(conversation: Conversation, argument: str) -> Reply:
    return replies.UNKNOWN


async def _complete(transaction: Transaction, content: bytes, load: Load) -> Reply:
    try:
        return await transaction.content(content)
    finally:
        load.put_down()
        await transaction.close()


_Verb = Callable[[Conversation, str], Awaitable[Reply | bytes | None]]
_VERBS: dict[bytes, _Verb] = {
    b"EHLO": Conversation.ehlo,
    b"HELO": Conversation.helo,
    b"STARTTLS": Conversation.starttls,
    b"XFORWARD": Conversation.xforward,
    b"MAIL": Conversation.mail,
    b"RCPT": Conversation.rcpt,
    b"DATA": Conversation.data,
    b"RSET": Conversation.rset,
    b"NOOP": Conversation.noop,
    b"VRFY": Conversation.vrfy,
    b"HELP": Conversation.help,
    b"QUIT": Conversation.quit,
    b"BDAT": Conversation.bdat,
    **dict.fromkeys(
        (b"AUTH", b"EXPN", b"ETRN", b"TURN", b"XCLIENT", b"BURL", b"LHLO"),
        Conversation.not_offered,
    ),
}
# Behind BDAT come bytes that are no commands; web clients are made to speak here by others.
_LAST_WORDS = frozenset({b"QUIT", b"BDAT", b"GET", b"POST", b"PUT", b"CONNECT"})
_ABOUT_A_MAIL = frozenset({b"MAIL", b"RCPT", b"DATA"})
_IDLE_VERBS = frozenset({b"EHLO", b"HELO", b"NOOP", b"RSET", b"VRFY", b"HELP", b"XFORWARD"})

"""One mail's transaction with the next hop, from MAIL to the fate of the mail.

Answers: ``rcpt`` one recipient's reply, with RSET (the probe of a kept connection) and MAIL
sent ahead of the first one in the same write where the next hop offers PIPELINING;
``recipients`` and ``envelope`` the whole envelope anew; ``data`` the fate of the mail.
Trusts: that envelope addresses and parameters were parsed strictly by the wire in; it
checks again for what would end a command, since a slip here is command injection.
Fails: ``NextHopError`` for any loss before DATA, FAILED before the dot, UNKNOWN from the
moment its first byte may have left. A kept connection that turns out dead before
anything of this mail was accepted is replaced once; after that nothing is ever replayed.
Standards: RFC 5321, 2920 (pipelining), 3461 (DSN), 6152 (8BITMIME), 6531, 1870 (SIZE).
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence

from gateway.errors import NextHopError
from gateway.failpoint import reached
from gateway.model import Envelope, Fate, Outcome, Reply
from gateway.outbound.content import Piece, wire_form
from gateway.outbound.dial import Line
from gateway.outbound.faults import ProtocolFaultError
from gateway.outbound.replies import Answer
from gateway.outbound.settings import NextHopSettings

_RSET = b"RSET\r\n"
_UNKNOWN = Reply(451, "4.4.2", "Connection to the mail server was lost; it may have the mail")
_NO_UTF8 = Reply(553, "5.6.7", "The mail server behind has no SMTPUTF8")
_NO_8BIT = Reply(550, "5.6.3", "The mail server behind takes no 8-bit content")
_TOO_BIG = Reply(552, "5.3.4", "The mail is too big for the mail server behind")

_FORBIDDEN = re.compile(r"[\x00-\x20\x7f<>]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_MAIL_DSN = re.compile(r"(?:RET|ENVID)=[\x21-\x7e]+", re.IGNORECASE)  # RFC 3461 4.3, 4.4
_RCPT_DSN = re.compile(r"(?:NOTIFY|ORCPT)=[\x21-\x7e]+", re.IGNORECASE)  # RFC 3461 4.1, 4.2

Parameters = tuple[str, ...]  # of one command, verbatim: ("NOTIFY=NEVER",)


class Connection:
    """The transaction of one mail. Made new for every mail; the line under it is kept."""

    def __init__(
        self,
        line: Line,
        settings: NextHopSettings,
        envelope: Envelope,
        redial: Callable[[], Awaitable[Line]] | None = None,
    ) -> None:
        self.line = line
        self._settings = settings
        self._envelope = envelope  # its MAIL goes out with the first RCPT
        self._redial = redial  # only while a dead line may be replaced
        self._announced = False  # DATA was said ahead of ``data``
        self._begun = False  # MAIL was accepted, and nothing ended the transaction since

    # ---------------------------------------------------------------- the envelope

    async def rcpt(self, address: str, parameters: Parameters = ()) -> Reply:
        """Answer one recipient: with the next hop's reply, or with its refusal of MAIL."""
        if not self._begun:
            return (await self._begin([(address, parameters)]))[0]
        self.line.wire.send(self._rcpt_command(address, parameters))
        return await self._reply(self._settings.verb_timeout_s)

    async def recipients(self) -> list[Reply]:
        """Send MAIL and every RCPT; one reply for each recipient, in the envelope's order."""
        wanted, given = self._envelope.rcpt_tos, self._envelope.rcpt_parameters
        if len(given) != len(wanted):
            given = ((),) * len(wanted)
        return await self._begin(list(zip(wanted, given, strict=True)))

    async def envelope(self, envelope: Envelope) -> Reply | None:
        """Begin anew for another envelope; the first refusal, or None when all were taken."""
        self._envelope = envelope
        self._begun = False
        return next((r for r in await self.recipients() if not r.positive), None)

    async def reset(self) -> bool:
        """Abort the transaction. Returns whether the connection is still good."""
        self._begun = False
        try:
            self.line.wire.send(_RSET)
            good = (await self._reply(self._settings.probe_timeout_s)).positive
        except NextHopError:
            return False
        self.line.touched = not good
        return good

    def close(self) -> None:
        """Break the connection off: it is never used again."""
        self.line.wire.close()

    async def _begin(self, rcpts: Sequence[tuple[str, Parameters]]) -> list[Reply]:
        if self._envelope.smtputf8 and "SMTPUTF8" not in self.line.features:
            return [_NO_UTF8] * len(rcpts)
        commands = self._commands(rcpts)
        try:
            return await self._converse(commands)
        except NextHopError:
            if self._redial is None:
                raise
        self.close()
        redial, self._redial = self._redial, None
        self.line = await redial()
        return await self._begin(rcpts)

    def _commands(self, rcpts: Sequence[tuple[str, Parameters]]) -> list[bytes]:
        probe = [_RSET] if self.line.touched else []
        return [*probe, self._mail_command(), *(self._rcpt_command(a, p) for a, p in rcpts)]

    async def _converse(self, commands: Sequence[bytes]) -> list[Reply]:
        """Send RSET (where it stands first), MAIL and RCPTs; the replies to the RCPTs.

        A refused MAIL is the answer to each of them; what was sent behind it is read all
        the same, so that every later reply meets its own command.
        """
        line, s = self.line, self._settings
        line.touched = True
        line.wire.allow_utf8(self._envelope.smtputf8)
        if line.pipelining:
            line.wire.send(b"".join(commands), len(commands))
        replies: list[Reply] = []
        for command in commands:
            probe = command is _RSET
            if not line.pipelining:
                line.wire.send(command)
            reply = await self._reply(s.probe_timeout_s if probe else s.verb_timeout_s)
            if probe:
                self._must_be_reset(reply)
                continue
            replies.append(reply)
            if len(replies) == 1 and reply.positive:
                self._begun, self._redial = True, None
            elif not (self._begun or line.pipelining):
                break
        mail, *rcpts = replies
        return rcpts if self._begun else [mail] * (len(commands) - (commands[0] is _RSET) - 1)

    def _must_be_reset(self, reply: Reply) -> None:
        if not reply.positive:
            self.close()
            raise NextHopError("the next hop refuses RSET")

    # ---------------------------------------------------------------- the mail

    def announce(self, content: bytes) -> None:
        """Say DATA already and return; ``data`` reads the answer.

        For the time that the caller needs to make its intent durable: until the dot nothing
        is given to the next hop, and a connection closed before it takes nothing along.
        """
        if self._unfit(content) is None:
            self.line.wire.send(b"DATA\r\n")
            self._announced = True

    async def data(self, content: bytes) -> Outcome:
        """Send DATA and ``content``, dot-stuffed, and wait for the final reply.

        Never raises for the next hop's faults: the outcome says what is known.
        """
        refusal = self._unfit(content)
        if refusal is not None:
            return Outcome(Fate.REFUSED, refusal)
        self._begun, self._redial = False, None
        self.line.mails += 1
        before, last = wire_form(content)
        wire = self.line.wire
        try:
            refusal = await self._go_ahead() or await self._send(before)
            if refusal is not None:
                return Outcome(Fate.REFUSED, refusal)
            wire.check()
        except NextHopError as error:
            self.close()
            return Outcome(Fate.FAILED, error.reply)
        wire.finish(last)  # from here on the dot may have left: whatever is lost is unknown
        reached("dot-sent")
        try:
            answer = await wire.answer(self._settings.after_dot_timeout_s)
        except NextHopError:
            return Outcome(Fate.UNKNOWN, _UNKNOWN)
        return self._fate(answer)

    def _unfit(self, content: bytes) -> Reply | None:
        """Why the next hop cannot take this mail, by what it offers."""
        features = self.line.features
        if "8BITMIME" not in features and not content.isascii():
            return _NO_8BIT
        limit = features.get("SIZE", "")
        if limit.isdecimal() and 0 < int(limit[:20]) < len(content):
            return _TOO_BIG
        return None

    async def _go_ahead(self) -> Reply | None:
        """Say DATA, if that is not done; a refusal, or None for 354."""
        if not self._announced:
            self.line.wire.send(b"DATA\r\n")
        self._announced = False
        answer = await self.line.wire.answer(self._settings.data_timeout_s)
        return None if answer.code == 354 else self._refusal(answer)

    async def _send(self, pieces: Sequence[Piece]) -> Reply | None:
        """Send all but the dot; a refusal that came meanwhile ends the connection."""
        wire, s = self.line.wire, self._settings
        wire.begin_content()
        if not pieces:
            return None
        now = asyncio.get_running_loop().time
        until = now() + s.relay_budget_s
        for piece in pieces:
            await wire.push(piece, max(0.0, min(s.data_block_timeout_s, until - now())))
            if wire.interrupted:
                refusal = self._refusal(await wire.answer(0))
                self.close()  # it waits for the rest of the mail, which will not come
                return refusal
        return None

    def _fate(self, answer: Answer) -> Outcome:
        if answer.code < 300:
            return Outcome(Fate.RELAYED, answer.reply)
        if answer.code < 400:
            self.close()
            return Outcome(Fate.UNKNOWN, _UNKNOWN)
        return Outcome(Fate.REFUSED, self._refusal(answer))

    # ---------------------------------------------------------------- replies

    async def _reply(self, within_s: float) -> Reply:
        """Return the next reply to a command of the envelope: 2xx, 4xx or 5xx."""
        answer = await self.line.wire.answer(within_s)
        if answer.code == 421:
            self.close()
            raise NextHopError("the next hop is closing the connection")
        return answer.reply if answer.code < 300 else self._refusal(answer)

    def _refusal(self, answer: Answer) -> Reply:
        """A refusal keeps its class and code; anything else in its place is a fault.

        A 421 becomes 451: from us it would say that we hang up (RFC 5321 3.8).
        """
        reply = answer.reply
        if answer.code < 400:
            self.close()
            raise ProtocolFaultError(f"the next hop answers {answer.code} out of place")
        if answer.code == 421:
            self.close()
            return Reply(451, reply.enhanced, reply.text)
        return reply

    # ---------------------------------------------------------------- commands

    def _mail_command(self) -> bytes:
        envelope, offered = self._envelope, self.line.features
        words = [f"MAIL FROM:<{_checked(envelope.mail_from)}>"]
        if envelope.body and "8BITMIME" in offered:
            words.append(f"BODY={envelope.body}")
        if envelope.smtputf8:
            words.append("SMTPUTF8")
        if "DSN" in offered:
            words += [p for p in envelope.mail_parameters if _MAIL_DSN.fullmatch(p)]
        return _command(words)

    def _rcpt_command(self, address: str, parameters: Parameters) -> bytes:
        words = [f"RCPT TO:<{_checked(address)}>"]
        if "DSN" in self.line.features:
            words += [p for p in parameters if _RCPT_DSN.fullmatch(p)]
        return _command(words)


def _command(words: Sequence[str]) -> bytes:
    return " ".join(words).encode("utf-8") + b"\r\n"


def _checked(address: str) -> str:
    if _FORBIDDEN.search(address) and not _quoted(address):
        raise NextHopError("an address cannot be put into an SMTP command")
    return address


def _quoted(address: str) -> bool:
    """A quoted local part may hold spaces and angle brackets, never control characters."""
    local, _, domain = address.rpartition("@")
    return (
        len(local) >= 2
        and local.startswith('"')
        and local.endswith('"')
        and not _CONTROL.search(local)
        and not _FORBIDDEN.search(domain)
    )

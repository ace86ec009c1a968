"""One mail transaction on the wire, from MAIL to its one final reply.

Answers: the replies to MAIL, RCPT and the dot. Each RCPT goes to the next hop at once, so
that its refusals reach the client exactly, recipient by recipient (RFC 5321 has no way to
tell them apart after the dot), and a next hop that is down is a 451 before any content.
Trusts: addresses parsed by ``grammar``.
Fails: every fault of ours is the error's own reply or 451 4.3.0; never an exception. When the
next hop is lost after it took a recipient, the whole transaction is: on a new connection
those taken before would be missing.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache

import structlog
from structlog.contextvars import bound_contextvars

from gateway.errors import LOCAL_FAULT, SekishoError
from gateway.ids import new_id
from gateway.judging import by_name
from gateway.log import bind
from gateway.model import Client, Envelope, Reply, Submission, Verdict
from gateway.outbound.client import Connection, NextHop
from gateway.pipeline import Pipeline, utcnow
from gateway.policy import decide_at_rcpt
from gateway.smtp.replies import LOOP, RECIPIENT_OK, TOO_MANY

log = structlog.get_logger(__name__)

_HEADER_END = re.compile(rb"\r\n\r\n")
_RECEIVED = re.compile(rb"^Received:", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class TransactionLimits:
    """What one transaction may hold."""

    recipients: int = 1000  # RFC 5321 4.5.3.1.8 wants at least 100; Postfix takes 1000
    received_lines: int = 30  # beyond this a mail goes round in circles (RFC 5321 6.3)


class Transaction:
    """State between MAIL and the final reply. Made new for every mail, never reused."""

    def __init__(
        self,
        pipeline: Pipeline,
        next_hop: NextHop,
        *,
        peer: Client,
        client: Client,
        envelope: Envelope,
        extended: bool,
        hostname: str,
        limits: TransactionLimits,
    ) -> None:
        self.queue_id = new_id()
        self.lost: Reply | None = None  # once set, the answer to everything that follows
        self._pipeline = pipeline
        self._next_hop = next_hop
        self._peer = peer  # who is on the connection
        self._client = client  # whom the mail is from: the peer, or whom it told with XFORWARD
        self._envelope = envelope  # as MAIL gave it, without recipients
        self._extended = extended  # it said EHLO, not HELO
        self._taken: list[tuple[str, tuple[str, ...]]] = []  # address and DSN parameters
        self._asked = 0  # RCPTs, the refused ones too
        self._hostname = hostname
        self._limits = limits
        self._connection: Connection | None = None

    @property
    def recipients(self) -> int:
        """How many recipients were accepted so far."""
        return len(self._taken)

    @property
    def smtputf8(self) -> bool:
        return self._envelope.smtputf8

    async def recipient(self, address: str, parameters: tuple[str, ...] = ()) -> Reply:
        """Answer one RCPT: by policy's envelope rules, then by the next hop."""
        if self.lost is not None:
            return self.lost
        self._asked += 1
        if self._asked > self._limits.recipients:
            return TOO_MANY
        with bound_contextvars(queue_id=self.queue_id):
            return await self._guarded(self._recipient(address, parameters))

    async def content(self, content: bytes) -> Reply:
        """Answer the dot: the whole path of the mail. The transaction is over after it."""
        if self.lost is not None:
            return self.lost
        bind(queue_id=self.queue_id)  # on every line of this task, which is the mail's alone
        if _received_lines(content) >= self._limits.received_lines:
            return LOOP
        return await self._guarded(self._run(self._submission(content)))

    async def close(self) -> None:
        """Part from the next hop, whatever state the transaction is in."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        await self._next_hop.give_back(connection)

    async def _recipient(self, address: str, parameters: tuple[str, ...]) -> Reply:
        refusal = self._refused_by_rule(address)
        if refusal is not None:
            return refusal
        if self._connection is None:
            self._connection = await self._next_hop.begin(self._envelope)
        reply = await self._connection.rcpt(address, parameters)
        if not reply.positive:
            return reply
        self._taken.append((address, parameters))
        return RECIPIENT_OK

    def _refused_by_rule(self, address: str) -> Reply | None:
        rules = self._pipeline.rules
        if not rules.policy.rcpt_rules:
            return None
        now = utcnow()
        recipient = by_name(address, rules.directory, now.astimezone().date())
        ruling = decide_at_rcpt(self._envelope.mail_from, recipient, rules.policy, now)
        if ruling is None or ruling.verdict is not Verdict.BLOCK:
            return None
        log.info("recipient refused", rule=ruling.rule, recipient_class=recipient.recipient_class)
        return Reply(550, "5.7.1", f"Recipient refused by policy rule {ruling.rule}")

    async def _run(self, submission: Submission) -> Reply:
        if self._connection is None:
            return LOCAL_FAULT
        return await self._pipeline.run(submission, self._connection)

    async def _guarded(self, step: Awaitable[Reply]) -> Reply:
        reply = LOCAL_FAULT
        try:
            return await step
        except SekishoError as error:
            log.error("mail not taken", error=type(error).__name__, cause=str(error))
            reply = error.reply
        except Exception:
            log.exception("mail not taken: our own fault")
        self._break_off(reply)
        return reply

    def _break_off(self, reply: Reply) -> None:
        """After a fault the connection's state is not known: never use it again."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
        if self._taken:
            self.lost = reply

    def _submission(self, content: bytes) -> Submission:
        now, begun = utcnow(), self._envelope
        addresses, parameters = zip(*self._taken, strict=True)
        return Submission(
            queue_id=self.queue_id,
            received_at=now,
            client=self._client,
            envelope=Envelope(
                begun.mail_from,
                addresses,
                begun.smtputf8,
                begun.body,
                begun.mail_parameters,
                parameters if any(parameters) else (),
            ),
            content=content,
            trace=self._trace(now),
        )

    def _trace(self, now: datetime) -> bytes:
        """Our one ``Received:`` line (RFC 5321 4.4); it names who is on the connection."""
        peer = self._peer
        protocol = "UTF8SMTP" if self.smtputf8 else "ESMTP" if self._extended else "SMTP"
        if peer.tls:
            protocol += "S"  # RFC 3848, RFC 6531 4.3
        return (
            f"Received: from {peer.helo or 'unknown'} ([{_literal(peer.address)}])\r\n"
            f"\tby {self._hostname} (Sekisho) with {protocol} id {self.queue_id};\r\n"
            f"\t{_stamp(int(now.timestamp()))}\r\n"
        ).encode("ascii", "replace")


@lru_cache(maxsize=4)  # many mails come in one second
def _stamp(seconds: int) -> str:
    return format_datetime(datetime.fromtimestamp(seconds, UTC))


def _literal(address: str) -> str:
    """An address as RFC 5321 4.1.3 writes it between brackets."""
    return f"IPv6:{address}" if ":" in address else address


def _received_lines(content: bytes) -> int:
    end = _HEADER_END.search(content)
    return len(_RECEIVED.findall(content[: end.start() + 2 if end else len(content)]))

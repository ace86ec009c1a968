"""What a session says and allows, worked out once from the configuration.

Answers: ``SessionSettings`` and ``Service``, the same for all sessions of a process.
Trusts: a checked ``Config``.
Fails: ``ConfigError`` when certificate or key cannot be used.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field

from gateway.config import Config
from gateway.outbound.client import NextHop
from gateway.pipeline import Pipeline
from gateway.smtp.doorkeeper import Doorkeeper, HouseRules
from gateway.smtp.patience import WaitLimits
from gateway.smtp.reader import ContentRules
from gateway.smtp.tls import server_context
from gateway.smtp.transaction import TransactionLimits


@dataclass(frozen=True, slots=True)
class SessionSettings:
    """What one configuration makes of a session."""

    hostname: str
    content: ContentRules
    waits: WaitLimits = field(default_factory=WaitLimits)
    rules: HouseRules = field(default_factory=HouseRules)
    transaction: TransactionLimits = field(default_factory=TransactionLimits)
    mails: int = 1000  # of one connection, then 421
    tls: ssl.SSLContext | None = None  # None: STARTTLS is not offered

    @classmethod
    def of(cls, config: Config) -> SessionSettings:
        """Read them from the configuration."""
        smtp, limits = config.smtp, config.limits
        return cls(
            hostname=smtp.hostname,
            content=ContentRules(
                limits.message, smtp.bare_newline == "normalise", smtp.long_lines == "accept"
            ),
            waits=WaitLimits(
                command_s=smtp.timers.command.total_seconds(),
                data_s=smtp.timers.data.total_seconds(),
                rate_bytes=smtp.timers.data_rate,
                rate_after_s=smtp.timers.data_rate_after.total_seconds(),
            ),
            rules=HouseRules(
                smtp.allowed_clients,
                smtp.xforward_hosts,
                limits.connections,
                limits.connections_per_client,
                limits.in_flight,
                limits.in_flight_per_client,
            ),
            transaction=TransactionLimits(smtp.max_recipients, smtp.received_limit),
            mails=smtp.max_messages,
            tls=server_context(smtp.tls.certificate, smtp.tls.key) if smtp.tls else None,
        )


@dataclass(frozen=True, slots=True)
class Service:
    """What all sessions of a process share."""

    pipeline: Pipeline
    next_hop: NextHop
    settings: SessionSettings
    doorkeeper: Doorkeeper

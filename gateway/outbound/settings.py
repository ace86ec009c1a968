"""Where the next hop is, how far it is trusted, and how long each step may take.

Answers: ``NextHopSettings``, one value for all connections to the next hop, and
``next_hop_settings``, which makes it of the configuration.
Trusts: the configuration to have checked what is in it.
Fails: never.
Standards: RFC 5321 4.5.3.2 for the timers, RFC 3207 for STARTTLS.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from gateway.config_smtp import Smtp


class Tls(StrEnum):
    """What must be true of the connection before a mail goes over it. Never opportunistic."""

    OFF = "off"  # in clear: a next hop on this machine or in the same guarded network
    REQUIRED = "required"  # encrypted, whatever the certificate: no help against an impostor
    VERIFY = "verify"  # encrypted, certificate chain and name checked


@dataclass(frozen=True, slots=True)
class NextHopSettings:
    """Where the next hop is and how long each step may take (RFC 5321 4.5.3.2)."""

    host: str
    port: int
    helo: str  # our name in EHLO
    tls: Tls = Tls.OFF
    ca_file: Path | None = None  # PEM; None: what the system trusts
    tls_name: str = ""  # name in its certificate; "" means `host`
    connect_timeout_s: float = 30.0  # resolving and connecting; the TLS handshake again
    verb_timeout_s: float = 300.0  # greeting and each command but those below
    probe_timeout_s: float = 20.0  # RSET on a kept connection; Postfix gives it as long
    data_timeout_s: float = 120.0  # the 354
    data_block_timeout_s: float = 180.0  # each piece of a mail must have left within this
    relay_budget_s: float = 300.0  # opening a transaction; and sending one mail up to its dot
    after_dot_timeout_s: float = 600.0
    idle_s: float = 20.0  # an unused connection is kept this long; Postfix hangs up at 300 s
    mails_per_connection: int = 100
    idle_connections: int = 20  # kept at most

    @property
    def longest_s(self) -> float:
        """The longest that delivering one mail can take, from connecting to its outcome."""
        return 2 * self.relay_budget_s + self.after_dot_timeout_s


def next_hop_settings(smtp: Smtp) -> NextHopSettings:
    """What the configuration says about the next hop."""
    timers = smtp.timers
    return NextHopSettings(
        host=smtp.next_hop.host,
        port=smtp.next_hop.port,
        helo=smtp.hostname,
        tls=Tls(smtp.next_hop_tls),
        ca_file=smtp.next_hop_ca_file,
        tls_name=smtp.next_hop_tls_name,
        connect_timeout_s=timers.next_hop_connect.total_seconds(),
        verb_timeout_s=timers.next_hop_verb.total_seconds(),
        data_timeout_s=timers.next_hop_data.total_seconds(),
        data_block_timeout_s=timers.next_hop_block.total_seconds(),
        relay_budget_s=(timers.relay - timers.next_hop_after_dot).total_seconds(),
        after_dot_timeout_s=timers.next_hop_after_dot.total_seconds(),
    )

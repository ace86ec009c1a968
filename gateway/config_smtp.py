"""The settings of the wire: ``[smtp]`` and ``[smtp.timers]`` of ``config.toml``.

Answers: ``Smtp``, a part of ``gateway.config.Config``; the descriptions are the documentation.
Trusts: the administrator, and only after checking what was written.
Fails: as ``gateway.config`` does, with every problem at its place.
Standards: RFC 5321 4.5.3 for limits and timers, RFC 3207 for TLS.
"""

from __future__ import annotations

import socket
from typing import Literal

from pydantic import Field

from gateway import units
from gateway.toml_model import TomlModel, setting, worked_out


class Timers(TomlModel):
    """[smtp.timers]: how long each side may take."""

    command: units.Duration = setting(
        "5m", "Silence of a client before a command; RFC 5321 4.5.3.2.7 asks for 5 minutes."
    )
    data: units.Duration = setting(
        "3m", "Silence of a client within a mail; RFC 5321 4.5.3.2.5 asks for 3 minutes."
    )
    data_rate: units.Size = setting(
        "500B",
        "Least speed of a mail by the second, as Postfix wants it; slower is not a line but "
        "somebody who holds connections open. 0B: no least speed.",
    )
    data_rate_after: units.Duration = setting(
        "60s", "The speed is asked for after this time, as an average of the mail so far."
    )
    inspect: units.Duration = setting(
        "45s",
        "Budget for inspecting one mail, then 451: Postfix as a client waits 100s in all "
        "(smtpd_proxy_timeout), and relaying needs the other half.",
    )
    relay: units.Duration = setting(
        "15m",
        "Budget for handing one mail to the next hop, all of its steps; above "
        "next_hop_after_dot. Then 451, and the outcome is recorded as unknown.",
    )
    next_hop_connect: units.Duration = setting(
        "30s", "Connecting to the next hop; a server that is up answers in milliseconds."
    )
    next_hop_verb: units.Duration = setting(
        "5m", "The next hop's answer to each command; RFC 5321 4.5.3.2.2 asks for 5 minutes."
    )
    next_hop_data: units.Duration = setting(
        "2m", "The next hop's 354 to DATA; RFC 5321 4.5.3.2.4 asks for 2 minutes."
    )
    next_hop_block: units.Duration = setting(
        "3m",
        "The next hop taking in each piece of a mail; RFC 5321 4.5.3.2.5 asks for 3 minutes.",
    )
    next_hop_after_dot: units.Duration = setting(
        "10m",
        "The next hop's answer after the final dot; RFC 5321 4.5.3.2.6 asks for 10 minutes. "
        "Shorter makes duplicates: the mail may have been taken.",
    )


class Tls(TomlModel):
    """smtp.tls: what the gateway shows to clients that ask for TLS."""

    certificate: units.FilePath = Field(description="PEM file with the certificate chain.")
    key: units.FilePath = Field(description="PEM file with the private key, without a password.")


class Smtp(TomlModel):
    """[smtp]: where mail comes in and where it goes."""

    listen: tuple[units.Listen, ...] = setting(
        ["127.0.0.1:10025"],
        "Where internal mail servers and clients deliver. Default: this machine only, until "
        "somebody decides otherwise.",
        min_length=1,
        strict=False,
    )
    next_hop: units.NextHop = setting(
        "127.0.0.1:10026", "The mail server behind. Default: Postfix's usual re-entry port."
    )
    next_hop_tls: Literal["off", "required", "verify"] = setting(
        "off",
        "STARTTLS with the next hop. required: encrypted, whatever its certificate; verify: its "
        "certificate's name and chain are checked too. With either nothing is ever sent in "
        "clear. Default: off, for a next hop on this machine.",
    )
    next_hop_tls_name: str = setting(
        "",
        "Name that the next hop's certificate must have under verify. Default: the host in "
        "next_hop.",
    )
    next_hop_ca_file: units.FilePath | None = setting(
        None,
        "PEM file with the authorities that may vouch for the next hop. Default: those that "
        "the system trusts.",
    )
    allowed_clients: tuple[units.ClientNetwork, ...] = setting(
        ["127.0.0.0/8", "::1"],
        "Networks that may deliver here; others get 554. Default: this machine only, so that "
        "the gateway is never an open relay.",
        strict=False,
    )
    processes: units.Count = setting(
        1, 'Gateway processes; "auto" is one a core. Default 1: enough for some 500 users.'
    )
    hostname: str = worked_out(
        socket.getfqdn,
        "Name in the greeting and in Received lines. Default: this machine's full name.",
        min_length=1,
    )
    max_recipients: int = setting(
        1000, "Recipients of one mail; RFC 5321 4.5.3.1.8 asks for 100, Postfix gives 1000.", ge=100
    )
    received_limit: int = setting(
        30, "Received lines in a mail before it is refused as a loop (RFC 5321 6.3).", ge=5, le=200
    )
    max_messages: int = setting(
        1000,
        "Mails of one connection, then 421: so that after a change of servers nobody stays on "
        "the old one for ever. Default: above what mail servers send in one session.",
        ge=1,
    )
    bare_newline: Literal["refuse", "normalise"] = setting(
        "refuse",
        "A mail with a lone CR or LF: refuse (550), since mails are smuggled that way, or "
        "normalise: make each a CRLF before anything else sees the mail, which breaks DKIM "
        "signatures. A NUL is always refused.",
    )
    long_lines: Literal["accept", "refuse"] = setting(
        "accept",
        "A mail with lines over 998 octets (RFC 5321 4.5.3.1.6): accept as it is, since common "
        "programs write such mails and the next hop may take them; or refuse (550). Lines are "
        "never folded: that would break signatures.",
    )
    xforward_hosts: tuple[units.ClientNetwork, ...] = setting(
        [],
        "Mail servers that may tell with XFORWARD whom they have a mail from; others get 550. "
        "Default: nobody, since what is told there goes into the records.",
        strict=False,
    )
    tls: Tls | None = setting(
        None,
        "Certificate and key as PEM files, { certificate, key }; with them STARTTLS is "
        "offered. Default: it is not.",
    )
    timers: Timers = setting({}, "How long each side may take.")

"""Who may come in, how many at once, and how much mail at once.

Answers: a refusal or none for a connection, and for each bunch of a mail's bytes. Shared
by all sessions of a process; knows which mails are past their dot, for stopping.
Trusts: the address that the system gives for a connection.
Fails: never. What is refused for want of room is refused temporarily.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Protocol

from gateway import metrics
from gateway.model import Reply
from gateway.smtp import replies
from gateway.units import Network


class Guest(Protocol):
    """A session, as far as the doorkeeper knows it."""

    async def dismiss(self) -> None: ...


@dataclass(frozen=True, slots=True)
class HouseRules:
    """What clients may do, in all and each."""

    allowed_clients: tuple[Network, ...] = ()  # nobody, unless named
    xforward_hosts: tuple[Network, ...] = ()
    connections: int = 1000
    connections_per_client: int = 100
    in_flight_bytes: int = 500 * 1024 * 1024  # mails received and not yet answered
    in_flight_bytes_per_client: int = 300 * 1024 * 1024


@dataclass(slots=True)
class Doorkeeper:
    """Counts sessions and bytes by client address and in all."""

    rules: HouseRules
    inside: Counter[str] = field(default_factory=Counter)  # IP address → open sessions
    total: int = 0  # open sessions
    passing: set[asyncio.Task[Any]] = field(default_factory=set)  # mails past their dot
    sessions: set[Guest] = field(default_factory=set)  # those inside
    _bytes: Counter[str] = field(default_factory=Counter)  # IP address → bytes in flight
    _all_bytes: int = 0

    def enter(self, address: str) -> Reply | None:
        """Count a session in; the refusal when it may not stay. Pair with ``leave``."""
        self.inside[address] += 1
        self.total += 1
        if not within(address, self.rules.allowed_clients):
            return replies.NOT_ALLOWED
        if (
            self.total > self.rules.connections
            or self.inside[address] > self.rules.connections_per_client
        ):
            return replies.FULL
        return None

    def leave(self, address: str) -> None:
        self.total -= 1
        self.inside[address] -= 1
        if not self.inside[address]:
            del self.inside[address]

    def has_room(self, address: str, size: int) -> bool:
        """Whether ``size`` more bytes of mail from this client find room."""
        return (
            self._all_bytes + size <= self.rules.in_flight_bytes
            and self._bytes[address] + size <= self.rules.in_flight_bytes_per_client
        )

    def carry(self, address: str, size: int) -> None:
        """Count bytes in; negative when they are gone."""
        self._all_bytes += size
        self._bytes[address] += size
        if not self._bytes[address]:
            del self._bytes[address]
        metrics.bytes_in_flight(size)


class Load:
    """The bytes of one mail in flight, so that exactly what was counted in goes out."""

    __slots__ = ("_address", "_arrived", "_counted", "_doorkeeper")

    def __init__(self, doorkeeper: Doorkeeper, address: str) -> None:
        self._doorkeeper = doorkeeper
        self._address = address
        self._counted = 0
        self._arrived = 0

    def reserve(self, size: int) -> bool:
        """Count in what a client says that it will send, if there is room."""
        if not self._doorkeeper.has_room(self._address, size):
            return False
        self._counted += size
        self._doorkeeper.carry(self._address, size)
        return True

    def take(self, size: int) -> bool:
        """Count in what has arrived, as far as it was not reserved."""
        self._arrived += size
        beyond = self._arrived - self._counted
        return beyond <= 0 or self.reserve(beyond)

    def put_down(self) -> None:
        """Count out: the mail is answered, or will not be kept."""
        counted, self._counted = self._counted, 0
        if counted:
            self._doorkeeper.carry(self._address, -counted)


@lru_cache(maxsize=4096)
def within(address: str, networks: Sequence[Network]) -> bool:
    """Whether an IP address lies in one of the networks; IPv4 mapped into IPv6 is IPv4."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(ip, "ipv4_mapped", None)
    return any((mapped or ip) in network for network in networks)

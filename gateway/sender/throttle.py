"""Keeps one address from keeping the page busy.

Answers: ``Throttle.admits``: whether a request of this minute may still be looked at.
Trusts: nothing it is given. Counted in memory alone: nobody guesses 256 bits, so this guards
the machine and not the links, and must cost less than what it refuses.
Fails: never. An IPv6 network of 64 bits counts as one address. Where more addresses come
than are counted apart, all further ones share one count.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from time import monotonic

WINDOW_S = 60.0
ADDRESSES = 10_000  # counted apart within a window
_REST = "rest"


class Throttle:
    """Requests of this window, by address."""

    def __init__(self, requests: int, clock: Callable[[], float] = monotonic) -> None:
        self._requests = requests
        self._clock = clock
        self._began = clock()
        self._counts: dict[str, int] = {}

    def admits(self, address: str) -> bool:
        """Count a request; return whether it is one of those that are answered."""
        now = self._clock()
        if now - self._began >= WINDOW_S:
            self._began, self._counts = now, {}
        key = _network(address)
        if key not in self._counts and len(self._counts) >= ADDRESSES:
            key = _REST
        self._counts[key] = self._counts.get(key, 0) + 1
        return self._counts[key] <= self._requests


def _network(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ""
    return str(parsed) if parsed.version == 4 else str(ipaddress.ip_network((parsed, 64), False))

"""Slows down whoever guesses passwords, by account and by address.

Answers: ``admits`` counts an attempt before the password is looked at, so that many at once
count, too; ``forgive`` takes a right one back.
Trusts: the address it is given. An IPv6 network of 64 bits counts as one address, since
whoever has one has all of it.
Fails: never. It remembers a bounded number of names, in memory; a restart forgets them.
Source: OWASP ASVS 5.0 6.3.1.
"""

from __future__ import annotations

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable

WINDOW_S = 15 * 60.0
PER_ACCOUNT = 10  # attempts within the window
PER_ADDRESS = 30  # an office behind one address has several people who mistype
REMEMBERED = 20_000  # accounts and addresses; the longest unused one goes first


class Throttle:
    """Attempts of the last quarter of an hour."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._attempts: OrderedDict[tuple[str, str], list[float]] = OrderedDict()

    def admits(self, account: str, address: str) -> bool:
        """Count an attempt to sign in; return whether it may be looked at."""
        limits = ((("account", account), PER_ACCOUNT), (("address", network(address)), PER_ADDRESS))
        if any(len(self._recent(key)) >= limit for key, limit in limits):
            return False
        for key, _ in limits:
            self._attempts[key] = [*self._recent(key), self._clock()]
            self._attempts.move_to_end(key)
        while len(self._attempts) > REMEMBERED:
            self._attempts.popitem(last=False)
        return True

    def forgive(self, account: str, address: str) -> None:
        """Forget the account's attempts, and the address's last one: it was right.

        The address keeps its others: a password of one's own must not pay for guessing
        somebody else's.
        """
        self._attempts.pop(("account", account), None)
        key = ("address", network(address))
        self._attempts[key] = self._recent(key)[:-1]

    def _recent(self, key: tuple[str, str]) -> list[float]:
        since = self._clock() - WINDOW_S
        return [at for at in self._attempts.get(key, ()) if at > since]


def network(address: str) -> str:
    """Return what counts as one address."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if parsed.version == 4:
        return str(parsed)
    return str(ipaddress.ip_network((parsed, 64), strict=False))

"""Slows down whoever guesses, by account and by address, across processes and restarts.

Answers: ``admits`` counts an attempt before anything is looked at, so that many at once
count, too; ``forgive`` takes a right one back.
Trusts: the address it is given. An IPv6 network of 64 bits counts as one address, since
whoever has one has all of it. The store counts under blinded keys: what was typed as a name
is not kept.
Fails: as the store does; then nobody signs in.
Source: OWASP ASVS 5.0 6.3.1. An address that is refused does not count against the account,
so that one machine cannot keep another person out for longer than its own share.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

from gateway.console.vault import Vault
from gateway.store import Store

WINDOW = timedelta(minutes=15)
PER_ACCOUNT = 10  # attempts within the window
PER_ADDRESS = 30


class Admission(Enum):
    """What becomes of an attempt."""

    ADMITTED = "admitted"
    LOCKED = "locked"  # refused, and the first one to be: worth a record
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Throttle:
    """Attempts of the last quarter of an hour."""

    store: Store
    vault: Vault
    per_account: int = PER_ACCOUNT
    per_address: int = PER_ADDRESS
    window: timedelta = WINDOW

    async def admits(self, account: str, address: str) -> Admission:
        """Count an attempt to sign in; return whether it may be looked at."""
        for bucket, limit in (
            (self._address(address), self.per_address),
            (self._account(account), self.per_account),
        ):
            counted = await self.store.count_attempt(bucket, self.window)
            if counted > limit:
                return Admission.LOCKED if counted == limit + 1 else Admission.REFUSED
        return Admission.ADMITTED

    async def forgive(self, account: str, address: str) -> None:
        """Forget the account's attempts, and the address's last one: it was right.

        The address keeps its others: a password of one's own must not pay for guessing
        somebody else's.
        """
        await self.store.forget_attempts(self._account(account), self._address(address))

    def _account(self, account: str) -> str:
        return self.vault.blind("account", account)

    def _address(self, address: str) -> str:
        return self.vault.blind("address", network(address))


def network(address: str) -> str:
    """Return what counts as one address."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if parsed.version == 4:
        return str(parsed)
    return str(ipaddress.ip_network((parsed, 64), strict=False))

"""How long a session waits for its client: one coarse timer, looked at now and then.

Answers: calls back when a command stays out, a mail falls silent, or a mail trickles in
slower than the least speed. Only a whole command ends the wait for a command, so a byte
now and then does not keep a session open.
Trusts: the loop's monotonic clock.
Fails: late, by a quarter of the shortest limit at most. Setting a timer anew for every
command, as aiosmtpd does, costs more than reading the command.
Standards: RFC 5321 4.5.3.2.7; the least speed is Postfix's ``smtpd_min_data_rate``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from gateway.model import Reply
from gateway.smtp.replies import SILENT, STALLED

_LOOK_MOST_S = 15.0  # between two looks at the clock
_LOOK_LEAST_S = 0.02
_NEVER = float("inf")


@dataclass(frozen=True, slots=True)
class WaitLimits:
    """How long a client may take; seconds."""

    command_s: float = 300.0
    data_s: float = 180.0  # silence within a mail
    rate_bytes: int = 500  # a mail by the second at least; 0: no least speed
    rate_after_s: float = 60.0  # asked for after this time, over the whole mail so far

    @property
    def look_s(self) -> float:
        """How often the clock is looked at."""
        shortest = min(self.command_s, self.data_s, self.rate_after_s)
        return max(_LOOK_LEAST_S, min(_LOOK_MOST_S, shortest / 4))


class Patience:
    """The waiting of one session. ``cancel`` it with the session."""

    __slots__ = (
        "_began",
        "_clock",
        "_expired",
        "_handle",
        "_limit",
        "_limits",
        "_loop",
        "_received",
        "_since",
    )

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        limits: WaitLimits,
        expired: Callable[[Reply], None],
    ) -> None:
        self._loop = loop
        self._clock = loop.time
        self._limits = limits
        self._expired = expired  # called again at every look until it is cancelled
        self._since = self._clock()
        self._limit = limits.command_s
        self._began = 0.0  # when the mail began to arrive; 0 outside of a mail
        self._handle = loop.call_later(limits.look_s, self._look)
        self._received = 0

    def for_command(self) -> None:
        """Wait for a command from now on."""
        self._since = self._clock()
        self._limit = self._limits.command_s

    def for_mail(self) -> None:
        """Wait for the bytes of a mail from now on."""
        self._since = self._began = self._clock()
        self._received = 0
        self._limit = self._limits.data_s

    def got(self, size: int) -> None:
        """Some bytes of the mail are here."""
        self._since = self._clock()
        self._received += size

    def rest(self) -> None:
        """Wait for nothing: the next hop and the engine keep their own time."""
        self._limit = _NEVER
        self._began = 0.0

    def cancel(self) -> None:
        self._handle.cancel()

    def _look(self) -> None:
        now = self._clock()
        if now - self._since >= self._limit or self._trickles(now):
            self._expired(STALLED if self._began else SILENT)
        self._handle = self._loop.call_later(self._limits.look_s, self._look)

    def _trickles(self, now: float) -> bool:
        waited = now - self._began
        return (
            self._began > 0
            and waited >= self._limits.rate_after_s
            and self._received < waited * self._limits.rate_bytes
        )

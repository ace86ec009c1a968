"""How often somebody asked in this minute, counted in memory.

Answers: ``Pace.count`` (this one included), ``Pace.over`` (without counting), ``Pace.left_s``.
Trusts: nothing it is given. What it refuses must cost less than what it guards: nobody guesses
256 bits, so it guards the machine and the log, and needs no database.
Fails: never. Where more are counted apart than fit, all further ones share one count.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from time import monotonic

WINDOW_S = 60.0
APART = 10_000  # counted apart within a window
_REST = "rest"


class Pace:
    """Requests of this window, by whoever makes them."""

    def __init__(
        self, most: int, window_s: float = WINDOW_S, clock: Callable[[], float] = monotonic
    ) -> None:
        self.most = most
        self._window_s = window_s
        self._clock = clock
        self._began = clock()
        self._counts: dict[str, int] = {}

    def count(self, whose: str) -> int:
        """Count one; return how many there are in this window."""
        key = self._key(whose)
        self._counts[key] = self._counts.get(key, 0) + 1
        return self._counts[key]

    def over(self, whose: str) -> bool:
        """Whether more were counted than may be."""
        return self._counts.get(self._key(whose), 0) > self.most

    @property
    def left_s(self) -> int:
        """Seconds until the next window begins."""
        return max(1, math.ceil(self._began + self._window_s - self._clock()))

    def _key(self, whose: str) -> str:
        now = self._clock()
        if now - self._began >= self._window_s:
            self._began, self._counts = now, {}
        return whose if whose in self._counts or len(self._counts) < APART else _REST

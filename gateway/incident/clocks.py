"""The clocks that run once an organisation knows of a leak.

Answers: ``deadlines``: when the preliminary (速報) and the final report (確報) are due;
``day_in_japan`` and ``clock_in_japan``, which say an instant as those days are counted.
Calendar days in Japan, from the day the organisation knew (規則 3条, 4条; the preliminary
report "promptly", which the PPC's guideline reads as about 3 to 5 days).
Trusts: the day it is given. Fails: never.
The sources leave open whether the first day counts: by default it does, the stricter
reading. A last day on a holiday does not move, for the same reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone

JAPAN = timezone(timedelta(hours=9), "JST")
PRELIMINARY_DAYS = (3, 5)
FINAL_DAYS = 30
FINAL_DAYS_WRONGFUL = 60  # 2号: wrongful purpose


@dataclass(frozen=True, slots=True)
class Counting:
    """How days are counted."""

    first_day_counts: bool = True

    def last_day(self, known_on: date, days: int) -> date:
        return known_on + timedelta(days=days - 1 if self.first_day_counts else days)


STRICT = Counting()


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Last days, in Japan."""

    known_on: date
    preliminary_soon: date  # 3 days
    preliminary_by: date  # 5 days
    final_by: date
    final_by_if_wrongful: date


def day_in_japan(instant: datetime) -> date:
    """Return the calendar day of an aware instant, as a clock in Japan shows it."""
    return instant.astimezone(JAPAN).date()


def clock_in_japan(instant: datetime) -> str:
    """Return an aware instant as a clock in Japan shows it, to the minute, offset included.

    For people, on every page and terminal: days are counted in Japan, wherever the machine is.
    """
    return f"{instant.astimezone(JAPAN):%Y-%m-%d %H:%M} +09:00"


def deadlines(known_on: date, counting: Counting = STRICT) -> Deadlines:
    """Return the last days for an organisation that knew on ``known_on``."""
    soon, by = PRELIMINARY_DAYS
    return Deadlines(
        known_on=known_on,
        preliminary_soon=counting.last_day(known_on, soon),
        preliminary_by=counting.last_day(known_on, by),
        final_by=counting.last_day(known_on, FINAL_DAYS),
        final_by_if_wrongful=counting.last_day(known_on, FINAL_DAYS_WRONGFUL),
    )

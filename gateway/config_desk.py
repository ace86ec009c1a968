"""Who works here and when: ``[people]`` and ``[office]`` of ``config.toml``.

Answers: ``People`` and ``OfficeHours``, parts of ``gateway.config.Config``, and ``TimeOfDay``; the
descriptions are the documentation.
Trusts: the administrator, and only after checking what was written.
Fails: as ``gateway.config`` does, with every problem at its place.
"""

from __future__ import annotations

import re
from datetime import date, time
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

from gateway import units
from gateway.toml_model import TomlModel, setting

_TIME = r"([01][0-9]|2[0-3]):([0-5][0-9])"
_HOURS = f"{_TIME}-{_TIME}"
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Hours = tuple[time, time]


def _parse_hours(value: Any) -> Hours:
    if isinstance(value, tuple):
        return value
    found = re.fullmatch(_HOURS, value) if isinstance(value, str) else None
    if not found:
        hint = {"hint": 'like "08:30-17:15"'}
        raise PydanticCustomError("hours", "must be a time from and a time to", hint)
    opens, closes = time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4]))
    if opens > closes:
        raise PydanticCustomError("hours", "must not end before they begin", {"hint": ""})
    return opens, closes


OfficeTime = Annotated[
    Hours,
    BeforeValidator(_parse_hours),
    PlainSerializer(lambda v: v if isinstance(v, str) else f"{v[0]:%H:%M}-{v[1]:%H:%M}"),
    WithJsonSchema({"type": "string", "pattern": f"^{_HOURS}$"}),
]


def _parse_time(value: Any) -> time | None:
    found = re.fullmatch(_TIME, value) if isinstance(value, str) else None
    if not found and value != "":
        raise PydanticCustomError("time", "must be a time of day", {"hint": 'like "08:30"'})
    return time(int(found[1]), int(found[2])) if found else None


TimeOfDay = Annotated[
    time | None,  # None: written ""
    BeforeValidator(_parse_time),
    PlainSerializer(lambda v: f"{v:%H:%M}" if isinstance(v, time) else v or ""),
    WithJsonSchema({"type": "string", "pattern": f"^({_TIME})?$"}),
]


class People(TomlModel):
    """[people]: who is whose manager."""

    file: units.FilePath | None = setting(
        None,
        "CSV file of your people, as LDAP or SCIM exports it: userName (or uid, sAMAccountName), "
        "mail (or emails), manager, active. Needed for manager in approved_by; it also ties a "
        "person's accounts together. Default: none. Read at start and on reload.",
    )


class OfficeHours(TomlModel):
    """[office]: when somebody is there to approve, Japan time."""

    hours: OfficeTime = setting(
        "00:00-00:00",
        'When the office is open, like "08:30-17:15". Default: always (both ends alike), so that '
        "nothing is out of hours until you say so.",
    )
    days: tuple[Day, ...] = setting(
        ["mon", "tue", "wed", "thu", "fri"], "Working days.", min_length=1, strict=False
    )
    holidays: tuple[date, ...] = setting(
        [], "Days on which the office is closed, like 2026-11-23.", strict=False
    )

    @property
    def weekdays(self) -> frozenset[int]:
        """The working days as numbers, 0 is Monday."""
        return frozenset(_DAYS.index(d) for d in self.days)

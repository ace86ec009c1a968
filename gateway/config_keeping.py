"""The settings of what is kept: the database, the proof of its log, and for how long.

Answers: ``Store`` ([store]), ``Audit`` ([audit]) and ``Retention`` ([retention]), each setting
with its default and the reason for it.
Trusts: the administrator, and only after checking what was written.
Fails: as every table of ``config.toml``, with each problem at its place.
"""

from __future__ import annotations

import re
import socket
from typing import Any

from pydantic import field_validator
from pydantic_core import PydanticCustomError

from gateway import units
from gateway.toml_model import TomlModel
from gateway.toml_model import setting as _setting

_MACHINE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,62}")


class Store(TomlModel):
    """[store]: journal, parked mail, incidents and records."""

    url: str = _setting(
        "sqlite:var/sekisho.db",
        "sqlite:FILE on one machine (default: nothing to install), or postgresql://user@host/db "
        "when several gateways share the work.",
        repr=False,
    )
    key_file: units.FilePath = _setting(
        "var/keys.toml",
        "Keys that open parked mail; made on first start with mode 0600. Keep it out of the "
        "backup that holds the database. Its public half, which seals, stands beside it with "
        ".pub in its name.",
    )
    reserve: units.Size = _setting(
        "256MB",
        "Free space that mail may not use up (SQLite): below it the answer is 452. Default: "
        "enough to settle and record what is under way.",
    )

    machine: str = _setting(
        "",
        "This machine's name among those that share a PostgreSQL: its journal and its chain of "
        "the audit log go by it. Default: the host name; set it where that changes from start to "
        "start, as in a container. Of no use with SQLite.",
    )

    def writer(self, role: str) -> str:
        """Return the name that a process with this role writes under; no other has it."""
        if self.url.startswith("sqlite:"):
            return role
        return f"{role}@{self.machine or socket.gethostname()}"

    @field_validator("machine", mode="after")
    @classmethod
    def _one_word(cls, machine: str) -> str:
        if machine and not _MACHINE.fullmatch(machine):
            hint = "letters, digits, dots and hyphens, such as a host name"
            raise PydanticCustomError("machine", "must be a name", {"hint": hint})
        return machine

    @field_validator("url", mode="after")
    @classmethod
    def _known_kind(cls, url: str, info: Any) -> str:
        kind, _, rest = url.partition(":")
        if kind == "sqlite" and rest and not rest.startswith("//"):
            return f"sqlite:{units.resolve_path(rest, info)}"
        if kind == "postgresql" and rest.startswith("//") and rest.strip("/"):
            return url
        hint = 'like "sqlite:var/sekisho.db" or "postgresql://user@host/db"'
        raise PydanticCustomError("url", "must name a database", {"hint": hint})


class Audit(TomlModel):
    """[audit]: proof that the audit log was not rewritten."""

    key_file: units.FilePath = _setting(
        "var/audit.key",
        "Signs checkpoints of the audit log; made on first start with mode 0600. What checks "
        "them stands beside it as .pub: give the auditor a copy.",
    )
    checkpoints: tuple[str, ...] = _setting(
        ["file:var/checkpoints.jsonl", "log:"],
        "Where signed heads of the audit log go, every minute or 1000 entries: file:PATH, log: "
        "(our own log), syslog: or syslog:HOST:PORT. Default: a file beside the database, and "
        "the log; name a place on another machine, since whoever can rewrite all of them can "
        "hide it.",
        min_length=1,
        strict=False,
    )

    @field_validator("checkpoints", mode="after")
    @classmethod
    def _known_places(cls, places: tuple[str, ...], info: Any) -> tuple[str, ...]:
        return tuple(_place(name, info) for name in places)


def _place(name: str, info: Any) -> str:
    """One place for checkpoints, a path in it made absolute."""
    kind, _, rest = name.partition(":")
    if kind == "file" and rest:
        return f"file:{units.resolve_path(rest, info)}"
    if name == "log:":
        return name
    if kind == "syslog" and (not rest or re.fullmatch(r"/\S+|[\w.\-]+:\d{1,5}", rest)):
        return name
    hint = {"hint": 'like "file:/mnt/audit/checkpoints.jsonl" or "syslog:"'}
    raise PydanticCustomError("place", "must name a place for checkpoints", hint)


class Retention(TomlModel):
    """[retention]: how long things are kept; the end is recorded."""

    hold: units.Duration = _setting(
        "7d", "A held mail waits so long for a handler, then expires. Default: a week's leave."
    )
    warn: units.Duration = _setting(
        "1d", "A warned mail waits so long for its sender, then is cancelled. Default: one day."
    )
    sealed: units.Duration = _setting(
        "30d",
        "A sealed mail is destroyed so long after its last decision. Default: the period of the "
        "final report to the Commission.",
    )
    history: units.Duration = _setting(
        "2y",
        "Whom we wrote to, in months; by it a recipient is known or a stranger. Default: those "
        "whom an office writes to once a year stay known, though one year was left out.",
    )
    journal: units.Duration = _setting(
        "3y",
        "Journal rows of mails without an incident; incidents and the audit log are kept. "
        "Default: three years, the usual audit period.",
    )

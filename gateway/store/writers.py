"""Writers: which process stands behind a name, and whether it is surely gone.

Answers: ``register`` (this process takes a name), ``gone`` (names whose process has ended),
``elsewhere`` (other machines that share the database);
``token`` (a process in one text) and ``ended`` (whether the process of a text has ended).
The rule: a process is surely gone when it ran on this machine and either the machine was
started anew since, or its process number is free or belongs to a process that began at
another moment. A process of another machine, of another container, or one that never
registered is never called gone: its own restart under its own name recovers it, or time
does (``settlement.SURELY_OVER``).
Trusts: the machine's name and id to be its own; ``/proc``.
Fails: as the database does. Without ``/proc`` nobody is called gone.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.store.tables import writers

_START_FIELD = 19  # of /proc/PID/stat, counted after the command's closing bracket


@dataclass(frozen=True, slots=True)
class Process:
    """One process, told apart from every other that has its number."""

    machine: str
    boot: str  # the machine's start
    pid_space: str  # namespace that the number counts in
    pid: int
    began: str  # ticks since the machine's start; "" where it cannot be seen


def this_process() -> Process:
    machine = f"{socket.gethostname()} {_read('/etc/machine-id')}"
    boot = _read("/proc/sys/kernel/random/boot_id")
    return Process(machine, boot, _pid_space(), os.getpid(), began(os.getpid()))


def surely_gone(other: Process, here: Process, began: Callable[[int], str]) -> bool:
    """Whether ``other`` has ended, as seen from ``here``."""
    if other.machine != here.machine or not here.boot or not here.began:
        return False
    if other.boot != here.boot:
        return True
    return other.pid_space == here.pid_space and began(other.pid) != other.began


def token(process: Process) -> str:
    """Return one text that tells a process from every other."""
    return json.dumps(asdict(process), sort_keys=True)


def ended(owner: str) -> bool:
    """Whether the process that a ``token`` tells has surely ended."""
    return surely_gone(Process(**json.loads(owner)), this_process(), began)


def began(pid: int) -> str:
    """When a process began; "" when there is none."""
    fields = _read(f"/proc/{pid}/stat").rpartition(")")[2].split()
    return fields[_START_FIELD] if len(fields) > _START_FIELD else ""


def _pid_space() -> str:
    try:
        return str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return ""


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


async def register(connection: AsyncConnection, writer: str, now: datetime) -> None:
    """Say that this process writes under this name from now on."""
    await connection.execute(delete(writers).where(writers.c.writer == writer))
    row = asdict(this_process()) | {"writer": writer, "opened_at": now}
    await connection.execute(insert(writers).values(row))


async def elsewhere(connection: AsyncConnection) -> list[str]:
    """Return the names of other machines whose processes wrote here."""
    query = select(writers.c.machine).where(writers.c.machine != this_process().machine)
    return sorted({row.machine.partition(" ")[0] for row in await connection.execute(query)})


async def gone(connection: AsyncConnection, names: Iterable[str]) -> list[str]:
    """Return those of these writers whose process has surely ended."""
    rows = await connection.execute(select(writers).where(writers.c.writer.in_(list(names))))
    here = this_process()
    return [
        row.writer
        for row in rows
        if surely_gone(
            Process(row.machine, row.boot, row.pid_space, row.pid, row.began), here, began
        )
    ]

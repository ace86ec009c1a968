"""Disk space: whether a mail may come in at all.

Answers: ``DiskSpace.room``, from the file system that the database lies on. A sealed mail
passes through the write-ahead log into the database, so it is counted twice.
Trusts: the file system's own figures, looked at once a second.
Fails: never; where nothing can be seen there is room, and the write itself will tell.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

RESERVE_BYTES = 256 * 1024 * 1024  # left free for settling, audit and the log
LOOK_AGAIN_S = 1.0
_COPIES = 2  # in the log, then in the database


class DiskSpace:
    """The free space of one directory."""

    def __init__(
        self,
        path: Path | None,
        reserve_bytes: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._path = path.parent if path is not None else None  # None: a server's disk
        self._reserve_bytes = reserve_bytes
        self._clock = clock
        self._looked_at = -LOOK_AGAIN_S
        self._free_bytes = 0

    def room(self, bytes_needed: int) -> bool:
        """Whether so many bytes can be kept without touching the reserve."""
        if self._path is None:
            return True
        now = self._clock()
        if now - self._looked_at >= LOOK_AGAIN_S:
            self._looked_at, self._free_bytes = now, _free(self._path)
        return self._free_bytes - bytes_needed * _COPIES >= self._reserve_bytes


def _free(path: Path) -> int:
    try:
        found = os.statvfs(path)
    except OSError:
        return 1 << 62
    return found.f_bavail * found.f_frsize

"""One budget for one mail: what all its parts together may still cost.

Answers: how much is left, as limits that a reader can be given.
Trusts: the engine to charge what it has received.
Fails: never; whoever charges is told whether there was enough.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

from gateway.extract.archive import RATIO_FLOOR
from gateway.extract.sample import Yielded
from gateway.model import Delimited, Field, InspectionLimits, Table, Unit


class Budget:
    """Counts down from the limits of a whole mail."""

    def __init__(self, limits: InspectionLimits) -> None:
        self._limits = limits
        self._parts = limits.parts
        self._bytes = limits.total_bytes
        self._cells = limits.cells
        self._chars = limits.text_chars
        self._views = limits.views_bytes
        self._picture_s = limits.picture_seconds

    @property
    def left(self) -> InspectionLimits:
        """The limits that a reader may go to now."""
        return replace(
            self._limits,
            parts=max(self._parts, 0),
            total_bytes=max(self._bytes, 0),
            cells=max(self._cells, 0),
            text_chars=max(self._chars, 0),
            views_bytes=max(self._views, 0),
            picture_seconds=max(self._picture_s, 0.0),
        )

    def part(self, size: int) -> str:
        """Charge one part; return the name of the limit it met, or ``""``."""
        self._parts -= 1
        self._bytes -= size
        if self._parts < 0:
            return "parts"
        if self._bytes < 0:
            return "total bytes"
        return "part bytes" if size > self._limits.part_bytes else ""

    def bomb(self) -> None:
        """Charge what was unpacked in vain: a bomb is not told from a file by fewer bytes."""
        self._bytes -= RATIO_FLOOR

    def viewed(self, size: int) -> None:
        """Charge a mail that was read in every view; the next has so much less."""
        self._views -= size

    def picture(self, reading: Iterator[Yielded]) -> Iterator[Yielded]:
        """Charge the processor time that reading a picture takes, and pass on what it yields."""
        while True:
            started = time.process_time()
            met = next(reading, None)
            self._picture_s -= time.process_time() - started
            if met is None:
                return
            yield met

    def unit(self, unit: Unit) -> tuple[Unit | None, str]:
        """Charge one unit; return as much of it as fits, and the limit it met or ``""``."""
        if isinstance(unit, Table):
            return self._table(unit)
        if isinstance(unit, Delimited):  # at most so many: quotes join some
            self._cells -= unit.text.count(unit.delimiter) + unit.text.count("\n") + 1
            if self._cells < 0:
                return None, "cells"
        size = len(unit.value) if isinstance(unit, Field) else len(unit.text)
        room = max(self._chars, 0)
        self._chars -= size
        if size <= room:
            return unit, ""
        if isinstance(unit, Field):
            return None, "text"
        return replace(unit, text=unit.text[:room]), "text"

    def _table(self, table: Table) -> tuple[Unit | None, str]:
        cells = sum(map(len, table.rows))
        chars = sum(map(len, map("".join, table.rows)))
        self._cells -= cells
        self._chars -= chars
        if self._cells < 0:
            return None, "cells"
        return (None, "text") if self._chars < 0 else (table, "")

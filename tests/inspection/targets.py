"""Workers that fail in the ways a hostile or broken one may."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from gateway.extract import registry
from gateway.extract.sample import Sample, Yielded
from gateway.inspection import job, wire
from gateway.inspection.payload import told
from gateway.model import Inspection, InspectionLimits
from gateway.sandbox.worker import Line


def hangs(head: bytes, content: bytes, line: Line) -> bytes:
    line.at(0, "2 a.pdf / p. 3")
    time.sleep(60)
    return b""


def crashes(head: bytes, content: bytes, line: Line) -> bytes:
    """Over another part each time: reading this mail again gets nowhere."""
    line.at(2 + len(told(head).lost), "2 a.pdf")
    os._exit(1)


def crashes_at_once(head: bytes, content: bytes, line: Line) -> bytes:
    os._exit(1)


def eats(head: bytes, content: bytes, line: Line) -> bytes:
    return bytes(1 << 40)


def lies(head: bytes, content: bytes, line: Line) -> bytes:
    return b'{"clean": true}'


def says_nothing(head: bytes, content: bytes, line: Line) -> bytes:
    return wire.dumps(Inspection())


def hides_its_loss(head: bytes, content: bytes, line: Line) -> bytes:
    """Dies over a part, and then claims to have read everything."""
    if not told(head).lost:
        crashes(head, content, line)
    return wire.dumps(job.inspect_now(content, InspectionLimits()))


_ENDS: dict[bytes, Callable[[], object]] = {
    b"poison that kills": lambda: os._exit(1),
    b"poison that hangs": lambda: time.sleep(60),
    b"poison that eats": lambda: bytes(1 << 40),
}


class _Poisoned:
    """A reader whose end certain texts are; the real ones read all the rest."""

    def recognises(self, sample: Sample) -> bool:
        return sample.content.startswith(tuple(_ENDS))

    def read(self, sample: Sample, limits: InspectionLimits) -> Iterator[Yielded]:
        next(end for text, end in _ENDS.items() if sample.content.startswith(text))()
        return iter(())


def poisoned(head: bytes, content: bytes, line: Line) -> bytes:
    """The real target, with one reader more that hostile parts take over."""
    found = (*_FAMILIES, ("poisoned", _Poisoned()))
    registry.families = lambda: found  # type: ignore[assignment]
    return job.inspect(head, content, line)


_FAMILIES = registry.families()


def forgets_the_last_part(head: bytes, content: bytes, line: Line) -> bytes:
    found = job.inspect_now(content, InspectionLimits())
    return wire.dumps(replace(found, parts=found.parts[:-1], unread=()))


def forgets_all_but_the_first(head: bytes, content: bytes, line: Line) -> bytes:
    found = job.inspect_now(content, InspectionLimits())
    return wire.dumps(replace(found, parts=found.parts[:1], unread=()))

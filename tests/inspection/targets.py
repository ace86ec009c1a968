"""Workers that fail in the ways a hostile or broken one may."""

from __future__ import annotations

import os
import time

from gateway.extract.registry import PURE  # noqa: F401 (loaded before the walls are up)
from gateway.inspection import job, wire
from gateway.inspection.payload import told
from gateway.model import Inspection
from gateway.sandbox.worker import Line

POISON = b"kills its reader"


def hangs(head: bytes, content: bytes, line: Line) -> bytes:
    line.at(3, "2 a.pdf / p. 3")
    time.sleep(60)
    return b""


def crashes(head: bytes, content: bytes, line: Line) -> bytes:
    """Another part each time: reading this mail again gets nowhere."""
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
    """Dies over a part, and then has read everything."""
    if not told(head).lost:
        crashes(head, content, line)
    return job.inspect(head, content, line)


class _Poisoned:
    """The readers, of which one cannot stand a certain text: it dies, hangs or eats."""

    def __init__(self, end: str) -> None:
        self.end = end

    def recognises(self, sample: object) -> bool:
        return POISON in sample.content  # type: ignore[attr-defined]

    def read(self, sample: object, limits: object) -> object:
        {"dies": lambda: os._exit(1), "hangs": lambda: time.sleep(60), "eats": lambda: bytes(1 << 40)}[self.end]()
        return iter(())

"""Workers that fail in the ways a hostile or broken one may."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

from gateway.inspection import wire
from gateway.model import Inspection

Progress = Callable[[str], None]


def hangs(payload: bytes, progress: Progress) -> bytes:
    progress("2 a.pdf / p. 3")
    time.sleep(60)
    return b""


def crashes(payload: bytes, progress: Progress) -> bytes:
    progress("2 a.pdf")
    os._exit(1)


def crashes_at_once(payload: bytes, progress: Progress) -> bytes:
    os._exit(1)


def eats(payload: bytes, progress: Progress) -> bytes:
    return bytes(1 << 40)


def lies(payload: bytes, progress: Progress) -> bytes:
    return b'{"clean": true}'


def says_nothing(payload: bytes, progress: Progress) -> bytes:
    return wire.dumps(Inspection())

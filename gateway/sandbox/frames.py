"""The protocol between the pool and a worker: kind, length, payload; and the page beside it.

Answers: the bytes of a frame and the meaning of its head; what a worker's page says.
Trusts: nothing; both sides bound the length before they read, and a page that says
nonsense says nothing.
Fails: a head that is no head raises ``ValueError``.
A job runs ``JOB`` (its bytes lie in memory: see ``handoff``) → perhaps ``NATIVE`` → one
``RESULT``. A worker that cannot answer ends itself: there is no frame for an error, since it
could carry content. What it is doing stands on its page, 4 KB of memory shared with the
parent, who looks when it has to: a frame a part would wake the parent a thousand times.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

HEAD = struct.Struct("!BI")
READY, JOB, NATIVE, RESULT = 1, 2, 3, 4
READY_BYTES = 1024  # longest list of layers
JOB_HEAD = struct.Struct("!I")  # before a job in its memory: how long its head is
PAGE_BYTES = 4096
_PAGE = struct.Struct("!QIH")  # steps so far, part, length of the note
NOTE_BYTES = PAGE_BYTES - _PAGE.size


def head(kind: int, length: int) -> bytes:
    """Return the five bytes before a payload."""
    return HEAD.pack(kind, length)


def parse_head(raw: bytes, limits: dict[int, int]) -> tuple[int, int]:
    """Return kind and length; ``ValueError`` when the kind is not expected or too long."""
    kind, length = HEAD.unpack(raw)
    if length > limits.get(kind, -1):
        raise ValueError("frame not expected here")
    return kind, length


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """What a worker says it is doing."""

    step: int = 0  # how often it has said so; another number means that it got on
    part: int = 0  # the job's own count; 0: before the first
    note: str = ""  # masked by who wrote it; may be any text from a worker that was taken over


def page(step: int, part: int, note: str) -> bytes:
    """Return the beginning of a page."""
    raw = note.encode("utf-8", "replace")[:NOTE_BYTES]
    return _PAGE.pack(step, part, len(raw)) + raw


def parse_page(raw: bytes) -> Whereabouts:
    """Return what a page says."""
    step, part, length = _PAGE.unpack_from(raw)
    note = raw[_PAGE.size : _PAGE.size + length].decode("utf-8", "replace")
    return Whereabouts(step, part, note)

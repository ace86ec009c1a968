"""The protocol between the pool and a worker: kind, length, payload.

Answers: the bytes of a frame and the meaning of its head.
Trusts: nothing; both sides bound the length before they read.
Fails: a head that is no head raises ``ValueError``.
A job runs ``JOB`` → any number of ``PROGRESS`` → one ``RESULT``. A worker that cannot
answer ends itself: there is no frame for an error, since it could carry content.
"""

from __future__ import annotations

import struct

HEAD = struct.Struct("!BI")
READY, JOB, PROGRESS, RESULT = 1, 2, 3, 4
PROGRESS_BYTES = 4096  # longest progress note


def head(kind: int, length: int) -> bytes:
    """Return the five bytes before a payload."""
    return HEAD.pack(kind, length)


def parse_head(raw: bytes, limits: dict[int, int]) -> tuple[int, int]:
    """Return kind and length; ``ValueError`` when the kind is not expected or too long."""
    kind, length = HEAD.unpack(raw)
    if length > limits.get(kind, -1):
        raise ValueError("frame not expected here")
    return kind, length

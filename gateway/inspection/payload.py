"""How a job is told to a worker: the limits, then the mail.

Answers: ``ask`` packs, ``told`` unpacks.
Trusts: both ends are ours; the mail inside is hostile and only passed on.
Fails: ``told`` raises on what ``ask`` did not make.
"""

from __future__ import annotations

import dataclasses
import json
import struct

from gateway.model import InspectionLimits

_LENGTH = struct.Struct("!I")


def ask(content: bytes, limits: InspectionLimits) -> bytes:
    """Return the payload that asks a worker to inspect ``content``."""
    head = json.dumps(dataclasses.asdict(limits)).encode()
    return b"".join((_LENGTH.pack(len(head)), head, content))


def told(payload: bytes) -> tuple[bytes, InspectionLimits]:
    """Return the mail and the limits that ``ask`` packed."""
    (length,) = _LENGTH.unpack_from(payload)
    start = _LENGTH.size + length
    return payload[start:], InspectionLimits(**json.loads(payload[_LENGTH.size : start]))

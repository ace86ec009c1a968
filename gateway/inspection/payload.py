"""How a job is told to a worker: the head, which is ours; the mail goes beside it.

Answers: ``ask`` packs, ``told`` unpacks.
Trusts: both ends are ours.
Fails: ``told`` raises on what ``ask`` did not make.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Collection, Mapping
from typing import Any

from gateway.inspection.pictures import SeenPictures
from gateway.model import InspectionLimits, UnreadReason
from gateway.patterns import Pattern

NOTHING_LOST: Mapping[int, UnreadReason] = {}


@dataclasses.dataclass(frozen=True, slots=True)
class Asked:
    """What a worker is asked to do with a mail."""

    limits: InspectionLimits
    lost: Mapping[int, UnreadReason]  # parts that cost a worker, by number; to be left out
    pictures: SeenPictures  # what is known of pictures before it begins
    patterns: tuple[Pattern, ...]  # the administrator's detectors
    passwords: tuple[str, ...] = dataclasses.field(default=(), repr=False)  # from a later mail


def ask(
    limits: InspectionLimits,
    lost: Mapping[int, UnreadReason] = NOTHING_LOST,
    key: bytes = b"",
    known: Collection[str] = (),
    patterns: Collection[Pattern] = (),
    passwords: Collection[str] = (),
) -> bytes:
    """Return the head that asks a worker to inspect a mail.

    Args:
        key: with which ``known`` was made.
        known: digests of pictures that need not be read.
        patterns: what to look for besides My Numbers.
        passwords: to be tried on locked files, besides those that the mail itself tells.
    """
    told = {
        "limits": dataclasses.asdict(limits),
        "lost": list(lost.items()),
        "key": key.hex(),
        "known": " ".join(known),
        "patterns": [dataclasses.asdict(p) for p in patterns],
        "passwords": list(passwords),
    }
    return json.dumps(told).encode()


def told(head: bytes) -> Asked:
    """Return what ``ask`` packed."""
    asked = json.loads(head)
    lost = {number: UnreadReason(reason) for number, reason in asked["lost"]}
    pictures = SeenPictures(bytes.fromhex(asked["key"]), asked["known"])
    patterns = tuple(Pattern(**_tuples(p)) for p in asked["patterns"])
    limits, words = InspectionLimits(**asked["limits"]), tuple(asked["passwords"])
    return Asked(limits, lost, pictures, patterns, words)


def _tuples(told: dict[str, Any]) -> dict[str, Any]:
    """JSON has lists where the value has tuples."""
    return {key: tuple(v) if isinstance(v, list) else v for key, v in told.items()}

"""How a job is told to a worker: the head, which is ours; the mail goes beside it.

Answers: ``ask`` packs, ``told`` unpacks.
Trusts: both ends are ours.
Fails: ``told`` raises on what ``ask`` did not make.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Collection, Mapping

from gateway.inspection.pictures import SeenPictures
from gateway.model import InspectionLimits, UnreadReason

NOTHING_LOST: Mapping[int, UnreadReason] = {}


@dataclasses.dataclass(frozen=True, slots=True)
class Asked:
    """What a worker is asked to do with a mail."""

    limits: InspectionLimits
    lost: Mapping[int, UnreadReason]  # parts that cost a worker, by number; to be left out
    pictures: SeenPictures  # what is known of pictures before it begins


def ask(
    limits: InspectionLimits,
    lost: Mapping[int, UnreadReason] = NOTHING_LOST,
    key: bytes = b"",
    known: Collection[str] = (),
) -> bytes:
    """Return the head that asks a worker to inspect a mail.

    Args:
        key: with which ``known`` was made.
        known: digests of pictures that need not be read.
    """
    told = {
        "limits": dataclasses.asdict(limits),
        "lost": list(lost.items()),
        "key": key.hex(),
        "known": list(known),
    }
    return json.dumps(told).encode()


def told(head: bytes) -> Asked:
    """Return what ``ask`` packed."""
    asked = json.loads(head)
    lost = {number: UnreadReason(reason) for number, reason in asked["lost"]}
    pictures = SeenPictures(bytes.fromhex(asked["key"]), frozenset(asked["known"]))
    return Asked(InspectionLimits(**asked["limits"]), lost, pictures)

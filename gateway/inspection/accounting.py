"""Whether what a worker says it has seen is the whole mail.

Answers: ``check`` raises ``UnaccountedError`` when a part of the mail, or a reason for one that was
not read, is missing from a worker's answer.
Trusts: the gateway's own outline of the mail (``message.outline``), and nothing in the answer.
It holds a worker to every part that stands in the mail itself, by size and order; what is packed
in a part is the worker's word, since knowing better would mean to unpack it here.
Fails: by that exception alone.
"""

from __future__ import annotations

from gateway.inspection.walk import WHOLE_MAIL
from gateway.inspection.wire import WireError
from gateway.message.outline import outline
from gateway.model import Inspection, InspectionLimits


class UnaccountedError(WireError):
    """An answer that says too little. ``found`` is what it says."""

    def __init__(self, what: str, found: Inspection) -> None:
        super().__init__(what)
        self.found = found


def check(content: bytes, found: Inspection, limits: InspectionLimits) -> None:
    """Hold a worker's answer about ``content`` to the mail itself."""
    if not _covers(content, found, limits):
        raise UnaccountedError("a part of the mail is missing", found)
    if not found.unread and not all(p.read for p in found.parts):
        raise UnaccountedError("a part was not read, and no reason is given", found)


def _covers(content: bytes, found: Inspection, limits: InspectionLimits) -> bool:
    """Whether each stretch of the mail is among its parts, in order and with its size.

    There may be more parts than stretches: what is in doubt is read in other ways, too.
    """
    sizes = iter([p.size_bytes for p in found.parts if len(p.place.steps) == 1])
    stretches = outline(content, limits)
    if not stretches:  # a header alone: it counts as one part, read or not
        return any(p.place == WHOLE_MAIL for p in found.parts) or bool(found.unread)
    return all(any(s.decodes_to(content, size) for size in sizes) for s in stretches)

"""Other readings of a mail that has more than one.

Answers: leaves that another program might see: the parts as the standard library's
parser cuts them, and the mail's raw text.
Trusts: nothing; only used on mails that are held as ambiguous anyway.
Fails: never; where the second parser gives up, its view is absent.
"""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from email.message import Message as ForeignMessage

from gateway.message.mail import Leaf
from gateway.model import InspectionLimits, Place

_MOST_BYTES = 5 * 1024 * 1024  # the second parser takes 20 s for 1 GB, far more if provoked
_MOST_SEMICOLONS = 5000  # it reads parameters in quadratic time
_MOST_DASHED = 5000  # lines that could be delimiters


def other_views(
    content: bytes, seen: tuple[Leaf, ...], at: Place, limits: InspectionLimits
) -> Iterator[Leaf]:
    """Yield leaves whose bytes the first reading did not see, then the raw text."""
    number = len(seen)
    known = {leaf.content.strip() for leaf in seen}
    for declared, charset, body in _foreign_leaves(content, limits):
        if body.strip() in known:
            continue
        known.add(body.strip())
        number += 1
        place = at / f"{number} {declared}" / "second reading"
        yield Leaf(number, place, "", declared, charset, False, body)
    place = at / f"{number + 1} text/plain" / "raw text"
    yield Leaf(number + 1, place, "", "text/plain", "", False, content)


def _foreign_leaves(content: bytes, limits: InspectionLimits) -> list[tuple[str, str, bytes]]:
    if (
        len(content) > _MOST_BYTES
        or content.count(b";") > _MOST_SEMICOLONS
        or content.count(b"\n--") > _MOST_DASHED
    ):
        return []
    try:
        parsed = email.message_from_bytes(content, policy=email.policy.compat32)
        return list(_cut(parsed, limits))
    except Exception:  # a foreign parser fails in many ways; the mail is held anyway
        return []


def _cut(parsed: ForeignMessage, limits: InspectionLimits) -> Iterator[tuple[str, str, bytes]]:
    for number, part in enumerate(parsed.walk()):
        if number >= limits.parts:
            return
        body = part.get_payload(decode=True)
        if isinstance(body, bytes):
            yield part.get_content_type(), str(part.get_content_charset() or ""), body

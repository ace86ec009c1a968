"""From the bytes of a mail to its leaves, its facts and its doubts.

Answers: ``parse`` reads a mail; ``header_facts`` what its header says, when no more can be read.
Trusts: nothing.
Fails: never; a mail with more than one reading is marked ambiguous where the doubt is,
read as well as possible, and read again as other programs would.
Standards: RFC 5322, RFC 2045 to 2049.
"""

from __future__ import annotations

from gateway.message import floor
from gateway.message.facts import facts, fields
from gateway.message.floor import lines_in_doubt
from gateway.message.header import Block
from gateway.message.mail import Message
from gateway.message.tree import Entity, Tree, read_entity, split_header, walk
from gateway.message.views import NO_VIEWS, other_views, seams
from gateway.model import HeaderFacts, InspectionLimits, Place, UnreadReason

_OUTERMOST = Place(())
_HARMLESS_TOKENS = frozenset({"", "7bit", "8bit"})


def parse(content: bytes, limits: InspectionLimits, at: Place = _OUTERMOST) -> Message:
    """Read a mail.

    Args:
        content: the mail, CRLF or LF line ends.
        limits: depth, parts and header sizes that are read.
        at: where the mail stands; no steps for the one that is sent.
    """
    tree = Tree(at, limits)
    if lines_in_doubt(content):
        tree.doubt(tree.here, UnreadReason.AMBIGUOUS, floor.LINE_ENDS)
    entity = walk(tree, content, 0, len(content))
    if entity is not None and _version_in_doubt(entity):
        tree.doubt(tree.here, UnreadReason.AMBIGUOUS, floor.VERSION)
    plain = entity is not None and not tree.unread and _is_plain(entity, len(tree.leaves))
    doubted = any(u.reason is UnreadReason.AMBIGUOUS for u in tree.unread)
    views = other_views(content, tuple(tree.leaves), at, limits) if doubted else NO_VIEWS
    if views.met:
        tree.doubt(tree.here, UnreadReason.LIMIT, "views")
    block = entity.block if entity else Block((), ())
    told = fields(block, at)
    return Message(
        headers=facts(block, told),
        fields=(*told, *tree.names),
        leaves=(*tree.leaves, *views.leaves),
        unread=tuple(tree.unread),
        trace=(*tree.trace, *seams(tree.leaves)),
        glimpses=tuple(views.glimpses),
        viewed=len(content) if doubted else 0,
        plain=plain,
    )


def header_facts(content: bytes, limits: InspectionLimits) -> HeaderFacts:
    """Return what the header says, for a mail whose body could not be read."""
    entity = _outermost(content, limits)
    return facts(entity.block, fields(entity.block, _OUTERMOST)) if entity else HeaderFacts()


def _outermost(content: bytes, limits: InspectionLimits) -> Entity | None:
    cut = split_header(content, 0, len(content), limits.header_bytes)
    if cut is None or content.count(b"\n", 0, cut[0]) >= limits.headers:
        return None
    return read_entity(content[: cut[0]])


def _is_plain(entity: Entity, leaves: int) -> bool:
    return (
        leaves == 1
        and not entity.doubts
        and entity.declared_type == "text/plain"
        and not entity.names
        and entity.disposition.word in ("", "inline")
    )


def _version_in_doubt(entity: Entity) -> bool:
    """Without MIME-Version some programs ignore the MIME headers: do these then matter?"""
    if entity.block.get(b"mime-version") is not None:
        return False
    return entity.declared_type != "text/plain" or entity.coding not in _HARMLESS_TOKENS

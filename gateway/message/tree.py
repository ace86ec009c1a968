"""The tree of a mail's parts, by one linear walk over the bytes.

Answers: the leaves with their decoded bytes, and every place whose reading is in doubt.
Trusts: nothing; header bytes, header lines, parts and depth are bounded before a part
is looked at, so that no parameter or nesting can cost more than its own bytes.
Fails: never; a limit that is met and a structure that is broken become ``Unread``.
Standards: RFC 2045, RFC 2046. Not the standard library's feed parser: it reads
parameters in quadratic time and nests before any limit of ours could act, and gives
back a nested mail only re-serialised. ``views`` uses it as the second opinion.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from gateway.message import floor
from gateway.message.charset import UNNAMED, codec
from gateway.message.delimiters import boundary_in_doubt, cut
from gateway.message.embedded import codings_in, holds_part
from gateway.message.facts import fields, trace
from gateway.message.header import Block, read_block
from gateway.message.mail import Leaf
from gateway.message.parameters import NO_VALUE, Value, parse_value
from gateway.message.transfer import TOKENS, decode_body, looks_base64
from gateway.message.words import step
from gateway.model import Field, InspectionLimits, Place, Unread, UnreadReason

_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
_ENCRYPTED = frozenset(
    {
        "multipart/encrypted",
        "application/pgp-encrypted",
        "application/pkcs7-mime",
        "application/x-pkcs7-mime",
    }
)
_ELSEWHERE = frozenset({"message/partial", "message/external-body"})
_HEADERS = frozenset({"text/rfc822-headers", "text/rfc822-header"})  # bodies that are headers
CODED = frozenset({"base64", "quoted-printable"})
TEXT, MAIL = "text/plain", "message/rfc822"


@dataclass(frozen=True, slots=True)
class Entity:
    """One header block and what it says of its body."""

    block: Block
    kind: Value  # Content-Type
    disposition: Value
    coding: str  # Content-Transfer-Encoding in lower case; "" when there is none
    doubts: tuple[str, ...]
    default: str = "text/plain"  # the type when none is given (RFC 2046 5.1.5)

    @property
    def declared_type(self) -> str:
        return self.kind.word or self.default

    @property
    def names(self) -> tuple[str, ...]:
        """Every file name that the part gives, the one that most programs show first."""
        return tuple(dict.fromkeys((*self.disposition.names, *self.kind.names)))


@dataclass(slots=True)
class Tree:
    """What a walk has gathered so far."""

    at: Place  # where the mail itself stands; no steps for the outermost
    limits: InspectionLimits
    leaves: list[Leaf] = field(default_factory=list)
    names: list[Field] = field(default_factory=list)
    trace: list[Field] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    parts: int = 0

    def doubt(self, place: Place, reason: UnreadReason, detail: str) -> None:
        self.unread.append(Unread(place, reason, detail))

    @property
    def here(self) -> Place:
        """A place for what concerns the mail as a whole."""
        return self.at if self.at.steps else Place(("mail",))


def split_header(content: bytes, start: int, end: int, most: int) -> tuple[int, int] | None:
    """Where the header ends and the body starts; ``None`` when the header is over ``most``."""
    window = min(end, start + most)
    if content.startswith(b"\r\n", start, end):
        return start, start + 2
    if content.startswith(b"\n", start, end):
        return start, start + 1
    gap = _BLANK_LINE.search(content, start, window)
    if gap is not None:
        return gap.start(), gap.end()
    return (end, end) if window == end else None


def read_entity(raw: bytes, default: str = TEXT) -> Entity:
    """Read a header block and what it says of the body below it."""
    block = read_block(raw)
    kind, disposition = (
        parse_value(value) if (value := block.get(name)) and value.strip() else NO_VALUE
        for name in (b"content-type", b"content-disposition")
    )
    coding = (block.get(b"content-transfer-encoding") or b"").strip()
    word = coding.decode("ascii", "replace").lower()
    doubts = [*block.doubts, *kind.doubts, *disposition.doubts]
    version = block.get(b"mime-version")
    if version is not None and floor.version_in_doubt(version):
        doubts.append(floor.VERSION)
    if word not in TOKENS or (not word and block.get(b"content-transfer-encoding") is not None):
        doubts.append(floor.CODING_UNKNOWN)
    if kind.word and "/" not in kind.word and kind.word != "text":  # old sendmail's, read alike
        doubts.append(floor.TYPE_MALFORMED)
    charset = kind.get(b"charset")
    if charset and not codec(charset) and charset.lower() not in UNNAMED:
        doubts.append(floor.CHARSET_UNKNOWN)
    return Entity(block, kind, disposition, word, tuple(dict.fromkeys(doubts)), default)


def walk(
    tree: Tree, content: bytes, start: int, end: int, depth: int = 0, default: str = TEXT
) -> Entity | None:
    """Add the part that stands in ``content[start:end]``, and the parts in it."""
    tree.parts += 1
    if tree.parts > tree.limits.parts or depth > tree.limits.depth:
        limit = "parts" if tree.parts > tree.limits.parts else "depth"
        tree.doubt(tree.here, UnreadReason.LIMIT, limit)
        return None
    ends = split_header(content, start, end, tree.limits.header_bytes)
    lines = content.count(b"\n", start, ends[0]) if ends else 0
    if ends is None or lines >= tree.limits.headers:
        tree.doubt(tree.here, UnreadReason.LIMIT, "header")
        _add_leaf(tree, None, content[start:end])
        return None
    entity = read_entity(content[start : ends[0]], default)
    tree.trace += trace(entity.block, tree.at)
    if depth:
        tree.names += fields(entity.block, tree.at)
    if entity.declared_type.startswith("multipart/"):
        _multipart(tree, entity, content, ends[1], end, depth)
    else:
        _leaf(tree, entity, content[ends[1] : end])
    return entity


# ------------------------------------------------------------------ leaves


def _leaf(tree: Tree, entity: Entity, raw: bytes) -> None:
    body, doubts = decode_body(raw, entity.coding)
    leaf = _add_leaf(tree, entity, body)
    found = [*entity.doubts, *doubts, *codings_in(body)]
    if entity.declared_type.startswith("message/") and entity.coding in CODED:
        found.append(floor.CODED_MESSAGE)
    if b"boundary" in entity.kind.parameters:
        found.append(floor.BOUNDARY_ELSEWHERE)
    if not entity.declared_type.startswith("message/") and entity.declared_type not in _HEADERS:
        found += [floor.PART_IN_TEXT] * holds_part(raw)
    if floor.CHARSET_UNKNOWN in found and _speaks_ascii(body):
        found.remove(floor.CHARSET_UNKNOWN)
    for doubt in dict.fromkeys(found):
        tree.doubt(leaf.place, UnreadReason.AMBIGUOUS, doubt)
    if entity.declared_type in _ENCRYPTED and entity.kind.get(b"smime-type") != "signed-data":
        tree.doubt(leaf.place, UnreadReason.ENCRYPTED, entity.declared_type)
    if entity.declared_type in _ELSEWHERE:
        tree.doubt(leaf.place, UnreadReason.EXTERNAL, entity.declared_type)
    if entity.coding != "base64" and looks_base64(raw):  # some programs decode it unasked
        _add_leaf(tree, entity, decode_body(raw, "base64")[0])


def _speaks_ascii(body: bytes) -> bool:
    """Whether a body reads alike in every charset that a label could mean."""
    return body.isascii() and not any(
        mark in body for mark in (b"\x1b", b"\x00", b"+", b"~{", b"\\")
    )


def _add_leaf(tree: Tree, entity: Entity | None, body: bytes) -> Leaf:
    number = len(tree.leaves) + 1
    names = entity.names if entity else ()
    kind = entity.declared_type if entity else "text/plain"
    place = tree.at / f"{number} {step(names[0] if names else kind) or kind}"
    leaf = Leaf(
        number=number,
        place=place,
        name=names[0] if names else "",
        declared_type=kind,
        charset=entity.kind.get(b"charset") if entity else "",
        attachment=bool(names) or (entity is not None and _set_apart(entity)),
        content=body,
    )
    tree.leaves.append(leaf)
    tree.names += [Field(place, "file name", name) for name in names]
    return leaf


def _set_apart(entity: Entity) -> bool:
    """Whether a part without a name is still a file: it says so, or is no text at all."""
    return entity.disposition.word == "attachment" or entity.declared_type == MAIL


# ------------------------------------------------------------------ containers


def _multipart(
    tree: Tree, entity: Entity, content: bytes, start: int, end: int, depth: int
) -> None:
    if not content[start:end].strip() and not entity.doubts:  # headers alone, as in a bounce
        return
    boundary = entity.kind.parameters.get(b"boundary", b"").rstrip()
    cuts = cut(content, start, end, boundary, tree.limits.parts)
    doubts = [*entity.doubts, *cuts.doubts]
    if entity.coding in CODED:
        doubts.append(floor.CODED_MULTIPART)
    if boundary_in_doubt(boundary):
        doubts.append(floor.BOUNDARY)
    for doubt in dict.fromkeys(doubts):
        tree.doubt(tree.here, UnreadReason.AMBIGUOUS, doubt)
    if entity.declared_type in _ENCRYPTED:
        tree.doubt(tree.here, UnreadReason.ENCRYPTED, entity.declared_type)
    _around(tree, content[start : cuts.preamble_end])
    default = MAIL if entity.declared_type == "multipart/digest" else TEXT
    for first, last in cuts.parts:
        walk(tree, content, first, last, depth + 1, default)
    _around(tree, content[cuts.epilogue : end])


def _around(tree: Tree, text: bytes) -> None:
    """A preamble or an epilogue: no program shows it, but it is sent, so it is read."""
    if not text.strip():
        return
    leaf = _add_leaf(tree, None, text)
    if holds_part(text):
        tree.doubt(leaf.place, UnreadReason.AMBIGUOUS, floor.PART_OUTSIDE)

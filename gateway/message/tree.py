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

from gateway.message.charset import codec
from gateway.message.header import Block, read_block
from gateway.message.mail import Leaf
from gateway.message.parameters import NO_VALUE, Value, parse_value
from gateway.message.transfer import TOKENS, decode_body, looks_base64
from gateway.message.words import step
from gateway.model import Field, InspectionLimits, Place, Unread, UnreadReason

_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
_BOUNDARY = re.compile(rb"[0-9A-Za-z'()+_,\-./:=? ]{0,69}[0-9A-Za-z'()+_,\-./:=?]")
_LIKE_HEADER = re.compile(rb"(?mi)^content-[a-z-]+[ \t]*:")
_ENCRYPTED = frozenset(
    {"multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"}
)
_ELSEWHERE = frozenset({"message/partial", "message/external-body"})


@dataclass(frozen=True, slots=True)
class Entity:
    """One header block and what it says of its body."""

    block: Block
    kind: Value  # Content-Type
    disposition: Value
    coding: str  # Content-Transfer-Encoding in lower case; "" when there is none
    doubts: tuple[str, ...]

    @property
    def declared_type(self) -> str:
        return self.kind.word or "text/plain"

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


def read_entity(raw: bytes) -> Entity:
    """Read a header block and what it says of the body below it."""
    block = read_block(raw)
    kind, disposition = (
        parse_value(value) if (value := block.get(name)) is not None else NO_VALUE
        for name in (b"content-type", b"content-disposition")
    )
    coding = (block.get(b"content-transfer-encoding") or b"").strip()
    word = coding.decode("ascii", "replace").lower()
    doubts = [*block.doubts, *kind.doubts, *disposition.doubts]
    if word not in TOKENS or (not word and block.get(b"content-transfer-encoding") is not None):
        doubts.append("transfer-encoding-unknown")
    if kind.word and "/" not in kind.word:
        doubts.append("type-malformed")
    charset = kind.get(b"charset")
    if charset and not codec(charset):
        doubts.append("charset-unknown")
    return Entity(block, kind, disposition, word, tuple(dict.fromkeys(doubts)))


def walk(tree: Tree, content: bytes, start: int, end: int, depth: int = 0) -> Entity | None:
    """Add the part that stands in ``content[start:end]``, and the parts in it."""
    tree.parts += 1
    if tree.parts > tree.limits.parts or depth > tree.limits.depth:
        limit = "parts" if tree.parts > tree.limits.parts else "depth"
        tree.doubt(tree.here, UnreadReason.LIMIT, limit)
        return None
    cut = split_header(content, start, end, tree.limits.header_bytes)
    lines = content.count(b"\n", start, cut[0]) if cut else 0
    if cut is None or lines >= tree.limits.headers:
        tree.doubt(tree.here, UnreadReason.LIMIT, "header")
        _add_leaf(tree, None, content[start:end])
        return None
    entity = read_entity(content[start : cut[0]])
    if entity.declared_type.startswith("multipart/"):
        _multipart(tree, entity, content, cut[1], end, depth)
    else:
        _leaf(tree, entity, content[cut[1] : end])
    return entity


# ------------------------------------------------------------------ leaves


def _leaf(tree: Tree, entity: Entity, raw: bytes) -> None:
    body, doubts = decode_body(raw, entity.coding)
    all_doubts = [*entity.doubts, *doubts]
    if entity.declared_type == "message/rfc822" and entity.coding in ("base64", "quoted-printable"):
        all_doubts.append("coded-message")
    leaf = _add_leaf(tree, entity, body)
    for doubt in dict.fromkeys(all_doubts):
        tree.doubt(leaf.place, UnreadReason.AMBIGUOUS, doubt)
    if entity.declared_type in _ENCRYPTED and entity.kind.get(b"smime-type") != "signed-data":
        tree.doubt(leaf.place, UnreadReason.ENCRYPTED, entity.declared_type)
    if entity.declared_type in _ELSEWHERE:
        tree.doubt(leaf.place, UnreadReason.EXTERNAL, entity.declared_type)
    if entity.coding != "base64" and looks_base64(raw):  # some programs decode it unasked
        _add_leaf(tree, entity, decode_body(raw, "base64")[0])


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
    return entity.disposition.word == "attachment" or entity.declared_type == "message/rfc822"


# ------------------------------------------------------------------ containers


def _multipart(
    tree: Tree, entity: Entity, content: bytes, start: int, end: int, depth: int
) -> None:
    doubts = list(entity.doubts)
    if entity.coding in ("base64", "quoted-printable"):
        doubts.append("coded-multipart")
    boundary = entity.kind.parameters.get(b"boundary", b"").rstrip()
    if not _BOUNDARY.fullmatch(boundary):
        doubts.append("boundary")
    if entity.declared_type in _ENCRYPTED:
        tree.doubt(tree.here, UnreadReason.ENCRYPTED, entity.declared_type)
    parts, closed, oddities = _delimited(content, start, end, boundary, tree.limits.parts)
    doubts += oddities
    if not closed:
        doubts.append("closing-boundary")
    if not parts:
        doubts.append("no-parts")
    for doubt in dict.fromkeys(doubts):
        tree.doubt(tree.here, UnreadReason.AMBIGUOUS, doubt)
    before, after = (parts[0][0], parts[-1][1]) if parts else (end, end)
    _around(tree, content[start : _line_start(content, before, start, boundary)])
    for first, last in parts:
        walk(tree, content, first, last, depth + 1)
    _around(tree, _after_close(content, after, end))


def _delimited(
    content: bytes, start: int, end: int, boundary: bytes, most: int
) -> tuple[list[tuple[int, int]], bool, list[str]]:
    """The parts between delimiter lines, whether the last was closed, and doubts."""
    parts: list[tuple[int, int]] = []
    doubts: list[str] = []
    opened, at, mark = -1, start, b"--" + boundary
    while boundary and len(parts) <= most and (at := content.find(mark, at, end)) >= 0:
        line_end = content.find(b"\n", at, end)
        line_end = end if line_end < 0 else line_end + 1
        tail = content[at + len(mark) : line_end]
        whole = tail.strip(b" \t\r\n")
        begins_line = at == start or content[at - 1] == 0x0A
        if not begins_line or whole not in (b"", b"--"):
            if begins_line and not _longer_boundary(whole):
                doubts.append("boundary-line")
            at += len(mark)
            continue
        if opened >= 0:
            parts.append((opened, _before_line_end(content, at, opened)))
        if whole == b"--":
            return parts, True, doubts
        opened = at = line_end
    if opened >= 0 and len(parts) <= most:
        parts.append((opened, end))
    return parts, False, doubts


def _longer_boundary(tail: bytes) -> bool:
    """Whether the line is a delimiter of another, longer boundary (nested parts have them)."""
    return bool(_BOUNDARY.fullmatch(tail)) and tail[:1] not in b" -"


def _before_line_end(content: bytes, at: int, floor: int) -> int:
    """The line end before a delimiter belongs to the delimiter (RFC 2046 5.1.1)."""
    for end in (b"\r\n", b"\n"):
        if content.endswith(end, floor, at):
            return at - len(end)
    return at


def _line_start(content: bytes, part: int, start: int, boundary: bytes) -> int:
    found = content.rfind(b"--" + boundary, start, part)
    return max(found, start) if found >= 0 else part


def _after_close(content: bytes, after: int, end: int) -> bytes:
    """The epilogue: what follows the line that closes the last part."""
    line = content.find(b"--", after, end)
    line_end = content.find(b"\n", line, end) if line >= 0 else -1
    return content[line_end + 1 : end] if line_end >= 0 else b""


def _around(tree: Tree, text: bytes) -> None:
    """A preamble or an epilogue: no program shows it, but it is sent, so it is read."""
    if not text.strip():
        return
    leaf = _add_leaf(tree, None, text)
    if _LIKE_HEADER.search(text):
        tree.doubt(leaf.place, UnreadReason.AMBIGUOUS, "part-outside")

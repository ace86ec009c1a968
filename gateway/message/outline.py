"""Where the parts of a mail stand, without reading them: the receipt that a worker is held to.

Answers: ``outline``, each stretch of the mail that must be read as a part of its own.
Trusts: nothing; the same limits end it that end ``tree.walk``.
Fails: never. It decodes nothing, so that the gateway can afford it beside a worker that
does: ``tests/message/test_outline.py`` holds it to what ``parse`` finds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from gateway.message.delimiters import cut
from gateway.message.transfer import decode_body
from gateway.message.tree import CODED, MAIL, TEXT, read_entity, split_header
from gateway.model import InspectionLimits

_VISIBLE = re.compile(rb"\S")
_QUAD, _TRIPLE = 4, 3
_LAST = 8  # bytes in which a base64 body has its padding and its line end


@dataclass(frozen=True, slots=True)
class Stretch:
    """The body of one part that holds no parts. Offsets into the mail."""

    start: int
    end: int
    coding: str  # Content-Transfer-Encoding in lower case; "" for text around parts

    def decodes_to(self, content: bytes, size: int) -> bool:
        """Whether this stretch has ``size`` bytes after transfer-decoding.

        Arithmetic answers for most; only what it cannot vouch for is decoded.
        """
        if self.coding not in CODED:
            return size == self.end - self.start
        if self.coding == "base64" and size == self._triples(content):
            return True
        return size == len(decode_body(content[self.start : self.end], self.coding)[0])

    def _triples(self, content: bytes) -> int:
        """What base64 without a fault comes to."""
        breaks = sum(content.count(end, self.start, self.end) for end in (b"\r", b"\n"))
        padding = content.count(b"=", max(self.start, self.end - _LAST), self.end)
        return (self.end - self.start - breaks) // _QUAD * _TRIPLE - padding


def outline(content: bytes, limits: InspectionLimits) -> tuple[Stretch, ...]:
    """Return the stretches of a mail, in their order."""
    return tuple(_Outline(content, limits).part(0, len(content), 0, TEXT))


class _Outline:
    """One pass over a mail."""

    def __init__(self, content: bytes, limits: InspectionLimits) -> None:
        self._content = content
        self._limits = limits
        self._parts = 0

    def part(self, start: int, end: int, depth: int, default: str) -> Iterator[Stretch]:
        self._parts += 1
        if self._parts > self._limits.parts or depth > self._limits.depth:
            return
        ends = split_header(self._content, start, end, self._limits.header_bytes)
        if ends is None or self._content.count(b"\n", start, ends[0]) >= self._limits.headers:
            yield Stretch(start, end, "")
            return
        entity = read_entity(self._content[start : ends[0]], default)
        if not entity.declared_type.startswith("multipart/"):
            yield Stretch(ends[1], end, entity.coding)
            return
        if self._visible(ends[1], end) or entity.doubts:
            boundary = entity.kind.parameters.get(b"boundary", b"").rstrip()
            digest = entity.declared_type == "multipart/digest"
            yield from self._parts_of(ends[1], end, boundary, depth, MAIL if digest else TEXT)

    def _parts_of(
        self, start: int, end: int, boundary: bytes, depth: int, default: str
    ) -> Iterator[Stretch]:
        cuts = cut(self._content, start, end, boundary, self._limits.parts)
        if self._visible(start, cuts.preamble_end):
            yield Stretch(start, cuts.preamble_end, "")
        for first, last in cuts.parts:
            yield from self.part(first, last, depth + 1, default)
        if self._visible(cuts.epilogue, end):
            yield Stretch(cuts.epilogue, end, "")

    def _visible(self, start: int, end: int) -> bool:
        return _VISIBLE.search(self._content, start, end) is not None

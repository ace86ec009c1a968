"""Signed and compressed CMS (S/MIME), certificates, keys: what stands in them in clear.

Answers: the encapsulated content as a member, a mail's body part as a mail; names in
certificates as prose. A detached signature (smime.p7s) holds nothing else and is read.
Trusts: nothing; own walk over tags and lengths, without recursion.
Fails: what breaks off is ``damaged``; a key store is ``encrypted``; large opaque values
elsewhere are ``unsupported``. Enveloped data is another type, and ``encrypted`` as a whole.
Standards: RFC 5652, RFC 3274, RFC 8551, X.690 (DER, and BER's indefinite lengths).
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from gateway.extract.sample import Member, Sample, Yielded
from gateway.extract.sniff import CMS_COMPRESSED, CMS_SIGNED, DER
from gateway.extract.text_type import MAIL, is_text
from gateway.model import InspectionLimits, Prose, Unread, UnreadReason

_CONTENT = (0x30, 0xA0, 0x30, 0x30, 0xA0)  # ContentInfo, content, SignedData, eContent
_OCTETS = (0x04, 0x24)
_STRINGS = {0x0C: "utf-8", 0x12: "ascii", 0x13: "ascii", 0x14: "latin-1", 0x16: "ascii",
            0x1A: "ascii", 0x1B: "latin-1", 0x1C: "utf-32-be", 0x1E: "utf-16-be",
            0x81: "latin-1", 0x82: "latin-1", 0x86: "latin-1"}  # fmt: skip
_MOST_ELEMENTS = 1_000_000  # a certificate has some hundred; a second's work
_OPAQUE_BYTES = 4096  # a signature, a key or a picture of none is smaller
_KEY_STORE = re.compile(rb"\x30(?:[\x00-\x80]|\x81.|\x82..|\x83...)\x02\x01\x03\x30", re.DOTALL)
_BODY_PART = re.compile(rb"(?:[!-9;-~]++:[^\n]*+\n(?:[ \t][^\n]*+\n)*+)++\r?\n")


class _BrokenOff(Exception):  # noqa: N818 (a state, caught in this module only)
    """A length points beyond the end."""


def recognises(sample: Sample) -> bool:
    """Whether it is signed or compressed data, or another value in DER."""
    return sample.media_type in (CMS_SIGNED, CMS_COMPRESSED, DER)


def read(sample: Sample, limits: InspectionLimits) -> Iterator[Yielded]:
    """Yield the content, then the texts around it."""
    found = _Found()
    try:
        end = _walk(sample.content, found)
    except _BrokenOff:
        yield Unread(sample.place, UnreadReason.DAMAGED, "asn.1")
        end = len(sample.content)
    if found.too_many:
        yield Unread(sample.place, UnreadReason.LIMIT, "asn.1 elements")
    content = b"".join(found.content)
    if sample.media_type == CMS_COMPRESSED:
        content = _inflated(content, limits)
        if not content:
            yield Unread(sample.place, UnreadReason.LIMIT, "unpacked bytes")
    if content:
        mail = _BODY_PART.match(content) and b"content-" in content[:4096].lower()
        if mail and b"mime-version:" not in content[:4096].lower():
            content = b"MIME-Version: 1.0\r\n" + content  # the signed part's mail has it
        yield Member(sample.place / "signed content", "", content, MAIL if mail else "")
    if _KEY_STORE.match(sample.content) and sample.media_type == DER:
        yield Unread(sample.place, UnreadReason.ENCRYPTED, "key store")
    elif found.opaque or sample.content[end:].strip(b"\0\r\n "):
        yield Unread(sample.place, UnreadReason.UNSUPPORTED, sample.media_type)
    if found.texts:
        yield Prose(sample.place / "names", "\n".join(found.texts))


@dataclass(slots=True)
class _Found:
    """What a walk has gathered."""

    content: list[bytes] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    opaque: bool = False  # a large value that is neither content nor text
    too_many: bool = False  # elements


def _walk(data: bytes, found: _Found) -> int:
    """Visit every element; return where the outermost one ends."""
    open_tags: list[tuple[int, int]] = []  # tag, end; -1 for an indefinite length
    at = 0
    for _ in range(_MOST_ELEMENTS):
        while open_tags and open_tags[-1][1] == at:
            open_tags.pop()
        if at and not open_tags:
            return at
        tag, length, at = _head(data, at)
        if tag == 0 and length == 0 and open_tags and open_tags[-1][1] < 0:
            open_tags.pop()
            continue
        end = at + length if length >= 0 else -1
        if tag & 0x20:
            open_tags.append((tag, end))
            continue
        _value(data, tag, at, end, open_tags, found)
        at = end
    found.too_many = True
    return len(data)


def _head(data: bytes, at: int) -> tuple[int, int, int]:
    """Tag, length (-1: indefinite) and where the value begins."""
    if at + 2 > len(data) or data[at] & 0x1F == 0x1F:  # no format of ours has long tags
        raise _BrokenOff
    tag, length, at = data[at], data[at + 1], at + 2
    if length == 0x80 and tag & 0x20:
        return tag, -1, at
    if length & 0x80:
        size = length & 0x7F
        length = int.from_bytes(data[at : at + size], "big")
        at += size
    if at + length > len(data):
        raise _BrokenOff
    return tag, length, at


def _value(
    data: bytes, tag: int, at: int, end: int, open_tags: list[tuple[int, int]], found: _Found
) -> None:
    path = tuple(t for t, _ in open_tags if t != 0x24)
    if tag == 0x04 and path == _CONTENT:
        found.content.append(data[at:end])
    elif tag in _STRINGS:
        found.texts.append(data[at:end].decode(_STRINGS[tag], "replace"))
    elif tag in (0x04, 0x80) and end > at:
        value = data[at:end]
        if is_text(value):
            found.texts.append(value.decode("utf-8", "replace"))
        elif len(value) > _OPAQUE_BYTES:
            found.opaque = True


def _inflated(content: bytes, limits: InspectionLimits) -> bytes:
    """The bytes of compressed data; none where they are over the limit."""
    most = min(limits.part_bytes, limits.total_bytes)
    unpacker = zlib.decompressobj()
    out = unpacker.decompress(content, most + 1)
    return out if len(out) <= most else b""

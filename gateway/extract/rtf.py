"""Rich Text (RTF): the text in every version a person sees, and what is embedded in it.

Answers: what ``rtf_text`` reads; pictures and OLE objects as members.
Trusts: nothing; pure Python, one pass a version, at most three versions.
Fails: groups nested beyond the limit are ``limit``; an object whose frame is broken is
given to the engine as it stands.
Standards: Rich Text Format 1.9.1; [MS-OLEDS] 2.2 for the frame of an object.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

from gateway.extract.rtf_text import Embedded, RtfText, Seen
from gateway.extract.sample import Member, Sample, Yielded
from gateway.model import InspectionLimits, Prose, Unread, UnreadReason

_START = b"{\\rt"
_WINDOW = 256  # readers skip what stands before the first brace
_BLANK = b" \t\r\n\x00\xef\xbb\xbf"
_MAGIC = b"\xd0\xcf\x11\xe0"
_LONGEST_NAME = 256
_NOT_HEX = re.compile(rb"[^0-9a-fA-F]+")
_WORDS = re.compile(rb"[^0-9a-fA-F\s]")
_FEW_DIGITS = 64
_LEAST_BEHIND = 12  # bytes that could hold a number


def recognises(sample: Sample) -> bool:
    """Whether it begins as Rich Text, as leniently as Word judges, or is a text with some in it."""
    begins = sample.content[:_WINDOW].lstrip(_BLANK).startswith(_START)
    return begins or (sample.media_type.startswith("text/") and _START in sample.content)


def read(sample: Sample, limits: InspectionLimits) -> Iterator[Yielded]:
    """Yield text, tables and fields, then the members."""
    content = sample.content[sample.content.find(_START) :]
    text = RtfText(sample.place, limits, Seen())
    text.feed(content)
    yield from text.units()
    if text.deep:
        yield Unread(sample.place, UnreadReason.LIMIT, "nested groups")
    for number, found in enumerate(text.embedded, 1):
        yield from _member(sample, number, found)
    for seen in sorted(text.also, key=lambda s: s.step):
        other = RtfText(sample.place, limits, seen)
        other.feed(content)
        yield from other.units()
    rest = content[text.end :].strip(_BLANK) if text.end else b""  # 0: the file breaks off
    if len(rest) >= _LEAST_BEHIND:
        yield Member(sample.place / "trailing data", "", rest)


def _member(sample: Sample, number: int, found: Embedded) -> Iterator[Yielded]:
    digits = _NOT_HEX.sub(b"", found.written)
    raw = bytes.fromhex(digits[: len(digits) // 2 * 2].decode("ascii"))
    content = _object(raw) if found.kind == "objdata" else raw
    if found.kind == "pict" and content[:4] in (b"\x01\x00\x09\x00", b"\x02\x00\x09\x00"):
        name = f"picture {number}.wmf"
    else:
        name = f"{'picture' if found.kind == 'pict' else found.kind} {number}"
    if any(content):
        yield Member(sample.place / name, name, content, labels=tuple(filter(None, [found.name])))
    if len(digits) <= _FEW_DIGITS or _WORDS.search(found.written):  # written out, not coded
        for text in sample.decode(found.written, ""):
            yield Prose(sample.place / name, text)
    if found.kind == "objdata" and content and not raw.endswith(content):
        behind = raw[raw.rfind(content) + len(content) :]  # how the object looks, mostly
        yield Prose(sample.place / name, sample.decode(behind, "")[0])


def _object(raw: bytes) -> bytes:
    """The native data in an OLE 1 frame: version, kind, three names, size, data."""
    at = raw.find(_MAGIC)
    if 0 <= at < 4 * _LONGEST_NAME:
        return raw[at:]
    at = 8
    for _ in range(3):
        if at + 4 > len(raw):
            return raw
        (length,) = struct.unpack_from("<I", raw, at)
        if length > _LONGEST_NAME:
            return raw
        at += 4 + length
    if at + 4 > len(raw):
        return raw
    (size,) = struct.unpack_from("<I", raw, at)
    return raw[at + 4 : at + 4 + size] or raw

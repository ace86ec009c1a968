"""The blocks that JPEG, PNG, WebP and GIF files are made of, and those that no program shows.

Answers: ``jpeg``, ``png``, ``gif``, ``webp``: the blocks of a file in their order; ``unshown``:
the bodies of those that belong to a program or to nobody. What Pillow tells of the others (EXIF,
XMP, IPTC, comments, texts) is read by ``said``.
Trusts: nothing; time is linear in the file.
Fails: ``struct.error`` and ``IndexError`` where a file breaks off; ``unshown`` never.
Standards: ITU-T T.81 annex B, PNG 5.3 and 11, RFC 9649 (WebP), GIF89a.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from gateway.extract.iso_boxes import Stretch

LAST_OF_JPEG, LAST_OF_PNG, LAST_OF_GIF = b"\xd9", b"IEND", b";"  # kinds of the block that ends it
_MARKER = re.compile(rb"\xff+([^\x00\xff])")
_BARE = frozenset(bytes([n]) for n in (0x01, *range(0xD0, 0xDA)))  # TEM, RSTn, SOI, EOI
_APPLICATIONS = frozenset(bytes([n]) for n in range(0xE0, 0xF0))
_TOLD = (  # how the segments begin of which Pillow tells, or that hold no words
    *(b"JFIF\0", b"Exif\0", b"http://ns.adobe.com/xap/1.0/\0", b"ICC_PROFILE\0", b"MPF\0"),
    *(b"Photoshop 3.0\0", b"Adobe"),
)
_CHUNKS = frozenset(  # of PNG
    b"IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sBIT sRGB bKGD hIST pHYs tIME tEXt zTXt iTXt eXIf"
    b" acTL fcTL fdAT cICP mDCV cLLI".split()
)
_WEBP = frozenset((b"VP8 ", b"VP8L", b"VP8X", b"ANIM", b"ANMF", b"ALPH", b"ICCP", b"EXIF", b"XMP "))
_GIF_LOOPS = (b"\x0bNETSCAPE2.0", b"\x0bANIMEXTS1.0")
_GIF_TEXT, _GIF_APPLICATION = b"!\x01", b"!\xff"


@dataclass(frozen=True, slots=True)
class Block:
    """One block: its kind as the file has it, its body, and where the next one begins."""

    kind: bytes
    start: int
    end: int
    behind: int


def jpeg(content: bytes) -> Iterator[Block]:
    """Yield the marker segments; entropy-coded data behind SOS has RSTn and ff 00 only."""
    at = 2
    while (met := _MARKER.search(content, at)) is not None:
        kind, at = met[1], met.end()
        if kind in _BARE:
            yield Block(kind, at, at, at)
            if kind == LAST_OF_JPEG:
                return
            continue
        (length,) = struct.unpack_from(">H", content, at)
        yield Block(kind, at + 2, at + length, at + length)
        at += length


def png(content: bytes) -> Iterator[Block]:
    """Yield the chunks."""
    at, kind = 8, b""
    while kind != LAST_OF_PNG:
        length, kind = struct.unpack_from(">I4s", content, at)
        start, at = at + 8, at + 12 + int(length)
        yield Block(kind, start, at - 4, at)


def gif(content: bytes) -> Iterator[Block]:
    """Yield pictures and extensions, each with its sub-blocks as they stand."""
    at = 13 + _palette(content[10])
    while (kind := content[at : at + 1]) in (b"!", b","):
        if kind == b"!":
            kind = content[at : at + 2]
            at += 2
        else:
            at += 11 + _palette(content[at + 9])
        start = at
        while (length := content[at]) != 0:
            at += 1 + length
        yield Block(kind, start, at, at := at + 1)
    yield Block(kind, at, at, at + 1)


def webp(content: bytes) -> Iterator[Block]:
    """Yield the chunks inside the RIFF's own length."""
    at, end = 12, min(8 + int.from_bytes(content[4:8], "little"), len(content))
    while at + 8 <= end:
        kind, length = struct.unpack_from("<4sI", content, at)
        yield Block(kind, at + 8, at + 8 + length, at := at + 8 + length + length % 2)


def unshown(content: bytes) -> list[Stretch]:
    """Return where blocks stand of which nobody tells."""
    found: list[Stretch] = []
    with suppress(struct.error, IndexError):  # it breaks off, and has the blocks that it has
        found.extend((block.start, block.end) for block in _of_programs(content))
    return found


def _of_programs(content: bytes) -> Iterator[Block]:
    if content.startswith(b"\xff\xd8"):
        ours = (b for b in jpeg(content) if b.kind in _APPLICATIONS)
        yield from (b for b in ours if not content.startswith(_TOLD, b.start))
    elif content.startswith(b"\x89PNG\r\n\x1a\n"):
        yield from (b for b in png(content) if b.kind not in _CHUNKS)
    elif content.startswith(b"RIFF") and content.startswith(b"WEBP", 8):
        yield from (b for b in webp(content) if b.kind not in _WEBP)
    elif content.startswith(b"GIF8"):
        ours = (b for b in gif(content) if b.kind in (_GIF_TEXT, _GIF_APPLICATION))
        yield from (b for b in ours if not content.startswith(_GIF_LOOPS, b.start))


def _palette(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0

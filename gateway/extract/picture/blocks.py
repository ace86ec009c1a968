"""Blocks inside a picture's file that no program shows: of other programs, or of none.

Answers: ``unshown``: the bodies of such blocks in JPEG, PNG, WebP and GIF. What Pillow tells of
the others (EXIF, XMP, IPTC, comments, texts) is read by ``said``.
Trusts: nothing; time is linear in the file.
Fails: never; a file that breaks off has the blocks that it has.
Standards: ITU-T T.81 B.2.4.6, PNG 5.3 and 11, RFC 9649 (WebP), GIF89a sections 23 to 26.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from contextlib import suppress

from gateway.extract.iso_boxes import Stretch

_MARKER = re.compile(rb"\xff+([^\x00\xff])")
_BARE = frozenset((0x01, *range(0xD0, 0xD9)))  # markers without a length: TEM, RSTn, SOI
_EOI, _APPLICATIONS = 0xD9, range(0xE0, 0xF0)
_TOLD = (  # how the segments begin of which Pillow tells, or that hold no words
    *(b"JFIF\0", b"Exif\0", b"http://ns.adobe.com/xap/1.0/\0", b"ICC_PROFILE\0", b"MPF\0"),
    *(b"Photoshop 3.0\0", b"Adobe"),
)
_CHUNKS = frozenset(  # of PNG
    b"IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sBIT sRGB bKGD hIST pHYs tIME tEXt zTXt iTXt eXIf"
    b" acTL fcTL fdAT cICP mDCV cLLI".split()
)
_WEBP = frozenset((b"VP8 ", b"VP8L", b"VP8X", b"ANIM", b"ANMF", b"ALPH", b"ICCP", b"EXIF", b"XMP "))
_GIF_LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")
_GIF_TEXT, _GIF_APPLICATION = 0x01, 0xFF


def unshown(content: bytes) -> list[Stretch]:
    """Return where blocks stand of which nobody tells."""
    found: list[Stretch] = []
    for start, find in (
        (b"\xff\xd8", _jpeg),
        (b"\x89PNG\r\n\x1a\n", _png),
        (b"GIF8", _gif),
        (b"RIFF", _webp),
    ):
        if content.startswith(start):
            with suppress(struct.error, IndexError):
                found.extend(find(content))
    return found


def _jpeg(content: bytes) -> Iterator[Stretch]:
    at = 2
    while (met := _MARKER.search(content, at)) is not None:
        marker, at = met[1][0], met.end()
        if marker == _EOI:
            return
        if marker in _BARE:
            continue
        (length,) = struct.unpack_from(">H", content, at)
        if marker in _APPLICATIONS and not content.startswith(_TOLD, at + 2):
            yield at + 2, at + length
        at += length


def _png(content: bytes) -> Iterator[Stretch]:
    at, kind = 8, b""
    while kind != b"IEND":
        length, kind = struct.unpack_from(">I4s", content, at)
        if kind not in _CHUNKS:
            yield at + 8, at + 8 + length
        at += 12 + int(length)


def _webp(content: bytes) -> Iterator[Stretch]:
    at = 12
    while content.startswith(b"WEBP", 8) and at + 8 <= len(content):
        kind, length = struct.unpack_from("<4sI", content, at)
        if at + 8 + length > 8 + int.from_bytes(content[4:8], "little"):
            return  # it stands behind the picture
        if kind not in _WEBP:
            yield at + 8, at + 8 + length
        at += 8 + length + length % 2


def _gif(content: bytes) -> Iterator[Stretch]:
    at = 13 + _palette(content[10])
    while (kind := content[at]) != 0x3B:
        label = content[at + 1] if kind == 0x21 else 0
        at += 2 if kind == 0x21 else 11 + _palette(content[at + 9])
        start = at
        while (length := content[at]) != 0:
            at += 1 + length
        loops = content.startswith(_GIF_LOOPS, start + 1)
        if label == _GIF_TEXT or (label == _GIF_APPLICATION and not loops):
            yield start, at
        at += 1


def _palette(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0

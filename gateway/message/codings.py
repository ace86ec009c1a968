"""Decoders for what other programs accept: broken codings, and codings of no standard.

Answers: every plausible reading of a run of bytes as base64, quoted-printable, uuencode,
yEnc, BinHex 4.0 (RFC 1741) or gzip64.
Trusts: nothing; used where the floor is broken, or where a coding shows by its look.
Fails: never; what does not decode yields nothing. Linear; unpacked sizes are bounded.
"""

from __future__ import annotations

import binascii
import re
import zlib
from collections.abc import Iterator

_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_NOT_BASE64 = bytes(b for b in range(256) if b not in _ALPHABET + b"=")
_NOT_URL = bytes(b for b in range(256) if b not in _ALPHABET + b"=-_")
_URL = bytes.maketrans(b"-_", b"+/")
_HQX = b"!\"#$%&'()*+,-012345689@ABCDEFGHIJKLMNPQRSTUVXYZ[`abcdefhijklmpqr"
_NOT_HQX = bytes(b for b in range(256) if b not in _HQX)
_FROM_HQX = bytes.maketrans(_HQX, _ALPHABET)
_SOFT_BREAK = re.compile(rb"=[ \t]*(?:\r*\n|\r)[ \t]*")
_HEX = re.compile(rb"=([0-9A-Fa-f]{2})")
_ODD_ESCAPE = re.compile(rb"=(?![0-9A-Fa-f]{2})(?:[0X][xX]?(?==)|X{1,2}| (?==))?")
_YENC_ESCAPE = re.compile(rb"=(.)", re.DOTALL)
_UNYENC = bytes((b - 42) & 255 for b in range(256))
_UNESCAPE = bytes((b - 64) & 255 for b in range(256))
_REPEAT = re.compile(rb"(.)\x90(.)", re.DOTALL)
_BLANKS = b"\r\n\t "
_SHORTEST = 16  # characters that are worth decoding
_BY_QUADS = 256 * 1024  # so much is read quad by quad, which is slow
_ESCAPED = 4  # a large yEnc body has fewer escapes: four bytes of 256 need one
_UNPACKED = 8  # a view is at most so many times as long as what it is made of
_FLOOR_BYTES = 65_536  # … and as much as this in any case


def base64_readings(raw: bytes) -> Iterator[bytes]:
    """Yield what programs make of broken base64: by runs, by lines, at each offset."""
    compact = raw.translate(None, _NOT_BASE64)
    bare = compact.replace(b"=", b"")
    if len(bare) < _SHORTEST:
        return
    yield base64_decoded(raw)
    if len(compact) != len(bare):
        yield b"".join(unpadded(run) for run in compact.split(b"=") if run)
        quads = (compact[i : i + 4] for i in range(0, min(len(compact), _BY_QUADS), 4))
        yield b"".join(unpadded(quad.replace(b"=", b"")) for quad in quads)
    for offset in (1, 2, 3):
        yield unpadded(bare[offset:])
    lines = raw.split()
    if 1 < len(lines) <= len(raw) // 4:
        whole = (line.translate(None, _NOT_BASE64).replace(b"=", b"") for line in lines)
        yield b"".join(unpadded(line[: len(line) // 4 * 4]) for line in whole)
    if b"-" in raw or b"_" in raw:
        yield unpadded(raw.translate(_URL, _NOT_URL).replace(b"=", b""))


def base64_decoded(raw: bytes) -> bytes:
    """Decode base64 whatever stands between its characters, padding left out."""
    return unpadded(raw.translate(None, _NOT_BASE64).replace(b"=", b""))


def unpadded(run: bytes) -> bytes:
    """Decode base64 characters without padding; a last lone character is left."""
    usable = run if len(run) % 4 != 1 else run[:-1]
    return binascii.a2b_base64(usable + b"=" * (-len(usable) % 4)) if usable else b""


def quoted_readings(raw: bytes) -> Iterator[bytes]:
    """Yield what programs make of broken quoted-printable."""
    escapes = raw.count(b"=")
    if escapes == 0 or escapes * 2 > len(raw):  # a byte that is coded takes three
        return
    plain = quoted(raw)
    if plain != raw:
        yield plain
    joined = _SOFT_BREAK.sub(b"", raw)
    yield _unhex(joined)
    yield _unhex(_ODD_ESCAPE.sub(b"", joined))
    compact = _ODD_ESCAPE.sub(b"", joined.translate(None, _BLANKS + b"\x00\x01_"))
    yield _unhex(compact)


def quoted(raw: bytes) -> bytes:
    """Decode quoted-printable as RFC 2045 6.7 has it, blanks before a soft break included."""
    if b"= " in raw or b"=\t" in raw:
        raw = _BLANK_BREAK.sub(rb"=\1", raw)
    return binascii.a2b_qp(raw)


_BLANK_BREAK = re.compile(rb"=[ \t]+(\r?\n)")


def _unhex(text: bytes) -> bytes:
    return _HEX.sub(lambda m: bytes((int(m[1], 16),)), text)


def uudecoded(raw: bytes) -> bytes:
    """Decode every line that can be uuencoded, whatever stands around it."""
    found: list[bytes] = []
    for line in raw.splitlines():
        wanted = ((line[0] - 32 & 63) + 2) // 3 * 4 if line else 0
        if wanted and wanted - 4 <= len(line) - 1 <= wanted + 2 and line[0] > 32:
            try:
                found.append(binascii.a2b_uu(line[: wanted + 1]))
            except binascii.Error:
                continue
    return b"".join(found)


def yenc_decoded(raw: bytes) -> bytes:
    """Decode yEnc, with or without its ``=ybegin`` line."""
    lines = (line for line in raw.split(b"\n") if not line.startswith(b"=y"))
    data = b"\n".join(lines).translate(None, b"\r\n")
    if len(data) > _FLOOR_BYTES and data.count(b"=") * _ESCAPED > len(data):
        return b""
    return _YENC_ESCAPE.sub(lambda m: m[1].translate(_UNESCAPE), data).translate(_UNYENC)


def binhex_decoded(raw: bytes) -> bytes:
    """Decode BinHex 4.0: from the first colon that starts a line, or all of it."""
    start = raw.find(b"\n:") + 1
    body = raw[start:].translate(_FROM_HQX, _NOT_HQX)
    data = unpadded(body)
    if b"\x90" not in data:
        return data
    out: list[bytes] = []
    size = at = 0
    for met in _REPEAT.finditer(data):  # run-length encoding: a byte, 0x90, a count
        plain = data[at : met.start()]
        out += [plain, met[1] * met[2][0] if met[2] != b"\0" else met[1] + b"\x90"]
        size += len(plain) + met[2][0]
        at = met.end()
        if size > bound(len(raw)):
            return b"".join(out)
    return b"".join([*out, data[at:]])


def unpacked(data: bytes) -> bytes:
    """Return what a gzip or zlib stream holds, as far as it goes; ``b""`` for anything else."""
    if not data.startswith((b"\x1f\x8b", b"\x78\x01", b"\x78\x9c", b"\x78\xda")):
        return b""
    try:
        return zlib.decompressobj(47).decompress(data, bound(len(data)))
    except zlib.error:
        return b""


def bound(size: int) -> int:
    """How long a view of ``size`` bytes may become."""
    return max(size * _UNPACKED, _FLOOR_BYTES)

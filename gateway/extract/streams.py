"""Files packed as one stream: gzip, bzip2, xz, lzma and Zstandard.

Answers: the file inside as one member (a tar archive in it is the next reader's), and what
stands behind the last stream as another.
Trusts: nothing that a stream says of its size; what comes out is counted.
Fails: more than the limits, or more than ``ratio`` times the packed bytes, or a dictionary
larger than any that is usual, is ``limit``; a stream that breaks off is ``damaged`` behind
what came out of it.
Standards: RFC 1952 (gzip), RFC 8878 (Zstandard). Several streams one after the other are
one file, as the programs of each format have it.
"""

from __future__ import annotations

import bz2
import lzma
import sys
import zlib
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from gateway.extract.sample import Member, Sample, Yielded
from gateway.model import InspectionLimits, Prose, Unread, UnreadReason

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_RATIO_FLOOR = 10 * 1024 * 1024  # below this a high ratio is ordinary
_CHUNK = 256 * 1024
_ENDINGS = (".gz", ".gzip", ".bz2", ".xz", ".lzma", ".zst", ".zstd")
_SHORT = {".tgz": ".tar", ".tbz": ".tar", ".tbz2": ".tar", ".txz": ".tar", ".tzst": ".tar"}
_GZIP_HEAD = 10  # bytes that every header has
_MOST_SAID = 64 * 1024  # of a name or a comment
_MOST_MEMORY = 256 << 20  # bytes of a dictionary and what goes with it; xz -9 asks for 65 MiB
_LZMA_HEAD = 13  # properties, dictionary size, length: the format has no magic number


class _Unpacker(Protocol):
    eof: bool
    unused_data: bytes

    def decompress(self, data: bytes, max_length: int = ...) -> bytes: ...


class _Gzip:
    """zlib's decompressor with the verbs of the others."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(wbits=31)

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int = 0) -> bytes:
        return self._inner.decompress(self._inner.unconsumed_tail + data, max_length)


_FORMATS: tuple[tuple[bytes, Callable[[], Any]], ...] = (
    (b"\x1f\x8b\x08", _Gzip),
    (b"BZh", bz2.BZ2Decompressor),
    (b"\xfd7zXZ\x00", lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, _MOST_MEMORY)),
    (b"\x28\xb5\x2f\xfd", zstd.ZstdDecompressor),
)


def recognises(sample: Sample) -> bool:
    """Whether it begins as one of these streams does."""
    return _format_of(sample.content) is not None


def read(sample: Sample, limits: InspectionLimits) -> Iterator[Yielded]:
    """Yield the file inside, and what stands behind it."""
    unpacked = bytearray()
    most = min(limits.part_bytes, limits.total_bytes)
    rest, met = sample.content, ""
    while not met and (new := _format_of(rest)) is not None:
        rest, met = _unpack(new(), rest, unpacked, most, limits.ratio)
    if said := _header_words(sample.content):
        for text in sample.decode(said, ""):
            yield Prose(sample.place / "header", text)
    inside = sample.place / (_inner_name(sample.name) or "unpacked")
    yield Member(inside, _inner_name(sample.name), bytes(unpacked))
    if met == "damaged":
        yield Unread(sample.place, UnreadReason.DAMAGED, "packed stream")
    elif met:
        yield Unread(sample.place, UnreadReason.LIMIT, met)
    elif rest.strip(b"\x00"):
        yield Member(sample.place / "trailing data", "", rest)


def _header_words(content: bytes) -> bytes:
    """What a gzip header says besides times: extra field, file name, comment (RFC 1952 2.3)."""
    if not content.startswith(b"\x1f\x8b\x08") or len(content) < _GZIP_HEAD:
        return b""
    flags, at = content[3], _GZIP_HEAD
    said = []
    if flags & 4:
        length = int.from_bytes(content[at : at + 2], "little")
        said.append(content[at + 2 : at + 2 + length])
        at += 2 + length
    for flag in (8, 16):
        if flags & flag:
            end = content.find(b"\x00", at, at + _MOST_SAID)
            end = end if end >= 0 else min(len(content), at + _MOST_SAID)
            said.append(content[at:end])
            at = end + 1
    return b"\n".join(said)


def _unpack(
    unpacker: _Unpacker, packed: bytes, out: bytearray, most: int, ratio: int
) -> tuple[bytes, str]:
    """Append what one stream holds; return what stands behind it and what was met."""
    view, at = memoryview(packed), 0
    try:
        while not unpacker.eof:
            piece = bytes(view[at : at + _CHUNK])
            at += len(piece)
            new = unpacker.decompress(piece, _CHUNK)
            if not new and not piece:
                return b"", "damaged"
            out += new
            if len(out) > most:
                del out[most:]
                return b"", "unpacked bytes"
            if len(out) > _RATIO_FLOOR and len(out) > ratio * len(packed):
                return b"", "ratio"
    except lzma.LZMAError as error:
        return b"", "unpacking memory" if "Memory usage" in str(error) else "damaged"
    except (zlib.error, zstd.ZstdError, OSError, EOFError, ValueError):
        return b"", "damaged"
    return unpacker.unused_data + bytes(view[at:]), ""


def _format_of(content: bytes) -> Callable[[], Any] | None:
    for start, new in _FORMATS:
        if content.startswith(start):
            return new
    return _lzma if _looks_lzma(content) else None


def _lzma() -> Any:
    return lzma.LZMADecompressor(lzma.FORMAT_ALONE, _MOST_MEMORY)


def _looks_lzma(content: bytes) -> bool:
    """The old format by its usual header: default properties and an unknown or sane length."""
    if len(content) <= _LZMA_HEAD or content[0] != 0x5D or content[1:3] != b"\x00\x00":
        return False
    length = content[5:_LZMA_HEAD]
    return length == b"\xff" * 8 or length[5:] == b"\x00" * 3


def _inner_name(name: str) -> str:
    lowered = name.lower()
    for short, long in _SHORT.items():
        if lowered.endswith(short):
            return name[: -len(short)] + long
    for ending in _ENDINGS:
        if lowered.endswith(ending):
            return name[: -len(ending)]
    return name

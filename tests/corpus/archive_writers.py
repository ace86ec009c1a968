"""Archives written byte by byte, for what no program of a test machine writes.

Answers: ZIP members by any packing method, stored RAR 4 and RAR 5, stored LZH, and what a
program (7z, gcab, jlha, genisoimage) makes of one file.
Fails: ``OSError`` when the program is missing; ask ``shutil.which`` first.
Standards: APPNOTE 6.3, RAR 5.0 archive format, technote for RAR 4, LHA level-0 header.
"""

from __future__ import annotations

import os
import random
import struct
import subprocess
import tempfile
import zlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

STORED, DEFLATED, DEFLATE64, BZIP2, LZMA, ZSTD, XZ, PPMD = 0, 8, 9, 12, 14, 93, 95, 98
_UTF8_NAME = 0x800
_RAR5_ENCRYPTED = 1
_NOISE = random.Random("sealed").randbytes(1024)
_WHEN = 1_775_000_000  # of every file that a program is given


@lru_cache(maxsize=4)
def _crc(raw: bytes) -> int:
    """Of a bomb's members, which are one object, it is reckoned once."""
    return zlib.crc32(raw)


@dataclass(frozen=True)
class Packed:
    """One member as it lies in a ZIP."""

    name: bytes
    raw: bytes
    method: int = STORED
    packed: bytes | None = None  # None: as it is
    flags: int = 0
    told_size: int | None = None  # what both headers say of its size; None: the truth
    local_name: bytes | None = None  # where the two headers differ
    listed: bool = True  # whether the directory knows it
    extra: bytes = b""
    comment: bytes = b""

    @property
    def inside(self) -> bytes:
        return self.raw if self.packed is None else self.packed

    def _common(self, name: bytes) -> bytes:
        told = len(self.raw) if self.told_size is None else self.told_size
        return struct.pack(
            "<HHHHHIIIHH", 63, self.flags, self.method, 0, 0x5C00, _crc(self.raw),
            len(self.inside), told, len(name), len(self.extra),
        )  # fmt: skip

    def local(self) -> bytes:
        name = self.name if self.local_name is None else self.local_name
        return b"PK\x03\x04" + self._common(name) + name + self.extra + self.inside

    def central(self, offset: int) -> bytes:
        tail = struct.pack("<HHHII", len(self.comment), 0, 0, 0, offset)
        made_by = b"PK\x01\x02" + struct.pack("<H", 63)
        return made_by + self._common(self.name) + tail + self.name + self.extra + self.comment


def zip_of(*members: Packed, comment: bytes = b"") -> bytes:
    """A ZIP of members as they are given, whatever they claim."""
    body, directory, count = b"", b"", 0
    for member in members:
        if member.listed:
            directory += member.central(len(body))
            count += 1
        body += member.local()
    return body + ending(count, len(directory), len(body), directory, comment)


def ending(count: int, size: int, offset: int, directory: bytes, comment: bytes = b"") -> bytes:
    """A ZIP's directory and the record behind it."""
    end = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, count, count, size, offset, len(comment))
    return directory + end + comment


def utf8(name: str, raw: bytes, method: int = STORED, packed: bytes | None = None) -> Packed:
    """A member whose name is marked as UTF-8."""
    return Packed(name.encode(), raw, method, packed, _UTF8_NAME)


def lzh(name: bytes, content: bytes) -> bytes:
    """A stored (-lh0-) member with a level-0 header, as LHA writes it."""
    crc = 0
    for byte in content:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0xA001 if crc & 1 else 0)
    size = len(content).to_bytes(4, "little")
    head = b"-lh0-" + size + size + b"\0\0\0\0" + b"\x20\0" + bytes([len(name)]) + name
    head += crc.to_bytes(2, "little")
    return bytes([len(head), sum(head) & 0xFF]) + head + content + b"\0"


def rar5(name: str, content: bytes) -> bytes:
    """A RAR 5 with one stored file."""
    spelled = name.encode()
    file = _vints(2, 2, len(content), 4, len(content), 0o644)
    file += zlib.crc32(content).to_bytes(4, "little") + _vints(0, 1, len(spelled)) + spelled
    blocks = _block5(_vints(1, 0, 0)) + _block5(file) + content + _block5(_vints(5, 0, 0))
    return b"Rar!\x1a\x07\x01\x00" + blocks


def rar4(name: bytes, content: bytes) -> bytes:
    """A RAR 4 with one stored file."""
    size = len(content)
    fields = struct.pack(
        "<IIBIIBBHI", size, size, 2, zlib.crc32(content), 0x5C000000, 29, 0x30, len(name), 0x20
    )
    file = _block4(0x74, 0x8000, fields + name)
    main, end = _block4(0x73, 0, bytes(6)), _block4(0x7B, 0x4000, b"")
    return b"Rar!\x1a\x07\x00" + main + file + content + end


def rar5_locked(name: str, content: bytes) -> bytes:
    """A RAR 5 whose one file is said to be encrypted: noise stands for what AES makes of it."""
    sealed, spelled = _noise(content), name.encode()
    record = _vints(_RAR5_ENCRYPTED, 0, 0) + b"\x0f" + _NOISE[:32]  # no check value, salt, IV
    extra = _vints(len(record)) + record
    file = _vints(2, 3, len(extra), len(sealed), 4, len(content), 0o644)
    file += zlib.crc32(content).to_bytes(4, "little") + _vints(0, 1, len(spelled)) + spelled + extra
    blocks = _block5(_vints(1, 0, 0)) + _block5(file) + sealed + _block5(_vints(5, 0, 0))
    return b"Rar!\x1a\x07\x01\x00" + blocks


def rar5_names_locked(content: bytes) -> bytes:
    """A RAR 5 of which all but the first header is encrypted."""
    head = _block5(_vints(4, 0, 0, 0) + b"\x0f" + _NOISE[:16])
    return b"Rar!\x1a\x07\x01\x00" + head + _noise(content)


def rar4_locked(name: bytes, content: bytes) -> bytes:
    """A RAR 4 whose one file is said to be encrypted, with its salt."""
    sealed = _noise(content)
    fields = struct.pack(
        "<IIBIIBBHI", len(sealed), len(content), 2, zlib.crc32(content), 0x5C000000, 29, 0x30,
        len(name), 0x20,
    )  # fmt: skip
    file = _block4(0x74, 0x8404, fields + name + _NOISE[:8])
    main, end = _block4(0x73, 0, bytes(6)), _block4(0x7B, 0x4000, b"")
    return b"Rar!\x1a\x07\x00" + main + file + sealed + end


def rar4_names_locked(content: bytes) -> bytes:
    """A RAR 4 of which all but the first headers is encrypted."""
    return b"Rar!\x1a\x07\x00" + _block4(0x73, 0x80, bytes(6)) + _NOISE[:8] + _noise(content)


def _noise(content: bytes) -> bytes:
    """As many whole blocks of AES as the content needs."""
    return (_NOISE * (len(content) // len(_NOISE) + 1))[: -(-len(content) // 16) * 16]


def by_program(tool: str, name: str, content: bytes, *arguments: str) -> bytes:
    """What a program makes of one file; ``IN`` and ``OUT`` stand for the two names."""
    with tempfile.TemporaryDirectory() as place:
        inside = Path(place, "in")
        inside.mkdir()
        (inside / name).write_bytes(content)
        os.utime(inside / name, (_WHEN, _WHEN))
        out = Path(place, "out.bin")
        words = [a.replace("OUT", str(out)).replace("IN", name) for a in arguments]
        subprocess.run([tool, *words], cwd=inside, check=True, capture_output=True)
        return out.read_bytes()


def _vints(*values: int) -> bytes:
    out = bytearray()
    for value in values:
        while value > 0x7F:
            out.append(value & 0x7F | 0x80)
            value >>= 7
        out.append(value)
    return bytes(out)


def _block5(fields: bytes) -> bytes:
    sized = _vints(len(fields)) + fields
    return zlib.crc32(sized).to_bytes(4, "little") + sized


def _block4(kind: int, flags: int, fields: bytes) -> bytes:
    rest = struct.pack("<BHH", kind, flags, 7 + len(fields)) + fields
    return (zlib.crc32(rest) & 0xFFFF).to_bytes(2, "little") + rest

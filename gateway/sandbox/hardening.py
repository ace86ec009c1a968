"""What a worker gives up before it touches hostile bytes.

Answers: ``renounce`` drops what the whole life of a worker may not have; ``allow_cpu``
grants one job its CPU seconds.
Trusts: the kernel (Linux prctl(2), setrlimit(2)).
Fails: ``OSError`` when the kernel refuses; the worker then ends and never serves.
RLIMIT_FSIZE is 0, so a worker can write no file; RLIMIT_NPROC binds every user but root.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 1, 4, 38
_OPEN_FILES = 64


def renounce(memory_bytes: int, parent: int) -> None:
    """Die with the parent, gain no rights, write nothing, start nothing, stay in bounds."""
    libc = ctypes.CDLL(None, use_errno=True)
    for option, value in (
        (_PR_SET_PDEATHSIG, signal.SIGKILL),
        (_PR_SET_NO_NEW_PRIVS, 1),
        (_PR_SET_DUMPABLE, 0),
    ):
        if libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl refused")
    if os.getppid() != parent:  # it died before we asked to be told
        raise OSError("the parent is gone")
    for limit, value in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
        (resource.RLIMIT_NPROC, 0),
    ):
        resource.setrlimit(limit, (value, value))


def allow_cpu(seconds: int) -> None:
    """Let the process use ``seconds`` more of CPU time; beyond them SIGXCPU ends it."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + 1 + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))

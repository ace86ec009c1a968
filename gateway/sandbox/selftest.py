"""What a worker must not be able to do, tried in a real one before any mail is read.

Answers: ``attempt``, a target like any other: a JSON list of the acts that worked, in the
order of ``ACTS``; the list is empty where the walls stand.
Trusts: nothing. No act does harm where it works, but for ``exec``: the worker is replaced
then, which its parent sees as a crash.
Fails: never; an act that ends in any exception has not worked.
"""

from __future__ import annotations

import ctypes
import errno
import json
import mmap
import os
import socket
from collections.abc import Callable
from typing import NoReturn

from gateway.sandbox.worker import Line

_UNREACHABLE = (errno.EPERM, errno.EACCES, errno.ENETUNREACH, errno.ENETDOWN, errno.EAFNOSUPPORT)
_TRACE_ME = 0


def attempt(head: bytes, content: bytes, line: Line) -> bytes:
    """Try every act; return the names of those that worked."""
    line.native()  # it has been somewhere: no mail for this one
    worked: list[str] = []
    for name, act in ACTS.items():
        line.at(0, ",".join((*worked, name)))  # should the act be the end of this worker
        try:
            worked += [name] if act() else []
        except (OSError, MemoryError, ValueError):
            continue
    return json.dumps(worked).encode()


def _read_file() -> bool:
    with open("/etc/passwd", "rb") as file:
        return bool(file.read(1))


def _write_file() -> bool:
    descriptor = os.open("/tmp", os.O_TMPFILE | os.O_WRONLY, 0o600)  # noqa: S108 (never linked)
    os.close(descriptor)
    return True


def _list_files() -> bool:
    return bool(os.listdir("/"))


def _connect(kind: int) -> bool:
    with socket.socket(socket.AF_INET, kind) as s:
        s.setblocking(False)
        return s.connect_ex(("127.0.0.1", 9)) not in _UNREACHABLE


def _fork() -> bool:
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    return True


def _signal_parent() -> bool:
    os.kill(os.getppid(), 0)
    return True


def _trace() -> bool:
    return bool(ctypes.CDLL(None).ptrace(_TRACE_ME, 0, 0, 0) == 0)


def _run_memory() -> bool:
    with mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC):
        return True


def _exec() -> NoReturn:
    os.execve("/bin/true", ["true"], {})  # noqa: S606 (the act is to fail)


ACTS: dict[str, Callable[[], bool]] = {
    "read-file": _read_file,
    "write-file": _write_file,
    "list-files": _list_files,
    "connect": lambda: _connect(socket.SOCK_STREAM),
    "send-datagram": lambda: _connect(socket.SOCK_DGRAM),
    "signal-parent": _signal_parent,
    "fork": _fork,
    "trace": _trace,
    "run-memory": _run_memory,
    "exec": _exec,
}

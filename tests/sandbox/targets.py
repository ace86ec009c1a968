"""Functions that the pool's tests run in workers."""

from __future__ import annotations

import ctypes
import json
import mmap
import os
import resource
import signal
import socket
import time
from functools import partial

from gateway.sandbox.worker import Line


def echo(head: bytes, content: bytes, line: Line) -> bytes:
    return head + content


def obey(head: bytes, content: bytes, line: Line) -> bytes:
    """Do what the head names, or answer with it."""
    word = head.decode()
    line.at(1, f"at {word}")
    if word == "native":
        line.native()
    if word == "moves":
        return _move(line)
    if word == "child-hangs":
        return _child_hangs(line)
    return _DEEDS.get(word, lambda: head)()


def _hang() -> bytes:
    time.sleep(60)
    return b""


def _move(line: Line) -> bytes:
    for part in range(1, 12):
        line.at(part, "")
        time.sleep(0.05)
    return b"moved"


def _child_hangs(line: Line) -> bytes:
    child = os.fork()
    if child == 0:
        time.sleep(60)
        os._exit(0)
    line.at(1, str(child))
    time.sleep(60)
    return b""


def _spin() -> bytes:
    while True:
        pass


def _end() -> bytes:
    os._exit(3)


def _raise() -> bytes:
    raise ValueError("a text that nobody may see")


def _refused(word: str) -> bytes:
    """What the kernel says to one deed, or ``done``."""
    try:
        _FORBIDDEN[word]()
    except OSError as error:
        return str(error.strerror).encode()
    except ValueError:  # how ``resource`` says it
        return b"Operation not permitted"
    return b"done"


def _trace(request: int, pid: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.ptrace(request, pid, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _call(number: int, *arguments: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.syscall(number, *arguments) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _fork() -> None:
    if os.fork() == 0:
        os._exit(0)


_FORBIDDEN = {
    "read": lambda: open("/etc/passwd", "rb").close(),
    "read-relative": lambda: open("anything", "rb").close(),
    "write": lambda: open("/tmp/sekisho-worker-test", "wb").close(),
    "make-directory": lambda: os.mkdir("sekisho-worker-test"),
    "delete": lambda: os.unlink("/etc/hostname"),
    "list": lambda: os.listdir("/"),
    "socket": lambda: socket.socket().close(),
    "unix-socket": lambda: socket.socket(socket.AF_UNIX).close(),
    "fork": _fork,
    "exec": lambda: os.execve("/bin/true", ["true"], {}),
    "kill-parent": lambda: os.kill(os.getppid(), signal.SIGKILL),
    "kill-all": lambda: os.kill(-1, 0),
    "kill-group": lambda: os.killpg(os.getppid(), 0),
    "trace": lambda: _trace(16, os.getppid()),  # PTRACE_ATTACH
    "be-traced": lambda: _trace(0, 0),
    "unshare": lambda: _call(272, 0x10000000),
    "mount": lambda: _call(165, 0, 0, 0, 0, 0),
    "read-memory-of-others": lambda: _call(310, os.getppid(), 0, 0, 0, 0, 0),
    "keyctl": lambda: _call(250, 0, 0, 0, 0, 0),
    "bpf": lambda: _call(321, 0, 0, 0),
    "userfaultfd": lambda: _call(323, 0),
    "io-uring": lambda: _call(425, 1, 0),
    "limits-of-others": lambda: resource.prlimit(os.getppid(), resource.RLIMIT_CPU, (1, 1)),
    "more-memory": lambda: resource.setrlimit(resource.RLIMIT_AS, (1 << 50, 1 << 50)),
    "executable-memory": lambda: mmap.mmap(-1, 4096, prot=7).close(),
}


def _status() -> bytes:
    return json.dumps(
        {
            "files": [n for n in range(64) if _is_open(n)],
            "core": resource.getrlimit(resource.RLIMIT_CORE),
        }
    ).encode()


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


_DEEDS = {
    "hang": _hang,
    "spin": _spin,
    "eat": lambda: bytes(1 << 40),
    "eat-within-reach": lambda: bytes(300 << 20),
    "end": _end,
    "raise": _raise,
    "status": _status,
    "pid": lambda: str(os.getpid()).encode(),
    "environment": lambda: json.dumps(dict(os.environ)).encode(),
    "too-long": lambda: bytes(5000),
    "charset": lambda: "個人番号".encode("iso2022_jp_2004"),
} | {word: partial(_refused, word) for word in _FORBIDDEN}

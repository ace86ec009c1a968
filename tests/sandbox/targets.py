"""Functions that the pool's tests run in workers."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable

Progress = Callable[[str], None]


def echo(payload: bytes, progress: Progress) -> bytes:
    return payload


def obey(payload: bytes, progress: Progress) -> bytes:
    """Do what the payload names, or answer with it."""
    word = payload.decode()
    progress(f"at {word}")
    return _DEEDS.get(word, lambda: payload)()


def _hang() -> bytes:
    time.sleep(60)
    return b""


def _spin() -> bytes:
    while True:
        pass


def _eat() -> bytes:
    return bytes(1 << 40)


def _end() -> bytes:
    os._exit(3)


def _raise() -> bytes:
    raise ValueError("a text that nobody may see")


def _write_file() -> bytes:
    try:
        with open("/tmp/sekisho-worker-test", "wb") as file:
            file.write(b"x")
    except OSError:
        return b"refused"
    return b"written"


def _status() -> bytes:
    with open("/proc/self/status", "rb") as file:
        return file.read()


_DEEDS = {
    "hang": _hang,
    "spin": _spin,
    "eat": _eat,
    "end": _end,
    "raise": _raise,
    "write": _write_file,
    "status": _status,
    "pid": lambda: str(os.getpid()).encode(),
    "environment": lambda: repr(dict(os.environ)).encode(),
    "stdin": lambda: (
        os.readlink("/proc/self/fd/0").encode() if os.path.exists("/proc/self/fd/0") else b""
    ),
    "too-long": lambda: bytes(5000),
    "sockets": lambda: socket.gethostname().encode(),
}

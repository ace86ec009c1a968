"""The worker's side: one process that serves jobs over an inherited socket.

Answers: reads a job, calls the target with it, sends the result; again and again.
Trusts: its parent, for what to run and for the limits; nothing that stands in a job.
Fails: by ending itself. An exception's text could hold content, so none is sent or
printed; the exit status says only whether memory ran out.
The target is ``function(payload: bytes, progress: Callable[[str], None]) -> bytes``; it
is imported, with all it needs, before rights are given up.
"""

from __future__ import annotations

import errno
import importlib
import os
import socket
from collections.abc import Callable

from gateway.sandbox import frames
from gateway.sandbox.hardening import allow_cpu, renounce

Progress = Callable[[str], None]
Target = Callable[[bytes, Progress], bytes]

EXIT_OUT_OF_MEMORY = errno.ENOMEM
EXIT_FAILED = 70  # EX_SOFTWARE


def serve(spec: dict[str, object], wire: socket.socket) -> None:
    """Serve jobs until the parent closes its end."""
    target = load(str(spec["target"]))
    renounce(_number(spec, "memory_bytes"), _number(spec, "parent"))
    _send(wire, frames.READY, b"")
    while True:
        head = _receive(wire, frames.HEAD.size)
        if not head:
            return
        _, length = frames.parse_head(head, {frames.JOB: 0xFFFFFFFF})
        allow_cpu(_number(spec, "cpu_s"))
        payload = _receive(wire, length)
        result = target(payload, lambda note: _send(wire, frames.PROGRESS, _note(note)))
        del payload
        _send(wire, frames.RESULT, result)


def load(name: str) -> Target:
    """Return the function that ``package.module:function`` names."""
    module, _, function = name.partition(":")
    target: Target = getattr(importlib.import_module(module), function)
    return target


def _number(spec: dict[str, object], key: str) -> int:
    value = spec[key]
    if not isinstance(value, int):
        raise TypeError(key)
    return value


def _note(text: str) -> bytes:
    return text.encode("utf-8", "replace")[: frames.PROGRESS_BYTES]


def _send(wire: socket.socket, kind: int, payload: bytes) -> None:
    wire.sendall(frames.head(kind, len(payload)) + payload)


def _receive(wire: socket.socket, length: int) -> bytes:
    """Return exactly ``length`` bytes, or ``b""`` when the parent is gone."""
    buffer = bytearray(length)
    view, got = memoryview(buffer), 0
    while got < length:
        n = wire.recv_into(view[got:])
        if n == 0:
            return b""
        got += n
    return bytes(buffer)


def main(spec: dict[str, object]) -> None:
    """Serve as ``spec`` says; never return to an interpreter that would print a traceback."""
    status = 0
    try:
        serve(spec, socket.socket(fileno=_number(spec, "fd")))
    except MemoryError:
        status = EXIT_OUT_OF_MEMORY
    except BaseException:
        status = EXIT_FAILED
    os._exit(status)

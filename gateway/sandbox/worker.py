"""The worker's side: one process, forked from the zygote, that serves jobs over a socket.

Answers: reads a job, calls the target with it, sends the result; again and again.
Trusts: its parent, for what to run and for the limits; nothing that stands in a job.
Fails: by ending itself. An exception's text could hold content, so none is sent or
printed; the exit status says only whether memory ran out.
The target is ``function(head: bytes, content: bytes, line: Line) -> bytes``; the zygote has
imported it, with all it needs: after ``renounce`` no file can be opened.
"""

from __future__ import annotations

import errno
import json
import mmap
import os
import socket
from collections.abc import Callable, Collection
from dataclasses import dataclass

from gateway.sandbox import frames
from gateway.sandbox.handoff import received
from gateway.sandbox.hardening import allow_cpu, renounce
from gateway.sandbox.layers import Layer

EXIT_OUT_OF_MEMORY = errno.ENOMEM
EXIT_FAILED = 70  # EX_SOFTWARE


@dataclass(frozen=True, slots=True)
class Terms:
    """What the zygote gives each worker on its way."""

    layers: Collection[Layer]  # that it is to take itself
    held: Collection[Layer]  # that the zygote took for all
    memory_bytes: int  # address space, what is mapped already included
    cpu_s: int  # CPU seconds of one job
    filter: bytes  # of system calls; empty when there is none for this machine
    parent: int  # process id of the zygote


class Line:
    """How a target tells its parent what it does, without waiting for anything."""

    def __init__(self, wire: socket.socket, page: mmap.mmap) -> None:
        self._wire = wire
        self._page = page
        self._step = 0
        self._native = False

    def at(self, part: int, note: str) -> None:
        """Say which part is read from now on; for the parent's clock, and for a post-mortem.

        Args:
            part: the target's own count of the parts of this job, from 1; 0 is none of them.
            note: what people call it, masked: it may be logged and shown.
        """
        self._step += 1
        told = frames.page(self._step, part, note)
        self._page[: len(told)] = told

    def native(self) -> None:
        """Say, before it happens, that foreign native code will read this job.

        What was said cannot be taken back: this worker will not be given another job.
        """
        if not self._native:
            self._native = True
            _send(self._wire, frames.NATIVE, b"")


Target = Callable[[bytes, bytes, Line], bytes]


def live(target: Target, wire: socket.socket, page_fd: int, arena: int, terms: Terms) -> None:
    """Be a worker, and end; never return to the zygote's code."""
    status = 0
    try:
        _serve(target, wire, page_fd, arena, terms)
    except MemoryError:
        status = EXIT_OUT_OF_MEMORY
    except BaseException:
        status = EXIT_FAILED
    os._exit(status)


def _serve(target: Target, wire: socket.socket, page_fd: int, arena: int, terms: Terms) -> None:
    """Serve jobs until the parent closes its end."""
    os.setsid()  # killed as a group
    page = mmap.mmap(page_fd, frames.PAGE_BYTES)
    os.close(page_fd)
    held = [*terms.held, *renounce(terms.layers, terms.memory_bytes, terms.filter, terms.parent)]
    _send(wire, frames.READY, json.dumps(held).encode())
    while True:
        raw, descriptors, _, _ = socket.recv_fds(wire, frames.HEAD.size, 1)
        if not raw:
            return
        _, length = frames.parse_head(raw, {frames.JOB: 0xFFFFFFFF})
        allow_cpu(terms.cpu_s)
        head, content = received(descriptors[0] if descriptors else arena, length)
        if descriptors:
            os.close(descriptors[0])
        result = target(head, content, Line(wire, page))
        del head, content
        _send(wire, frames.RESULT, result)


def _send(wire: socket.socket, kind: int, payload: bytes) -> None:
    wire.sendall(frames.head(kind, len(payload)))
    wire.sendall(payload)

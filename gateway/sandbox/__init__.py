"""sandbox: runs a function on hostile bytes in a warm, hardened process.

Answers: ``WorkerPool.run(head, content)`` returns the function's bytes.
Trusts: nothing that comes out of a worker; knows nothing of mail.
Fails: a job that hangs, crashes or eats memory raises; the pool serves on.
Three kinds of process: the parent (``pool``, ``process``, ``zygote``) executes one zygote
(``forks``), which loads everything, goes where nothing is, and forks the workers (``worker``).
"""

from gateway.sandbox.errors import (
    WorkerCrashed,
    WorkerError,
    WorkerOutOfMemory,
    WorkerTimeout,
    WorkerUnavailable,
)
from gateway.sandbox.layers import ALL, Confinement, Layer
from gateway.sandbox.pool import WorkerPool
from gateway.sandbox.zygote import WorkerLimits

__all__ = [
    "ALL",
    "Confinement",
    "Layer",
    "WorkerCrashed",
    "WorkerError",
    "WorkerLimits",
    "WorkerOutOfMemory",
    "WorkerPool",
    "WorkerTimeout",
    "WorkerUnavailable",
]

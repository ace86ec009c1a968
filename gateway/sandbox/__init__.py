"""sandbox: runs a function on hostile bytes in a warm, hardened process.

Answers: ``WorkerPool.run(payload)`` returns the function's bytes.
Trusts: nothing that comes out of a worker; knows nothing of mail.
Fails: a job that hangs, crashes or eats memory raises; the pool serves on.
"""

from gateway.sandbox.errors import (
    WorkerCrashed,
    WorkerError,
    WorkerOutOfMemory,
    WorkerTimeout,
    WorkerUnavailable,
)
from gateway.sandbox.pool import WorkerPool
from gateway.sandbox.process import WorkerLimits

__all__ = [
    "WorkerCrashed",
    "WorkerError",
    "WorkerLimits",
    "WorkerOutOfMemory",
    "WorkerPool",
    "WorkerTimeout",
    "WorkerUnavailable",
]

"""How a job in a worker fails.

Answers: the exceptions of this room; all are temporary for an SMTP client (451) unless
the caller knows better.
Trusts: nothing. The text of each is ours; ``at`` came from a worker, is no part of the
text, and is to be treated as hostile.

::

    SekishoError
    └── WorkerError
        ├── WorkerUnavailable     no worker became free or would start
        ├── WorkerTimeout         wall clock or CPU limit met; the worker was killed
        └── WorkerCrashed         it ended, or broke the protocol
            └── WorkerOutOfMemory it met its memory limit
"""

from __future__ import annotations

from gateway.errors import SekishoError
from gateway.sandbox.frames import Whereabouts


class WorkerError(SekishoError):
    """A job got no answer."""

    def __init__(self, message: str, at: Whereabouts | None = None) -> None:
        super().__init__(message)
        self.at = at or Whereabouts()  # what the worker last said it was doing


class WorkerUnavailable(WorkerError):  # noqa: N818 (a state, as the tree names it)
    """No worker became free in time, or none would start."""


class WorkerTimeout(WorkerError):  # noqa: N818
    """The job, or one part of it, took longer than its wall clock or CPU limit."""


class WorkerCrashed(WorkerError):  # noqa: N818
    """The worker ended or answered against the protocol."""


class WorkerOutOfMemory(WorkerCrashed):
    """The worker met its memory limit and ended itself."""

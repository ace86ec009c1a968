"""inspection: what a mail holds, and how much of it was read.

Answers: ``inspect_now`` (here, every reader), ``Inspector`` (plain text here, the rest in
workers that run ``TARGET``), ``wrap`` (a bare document as a mail).
Trusts: nothing in a mail, and nothing that a worker says of it.
Fails: a part that cannot be read is named; a worker that fails is never a pass.
"""

from gateway.inspection.engine import inspect_now, inspect_plain
from gateway.inspection.inspector import Inspector
from gateway.inspection.wrap import is_mail, wrap

TARGET = "gateway.inspection.job:inspect"  # for ``WorkerPool``

__all__ = ["TARGET", "Inspector", "inspect_now", "inspect_plain", "is_mail", "wrap"]

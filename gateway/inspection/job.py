"""What runs in a worker.

Answers: ``inspect``, the target of the pool: a payload in, the JSON of an inspection out.
Trusts: the payload's head, which comes from the gateway; the mail in it is hostile.
Fails: by an exception, which ends the worker.
Importing this module loads every reader, so that a worker has them before it gives up
its rights; the gateway's own process never imports it.
"""

from __future__ import annotations

from gateway import extract
from gateway.inspection import wire
from gateway.inspection.engine import inspect_now
from gateway.inspection.payload import told
from gateway.masking import mask
from gateway.model import Place
from gateway.sandbox.worker import Progress

_NOTE_CHARS = 1000

extract.warm()


def inspect(payload: bytes, progress: Progress) -> bytes:
    """Inspect the mail in ``payload``; return the JSON of the inspection."""
    content, limits = told(payload)
    return wire.dumps(inspect_now(content, limits, lambda place: progress(note(place))))


def note(place: Place) -> str:
    """Return a place as a progress note, masked: the note may be logged and shown."""
    return " / ".join(mask(step) for step in place.steps)[:_NOTE_CHARS]

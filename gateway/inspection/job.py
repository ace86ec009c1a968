"""What runs in a worker.

Answers: ``inspect``, the target of the pool: a mail in, the JSON of an inspection out.
Trusts: the head of the job, which comes from the gateway; the mail in it is hostile.
Fails: by an exception, which ends the worker.
Importing this module loads every reader and all its files, since a worker can open none;
the gateway's own process never imports it.
"""

from __future__ import annotations

from gateway import extract
from gateway.inspection import wire
from gateway.inspection.engine import inspect_now
from gateway.inspection.payload import told
from gateway.masking import mask
from gateway.model import Place
from gateway.sandbox.worker import Line

_NOTE_CHARS = 1000

extract.warm()


def inspect(head: bytes, content: bytes, line: Line) -> bytes:
    """Inspect the mail in ``content``; return the JSON of the inspection."""
    asked = told(head)
    found = inspect_now(
        content,
        asked.limits,
        progress=lambda part, place: line.at(part, note(place)),
        lost=asked.lost,
        before_native=line.native,
        pictures=asked.pictures,
        patterns=asked.patterns,
        passwords=asked.passwords,
    )
    return wire.dumps(found, asked.pictures.empty)


def note(place: Place) -> str:
    """Return a place as a progress note, masked: the note may be logged and shown."""
    return " / ".join(mask(step) for step in place.steps)[:_NOTE_CHARS]

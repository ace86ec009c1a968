"""What runs in a worker when somebody asks why.

Answers: ``explain``, a target of the pool: a mail in, JSON of every number that was
considered out; ``considered`` the same here and now.
Trusts: the head of the job; the mail is hostile. What is told holds no digit: places are
masked, and of a number only its form and the evidence is said.
Fails: by an exception, which ends the worker.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from gateway import extract
from gateway.detect import Context
from gateway.detect.explanation import told as told_of
from gateway.inspection.payload import told
from gateway.inspection.walk import Walk
from gateway.masking import mask
from gateway.message import parse
from gateway.model import InspectionLimits, Unit
from gateway.sandbox.worker import Line

MOST_TOLD = 1000  # numbers of one mail

extract.warm()


def explain(head: bytes, content: bytes, line: Line) -> bytes:
    """Tell of every number that was considered in the mail."""
    rows = considered(content, told(head).limits, before_native=line.native)
    return json.dumps(rows, ensure_ascii=False).encode()


def considered(
    content: bytes,
    limits: InspectionLimits,
    *,
    before_native: Callable[[], None] = lambda: None,
) -> list[dict[str, Any]]:
    """Return place, masked number, confidence and evidence of each number, in reading order."""
    rows: list[dict[str, Any]] = []

    def witness(unit: Unit, context: Context) -> None:
        for one in told_of(unit, context):
            if len(rows) >= MOST_TOLD:
                return
            rows.append(
                {
                    "part": mask(str(one.place)),
                    "shown": one.shown,
                    "confidence": one.confidence,
                    "evidence": [[reason, round(weight, 1)] for reason, weight in one.evidence],
                }
            )

    Walk(
        limits,
        partial(extract.read, before_native=before_native),
        partial(extract.media_type, before_native=before_native),
        lambda part, place: None,
        witness=witness,
    ).mail(parse(content, limits))
    return rows

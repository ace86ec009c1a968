"""An inspection as JSON, across the border to a worker that may be hostile.

Answers: ``dumps`` and ``loads``.
Trusts: nothing in what ``loads`` is given: every key, type, range and word is checked,
strings are bounded, and what is ours to name (reasons, details, media types) must look
like it. Digits in place of a reason do not get through.
Fails: ``loads`` raises ``WireError``, whose text holds nothing of the input.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from gateway.errors import InspectionError
from gateway.model import (
    Confidence,
    Detected,
    Finding,
    HeaderFacts,
    Inspection,
    PartCoverage,
    Persons,
    Place,
    Unread,
    UnreadReason,
)

_WORD = re.compile(r"[a-z][a-z0-9-]{0,63}")
_DETAIL = re.compile(r"[A-Za-z0-9 ./+;=_-]{0,128}")
_LONG_NUMBER = re.compile(r"\d{10}")
_KEYS = frozenset(
    (
        "findings",
        "persons",
        "detected",
        "parts",
        "unread",
        "attachments",
        "inside",
        "headers",
        "elapsed_ms",
        "empty",
    )
)
_MARK = re.compile(r"[0-9a-f]{32}(?::[0-9a-f]{32})?")  # of a picture, by ``pictures.name``
_NAME = re.compile(r"[a-z0-9.-]{3,253}")  # of a domain
_MOST = 100_000  # entries of a list
_LONGEST = 300_000  # characters of a string
_MOST_BYTES = 1 << 40


class WireError(InspectionError):
    """What came over the border is no inspection."""


def dumps(inspection: Inspection, empty: Sequence[str] = ()) -> bytes:
    """Return an inspection as JSON, with digests of pictures that hold no number."""
    told = {
        "findings": [
            [f.detector, f.confidence, f.count, f.place.steps, f.reasons]
            for f in inspection.findings
        ],
        "persons": [
            inspection.persons.certain,
            inspection.persons.likely,
            inspection.persons.possible,
        ],
        "detected": [[d.detector, d.certain, d.likely, d.possible] for d in inspection.detected],
        "parts": [[p.place.steps, p.media_type, p.size_bytes, p.read] for p in inspection.parts],
        "unread": [[u.place.steps, u.reason, u.detail] for u in inspection.unread],
        "attachments": inspection.attachments,
        "inside": [inspection.domains, inspection.greets_another],
        "headers": [
            inspection.headers.subject,
            inspection.headers.header_from,
            inspection.headers.recipients,
            inspection.headers.message_id,
        ],
        "elapsed_ms": inspection.elapsed_ms,
        "empty": list(empty),
    }
    return json.dumps(told, ensure_ascii=False).encode("utf-8", "surrogatepass")


def loads(raw: bytes) -> Inspection:
    """Return the inspection that ``raw`` is, after checking all of it."""
    return answer(raw)[0]


def answer(raw: bytes) -> tuple[Inspection, tuple[str, ...]]:
    """Return the inspection, and the pictures that the worker says hold no number."""
    try:
        told = json.loads(raw.decode("utf-8", "replace"))
    except (ValueError, RecursionError) as error:
        raise WireError("no JSON") from error
    if not isinstance(told, dict) or told.keys() != _KEYS:
        raise WireError("keys")
    domains, greets_another = _inside(told["inside"])
    inspection = Inspection(
        findings=tuple(_finding(f) for f in _list(told["findings"])),
        persons=_persons(told["persons"]),
        detected=tuple(_detected(d) for d in _list(told["detected"])),
        parts=tuple(_part(p) for p in _list(told["parts"])),
        unread=tuple(_unread(u) for u in _list(told["unread"])),
        attachments=_count(told["attachments"]),
        domains=domains,
        greets_another=greets_another,
        headers=_headers(told["headers"]),
        elapsed_ms=_milliseconds(told["elapsed_ms"]),
    )
    if not inspection.parts and not inspection.unread:
        raise WireError("nothing was read, and nothing was left unread")
    return inspection, tuple(_mark(m) for m in _list(told["empty"]))


def _finding(told: Any) -> Finding:
    detector, confidence, count, place, reasons = _list(told, 5)
    if confidence not in tuple(Confidence):
        raise WireError("confidence")
    words = tuple(_word(r) for r in _list(reasons))
    return Finding(_word(detector), Confidence(confidence), _count(count), _place(place), words)


def _persons(told: Any) -> Persons:
    certain, likely, possible = (_count(n) for n in _list(told, 3))
    if not certain <= likely <= possible:
        raise WireError("persons")
    return Persons(certain, likely, possible)


def _detected(told: Any) -> Detected:
    detector, *counts = _list(told, 4)
    persons = _persons(counts)
    return Detected(_word(detector), persons.certain, persons.likely, persons.possible)


def _part(told: Any) -> PartCoverage:
    place, media_type, size, read = _list(told, 4)
    if not isinstance(read, bool):
        raise WireError("read")
    return PartCoverage(_place(place), _detail(media_type), _count(size), read)


def _unread(told: Any) -> Unread:
    place, reason, detail = _list(told, 3)
    if reason not in tuple(UnreadReason):
        raise WireError("reason")
    return Unread(_place(place), UnreadReason(reason), _detail(detail))


def _inside(told: Any) -> tuple[tuple[str, ...], bool]:
    domains, greets_another = _list(told, 2)
    if not isinstance(greets_another, bool):
        raise WireError("greeting")
    names = tuple(_string(d) for d in _list(domains))
    if not all(_NAME.fullmatch(name) for name in names):
        raise WireError("domain")
    return names, greets_another


def _headers(told: Any) -> HeaderFacts:
    subject, header_from, recipients, message_id = _list(told, 4)
    return HeaderFacts(
        _string(subject),
        tuple(_string(a) for a in _list(header_from)),
        tuple(_string(a) for a in _list(recipients)),
        _string(message_id),
    )


def _place(told: Any) -> Place:
    steps = tuple(_string(s) for s in _list(told))
    if not steps:
        raise WireError("place")
    return Place(steps)


def _list(told: Any, length: int | None = None) -> list[Any]:
    if not isinstance(told, list) or len(told) > _MOST or len(told) != (length or len(told)):
        raise WireError("list")
    return told


def _string(told: Any) -> str:
    if not isinstance(told, str) or len(told) > _LONGEST:
        raise WireError("string")
    return told


def _word(told: Any) -> str:
    if _WORD.fullmatch(_string(told)) is None or _LONG_NUMBER.search(told):
        raise WireError("word")
    return str(told)


def _detail(told: Any) -> str:
    if _DETAIL.fullmatch(_string(told)) is None or _LONG_NUMBER.search(told):
        raise WireError("detail")
    return str(told)


def _mark(told: Any) -> str:
    if _MARK.fullmatch(_string(told)) is None:
        raise WireError("mark")
    return str(told)


def _count(told: Any) -> int:
    if not isinstance(told, int) or isinstance(told, bool) or not 0 <= told <= _MOST_BYTES:
        raise WireError("count")
    return told


def _milliseconds(told: Any) -> float:
    if isinstance(told, bool) or not isinstance(told, (int, float)) or not 0 <= told < 1e9:
        raise WireError("time")
    return float(told)

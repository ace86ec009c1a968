"""Where a list goes on, as a word that a program gives back unread.

Answers: ``write`` and ``queue_key``, ``incident_key``, ``places`` to read one.
Trusts: nothing: a cursor says where to begin and gives no right, so it needs no signature, but
whatever it holds is checked before a database sees it.
Fails: ``TroubleError`` (422) for a word that is none of ours.
"""

from __future__ import annotations

import base64
import json
import re
from datetime import UTC, datetime
from typing import Any

from gateway.console.api.problems import TroubleError, Wrong
from gateway.store import Key

PATTERN = r"^[A-Za-z0-9_-]{1,4000}$"
LATEST = "latest"  # in place of a cursor: what happens from now on
_WRITER = re.compile(r"[A-Za-z0-9.@-]{1,128}")  # a role, and a machine's name behind it
_ID = re.compile(r"[a-z]{4}-[a-z]{4}-[a-z]{4}")
_MOST = 2**63
_WRITERS = 200  # that share one store


def write(told: object) -> str:
    """Return a cursor."""
    said = json.dumps(told, separators=(",", ":"), default=_instant).encode()
    return base64.urlsafe_b64encode(said).decode().rstrip("=")


def queue_key(word: str) -> Key:
    """Return the place in the queue."""
    grade, ends, hold_id = _read(word, 3)
    return _number(grade), _when(ends), _identifier(hold_id)


def incident_key(word: str) -> tuple[datetime, str]:
    """Return the place in the list of incidents."""
    opened, incident_id = _read(word, 2)
    return _when(opened), _identifier(incident_id)


def places(word: str) -> dict[str, int]:
    """Return the place in the log; its beginning for an empty word."""
    if not word:
        return {}
    found = _loaded(word)
    if not isinstance(found, dict) or len(found) > _WRITERS:
        raise _none()
    if not all(isinstance(w, str) and _WRITER.fullmatch(w) for w in found):
        raise _none()
    return {writer: _number(seq) for writer, seq in found.items()}


def _read(word: str, count: int) -> list[Any]:
    found = _loaded(word)
    if not isinstance(found, list) or len(found) != count:
        raise _none()
    return found


def _loaded(word: str) -> Any:
    try:
        return json.loads(base64.urlsafe_b64decode(word + "=" * (-len(word) % 4)))
    except (ValueError, RecursionError):
        raise _none() from None


def _number(value: Any) -> int:
    if type(value) is int and 0 <= value < _MOST:
        return value
    raise _none()


def _when(value: Any) -> datetime:
    try:
        at = datetime.fromisoformat(value)
        if at.tzinfo is not None and 1970 < at.year < 9999:
            return at.astimezone(UTC)
    except (ValueError, TypeError):
        pass
    raise _none()


def _identifier(value: Any) -> str:
    if isinstance(value, str) and _ID.fullmatch(value):
        return value
    raise _none()


def _instant(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    raise TypeError


def _none() -> TroubleError:
    return TroubleError("invalid", errors=[Wrong(at="after", detail="is no cursor of this list")])

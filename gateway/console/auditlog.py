"""The audit log: what people and clocks did, whether it is whole, and the log as a file.

Answers: the page with its filters, a verification under way or what the last one came to, the
export.
Trusts: the store's chains and the checkpoints that lie here.
Fails: as the store. A cell of the export that a spreadsheet would compute is made text.
"""

from __future__ import annotations

import base64
import csv
import io
import json
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from gateway.console.settings import room
from gateway.console.views import page
from gateway.store import Mark, Noted

ROWS = 100  # of one page
FIELD_CHARS = 100
COLUMNS = ("writer", "seq", "at", "actor", "action", "object", "detail", "prev", "hash")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # how a cell begins that a spreadsheet computes
_FIELDS = ("actor", "action", "about")


async def listed(request: Request) -> Response:
    """Show the log, the newest first."""
    given = request.query_params
    fields = {k: given.get(k, "").strip()[:FIELD_CHARS] for k in _FIELDS}
    before = read_mark(given.get("before", ""))
    store, verification = room(request).store, room(request).verification
    rows, following = await store.noted(Noted(**fields), ROWS, before)
    said = {k: v for k, v in fields.items() if v}
    return page(
        request,
        "audit.html",
        here="audit",
        rows=rows,
        fields=fields,
        verification=verification,
        last=await verification.last(store),
        chains=await store.heads(),
        following=urlencode(said | {"before": write_mark(following)}) if following else "",
    )


async def verify(request: Request) -> Response:
    """Have every chain walked, behind the page that says how far it is."""
    here, actor = room(request), request.state.user.recorded
    known = here.office.checkpoints() if here.office.checkpoints else []
    here.verification.begin(here.store, actor, known)
    return RedirectResponse(f"{here.settings.prefix}/audit", status_code=303)


async def export(request: Request) -> Response:
    """Give the whole log as a file, and record that it was given."""
    store, user = room(request).store, request.state.user
    as_json = request.query_params.get("form") == "json"
    await store.looked(user.recorded, "audit", "audit-exported", form="json" if as_json else "csv")
    name = "sekisho-audit.jsonl" if as_json else "sekisho-audit.csv"
    return StreamingResponse(
        _lines(store.audit_entries(), as_json=as_json),
        media_type="application/octet-stream",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


async def _lines(entries: AsyncIterator[dict[str, Any]], *, as_json: bool) -> AsyncIterator[str]:
    if not as_json:
        yield "\ufeff" + _csv(dict(zip(COLUMNS, COLUMNS, strict=True)))
    async for entry in entries:
        told = entry | {"at": entry["at"].isoformat()}
        yield json.dumps(told, ensure_ascii=False) + "\n" if as_json else _csv(told)


def _csv(entry: Mapping[str, Any]) -> str:
    out = io.StringIO()
    cells = [str(entry[c]) for c in COLUMNS]
    csv.writer(out).writerow(["'" + c if c.startswith(_FORMULA) else c for c in cells])
    return out.getvalue()


def write_mark(mark: Mark) -> str:
    """Return a place in the log as a word of an address."""
    at, writer, seq = mark
    told = json.dumps([at.astimezone(UTC).isoformat(), writer, seq])
    return base64.urlsafe_b64encode(told.encode()).decode()


def read_mark(word: str) -> Mark | None:
    """Return the place that a word means; None where it means none."""
    try:
        at, writer, seq = json.loads(base64.urlsafe_b64decode(word))
        return datetime.fromisoformat(at).astimezone(UTC), str(writer), int(seq)
    except (ValueError, TypeError):
        return None

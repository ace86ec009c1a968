"""Reading the one form of the sender's page, within limits.

Answers: ``typed``: what was chosen, and what was written with it.
Trusts: nothing that is typed; it is never logged.
Fails: 400 for what is no form or too slow, 413 for one that is too large.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from urllib.parse import parse_qs

from starlette.exceptions import HTTPException
from starlette.requests import Request

from gateway.sender.guard import BODY_BYTES

FORM_S = 10.0  # a form that takes longer to arrive is given up
_FIELDS = 10
_FORM_TYPE = "application/x-www-form-urlencoded"


async def typed(request: Request) -> Mapping[str, str]:
    """Return what was typed: ``choice``, ``reason`` and the other fields, stripped."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM_TYPE:
        raise HTTPException(400)
    try:
        async with asyncio.timeout(FORM_S):
            body = (await _body(request)).decode("ascii")
        fields = parse_qs(body, keep_blank_values=True, max_num_fields=_FIELDS, errors="strict")
    except (TimeoutError, ValueError):
        raise HTTPException(400) from None
    given = {name: values[0].strip() for name, values in fields.items()}
    return {"choice": "", "reason": "", **given}


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > BODY_BYTES:
            raise HTTPException(413)
    return bytes(body)

"""Reading the one form of the sender's page, within limits.

Answers: ``typed``: what was chosen, and the reason that was written.
Trusts: nothing that is typed; it is never logged.
Fails: 400 for what is no form or too slow, 413 for one that is too large.
"""

from __future__ import annotations

import asyncio
from urllib.parse import parse_qs

from starlette.exceptions import HTTPException
from starlette.requests import Request

from gateway.sender.guard import BODY_BYTES

FORM_S = 10.0  # a form that takes longer to arrive is given up
_FIELDS = 10
_FORM_TYPE = "application/x-www-form-urlencoded"


async def typed(request: Request) -> tuple[str, str]:
    """Return the choice and the reason; "" where one was not sent."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM_TYPE:
        raise HTTPException(400)
    try:
        async with asyncio.timeout(FORM_S):
            body = (await _body(request)).decode("ascii")
        fields = parse_qs(body, keep_blank_values=True, max_num_fields=_FIELDS, errors="strict")
    except (TimeoutError, ValueError):
        raise HTTPException(400) from None
    return fields.get("choice", [""])[0], fields.get("reason", [""])[0].strip()


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > BODY_BYTES:
            raise HTTPException(413)
    return bytes(body)

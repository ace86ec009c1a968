"""Reading a form that a page of ours sent, within limits.

Answers: ``read`` gives a form's ``Fields``.
Trusts: nothing that is typed: it is limited in bytes, fields and time, and never logged.
Fails: 400 for what is no form or too slow, 413 for one that is too large.
"""

from __future__ import annotations

import asyncio
from urllib.parse import parse_qs

from starlette.exceptions import HTTPException
from starlette.requests import Request

FORM_BYTES = 8 * 1024
FORM_S = 10.0  # a form that takes longer to arrive is given up
FIELDS = 40
_FORM_TYPE = "application/x-www-form-urlencoded"


class Fields:
    """What was typed, by field."""

    def __init__(self, found: dict[str, list[str]]) -> None:
        self._found = found

    def one(self, name: str) -> str:
        """The first value of a field; "" where there is none."""
        return self._found.get(name, [""])[0]

    def all(self, name: str) -> list[str]:
        """Every value of a field."""
        return self._found.get(name, [])


async def read(request: Request, limit_bytes: int = FORM_BYTES) -> Fields:
    """Return the fields of a form."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM_TYPE:
        raise HTTPException(400)
    try:
        async with asyncio.timeout(FORM_S):
            text = (await _body(request, limit_bytes)).decode("ascii")
        return Fields(parse_qs(text, keep_blank_values=True, max_num_fields=FIELDS))
    except (TimeoutError, ValueError):
        raise HTTPException(400) from None


async def _body(request: Request, limit_bytes: int) -> bytes:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > limit_bytes:
            raise HTTPException(413)
    return bytes(body)

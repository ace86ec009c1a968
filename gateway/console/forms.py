"""What a form sends: read with a limit on its size and on its patience.

Answers: ``typed`` (fields of an ordinary form) and ``dropped`` (one file and fields).
Trusts: nothing.
Fails: 400 for what is no form or takes too long, 413 for what is too long.
"""

from __future__ import annotations

import asyncio
from urllib.parse import parse_qs

from python_multipart.exceptions import FormParserError
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request

FORM_BYTES = 128 * 1024  # 500 ids of a bulk act and a reason of 1000 characters
SMALL_BYTES = 8 * 1024  # a form of the account pages, some of which nobody must sign in for
FORM_S = 10.0
FILE_S = 60.0
FIELDS = 600
_FORM_TYPE = "application/x-www-form-urlencoded"


class Typed(dict[str, list[str]]):
    """Fields of a form, each with every value it was given."""

    def one(self, name: str) -> str:
        """Return a field's first value; "" where it was not sent."""
        return self.get(name, [""])[0]


async def small(request: Request) -> Typed:
    """Return the fields of a form that has a few short ones."""
    return await typed(request, SMALL_BYTES)


async def typed(request: Request, most_bytes: int = FORM_BYTES) -> Typed:
    """Return the fields of the form that was sent."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM_TYPE:
        raise HTTPException(400)
    try:
        async with asyncio.timeout(FORM_S):
            body = await _body(request, most_bytes)
        fields = parse_qs(
            body.decode("ascii"), keep_blank_values=True, max_num_fields=FIELDS, errors="strict"
        )
    except (TimeoutError, ValueError):
        raise HTTPException(400) from None
    return Typed(fields)


async def _body(request: Request, most_bytes: int) -> bytes:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > most_bytes:
            raise HTTPException(413)
    return bytes(body)


async def dropped(request: Request, name: str, most_bytes: int) -> tuple[Typed, str, bytes]:
    """Return the fields, and name and bytes of the file that was sent with them.

    Args:
        name: of the form's field for the file.
        most_bytes: that a file may have.
    """
    if int(request.headers.get("content-length") or 0) > most_bytes + FORM_BYTES:
        raise HTTPException(413)
    try:
        async with (
            asyncio.timeout(FILE_S),
            request.form(max_files=1, max_fields=20, max_part_size=FORM_BYTES) as form,
        ):
            file = form.get(name)
            if not isinstance(file, UploadFile):
                raise HTTPException(400)
            content = await file.read(most_bytes + 1)
            fields = Typed({k: [v] for k, v in form.items() if isinstance(v, str)})
            label = file.filename or ""
    except (TimeoutError, ValueError, MultiPartException, FormParserError):
        raise HTTPException(400) from None
    if len(content) > most_bytes:
        raise HTTPException(413)
    return fields, label, content

"""More of a parked mail than its masked text: each asks its own right, and most a reason.

Answers: one part as harmless HTML in a frame, one page as a picture, one number unmasked, the
original as a file, one attachment as a file.
Trusts: nothing of the mail. The frame has no script, no style but ours, and no origin; a file
is never shown by the browser: it is of no type, and its name is cut to what no system minds.
Fails: 403 without the right, 422 without a reason; what cannot be recorded is not shown.
Standards: RFC 6266 and RFC 8187 (names of files); CSP Level 3 ``sandbox``; ASVS 5.0 3.2, 5.4.
"""

from __future__ import annotations

import re
import unicodedata
from html import escape
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from gateway.console import words
from gateway.console.access import require, require_scope
from gateway.console.forms import Typed, typed
from gateway.console.headers import FRAME_STYLE
from gateway.console.holds import LOOK_REASONS, show
from gateway.console.mailroom import Mailroom
from gateway.console.settings import room
from gateway.console.verbs import REASON_CHARS
from gateway.console.views import page
from gateway.errors import UsageError
from gateway.inspection.reviewer import Page
from gateway.masking import mask
from gateway.store import Right

NAME_CHARS = 100
_BAD = re.compile(r'[\x00-\x1f\x7f"\\/:*?<>|%;]+')


async def frame(request: Request) -> Response:
    """Show one part's HTML, made harmless and masked, for the frame of the hold's page."""
    require(request, Right.VIEW_CONTENT)
    await _in_scope(request)
    found = await _mailroom(request).html(
        request.path_params["hold_id"],
        _number(request.path_params["number"]),
        request.state.user.recorded,
    )
    lang = words.language(request)
    head = f"<title>{escape(words.say('html-part', lang))}</title><style>{FRAME_STYLE}</style>"
    return HTMLResponse(
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8">{head}</head>'
        f"<body>{found}</body></html>"
    )


async def page_image(request: Request) -> Response:
    """Show one page as a picture with its numbers covered, or say in its place why not."""
    require(request, Right.VIEW_CONTENT)
    await _in_scope(request)
    asked = request.path_params
    found = await _mailroom(request).page(
        asked["hold_id"],
        _number(asked["number"]),
        _page_number(asked["page"]),
        request.state.user.recorded,
    )
    return _picture(found, words.language(request))


async def bare_page(request: Request) -> Response:
    """Show one page as it is: a number on it can be read."""
    require(request, Right.UNMASK)
    await _in_scope(request)
    hold_id, form = request.path_params["hold_id"], await typed(request)
    number, _, page_given = form.one("page").partition("/")
    try:
        found = await _mailroom(request).bare_page(
            hold_id,
            _number(number),
            _page_number(page_given),
            request.state.user.recorded,
            _reason(request, form),
        )
    except UsageError:
        return await show(request, hold_id, status=422, problem="act-usage")
    return _picture(found, words.language(request))


def _page_number(typed: str) -> int:
    """Pages are counted from 1 in an address, from 0 inside."""
    return max(_number(typed) - 1, 0)


def _picture(found: Page, lang: str) -> Response:
    """Return a picture; where there is none, one that says why, so that nobody misses it."""
    if not found.why:
        return Response(found.png, media_type="image/png")
    said = escape(words.say(found.why, lang))
    return Response(
        '<svg xmlns="http://www.w3.org/2000/svg" width="800" height="60" role="img">'
        f'<text x="12" y="36" font-family="sans-serif" font-size="16">{said}</text></svg>',
        media_type="image/svg+xml",
    )


async def unmask(request: Request) -> Response:
    """Show one number as it stands in the mail."""
    require(request, Right.UNMASK)
    await _in_scope(request)
    form = await typed(request)
    mark = _number(form.one("number"))
    hold_id = request.path_params["hold_id"]
    try:
        number = await _mailroom(request).reveal(
            hold_id, mark, request.state.user.recorded, _reason(request, form)
        )
    except UsageError:
        return await show(request, hold_id, status=422, problem="act-usage")
    return page(request, "unmasked.html", here="holds", hold_id=hold_id, mark=mark, number=number)


async def original(request: Request) -> Response:
    """Give the whole mail as a file."""
    require(request, Right.DOWNLOAD)
    await _in_scope(request)
    hold_id, form = request.path_params["hold_id"], await typed(request)
    try:
        content = await _mailroom(request).original(
            hold_id, request.state.user.recorded, _reason(request, form)
        )
    except UsageError:
        return await show(request, hold_id, status=422, problem="act-usage")
    return file(f"{hold_id}.eml", content)


async def part(request: Request) -> Response:
    """Give one attachment as a file."""
    require(request, Right.DOWNLOAD)
    await _in_scope(request)
    hold_id, form = request.path_params["hold_id"], await typed(request)
    number = _number(form.one("part"))
    try:
        name, content = await _mailroom(request).part(
            hold_id, number, request.state.user.recorded, _reason(request, form)
        )
    except UsageError:
        return await show(request, hold_id, status=422, problem="act-usage")
    return file(mask(name) or f"{hold_id}-{number}", content)


def file(name: str, content: bytes) -> Response:
    """Return bytes that a browser saves and never shows."""
    safe = safe_name(name)
    plain = re.sub(r"[^A-Za-z0-9._-]", "_", safe)
    named = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(safe, safe='')}"
    return Response(
        content,
        media_type="application/octet-stream",
        headers={
            "Content-Disposition": named,
            "Content-Security-Policy": "default-src 'none'; sandbox",
        },
    )


def safe_name(name: str) -> str:
    """Return a name that no system takes for a path, a device, a command or another ending.

    >>> safe_name("../../a\\r\\nSet-Cookie: x=1.exe")
    'a_Set-Cookie_ x=1.exe'
    """
    visible = "".join(
        "_" if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c
        for c in name
        if unicodedata.category(c) not in ("Cf", "Cs", "Co", "Cn")
    )
    short = _BAD.sub("_", visible).strip(" ._")
    stem, dot, ending = short.rpartition(".")
    if dot and len(ending) <= 10:
        return f"{stem[: NAME_CHARS - 1 - len(ending)]}.{ending}"
    return short[:NAME_CHARS] or "file"


def _number(typed: str) -> int:
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 8 else 0


async def _in_scope(request: Request) -> None:
    hold = await room(request).store.hold(request.path_params["hold_id"])
    require_scope(request, hold.sender)


def _mailroom(request: Request) -> Mailroom:
    found = room(request).mailroom
    if found is None:
        raise HTTPException(404)
    return found


def _reason(request: Request, form: Typed) -> str:
    """Return the chosen reason and what was written, as one text; "" where none was given."""
    given, written = form.one("why"), form.one("reason").strip()[:REASON_CHARS]
    word = words.say(f"why-{given}", words.language(request)) if given in LOOK_REASONS else ""
    return ": ".join(part for part in (word, written) if part)

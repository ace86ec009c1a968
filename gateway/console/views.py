"""From values to a page: templates that escape everything, in the reader's language.

Answers: ``page`` (an HTML answer) and ``trouble`` (an error's page, without its text).
Trusts: the templates that ship with the program. Every value is escaped, and one that a
template misspells is an error instead of an empty place.
Fails: ``jinja2.UndefinedError`` for a value that is not there.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from gateway.console import words
from gateway.console.settings import room
from gateway.i18n import languages, text
from gateway.incident import clock_in_japan
from gateway.store import Right

_templates = Environment(
    loader=PackageLoader("gateway.console"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TROUBLES = (400, 403, 404, 405, 409, 413, 429, 503)  # those with words of their own
_YEAR_S = 365 * 86_400


def page(request: Request, template: str, *, status: int = 200, **values: object) -> HTMLResponse:
    """Render a template for whoever asks, and remember what they chose: language, keys."""
    lang = words.language(request)
    settings, user = room(request).settings, getattr(request.state, "user", None)
    body = _templates.get_template(template).render(
        lang=lang,
        languages=languages(),
        t=lambda key, /, **named: words.say(key, lang, **named),
        word=lambda catalogue, key, /: text(catalogue, key, lang),
        a=lambda key, /, **named: text("console-accounts", key, lang, **named),
        clock=clock_in_japan,
        size=partial(words.size, lang=lang),
        recipient_reasons=partial(words.recipient_reasons, lang=lang),
        finding_reasons=partial(words.finding_reasons, lang=lang),
        detector=partial(words.detector, lang=lang),
        organisation=settings.organisation.get(lang, ""),
        prefix=settings.prefix,
        may=lambda right: user is not None and user.may(Right(right)),
        user=user,
        action=partial(words.action, lang=lang),
        detail_reason=partial(words.detail_reason, lang=lang),
        first_time=_once(),
        keys=words.keys(request),
        **values,
    )
    answer = HTMLResponse(body, status_code=status)
    kept = {words.LANGUAGE_COOKIE: words.chosen(request)}
    if request.query_params.get("keys") in ("on", "off"):
        kept[words.KEYS_COOKIE] = words.keys(request)
    for name, value in kept.items():
        if value is not None:
            answer.set_cookie(
                name,
                value,
                max_age=_YEAR_S,
                secure=settings.secure,
                httponly=True,
                samesite="lax",
            )
    return answer


def _once() -> Callable[[int], bool]:
    """Return what says of each number of a page whether it is met there for the first time."""
    met: set[int] = set()

    def first_time(number: int) -> bool:
        fresh = number not in met
        met.add(number)
        return fresh

    return first_time


def trouble(request: Request, status: int) -> HTMLResponse:
    """Return the page of an error: what to do, and nothing of what happened inside."""
    key = str(status) if status in _TROUBLES else "500"
    return page(request, "trouble.html", status=status, key=key)

"""The words of the sender's page: which language, and its sentences.

Answers: ``language`` (asked for in the address, else the browser's, else Japanese), ``say``
and ``why`` (a recipient's reasons).
Trusts: values to be masked. Fails: ``KeyError`` for a sentence that is missing.
Standards: RFC 9110 12.5.4 (Accept-Language).
"""

from __future__ import annotations

import re

from starlette.requests import Request

from gateway.i18n import languages, reason, text
from gateway.sender.case import Whom

CATALOGUE = "sender"
_WISH = re.compile(r"([a-z]{2,3})(?:-[a-z0-9-]*)?(?: *; *q=([01](?:\.[0-9]{0,3})?))?")
_HEADER_CHARS = 500  # of Accept-Language; nobody prefers more languages than that


def say(key: str, lang: str, **values: object) -> str:
    """Return a sentence of the page's catalogue."""
    return text(CATALOGUE, key, lang, **values)


def language(request: Request) -> str:
    """Return the language that this request is answered in."""
    asked = request.query_params.get("lang", "")
    if asked in languages():
        return asked
    ranked = []
    header = request.headers.get("accept-language", "")[:_HEADER_CHARS].lower()
    for n, item in enumerate(header.split(",")):
        found = _WISH.fullmatch(item.strip())
        weight = float(found[2] or 1) if found else 0.0
        if found and found[1] in languages() and weight > 0:
            ranked.append((-weight, n, found[1]))
    return min(ranked)[2] if ranked else languages()[0]


def why(whom: Whom, lang: str) -> list[str]:
    """Return why a recipient is judged so, strongest first."""
    domain = whom.address.rpartition("@")[2]
    values = {
        "address": whom.address,
        "domain": domain,
        "resembles": whom.resembles,
        "suggestion": whom.meant,
        "until": "",
    }
    said = []
    for code in whom.reasons:
        try:
            said.append(reason(code, lang, **values))
        except KeyError:  # a reason with values that no record keeps
            continue
    return said

"""The words of a page: which language, and how times, counts and reasons are said.

Answers: ``language`` (asked for in the address, else chosen before, else the account's, else
the browser's, else Japanese), ``say``, and the ways of saying one value.
Trusts: the store's strings to be masked; the catalogues.
Fails: ``KeyError`` for a sentence that is missing; tests find none.
Standards: RFC 9110 12.5.4 (Accept-Language); times are Japan's, with their offset.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from starlette.requests import Request

from gateway.desk import DECISIONS
from gateway.i18n import catalogue_keys, languages, reason, text
from gateway.store import Destination

CATALOGUE = "console"
_OWN_WORDS = ("assigned", "seen", "confirmed", "taken back")  # the desk's, where none were given
LANGUAGE_COOKIE = "sekisho-language"
KEYS_COOKIE = "sekisho-keys"  # WCAG 2.1.4: keys of one letter can be turned off
JAPAN = timezone(timedelta(hours=9), "JST")  # without daylight saving since 1951
_WISH = re.compile(
    r"(?P<tag>[a-z]{2,3})(?:-[a-z0-9-]*)?(?: *; *q=(?P<weight>[01](?:\.[0-9]{0,3})?))?"
)
_HEADER_CHARS = 500  # of Accept-Language; nobody prefers more languages than that


def say(key: str, lang: str, **values: object) -> str:
    """Return a sentence of the console's catalogue."""
    return text(CATALOGUE, key, lang, **values)


# ------------------------------------------------------------------ which language


def language(request: Request) -> str:
    """Return the language that this request is answered in."""
    user = getattr(request.state, "user", None)
    for wanted in (
        chosen(request),
        request.cookies.get(LANGUAGE_COOKIE),
        user.language if user else None,
        preferred(request.headers.get("accept-language", "")),
    ):
        if wanted in languages():
            return wanted
    return languages()[0]


def keys(request: Request) -> str:
    """Return whether keys of one letter do something: "on", or "off" as somebody chose."""
    wanted = request.query_params.get("keys") or request.cookies.get(KEYS_COOKIE)
    return "off" if wanted == "off" else "on"


def chosen(request: Request) -> str | None:
    """Return the language that ``?lang=`` asks for, if it is one of ours."""
    wanted = request.query_params.get("lang")
    return wanted if wanted in languages() else None


def preferred(header: str) -> str | None:
    """Return the language of ours that the browser likes best."""
    ranked = []
    for n, item in enumerate(header[:_HEADER_CHARS].split(",")):
        found = _WISH.fullmatch(item.strip().lower())
        if found and found["tag"] in languages() and float(found["weight"] or 1) > 0:
            ranked.append((-float(found["weight"] or 1), n, found["tag"]))
    return min(ranked)[2] if ranked else None


# ------------------------------------------------------------------ one value


def left(until: datetime, now: datetime, lang: str) -> str:
    """Return how long it is until then."""
    minutes = int((until - now).total_seconds() // 60)
    if minutes < 0:
        return say("left-over", lang)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return say("left-days", lang, days=days, hours=hours)
    if hours:
        return say("left-hours", lang, hours=hours, minutes=minutes)
    return say("left-minutes", lang, minutes=minutes)


def size(octets: int, lang: str) -> str:
    """Return a size as people say it."""
    if octets < 1024:
        return say("size-bytes", lang, count=octets)
    if octets < 1024 * 1024:
        return say("size-kilobytes", lang, count=round(octets / 1024))
    return say("size-megabytes", lang, count=f"{octets / 1024 / 1024:.1f}")


def recipient_reasons(to: Destination, lang: str) -> list[str]:
    """Return why a recipient is judged so, strongest first."""
    values = {
        "address": to.address,
        "domain": to.address.rpartition("@")[2],
        "resembles": to.resembles,
        "suggestion": to.resembles,
        "until": "",
    }
    return [_reason(code, lang, values) for code in to.reasons]


def finding_reasons(finding: Any, lang: str) -> list[str]:
    """Return why something is thought to be a number, strongest first."""
    found = finding["reasons"] if isinstance(finding, Mapping) else finding.reasons
    return [_reason(code, lang, {}) for code in found]


def action(name: str, lang: str) -> str:
    """Return what an entry of the audit log says was done; as it stands where it has no word."""
    key = f"action-{name}"
    return say(key, lang) if key in catalogue_keys(CATALOGUE) else name


def detail_reason(entry: Mapping[str, Any], lang: str) -> str:
    """Return what an entry of the audit log says of why, and to whom or until when."""
    told = json.loads(entry["detail"])
    if not isinstance(told, dict):
        return ""
    code, why = str(told.get("code", "")), str(told.get("reason", ""))
    word = text("desk", f"reason-{code}", lang) if code in DECISIONS else ""
    person, until = str(told.get("assignee", "")), str(told.get("until", ""))
    given = (
        say("entry-assignee", lang, name=person) if person else "",
        say("entry-until", lang, day=until) if until else "",
        word,
        "" if why in (code, *_OWN_WORDS) else why,
    )
    return " · ".join(part for part in given if part)


def _reason(code: str, lang: str, values: Mapping[str, object]) -> str:
    """The sentence of a reason; an administrator's detector may bring codes of its own."""
    try:
        return reason(code, lang, **values)
    except KeyError:
        return code


def detector(name: str, lang: str) -> str:
    """Return what a detector looks for; an administrator's has the name it was given."""
    return say("detector-my-number", lang) if name == "my-number" else name

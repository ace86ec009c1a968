"""Editing a policy in the page, to see what it would change; nothing is written anywhere.

Answers: ``edit`` (the file as it is on the disk), ``rehearsed`` (what was edited: its problems,
the difference, and what it would have done to the mail of the last days).
Trusts: nothing in the form. Fails: 422 for a policy with problems, each named with its place.
Counts are for everybody who may try mails out; single mails only for whoever sees held mail,
and only those of their own department.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from difflib import unified_diff

from starlette.requests import Request
from starlette.responses import Response

from gateway.console.access import in_scope
from gateway.console.forms import typed
from gateway.console.settings import room
from gateway.console.views import page
from gateway.errors import ConfigError
from gateway.history import Change, Rehearsal, Sides, rehearse
from gateway.masking import mask
from gateway.pipeline import Rules
from gateway.store import Right

DAYS = 30  # to begin with
POLICY_BYTES = 900 * 1024  # of a form with one file in it
DIFF_LINES = 2_000


@dataclass(frozen=True, slots=True)
class Result:
    """What came of an edited policy."""

    problems: tuple[str, ...] = ()
    difference: tuple[str, ...] = ()  # lines of a unified diff, masked
    rehearsal: Rehearsal | None = None
    examples: tuple[Change, ...] = ()  # that this account may see


async def edit(request: Request) -> Response:
    """Show one file of the policy, to be edited."""
    files = _files(request)
    name = request.query_params.get("file", "")
    name = name if name in files else next(iter(files), "")
    return _page(request, files, name, files.get(name, ""), DAYS, None)


async def rehearsed(request: Request) -> Response:
    """Show what an edited file would change."""
    form, files = await typed(request, POLICY_BYTES), _files(request)
    name, written = form.one("file"), form.one("text").replace("\r\n", "\n")
    name = name if name in files else next(iter(files), "policy.toml")
    days = form.one("days")
    most = _most_days(request)
    back = min(max(int(days), 1), most) if days.isdecimal() and len(days) < 5 else min(DAYS, most)
    result = await _result(request, files, name, written, back)
    return _page(request, files, name, written, back, result)


async def _result(
    request: Request, files: Mapping[str, str], name: str, written: str, days: int
) -> Result:
    office = room(request).office
    if office.rules is None or office.edited is None:
        return Result(problems=("-",))
    difference = _difference(name, files.get(name, ""), written)
    try:
        in_force, edited = office.rules(), office.edited({**files, name: written})
    except ConfigError as error:
        return Result(tuple(mask(str(p)) for p in error.problems), difference)
    found = await _rehearse(request, in_force, edited, days)
    return Result((), difference, found, _visible(request, found))


async def _rehearse(request: Request, in_force: Rules, edited: Rules, days: int) -> Rehearsal:
    here, most = room(request), room(request).settings.rehearsal_mails
    actor = request.state.user.name
    await here.store.looked(f"user:{actor}", "journal", "rehearsed", days=days)
    mails = await here.store.recorded(here.now() - timedelta(days=days), most)
    mails = [mail for mail in mails if in_scope(request, mail.sender)]
    sides = Sides(in_force.directory, edited.directory)
    return await asyncio.to_thread(rehearse, mails, edited.policy, sides, in_force.policy)


def _most_days(request: Request) -> int:
    return max(1, room(request).settings.rehearsal_reach.days)


def _visible(request: Request, found: Rehearsal) -> tuple[Change, ...]:
    if not request.state.user.may(Right.VIEW_HOLDS):
        return ()
    return tuple(c for c in found.examples if in_scope(request, c.sender))


def _difference(name: str, before: str, after: str) -> tuple[str, ...]:
    lines = unified_diff(
        before.splitlines(), after.splitlines(), name, f"{name} (edited)", lineterm=""
    )
    return tuple(mask(line) for _, line in zip(range(DIFF_LINES), lines, strict=False))


def _files(request: Request) -> Mapping[str, str]:
    read = room(request).office.texts
    try:
        return read() if read is not None else {}
    except ConfigError:
        return {}


def _page(
    request: Request,
    files: Mapping[str, str],
    name: str,
    written: str,
    days: int,
    result: Result | None,
) -> Response:
    return page(
        request,
        "policy-edit.html",
        status=422 if result and result.problems else 200,
        here="policy",
        files=sorted(files),
        name=name,
        text=mask(written),
        days=days,
        most_days=_most_days(request),
        most_mails=room(request).settings.rehearsal_mails,
        result=result,
    )

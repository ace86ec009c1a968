"""Parked mail: the list in the order to work through it, and one hold with its evidence.

Answers: two pages. They show counts, places and judgements, never content; what a handler
can do is given as commands, ready to copy.
Trusts: the store; the hold's and the incident's strings are masked.
Fails: 404 for a hold that is not there. A hold whose view cannot be recorded is not shown.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from gateway.console import words
from gateway.console.risk import Risk, rank, risk
from gateway.console.settings import room
from gateway.console.views import page
from gateway.incident import classify, summary
from gateway.masking import MASK
from gateway.model import Hold, HoldState, Verdict
from gateway.store import Destination, IncidentRecord, Role

OPEN = (HoldState.PARKED,)
MOST_ROWS = 500  # of the list; the gravest are in front, the rest is counted
SOON_S = 24 * 3600  # what expires within a day is marked


@dataclass(frozen=True, slots=True)
class Row:
    """One hold as the list and its own page show it."""

    hold: Hold
    record: IncidentRecord  # of its mail, with every recipient
    to: tuple[Destination, ...]  # this hold's own recipients
    risk: Risk
    left: str  # how long until it expires, in words; "" when it waits no more
    soon: bool  # whether that is within a day


@dataclass(frozen=True, slots=True)
class Command:
    """Something a handler can do, as a line for a terminal."""

    verb: str  # word of the catalogue
    about: str  # the recipient it is for; "" for the whole hold
    line: str


async def listed(request: Request) -> Response:
    """Show what waits for somebody."""
    store = room(request).store
    records = {r.incident_id: r for r in await store.incidents_of_holds(OPEN)}
    rows = [
        _row(request, hold, records[hold.incident_id])
        for hold in await store.holds(OPEN)
        if hold.incident_id in records  # parked between the two looks: the next look has it
    ]
    rows.sort(key=lambda row: rank(row.risk, row.hold))
    return page(
        request,
        "holds.html",
        here="holds",
        rows=rows[:MOST_ROWS],
        total=len(rows),
        grave=sum(row.risk is Risk.HIGH for row in rows),
        soon=sum(row.soon for row in rows),
        now=room(request).now(),
    )


async def one(request: Request) -> Response:
    """Show one hold, and record who looked."""
    store = room(request).store
    hold = await store.hold(request.path_params["hold_id"])
    record = await store.incident(hold.incident_id)
    user = request.state.user
    await store.viewed(user.recorded, hold.hold_id, "hold")
    row = _row(request, hold, record)
    lang = words.language(request)
    may_act = user.role is Role.HANDLER and hold.state is HoldState.PARKED
    return page(
        request,
        "hold.html",
        here="holds",
        row=row,
        hold=hold,
        record=record,
        to=row.to,
        earlier=await store.resembles(hold.hold_id),
        in_doubt=record.in_doubt(hold.hold_id),
        lines=summary(record, classify(record), lang),
        commands=_commands(row, room(request).settings.config_path, lang) if may_act else [],
    )


def _row(request: Request, hold: Hold, record: IncidentRecord) -> Row:
    to = tuple(d for d in record.destinations if d.hold_id == hold.hold_id)
    now, waits = room(request).now(), hold.state is HoldState.PARKED
    return Row(
        hold=hold,
        record=record,
        to=to,
        risk=risk(record, to),
        left=words.left(hold.expires_at, now, words.language(request)) if waits else "",
        soon=waits and _is_soon(hold.expires_at, now),
    )


def _is_soon(until: datetime, now: datetime) -> bool:
    return (until - now).total_seconds() < SOON_S


# ------------------------------------------------------------------ what to type


def _commands(row: Row, config_path: str, lang: str) -> list[Command]:
    """Return what a handler can do, mildest last."""
    reason = f"--reason {_blank('blank-reason', lang)}"
    hold_id = row.hold.hold_id
    return [
        Command("release", "", _line(["release", hold_id], config_path, reason)),
        *(
            Command(
                "correct",
                d.corrected or d.address,
                _line(
                    ["correct", hold_id, f"--from={d.corrected or d.address}"],
                    config_path,
                    f"{_to(d, lang)} {reason}",
                ),
            )
            for d in row.to
            if d.resembles and row.hold.verdict is Verdict.HOLD  # a warn's sender corrects it
        ),
        Command("reject", "", _line(["reject", hold_id], config_path, reason)),
    ]


def _line(given: list[str], config_path: str, rest: str) -> str:
    """Return one line for a shell, in which nothing from a mail is more than a word."""
    configured = ["-c", config_path] if config_path else []
    return f"{shlex.join(['sekisho', 'holds', *given, *configured])} {rest}"


def _to(to: Destination, lang: str) -> str:
    local, at, _ = to.address.rpartition("@")
    if not at or MASK in local:
        return f"--to {_blank('blank-address', lang)}"
    return shlex.quote(f"--to={local}@{to.resembles}")


def _blank(key: str, lang: str) -> str:
    """Return what a person must fill in; left as it is, a shell refuses the whole line."""
    return f"<{words.say(key, lang)}>"

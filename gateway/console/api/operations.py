"""Every operation of the API, in one table: what routes, document, docs and tests are made of.

Answers: ``OPERATIONS``. Trusts: nothing. Fails: never.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from starlette.responses import Response

from gateway.console.api import afterwards, holds, records, shapes
from gateway.console.api import answers as a
from gateway.console.api.call import Call
from gateway.store import Right

VERSION = "v1"
ROOT = f"/{VERSION}"  # below /api


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that a program can ask for."""

    name: str
    method: str
    path: str  # below ROOT
    right: Right | None  # that token and role must both have; None: any token may
    do: Callable[[Call], Awaitable[BaseModel | Response]]
    answers: type[BaseModel] | None  # None: JSON lines
    query: type[shapes.Query] = shapes.Nothing
    body: type[shapes.Body] | None = None  # with acts only
    whole: bool = False  # not for accounts that see their department's mail alone: the log, of
    # which a part could not be verified

    @property
    def says(self) -> str:
        """What it does, in one sentence."""
        return (self.do.__doc__ or "").partition("\n")[0]

    @property
    def acts(self) -> bool:
        """Whether it changes something."""
        return self.body is not None

    @property
    def about_hold(self) -> bool:
        """Whether it answers with one hold, and so with its revision."""
        return self.answers is a.HoldShown

    @property
    def conditional(self) -> bool:
        """Whether If-Match and Idempotency-Key count: an act on a hold, which has a revision."""
        return self.acts and self.about_hold


def _get(
    name: str,
    path: str,
    right: Right | None,
    do: Callable[[Call], Awaitable[Any]],
    shape: type[BaseModel] | None,
    query: type[shapes.Query] = shapes.Nothing,
    *,
    whole: bool = False,
) -> Operation:
    return Operation(name, "GET", path, right, do, shape, query, whole=whole)


def _post(
    name: str,
    path: str,
    right: Right,
    do: Callable[[Call], Awaitable[Any]],
    shape: type[BaseModel],
    body: type[shapes.Body],
) -> Operation:
    return Operation(name, "POST", path, right, do, shape, body=body)


def _act(verb: str, right: Right, do: holds.Do, body: type[shapes.Body]) -> Operation:
    path = f"/holds/{{hold_id}}/{verb}"
    return Operation(verb, "POST", path, right, holds.act(do), a.HoldShown, body=body)


_HOLDS, _INCIDENTS, _LOG = Right.VIEW_HOLDS, Right.VIEW_INCIDENTS, Right.VIEW_AUDIT
_ONE = "/incidents/{incident_id}"
OPERATIONS = (
    _get("me", "/me", None, records.me, a.Me),
    _get("waiting", "/waiting", Right.OVERVIEW, records.waiting, a.Waits),
    _get("listHolds", "/holds", _HOLDS, holds.listed, a.Holds, shapes.HoldsAsked),
    _get("showHold", "/holds/{hold_id}", _HOLDS, holds.one, a.HoldShown),
    _get(
        "proposeException",
        "/holds/{hold_id}/exception",
        _HOLDS,
        holds.exception,
        a.Exemption,
        shapes.InLanguage,
    ),
    _act("release", Right.RELEASE, holds.release, shapes.Release),
    _act("reject", Right.REJECT, holds.reject, shapes.Reject),
    _act("correct", Right.CORRECT, holds.correct, shapes.Correct),
    _act("assign", Right.ASSIGN, holds.assign, shapes.Assign),
    _act("acknowledge", Right.ASSIGN, holds.acknowledge, shapes.Acknowledge),
    _act("comment", Right.COMMENT, holds.comment, shapes.Comment),
    _act("extend", Right.EXTEND, holds.extend, shapes.Extend),
    _get(
        "listIncidents",
        "/incidents",
        _INCIDENTS,
        records.incidents,
        a.Incidents,
        shapes.IncidentsAsked,
    ),
    _get("showIncident", _ONE, _INCIDENTS, records.incident, a.IncidentShown),
    _get(
        "reportIncident",
        f"{_ONE}/report",
        _INCIDENTS,
        records.report,
        a.Report,
        shapes.InLanguage,
    ),
    _post(
        "markReported",
        f"{_ONE}/reported",
        Right.HANDLE_INCIDENTS,
        afterwards.reported,
        a.IncidentShown,
        shapes.ReportMarked,
    ),
    _get(
        "listReviews",
        "/reviews",
        Right.VIEW_JOURNAL,
        afterwards.reviews,
        afterwards.Reviews,
        shapes.ReviewsAsked,
    ),
    _post(
        "closeReview",
        "/reviews/{review_id}",
        Right.RECORD_REVIEW,
        afterwards.review,
        afterwards.ReviewRow,
        shapes.Reviewed,
    ),
    _get("listStandIns", "/stand-ins", _HOLDS, afterwards.stand_ins, afterwards.StandIns),
    _post(
        "nameStandIn",
        "/stand-ins",
        Right.RELEASE,
        afterwards.appoint,
        afterwards.StandInRow,
        shapes.StandInNamed,
    ),
    _post(
        "endStandIn",
        "/stand-ins/{stand_in_id}/end",
        Right.RELEASE,
        afterwards.withdraw,
        afterwards.StandIns,
        shapes.StandInEnded,
    ),
    _get("events", "/events", _LOG, records.events, a.Events, shapes.EventsAsked),
    _get(
        "audit",
        "/audit",
        Right.EXPORT_RECORDS,
        records.audit,
        None,
        shapes.AuditAsked,
        whole=True,
    ),
)

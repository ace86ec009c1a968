"""What is done when a mail has left, for programs: reviews, stand-ins, marks on incidents.

Answers: the list of what waits to be looked at and closing one, who stands in for whom and
naming one's own, and that a report was given to the Commission.
Trusts: the desk with every rule: nobody reviews their own mail or decision, nobody names a
stand-in for somebody else by a token. Each entry of the log has the token's id.
Fails: ``TroubleError``, and errors of the desk and the store; 404 for mail of another department.
"""

from __future__ import annotations

from datetime import UTC, datetime

from pydantic import BaseModel, Field

from gateway.console.acts import desk_of
from gateway.console.api import answers, cursors
from gateway.console.api.answers import IncidentShown
from gateway.console.api.call import Call
from gateway.console.api.problems import TroubleError
from gateway.incident import classify
from gateway.store import ReportStep, Review, StandIn


class ReviewRow(BaseModel):
    """Something to be looked at after the fact. Every string from the mail is masked."""

    id: str
    kind: str = Field(description="sample, monitored, off-hours or disaster; docs/desk.md.")
    rule: str
    hold: str = Field(description="Empty for a sample.")
    sender: str
    recipients: list[str]
    received: datetime
    expires: datetime
    my_numbers: int
    attachments: int
    decided_by: list[str]
    outcome: str = Field(description="Empty while nobody has looked.")
    reviewed_by: str


class Reviews(BaseModel):
    """A page of what waits to be looked at."""

    reviews: list[ReviewRow]
    next: str | None = Field(description="Give it back as `after`; null on the last page.")


class StandInRow(BaseModel):
    """Who decides in whose place."""

    id: str
    absent: str
    stand_in: str
    since: datetime
    until: datetime
    made_by: str


class StandIns(BaseModel):
    """Those in force, and those that begin later."""

    stand_ins: list[StandInRow]


async def reviews(call: Call) -> Reviews:
    """List what waits to be looked at after the fact, what expires first in front."""
    asked = call.query
    after = cursors.incident_key(asked.after) if asked.after else None
    rows = [r for r in await call.here.store.reviews() if call.sees(r.sender)]
    rest = [r for r in rows if after is None or (r.expires_at, r.review_id) > after]
    leaf, more = rest[: asked.limit], len(rest) > asked.limit
    last = [leaf[-1].expires_at, leaf[-1].review_id] if more else None
    return Reviews(reviews=[_review(r) for r in leaf], next=cursors.write(last) if last else None)


async def review(call: Call) -> ReviewRow:
    """Record that somebody looked, and what came of it."""
    name, said = call.path["review_id"], call.body
    call.require_scope((await call.here.store.review(name)).sender)
    closed = await desk_of(call.here).review(name, call.acting, said.outcome, said.reason)
    return _review(closed)


async def stand_ins(call: Call) -> StandIns:
    """List who decides in whose place, now and later."""
    found = await call.here.store.stand_ins(call.here.now(), later=True)
    return StandIns(stand_ins=[_stand_in(s) for s in found])


async def appoint(call: Call) -> StandInRow:
    """Let another person decide in the place of the token's owner for a time."""
    said = call.body
    made = await desk_of(call.here).appoint(
        call.acting,
        call.account.recorded,
        said.stand_in,
        (said.since or call.here.now()).astimezone(UTC),
        said.until.astimezone(UTC),
        said.reason,
    )
    return _stand_in(made)


async def withdraw(call: Call) -> StandIns:
    """End a stand-in before its time."""
    await desk_of(call.here).withdraw(call.acting, call.path["stand_in_id"], call.body.reason)
    return await stand_ins(call)


async def reported(call: Call) -> IncidentShown:
    """Mark a report to the Commission as given; its reminders end."""
    name, said = call.path["incident_id"], call.body
    call.require_scope((await call.here.store.incident(name)).sender)
    if said.on is None and not said.withdraw:
        raise TroubleError("invalid", "the day it was given is missing")
    desk, step = desk_of(call.here), ReportStep(said.step)
    if said.withdraw:
        record = await desk.not_reported(name, call.acting, step, said.reason)
    else:
        record = await desk.reported(name, call.acting, step, said.on, said.reference)
    return answers.incident_shown(record, classify(record))


def _review(review: Review) -> ReviewRow:
    return ReviewRow(
        id=review.review_id,
        kind=review.kind.value,
        rule=review.rule,
        hold=review.hold_id,
        sender=review.sender,
        recipients=list(review.recipients),
        received=review.received_at,
        expires=review.expires_at,
        my_numbers=review.my_numbers,
        attachments=review.attachments,
        decided_by=list(review.decided_by),
        outcome=review.outcome,
        reviewed_by=review.reviewed_by,
    )


def _stand_in(made: StandIn) -> StandInRow:
    return StandInRow(
        id=made.stand_in_id,
        absent=made.absent,
        stand_in=made.stand_in,
        since=made.since,
        until=made.until,
        made_by=made.made_by,
    )

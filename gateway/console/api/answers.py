"""The shapes of answers, and how the store's values become them.

Answers: one pydantic model for each kind of answer, and the functions that fill them.
Trusts: the store, whose strings are masked already. No field is for content.
Fails: never for a value of the store.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, Field

from gateway.console.risk import risk
from gateway.desk import stage_of
from gateway.incident import Classification, ReportItem
from gateway.model import Hold
from gateway.store import Destination, IncidentRecord, Waiting

_OUTCOME = "What became of the copy; null while it waits, or when nothing was ever tried."


class HoldRow(BaseModel):
    """A parked mail. Every string from it is masked."""

    id: str
    revision: int = Field(description="Counts acts; the ETag of the hold.", ge=0)
    state: str
    stage: str = Field(description="Where it stands, as people say it; docs/desk.md.")
    verdict: str
    rule: str
    risk: str
    sender: str
    recipients: list[str]
    received: datetime
    expires: datetime
    my_numbers: int = Field(description="Different My Numbers, likely or better.", ge=0)
    approvers: int = Field(description="Persons that releasing it takes.", ge=0)
    approved_by: list[str]
    assignee: str
    escalated: int = Field(ge=0)
    incident: str
    reason_code: str


class Copy(BaseModel):
    """One recipient, how it was judged, and what became of his copy."""

    address: str
    corrected: str
    recipient_class: str
    strength: str
    resembles: str
    verdict: str
    would: str
    rule: str
    reasons: list[str]
    fate: str | None = Field(description=_OUTCOME)


class FoundThere(BaseModel):
    """What a detector reports of one place. No digit is in it."""

    detector: str
    confidence: str
    count: int
    place: str
    reasons: list[str]


class UnreadPart(BaseModel):
    """A part that was not read, and why."""

    place: str
    reason: str
    detail: str = ""


class HoldShown(HoldRow):
    """A parked mail with what was found in it."""

    on_expiry: str
    acknowledged_by: str
    size_bytes: int
    attachments: int
    copies: list[Copy]
    findings: list[FoundThere]
    unread: list[UnreadPart]
    resembles: str = Field(description="An earlier hold of the same mail, as it seems; or empty.")
    goes_with: str = Field(description="A hold whose password this mail seems to tell; or empty.")
    second_look: dict[str, Any] | None = Field(description="What a later password showed.")
    in_doubt: bool = Field(description="A copy may have arrived, and nobody knows.")
    can: list[str] = Field(description="Acts that this token can do now.")


class Holds(BaseModel):
    """A page of the queue, the gravest first."""

    holds: list[HoldRow]
    next: str | None = Field(description="Give it back as `after`; null on the last page.")


class Exemption(BaseModel):
    """A narrow exception that a false alarm proposes, for an administrator to review."""

    hold: str
    toml: str = Field(description="A rule with a last day; empty where none is narrow enough.")
    why: str = Field(description="Why none can be proposed; empty where one can.")


class Counted(BaseModel):
    certain: int
    likely: int
    possible: int


class IncidentRow(BaseModel):
    """An incident."""

    id: str
    opened: datetime
    kind: str = Field(description="left, perhaps, approved or prevented; docs/incidents.md.")
    verdict: str
    would: str
    sender: str
    recipients: list[str]
    my_numbers: int
    over_100: bool
    holds: list[str]


class Clocks(BaseModel):
    """Last days, in Japan."""

    known_on: date
    preliminary_soon: date
    preliminary_by: date
    final_by: date
    final_by_if_wrongful: date


class ReportGiven(BaseModel):
    """That somebody marked a report to the Commission as given."""

    step: str = Field(description="preliminary or final; a final one counts as both.")
    on: date
    reference: str = Field(description="The Commission's number; empty where none was told.")
    by: str
    at: datetime


class IncidentShown(IncidentRow):
    """An incident with what was found and what became of each copy."""

    queue_id: str
    received: datetime
    client: str
    size_bytes: int
    policy: str
    state: str
    persons: Counted
    persons_open: bool = Field(description="A part was not read: there may be more.")
    attachments: int
    copies: list[Copy]
    findings: list[FoundThere]
    unread: list[UnreadPart]
    gone_to: list[str]
    kept_from: list[str]
    reasons: list[str]
    deadlines: Clocks | None = Field(description="Null where nothing left that could hold one.")
    reported: list[ReportGiven]


class Incidents(BaseModel):
    """A page of incidents, newest first."""

    incidents: list[IncidentRow]
    next: str | None = Field(description="Give it back as `after`; null on the last page.")


class Item(BaseModel):
    """One of the nine items of the report to the Commission."""

    number: int
    title: str
    to_persons: bool
    known: list[str]
    missing: str


class Report(BaseModel):
    """The draft: what the record says, and what a person must still add."""

    incident: str
    summary: list[str]
    items: list[Item]


class Waits(BaseModel):
    """What waits, in numbers."""

    total: int
    high: int = Field(description="Those of high risk.")
    soon: int = Field(description="Those whose time is up within a day.")
    oldest: datetime | None = Field(description="Since when the oldest waits; null where none.")
    rules: dict[str, int] = Field(description="Rule → how many wait for it.")


class EventData(BaseModel):
    """Who did what to which thing."""

    actor: str
    about: str = Field(description="Id of a hold, incident or mail, or what else was meant.")
    detail: dict[str, Any] = Field(description="As in the audit log.")
    mail: dict[str, Any] | None = Field(description="What the journal knows of its mail.")


class EventTold(BaseModel):
    """One entry of the audit log; a webhook gets the same."""

    id: str = Field(description="The same for ever; a webhook's `webhook-id`.")
    type: str
    timestamp: datetime
    data: EventData


class Events(BaseModel):
    """What happened after a place in the log, oldest first."""

    events: list[EventTold]
    next: str = Field(description="Give it back as `after`, now or later.")
    more: bool = Field(description="Whether there is more already.")


class Me(BaseModel):
    """Whom this token speaks for."""

    account: str
    role: str
    departments: list[str] = Field(description="Whose mail it sees; empty: everybody's.")
    token: str = Field(description="The token's id, as lists and the audit log have it.")
    scope: list[str] = Field(description="What it may do now: its scope within its owner's role.")


# ------------------------------------------------------------------ from the store's values


def hold_row(hold: Hold, record: IncidentRecord) -> HoldRow:
    """Return a hold as lists show it."""
    return HoldRow(**_hold(hold, record))


def hold_shown(
    hold: Hold, record: IncidentRecord, *, resembles: str, can: tuple[str, ...]
) -> HoldShown:
    """Return a hold with what was found in it."""
    return HoldShown(
        **_hold(hold, record),
        on_expiry=hold.on_expiry.value,
        acknowledged_by=hold.acknowledged_by,
        size_bytes=hold.size_bytes,
        attachments=record.attachments,
        copies=[_copy(d) for d in _its(hold, record)],
        findings=_findings(record),
        unread=_unread(record),
        resembles=resembles,
        goes_with=hold.goes_with,
        second_look=dict(hold.second_look) if hold.second_look else None,
        in_doubt=record.in_doubt(hold.hold_id),
        can=list(can),
    )


def _hold(hold: Hold, record: IncidentRecord) -> dict[str, Any]:
    return {
        "id": hold.hold_id,
        "revision": hold.revision,
        "state": hold.state.value,
        "stage": stage_of(hold).value,
        "verdict": hold.verdict.value,
        "rule": hold.rule,
        "risk": risk(record, _its(hold, record)).value,
        "sender": hold.sender,
        "recipients": list(hold.recipients),
        "received": hold.received_at,
        "expires": hold.expires_at,
        "my_numbers": hold.my_numbers,
        "approvers": hold.approvers,
        "approved_by": list(hold.approved_by),
        "assignee": hold.assignee,
        "escalated": hold.escalated,
        "incident": hold.incident_id,
        "reason_code": hold.reason_code,
    }


def _its(hold: Hold, record: IncidentRecord) -> tuple[Destination, ...]:
    return tuple(d for d in record.destinations if d.hold_id == hold.hold_id)


def incident_row(record: IncidentRecord, found: Classification) -> IncidentRow:
    """Return an incident as lists show it."""
    return IncidentRow(**_incident(record, found))


def incident_shown(record: IncidentRecord, found: Classification) -> IncidentShown:
    """Return an incident with what was found and what became of it."""
    due = found.deadlines
    return IncidentShown(
        **_incident(record, found),
        queue_id=record.queue_id,
        received=record.received_at,
        client=record.client,
        size_bytes=record.size_bytes,
        policy=record.policy,
        state=record.state.value,
        persons=Counted(
            certain=record.persons.certain,
            likely=record.persons.likely,
            possible=record.persons.possible,
        ),
        persons_open=found.persons_open,
        attachments=record.attachments,
        copies=[_copy(d) for d in record.destinations],
        findings=_findings(record),
        unread=_unread(record),
        gone_to=list(found.gone_to),
        kept_from=list(found.kept_from),
        reasons=list(found.reasons),
        deadlines=None if due is None else Clocks.model_validate(due, from_attributes=True),
        reported=[ReportGiven.model_validate(m, from_attributes=True) for m in record.reported],
    )


def _incident(record: IncidentRecord, found: Classification) -> dict[str, Any]:
    return {
        "id": record.incident_id,
        "opened": record.opened_at,
        "kind": found.kind.value,
        "verdict": record.verdict.value,
        "would": record.would.value,
        "sender": record.sender,
        "recipients": [d.address for d in record.destinations],
        "my_numbers": record.persons.likely,
        "over_100": found.over_100,
        "holds": list(record.hold_ids),
    }


def report(record: IncidentRecord, lines: list[str], items: tuple[ReportItem, ...]) -> Report:
    """Return the draft of the report."""
    made = [Item.model_validate(i, from_attributes=True) for i in items]
    return Report(incident=record.incident_id, summary=lines, items=made)


def waits(found: Waiting) -> Waits:
    """Return what waits."""
    return Waits(
        total=found.total,
        high=found.grave,
        soon=found.soon,
        oldest=found.oldest,
        rules=dict(found.rules),
    )


def _copy(to: Destination) -> Copy:
    return Copy(
        address=to.address,
        corrected=to.corrected,
        recipient_class=to.recipient_class,
        strength=to.strength,
        resembles=to.resembles,
        verdict=to.verdict.value,
        would=to.would.value,
        rule=to.rule,
        reasons=list(to.reasons),
        fate=to.fate.value if to.fate else None,
    )


def _findings(record: IncidentRecord) -> list[FoundThere]:
    return [FoundThere.model_validate(dict(f)) for f in record.findings]


def _unread(record: IncidentRecord) -> list[UnreadPart]:
    return [UnreadPart.model_validate(dict(u)) for u in record.unread]

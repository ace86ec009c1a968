"""The shapes of requests: JSON Schema for programs, and what checks them here.

Answers: one pydantic model for the query or the body of each operation; a description is the
documentation. Whatever a request holds and no model names is refused, so that a misspelt
filter does not filter nothing.
Trusts: nothing.
Fails: ``ValidationError``; its text is never shown, since it could hold a value.
Standards: RFC 3339 (instants), RFC 5321 4.5.3.1 (length of an address).
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, ClassVar, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)

from gateway.console.api import cursors
from gateway.model import Verdict
from gateway.store.events import TYPES

REASON_CHARS = 1000
ADDRESS_CHARS = 320  # 64 + @ + 255
RECIPIENTS = 1000  # of one act
ROWS, MOST_ROWS = 50, 200  # of one page
ENTRIES, MOST_ENTRIES = 1000, 10_000  # of the log in one answer: 5 MB
_PLAIN = r"^[^\x00-\x1f\x7f]*$"  # no control character, which no database and no log wants
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)")

State = Literal["parked", "released", "delivered", "failed", "rejected", "cancelled", "expired"]
Risk = Literal["high", "medium", "low"]
Code = Literal[
    "false-alarm",
    "accepted",
    "corrected",
    "training-needed",
    "send-anew",
    "not-allowed",
    "not-needed",
    "other",
]


def _rfc3339(value: object) -> object:
    """A number would be taken for seconds of 1970, a day for its midnight."""
    if not isinstance(value, str) or not _RFC3339.fullmatch(value):
        raise ValueError("must be an instant with its offset")
    return value


def _of_this_age(value: datetime) -> datetime:
    if not 1970 < value.year < 9000:
        raise ValueError("must be an instant of this age")
    return value


Instant = Annotated[
    Annotated[AwareDatetime, Field(strict=False)],  # JSON has no type of its own for it
    BeforeValidator(_rfc3339),
    AfterValidator(_of_this_age),
]
Words = Annotated[str, StringConstraints(max_length=REASON_CHARS)]
Reason = Annotated[str, StringConstraints(min_length=1, max_length=REASON_CHARS)]
Line = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=_PLAIN)]
Address = Annotated[str, StringConstraints(min_length=3, max_length=ADDRESS_CHARS, pattern=_PLAIN)]
Cursor = Annotated[str, StringConstraints(pattern=cursors.PATTERN)]
Recipient = Annotated[int, Field(ge=0, le=100_000)] | Address

_BY = "Position among the hold's recipients, from 0; or the address, in clear or as it is shown."
_WHY = "Why, in words; stands in the audit log, masked. Needed where no code says it."
_CODE = "Why, from the list; `other` takes words."


class Query(BaseModel):
    """The parameters of an address."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", hide_input_in_errors=True)


class Body(BaseModel):
    """The JSON object of an act."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        extra="forbid", strict=True, hide_input_in_errors=True
    )


# ------------------------------------------------------------------ queries


class Nothing(Query):
    """No parameter."""


class InLanguage(Query):
    lang: Literal["ja", "en"] = Field("en", description="Language of the sentences.")


class HoldsAsked(Query):
    state: State = Field("parked", description="Where the mail stands.")
    verdict: Literal[Verdict.WARN, Verdict.HOLD] | None = Field(
        None, description="`warn`: waits for its sender; `hold`: for a handler."
    )
    risk: Risk | None = Field(None, description="How grave it would be if it left wrongly.")
    rule: Line | None = Field(None, description="Name of the rule that parked it.")
    q: Line | None = Field(None, description="Part of an address of sender or recipient.")
    expires_before: Instant | None = Field(None, description="Its time is up by then.")
    limit: int = Field(ROWS, ge=1, le=MOST_ROWS, description="Rows of one answer, at most.")
    after: Cursor | None = Field(None, description="`next` of the answer before.")


class IncidentsAsked(Query):
    limit: int = Field(ROWS, ge=1, le=MOST_ROWS, description="Rows of one answer, at most.")
    after: Cursor | None = Field(None, description="`next` of the answer before.")


class ReviewsAsked(Query):
    limit: int = Field(ROWS, ge=1, le=MOST_ROWS, description="Rows of one answer, at most.")
    after: Cursor | None = Field(None, description="`next` of the answer before.")


class EventsAsked(Query):
    type: list[Literal[TYPES]] = Field(  # type: ignore[valid-type]
        default_factory=list, description="Types that are asked for; all where none is named."
    )
    limit: int = Field(ROWS, ge=1, le=MOST_ENTRIES, description="Events of one answer, at most.")
    after: Cursor | None = Field(
        None,
        description="`next` of the answer before; `latest` to begin with what happens from now "
        "on. Default: the beginning of the log.",
    )


class AuditAsked(Query):
    limit: int = Field(ENTRIES, ge=1, le=MOST_ENTRIES, description="Lines at most.")
    after: Cursor | None = Field(
        None, description="The header `Sekisho-Next` of the answer before. Default: the beginning."
    )


# ------------------------------------------------------------------ acts


class Decided(Body):
    reason: Words = Field("", description=_WHY)
    code: Code | None = Field(None, description=_CODE)


class Release(Decided):
    only: list[Recipient] = Field(
        default_factory=list,
        max_length=RECIPIENTS,
        description=f"Release to these alone; the others wait on in a new hold. {_BY}",
    )
    reject_others: bool = Field(
        False, description="With `only`: refuse the others, and tell the sender."
    )


class Reject(Decided):
    """Nothing more than why."""


class NewAddress(Body):
    recipient: Recipient = Field(description=_BY)
    address: Address = Field(description="The address to send to; policy must list it.")


class Correct(Decided):
    addresses: list[NewAddress] = Field(
        min_length=1, max_length=RECIPIENTS, description="What is put in place of what."
    )


class Assign(Body):
    to: Line = Field(description="Account or person; `me` is the token's owner.")
    reason: Words = Field("", description="Why, in words.")


class Acknowledge(Body):
    reason: Words = Field("", description="Why, in words.")


class Comment(Body):
    text: Annotated[str, StringConstraints(min_length=1, max_length=REASON_CHARS)] = Field(
        description="For whoever comes next; stands in the audit log, masked."
    )


class Extend(Body):
    until: Instant = Field(description="The new end: later than the one it has.")
    reason: Words = Field(description="Why, in words.")


# ------------------------------------------------------------------ after the fact


class Reviewed(Body):
    outcome: Literal["fine", "training-needed", "left-wrongly"] = Field(
        description="What came of looking at it."
    )
    reason: Words = Field("", description="More, in words; stands in the audit log, masked.")


class StandInNamed(Body):
    stand_in: Line = Field(description="Account or person who decides in the owner's place.")
    since: Instant | None = Field(None, description="When it begins; left out: now.")
    until: Instant = Field(description="When it ends; 92 days after it begins at most.")
    reason: Reason = Field(description="Why; stands in the audit log, masked.")


class StandInEnded(Body):
    reason: Reason = Field(description="Why; stands in the audit log, masked.")


class ReportMarked(Body):
    step: Literal["preliminary", "final"] = Field(description="A final report counts as both.")
    on: Annotated[date, Field(strict=False)] | None = Field(
        None, description="The day it was given, Japan time; needed, but to withdraw a mark."
    )
    reference: Annotated[str, StringConstraints(max_length=100, pattern=_PLAIN)] = Field(
        "", description="The number that the Commission gave it; masked."
    )
    withdraw: bool = Field(False, description="Take the mark back: it was a mistake.")
    reason: Words = Field("", description="With `withdraw`: why; stands in the audit log, masked.")

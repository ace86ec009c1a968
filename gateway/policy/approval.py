"""Who decides on parked mail, how long that may take, and what is looked at afterwards.

Answers: the models of ``[approval]`` and of the keys that a rule may set for itself; the
descriptions here are the documentation of the keys. An approver comes out normalised:
``manager``, ``a@exp.co.jp``, ``@exp.co.jp``, ``group:x``, or a person's name in small letters.
Trusts: nothing. Fails: with pydantic's errors, which ``toml_model`` puts at line and column.
"""

from __future__ import annotations

import re
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from gateway.toml_model import TomlModel, setting
from gateway.units import Duration, parse_address, parse_domain

MANAGER = "manager"  # of the sender, as the list of people says
GROUP = "group:"
_PERSON = re.compile(r"[^\s@,;:\"'<>]{1,64}")


class Eyes(StrEnum):
    """How many look at a mail at an unusual hour."""

    AS_USUAL = "as-usual"
    ONE_APPROVER = "one-approver"  # one is enough, where the rule asks more
    SELF_CHECK = "self-check"  # that one may be the sender, signed in


def _parse_approver(value: Any) -> str:
    if not isinstance(value, str):
        raise _wrong()
    if value == MANAGER or value.startswith(GROUP):
        return value
    if value.startswith("@"):
        return f"@{parse_domain(value[1:])}"
    if "@" in value:
        return parse_address(value)
    if not _PERSON.fullmatch(value):
        raise _wrong()
    return value.casefold()


def _wrong() -> PydanticCustomError:
    hint = {"hint": '"manager", a name, an address, "@domain" or "group:name"'}
    return PydanticCustomError("approver", "names nobody who could approve", hint)


_TEXT = WithJsonSchema({"type": "string"})
Approvers = Annotated[
    tuple[Annotated[str, BeforeValidator(_parse_approver), _TEXT], ...], Field(strict=False)
]
AtExpiry = Literal["reject", "escalate"]
Unusual = Annotated[Eyes, Field(strict=False)]


class Approval(TomlModel):
    """[approval]: what holds for every rule that says nothing else."""

    approved_by: Approvers = setting(
        [],
        "Who may approve: manager (the sender's, from people.file), names of persons, addresses, "
        "@domain, group:name. Empty: every handler.",
    )
    self_check: bool = setting(
        False, "true: the sender counts as an approver of their own mail (自己承認), signed in."
    )
    chain: Approvers = setting(
        [],
        "Whom a hold goes on to when nobody acknowledges it in time, one after the other; each "
        "may approve from then on. Entries as in approved_by, groups apart.",
    )
    escalate_after: Duration = setting(
        "4h", "So long a hold may lie unacknowledged before the next in the chain is told."
    )
    announce: Duration = setting(
        "1d",
        "So long before its end an unattended mail is announced; never before half of its time.",
    )
    longest_wait: Duration = setting(
        "30d",
        "However often it is extended, a mail waits no longer than this, counted from when it was "
        "parked. A month: what was not decided by then will not be.",
    )
    on_expiry: AtExpiry = setting(
        "reject",
        "When a hold's time is up. reject: it ends and the sender is told. escalate: the next "
        "in the chain has escalate_after more; at the chain's end as reject. Never: send.",
    )
    off_hours: Unusual = setting(
        "as-usual",
        "Outside office.hours: as-usual; one-approver: one is enough; self-check: it may be the "
        "sender. What was decided so is put on the list of later reviews.",
    )
    disaster: Unusual = setting(
        "as-usual", "The same until the end of disaster_until, at any hour."
    )
    disaster_until: date | None = setting(
        None, "Last day of the disaster mode, Japan time. Absent: there is none."
    )
    review_within: Duration = setting(
        "14d", "So long a decision of an unusual hour waits on the list of later reviews."
    )

"""What may stand in a policy file, as written: trusted domains, groups, rules.

Answers: the models of ``[[trusted]]``, ``[groups]`` and ``[[rule]]``; the descriptions here
are the documentation of the keys. Names of addresses and domains come out normalised:
``@exp.co.jp`` for a domain, ``a@exp.co.jp`` for an address, ``group:x`` for a group.
Trusts: nothing; what one file cannot show (other rules, groups) ``checks.py`` looks at.
Fails: with pydantic's errors, which ``toml_model`` puts at line and column.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

from gateway.config import Words
from gateway.i18n import catalogue_keys
from gateway.model import Confidence, RecipientClass, UnreadReason, Verdict
from gateway.policy.approval import Approval, Approvers, AtExpiry
from gateway.policy.detectors import MY_NUMBER as MY_NUMBER
from gateway.policy.detectors import Detector
from gateway.toml_model import TomlModel, did_you_mean, setting
from gateway.units import Domain, Duration, Size, parse_address, parse_domain

GROUP = "group:"
FILE = "file:"  # among the members of a group
INTERNAL = RecipientClass.INTERNAL.value
LOOK_ALIKE = RecipientClass.LOOK_ALIKE.value
_CLASSES = {c.value for c in RecipientClass}


def _wrong(message: str, hint: str) -> PydanticCustomError:
    return PydanticCustomError("policy", "{message}", {"message": message, "hint": hint})


# ------------------------------------------------------------------ whom an entry names


def _parse_listed(value: Any) -> str:
    """A member, or ``file:PATH``."""
    if isinstance(value, str) and value.startswith(FILE) and value != FILE:
        return value
    return _parse_member(value)


def _parse_member(value: Any) -> str:
    """``a@exp.co.jp`` or ``@exp.co.jp``."""
    if isinstance(value, str) and value.startswith("@"):
        return f"@{parse_domain(value[1:])}"
    if isinstance(value, str) and "@" in value:
        return parse_address(value)
    hint = f'write "@{value}"' if isinstance(value, str) and "." in value else ""
    raise _wrong("must be an address or @domain", hint)


def _parse_sender(value: Any) -> str:
    """A member, or ``group:name``."""
    if isinstance(value, str) and value.startswith(GROUP):
        return value
    return _parse_member(value)


def _parse_recipient(value: Any) -> str:
    """A class of recipients, a domain with or without ``@``, an address, or ``group:name``."""
    if not isinstance(value, str):
        raise _wrong("must be text in quotes", "a class, a domain, an address or group:name")
    if value in _CLASSES or value.startswith(GROUP):
        return value
    if "@" in value:
        return _parse_member(value)
    if "." in value:
        return f"@{parse_domain(value)}"
    raise _wrong("is no class, domain, address or group:name", did_you_mean(value, _CLASSES))


_TEXT = WithJsonSchema({"type": "string"})
_SORTED = PlainSerializer(sorted)
Members = Annotated[
    tuple[Annotated[str, BeforeValidator(_parse_listed), _TEXT], ...], Field(strict=False)
]
Senders = Annotated[
    frozenset[Annotated[str, BeforeValidator(_parse_sender), _TEXT]],
    _SORTED,
    Field(strict=False, min_length=1),
]
Recipients = Annotated[
    frozenset[Annotated[str, BeforeValidator(_parse_recipient), _TEXT]],
    _SORTED,
    Field(strict=False, min_length=1),
]

# ------------------------------------------------------------------ what a match asks

Sureness = Annotated[Confidence, Field(strict=False)]
_SURENESSES = [c.value for c in Confidence]


def _parse_look_alike(value: Any) -> Any:
    if value is True:
        return Confidence.LIKELY
    if value is False:
        raise _wrong("cannot be false", "leave it out, or name classes in recipient")
    return value


def _parse_uninspected(value: Any) -> Any:
    if value is True:
        return list(UnreadReason)
    if value is False:
        return frozenset()
    if value == []:
        raise _wrong("must name at least one reason", "or true: anything, or false: nothing")
    return value


_REASONS = {"type": "array", "items": {"enum": [r.value for r in UnreadReason]}, "minItems": 1}
LookAlike = Annotated[
    Sureness,
    BeforeValidator(_parse_look_alike),
    WithJsonSchema({"enum": [*_SURENESSES, True]}),
]
Uninspected = Annotated[
    frozenset[Annotated[UnreadReason, Field(strict=False)]],
    BeforeValidator(_parse_uninspected),
    _SORTED,
    Field(strict=False),
    WithJsonSchema({"anyOf": [_REASONS, {"type": "boolean"}]}),
]


def _parse_reason(value: Any) -> Any:
    """A reason that the judgement of a recipient gives (``docs/reasons.md``)."""
    known = catalogue_keys("recipients")
    if isinstance(value, str) and value not in known:
        raise _wrong("is no reason of a recipient's judgement", did_you_mean(value, known))
    return value


Reasons = Annotated[
    frozenset[Annotated[str, BeforeValidator(_parse_reason), _TEXT]],
    _SORTED,
    Field(strict=False, min_length=1),
]


class MyNumbers(TomlModel):
    """my_numbers = { at_least = 1, confidence = "likely" }"""

    at_least: int = Field(1, ge=1, description="Different My Numbers in the mail, i.e. persons.")
    at_most: int | None = Field(
        None, ge=1, description="And no more than so many; for a narrow exception."
    )
    confidence: Sureness = Field(
        Confidence.LIKELY, description="How sure each of them must be, at least."
    )


class Found(TomlModel):
    """detected = { detector = "credit-card", at_least = 1, confidence = "likely" }"""

    detector: str = Field(description="The id of a [[detector]].")
    at_least: int = Field(1, ge=1, description="Different values in the mail.")
    confidence: Sureness = Field(
        Confidence.LIKELY, description="How sure each of them must be, at least."
    )


class MailSize(TomlModel):
    """size = { at_least = "10MB" }"""

    at_least: Size = Field(description="Size of the mail as received.")


class Count(TomlModel):
    """visible_recipients = { at_least = 10 }"""

    at_least: int = Field(ge=1, description="So many, or more.")


class Match(TomlModel):
    """What must be so for a rule to apply: everything that is written here.

    A match that asks nothing applies to every outside recipient.
    """

    recipient: Recipients | None = Field(
        None,
        description="Any of these: classes (internal, trusted, known, first-time, freemail, "
        "look-alike, nonexistent, invalid), domains, addresses, group:name. look-alike means "
        "likely or better. Only a rule that names internal applies to internal recipients.",
    )
    look_alike: LookAlike | None = Field(
        None,
        description="The domain resembles a known one, so strongly or more: possible, likely "
        "(also written true), certain.",
    )
    resembles_own: bool | None = Field(
        None, description="true: the domain resembles one of your own (organisation.domains)."
    )
    new_address: bool | None = Field(
        None, description="true: nobody in the organisation has written to this address before."
    )
    new_to_sender: bool | None = Field(
        None, description="true: this sender has not written to this address before."
    )
    crosses_organ: bool | None = Field(
        None,
        description="true: sender and recipient belong to different [[organ]] groups. For "
        "internal recipients too, where recipient names internal.",
    )
    outside_domains: Count | None = Field(
        None, description="So many different outside domains among the recipients, or more."
    )
    visible_recipients: Count | None = Field(
        None,
        description="So many outside addresses in To and Cc, where each recipient sees them, or "
        "more.",
    )
    address_inside: LookAlike | None = Field(
        None,
        description="An address in the text, an attachment or Reply-To has a look-alike domain, "
        "so strongly or more: possible, likely (also written true), certain.",
    )
    greets_another: bool | None = Field(
        None,
        description="true: the first lines greet (○○様) nobody whom To and Cc name.",
    )
    sender: Senders | None = Field(
        None, description="Any of these envelope senders: addresses, @domain, group:name."
    )
    sender_null: bool | None = Field(
        None, description="true: the mail has the null sender <> (bounces, receipts)."
    )
    sender_differs: bool | None = Field(
        None, description="true: the From header names somebody else than the envelope sender."
    )
    my_numbers: MyNumbers | None = Field(None, description="So many My Numbers or more.")
    detected: Found | None = Field(
        None, description="So many values or more that one of your own detectors found."
    )
    permitted: bool | None = Field(
        None,
        description="true: the recipient may receive everything that was found "
        "(may_receive in [[trusted]]).",
    )
    uninspected: Uninspected | None = Field(
        None,
        description="Something was not read, for one of these reasons: encrypted, unsupported, "
        "limit, damaged, ambiguous, external. true: for any reason; false: all was read.",
    )
    attachments: bool | None = Field(None, description="true: the mail has attachments.")
    reason: Reasons | None = Field(
        None,
        description="The recipient is judged for one of these reasons (docs/reasons.md), such as "
        "address-near, address-elsewhere, trust-expired.",
    )
    size: MailSize | None = Field(None, description="So large or larger.")


CONTENT_FACTS = (
    "detected",
    "new_address",
    "new_to_sender",
    "outside_domains",
    "visible_recipients",
    "address_inside",
    "greets_another",
    "sender_differs",
    "my_numbers",
    "permitted",
    "uninspected",
    "attachments",
    "size",
    "reason",  # the whole of it is known with the mail only: history is asked for then
)
ENVELOPE_FACTS = tuple(name for name in Match.model_fields if name not in CONTENT_FACTS)

# ------------------------------------------------------------------ the tables of a file

_RULE_ID = r"[a-z][a-z0-9-]{0,63}"


def _parse_rule_id(value: Any) -> Any:
    if isinstance(value, str) and not re.fullmatch(_RULE_ID, value):
        raise _wrong("is no name of a rule", 'small letters, digits and hyphens, like "my-number"')
    return value


RuleId = Annotated[
    str,
    BeforeValidator(_parse_rule_id),
    WithJsonSchema({"type": "string", "pattern": f"^{_RULE_ID}$"}),
]


class Trusted(TomlModel):
    """[[trusted]]: a domain known to be right, and what it may receive."""

    domain: Domain = Field(
        description="The domain. It covers its subdomains (mail.exp.co.jp for exp.co.jp), and no "
        "organisation that it stands above: lg.jp covers no city."
    )
    may_receive: Annotated[frozenset[str], _SORTED] = Field(
        frozenset(),
        description="What may be sent there: my-number, or the id of a [[detector]]. Absent: "
        "trusted for ordinary mail only.",
        strict=False,
    )
    purpose: str = Field("", description="What for, with the item of Article 19.")
    owner: str = Field("", description="Who in your organisation answers for this entry.")
    until: date | None = Field(None, description="Last day of this trust, Japan time.")


class Rule(TomlModel):
    """[[rule]]: if all of match is so, then action. The first rule that matches decides."""

    id: RuleId = Field(description="Name of the rule; stands in records, notices and SMTP replies.")
    match: Match = Field(description="What must be so.")
    action: Annotated[Verdict, Field(strict=False)] = Field(
        description="allow: relay. warn: ask the sender. hold: ask a handler. block: refuse."
    )
    at: Literal["rcpt", "data"] = Field(
        "data",
        description="rcpt: refuse at once, before the mail is sent; envelope facts only, and "
        "above every rule that looks at content.",
    )
    approvers: int | None = Field(
        None, ge=1, le=9, description="Handlers needed to release a hold. Default: 1."
    )
    confirm: bool | None = Field(
        None, description="false on a warn: relay at once, and tell the sender only."
    )
    expires: Duration | None = Field(
        None, description="How long a hold or a warn waits. Default: [retention] in config.toml."
    )
    delay: Duration | None = Field(
        None,
        description="On a warn: the mail waits so long and is then sent, unless its sender takes "
        "it back. (送信ディレイ)",
    )
    approved_by: Approvers | None = Field(
        None, description="Who may approve this rule's holds. Default: [approval]."
    )
    self_check: bool | None = Field(
        None, description="true: the sender counts as an approver. Default: [approval]."
    )
    chain: Approvers | None = Field(
        None, description="Whom this rule's holds escalate to. Default: [approval]."
    )
    on_expiry: AtExpiry | None = Field(
        None, description="reject or escalate, when a hold's time is up. Default: [approval]."
    )
    hold_password_mail: bool = Field(
        False,
        description="true: while a mail is parked by this rule for an encrypted file, a later "
        "mail of its sender to its recipients that tells a password is parked with it.",
    )
    until: date | None = Field(
        None, description="Last day of this rule, Japan time; then it matches nothing."
    )
    monitor: bool = Field(
        False, description="true: record what would be done, and relay. Rules below are not asked."
    )
    advice: Words | None = Field(None, description="What the sender should do instead.")

    @property
    def looks_at_content(self) -> bool:
        """Whether the mail must be there before this rule can be judged."""
        return any(getattr(self.match, name) is not None for name in CONTENT_FACTS)


class Organ(TomlModel):
    """[[organ]]: one organ of the body, between which numbers are not simply moved."""

    name: str = Field(description="Its name, as people say it.", min_length=1)
    members: Senders = Field(description="Its addresses, @domains and group:name.")


class Journal(TomlModel):
    """[[journal]]: outside mail that is looked at after the fact. It decides nothing."""

    id: RuleId = Field(description="Name; stands in the journal and on the list of reviews.")
    match: Match = Field(description="Which mail, as in a rule; of one recipient at least.")
    monitored: bool = Field(
        False, description="true: only mail that monitor let pass and that would have been parked."
    )
    sample: float = Field(
        0.0,
        ge=0.0,
        le=100.0,
        strict=False,
        description="Of a hundred such mails that leave, so many are sealed and put before a "
        "reviewer. 0: facts only, in the journal.",
    )
    keep: Duration = setting("14d", "So long the sealed copy waits; then it is destroyed.")


class PolicyFile(TomlModel):
    """One file of policies/. All files together are the policy."""

    monitor: bool | None = Field(
        None, description="true: the whole policy only records what would be done, and relays."
    )
    trusted: tuple[Trusted, ...] = Field((), description="Domains known to be right.", strict=False)
    detector: tuple[Detector, ...] = Field(
        (), description="What to look for besides My Numbers.", strict=False
    )
    groups: dict[str, Members] = Field(
        {},
        description="Names for lists of addresses and @domains; file:PATH takes those that stand "
        "in a text or CSV file.",
    )
    organ: tuple[Organ, ...] = Field(
        (), description="Organs of your own body, for crosses_organ.", strict=False
    )
    rule: tuple[Rule, ...] = Field((), description="Read from top to bottom.", strict=False)
    approval: Approval | None = Field(
        None, description="Who decides on parked mail. In one file only."
    )
    journal: tuple[Journal, ...] = Field(
        (), description="What is looked at after the fact.", strict=False
    )


def schema() -> dict[str, Any]:
    """JSON Schema of ``policies/*.toml``, for editors."""
    return PolicyFile.model_json_schema() | {"title": "Sekisho policy"}

"""The configuration: every setting of ``config.toml``, its default, and the reason for it.

Answers: ``load(path)`` gives a ``Config`` whose every value is checked and typed; paths are
absolute or relative to the file they stand in. ``schema()`` gives the JSON Schema that
editors use; the descriptions here are the documentation of the settings.
Trusts: the administrator, and only after checking what was written.
Fails: with ``ConfigError`` holding every problem of the file at once (exit status 78).
``config_smtp`` holds the settings of the wire, ``config_limits`` what mails may cost,
``config_accounts`` who may sign in, ``config_pages`` where pages answer, ``config_programs``
what programs may ask and are told, ``config_desk`` people and hours, ``config_keeping`` what
is kept.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from gateway import units
from gateway.config_accounts import Accounts
from gateway.config_desk import OfficeHours, People, TimeOfDay
from gateway.config_keeping import Audit, Retention, Store
from gateway.config_limits import Limits, Sandbox
from gateway.config_pages import Console, Sender
from gateway.config_programs import Api, Webhook, same_name
from gateway.config_smtp import Smtp
from gateway.errors import ConfigError, Problem
from gateway.model import InspectionLimits
from gateway.toml_model import TomlModel, validate
from gateway.toml_model import setting as _setting
from gateway.toml_model import worked_out as _worked_out
from gateway.toml_source import Source, read

LANGUAGES = ("ja", "en")
Language = Literal["ja", "en"]
NOBODY = "sekisho.invalid"  # RFC 6761 6.4: no mail address is ever in it


class Words(TomlModel):
    """One text in the languages that people read; at least one of them."""

    ja: str = _setting("", "Japanese text.")
    en: str = _setting("", "English text.")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.ja and not self.en:
            raise PydanticCustomError("words", "must have a text", {"hint": "ja, en or both"})
        return self

    def by_language(self) -> dict[str, str]:
        """The texts that there are, by language."""
        return {lang: text for lang in LANGUAGES if (text := getattr(self, lang))}


# ------------------------------------------------------------------ beside the wire


class Health(TomlModel):
    """[health]: for monitoring."""

    listen: units.Listen = _setting(
        "127.0.0.1:8026",
        "Where /healthz, /readyz and /metrics answer. Default: this machine only, since the "
        "numbers tell how much mail an office sends.",
    )


class Dns(TomlModel):
    """[dns]: looking recipients' domains up."""

    enabled: bool = _setting(
        True,
        "Ask DNS about look-alikes and first-time names: whether they exist, who takes their "
        "mail. false: judge by names and history alone, for a network without name resolution.",
    )
    nameservers: tuple[str, ...] = _setting(
        [],
        "Resolvers to ask: IP addresses, with :port where it is not 53. Default: the system's "
        "(/etc/resolv.conf). Use your own: a public one learns what was mistyped.",
        strict=False,
    )
    ask: tuple[Literal["look-alike", "first-time"], ...] = _setting(
        ["look-alike", "first-time"],
        "Classes of recipients whose names are looked up. Default: those that names and history "
        "leave in doubt; nobody else's name leaves the house.",
        strict=False,
    )
    timeout: units.Duration = _setting(
        "1s", "Wait for one server's answer, then ask the next. Default: a resolver's own try."
    )
    lifetime: units.Duration = _setting(
        "2s", "All attempts at one question. Default: two servers' time."
    )
    deadline: units.Duration = _setting(
        "3s",
        "All questions about one mail, asked side by side and beside its inspection; what is not "
        "answered then is unknown, and the judgement by names stands.",
    )
    names: int = _setting(
        20,
        "Names in doubt of one mail that are looked up; the rest is unknown. Default: an honest "
        "mail has one or two.",
        ge=1,
        le=1000,
    )
    cache: int = _setting(
        50_000,
        "Answers that each gateway process remembers, for at most an hour. Default: about 50 MB.",
        ge=100,
        le=1_000_000,
    )

    @field_validator("nameservers", mode="after")
    @classmethod
    def _are_addresses(cls, servers: tuple[str, ...]) -> tuple[str, ...]:
        for server in servers:
            if units.name_server(server) is None:
                hint = {"hint": 'like "192.0.2.53", "192.0.2.53:5353" or "[2001:db8::53]:53"'}
                raise PydanticCustomError("nameserver", "must be an IP address", hint)
        return servers


# ------------------------------------------------------------------ people


class Organisation(TomlModel):
    """[organisation]: whose mail this is."""

    domains: tuple[units.Domain, ...] = Field(
        description="Your own domains. Recipients in them are internal. The one setting without "
        "a default.",
        min_length=1,
        strict=False,
    )
    name: Words | None = _setting(None, "Your name, for notices and reports.")


class Notify(TomlModel):
    """[notify]: mails that the gateway itself sends."""

    enabled: bool = _setting(
        True, "Tell senders and handlers about parked and blocked mail. false: console only."
    )
    sender: units.Address | None = _setting(
        None, "From address of notices. Default: sekisho@ and your first domain."
    )
    handlers: tuple[units.Address, ...] = _setting(
        [],
        "Who is told when a mail is held. Default: nobody; look at the console.",
        strict=False,
    )
    digest: TimeOfDay = _setting(
        "",
        'When the handlers get the day\'s digest, like "08:30", Japan time: how much waits, since '
        "when and until when, on days that something waits. Default: never, since they were "
        "told of each mail.",
    )
    languages: tuple[Language, ...] = _setting(
        ["ja", "en"],
        "Languages of a notice, one after the other. Default: both, since the sender's "
        "language is not known.",
        min_length=1,
        strict=False,
    )


# ------------------------------------------------------------------ the rest


def shipped_policies() -> Path:
    """The rule set that comes with Sekisho."""
    here = Path(__file__).resolve().parent
    installed = here / "shipped" / "policies"
    return installed if installed.is_dir() else here.parent / "policies"


class PolicyFiles(TomlModel):
    """[policy]: the rules."""

    path: units.FilePath = _worked_out(
        shipped_policies,
        "Directory; every *.toml in it is read, in name order. Default: the rules that come "
        "with Sekisho.",
    )
    lists: units.FilePath = _setting(
        "lists",
        "Directory of your own lists of names, beside those that are shipped: protected.txt, "
        "known-real.txt, known-bad.txt; `sekisho lists import` writes them. Default: beside this "
        "file; it need not exist.",
    )


class Outbound(TomlModel):
    """[outbound]: delivery of released mails and of our own."""

    retry: tuple[units.Duration, ...] = _setting(
        ["1m", "5m", "15m", "30m", "1h", "2h", "4h"],
        "Waits between attempts; the last one repeats (RFC 5321 4.5.4.1). Default: soon at "
        "first, since somebody waits for a released mail.",
        min_length=1,
        strict=False,
    )
    give_up: units.Duration = _setting(
        "5d", "Then the sender gets a DSN; RFC 5321 4.5.4.1 asks for 4 to 5 days."
    )


class Log(TomlModel):
    """[log]: one line an event, on standard error; never content."""

    level: Literal["debug", "info", "warning", "error"] = _setting(
        "info", "Least important event that is written. Default: one line for each mail."
    )
    format: Literal["auto", "json", "console"] = _setting(
        "auto", "auto: console on a terminal, json otherwise."
    )


class Config(TomlModel):
    """``config.toml``. Only ``organisation.domains`` must be written."""

    smtp: Smtp = _setting({}, "Where mail comes in and where it goes.")
    store: Store = _setting({}, "Journal, parked mail, incidents and records.")
    audit: Audit = _setting({}, "Proof that the audit log was not rewritten.")
    console: Console = _setting({}, "The pages of handlers and auditors.")
    sender: Sender = _setting({}, "The page where a sender answers for a mail that waits.")
    accounts: Accounts = _setting({}, "Who may sign in to the console, and how.")
    api: Api = _setting({}, "What programs may ask, at the console's address.")
    webhook: tuple[Webhook, ...] = _setting(
        [], "Programs that are told what happens; one [[webhook]] each.", strict=False
    )
    health: Health = _setting({}, "For monitoring.")
    limits: Limits = _setting({}, "What a client, a mail and a worker may use.")
    sandbox: Sandbox = _setting({}, "The walls around the workers.")
    policy: PolicyFiles = _setting({}, "The rules.")
    organisation: Organisation = Field(description="Whose mail this is.")
    dns: Dns = _setting({}, "Looking recipients' domains up.")
    people: People = _setting({}, "Who is whose manager.")
    office: OfficeHours = _setting({}, "When somebody is there to approve.")
    notify: Notify = _setting({}, "Mails that the gateway itself sends.")
    retention: Retention = _setting({}, "How long things are kept.")
    outbound: Outbound = _setting({}, "Delivery of released mails.")
    log: Log = _setting({}, "What is written about events.")

    @property
    def inspection_limits(self) -> InspectionLimits:
        """What one mail may cost, as the engine takes it."""
        return self.limits.inspection.as_model()

    @property
    def notify_sender(self) -> str:
        """From address of notices."""
        return self.notify.sender or f"sekisho@{self.organisation.domains[0]}"

    @property
    def log_style(self) -> Literal["json", "console"]:
        """How log lines look, ``auto`` decided by whether a person is watching."""
        if self.log.format == "auto":
            return "console" if sys.stderr.isatty() else "json"
        return self.log.format

    @property
    def waits(self) -> tuple[timedelta, ...]:
        """Waits between attempts to deliver, the last one repeating."""
        return self.outbound.retry


def load(path: Path) -> Config:
    """Read and check the configuration file.

    Raises:
        ConfigError: with every problem found.
    """
    source = read(path)
    config = validate(Config, source, {"base": path.absolute().parent})
    problems = list(_contradictions(config, source))
    if problems:
        raise ConfigError(problems)
    return config


def _contradictions(config: Config, source: Source) -> Iterator[Problem]:
    """Settings that are right by themselves and cannot stand together."""
    limits, timers = config.limits, config.smtp.timers
    if limits.workers.wall >= timers.inspect:
        hint = f'smtp.timers.inspect is "{units.format_duration(timers.inspect)}"'
        message = "must be shorter than smtp.timers.inspect"
        yield source.problem(("limits", "workers", "wall"), message, hint)
    if limits.workers.part >= limits.workers.wall:
        hint = f'that is "{units.format_duration(limits.workers.wall)}"'
        message = "must be shorter than limits.workers.wall"
        yield source.problem(("limits", "workers", "part"), message, hint)
    if limits.inspection.picture_time >= limits.workers.cpu:
        hint = f'that is "{units.format_duration(limits.workers.cpu)}"'
        message = "must be shorter than limits.workers.cpu"
        yield source.problem(("limits", "inspection", "picture_time"), message, hint)
    if timers.relay <= timers.next_hop_after_dot:
        hint = f'that is "{units.format_duration(timers.next_hop_after_dot)}"'
        message = "must be longer than smtp.timers.next_hop_after_dot"
        yield source.problem(("smtp", "timers", "relay"), message, hint)
    if (twice := same_name(config.webhook)) is not None:
        yield source.problem(("webhook", twice, "name"), "stands twice", "each has its own")
    accounts = config.accounts
    if accounts.session_lasts < accounts.session_idle:
        hint = f'accounts.session_idle is "{units.format_duration(accounts.session_idle)}"'
        message = "must not be shorter than accounts.session_idle"
        yield source.problem(("accounts", "session_lasts"), message, hint)
    if limits.in_flight_per_client < limits.message:
        hint = f'limits.message is "{units.format_size(limits.message)}"'
        message = "must have room for one mail"
        yield source.problem(("limits", "in_flight_per_client"), message, hint)
    if limits.in_flight < limits.in_flight_per_client:
        hint = f'that is "{units.format_size(limits.in_flight_per_client)}"'
        message = "must not be below limits.in_flight_per_client"
        yield source.problem(("limits", "in_flight"), message, hint)


def policy_path(path: Path) -> Path:
    """Where the policies lie, as far as a file says that is perhaps wrong elsewhere."""
    try:
        named = read(path).data.get("policy", {}).get("path")
    except (ConfigError, AttributeError):
        named = None
    return path.absolute().parent / named if isinstance(named, str) else shipped_policies()


def bare() -> Config:
    """All defaults, no domain of one's own and no DNS, for verbs that can do without a file."""
    return Config.model_validate({"organisation": {"domains": [NOBODY]}, "dns": {"enabled": False}})


def schema() -> dict[str, Any]:
    """JSON Schema of ``config.toml``, for editors."""
    return Config.model_json_schema() | {"title": "Sekisho config.toml"}

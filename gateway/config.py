"""The configuration: every setting of ``config.toml``, its default, and the reason for it.

Answers: ``load(path)`` gives a ``Config`` whose every value is checked and typed; paths are
absolute or relative to the file they stand in. ``schema()`` gives the JSON Schema that
editors use; the descriptions here are the documentation of the settings.
Trusts: the administrator, and only after checking what was written.
Fails: with ``ConfigError`` holding every problem of the file at once (exit status 78).
``config_smtp`` holds the settings of the wire, ``config_limits`` what mails may cost,
``config_accounts`` who may sign in, ``config_pages`` where pages answer, ``config_programs``
what programs may ask and are told, ``config_desk`` people and hours.
"""

from __future__ import annotations

import re
import socket
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from gateway import units
from gateway.config_accounts import Accounts
from gateway.config_desk import OfficeHours, People
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
_MACHINE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,62}")
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


# ------------------------------------------------------------------ keeping


class Store(TomlModel):
    """[store]: journal, parked mail, incidents and records."""

    url: str = _setting(
        "sqlite:var/sekisho.db",
        "sqlite:FILE on one machine (default: nothing to install), or postgresql://user@host/db "
        "when several gateways share the work.",
        repr=False,
    )
    key_file: units.FilePath = _setting(
        "var/keys.toml",
        "Keys that open parked mail; made on first start with mode 0600. Keep it out of the "
        "backup that holds the database. Its public half, which seals, stands beside it with "
        ".pub in its name.",
    )
    reserve: units.Size = _setting(
        "256MB",
        "Free space that mail may not use up (SQLite): below it the answer is 452. Default: "
        "enough to settle and record what is under way.",
    )

    machine: str = _setting(
        "",
        "This machine's name among those that share a PostgreSQL: its journal and its chain of "
        "the audit log go by it. Default: the host name; set it where that changes from start to "
        "start, as in a container. Of no use with SQLite.",
    )

    def writer(self, role: str) -> str:
        """Return the name that a process with this role writes under; no other has it."""
        if self.url.startswith("sqlite:"):
            return role
        return f"{role}@{self.machine or socket.gethostname()}"

    @field_validator("machine", mode="after")
    @classmethod
    def _one_word(cls, machine: str) -> str:
        if machine and not _MACHINE.fullmatch(machine):
            hint = "letters, digits, dots and hyphens, such as a host name"
            raise PydanticCustomError("machine", "must be a name", {"hint": hint})
        return machine

    @field_validator("url", mode="after")
    @classmethod
    def _known_kind(cls, url: str, info: Any) -> str:
        kind, _, rest = url.partition(":")
        if kind == "sqlite" and rest and not rest.startswith("//"):
            return f"sqlite:{units.resolve_path(rest, info)}"
        if kind == "postgresql" and rest.startswith("//") and rest.strip("/"):
            return url
        hint = 'like "sqlite:var/sekisho.db" or "postgresql://user@host/db"'
        raise PydanticCustomError("url", "must name a database", {"hint": hint})


class Audit(TomlModel):
    """[audit]: proof that the audit log was not rewritten."""

    key_file: units.FilePath = _setting(
        "var/audit.key",
        "Signs checkpoints of the audit log; made on first start with mode 0600. What checks "
        "them stands beside it as .pub: give the auditor a copy.",
    )
    checkpoints: tuple[str, ...] = _setting(
        ["file:var/checkpoints.jsonl", "log:"],
        "Where signed heads of the audit log go, every minute or 1000 entries: file:PATH, log: "
        "(our own log), syslog: or syslog:HOST:PORT. Default: a file beside the database, and "
        "the log; name a place on another machine, since whoever can rewrite all of them can "
        "hide it.",
        min_length=1,
        strict=False,
    )

    @field_validator("checkpoints", mode="after")
    @classmethod
    def _known_places(cls, places: tuple[str, ...], info: Any) -> tuple[str, ...]:
        return tuple(_place(name, info) for name in places)


def _place(name: str, info: Any) -> str:
    """One place for checkpoints, a path in it made absolute."""
    kind, _, rest = name.partition(":")
    if kind == "file" and rest:
        return f"file:{units.resolve_path(rest, info)}"
    if name == "log:":
        return name
    if kind == "syslog" and (not rest or re.fullmatch(r"/\S+|[\w.\-]+:\d{1,5}", rest)):
        return name
    hint = {"hint": 'like "file:/mnt/audit/checkpoints.jsonl" or "syslog:"'}
    raise PydanticCustomError("place", "must name a place for checkpoints", hint)


class Retention(TomlModel):
    """[retention]: how long things are kept; the end is recorded."""

    hold: units.Duration = _setting(
        "7d", "A held mail waits so long for a handler, then expires. Default: a week's leave."
    )
    warn: units.Duration = _setting(
        "1d", "A warned mail waits so long for its sender, then is cancelled. Default: one day."
    )
    sealed: units.Duration = _setting(
        "30d",
        "A sealed mail is destroyed so long after its last decision. Default: the period of the "
        "final report to the Commission.",
    )
    history: units.Duration = _setting(
        "2y",
        "Whom we wrote to, in months; by it a recipient is known or a stranger. Default: those "
        "whom an office writes to once a year stay known, though one year was left out.",
    )
    journal: units.Duration = _setting(
        "3y",
        "Journal rows of mails without an incident; incidents and the audit log are kept. "
        "Default: three years, the usual audit period.",
    )


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

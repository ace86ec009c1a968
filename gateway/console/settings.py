"""What the console is told when it is built, and what each request can reach.

Answers: ``Settings`` (from configuration) and ``Room`` (settings, store, vault, identity
provider, found at ``request.app.state.room``).
Trusts: the configuration. Fails: never.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from starlette.requests import Request

from gateway.console.departments import Departments
from gateway.console.mailroom import Mailroom
from gateway.console.oidc.provider import Provider
from gateway.console.throttle import PER_ACCOUNT, PER_ADDRESS, WINDOW, Throttle
from gateway.console.vault import Vault
from gateway.console.verification import Verification
from gateway.desk import Desk
from gateway.model import Inspection
from gateway.pipeline import Rules
from gateway.store import Checkpoint, Role, Store

IDLE = timedelta(minutes=30)  # a session that nobody uses ends
LASTS = timedelta(hours=10)  # and every session ends after a working day
FRESH = timedelta(minutes=5)  # how long a proof of who one is lasts for a grave act
FRESH_ABOVE = 100  # persons in a mail; releasing more asks for that proof


def _utcnow() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class ApiSettings:
    """What programs may ask."""

    enabled: bool = True
    requests: int = 600  # a minute, with one token


@dataclass(frozen=True, slots=True)
class Settings:
    """How the console is reached, what it says of itself, and how people sign in."""

    url: str  # as people see it, without a slash at its end
    listen: str = ""  # host:port; an origin of ours, too, where no proxy stands in front
    organisation: dict[str, str] = field(default_factory=dict)  # language → name
    config_path: str = ""  # shown in commands to copy; "" leaves ``-c`` out
    idle: timedelta = IDLE
    lasts: timedelta = LASTS
    fresh: timedelta = FRESH
    fresh_above: int = FRESH_ABOVE
    second_factor: frozenset[Role] = frozenset()  # roles that must have one
    attempts: int = PER_ACCOUNT
    attempts_per_address: int = PER_ADDRESS
    attempts_window: timedelta = WINDOW
    departments: Departments = field(default_factory=Departments)
    api: ApiSettings = ApiSettings()
    saved_views: int = 20  # of one account
    rehearsal_mails: int = 5000  # newest, that an edited policy is tried on
    rehearsal_reach: timedelta = timedelta(days=366)

    @property
    def secure(self) -> bool:
        """Whether people reach us over TLS."""
        return self.url.startswith("https:")

    @property
    def prefix(self) -> str:
        """The path that all our pages stand under; "" for none."""
        return urlsplit(self.url).path.rstrip("/")

    @property
    def origins(self) -> dict[str, str]:
        """Every ``Host`` that is ours, with its origin (RFC 6454); people's own in front."""
        parts = urlsplit(self.url)
        ours = {parts.netloc.lower(): f"{parts.scheme}://{parts.netloc}".lower()}
        for host in _spellings(self.listen) if self.listen else ():
            ours.setdefault(host, f"http://{host}")
        return ours

    def cookie(self, name: str) -> str:
        """Name of a cookie; ``__Host-`` binds it to this host, over TLS."""
        return f"__Host-sekisho-{name}" if self.secure else f"sekisho-{name}"


def _spellings(listen: str) -> list[str]:
    host, _, port = listen.rpartition(":")
    try:
        here = ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        here = False
    return [listen.lower(), *([f"localhost:{port}"] if here else [])]


@dataclass(frozen=True, slots=True)
class Office:
    """What the pages know of the gateway that they belong to, each asked for when it is shown."""

    rules: Callable[[], Rules] | None = None  # policy and known names in force
    texts: Callable[[], Mapping[str, str]] | None = None  # files of the policy on the disk
    edited: Callable[[Mapping[str, str]], Rules] | None = None  # of files that are not in force
    inspect: Callable[[bytes, Rules], Awaitable[Inspection]] | None = None  # for trying out
    problems: Callable[[], list[str]] | None = None  # of configuration and policy, as `check`
    settings: Callable[[], list[tuple[str, str]]] | None = None  # name and value, no secret
    checkpoints: Callable[[], list[Checkpoint]] | None = None  # attested heads of the log
    try_bytes: int = 900 * 1024  # of a mail that is tried out; for a larger one: `inspect`


@dataclass(frozen=True, slots=True)
class Room:
    """What a page works with."""

    settings: Settings
    store: Store
    vault: Vault = field(default_factory=Vault.of_the_moment)
    provider: Provider | None = None  # None: no single sign-on
    # Passwords are checked two at once: each check takes 64 MB.
    checks: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(2))
    now: Callable[[], datetime] = _utcnow
    desk: Desk | None = None  # None: the pages show, and decide nothing
    mailroom: Mailroom | None = None  # None: no mail can be looked into
    office: Office = field(default_factory=Office)
    verification: Verification = field(default_factory=Verification)  # of the audit log

    @property
    def throttle(self) -> Throttle:
        """What counts attempts to sign in."""
        told = self.settings
        return Throttle(
            self.store,
            self.vault,
            told.attempts,
            told.attempts_per_address,
            told.attempts_window,
        )


def room(request: Request) -> Room:
    """The room that this request is in."""
    found: Room = request.app.state.room
    return found

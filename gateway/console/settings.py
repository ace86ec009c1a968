"""What the console is told when it is built, and what each request can reach.

Answers: ``Settings`` (from configuration) and ``Room`` (settings, store and throttle, found
at ``request.app.state.room``).
Trusts: the configuration. Fails: never.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from starlette.requests import Request

from gateway.console.throttle import Throttle
from gateway.store import Store

IDLE = timedelta(minutes=30)  # a session that nobody uses ends
LASTS = timedelta(hours=10)  # and every session ends after a working day


def _utcnow() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Settings:
    """How the console is reached and what it says of itself."""

    url: str  # as people see it, without a slash at its end
    listen: str = ""  # host:port; an origin of ours, too, where no proxy stands in front
    organisation: dict[str, str] = field(default_factory=dict)  # language → name
    config_path: str = ""  # shown in commands to copy; "" leaves ``-c`` out

    @property
    def secure(self) -> bool:
        """Whether people reach us over TLS."""
        return self.url.startswith("https:")

    @property
    def prefix(self) -> str:
        """The path that all our pages stand under; "" for none."""
        return urlsplit(self.url).path.rstrip("/")

    @property
    def origins(self) -> frozenset[str]:
        """What ``Origin`` may say on a form of ours (RFC 6454)."""
        parts = urlsplit(self.url)
        ours = f"{parts.scheme}://{parts.netloc}".lower()
        return frozenset({ours, f"http://{self.listen}"} if self.listen else {ours})

    @property
    def cookie(self) -> str:
        """Name of the session's cookie; ``__Host-`` binds it to this host, over TLS."""
        return "__Host-sekisho-session" if self.secure else "sekisho-session"


@dataclass(frozen=True, slots=True)
class Room:
    """What a page works with."""

    settings: Settings
    store: Store
    throttle: Throttle = field(default_factory=Throttle)
    # Passwords are checked two at once: each check takes 64 MB.
    checks: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(2))
    now: Callable[[], datetime] = _utcnow


def room(request: Request) -> Room:
    """The room that this request is in."""
    found: Room = request.app.state.room
    return found

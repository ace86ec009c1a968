"""What the sender's page is told when it is built.

Answers: ``Room``, and ``room``, which finds it for a request.
Trusts: the configuration. Fails: never.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlsplit

from starlette.requests import Request

from gateway.desk import Desk
from gateway.notify import Notices
from gateway.store import Store

REQUESTS = 120  # a minute, from one address


@dataclass(frozen=True, slots=True)
class Room:
    """What a page works with."""

    url: str  # as senders see it, without a slash at its end
    store: Store
    desk: Desk
    notices: Notices  # tells the handlers of what a sender asks for
    listen: str = ""  # host:port; ours, too, where no proxy stands in front
    organisation: Mapping[str, str] = field(default_factory=dict)  # language → name
    requests: int = REQUESTS  # a minute, from one address
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    @property
    def secure(self) -> bool:
        """Whether people reach us over TLS."""
        return self.url.startswith("https:")

    @property
    def prefix(self) -> str:
        """The path that the page stands under; "" for none."""
        return urlsplit(self.url).path.rstrip("/")

    @property
    def origins(self) -> dict[str, str]:
        """Every ``Host`` that is ours, with its origin (RFC 6454)."""
        parts = urlsplit(self.url)
        ours = {parts.netloc.lower(): f"{parts.scheme}://{parts.netloc}".lower()}
        if self.listen:
            ours.setdefault(self.listen.lower(), f"http://{self.listen}".lower())
        return ours


def room(request: Request) -> Room:
    """The room that this request is in."""
    found: Room = request.app.state.room
    return found

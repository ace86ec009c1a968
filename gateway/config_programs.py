"""The settings of programs: what they may ask of the API, and which of them are told.

Answers: ``Api`` ([api]) and ``Webhook`` ([[webhook]]), each setting with its default and the
reason for it.
Trusts: the administrator, and only after checking what was written.
Fails: as every table of ``config.toml``, with each problem at its place.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError

from gateway import units
from gateway.toml_model import TomlModel
from gateway.toml_model import setting as _setting

_PATTERN = re.compile(r"\*|[a-z]+\.(\*|[a-z-]+)")


class Api(TomlModel):
    """[api]: the JSON API at the console's address, below /api/v1."""

    enabled: bool = _setting(
        True, "Answer programs that bring a token. Without tokens it opens nothing."
    )
    requests: int = _setting(
        600,
        "Requests a minute with one token, then 429. Default: ten a second, more than a ticket "
        "system needs and less than what slows the pages.",
        ge=1,
    )
    remember: units.Duration = _setting(
        "1d",
        "How long an Idempotency-Key is remembered: asked again within it, an act is done once. "
        "Default: longer than any program tries again.",
    )


class Webhook(TomlModel):
    """[[webhook]]: one program that is told what happens."""

    name: str = Field(
        description="Name in records, metrics and commands.", pattern=r"^[a-z][a-z0-9-]{0,39}$"
    )
    url: str = Field(
        description="Where events are posted: https, or http to a loopback address given as a "
        "number.",
        repr=False,
    )
    secret_file: units.FilePath = Field(
        description="File with the secret that signs (whsec_ and base64), one a line: every line "
        "signs, so that a new one can stand beside the old. Made by `sekisho webhooks secret`."
    )
    events: tuple[str, ...] = _setting(
        ["mail.warn", "mail.hold", "mail.block", "mail.monitored", "hold.*"],
        "Types of events that are posted: a type, group.* or *; docs/api.md lists them. Default: "
        "what was stopped, and what became of it.",
        min_length=1,
        strict=False,
    )
    networks: tuple[str, ...] = _setting(
        [],
        "Networks inside the house that the name may lead to, like 10.1.2.0/24. Default: none; "
        "without it only public addresses are posted to, so that a name that was turned leads to "
        "nothing of ours.",
        strict=False,
    )
    ca_file: units.FilePath | None = _setting(
        None, "Certificates (PEM) to trust in place of the system's."
    )
    timeout: units.Duration = _setting("15s", "One attempt, from the name to the answer's status.")
    retry: tuple[units.Duration, ...] = _setting(
        ["5s", "1m", "5m", "30m", "2h", "5h"],
        "Waits between attempts, each with up to a fifth more by chance; the last one repeats.",
        min_length=1,
        strict=False,
    )
    give_up: units.Duration = _setting(
        "3d", "Then an event is given up, with a record. Default: a weekend and a day."
    )

    @field_validator("url", mode="after")
    @classmethod
    def _is_url(cls, url: str) -> str:
        if not _reachable(url):
            hint = {"hint": 'like "https://tickets.city.example.lg.jp/hooks/sekisho"'}
            raise PydanticCustomError("url", "must be an https address", hint)
        return url

    @field_validator("events", mode="after")
    @classmethod
    def _are_patterns(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in patterns:
            if not _PATTERN.fullmatch(pattern):
                hint = {"hint": 'like "hold.release", "hold.*" or "*"'}
                raise PydanticCustomError("event", "has an event that is none", hint)
        return patterns

    @field_validator("networks", mode="after")
    @classmethod
    def _are_networks(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        for network in given:
            try:
                ipaddress.ip_network(network)
            except ValueError:
                hint = {"hint": 'like "10.1.2.0/24" or "fd00::/8"'}
                raise PydanticCustomError("network", "must be a network", hint) from None
        return given


def _reachable(url: str) -> bool:
    """Whether a URL is one that events may be posted to."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    if not host or parts.username is not None or parts.fragment or not url.isascii():
        return False
    if re.search(r"[\s\x00-\x1f\x7f]", url):
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def same_name(hooks: Sequence[Webhook]) -> int | None:
    """Return which of them has the name of one before it; None where each has its own."""
    names = [hook.name for hook in hooks]
    return next((n for n, name in enumerate(names) if name in names[:n]), None)

"""The settings of the pages: the console for handlers and auditors, the page for senders.

Answers: ``Console`` ([console]) and ``Sender`` ([sender]), each setting with its default and
the reason for it.
Trusts: the administrator, and only after checking what was written.
Fails: as every table of ``config.toml``, with each problem at its place.
"""

from __future__ import annotations

import re

from pydantic import field_validator
from pydantic_core import PydanticCustomError

from gateway import units
from gateway.toml_model import TomlModel
from gateway.toml_model import setting as _setting
from gateway.toml_model import worked_out as _worked_out


class Console(TomlModel):
    """[console]: the pages of handlers and auditors."""

    listen: units.Listen = _setting(
        "127.0.0.1:8025",
        "Where the console answers. Default: this machine only; put a reverse proxy with TLS "
        "in front.",
    )
    url: str = _worked_out(
        lambda data: f"http://{data['listen']}",
        "Address of the console as people see it; what notices link to. Default: http:// and "
        "console.listen.",
    )
    saved_views: int = _setting(
        20,
        "Views of the queue that one account keeps under names. Default: as many as stand in one "
        "row of links.",
        ge=0,
        le=200,
    )
    rehearsal_mails: int = _setting(
        5000,
        "Newest mails that an edited policy is tried on in the page, while somebody waits; more "
        "with `sekisho rehearse`. Default: a second or two.",
        ge=1,
        le=100_000,
    )
    rehearsal_reach: units.Duration = _setting(
        "366d",
        "How far back a rehearsal in the page may go. Default: a year, so that yearly work such "
        "as the year-end adjustment is in it.",
    )

    @field_validator("url", mode="after")
    @classmethod
    def _is_link(cls, url: str) -> str:
        return _link(url)


class Sender(TomlModel):
    """[sender]: the page where a sender answers for a mail that waits, without an account."""

    listen: units.Listen | None = _setting(
        None,
        "Where the sender's page answers, in a process of its own that holds the private key. "
        "Default: nowhere; the sender tells a handler. Put a reverse proxy with TLS in front.",
    )
    url: str = _worked_out(
        lambda data: f"http://{data['listen']}" if data.get("listen") else "",
        "Address of that page as senders see it; what notices link to. Default: http:// and "
        "sender.listen; without both, notices carry no link.",
    )
    requests: int = _setting(
        120,
        "Requests a minute from one address, then 429. Default: an office behind one address.",
        ge=1,
    )

    @field_validator("url", mode="after")
    @classmethod
    def _is_link(cls, url: str) -> str:
        return _link(url) if url else ""


def _link(url: str) -> str:
    """An address that a notice may link to, without a slash at its end."""
    if not re.fullmatch(r"https?://[^\s/?#@]+(/[^\s?#]*)?", url):
        hint = {"hint": 'like "https://sekisho.city.example.lg.jp"'}
        raise PydanticCustomError("url", "must be an http or https address", hint)
    return url.rstrip("/")

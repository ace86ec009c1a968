"""The settings of accounts: sign-in, sessions, second factors, departments, single sign-on.

Answers: ``Accounts`` ([accounts]) and ``Oidc`` ([accounts.oidc]), each setting with its
default and the reason for it.
Trusts: the administrator, and only after checking what was written.
Fails: as every table of ``config.toml``, with each problem at its place.
"""

from __future__ import annotations

import ipaddress
import re
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError

from gateway import units
from gateway.toml_model import TomlModel
from gateway.toml_model import setting as _setting

RoleName = Literal["handler", "approver", "administrator", "auditor"]


class Oidc(TomlModel):
    """[accounts.oidc]: signing in at the organisation's identity provider."""

    issuer: str = Field(
        description="The provider's issuer address, as its discovery document has it."
    )
    client_id: str = Field(description="Sekisho's name at the provider.", min_length=1)
    client_secret_file: units.FilePath | None = _setting(
        None, "File that holds the client secret. Default: none, a public client with PKCE alone."
    )
    scopes: tuple[str, ...] = _setting(
        ["openid", "profile", "email"], "What is asked for; some providers want one for groups.",
        strict=False,
    )  # fmt: skip
    name_claim: str = _setting(
        "preferred_username",
        "Claim with the account's name; what stands before an @ in it counts. It is asked at "
        "the first sign-in only: from then on the person is known by the issuer and sub.",
    )
    groups_claim: str = _setting("groups", "Claim with the person's groups.")
    roles: dict[RoleName, tuple[str, ...]] = _setting(
        {},
        "Groups that give a role, for each role; asked at every sign-in, the first role written "
        "here that fits counts, and who is in none is refused. Default: accounts keep the role "
        "they were given.",
        strict=False,
    )
    create: bool = _setting(
        False,
        "Make an account at the first sign-in of somebody whose groups give a role. Default: "
        "accounts are made by an administrator first, with users add --sso.",
    )
    second_factor: tuple[str, ...] = _setting(
        ["mfa"],
        "Values of the amr claim (RFC 8176) that count as a second factor given at the provider. "
        "Without one of them Sekisho asks for its own.",
        strict=False,
    )
    clock_skew: units.Duration = _setting(
        "60s", "How far the provider's clock may be from ours. Default: a minute."
    )

    @field_validator("issuer", mode="after")
    @classmethod
    def _is_issuer(cls, issuer: str) -> str:
        if not (issuer.startswith("https://") or _on_this_machine(issuer)):
            hint = {"hint": 'like "https://login.city.example.lg.jp/realms/staff"'}
            raise PydanticCustomError("issuer", "must be an https address", hint)
        return issuer


def _on_this_machine(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme == "http" and ipaddress.ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return False


class Accounts(TomlModel):
    """[accounts]: who may sign in to the console, and how."""

    key_file: units.FilePath = _setting(
        "var/accounts.key",
        "Seals second factors in the database; made on first start with mode 0600. Without it "
        "everybody enrols a new one.",
    )
    second_factor: tuple[RoleName, ...] = _setting(
        ["approver", "administrator"],
        "Roles that must have a second factor; others may. Default: who sends mail with many "
        "persons or unmasks, and who gives rights.",
        strict=False,
    )
    session_idle: units.Duration = _setting(
        "30m", "A session ends when it was not used so long. Default: a meeting's first half."
    )
    session_lasts: units.Duration = _setting(
        "10h", "Every session ends after this time, however busy. Default: a working day."
    )
    fresh: units.Duration = _setting(
        "5m", "How long after proving who one is a grave act may follow without proving it again."
    )
    fresh_above: int = _setting(
        100,
        "Releasing mail with more persons than this asks for the password again. Default: where "
        "a leak must be reported (規則第2条4号).",
        ge=0,
    )
    attempts: int = _setting(
        10, "Attempts to sign in to one account within attempts_window.", ge=3, le=100
    )
    attempts_per_address: int = _setting(
        30,
        "The same from one address; an office behind one address has several people who mistype.",
        ge=3,
        le=10_000,
    )
    attempts_window: units.Duration = _setting(
        "15m",
        "Attempts are counted for this time. Default: long for a guesser, short for a person.",
    )
    first_link: units.Duration = _setting(
        "24h", "The link for the first administrator, printed at the start, is good so long."
    )
    departments: dict[str, tuple[str, ...]] = _setting(
        {},
        "Whose mail is whose: a department's name, and its addresses, @domains (that name alone) "
        "or .domains (all names below). An address stands over a domain, a longer name over a "
        "shorter.",
        strict=False,
    )
    departments_file: units.FilePath | None = _setting(
        None, "The same as a CSV file in UTF-8: pattern,department on each line."
    )
    oidc: Oidc | None = _setting(None, "Signing in at an identity provider. Default: passwords.")

    @field_validator("departments", mode="after")
    @classmethod
    def _known_patterns(cls, given: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        for pattern in (p for patterns in given.values() for p in patterns):
            if not is_pattern(pattern):
                hint = {
                    "hint": 'like "soumu@city.example.lg.jp", "@soumu.example.jp", ".example.jp"'
                }
                raise PydanticCustomError("pattern", "has a pattern that is none", hint)
        return given


def is_pattern(text: str) -> bool:
    """Whether a text can say which senders belong to a department."""
    return re.fullmatch(r"(?:[^\s@,]*@|\.)[^\s@,.][^\s@,]*", text) is not None

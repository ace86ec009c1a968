"""From the configuration to what the console works with.

Answers: its ``Settings``, vault and identity provider, and the first administrator's link.
Trusts: a ``Config`` that was loaded without a problem.
Fails: ``ConfigError`` for a file that it names and that cannot be read; ``KeyMissingError``
for the accounts' key.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime, timedelta

from gateway.config import Config
from gateway.config_accounts import Oidc
from gateway.console.departments import Departments
from gateway.console.oidc.provider import Provider, ProviderSettings
from gateway.console.settings import ApiSettings, Settings
from gateway.console.vault import Vault, ensure_vault
from gateway.errors import ConfigError, Problem
from gateway.i18n import languages, text
from gateway.store import Role, Store


def settings_of(config: Config, config_path: str) -> Settings:
    """Return the console's settings."""
    names, given = config.organisation.name, config.accounts
    return Settings(
        url=config.console.url,
        listen=str(config.console.listen),
        organisation=names.by_language() if names else {},
        config_path=config_path,
        idle=given.session_idle,
        lasts=given.session_lasts,
        fresh=given.fresh,
        fresh_above=given.fresh_above,
        second_factor=frozenset(Role(name) for name in given.second_factor),
        attempts=given.attempts,
        attempts_per_address=given.attempts_per_address,
        attempts_window=given.attempts_window,
        departments=Departments.load(given.departments, given.departments_file),
        api=ApiSettings(config.api.enabled, config.api.requests),
        saved_views=config.console.saved_views,
        rehearsal_mails=config.console.rehearsal_mails,
        rehearsal_reach=config.console.rehearsal_reach,
    )


def open_vault(config: Config) -> Vault:
    """Return the accounts' key; made on first start."""
    return ensure_vault(config.accounts.key_file)


def open_provider(config: Config, now: Callable[[], datetime]) -> Provider | None:
    """Return the identity provider; None where there is none."""
    given = config.accounts.oidc
    return None if given is None else Provider(_provider_settings(given), now)


def _provider_settings(given: Oidc) -> ProviderSettings:
    return ProviderSettings(
        issuer=given.issuer,
        client_id=given.client_id,
        client_secret=_secret(given),
        scopes=given.scopes,
        name_claim=given.name_claim,
        groups_claim=given.groups_claim,
        roles=tuple((Role(name), frozenset(groups)) for name, groups in given.roles.items()),
        create=given.create,
        second_factor=frozenset(given.second_factor),
        skew=given.clock_skew,
    )


def _secret(given: Oidc) -> str:
    path = given.client_secret_file
    if path is None:
        return ""
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        cause = getattr(error, "strerror", None) or "is not text"
        raise ConfigError([Problem(str(path), 0, 0, "client_secret_file", cause)]) from None


async def first_link(config: Config, store: Store) -> None:
    """Print the link for the first administrator, while there is no account.

    It goes to standard error as it is, and to no log: it opens an account.
    """
    lasts = config.accounts.first_link
    token = await store.issue_first_ticket(lasts)
    if token is None:
        return
    hours = max(1, lasts // timedelta(hours=1))
    for lang in languages():
        sys.stderr.write(text("console-accounts", "first-link", lang, hours=hours) + "\n")
    sys.stderr.write(f"    {config.console.url}/welcome?key={token}\n")
    sys.stderr.flush()

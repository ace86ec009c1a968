"""What a reload takes up besides the rules: certificates, and what it cannot take up.

Answers: ``ServedCertificate`` (the certificate that new TLS sessions get, exchanged while the
listener stays), ``restart_wanted`` (the settings that changed and are read at the start only).
Trusts: files that ``server_context`` accepted.
Fails: as ``server_context`` does, and the old certificate stays.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from typing import Any

from gateway.config import Config
from gateway.smtp.tls import server_context

# Read again at each reload; a name with a dot at its end means everything below it.
RELOADED = (
    "policy.",
    "organisation.domains",
    "smtp.tls.",
    "smtp.next_hop_ca_file",
    "webhook",
)


class ServedCertificate:
    """Puts the newest certificate into the sessions of a listener's context."""

    def __init__(self, first: ssl.SSLContext | None) -> None:
        self._newest = first
        if first is not None:
            # OpenSSL asks at each ClientHello, with or without a name in it.
            first.sni_callback = self._choose

    def _choose(self, session: ssl.SSLObject, _name: str | None, _first: ssl.SSLContext) -> None:
        if self._newest is not None:
            session.context = self._newest

    def renew(self, config: Config) -> None:
        """Read certificate and key again, for sessions that begin from now on.

        Raises: ConfigError: they cannot be used; nothing changed.
        """
        if self._newest is not None and config.smtp.tls is not None:
            tls = config.smtp.tls
            self._newest = server_context(tls.certificate, tls.key)


def restart_wanted(before: Config, now: Config) -> list[str]:
    """Return the dotted names of settings that differ and that a reload does not take up."""
    old, new = dict(_flat(before.model_dump())), dict(_flat(now.model_dump()))
    changed = sorted(n for n in old.keys() | new.keys() if old.get(n) != new.get(n))
    switched = (before.smtp.tls is None) != (now.smtp.tls is None)
    return [
        name
        for name in changed
        if not _reloaded(name) or (switched and name.startswith("smtp.tls"))
    ]


def _reloaded(name: str) -> bool:
    return any(name == r or (r.endswith(".") and f"{name}.".startswith(r)) for r in RELOADED)


def _flat(values: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{path}{name}.")
        else:
            yield f"{path}{name}", value

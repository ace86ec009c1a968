"""What ``check`` looks at beside the text of the configuration: the files that it names.

Answers: ``file_problems``, one for each file of TLS that cannot be used (error) or that the
other side will not take for long (warning), for a webhook's secret that is none, and for
checkpoints that all lie where the database lies (warning).
Trusts: a configuration that was loaded. Never shows what stands in a key.
Fails: never; a file that cannot be read is a problem.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509

from gateway.config import Config
from gateway.errors import ConfigError, Problem
from gateway.outbound.dial import tls_context
from gateway.outbound.settings import Tls, next_hop_settings
from gateway.outbound.webhooks import hooks_of
from gateway.smtp.tls import server_context
from gateway.toml_source import Source

SOON = timedelta(days=14)  # a certificate that ends within it is named

_Keys = tuple[str, ...]


def file_problems(config: Config, source: Source) -> list[Problem]:
    """Return what is wrong with the files that a configuration names."""
    return [
        *_served(config, source),
        *_next_hop(config, source),
        *_checkpoints(config, source),
        *_webhooks(config, source),
    ]


def _served(config: Config, source: Source) -> Iterator[Problem]:
    """The certificate that clients are shown, and its key."""
    tls, section = config.smtp.tls, ("smtp", "tls")
    if tls is None:
        return
    unread = [
        *_unreadable(source, (*section, "certificate"), tls.certificate),
        *_unreadable(source, (*section, "key"), tls.key),
    ]
    yield from unread
    if unread:
        return
    try:
        server_context(tls.certificate, tls.key)
    except ConfigError as error:
        yield from (source.problem(section, p.message, p.hint) for p in error.problems)
        return
    own = _certificates(tls.certificate)[:1]  # those behind it are its issuers'
    yield from _dates(source, (*section, "certificate"), own)


def _next_hop(config: Config, source: Source) -> Iterator[Problem]:
    """The CA file that the next hop's certificate is checked with."""
    settings, keys = next_hop_settings(config.smtp), ("smtp", "next_hop_ca_file")
    path = settings.ca_file
    if path is None:
        return
    if settings.tls is not Tls.VERIFY:
        hint = 'it is with smtp.next_hop_tls = "verify"'
        yield _warning(source, keys, "is not used", hint)
    unread = list(_unreadable(source, keys, path))
    yield from unread
    if unread:
        return
    try:
        tls_context(replace(settings, tls=Tls.VERIFY))
    except ConfigError as error:
        yield from (source.problem(keys, f"{path} {p.message}", p.hint) for p in error.problems)
        return
    found = _certificates(path)
    ended = [c for c in found if c.not_valid_after_utc < _now()]
    if found and len(ended) == len(found):
        yield _warning(source, keys, "holds only certificates that have expired", "")


def _checkpoints(config: Config, source: Source) -> Iterator[Problem]:
    """Proof beside what it proves is lost, or rewritten, with it."""
    if not config.store.url.startswith("sqlite:"):
        return
    database = Path(config.store.url.removeprefix("sqlite:")).resolve().parent
    places = config.audit.checkpoints
    beside = [
        p for p in places if p.startswith("file:") and Path(p[5:]).resolve().parent == database
    ]
    if len(beside) == len(places):
        yield _warning(
            source,
            ("audit", "checkpoints"),
            "all lie in the directory of the database, and are lost or rewritten with it",
            'name another place too, like "log:", "syslog:HOST:514" or a file of another disk',
        )


# ------------------------------------------------------------------ looking at one file


def _webhooks(config: Config, source: Source) -> Iterator[Problem]:
    """What webhooks are signed with and ask for."""
    try:
        hooks_of(config)
    except ConfigError as error:
        yield from (source.problem(("webhook",), p.message, p.hint) for p in error.problems)


def _unreadable(source: Source, keys: _Keys, path: Path) -> Iterator[Problem]:
    try:
        path.read_bytes()
    except OSError as error:
        yield source.problem(keys, f"{path} cannot be read: {error.strerror}", "")


def _certificates(path: Path) -> list[x509.Certificate]:
    """The certificates of a PEM file; none where it is another form that OpenSSL reads."""
    try:
        return x509.load_pem_x509_certificates(path.read_bytes())
    except ValueError:
        return []


def _dates(source: Source, keys: _Keys, found: Iterable[x509.Certificate]) -> Iterator[Problem]:
    for certificate in found:
        begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
        if ends < _now():
            yield _warning(source, keys, f"expired on {ends:%Y-%m-%d}", "clients may refuse it")
        elif ends < _now() + SOON:
            yield _warning(source, keys, f"expires on {ends:%Y-%m-%d}", "renew it, then reload")
        if begins > _now():
            yield _warning(source, keys, f"is not valid before {begins:%Y-%m-%d}", "")


def _warning(source: Source, keys: _Keys, message: str, hint: str) -> Problem:
    return source.problem(keys, message, hint, severity="warning")


def _now() -> datetime:
    return datetime.now(UTC)

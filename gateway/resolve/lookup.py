"""Asks the resolver, within a time, and remembers.

Answers: ``route`` and ``owner`` of a domain, and ``named``, whom it names as its own.
Trusts: the configured resolver, or the system's; ids, questions and truncation are checked by
dnspython, which asks again by TCP where an answer was cut off. An NXDOMAIN counts only from a
resolver that knows the top level above it: one in a closed network denies every name.
Fails: never; without an answer it is ``Mail.UNKNOWN``, which is remembered for a minute. After
several silences in a row nobody is asked for a while (the breaker), so that a resolver that is
down costs a mail nothing.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import dns.asyncresolver
import dns.exception
import dns.name
import dns.nameserver
import dns.rdatatype
import dns.resolver
import structlog

from gateway.resolve.answers import Mail, Owner, Route
from gateway.resolve.vouching import dmarc_names, spf_names
from gateway.units import name_server

log = structlog.get_logger(__name__)

EDNS_BYTES = 1232  # fits every path without fragments (DNS flag day 2020)
FAILURES_KEPT_S = 60.0  # a silence or a server's failure is not asked about again for so long
LONGEST_KEPT_S = 3600.0  # whatever its TTL says: a name may be registered meanwhile
MOST_HOSTS = 20  # MX or NS hosts of one domain that are looked at
MOST_TEXTS = 60  # TXT records of one name that are read: large ones carry dozens of others
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class LookupSettings:
    """How DNS is asked."""

    nameservers: tuple[str, ...] = ()  # IP addresses, "ip:port" allowed; empty: the system's
    timeout_s: float = 1.0  # for one server's answer
    lifetime_s: float = 2.0  # for one question, all servers and attempts
    cache_entries: int = 50_000
    in_flight: int = 64  # questions at one time
    breaker_after: int = 5  # silences in a row
    breaker_s: float = 30.0


class SilenceError(Exception):
    """Nobody answered, or a server failed."""


class Breaker:
    """Stops asking a resolver that keeps silent; lets one question try again after a while."""

    def __init__(self, after: int, rest_s: float, clock: Callable[[], float]) -> None:
        self._after, self._rest_s, self._clock = after, rest_s, clock
        self._silences = 0
        self._until = 0.0

    def open(self) -> bool:
        """Whether nobody is to be asked now."""
        if self._silences < self._after:
            return False
        now = self._clock()
        if now < self._until:
            return True
        self._until = now + self._rest_s  # this one question tries
        return False

    def heard(self) -> None:
        if self._silences >= self._after:
            log.warning("dns-answers-again")
        self._silences = 0

    def silent(self) -> None:
        self._silences += 1
        if self._silences == self._after:
            self._until = self._clock() + self._rest_s
            log.warning("dns-silent", silences=self._silences, rest_s=self._rest_s)


class _Cache(dns.resolver.LRUCache):
    """dnspython's, which believes any TTL, with an end to that."""

    def put(self, key: Any, value: dns.resolver.Answer) -> None:
        value.expiration = min(value.expiration, time.time() + LONGEST_KEPT_S)
        super().put(key, value)


class Lookup:
    """One resolver with its caches and its breaker; shared by all mails of a process."""

    def __init__(
        self, settings: LookupSettings, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._resolver = _resolver(settings)
        self._failed: dict[tuple[str, str], float] = {}  # question → when nobody answered
        self._breaker = Breaker(settings.breaker_after, settings.breaker_s, clock)
        self._slots = asyncio.Semaphore(settings.in_flight)

    async def route(self, domain: str) -> Route:
        """How mail to ``domain`` (normalised) would travel."""
        return await self._or(self._route(domain), Route(Mail.UNKNOWN))

    async def owner(self, domain: str) -> Owner:
        """Whose name servers hold ``domain`` itself; empty where it is no zone of its own."""
        servers = await self._or(self._hosts(domain, "NS"), frozenset())
        if not servers:
            return Owner()
        answer = await self._or(self._ask(domain, "SOA"), None)
        if not answer:
            return Owner(servers)
        return Owner(servers, _text(answer[0].mname), _text(answer[0].rname))

    async def named(self, domain: str) -> frozenset[str]:
        """The names that ``domain`` itself names in its SPF and DMARC records."""
        spf, dmarc = await asyncio.gather(
            self._or(self._texts(domain), ()), self._or(self._texts(f"_dmarc.{domain}"), ())
        )
        return frozenset().union(*map(spf_names, spf), *map(dmarc_names, dmarc))

    async def _route(self, domain: str) -> Route:
        try:
            answer = await self._ask(domain, "MX")
        except dns.resolver.NXDOMAIN:
            return Route(await self._denied(domain))
        if answer is None:
            return Route(await self._without_mx(domain))
        hosts = [_text(record.exchange) for record in list(answer)[:MOST_HOSTS]]
        if hosts == [""]:
            return Route(Mail.NULL_MX)
        return Route(Mail.MX, frozenset(h for h in hosts if h))

    async def _denied(self, domain: str) -> Mail:
        """NXDOMAIN, unless the resolver denies the whole world."""
        _, _, top = domain.rpartition(".")
        try:
            return Mail.NONEXISTENT if await self._ask(top, "NS") is not None else Mail.UNKNOWN
        except dns.resolver.NXDOMAIN:
            return Mail.UNKNOWN

    async def _without_mx(self, domain: str) -> Mail:
        """No MX: mail goes to the domain's own address, if it has one (RFC 5321 5.1)."""
        for kind in ("A", "AAAA"):
            if await self._ask(domain, kind) is not None:
                return Mail.ADDRESS_ONLY
        return Mail.NO_MAIL

    async def _hosts(self, domain: str, kind: str) -> frozenset[str]:
        try:
            answer = await self._ask(domain, kind)
        except dns.resolver.NXDOMAIN:
            return frozenset()
        return frozenset(_text(r.target) for r in list(answer or ())[:MOST_HOSTS])

    async def _texts(self, domain: str) -> tuple[str, ...]:
        records = list(await self._ask(domain, "TXT") or ())[:MOST_TEXTS]
        return tuple(b"".join(r.strings).decode("ascii", "replace") for r in records)

    # -------------------------------------------------------------- one question

    async def _ask(self, domain: str, kind: str) -> Any:
        """Return the records, or None where there are none of this kind.

        Raises: NXDOMAIN; SilenceError.
        """
        if self._lately_failed(domain, kind):
            raise SilenceError
        async with self._slots:
            if self._breaker.open():
                raise SilenceError
            try:
                answer = await self._resolver.resolve(
                    dns.name.from_text(domain), kind, search=False, raise_on_no_answer=False
                )
            except dns.resolver.NXDOMAIN:
                self._breaker.heard()
                raise
            except dns.resolver.NoNameservers as error:  # it spoke: SERVFAIL, REFUSED, nonsense
                self._breaker.heard()
                raise self._failure(domain, kind) from error
            except (dns.exception.DNSException, OSError, ValueError) as error:
                self._breaker.silent()
                raise self._failure(domain, kind) from error
        self._breaker.heard()
        return answer.rrset

    def _lately_failed(self, domain: str, kind: str) -> bool:
        at = self._failed.get((domain, kind))
        return at is not None and self._clock() - at < FAILURES_KEPT_S

    def _failure(self, domain: str, kind: str) -> SilenceError:
        """Remember that there was no answer: dnspython's cache does not."""
        if len(self._failed) >= self._settings.cache_entries:
            self._failed.clear()
        self._failed[domain, kind] = self._clock()
        return SilenceError()

    async def _or(self, asking: Awaitable[T], otherwise: T) -> T:
        try:
            return await asking
        except (SilenceError, dns.resolver.NXDOMAIN):
            return otherwise


def _resolver(settings: LookupSettings) -> dns.asyncresolver.Resolver:
    resolver = dns.asyncresolver.Resolver(configure=False)
    if settings.nameservers:
        resolver.nameservers = [
            dns.nameserver.Do53Nameserver(*found)
            for server in settings.nameservers
            if (found := name_server(server))
        ]
    else:
        _use_the_system_s(resolver)
    resolver.timeout, resolver.lifetime = settings.timeout_s, settings.lifetime_s
    resolver.search = []
    resolver.use_edns(0, 0, EDNS_BYTES)
    resolver.cache = _Cache(settings.cache_entries)
    return resolver


def _use_the_system_s(resolver: dns.asyncresolver.Resolver) -> None:
    try:
        resolver.read_resolv_conf("/etc/resolv.conf")
    except (dns.exception.DNSException, OSError):
        log.warning("dns-no-resolver", hint="dns.nameservers, or dns.enabled = false")
        resolver.nameservers = []


def _text(name: dns.name.Name) -> str:
    """A name in lower case without its final dot; "" for the root."""
    return name.to_text(omit_final_dot=True).lower() if name != dns.name.root else ""

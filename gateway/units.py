"""Typed values of configuration: durations, sizes, listen addresses, networks, names.

Answers: ``30s``, ``25MB``, ``[::1]:25``, ``10.0.0.0/8``, ``city.example.lg.jp`` as values
that code can use, each with its JSON Schema for editors.
Trusts: nothing; every value is checked where it is read.
Fails: with ``PydanticCustomError``, whose context may carry a ``hint``; a number without
a unit is an error, since ``timeout = 30`` has been read as minutes before.
Standards: RFC 5321 4.1.3 (address literals), RFC 5891 (A-labels).
"""

from __future__ import annotations

import ipaddress
import os
import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import idna
from pydantic import BeforeValidator, PlainSerializer, ValidationInfo, WithJsonSchema
from pydantic_core import PydanticCustomError

# ------------------------------------------------------------------ durations and sizes

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "y": 365 * 86_400}
_BYTES = {"B": 1, "KB": 1024, "MB": 1024**2, "GB": 1024**3}
_DURATION = re.compile(r"([0-9]{1,9})([smhdy])")
_SIZE = re.compile(r"([0-9]{1,9})(B|KB|MB|GB)")
_AS_WRITTEN = PlainSerializer(lambda value: value)  # a default not yet read
LONGEST = timedelta(days=365 * 100)


def _wrong(kind: str, message: str, hint: str) -> PydanticCustomError:
    return PydanticCustomError(kind, "{message}", {"message": message, "hint": hint})


def parse_duration(value: Any) -> timedelta:
    """Read ``30s``, ``5m``, ``8h``, ``7d`` or ``3y`` (a year is 365 days).

    >>> parse_duration("5m")
    datetime.timedelta(seconds=300)
    """
    if isinstance(value, timedelta):
        return value
    found = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if not found:
        unit = f'with a unit: "{value}s"' if type(value) is int else 'like "30s", "5m", "8h", "7d"'
        raise _wrong("duration", "must be a duration", unit)
    seconds = int(found[1]) * _SECONDS[found[2]]
    if not 0 < seconds <= LONGEST.total_seconds():
        raise _wrong("duration", "must be longer than nothing and at most 100y", "")
    return timedelta(seconds=seconds)


def format_duration(value: timedelta) -> str:
    """Write a duration with the largest unit that divides it."""
    seconds = int(value.total_seconds())
    unit = next(u for u, size in reversed(_SECONDS.items()) if seconds % size == 0)
    return f"{seconds // _SECONDS[unit]}{unit}"


def parse_size(value: Any) -> int:
    """Read ``512B``, ``64KB``, ``25MB`` or ``1GB`` (a KB is 1024 bytes) as bytes."""
    found = _SIZE.fullmatch(value) if isinstance(value, str) else None
    if not found:
        unit = f'with a unit: "{value}MB"' if type(value) is int else 'like "64KB", "25MB", "1GB"'
        raise _wrong("size", "must be a size", unit)
    return int(found[1]) * _BYTES[found[2]]


def format_size(value: int) -> str:
    """Write a size with the largest unit that divides it."""
    unit = next(u for u, size in reversed(_BYTES.items()) if value % size == 0)
    return f"{value // _BYTES[unit]}{unit}"


Duration = Annotated[
    timedelta,
    BeforeValidator(parse_duration),
    PlainSerializer(lambda v: v if isinstance(v, str) else format_duration(v)),
    WithJsonSchema({"type": "string", "pattern": f"^{_DURATION.pattern}$"}),
]
Size = Annotated[
    int,
    BeforeValidator(parse_size),
    PlainSerializer(lambda v: v if isinstance(v, str) else format_size(v)),
    WithJsonSchema({"type": "string", "pattern": f"^{_SIZE.pattern}$"}),
]

# ------------------------------------------------------------------ how many processes

MOST_PROCESSES = 256


def parse_count(value: Any) -> int:
    """Read a number of processes, or ``auto``: one a core that this process may use."""
    if value == "auto":
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    if type(value) is not int or not 1 <= value <= MOST_PROCESSES:
        raise _wrong("count", f"must be 1 to {MOST_PROCESSES} or auto", 'like 2 or "auto"')
    return value


_WHOLE = {"type": "integer", "minimum": 1, "maximum": MOST_PROCESSES}
_COUNT = WithJsonSchema({"anyOf": [_WHOLE, {"const": "auto"}]})
Count = Annotated[int, BeforeValidator(parse_count), _AS_WRITTEN, _COUNT]

# ------------------------------------------------------------------ the network


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A host and a TCP port."""

    host: str  # name or IP address, IPv6 without brackets
    port: int  # 0 asks the system for a free one (listening only)

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


_ENDPOINT = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+)):([0-9]{1,5})")
_ENDPOINT_HINT = 'like "127.0.0.1:10025" or "[::1]:10025"'


def parse_endpoint(value: Any) -> Endpoint:
    """Read ``host:port`` or ``[::1]:port``."""
    if isinstance(value, Endpoint):
        return value
    found = _ENDPOINT.fullmatch(value) if isinstance(value, str) else None
    if not found:
        raise _wrong("endpoint", "must be host:port", _ENDPOINT_HINT)
    if found[1] and not _is_ipv6(found[1]):
        raise _wrong("endpoint", "has no IPv6 address between the brackets", _ENDPOINT_HINT)
    if int(found[3]) > 65535:
        raise _wrong("endpoint", "has a port above 65535", "")
    return Endpoint(found[1] or found[2], int(found[3]))


def _is_ipv6(text: str) -> bool:
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True


def _next_hop(value: Any) -> Endpoint:
    endpoint = parse_endpoint(value)
    if endpoint.port == 0:
        raise _wrong("endpoint", "must name a port", _ENDPOINT_HINT)
    return endpoint


Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def parse_network(value: Any) -> Network:
    """Read ``10.0.0.0/8`` or one address."""
    if isinstance(value, ipaddress.IPv4Network | ipaddress.IPv6Network):
        return value
    if not isinstance(value, str):
        raise _wrong("network", "must be a network", 'like "10.0.0.0/8" or "::1"')
    try:
        return ipaddress.ip_network(value)
    except ValueError as error:
        raise _wrong("network", "must be a network", _network_hint(value)) from error


def _network_hint(value: str) -> str:
    try:
        return f'did you mean "{ipaddress.ip_network(value, strict=False)}"?'
    except ValueError:
        return 'like "10.0.0.0/8" or "::1"'


_STRING = WithJsonSchema({"type": "string"})
_AS_TEXT = PlainSerializer(str)
Listen = Annotated[Endpoint, BeforeValidator(parse_endpoint), _AS_TEXT, _STRING]
NextHop = Annotated[Endpoint, BeforeValidator(_next_hop), _AS_TEXT, _STRING]
ClientNetwork = Annotated[Network, BeforeValidator(parse_network), _AS_TEXT, _STRING]


def name_server(text: str) -> tuple[str, int] | None:
    """The IP address and port of a resolver; None when it is none.

    >>> name_server("[2001:db8::1]:5353")
    ('2001:db8::1', 5353)
    """
    host, port = text, "53"
    if text.startswith("["):
        host, closed, port = text[1:].partition("]")
        port = port.removeprefix(":") if port.startswith(":") else "53" * (not port)
        host = host * bool(closed)
    elif text.count(":") == 1:
        host, _, port = text.partition(":")
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    if not re.fullmatch(r"[0-9]{1,5}", port) or not 0 < int(port) <= 65535:
        return None
    return str(address), int(port)


# ------------------------------------------------------------------ names


def parse_domain(value: Any) -> str:
    """Read a domain name as lower-case A-labels, without a final dot.

    >>> parse_domain("Exp.CO.jp")
    'exp.co.jp'
    """
    if not isinstance(value, str):
        raise _wrong("domain", "must be a domain name in quotes", "")
    if "@" in value:
        after = value.rpartition("@")[2]
        raise _wrong("domain", "must be a domain name, not an address", f'write "{after}"')
    try:
        name = idna.encode(value.removesuffix("."), uts46=True).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError) as error:
        raise _wrong("domain", "is not a domain name", 'like "city.example.lg.jp"') from error
    if "." not in name:
        raise _wrong("domain", "is not a full domain name", 'like "city.example.lg.jp"')
    return name


_LOCAL_PART = re.compile(r"[^\s@<>(),;:\\\"\[\]\x00-\x1f\x7f]{1,64}")


def parse_address(value: Any) -> str:
    """Read a mail address; case means nothing in it."""
    local, at, domain = value.rpartition("@") if isinstance(value, str) else ("", "", "")
    if not at or not _LOCAL_PART.fullmatch(local):
        raise _wrong("address", "must be a mail address", 'like "soumu@city.example.lg.jp"')
    return f"{local.lower()}@{parse_domain(domain)}"


Domain = Annotated[str, BeforeValidator(parse_domain), _STRING]
Address = Annotated[str, BeforeValidator(parse_address), _STRING]

# ------------------------------------------------------------------ files


def resolve_path(value: Any, info: ValidationInfo) -> Path:
    """A path, relative to the directory of the file that names it."""
    if not isinstance(value, str | Path) or not str(value):
        raise _wrong("path", "must be a path in quotes", "")
    base = (info.context or {}).get("base")
    return Path(base, value) if base else Path(value)


FilePath = Annotated[Path, BeforeValidator(resolve_path), PlainSerializer(str), _STRING]

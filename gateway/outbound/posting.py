"""One POST to one receiver: the name looked up, its address weighed, the answer's status.

Answers: ``post``, with one word for what came of it.
Trusts: the administrator's URL, and not where its name leads: only addresses of the public
Internet are connected to, and networks that the administrator names (a name that was turned to
an inner address must not make this process, which holds keys, speak to it). The address that
was weighed is the one that is connected to. Certificates are checked against the URL's name.
Fails: never; whatever goes wrong is an ``Answer``. Of the receiver's answer the status and
``Retry-After`` are read: no redirect is followed, and its body is neither read nor logged.
Standards: RFC 9112 by h11, RFC 9110 10.2.3; OWASP ASVS 5.0 12.3, 13.2.4, 13.2.5, 13.2.6.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
import ssl
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import h11

from gateway import __version__

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

LONGEST_WAIT = timedelta(hours=1)  # that a receiver may ask for
ANSWER_BYTES = 64 * 1024  # of an answer's head
_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052: an IPv4 address inside
_NOT_PUBLIC = tuple(  # RFC 8215, and RFC 3879: called global by Python
    map(ipaddress.ip_network, ("64:ff9b:1::/48", "fec0::/10"))
)


@dataclass(frozen=True, slots=True)
class Receiver:
    """Where events are posted to."""

    url: str = field(repr=False)
    networks: tuple[Network, ...] = ()  # of ours that it may be in
    ca_file: Path | None = None
    timeout_s: float = 15.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one attempt."""

    word: str  # ours: status-200, no-address, address-refused, no-connection, tls-refused …
    taken: bool = False
    gone: bool = False  # the receiver says that it never wants any (410)
    wait: timedelta = timedelta()  # as long as it asks to be left alone


async def post(to: Receiver, headers: Sequence[tuple[str, str]], body: bytes) -> Answer:
    """Post ``body``; return what came of it."""
    try:
        async with asyncio.timeout(to.timeout_s):
            return await _post(to, headers, body)
    except TimeoutError:
        return Answer("timeout")
    except (socket.gaierror, UnicodeError):  # no such name, or none that can be one
        return Answer("no-address")
    except ssl.SSLError:
        return Answer("tls-refused")
    except OSError:
        return Answer("no-connection")
    except h11.RemoteProtocolError:
        return Answer("no-http")


async def _post(to: Receiver, headers: Sequence[tuple[str, str]], body: bytes) -> Answer:
    parts = urlsplit(to.url)
    host, tls = parts.hostname or "", parts.scheme == "https"
    port = parts.port or (443 if tls else 80)
    address = await _address(to, host, port)
    if address is None:
        return Answer("address-refused")
    reader, writer = await asyncio.open_connection(
        str(address), port, ssl=_tls(to) if tls else None, server_hostname=host if tls else None
    )
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return await _exchange(reader, writer, parts.netloc, target, headers, body)
    finally:
        writer.close()
        with contextlib.suppress(OSError, ssl.SSLError, TimeoutError):
            await asyncio.wait_for(writer.wait_closed(), 1.0)


async def _exchange(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    host: str,
    target: str,
    headers: Sequence[tuple[str, str]],
    body: bytes,
) -> Answer:
    wire = h11.Connection(h11.CLIENT, max_incomplete_event_size=ANSWER_BYTES)
    told = [
        ("Host", host),
        ("User-Agent", f"sekisho/{__version__}"),
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(body))),
        ("Connection", "close"),
        *headers,
    ]
    request = h11.Request(method="POST", target=target, headers=told)
    for event in (request, h11.Data(data=body), h11.EndOfMessage()):
        writer.write(wire.send(event) or b"")
    await writer.drain()
    while True:
        said = wire.next_event()
        if said is h11.NEED_DATA:
            wire.receive_data(await reader.read(ANSWER_BYTES))
        elif isinstance(said, h11.Response):
            return _answer(said)
        elif not isinstance(said, h11.InformationalResponse):
            return Answer("no-http")


def _answer(response: h11.Response) -> Answer:
    status = response.status_code
    asked = next((v for name, v in response.headers if name == b"retry-after"), b"")
    wait = int(asked) if asked.isdigit() and len(asked) < 9 else 0
    return Answer(
        f"status-{status}",
        taken=200 <= status < 300,
        gone=status == 410,
        wait=min(timedelta(seconds=wait), LONGEST_WAIT),
    )


# ------------------------------------------------------------------ where it leads


async def _address(to: Receiver, host: str, port: int) -> Address | None:
    """Return the first address of a name that may be connected to; None where none may."""
    literal = _literal(host)
    if literal is not None:
        allowed = literal.is_loopback or may_connect(literal, to.networks)
        return literal if allowed else None
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = (ipaddress.ip_address(str(info[4][0]).partition("%")[0]) for info in found)
    return next((a for a in addresses if may_connect(a, to.networks)), None)


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def may_connect(address: Address, networks: Sequence[Network]) -> bool:
    """Whether an address is a public one, or in a network that was named.

    An IPv6 address that has an IPv4 address in it is what that one is.
    """
    return all(any(a in network for network in networks) or _public(a) for a in _meant(address))


def _public(address: Address) -> bool:
    inner = any(address in network for network in _NOT_PUBLIC)
    return address.is_global and not address.is_multicast and not inner


def _meant(address: Address) -> Iterator[Address]:
    yield address.ipv4_mapped or address if isinstance(address, ipaddress.IPv6Address) else address
    if isinstance(address, ipaddress.IPv6Address):
        if address.sixtofour is not None:
            yield address.sixtofour
        if address in _NAT64:
            yield ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)


def _tls(to: Receiver) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=None if to.ca_file is None else str(to.ca_file))
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context

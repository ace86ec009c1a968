"""A name server on loopback that says what a test tells it to, lies included."""

from __future__ import annotations

import asyncio
import struct
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

Send = Callable[[bytes], None]
Behaviour = Callable[["Asked"], None]


@dataclass
class Asked:
    """One question, and the ways to answer it."""

    query: dns.message.Message
    send: Send
    tcp: bool

    def answer(self, *records: str, rcode: dns.rcode.Rcode = dns.rcode.NOERROR) -> bytes:
        reply = dns.message.make_response(self.query)
        reply.set_rcode(rcode)
        name = self.query.question[0].name
        kind = self.query.question[0].rdtype
        if records:
            kind_text = dns.rdatatype.to_text(kind)
            reply.answer.append(dns.rrset.from_text(name, 300, "IN", kind_text, *records))
        else:
            soa = "ns.invalid. host.invalid. 1 60 60 60 60"
            reply.authority.append(dns.rrset.from_text(name, 60, "IN", "SOA", soa))
        return reply.to_wire(max_size=65535)


def says(*records: str) -> Behaviour:
    return lambda asked: asked.send(asked.answer(*records))


def fails(rcode: dns.rcode.Rcode) -> Behaviour:
    return lambda asked: asked.send(asked.answer(rcode=rcode))


def silent(asked: Asked) -> None:
    """No reply at all."""


def wrong_id(*records: str, then: Behaviour = silent) -> Behaviour:
    """A reply to another question's id first, as a forger guesses it."""

    def behave(asked: Asked) -> None:
        wire = bytearray(asked.answer(*records))
        wire[0] ^= 0xFF
        asked.send(bytes(wire))
        then(asked)

    return behave


def wrong_question(*records: str, then: Behaviour = silent) -> Behaviour:
    """A reply with the right id about another name."""

    def behave(asked: Asked) -> None:
        other = dns.message.make_query("other.example", asked.query.question[0].rdtype)
        other.id = asked.query.id
        asked.send(Asked(other, asked.send, asked.tcp).answer(*records))
        then(asked)

    return behave


def garbage(then: Behaviour = silent, times: int = 1) -> Behaviour:
    def behave(asked: Asked) -> None:
        for _ in range(times):
            asked.send(asked.query.id.to_bytes(2, "big") + b"\xff" * 40)
        then(asked)

    return behave


def cut_off_by_udp(*records: str) -> Behaviour:
    """Truncated by UDP, whole by TCP."""

    def behave(asked: Asked) -> None:
        if asked.tcp:
            asked.send(asked.answer(*records))
            return
        reply = dns.message.make_response(asked.query)
        reply.flags |= dns.flags.TC
        asked.send(reply.to_wire())

    return behave


NXDOMAIN = fails(dns.rcode.NXDOMAIN)
SERVFAIL = fails(dns.rcode.SERVFAIL)
REFUSED = fails(dns.rcode.REFUSED)
NOTHING = says()  # NOERROR without records


@dataclass
class NameServer(asyncio.DatagramProtocol):
    """Answers as ``zone`` says: (name, type) → behaviour; else NXDOMAIN."""

    zone: dict[tuple[str, str], Behaviour] = field(default_factory=dict)
    asked: Counter[tuple[str, str]] = field(default_factory=Counter)
    otherwise: Behaviour = NXDOMAIN
    port: int = 0

    def __post_init__(self) -> None:
        for top in ("com", "jp", "example", "net"):
            self.zone.setdefault((top, "NS"), says(f"a.nic.{top}."))

    def host(self, name: str, **records: Behaviour) -> None:
        """Let a name exist: what is not given it does not have."""
        for kind in ("MX", "A", "AAAA", "NS", "SOA", "TXT"):
            self.zone[name, kind] = records.get(kind, NOTHING)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._udp = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._behave(data, lambda wire: self._udp.sendto(wire, addr), tcp=False)  # type: ignore[attr-defined]

    def _behave(self, data: bytes, send: Send, *, tcp: bool) -> None:
        query = dns.message.from_wire(data)
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True).lower()
        key = (name, dns.rdatatype.to_text(question.rdtype))
        self.asked[key] += 1
        self.zone.get(key, self.otherwise)(Asked(query, send, tcp))

    async def _stream(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        (length,) = struct.unpack("!H", await reader.readexactly(2))
        data = await reader.readexactly(length)
        self._behave(data, lambda w: writer.write(struct.pack("!H", len(w)) + w), tcp=True)
        await writer.drain()
        writer.close()

    async def start(self) -> NameServer:
        loop = asyncio.get_running_loop()
        self._tcp = await asyncio.start_server(self._stream, "127.0.0.1", 0)
        self.port = self._tcp.sockets[0].getsockname()[1]
        await loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", self.port))
        return self

    async def stop(self) -> None:
        self._udp.close()
        self._tcp.close()
        await self._tcp.wait_closed()

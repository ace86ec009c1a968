"""SMTP smuggling, in and out: whatever stands in one mail, it never becomes a second one.

The sequences are those of the SEC Consult advisory of 2023-12-18 (The-Login's scanners,
hannob's smtpsmug) and our own; see CERT VU#302671.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.house import OWN, House
from tests.wire.next_hop import ScriptedNextHop

SEQUENCES = [
    b"\n.\n", b"\n.\r", b"\r.\n", b"\r.\r", b"\n.\r\n", b"\r.\r\n", b"\r\n\x00.\r\n",
    b"\r\n.\r\r\n", b"\r\r\n.\r\r\n",
    b"\r\n.\n", b"\r\n.\r", b"\r\n.\x00\r\n",
    b"\r\n\x00.\x00\r\n", b"\n\n.\r\n", b"\r\n .\r\n", b"\r\n.\t\r\n", b"\r\n.\x1a\r\n",
    b"\r\n..\r\n", b"\x85.\x85",
]  # fmt: skip
HARMLESS = {b"\r\n .\r\n", b"\r\n.\t\r\n", b"\r\n.\x1a\r\n", b"\r\n..\r\n", b"\x85.\x85"}
SMUGGLED = b"MAIL FROM:<evil@x>\r\nRCPT TO:<v@y>\r\nDATA\r\nSubject: smug\r\n\r\nhi\r\n.\r\n"
GREETED = f"EHLO pc.{OWN}\r\n".encode()
OPENED = f"MAIL FROM:<tanto@{OWN}>\r\nRCPT TO:<sato@exp.co.jp>\r\nDATA\r\n".encode()
HEADER = f"From: tanto@{OWN}\r\nTo: sato@exp.co.jp\r\nSubject: a\r\n\r\nhi".encode()


ALLOW = f"""
[[rule]]
id = "whatever-it-holds"
match = {{ sender = ["tanto@{OWN}"] }}
action = "allow"
"""


class Raw:
    """A client that sends any bytes and reads whatever comes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def greeted(cls, house: House) -> Raw:
        raw = cls(*await asyncio.open_connection("127.0.0.1", house.port))
        await raw.reply()
        await raw.ask(GREETED)
        return raw

    async def send(self, data: bytes, pieces: int = 0) -> None:
        for start in range(0, len(data), pieces or len(data)):
            self._writer.write(data[start : start + (pieces or len(data))])
            await asyncio.sleep(0.001 if pieces else 0)

    async def reply(self) -> str:
        while True:
            line = await asyncio.wait_for(self._reader.readuntil(b"\r\n"), 20)
            if line[3:4] != b"-":
                return line.decode().strip()

    async def ask(self, data: bytes) -> str:
        await self.send(data)
        return await self.reply()

    async def open_mail(self) -> None:
        """Say MAIL, RCPT and DATA, one after the other."""
        for line in OPENED.splitlines(keepends=True):
            reply = await self.ask(line)
        assert reply.startswith("354")

    async def rest(self) -> list[str]:
        """Say QUIT and return every reply until the server hangs up."""
        with contextlib.suppress(ConnectionError):
            await self.send(b"QUIT\r\n")
        return await self.until_hung_up()

    async def until_hung_up(self) -> list[str]:
        """Return every reply until the server hangs up, saying nothing more."""
        try:
            data = await asyncio.wait_for(self._reader.read(), 20)
        except ConnectionError:
            data = b""
        self._writer.close()
        with contextlib.suppress(ConnectionError):
            await self._writer.wait_closed()
        return data.decode().splitlines()


def nobody_smuggled(next_hop: ScriptedNextHop) -> None:
    assert len(next_hop.taken) <= 1
    assert all(t.mail_from == f"tanto@{OWN}" for t in next_hop.taken)
    assert all(t.rcpt_tos == ["sato@exp.co.jp"] for t in next_hop.taken)
    assert not any("evil" in command or "v@y" in command for command in next_hop.commands)


@pytest.fixture
async def house(tmp_path: Path, next_hop: ScriptedNextHop) -> AsyncIterator[House]:
    house = House(tmp_path, next_hop, policy=ALLOW)
    yield await house.start()
    await house.stop()


@pytest.fixture
async def lenient(tmp_path: Path, next_hop: ScriptedNextHop) -> AsyncIterator[House]:
    house = House(tmp_path, next_hop, smtp='bare_newline = "normalise"', policy=ALLOW)
    yield await house.start()
    await house.stop()


@pytest.mark.parametrize("sequence", SEQUENCES, ids=repr)
async def test_no_second_mail_comes_in(
    house: House, next_hop: ScriptedNextHop, sequence: bytes
) -> None:
    client = await Raw.greeted(house)
    await client.open_mail()
    first = await client.ask(HEADER + sequence + SMUGGLED)
    assert await client.rest() == ["221 2.0.0 Bye"]  # one reply for all of it, and no more
    nobody_smuggled(next_hop)
    if sequence in HARMLESS:
        assert first.startswith("250 2.0.0")
        assert b"evil@x" in next_hop.taken[0].content
    else:
        assert first == "550 5.6.0 The mail holds a bare CR, a bare LF or a NUL"
        assert next_hop.taken == []


@pytest.mark.parametrize("sequence", SEQUENCES, ids=repr)
async def test_no_second_mail_goes_out_where_line_ends_are_normalised(
    lenient: House, next_hop: ScriptedNextHop, sequence: bytes
) -> None:
    client = await Raw.greeted(lenient)
    await client.open_mail()
    first = await client.ask(HEADER + sequence + SMUGGLED)
    assert await client.rest() == ["221 2.0.0 Bye"]
    nobody_smuggled(next_hop)
    if b"\0" in sequence:
        assert first.startswith("550 5.6.0")
        return
    assert first.startswith("250 2.0.0")
    left = next_hop.taken[0].content
    assert b"evil@x" in left
    assert left.count(b"\r") == left.count(b"\n") == left.count(b"\r\n")
    assert b"\r\n.\r\n" not in left


@pytest.mark.parametrize("cut", range(1, 6))
async def test_the_true_end_is_one_end_however_it_is_cut(
    house: House, next_hop: ScriptedNextHop, cut: int
) -> None:
    client = await Raw.greeted(house)
    await client.open_mail()
    whole = HEADER + b"\r\n.\r\n"
    await client.send(whole[: -cut or None])
    await asyncio.sleep(0.02)
    await client.send(whole[-cut:])
    assert (await client.reply()).startswith("250")
    assert await client.rest() == ["221 2.0.0 Bye"]
    assert len(next_hop.taken) == 1


async def test_the_end_is_found_byte_by_byte(house: House, next_hop: ScriptedNextHop) -> None:
    client = await Raw.greeted(house)
    await client.open_mail()
    await client.send(HEADER + b"\r\n..\r\n.\r\n", pieces=1)
    assert (await client.reply()).startswith("250")
    assert next_hop.taken[0].content.endswith(b"hi\r\n..\r\n")
    await client.rest()


async def test_a_command_line_that_ends_in_a_bare_line_feed_is_no_command(
    house: House, next_hop: ScriptedNextHop
) -> None:
    client = await Raw.greeted(house)
    await client.ask(f"MAIL FROM:<tanto@{OWN}>\r\n".encode())
    await client.send(b"RCPT TO:<v@y.example>\nDATA\n")
    replies = [await client.reply(), await client.reply()]
    assert all(r.startswith("500 5.5.2") for r in replies)
    assert await client.rest() == ["221 2.0.0 Bye"]
    assert not any("v@y" in c for c in next_hop.commands)


@pytest.mark.parametrize(
    "line",
    [
        b"NOOP\rMAIL FROM:<evil@x>\r\n",
        b"RCPT TO:<a\r\nRSET@c>\r\n",
        b"RCPT TO:<v@y>\x00\r\n",
        b"MAIL FROM:<" + b"a" * 505 + b"@x>\r\n",
        b"MAIL FROM:<evil@x> " + b"a" * 3000 + b"\r\n",
    ],
    ids=lambda line: repr(line[:24]),
)
async def test_a_command_within_a_command_is_none(
    house: House, next_hop: ScriptedNextHop, line: bytes
) -> None:
    client = await Raw.greeted(house)
    await client.send(line)
    for _ in line.split(b"\r\n")[:-1]:
        assert (await client.reply())[0] == "5"
    assert (await client.ask(b"DATA\r\n")).startswith("503")
    await client.rest()
    assert not any("evil" in c or "MAIL" in c for c in next_hop.commands)


async def test_a_mail_sent_before_the_server_asked_is_never_read_as_commands(
    house: House, next_hop: ScriptedNextHop
) -> None:
    """DATA is refused here (no recipient), and the body would be a mail of its own."""
    client = await Raw.greeted(house)
    await client.send(f"MAIL FROM:<tanto@{OWN}>\r\nDATA\r\n".encode() + b"\r\n.\r\n" + SMUGGLED)
    assert (await client.reply()).startswith("250 2.1.0")
    assert (await client.reply()).startswith("554 5.5.0")
    assert await client.rest() == []
    assert next_hop.taken == []
    assert not any("evil" in c for c in next_hop.commands)


async def test_a_chunk_is_never_read_as_commands(house: House, next_hop: ScriptedNextHop) -> None:
    client = await Raw.greeted(house)
    await client.send(b"BDAT 20\r\nRSET\r\nMAIL FROM:<evil@x>\r\nRCPT TO:<v@y>\r\n")
    assert await client.reply() == "502 5.5.1 CHUNKING is not offered"
    assert await client.rest() == []
    assert not any("evil" in c for c in next_hop.commands)


async def test_a_header_that_asks_for_esmtp_features_stays_a_header(
    house: House, next_hop: ScriptedNextHop
) -> None:
    """Postfix 20260816: such a line meant something to the server behind a proxy filter."""
    client = await Raw.greeted(house)
    await client.open_mail()
    assert (await client.ask(b"Require-TLS-ESMTP: yes\r\n" + HEADER + b"\r\n.\r\n"))[:3] == "250"
    await client.rest()
    assert not any("REQUIRETLS" in c.upper() for c in next_hop.commands)
    assert b"\r\nRequire-TLS-ESMTP: yes\r\n" in next_hop.taken[0].content

"""With TLS asked for, nothing of a mail ever goes to the next hop in clear."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from gateway.errors import ConfigError, NextHopError
from gateway.model import Envelope, Fate
from gateway.outbound.client import NextHop, Tls
from gateway.outbound.faults import TlsFaultError
from tests.outbound.authority import DAY, Authority
from tests.outbound.conftest import listening, quick
from tests.wire.next_hop import DROP, STALL, ScriptedNextHop

ENVELOPE = Envelope("a@city.example.lg.jp", ("b@exp.co.jp",))
CONTENT = b"Subject: a\r\n\r\nhi\r\n" + b"x" * 500_000 + b"\r\n"

Make = Callable[..., NextHop]


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
async def make(server: ScriptedNextHop, authority: Authority) -> AsyncIterator[Make]:
    made: list[NextHop] = []

    def one(tls: Tls, **more: object) -> NextHop:
        made.append(NextHop(quick(server, tls=tls, ca_file=authority.ca_file, **more)))
        return made[-1]

    yield one
    for hop in made:
        await hop.close()


async def _deliver(hop: NextHop) -> Fate | None:
    outcome, _ = await hop.deliver(ENVELOPE, CONTENT)
    return outcome.fate if outcome is not None else None


@pytest.mark.parametrize(
    ("name", "names"),
    [("", ("127.0.0.1",)), ("mail.city.example.lg.jp", ("mail.city.example.lg.jp",))],
)
async def test_a_valid_certificate_is_verified_and_the_connection_kept(
    make: Make, server: ScriptedNextHop, authority: Authority, name: str, names: tuple[str, ...]
) -> None:
    server.tls = authority.server(*names)
    hop = make(Tls.VERIFY, tls_name=name)
    assert [await _deliver(hop) for _ in range(3)] == [Fate.RELAYED] * 3
    assert server.commands[:3] == ["EHLO gateway.example", "STARTTLS", "EHLO gateway.example"]
    assert (server.connections, len(server.taken)) == (1, 3)


@pytest.mark.parametrize("wrong", ["another name", "expired", "not yet valid", "unknown authority"])
async def test_a_certificate_that_does_not_hold_is_a_fault_and_required_overlooks_it(
    make: Make, server: ScriptedNextHop, authority: Authority, tmp_path: Path, wrong: str
) -> None:
    server.tls = {
        "another name": lambda: authority.server("mail.other.example"),
        "expired": lambda: authority.server("127.0.0.1", since=-3 * DAY, until=-2 * DAY),
        "not yet valid": lambda: authority.server("127.0.0.1", since=2 * DAY, until=3 * DAY),
        "unknown authority": lambda: Authority(tmp_path, "stranger").server("127.0.0.1"),
    }[wrong]()
    with pytest.raises(TlsFaultError, match="not valid") as caught:
        await _deliver(make(Tls.VERIFY))
    assert str(caught.value.reply).startswith("451 4.7.5")
    assert server.commands == ["EHLO gateway.example", "STARTTLS"]
    assert await _deliver(make(Tls.REQUIRED)) is Fate.RELAYED


@pytest.mark.parametrize("tls", [Tls.REQUIRED, Tls.VERIFY])
async def test_a_next_hop_without_starttls_gets_nothing(
    make: Make, server: ScriptedNextHop, tls: Tls
) -> None:
    with pytest.raises(TlsFaultError, match="offers no STARTTLS"):
        await _deliver(make(tls))
    assert server.commands == ["EHLO gateway.example"]


@pytest.mark.parametrize(
    "says",
    [
        "454 4.7.0 not now",
        "501 what",
        "250 ok",
        "gibberish",
        DROP,
        STALL,
        b"220 go\r\n250 injected\r\n",
        b"220 go\r\n2",
        b"220-go\r\n220 go\r\n250-FAKE\r\n",
    ],
)
async def test_starttls_that_fails_or_is_followed_by_words_in_clear_is_a_fault(
    make: Make, server: ScriptedNextHop, authority: Authority, says: str | bytes
) -> None:
    """CVE-2011-0411 and its kin: what was said in clear must not be heard as said under TLS."""
    server.tls = authority.server("127.0.0.1")
    server.answers["STARTTLS"] = says
    with pytest.raises(TlsFaultError) as caught:
        await _deliver(make(Tls.VERIFY))
    assert str(caught.value.reply).startswith("451 4.7.5")
    assert server.taken == []
    assert not any(c.startswith("MAIL") for c in server.commands)


async def test_a_handshake_that_never_ends_is_given_up() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hi\r\n")
        await reader.readline()
        writer.write(b"250-hi\r\n250 STARTTLS\r\n")
        await reader.readline()
        writer.write(b"220 go\r\n")
        await reader.read()

    async with listening(serve) as port:
        settings = quick(ScriptedNextHop(port=port), tls=Tls.REQUIRED, connect_timeout_s=0.3)
        hop = NextHop(settings)
        with pytest.raises(TlsFaultError, match="handshake"):
            await hop.acquire()
        await hop.close()


async def test_plain_text_in_place_of_the_handshake_is_a_fault() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hi\r\n")
        await reader.readline()
        writer.write(b"250-hi\r\n250 STARTTLS\r\n")
        await reader.readline()
        writer.write(b"220 go\r\n")
        await reader.readexactly(1)  # the handshake has begun
        writer.write(b"250-hi\r\n250 PIPELINING\r\n")
        await reader.read()

    async with listening(serve) as port:
        hop = NextHop(quick(ScriptedNextHop(port=port), tls=Tls.REQUIRED))
        with pytest.raises(TlsFaultError, match="handshake"):
            await hop.acquire()
        await hop.close()


async def test_what_was_offered_in_clear_counts_for_nothing(
    make: Make, server: ScriptedNextHop, authority: Authority
) -> None:
    server.tls = authority.server("127.0.0.1")
    server.features, server.features_in_clear = ("8BITMIME",), ("SMTPUTF8", "PIPELINING")
    hop = make(Tls.REQUIRED)
    lent = await hop.acquire()
    assert set(lent.line.features) == {"8BITMIME", "HELP"}
    await hop.give_back(lent)


async def test_without_tls_starttls_is_not_said(
    make: Make, server: ScriptedNextHop, authority: Authority
) -> None:
    server.tls = authority.server("127.0.0.1")
    assert await _deliver(make(Tls.OFF)) is Fate.RELAYED
    assert "STARTTLS" not in server.commands


async def test_a_loss_under_tls_is_told_apart_like_any_other(
    make: Make, server: ScriptedNextHop, authority: Authority
) -> None:
    server.tls = authority.server("127.0.0.1")
    hop = make(Tls.VERIFY)
    server.answers["."] = DROP
    assert await _deliver(hop) is Fate.UNKNOWN
    server.answers = {"DATA": DROP}
    assert await _deliver(hop) is Fate.FAILED
    server.answers = {"RCPT": DROP}
    with pytest.raises(NextHopError):
        await _deliver(hop)


@pytest.mark.parametrize("text", [None, "no certificate"])
def test_a_ca_file_that_cannot_be_used_is_said_at_the_start(
    tmp_path: Path, text: str | None
) -> None:
    file = tmp_path / "ca.pem"
    if text is not None:
        file.write_text(text)
    settings = quick(ScriptedNextHop(port=1), tls=Tls.VERIFY, ca_file=file)
    with pytest.raises(ConfigError, match=r"next_hop_ca_file"):
        NextHop(settings)

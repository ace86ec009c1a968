"""A next hop that cannot be reached is an error within its time; what it offers is its own word."""

from __future__ import annotations

import asyncio
import socket
import time
from dataclasses import replace

import pytest

from gateway.errors import NextHopError
from gateway.model import Envelope, Fate
from gateway.outbound import client as client_module
from gateway.outbound import dial
from gateway.outbound.client import NextHop, NextHopSettings
from tests.outbound.conftest import quick
from tests.wire.next_hop import ScriptedNextHop

ENVELOPE = Envelope("a@city.example.lg.jp", ("b@exp.co.jp", "c@exp.co.jp"))


# ------------------------------------------------------------------ not reached


async def test_an_unreachable_next_hop_is_an_error() -> None:
    with pytest.raises(NextHopError, match="cannot be reached"):
        await NextHop(NextHopSettings("127.0.0.1", 1, "x")).acquire()


@pytest.mark.parametrize("host", ["nowhere.invalid", "a..b", "x" * 70 + ".invalid"])
async def test_a_name_that_does_not_resolve_is_an_error(host: str) -> None:
    with pytest.raises(NextHopError, match="cannot be reached"):
        await NextHop(NextHopSettings(host, 25, "x")).acquire()


async def test_a_black_hole_costs_the_connect_timeout_and_no_more() -> None:
    """A full listen backlog: the kernel answers no further connection."""
    with socket.socket() as hole:
        hole.bind(("127.0.0.1", 0))
        hole.listen(0)
        port = hole.getsockname()[1]
        filler = [socket.socket() for _ in range(4)]
        for one in filler:
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
        began = time.monotonic()
        with pytest.raises(NextHopError, match="cannot be reached"):
            await NextHop(NextHopSettings("127.0.0.1", port, "x", connect_timeout_s=0.3)).acquire()
        assert 0.2 < time.monotonic() - began < 1.5
        for one in filler:
            one.close()


async def test_the_second_address_of_a_name_is_tried(
    server: ScriptedNextHop, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def resolve(host: str) -> list[str]:
        return ["127.0.0.2", "127.0.0.1"]

    monkeypatch.setattr(dial, "_resolve", resolve)
    hop = NextHop(replace(quick(server), host="two.invalid"))
    outcome, _ = await hop.deliver(ENVELOPE, b"x\r\n")
    await hop.close()
    assert outcome is not None
    assert outcome.fate is Fate.RELAYED


async def test_a_dead_resolver_is_asked_once_for_all_who_wait(
    server: ScriptedNextHop, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    async def resolve(host: str) -> list[str]:
        asked.append(host)
        await asyncio.sleep(0.6)
        return ["127.0.0.1"]

    monkeypatch.setattr(dial, "_resolve", resolve)
    hop = NextHop(replace(quick(server), host="slow.invalid", connect_timeout_s=0.2))
    found = await asyncio.gather(*(hop.acquire() for _ in range(50)), return_exceptions=True)
    assert all(isinstance(one, NextHopError) for one in found)
    assert asked == ["slow.invalid"]
    await asyncio.sleep(0.5)  # the late answer serves nobody and harms nobody
    await hop.close()


# ------------------------------------------------------------------ what it offers


async def test_what_the_next_hop_offers_is_asked_of_it(
    client: NextHop, server: ScriptedNextHop
) -> None:
    assert await client.offers("8BITMIME")
    assert not await client.offers("CHUNKING")
    assert server.connections == 1
    server.hang_up()
    server.features = ("CHUNKING",)
    await client.deliver(ENVELOPE, b"x\r\n")
    assert not await client.offers("8BITMIME")
    assert await client.offers("CHUNKING")


async def test_a_next_hop_that_is_away_offers_nothing_and_keeps_nobody_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(client_module, "_MEET_S", 0.1)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()  # connects, and never greets
        hop = NextHop(NextHopSettings("127.0.0.1", silent.getsockname()[1], "x"))
        began = time.monotonic()
        assert not any([await hop.offers("8BITMIME"), await hop.offers("SMTPUTF8")])
        assert time.monotonic() - began < 0.5
        await hop.close()


async def test_a_next_hop_that_refused_is_not_asked_again_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hop = NextHop(NextHopSettings("127.0.0.1", 1, "x"))
    dialled: list[float] = []

    async def refuse() -> dial.Line:
        dialled.append(time.monotonic())
        raise NextHopError("refused")

    monkeypatch.setattr(hop._dialer, "dial", refuse)
    assert not any([await hop.offers(word) for word in ("8BITMIME", "SMTPUTF8", "DSN")])
    assert len(dialled) == 1
    await hop.close()

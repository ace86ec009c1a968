"""Whatever the next hop does wrong costs its connection, never a mail or its right outcome."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

import pytest

from gateway.errors import NextHopError
from gateway.model import Envelope, Fate
from gateway.outbound.client import NextHop, NextHopSettings
from gateway.outbound.faults import ProtocolFaultError
from tests.outbound.conftest import listening, quick
from tests.wire.next_hop import DROP, STALL, ScriptedNextHop

ENVELOPE = Envelope("a@city.example.lg.jp", ("b@exp.co.jp", "c@exp.co.jp"))
BIG = b"x" * 70 + b"\r\n"


@pytest.fixture(params=["pipelined", "one by one"], autouse=True)
def pipelining(request: pytest.FixtureRequest, server: ScriptedNextHop) -> bool:
    if request.param == "one by one":
        server.features = tuple(f for f in server.features if f != "PIPELINING")
    return request.param == "pipelined"


# ------------------------------------------------------------------ what is lost


@pytest.mark.parametrize("says", [DROP, "421 4.3.2 closing", STALL])
@pytest.mark.parametrize("verb", ["greeting", "EHLO", "MAIL", "RCPT"])
async def test_a_loss_before_data_is_an_error_and_nothing_was_sent(
    client: NextHop, server: ScriptedNextHop, verb: str, says: str
) -> None:
    server.answers[verb] = says
    with pytest.raises(NextHopError):
        await client.deliver(ENVELOPE, b"x\r\n")
    assert server.taken == []


@pytest.mark.parametrize(
    "garbage",
    [
        "hello there",
        "250-one\r\n251 two",
        "999 no such class",
        "25O letter",
        "250 nul\x00",
        "250 受信",
        "250 " + "x" * 1_000_000,
        "354 out of place",
        b"250 no line feed\r",
        b"250 no carriage return\n",
    ],
)
async def test_what_is_no_smtp_reply_is_an_error(
    client: NextHop, server: ScriptedNextHop, garbage: str | bytes
) -> None:
    server.answers["MAIL"] = garbage
    with pytest.raises(NextHopError):
        await client.deliver(ENVELOPE, b"x\r\n")
    assert server.taken == []


@pytest.mark.parametrize("verb", ["MAIL", "RCPT c@exp.co.jp", "DATA"])
async def test_two_replies_to_one_command_never_shift_the_pairs(
    client: NextHop, server: ScriptedNextHop, verb: str
) -> None:
    """A surplus yes must not be taken for the answer to what comes next."""
    server.answers[verb] = "250 2.0.0 ok\r\n250 2.0.0 ok" if verb != "DATA" else "354 a\r\n250 b"
    server.answers["."] = "550 5.7.1 never"
    with_fault = False
    try:
        outcome, _ = await client.deliver(ENVELOPE, b"x\r\n")
        with_fault = outcome is not None and outcome.fate is Fate.FAILED
    except ProtocolFaultError:
        with_fault = True
    assert with_fault
    assert server.taken == []


async def test_a_second_reply_to_the_dot_costs_the_connection_and_not_the_mail(
    client: NextHop, server: ScriptedNextHop
) -> None:
    server.answers["."] = "250 2.0.0 queued\r\n250 2.0.0 queued"
    for _ in range(2):
        outcome, _ = await client.deliver(ENVELOPE, b"x\r\n")
        assert outcome is not None
        assert outcome.fate is Fate.RELAYED
    assert server.connections == 2


@pytest.mark.parametrize("said", [b"421 4.3.2 idle too long\r\n", b"250 ok\r\n", b"2", b"\x00"])
async def test_a_line_that_nobody_asked_for_ends_an_unused_connection(
    client: NextHop, server: ScriptedNextHop, said: bytes
) -> None:
    await client.deliver(ENVELOPE, b"x\r\n")
    server.shout(said)
    await asyncio.sleep(0.05)
    server.answers["RSET"] = "550 never asked"
    outcome, _ = await client.deliver(ENVELOPE, b"y\r\n")
    assert outcome is not None
    assert outcome.fate is Fate.RELAYED
    assert (server.connections, "RSET" in server.commands) == (2, False)


async def test_a_line_that_nobody_asked_for_within_a_transaction_ends_it(
    client: NextHop, server: ScriptedNextHop
) -> None:
    lent = await client.begin(ENVELOPE)
    assert (await lent.rcpt("b@exp.co.jp")).positive
    server.shout(b"354 go\r\n")
    await asyncio.sleep(0.05)
    outcome = await lent.data(b"x\r\n")
    await client.give_back(lent)
    assert (outcome.fate, str(outcome.reply)[:9]) == (Fate.FAILED, "451 4.3.0")
    assert "DATA" not in server.commands


@pytest.mark.parametrize(
    "says", [DROP, STALL, "354 go on", "no reply", b"250", "250-and", "250 8-bit é"]
)
async def test_a_loss_after_the_dot_is_unknown_and_never_tried_again(
    client: NextHop, server: ScriptedNextHop, says: str | bytes
) -> None:
    await client.deliver(ENVELOPE, b"warm\r\n")
    server.answers["."] = says
    outcome, _ = await client.deliver(ENVELOPE, b"x\r\n")
    assert outcome is not None
    assert (outcome.fate, str(outcome.reply)[:9]) == (Fate.UNKNOWN, "451 4.4.2")
    assert server.commands.count("DATA") == 2
    assert server.connections == 1


@pytest.mark.parametrize(
    ("says", "fate", "reply"),
    [
        ("552 5.3.4 too much", Fate.REFUSED, "552 5.3.4 too much"),
        ("452 4.3.1 full", Fate.REFUSED, "452 4.3.1 full"),
        ("421 4.3.2 closing", Fate.REFUSED, "451 4.3.2 closing"),
        ("250 2.0.0 already", Fate.FAILED, "451 4.3.0"),
        (DROP, Fate.FAILED, "451 4.4.1"),
        ("gibberish", Fate.FAILED, "451 4.3.0"),
    ],
)
async def test_a_refusal_in_mid_mail_is_heard_and_ends_the_connection(
    client: NextHop, server: ScriptedNextHop, says: str, fate: Fate, reply: str
) -> None:
    server.answers["mid"] = says
    outcome, _ = await client.deliver(ENVELOPE, BIG * 300_000)
    assert outcome is not None
    assert outcome.fate is fate
    assert str(outcome.reply).startswith(reply)
    assert server.taken == []
    await asyncio.sleep(0.05)
    assert server.lost == 1


# ------------------------------------------------------------------ time


async def test_a_reply_that_drips_has_the_time_of_one_reply(server: ScriptedNextHop) -> None:
    hop = NextHop(quick(server, verb_timeout_s=0.3))
    server.pace_s = 0.05
    began = time.monotonic()
    with pytest.raises(NextHopError, match="in time"):
        await hop.deliver(ENVELOPE, b"x\r\n")
    assert time.monotonic() - began < 0.6
    await hop.close()


async def test_each_wait_has_its_own_time_whatever_came_before(server: ScriptedNextHop) -> None:
    """The one timer of a wire rings neither for a wait that is over nor too late for the next."""
    hop = NextHop(quick(server, verb_timeout_s=5.0, after_dot_timeout_s=0.2))
    server.answers["."] = STALL
    began = time.monotonic()
    outcome, _ = await hop.deliver(ENVELOPE, b"x\r\n")
    assert outcome is not None
    assert outcome.fate is Fate.UNKNOWN
    assert 0.15 < time.monotonic() - began < 1.0
    del server.answers["."]
    hop.settings = replace(hop.settings, verb_timeout_s=0.3, after_dot_timeout_s=5.0)
    server.delay_s = 0.6
    outcome, _ = await hop.deliver(ENVELOPE, b"x\r\n")
    assert outcome is not None
    assert outcome.fate is Fate.RELAYED
    await hop.close()


async def test_a_next_hop_that_stops_reading_is_given_up_before_the_dot() -> None:
    over = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hi\r\n")
        for reply in (b"250 hi\r\n", b"250 ok\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n"):
            await reader.readline()
            writer.write(reply)
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        await over.wait()

    async with listening(serve) as port:
        hop = NextHop(NextHopSettings("127.0.0.1", port, "g", data_block_timeout_s=0.2))
        outcome, _ = await hop.deliver(ENVELOPE, BIG * 500_000)
        over.set()
        await hop.close()
    assert outcome is not None
    assert (outcome.fate, str(outcome.reply)[:9]) == (Fate.FAILED, "451 4.4.1")


async def test_the_envelope_of_a_delivery_has_a_budget(server: ScriptedNextHop) -> None:
    hop = NextHop(quick(server, verb_timeout_s=5.0, relay_budget_s=0.3))
    server.answers["RCPT c@exp.co.jp"] = STALL
    with pytest.raises(NextHopError, match="too long"):
        await hop.deliver(ENVELOPE, b"x\r\n")
    await hop.close()


async def test_a_caller_that_is_cancelled_spoils_no_later_reply(
    client: NextHop, server: ScriptedNextHop
) -> None:
    server.delay_s = 0.2
    task = asyncio.create_task(client.deliver(ENVELOPE, b"x\r\n"))
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    server.delay_s = 0.0
    outcome, _ = await client.deliver(ENVELOPE, b"y\r\n")
    assert outcome is not None
    assert outcome.fate is Fate.RELAYED
    assert server.connections == 2


async def test_a_cancelled_wait_closes_the_connection_by_itself(
    client: NextHop, server: ScriptedNextHop
) -> None:
    server.answers["RCPT"] = STALL
    lent = await client.begin(ENVELOPE)
    task = asyncio.create_task(lent.rcpt("b@exp.co.jp"))
    await asyncio.sleep(0.1)
    task.cancel()
    await asyncio.wait({task})
    await asyncio.wait_for(lent.line.wire.closed, 0.3)

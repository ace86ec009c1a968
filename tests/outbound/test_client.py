"""The next-hop client says exactly what became of a mail, and sends exactly its bytes."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from gateway.errors import NextHopError
from gateway.model import Envelope, Fate
from gateway.outbound.client import NextHop, NextHopSettings, dot_stuffed
from tests.wire.next_hop import DROP, ScriptedNextHop

ENVELOPE = Envelope("a@city.example.lg.jp", ("b@exp.co.jp", "c@exp.co.jp"))


@pytest.fixture
async def server() -> AsyncIterator[ScriptedNextHop]:
    hop = await ScriptedNextHop().start()
    yield hop
    await hop.stop()


@pytest.fixture
async def client(server: ScriptedNextHop) -> AsyncIterator[NextHop]:
    settings = NextHopSettings(
        "127.0.0.1", server.port, "gateway.example", verb_timeout_s=2, after_dot_timeout_s=2
    )
    client = NextHop(settings)
    yield client
    await client.close()


@pytest.mark.parametrize(
    "content",
    [
        b"Subject: a\r\n\r\nhi\r\n",
        b".\r\n",
        b"..\r\n.\r\n...\r\n",
        b".leading\r\n",
        b"x" * 200_000 + b"\r\n.\r\nend\r\n",
        b"",
    ],
)
async def test_the_bytes_arrive_unchanged(
    client: NextHop, server: ScriptedNextHop, content: bytes
) -> None:
    outcome, refused = await client.deliver(ENVELOPE, content)
    assert outcome is not None
    assert (outcome.fate, list(refused)) == (Fate.RELAYED, [])
    wire = server.taken[0].content
    assert wire + b".\r\n" == dot_stuffed(content)


async def test_a_connection_is_used_again_after_a_probe(
    client: NextHop, server: ScriptedNextHop
) -> None:
    for _ in range(3):
        await client.deliver(ENVELOPE, b"x\r\n")
    assert server.commands.count("EHLO gateway.example") == 1
    assert server.commands.count("RSET") == 2


async def test_a_connection_that_died_meanwhile_is_replaced(
    client: NextHop, server: ScriptedNextHop
) -> None:
    await client.deliver(ENVELOPE, b"x\r\n")
    for writer in list(server._writers):
        writer.close()
    outcome, _ = await client.deliver(ENVELOPE, b"y\r\n")
    assert outcome is not None
    assert outcome.fate is Fate.RELAYED
    assert len(server.taken) == 2


async def test_refused_recipients_are_named_and_the_others_served(
    client: NextHop, server: ScriptedNextHop
) -> None:
    server.answers["RCPT b@exp.co.jp"] = "550 5.1.1 gone"
    outcome, refused = await client.deliver(ENVELOPE, b"x\r\n")
    assert outcome is not None
    assert outcome.fate is Fate.RELAYED
    assert [(a, r.code) for a, r in refused] == [("b@exp.co.jp", 550)]
    assert server.taken[0].rcpt_tos == ["c@exp.co.jp"]


@pytest.mark.parametrize("verb", ["greeting", "EHLO", "MAIL", "RCPT"])
async def test_a_loss_before_data_is_an_error_and_nothing_was_sent(
    client: NextHop, server: ScriptedNextHop, verb: str
) -> None:
    server.answers[verb] = DROP
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
        "250 " + "x" * 40_000,
    ],
)
async def test_what_is_no_smtp_reply_is_an_error(
    client: NextHop, server: ScriptedNextHop, garbage: str
) -> None:
    server.answers["MAIL"] = garbage
    with pytest.raises(NextHopError):
        await client.deliver(ENVELOPE, b"x\r\n")


async def test_a_loss_after_the_dot_is_unknown_and_never_tried_again(
    client: NextHop, server: ScriptedNextHop
) -> None:
    server.answers["."] = DROP
    outcome, _ = await client.deliver(ENVELOPE, b"x\r\n")
    assert outcome is not None
    assert outcome.fate is Fate.UNKNOWN
    assert outcome.reply.temporary
    assert len(server.taken) == 1


async def test_a_next_hop_that_stays_silent_is_given_up(
    client: NextHop, server: ScriptedNextHop
) -> None:
    server.answers["MAIL"] = "250-and"  # the reply never ends
    with pytest.raises(NextHopError):
        await client.deliver(ENVELOPE, b"x\r\n")


async def test_an_address_that_would_be_a_command_of_its_own_is_never_sent(
    client: NextHop, server: ScriptedNextHop
) -> None:
    for evil in ("b@x\r\nRCPT TO:<c@y>", "b@x>\r\nDATA", "b c@x", "<b@x>", '"a\rb"@x'):
        with pytest.raises(NextHopError):
            await client.deliver(Envelope("a@x", (evil,)), b"x\r\n")
    assert not any("c@y" in command or command == "DATA" for command in server.commands)


async def test_an_unreachable_next_hop_is_an_error() -> None:
    with pytest.raises(NextHopError):
        await NextHop(NextHopSettings("127.0.0.1", 1, "x")).acquire()


async def test_a_utf8_envelope_needs_a_next_hop_that_takes_it(
    client: NextHop, server: ScriptedNextHop
) -> None:
    server.features = ()
    envelope = Envelope("用户@例え.jp", ("b@exp.co.jp",), smtputf8=True)
    outcome, refused = await client.deliver(envelope, b"x\r\n")
    assert outcome is None
    assert refused[0][1].code == 553

"""The next-hop client says exactly what became of a mail, and sends exactly its bytes."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from gateway.errors import NextHopError
from gateway.model import Envelope, Fate
from gateway.outbound.client import NextHop, NextHopSettings, dot_stuffed
from gateway.outbound.content import CHUNK_BYTES, wire_form
from tests.outbound.conftest import listening, quick
from tests.wire.next_hop import DROP, STALL, ScriptedNextHop

ENVELOPE = Envelope("a@city.example.lg.jp", ("b@exp.co.jp", "c@exp.co.jp"))
BIG = b"x" * 70 + b"\r\n"


@pytest.fixture(params=["pipelined", "one by one"], autouse=True)
def pipelining(request: pytest.FixtureRequest, server: ScriptedNextHop) -> bool:
    if request.param == "one by one":
        server.features = tuple(f for f in server.features if f != "PIPELINING")
    return request.param == "pipelined"


# ------------------------------------------------------------------ bytes


@pytest.mark.parametrize(
    "content",
    [
        b"Subject: a\r\n\r\nhi\r\n",
        b".\r\n",
        b"..\r\n.\r\n...\r\n",
        b".leading\r\n",
        b"x" * 200_000 + b"\r\n.\r\nend\r\n",
        b"x" * (CHUNK_BYTES - 3) + b"\r\n.\r\n",
        b"." * (2 * CHUNK_BYTES) + b"\r\n",
        b"\r\n." * CHUNK_BYTES + b"\r\n",
        b"",
    ],
)
async def test_the_bytes_arrive_unchanged(
    client: NextHop, server: ScriptedNextHop, content: bytes
) -> None:
    outcome, refused = await client.deliver(ENVELOPE, content)
    assert outcome is not None
    assert (outcome.fate, list(refused)) == (Fate.RELAYED, [])
    (taken,) = server.taken
    assert taken.content + b".\r\n" == dot_stuffed(content)
    unstuffed = [x[1:] if x[:1] == b"." else x for x in taken.content.split(b"\r\n")]
    assert b"\r\n".join(unstuffed) == content


def test_a_mail_without_leading_dots_is_not_copied() -> None:
    content = BIG * 10_000
    before, last = wire_form(content)
    assert all(isinstance(p, memoryview) and p.obj is content for p in [*before, last[0]])
    small = b"Subject: a\r\n\r\nhi ..\r\n"
    assert wire_form(small)[1][0] is small


# ------------------------------------------------------------------ reuse and probe


async def test_a_connection_is_used_again_after_a_probe(
    client: NextHop, server: ScriptedNextHop
) -> None:
    for _ in range(3):
        await client.deliver(ENVELOPE, b"x\r\n")
    assert server.commands.count("EHLO gateway.example") == 1
    assert server.commands.count("RSET") == 2


async def test_probe_sender_and_first_recipient_leave_in_one_write(pipelining: bool) -> None:
    """The server answers nothing before it has all three."""
    group = [b"RSET\r\n", b"MAIL FROM:<a@city.example.lg.jp>\r\n", b"RCPT TO:<b@exp.co.jp>\r\n"]
    replies = [b"250 1\r\n", b"250 2\r\n", b"550 5.1.1 3\r\n"]
    if pipelining:
        group, replies = [b"".join(group)], [b"".join(replies)]
    seen: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hi\r\n")
        await reader.readline()
        writer.write(b"250-hi\r\n250 PIPELINING\r\n" if pipelining else b"250 hi\r\n")
        for expected, reply in zip(group, replies, strict=True):
            seen.append(await reader.readexactly(len(expected)))
            writer.write(reply)
        await reader.read()

    async with listening(serve) as port:
        hop = NextHop(NextHopSettings("127.0.0.1", port, "g", probe_timeout_s=2))
        await hop.give_back(await hop.acquire())
        lent = await hop.begin(ENVELOPE)
        assert str(await lent.rcpt("b@exp.co.jp")) == "550 5.1.1 3"
        lent.close()
        await hop.close()
    assert seen == group


async def test_a_connection_that_died_meanwhile_is_replaced(
    client: NextHop, server: ScriptedNextHop
) -> None:
    await client.deliver(ENVELOPE, b"x\r\n")
    server.hang_up()
    outcome, _ = await client.deliver(ENVELOPE, b"y\r\n")
    assert outcome is not None
    assert outcome.fate is Fate.RELAYED
    assert (len(server.taken), server.connections) == (2, 2)


@pytest.mark.parametrize("says", [DROP, STALL, "421 4.3.2 closing", b"25", "451 later"])
async def test_a_connection_that_fails_its_probe_is_replaced_once(
    client: NextHop, server: ScriptedNextHop, says: str | bytes
) -> None:
    await client.deliver(ENVELOPE, b"x\r\n")
    server.answers["RSET"] = says
    outcome, _ = await client.deliver(ENVELOPE, b"y\r\n")
    assert outcome is not None
    assert outcome.fate is Fate.RELAYED
    assert (len(server.taken), server.connections) == (2, 2)


async def test_a_connection_that_dies_at_mail_is_replaced_once_and_no_more(
    client: NextHop, server: ScriptedNextHop
) -> None:
    await client.deliver(ENVELOPE, b"x\r\n")
    server.answers["MAIL"] = "421 4.3.2 closing"
    with pytest.raises(NextHopError):
        await client.deliver(ENVELOPE, b"y\r\n")
    assert server.connections == 2


async def test_nothing_is_tried_again_once_a_sender_was_accepted(
    client: NextHop, server: ScriptedNextHop
) -> None:
    await client.deliver(ENVELOPE, b"x\r\n")
    server.answers["RCPT"] = DROP
    with pytest.raises(NextHopError):
        await client.deliver(ENVELOPE, b"y\r\n")
    assert server.connections == 1


async def test_a_refused_sender_is_the_answer_to_each_recipient_and_may_be_tried_again(
    client: NextHop, server: ScriptedNextHop
) -> None:
    server.answers["MAIL"] = "451 4.7.1 greylisted"
    lent = await client.begin(ENVELOPE)
    assert str(await lent.rcpt("b@exp.co.jp")) == "451 4.7.1 greylisted"
    del server.answers["MAIL"]
    assert (await lent.rcpt("c@exp.co.jp")).positive
    outcome = await lent.data(b"x\r\n")
    await client.give_back(lent)
    assert outcome.fate is Fate.RELAYED
    assert server.taken[0].rcpt_tos == ["c@exp.co.jp"]


async def test_a_transaction_begins_anew_for_fewer_recipients(
    client: NextHop, server: ScriptedNextHop
) -> None:
    lent = await client.begin(ENVELOPE)
    for address in ENVELOPE.rcpt_tos:
        assert (await lent.rcpt(address)).positive
    assert await lent.envelope(replace(ENVELOPE, rcpt_tos=("c@exp.co.jp",))) is None
    assert (await lent.data(b"x\r\n")).fate is Fate.RELAYED
    await client.give_back(lent)
    assert server.taken[0].rcpt_tos == ["c@exp.co.jp"]
    server.answers["RCPT c@exp.co.jp"] = "450 4.2.1 not now"
    lent = await client.begin(ENVELOPE)
    refusal = await lent.envelope(ENVELOPE)
    await client.give_back(lent)
    assert str(refusal) == "450 4.2.1 not now"


async def test_an_unused_connection_is_left_politely_after_a_while(
    server: ScriptedNextHop,
) -> None:
    hop = NextHop(quick(server, idle_s=0.1))
    await hop.deliver(ENVELOPE, b"x\r\n")
    await asyncio.sleep(0.4)
    assert server.commands[-1] == "QUIT"
    await hop.deliver(ENVELOPE, b"x\r\n")
    assert (server.connections, server.lost) == (2, 0)
    await hop.close()


async def test_a_connection_serves_a_limited_number_of_mails(server: ScriptedNextHop) -> None:
    hop = NextHop(quick(server, mails_per_connection=2))
    for _ in range(4):
        await hop.deliver(ENVELOPE, b"x\r\n")
    await hop.close()
    assert (server.connections, len(server.taken), server.lost) == (2, 4, 0)


async def test_mails_at_the_same_time_each_have_a_connection(
    client: NextHop, server: ScriptedNextHop
) -> None:
    server.delay_s = 0.05
    contents = [b"%d\r\n" % n for n in range(8)]
    outcomes = await asyncio.gather(*(client.deliver(ENVELOPE, c) for c in contents))
    assert all(o is not None and o.fate is Fate.RELAYED for o, _ in outcomes)
    assert sorted(t.content for t in server.taken) == sorted(contents)


# ------------------------------------------------------------------ what is refused


async def test_refused_recipients_are_named_and_the_others_served(
    client: NextHop, server: ScriptedNextHop
) -> None:
    server.answers["RCPT b@exp.co.jp"] = "550 5.1.1 gone"
    outcome, refused = await client.deliver(ENVELOPE, b"x\r\n")
    assert outcome is not None
    assert outcome.fate is Fate.RELAYED
    assert [(a, r.code) for a, r in refused] == [("b@exp.co.jp", 550)]
    assert server.taken[0].rcpt_tos == ["c@exp.co.jp"]


async def test_a_mail_that_nobody_may_have_is_not_sent(
    client: NextHop, server: ScriptedNextHop
) -> None:
    server.answers["RCPT"] = "550 5.1.1 gone"
    outcome, refused = await client.deliver(ENVELOPE, b"x\r\n")
    assert (outcome, len(refused)) == (None, 2)
    assert "DATA" not in server.commands


async def test_a_utf8_envelope_needs_a_next_hop_that_takes_it(
    client: NextHop, server: ScriptedNextHop
) -> None:
    server.features = ("PIPELINING",)
    envelope = Envelope("用户@例え.jp", ("b@exp.co.jp",), smtputf8=True)
    outcome, refused = await client.deliver(envelope, b"x\r\n")
    assert outcome is None
    assert str(refused[0][1]).startswith("553 5.6.7")
    assert server.commands == ["EHLO gateway.example"]


async def test_a_next_hop_may_answer_a_utf8_transaction_in_utf8(
    client: NextHop, server: ScriptedNextHop
) -> None:
    server.answers["."] = "250 2.0.0 受信しました"
    outcome, _ = await client.deliver(replace(ENVELOPE, smtputf8=True), b"x\r\n")
    assert outcome is not None
    assert outcome.fate is Fate.RELAYED


@pytest.mark.parametrize(
    ("features", "content", "reply"),
    [
        (("SIZE 100",), "あ\r\n".encode(), "550 5.6.3"),
        (("8BITMIME", "SIZE 100"), b"x" * 101 + b"\r\n", "552 5.3.4"),
    ],
)
async def test_a_mail_that_the_next_hop_cannot_take_is_refused_before_data(
    client: NextHop, server: ScriptedNextHop, features: tuple[str, ...], content: bytes, reply: str
) -> None:
    server.features = features
    outcome, _ = await client.deliver(ENVELOPE, content)
    assert outcome is not None
    assert outcome.fate is Fate.REFUSED
    assert str(outcome.reply).startswith(reply)
    assert "DATA" not in server.commands


@pytest.mark.parametrize("limit", ["SIZE", "SIZE 0", "SIZE many", "SIZE " + "9" * 5000])
async def test_a_size_that_names_no_limit_limits_nothing(
    client: NextHop, server: ScriptedNextHop, limit: str
) -> None:
    server.features = (limit,)
    outcome, _ = await client.deliver(ENVELOPE, BIG)
    assert outcome is not None
    assert outcome.fate is Fate.RELAYED


@pytest.mark.parametrize("offered", [True, False])
async def test_what_the_client_asked_for_is_passed_on_where_it_is_offered(
    client: NextHop, server: ScriptedNextHop, offered: bool
) -> None:
    server.features = ("8BITMIME", "SMTPUTF8", "DSN") if offered else ("SMTPUTF8",)
    envelope = replace(
        ENVELOPE,
        body="8BITMIME",
        smtputf8=True,
        mail_parameters=("RET=HDRS", "ENVID=q-1"),
        rcpt_parameters=(("NOTIFY=NEVER",), ("ORCPT=rfc822;c+40exp.co.jp",)),
    )
    await client.deliver(envelope, b"x\r\n")
    mail, b, c = server.commands[1:4]
    body, dsn = (" BODY=8BITMIME", " RET=HDRS ENVID=q-1") if offered else ("", "")
    assert mail == f"MAIL FROM:<a@city.example.lg.jp>{body} SMTPUTF8{dsn}"
    assert b == "RCPT TO:<b@exp.co.jp>" + (" NOTIFY=NEVER" if offered else "")
    assert c == "RCPT TO:<c@exp.co.jp>" + (" ORCPT=rfc822;c+40exp.co.jp" if offered else "")


@pytest.mark.parametrize("evil", ["RET=X\r\nDATA", "AUTH=<>", "SIZE=1", "ENVID=a b", "RET"])
async def test_a_parameter_that_is_not_dsns_is_never_sent(
    client: NextHop, server: ScriptedNextHop, evil: str
) -> None:
    server.features = (*server.features, "DSN")
    envelope = replace(ENVELOPE, mail_parameters=(evil,), rcpt_parameters=((evil,), ()))
    await client.deliver(envelope, b"x\r\n")
    assert server.commands[1:4] == [
        "MAIL FROM:<a@city.example.lg.jp>",
        "RCPT TO:<b@exp.co.jp>",
        "RCPT TO:<c@exp.co.jp>",
    ]


@pytest.mark.parametrize(
    "evil", ["b@x\r\nRCPT TO:<c@y>", "b@x>\r\nDATA", "b c@x", "<b@x>", '"a\rb"@x', '"@x']
)
async def test_an_address_that_would_be_a_command_of_its_own_is_never_sent(
    client: NextHop, server: ScriptedNextHop, evil: str
) -> None:
    for envelope in (Envelope("a@x", (evil,)), Envelope(evil, ("a@x",))):
        if evil == '"@x':
            continue
        with pytest.raises(NextHopError):
            await client.deliver(envelope, b"x\r\n")
    assert not any("c@y" in command or command == "DATA" for command in server.commands)

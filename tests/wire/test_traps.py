"""What was measured to be unsafe in aiosmtpd 1.4.6, one regression test for each.

The numbers are those of the measurement; each runs against the real server.
"""

from __future__ import annotations

import asyncio
import io
import logging
import re
import time
from pathlib import Path

import pytest

from gateway.smtp import server as smtp_server
from tests.house import OWN, House, mail
from tests.numbers import my_number
from tests.wire.next_hop import ScriptedNextHop
from tests.wire.postfix import until
from tests.wire.test_smuggling import ALLOW, HARMLESS, HEADER, SEQUENCES, Raw
from tests.wire.transcript import Wire

EHLO = f"S: 220 *\nC: EHLO pc.{OWN}\nS: 250 *\n"
MAIL = f"{EHLO}C: MAIL FROM:<tanto@{OWN}>\nS: 250 *\n"
OPEN = f"{MAIL}C: RCPT TO:<sato@exp.co.jp>\nS: 250 *\nC: DATA\nS: 354 *\n"


def resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 2**20


async def test_trap_01_a_malformed_end_is_refused_and_not_kept_as_content(
    house: House, next_hop: ScriptedNextHop
) -> None:
    for sequence in (s for s in SEQUENCES if s not in HARMLESS):
        client = await Raw.greeted(house)
        await client.open_mail()
        reply = await client.ask(HEADER + sequence + b"more\r\n.\r\n")
        assert reply.startswith("550 5.6.0"), sequence
        await client.rest()
    assert next_hop.taken == []


async def test_trap_02_a_command_line_ends_in_crlf(house: House) -> None:
    client = await Raw.greeted(house)
    assert (await client.ask(b"NOOP\n")).startswith("500 5.5.2")
    assert (await client.ask(b"NOOP\r\n")).startswith("250")
    await client.rest()


async def test_trap_03_the_null_sender_is_empty_and_stays_so(
    house: House, next_hop: ScriptedNextHop
) -> None:
    assert (await house.send(mail(), "sato@exp.co.jp", sender="")).startswith("250")
    assert next_hop.taken[0].mail_from == ""
    assert any(c.startswith("MAIL FROM:<>") for c in next_hop.commands)


async def test_trap_04_a_fault_of_ours_is_temporary_wordless_and_leaves_no_envelope(
    house: House, next_hop: ScriptedNextHop, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert house.app is not None

    async def broken(*_: object) -> None:
        raise RuntimeError("secret words")

    monkeypatch.setattr(house.app.pipeline, "inspect", broken)
    wire = await house.wire()
    reply = await wire.play(f"{OPEN}C@ mail\nS: *", mail=mail())
    assert reply == "451 4.3.0 Local fault, please try again later"
    monkeypatch.undo()
    await wire.play("C: DATA\nS: 503 5.5.1 *\nC: RCPT TO:<x@exp.co.jp>\nS: 503 5.5.1 *")
    await wire.play(OPEN.split("S: 250 *\n", 1)[1] + "C@ mail\nS: 250 *", mail=mail())
    await wire.close()
    assert len(next_hop.taken) == 1


@pytest.mark.parametrize(
    "path",
    [
        "<b\rX@c.example>", '<"a\rRSET"@c.example>', "<b\0@c.example>", '<"b>', "<b@c.example",
        "<b @ c.example>", "<b(comment)@c.example>", "<@route.example:b@c.example>", "<b\t@c.example>",
    ],
)  # fmt: skip
async def test_trap_05_an_address_is_taken_verbatim_or_not_at_all(
    house: House, next_hop: ScriptedNextHop, path: str
) -> None:
    client = await Raw.greeted(house)
    await client.ask(f"MAIL FROM:<tanto@{OWN}>\r\n".encode())
    assert (await client.ask(f"RCPT TO:{path}\r\n".encode()))[:3] in ("500", "501", "553")
    await client.rest()
    assert not any(c.startswith("RCPT") for c in next_hop.commands)


async def test_trap_06_parameters_are_understood_and_their_values_kept_as_written(
    house: House, next_hop: ScriptedNextHop
) -> None:
    next_hop.features = ("PIPELINING", "8BITMIME", "SMTPUTF8", "DSN")
    await house.play(
        f"""
        {EHLO}
        C: MAIL FROM:<tanto@{OWN}> RET=hdrs ENVID=QqXx+2Bz size=200 BODY=8bitmime
        S: 250 2.1.0 *
        C: RCPT TO:<sato@exp.co.jp> NOTIFY=success,DELAY ORCPT=rfc822;Sato+2B1@exp.co.jp
        S: 250 2.1.5 *
        C: RCPT TO:<soumu@exp.co.jp>
        S: 250 2.1.5 *
        C: DATA
        S: 354 *
        C@ mail
        S: 250 *
        """,
        mail=mail(),
    )
    (sent,) = [c for c in next_hop.commands if c.startswith("MAIL")]
    assert {"RET=hdrs", "ENVID=QqXx+2Bz", "BODY=8BITMIME"} <= set(sent.split(" "))
    rcpts = [c for c in next_hop.commands if c.startswith("RCPT")]
    assert rcpts == [
        "RCPT TO:<sato@exp.co.jp> NOTIFY=success,DELAY ORCPT=rfc822;Sato+2B1@exp.co.jp",
        "RCPT TO:<soumu@exp.co.jp>",
    ]


async def test_trap_07_limits_do_not_change_when_another_client_connects(house: House) -> None:
    client = await Raw.greeted(house)
    line = f"MAIL FROM:<tanto@{OWN}> X-LONG={'a' * 480}\r\n".encode()
    before = await client.ask(line)
    other = await Raw.greeted(house)
    assert await client.ask(line) == before == "555 5.5.4 Parameter not recognised"
    await other.rest()
    await client.rest()


@pytest.mark.parametrize("in_mail", [False, True], ids=["command", "mail"])
async def test_trap_08_a_line_without_end_takes_no_memory(
    tmp_path: Path, next_hop: ScriptedNextHop, in_mail: bool
) -> None:
    house = await House(tmp_path, next_hop, config='[limits]\nmessage = "1MB"\n').start()
    try:
        client = await Raw.greeted(house)
        if in_mail:
            await client.open_mail()
        before = resident_mb()
        block = b"x" * 2**20
        for _ in range(60):
            if client._writer.is_closing():
                break
            await client.send(block)
            try:
                await client._writer.drain()
            except ConnectionError:
                break
        if in_mail:
            assert (await client.ask(b"\r\n.\r\n")).startswith("552 5.3.4")
        assert resident_mb() - before < 20
        client._writer.transport.abort()
    finally:
        await house.stop()


@pytest.mark.parametrize("octets", [998, 999, 1000, 1001, 100_000])
async def test_trap_09_a_long_line_is_taken_as_it_is(
    tmp_path: Path, next_hop: ScriptedNextHop, octets: int
) -> None:
    house = await House(tmp_path, next_hop, policy=ALLOW).start()
    try:
        line = b"x" * octets
        assert (await house.send(HEADER + line + b"\r\n", "sato@exp.co.jp"))[:3] == "250"
        assert b"hi" + line + b"\r\n" in next_hop.taken[0].content
    finally:
        await house.stop()


async def test_trap_09_a_long_line_is_refused_for_good_where_that_is_wished(
    tmp_path: Path, next_hop: ScriptedNextHop
) -> None:
    house = await House(tmp_path, next_hop, smtp='long_lines = "refuse"').start()
    try:
        content = HEADER + b"\r\n" + b"x" * 999 + b"\r\n"
        assert (await house.send(content, "sato@exp.co.jp")).startswith("550 5.6.0")
    finally:
        await house.stop()


async def test_trap_10_a_slow_but_steady_mail_outlasts_every_silence_limit(
    tmp_path: Path, next_hop: ScriptedNextHop
) -> None:
    """Upload and relay together take three times the limit on silence."""
    timers = '[smtp.timers]\ncommand = "1s"\ndata = "1s"\n'
    house = await House(tmp_path, next_hop, config=timers).start()
    next_hop.delay_s = 1.5
    try:
        client = await Raw.greeted(house)
        await client.open_mail()
        for _ in range(5):
            await client.send(b"X-Slow: " + b"x" * 300 + b"\r\n")
            await asyncio.sleep(0.3)
        assert (await client.ask(HEADER + b"\r\n.\r\n")).startswith("250")
        assert await client.rest() == ["221 2.0.0 Bye"]
    finally:
        await house.stop()


@pytest.mark.parametrize("how", ["half-close", "reset"])
async def test_trap_11_a_client_that_leaves_after_the_dot_stops_nothing(
    house: House, next_hop: ScriptedNextHop, how: str
) -> None:
    next_hop.delay_s = 0.3
    client = await Raw.greeted(house)
    await client.open_mail()
    await client.send(HEADER + b"\r\n.\r\n")
    await until(lambda: "DATA" in next_hop.commands, "the relay to begin")
    if how == "half-close":
        client._writer.write_eof()
        assert (await client.reply()).startswith("250")
    else:
        client._writer.transport.abort()
    await until(lambda: next_hop.taken, "the mail behind")
    assert house.app is not None
    keeper = house.app.gateway._doorkeeper
    await until(lambda: not keeper.passing, "the outcome")
    assert keeper._all_bytes == 0
    client._writer.close()


async def test_trap_12_a_reply_is_one_line_of_printable_ascii(
    house: House, next_hop: ScriptedNextHop
) -> None:
    next_hop.answers["."] = "250 2.0.0 受領しました \x1b[31m " + "x" * 900
    wire = await house.wire()
    reply = await wire.play(f"{OPEN}C@ mail\nS: *", mail=mail())
    assert re.fullmatch(r"(250 2|451 4)\.[\x20-\x7e]+", reply)
    assert len(reply) <= 510
    await wire.play("C: NOOP\nS: 250 2.0.0 OK")
    await wire.close()


async def test_trap_13_the_library_logs_neither_envelope_nor_mail(
    house: House, lines: io.StringIO
) -> None:
    number = my_number(71)
    logging.getLogger("mail").setLevel(logging.DEBUG)
    await house.send(mail(f"個人番号 {number}\r\n"), "sato@exp.co.jp")
    written = lines.getvalue()
    assert '"event": "mail"' in written
    assert number not in written
    assert "sato@" not in written
    assert "mail.log" not in written


@pytest.mark.parametrize("says", ["451 4.2.0 later", "554 5.6.0 no"])
async def test_trap_14_a_refusal_behind_is_a_refusal_here(
    house: House, next_hop: ScriptedNextHop, says: str
) -> None:
    next_hop.answers["."] = says
    assert await house.send(mail(), "sato@exp.co.jp") == says


async def test_trap_15_connections_have_a_cap_and_a_deep_backlog(
    tmp_path: Path, next_hop: ScriptedNextHop
) -> None:
    assert smtp_server.BACKLOG >= 1024
    limits = "[limits]\nconnections = 30\nconnections_per_client = 20\n"
    house = await House(tmp_path, next_hop, config=limits).start()
    try:
        started = time.monotonic()
        wires = await asyncio.gather(*(Wire.connect(house.port) for _ in range(200)))
        replies = [(await w.reply())[:9] for w in wires]
        assert time.monotonic() - started < 5
        assert [r[:3] for r in replies].count("220") == 20
        assert replies.count("421 4.3.2") == 180
        await asyncio.gather(*(w.close() for w in wires))
        assert house.app is not None
        keeper = house.app.gateway._doorkeeper
        await until(lambda: keeper.total == 0, "everybody to be counted out")
        assert keeper.inside == {}
    finally:
        await house.stop()


async def test_trap_16_what_ehlo_offers_is_what_there_is(
    house: House, next_hop: ScriptedNextHop
) -> None:
    wire = await house.wire()
    await wire.play(EHLO)
    assert [line[4:].split(" ")[0] for line in wire.said[2:]] == [
        "SIZE", "PIPELINING", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES",
    ]  # fmt: skip
    for _ in range(20):
        await wire.play("C: BOGUS\nS: 500 5.5.1 *")
    await wire.play("C: BOGUS\nS: 421 4.7.0 *")
    assert await wire.reader.read() == b""
    await wire.close()


async def test_trap_17_mail_in_flight_is_bounded_over_all_sessions(
    tmp_path: Path, next_hop: ScriptedNextHop
) -> None:
    limits = '[limits]\nmessage = "100KB"\nin_flight = "200KB"\nin_flight_per_client = "200KB"\n'
    house = await House(tmp_path, next_hop, config=limits).start()
    try:
        senders = [await Raw.greeted(house) for _ in range(3)]
        for sender in senders[:2]:
            await sender.open_mail()
            await sender.send(b"X-Big: " + b"x" * 90_000 + b"\r\n")
        await asyncio.sleep(0.1)
        third = senders[2]
        await third.ask(f"MAIL FROM:<tanto@{OWN}> SIZE=50000\r\n".encode())
        await third.ask(b"RCPT TO:<sato@exp.co.jp>\r\n")
        assert (await third.ask(b"DATA\r\n")).startswith("452 4.3.1")
        for sender in senders[:2]:
            assert (await sender.ask(HEADER + b"\r\n.\r\n")).startswith("250")
        await third.open_mail()
        assert (await third.ask(HEADER + b"\r\n.\r\n")).startswith("250")
        for sender in senders:
            await sender.rest()
    finally:
        await house.stop()

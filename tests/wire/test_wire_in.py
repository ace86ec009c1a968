"""The wire in, verb by verb: parameters, pipelining, timers, budgets, TLS, XFORWARD."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from gateway.app import GatewayApp
from gateway.config import load
from gateway.errors import ConfigError
from tests.house import OWN, House, mail
from tests.numbers import my_number
from tests.wire.next_hop import DROP, ScriptedNextHop
from tests.wire.postfix import until
from tests.wire.test_smuggling import ALLOW, HEADER, Raw

EHLO = f"S: 220 *\nC: EHLO pc.{OWN}\nS: 250 *\n"
MAIL = f"{EHLO}C: MAIL FROM:<tanto@{OWN}>\nS: 250 *\n"
OPEN = f"{MAIL}C: RCPT TO:<sato@exp.co.jp>\nS: 250 *\nC: DATA\nS: 354 *\n"

Build = Callable[..., "asyncio.Future[House]"]


@pytest.fixture
async def build(tmp_path: Path, next_hop: ScriptedNextHop) -> AsyncIterator[Build]:
    houses: list[House] = []

    async def start(**settings: str) -> House:
        houses.append(await House(tmp_path, next_hop, **settings).start())
        return houses[-1]

    yield start  # type: ignore[misc]
    for house in houses:
        await house.stop()


def keeper(house: House):
    assert house.app is not None
    return house.app.gateway._doorkeeper


# ------------------------------------------------------------------ parameters


@pytest.mark.parametrize(
    ("argument", "reply"),
    [
        ("SIZE=abc", "501 5.5.4"),
        ("SIZE=1 SIZE=2", "501 5.5.4"),
        ("SIZE=99999999999999999999", "552 5.3.4"),
        ("BODY=BINARYMIME", "555 5.5.4"),
        ("AUTH=<>", "555 5.5.4"),
        ("RET=SOME", "501 5.5.4"),
        ("ENVID=a+0Db", "501 5.5.4"),
        ("ENVID=" + "a" * 101, "501 5.5.4"),
        ("NOTIFY=NEVER", "555 5.5.4"),
        ("RET=FULL ENVID=abc BODY=7BIT SMTPUTF8", "250 2.1.0"),
    ],
)
async def test_a_parameter_of_mail_is_understood_or_refused(
    house: House, next_hop: ScriptedNextHop, argument: str, reply: str
) -> None:
    next_hop.features = ("8BITMIME", "SMTPUTF8", "DSN")
    await house.play(f"{EHLO}C: MAIL FROM:<tanto@{OWN}> {argument}\nS: {reply} *")


@pytest.mark.parametrize(
    ("argument", "reply"),
    [
        ("NOTIFY=NEVER,SUCCESS", "501 5.5.4"),
        ("NOTIFY=SUCCESS,SUCCESS", "501 5.5.4"),
        ("NOTIFY=", "501 5.5.4"),
        ("ORCPT=sato@exp.co.jp", "501 5.5.4"),
        ("ORCPT=rfc822;a+0D+0ARCPT", "501 5.5.4"),
        ("ORCPT=rfc822;" + "a" * 500, "501 5.5.4"),
        ("RET=FULL", "555 5.5.4"),
        ("NOTIFY=FAILURE,DELAY ORCPT=rfc822;sato@exp.co.jp", "250 2.1.5"),
    ],
)
async def test_a_parameter_of_rcpt_is_understood_or_refused(
    house: House, next_hop: ScriptedNextHop, argument: str, reply: str
) -> None:
    next_hop.features = ("DSN",)
    await house.play(f"{MAIL}C: RCPT TO:<sato@exp.co.jp> {argument}\nS: {reply} *")


async def test_what_the_next_hop_has_not_is_neither_offered_nor_taken(
    house: House, next_hop: ScriptedNextHop
) -> None:
    next_hop.features = ("PIPELINING",)
    wire = await house.wire()
    await wire.play(EHLO)
    offered = " ".join(wire.said)
    assert not any(word in offered for word in ("DSN", "8BITMIME", "SMTPUTF8", "CHUNKING"))
    await wire.play(
        f"""
        C: MAIL FROM:<tanto@{OWN}> RET=FULL
        S: 555 5.5.4 *
        C: MAIL FROM:<tanto@{OWN}> BODY=8BITMIME
        S: 555 5.5.4 *
        C: MAIL FROM:<tanto@{OWN}> SMTPUTF8
        S: 553 5.6.7 *
        C: MAIL FROM:<担当@{OWN}>
        S: 553 5.6.7 *
        C: MAIL FROM:<tanto@{OWN}>
        S: 250 *
        C: RCPT TO:<佐藤@exp.co.jp>
        S: 553 5.6.7 *
        C: RCPT TO:<sato@exp.co.jp> NOTIFY=NEVER
        S: 555 5.5.4 *
        C: RCPT TO:<sato@exp.co.jp>
        S: 250 *
        C: DATA
        S: 354 *
        C@ mail
        S: 550 5.6.3 *
        """,
        mail=HEADER + "漢字\r\n".encode(),
    )
    await wire.close()
    assert next_hop.taken == []


async def test_the_trace_names_the_protocol_that_was_spoken(
    house: House, next_hop: ScriptedNextHop
) -> None:
    tail = OPEN.split("S: 250 *\n", 1)[1] + "C@ mail\nS: 250 *"
    await house.play("S: 220 *\nC: HELO pc\nS: 250 *\n" + tail, mail=mail())
    await house.play(EHLO + tail.replace("lg.jp>", "lg.jp> SMTPUTF8", 1), mail=mail())
    traces = [t.content.split(b" id ")[0].rpartition(b" ")[2] for t in next_hop.taken]
    assert traces == [b"SMTP", b"UTF8SMTP"]


async def test_a_client_that_said_helo_has_no_parameters(house: House) -> None:
    await house.play(
        f"S: 220 *\nC: HELO pc\nS: 250 gateway.{OWN}\n"
        f"C: MAIL FROM:<tanto@{OWN}> SIZE=1\nS: 555 5.5.4 *\n"
        f"C: MAIL FROM:<tanto@{OWN}>\nS: 250 2.1.0 *"
    )


async def test_each_recipient_keeps_its_own_wishes_when_others_are_held(
    house: House, next_hop: ScriptedNextHop
) -> None:
    next_hop.features = ("DSN",)
    await house.play(
        f"""
        {EHLO}
        C: MAIL FROM:<tanto@{OWN}> ENVID=one
        S: 250 *
        C: RCPT TO:<info@stranger.example.com> NOTIFY=NEVER
        S: 250 *
        C: RCPT TO:<soumu@{OWN}> NOTIFY=DELAY
        S: 250 *
        C: DATA
        S: 354 *
        C@ mail
        S: 250 2.0.0 Accepted, held*
        """,
        mail=mail(f"個人番号: {my_number(81)}\r\n"),
    )
    assert next_hop.taken[0].rcpt_tos == [f"soumu@{OWN}"]
    assert next_hop.commands[-2:] == [f"RCPT TO:<soumu@{OWN}> NOTIFY=DELAY", "DATA"]


# ------------------------------------------------------------------ pipelining


async def test_pipelined_commands_are_answered_one_by_one_and_alike(
    house: House, next_hop: ScriptedNextHop
) -> None:
    next_hop.answers["RCPT gone@exp.co.jp"] = "550 5.1.1 no such user"
    group = [
        f"MAIL FROM:<tanto@{OWN}>", "RCPT TO:<sato@exp.co.jp>", "RCPT TO:<gone@exp.co.jp>",
        "RCPT TO:<soumu@exp.co.jp>", "DATA",
    ]  # fmt: skip
    after = ["RSET", "NOOP", "MAIL FROM:<>", "QUIT"]
    seen = []
    for pipelined in (True, False):
        client = await Raw.greeted(house)
        replies: list[str] = []
        for lines, body in ((group, b""), (after, HEADER + b"\r\n.\r\n")):
            data = [f"{line}\r\n".encode() for line in lines]
            if body:
                data.insert(0, body)
            if pipelined:
                await client.send(b"".join(data))
                replies += [await client.reply() for _ in data]
            else:
                replies += [await client.ask(step) for step in data]
        seen.append([r.partition(" id=")[0] for r in replies])
        await client.rest()
    assert seen[0] == seen[1]
    assert [r[:3] for r in seen[0]] == [
        "250", "250", "550", "250", "354", "250", "250", "250", "250", "221",
    ]  # fmt: skip
    assert [t.rcpt_tos for t in next_hop.taken] == [["sato@exp.co.jp", "soumu@exp.co.jp"]] * 2


async def test_a_mail_sent_together_with_data_is_refused(
    house: House, next_hop: ScriptedNextHop
) -> None:
    client = await Raw.greeted(house)
    await client.ask(f"MAIL FROM:<tanto@{OWN}>\r\n".encode())
    await client.ask(b"RCPT TO:<sato@exp.co.jp>\r\n")
    assert (await client.ask(b"DATA\r\n" + HEADER + b"\r\n.\r\n")).startswith("554 5.5.0")
    assert await client.rest() == []
    assert next_hop.taken == []


async def test_recipients_taken_before_the_next_hop_was_lost_are_not_forgotten(
    house: House, next_hop: ScriptedNextHop
) -> None:
    """On a new connection only the later ones would be known there, and the mail lost for one."""
    next_hop.answers["RCPT two@exp.co.jp"] = DROP
    await house.play(
        f"""
        {MAIL}
        C: RCPT TO:<one@exp.co.jp>
        S: 250 *
        C: RCPT TO:<two@exp.co.jp>
        S: 451 4.4.1 *
        C: RCPT TO:<three@exp.co.jp>
        S: 451 4.4.1 *
        C: DATA
        S: 451 4.4.1 *
        """
    )
    assert next_hop.taken == []


# ------------------------------------------------------------------ timers and budgets


async def test_a_command_that_never_ends_is_ended(build: Build) -> None:
    house = await build(config='[smtp.timers]\ncommand = "1s"\n')
    client = await Raw.greeted(house)
    started = asyncio.get_running_loop().time()

    async def drip() -> None:
        while True:
            await client.send(b"N")
            await asyncio.sleep(0.1)

    dripping = asyncio.create_task(drip())
    assert (await client.reply()).startswith("421 4.4.2")
    assert asyncio.get_running_loop().time() - started < 2.5
    dripping.cancel()
    await client.rest()
    await until(lambda: keeper(house).total == 0, "the session's end")


async def test_a_mail_that_falls_silent_is_ended(build: Build, next_hop: ScriptedNextHop) -> None:
    house = await build(config='[smtp.timers]\ndata = "1s"\n')
    client = await Raw.greeted(house)
    await client.open_mail()
    await client.send(HEADER)
    assert await client.reply() == "421 4.4.2 The mail did not arrive in time"
    await client.rest()
    assert next_hop.taken == []
    await until(lambda: not keeper(house)._all_bytes, "its bytes to be counted out")


async def test_a_mail_that_trickles_in_is_ended(build: Build) -> None:
    house = await build(config='[smtp.timers]\ndata_rate_after = "1s"\n')
    client = await Raw.greeted(house)
    await client.open_mail()
    began = asyncio.get_running_loop().time()
    slow = asyncio.create_task(_slowly(client))
    assert (await client.reply()).startswith("421 4.4.2")
    assert 0.9 < asyncio.get_running_loop().time() - began < 3
    slow.cancel()
    await client.rest()


async def _slowly(client: Raw) -> None:
    while True:
        await client.send(b"x")
        await asyncio.sleep(0.05)


async def test_an_inspection_beyond_its_budget_is_a_451(
    build: Build, next_hop: ScriptedNextHop, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = await build()
    assert house.app is not None
    monkeypatch.setattr(house.app.pipeline, "_inspect_s", 0.2)

    async def stuck(*_: object) -> None:
        await asyncio.sleep(60)

    monkeypatch.setattr(house.app.pipeline, "inspect", stuck)
    assert (await house.send(mail(), "sato@exp.co.jp")).startswith("451 4.3.0")
    assert next_hop.taken == []


async def test_a_connection_takes_so_many_mails_and_no_more(build: Build) -> None:
    house = await build(smtp="max_messages = 2")
    wire = await house.wire()
    await wire.play(EHLO)
    for _ in range(2):
        await wire.play(OPEN.removeprefix(EHLO) + "C@ mail\nS: 250 *", mail=mail())
    await wire.play(f"C: MAIL FROM:<tanto@{OWN}>\nS: 421 4.7.0 Too many mails *")
    assert await wire.reader.read() == b""
    await wire.close()


async def test_replies_to_commands_that_came_together_leave_together(
    house: House, next_hop: ScriptedNextHop
) -> None:
    """RFC 2920 3.2: one segment for a whole group, and DATA's answer ends it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", house.port)
    await reader.readuntil(b"\r\n")
    writer.write(b"EHLO client.example\r\n")
    await reader.readuntil(b"250 ENHANCEDSTATUSCODES\r\n")
    writer.write(f"MAIL FROM:<tanto@{OWN}>\r\nRCPT TO:<sato@exp.co.jp>\r\nDATA\r\n".encode())
    group = await reader.read(4096)
    assert [line[:3] for line in group.splitlines()] == [b"250", b"250", b"354"]
    writer.write(mail().replace(b"\r\n.", b"\r\n..") + b".\r\nNOOP\r\nRSET\r\nQUIT\r\n")
    rest = await reader.read()
    assert [line[:3] for line in rest.splitlines()] == [b"250", b"250", b"250", b"221"]
    assert len(next_hop.taken) == 1
    writer.close()


async def test_idle_talk_ends(house: House) -> None:
    client = await Raw.greeted(house)
    await client.send(b"NOOP\r\n" * 500)
    replies = await client.until_hung_up()
    assert replies[-1].startswith("421 4.7.0")
    assert 100 < len(replies) < 140


async def test_a_session_that_says_nothing_more_is_ended(build: Build) -> None:
    house = await build(config='[smtp.timers]\ncommand = "1s"\n')
    client = await Raw.greeted(house)
    assert await client.reply() == "421 4.4.2 No command arrived in time"
    await until(lambda: keeper(house).total == 0, "the end of a silent session")
    await client.rest()


async def test_a_recipient_beyond_the_limit_is_told_to_come_later(build: Build) -> None:
    house = await build(smtp="max_recipients = 100")
    client = await Raw.greeted(house)
    await client.ask(f"MAIL FROM:<tanto@{OWN}>\r\n".encode())
    await client.send(b"".join(b"RCPT TO:<a%d@exp.co.jp>\r\n" % n for n in range(101)))
    replies = [await client.reply() for _ in range(101)]
    assert {r[:3] for r in replies[:100]} == {"250"}
    assert replies[100].startswith("452 4.5.3")
    await client.rest()


# ------------------------------------------------------------------ sane answers


@pytest.mark.parametrize(
    ("says", "reply"),
    [
        ("VRFY tanto", "252 2.1.5"),
        ("EXPN staff", "502 5.5.1"),
        ("HELP", "214 2.0.0"),
        ("NOOP with words", "250 2.0.0"),
        ("AUTH PLAIN AAAA", "502 5.5.1"),
        ("STARTTLS", "502 5.5.1"),
        ("XCLIENT ADDR=192.0.2.1", "502 5.5.1"),
        ("XFORWARD ADDR=192.0.2.1", "550 5.7.0"),
        ("RSET now", "501 5.5.4"),
        ("EHLO", "501 5.5.4"),
        ("RCPT TO:<a@exp.co.jp>", "503 5.5.1"),
        ("DATA", "503 5.5.1"),
        ("GET / HTTP/1.1", "500 5.5.1"),
        ("", "500 5.5.1"),
        ("noop", "250 2.0.0"),
    ],
)
async def test_each_command_has_a_sane_answer(house: House, says: str, reply: str) -> None:
    await house.play(f"{EHLO}C: {says}\nS: {reply} *")


async def test_nothing_is_taken_before_a_greeting(house: House) -> None:
    await house.play(f"S: 220 *\nC: MAIL FROM:<tanto@{OWN}>\nS: 503 5.5.1 *")


# ------------------------------------------------------------------ XFORWARD


async def test_a_trusted_mail_server_tells_whom_the_mail_is_from(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = await build(smtp='xforward_hosts = ["127.0.0.1"]')
    assert house.app is not None
    clients = []
    run = house.app.pipeline.run

    async def listening(submission, connection):
        clients.append(submission.client)
        return await run(submission, connection)

    monkeypatch.setattr(house.app.pipeline, "run", listening)
    wire = await house.wire()
    await wire.play(EHLO + "S+ 250-XFORWARD NAME ADDR PORT PROTO HELO IDENT SOURCE")
    await wire.play("C: XFORWARD NAME=pc7.example ADDR=192.0.2.7 PORT=4711\nS: 250 2.0.0 OK")
    await wire.play(
        "C: XFORWARD HELO=pc+2D7 IDENT=[UNAVAILABLE] PROTO=ESMTP SOURCE=LOCAL\nS: 250 *"
    )
    once = OPEN.removeprefix(EHLO) + "C@ mail\nS: 250 *"
    await wire.play(once, mail=mail())
    await wire.play(once, mail=mail())
    await wire.play("C: XFORWARD ADDR=IPV6:2001:db8::7\nS: 250 *\nC: RSET\nS: 250 *")
    await wire.play(once, mail=mail())
    await wire.close()
    told = clients[0]
    assert (told.address, told.port, told.helo, told.identity) == (
        "192.0.2.7", 4711, "pc-7", "pc7.example",
    )  # fmt: skip
    assert [(c.address, c.identity) for c in clients[1:]] == [("127.0.0.1", "")] * 2


@pytest.mark.parametrize(
    "words",
    ["", "ADDR", "ADDR=here", "ADDR=192.0.2.1+0D", "PORT=99999", "LOGIN=x", "HELO=a+0D+0Ab", "NAME=a NAME=b"],
)  # fmt: skip
async def test_xforward_takes_no_nonsense(build: Build, words: str) -> None:
    house = await build(smtp='xforward_hosts = ["127.0.0.1"]')
    await house.play(f"{EHLO}C: XFORWARD {words}\nS: 501 5.5.4 *")


# ------------------------------------------------------------------ STARTTLS


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """cert.pem and key.pem for the gateway's name, made here and now."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"gateway.{OWN}")])
    now = datetime.now(UTC)
    cert = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(f"gateway.{OWN}")]), False)
        .sign(key, hashes.SHA256())
    )
    (tmp_path / "cert.pem").write_bytes(cert.public_bytes(serialization.Encoding.PEM))
    (tmp_path / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return tmp_path


TLS = 'tls = { certificate = "cert.pem", key = "key.pem" }'


async def _tls(client: Raw, certificate: Path) -> None:
    context = ssl.create_default_context(cafile=str(certificate / "cert.pem"))
    await client._writer.start_tls(context, server_hostname=f"gateway.{OWN}")


async def test_a_mail_goes_over_tls_and_its_trace_says_so(
    build: Build, next_hop: ScriptedNextHop, certificate: Path
) -> None:
    house = await build(smtp=TLS, policy=ALLOW)
    client = await Raw.greeted(house)
    assert (await client.ask(b"STARTTLS\r\n")).startswith("220 2.0.0")
    await _tls(client, certificate)
    assert (await client.ask(b"NOOP\r\n")).startswith("250")
    await client.ask(f"EHLO pc.{OWN}\r\n".encode())
    assert (await client.ask(b"STARTTLS\r\n")).startswith("503 5.5.1")
    await client.open_mail()
    body = b"x" * 70 + b"\r\n"
    assert (await client.ask(mail() + body * 5000 + b".\r\n")).startswith("250")
    assert await client.rest() == ["221 2.0.0 Bye"]
    assert b"with ESMTPS id" in next_hop.taken[0].content


async def test_what_was_said_in_the_clear_counts_for_nothing_after_starttls(
    build: Build, next_hop: ScriptedNextHop, certificate: Path
) -> None:
    house = await build(smtp=TLS)
    client = await Raw.greeted(house)
    injected = b"EHLO evil\r\nMAIL FROM:<evil@x>\r\nRCPT TO:<v@y.example>\r\n"
    assert (await client.ask(b"STARTTLS\r\n" + injected)).startswith("220")
    await _tls(client, certificate)
    assert (await client.ask(b"RCPT TO:<sato@exp.co.jp>\r\n")).startswith("503 5.5.1")
    assert (await client.ask(f"MAIL FROM:<tanto@{OWN}>\r\n".encode())).startswith("503 5.5.1 Say")
    assert await client.rest() == ["221 2.0.0 Bye"]
    assert not any("v@y" in c for c in next_hop.commands)


async def test_a_handshake_that_fails_ends_the_session_alone(
    build: Build, certificate: Path
) -> None:
    house = await build(smtp=TLS)
    client = await Raw.greeted(house)
    await client.ask(b"STARTTLS\r\n")
    await client.send(b"EHLO this is no handshake\r\n")
    await client.rest()
    await until(lambda: keeper(house).total == 0, "the session's end")
    assert (await house.send(mail(), "sato@exp.co.jp")).startswith("250")


async def test_a_certificate_that_cannot_be_used_keeps_the_gateway_from_starting(
    tmp_path: Path, next_hop: ScriptedNextHop, certificate: Path
) -> None:
    (certificate / "key.pem").write_text("nonsense")
    house = House(tmp_path, next_hop, smtp=TLS)
    house.write()
    with pytest.raises(ConfigError, match=r"smtp\.tls"):
        await GatewayApp.start(load(house.config_path), house.config_path)

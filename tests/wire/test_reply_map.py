"""What the next hop does, what the client is told, and what the journal says: row by row.

Each test drives a real gateway on a next hop that errs in one way, sends a clean mail, and
compares three books: the client's reply, the next hop's mails, the journal's state.
"""

from __future__ import annotations

import asyncio
import re
import socket
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from gateway.errors import InspectionError, KeyMissingError, StoreError
from gateway.model import HoldState
from tests.house import OWN, House, mail
from tests.numbers import my_number
from tests.outbound.authority import Authority
from tests.wire.next_hop import DROP, STALL, ScriptedNextHop
from tests.wire.postfix import until
from tests.wire.transcript import Wire

TO = "sato@exp.co.jp"
IMPATIENT = """
[smtp.timers]
next_hop_connect = "1s"
next_hop_verb = "1s"
next_hop_data = "1s"
next_hop_after_dot = "1s"
relay = "6s"
"""

Build = Callable[..., Awaitable[House]]


@pytest.fixture
async def build(tmp_path: Path, next_hop: ScriptedNextHop) -> AsyncIterator[Build]:
    houses: list[House] = []

    async def start(**settings: str) -> House:
        houses.append(await House(tmp_path, next_hop, **settings).start())
        return houses[-1]

    yield start
    for house in houses:
        await house.stop()


@pytest.fixture
async def impatient(build: Build) -> House:
    return await build(config=IMPATIENT)


async def attempt(house: House, content: bytes | None = None, *to: str) -> tuple[str, str]:
    """Send a mail as a client does; the verb it ended at, and the reply there."""
    wire = await house.wire()
    try:
        await wire.play(f"S: 220 *\nC: EHLO pc.{OWN}\nS: 250 *")
        steps = [f"MAIL FROM:<tanto@{OWN}>", *(f"RCPT TO:<{a}>" for a in to or (TO,)), "DATA"]
        for step in steps:
            reply = await wire.play(f"C: {step}\nS: *")
            if reply[0] not in "23":
                return step[:4], reply
        return ".", await wire.play("C@ mail\nS: *", mail=content or mail())
    finally:
        await wire.close()


def journal(house: House) -> list[tuple[str, str]]:
    """State and recorded reply of each mail that was taken up, as they lie on the disk."""
    base = sqlite3.connect(house.directory / "var" / "sekisho.db")
    try:
        return base.execute("SELECT state, reply FROM mails ORDER BY intended_at").fetchall()
    finally:
        base.close()


def fits(reply: str, pattern: str) -> bool:
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), reply) is not None


# ------------------------------------------------------------------ the next hop answers


async def test_accepted_is_a_250_with_an_enhanced_code(
    house: House, next_hop: ScriptedNextHop
) -> None:
    next_hop.answers["."] = "250 queued as ABC"
    verb, reply = await attempt(house)
    assert (verb, fits(reply, "250 2.0.0 queued as ABC id=*")) == (".", True)
    assert journal(house) == [("relayed", "250 queued as ABC")]


@pytest.mark.parametrize("code", ["450 4.7.1", "554 5.7.1"])
@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA", "."])
async def test_a_refusal_keeps_class_code_and_text(
    house: House, next_hop: ScriptedNextHop, verb: str, code: str
) -> None:
    next_hop.answers[verb] = f"{code} said at {verb}"
    at, reply = await attempt(house)
    assert reply == f"{code} said at {verb}"
    assert at == ("RCPT" if verb in ("MAIL", "RCPT") else ".")
    assert next_hop.taken == []
    early = verb in ("MAIL", "RCPT")
    assert journal(house) == ([] if early else [("refused", f"{code} said at {verb}")])


@pytest.mark.parametrize("code", ["452 4.3.1 full", "552 5.3.4 enough"])
async def test_a_refusal_in_mid_mail_is_reported_and_the_rest_not_sent(
    house: House, next_hop: ScriptedNextHop, code: str
) -> None:
    next_hop.answers["mid"] = code
    assert await attempt(house, mail("x" * 15_000_000)) == (".", code)
    assert next_hop.taken == []
    assert journal(house) == [("refused", code)]
    next_hop.answers.clear()
    assert (await attempt(house))[1].startswith("250")
    assert next_hop.connections == 2


@pytest.mark.parametrize("code", ["421 4.3.2", "554 5.7.1", "451 4.3.0"])
@pytest.mark.parametrize("verb", ["greeting", "EHLO"])
async def test_a_next_hop_that_does_not_want_to_talk_to_us_is_away_for_now(
    house: House, next_hop: ScriptedNextHop, verb: str, code: str
) -> None:
    """It says so of the gateway and not of a mail: a 5xx would bounce the whole office's."""
    next_hop.answers[verb] = f"{code} go away"
    at, reply = await attempt(house)
    assert (at, fits(reply, "451 4.4.1 *")) == ("RCPT", True)
    next_hop.answers.clear()
    assert (await attempt(house))[1].startswith("250")


async def test_a_reply_of_many_lines_becomes_one_clean_line(
    house: House, next_hop: ScriptedNextHop
) -> None:
    lines = ["5.7.1 first", "5.7.1  second\t", "5.7.1 ", *(f"5.7.1 {n}" for n in range(20))]
    next_hop.answers["."] = "\r\n".join(
        [*(f"550-{line}" for line in lines), "550 5.7.1 " + "x" * 2000]
    )
    _, reply = await attempt(house)
    assert reply == "550 5.7.1 first second? 0 1"
    next_hop.answers["."] = "550 5.7.1 " + "y" * 2000
    _, reply = await attempt(house)
    assert 400 < len(reply) <= 510


async def test_a_refusal_without_an_enhanced_code_gets_one(
    house: House, next_hop: ScriptedNextHop
) -> None:
    next_hop.answers["RCPT"] = "550 no such user"
    assert await attempt(house) == ("RCPT", "550 5.0.0 no such user")


async def test_when_every_recipient_is_refused_no_mail_is_taken(
    house: House, next_hop: ScriptedNextHop
) -> None:
    next_hop.answers["RCPT"] = "550 5.1.1 gone"
    wire = await house.wire()
    await wire.play(
        f"""
        S: 220 *
        C: EHLO pc.{OWN}
        S: 250 *
        C: MAIL FROM:<tanto@{OWN}>
        S: 250 *
        C: RCPT TO:<{TO}>
        S: 550 5.1.1 gone
        C: DATA
        S: 5*
        """
    )
    await wire.close()
    assert "DATA" not in next_hop.commands


# ------------------------------------------------------------------ what is no answer

_SENSELESS = {
    "a 1xx": "150 wait",
    "a 3xx": "354 go",
    "no digits": "hello",
    "mixed codes": "250-one\r\n550 two",
    "a NUL": "250 \x00",
    "8-bit": "250 受信",
    "over 32 KiB": "250 " + "x" * 40_000,
    "one line of 1 MB": "x" * 1_000_000,
    "two replies": "550 5.1.1 no\r\n250 2.0.0 yes",
}


@pytest.mark.parametrize("what", _SENSELESS)
@pytest.mark.parametrize("verb", ["MAIL", "RCPT"])
async def test_a_senseless_answer_to_the_envelope_ends_the_connection_and_is_a_451(
    house: House, next_hop: ScriptedNextHop, verb: str, what: str
) -> None:
    next_hop.answers[verb] = _SENSELESS[what]
    at, reply = await attempt(house)
    if what == "two replies":  # the first is an answer; the second ends the connection
        assert reply[:3] in ("550", "451")
    else:
        assert (at, fits(reply, "451 4.3.0 *")) == ("RCPT", True)
    assert next_hop.taken == []
    await until(lambda: not next_hop.connected, "the end of the connection")
    next_hop.answers.clear()
    assert (await attempt(house))[1].startswith("250")


@pytest.mark.parametrize("says", ["250 2.0.0 fine", "220 hi", "150 wait", "hello", "355 almost"])
async def test_a_senseless_answer_to_data_is_a_451(
    house: House, next_hop: ScriptedNextHop, says: str
) -> None:
    next_hop.answers["DATA"] = says
    at, reply = await attempt(house)
    assert (at, fits(reply, "451 4.3.0 *")) == (".", True)
    assert next_hop.taken == []
    assert journal(house)[0][0] == "failed"


async def test_a_line_that_nobody_asked_for_ends_the_transaction(
    house: House, next_hop: ScriptedNextHop
) -> None:
    wire = await house.wire()
    opened = f"S: 220 *\nC: EHLO pc\nS: 250 *\nC: MAIL FROM:<tanto@{OWN}>\nS: 250 *\n"
    await wire.play(f"{opened}C: RCPT TO:<{TO}>\nS: 250 *")
    next_hop.shout(b"250 2.0.0 by the way\r\n")
    await asyncio.sleep(0.05)
    await wire.play("C: DATA\nS: 354 *\nC@ mail\nS: 451 4.3.0 *", mail=mail())
    await wire.close()
    assert "DATA" not in next_hop.commands


# ------------------------------------------------------------------ lost before the dot


@pytest.mark.parametrize("says", [DROP, "421 4.3.2 closing", STALL])
@pytest.mark.parametrize("verb", ["greeting", "EHLO", "MAIL", "RCPT", "DATA"])
async def test_a_loss_before_the_dot_is_a_451_and_nothing_arrived(
    impatient: House, next_hop: ScriptedNextHop, verb: str, says: str
) -> None:
    next_hop.answers[verb] = says
    began = time.monotonic()
    at, reply = await attempt(impatient)
    assert time.monotonic() - began < 6
    assert at == ("." if verb == "DATA" else "RCPT")
    if (verb, says[:3]) == ("DATA", "421"):
        assert reply == "451 4.3.2 closing"
        assert journal(impatient)[0][0] == "refused"
    else:
        assert fits(reply, "451 4.4.1 *")
        assert journal(impatient) == ([("failed", reply)] if verb == "DATA" else [])
    assert next_hop.taken == []


async def test_a_loss_in_mid_mail_is_a_451_and_nothing_arrived(
    house: House, next_hop: ScriptedNextHop
) -> None:
    next_hop.answers["mid"] = DROP
    at, reply = await attempt(house, mail("x" * 15_000_000))
    assert (at, fits(reply, "451 4.4.1 *")) == (".", True)
    assert next_hop.taken == []
    assert journal(house) == [("failed", reply)]


async def test_a_next_hop_that_drips_its_answer_is_too_slow(
    impatient: House, next_hop: ScriptedNextHop
) -> None:
    next_hop.pace_s = 0.1
    at, reply = await attempt(impatient)
    assert (at, fits(reply, "451 4.4.1 *")) == ("RCPT", True)


async def test_a_kept_connection_that_died_costs_no_mail(
    house: House, next_hop: ScriptedNextHop
) -> None:
    for _ in range(3):
        assert (await attempt(house))[1].startswith("250")
        next_hop.hang_up()
    assert len(next_hop.taken) == 3


class Elsewhere(House):
    """A house whose next hop is named otherwise."""

    behind = ""

    def write(self) -> None:
        super().write()
        text = self.config_path.read_text()
        here = f'next_hop = "127.0.0.1:{self.next_hop.port}"'
        self.config_path.write_text(text.replace(here, f'next_hop = "{self.behind}"'))


async def _elsewhere(tmp_path: Path, behind: str) -> tuple[str, str, float]:
    """The end of an attempt on such a house, and how many seconds it took."""
    house = Elsewhere(tmp_path, ScriptedNextHop(port=1), config=IMPATIENT)
    house.behind = behind
    await house.start()
    try:
        wire = await house.wire()
        began = time.monotonic()
        at, reply = await attempt(house)
        await wire.close()
        return at, reply, time.monotonic() - began
    finally:
        await house.stop()


async def test_a_next_hop_that_refuses_the_connection_is_a_451(tmp_path: Path) -> None:
    at, reply, _ = await _elsewhere(tmp_path, "127.0.0.1:1")
    assert (at, fits(reply, "451 4.4.1 *")) == ("RCPT", True)


async def test_a_next_hop_whose_name_does_not_resolve_is_a_451(tmp_path: Path) -> None:
    at, reply, _ = await _elsewhere(tmp_path, "nowhere.invalid:25")
    assert (at, fits(reply, "451 4.4.1 *")) == ("RCPT", True)


async def test_a_next_hop_in_a_black_hole_is_a_451_within_its_timer(tmp_path: Path) -> None:
    """A full listen backlog: the kernel answers no further connection."""
    with socket.socket() as hole:
        hole.bind(("127.0.0.1", 0))
        hole.listen(0)
        filler = [socket.socket() for _ in range(4)]
        for one in filler:
            one.setblocking(False)
            one.connect_ex(hole.getsockname())
        at, reply, took = await _elsewhere(tmp_path, f"127.0.0.1:{hole.getsockname()[1]}")
        for one in filler:
            one.close()
    assert (at, fits(reply, "451 4.4.1 *")) == ("RCPT", True)
    assert took < 5


@pytest.mark.parametrize("wrong", ["no STARTTLS", "another authority", "injected words"])
async def test_a_next_hop_without_the_encryption_asked_for_is_a_451(
    build: Build, next_hop: ScriptedNextHop, tmp_path: Path, wrong: str
) -> None:
    ours = Authority(tmp_path, "ours")
    signs = Authority(tmp_path, "stranger") if wrong == "another authority" else ours
    next_hop.tls = None if wrong == "no STARTTLS" else signs.server("127.0.0.1")
    if wrong == "injected words":
        next_hop.answers["STARTTLS"] = b"220 go\r\n250 injected\r\n"
    house = await build(smtp=f'next_hop_tls = "verify"\nnext_hop_ca_file = "{ours.ca_file}"')
    at, reply = await attempt(house)
    assert (at, fits(reply, "451 4.7.5 *")) == ("RCPT", True)
    assert not any(c.startswith("MAIL") for c in next_hop.commands)
    next_hop.answers.clear()
    next_hop.tls = ours.server("127.0.0.1")
    assert (await attempt(house))[1].startswith("250")
    assert next_hop.commands.count("STARTTLS") >= 1


# ------------------------------------------------------------------ lost after the dot


@pytest.mark.parametrize(
    "says", [DROP, STALL, "hello", b"250", "250-and", "354 go", "150 wait", "250 受信"]
)
async def test_a_loss_after_the_dot_is_unknown_and_recorded_so(
    impatient: House, next_hop: ScriptedNextHop, says: str | bytes
) -> None:
    next_hop.answers["."] = says
    at, reply = await attempt(impatient)
    assert (at, fits(reply, "451 4.4.2 *may have the mail")) == (".", True)
    assert journal(impatient) == [("unknown", reply)]
    assert next_hop.commands.count("DATA") == 1
    next_hop.answers.clear()
    assert (await attempt(impatient))[1].startswith("250")


async def test_a_next_hop_that_takes_its_time_after_the_dot_is_waited_for(
    build: Build, next_hop: ScriptedNextHop
) -> None:
    """Longer than any other timer allows."""
    longer = IMPATIENT.replace('next_hop_after_dot = "1s"', 'next_hop_after_dot = "5s"')
    house = await build(config=longer)
    next_hop.delay_s = 2.0
    assert (await attempt(house))[1].startswith("250")


@pytest.mark.parametrize("way", ["reset", "half-close", "close"])
async def test_a_client_that_leaves_after_its_dot_changes_nothing(
    house: House, next_hop: ScriptedNextHop, way: str
) -> None:
    next_hop.delay_s = 0.3
    wire = await _past_the_dot(house)
    sock = wire.writer.get_extra_info("socket")
    if way == "reset":
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        wire.writer.transport.abort()
    elif way == "half-close":
        wire.writer.write_eof()
    else:
        await wire.close()
    await until(lambda: [s for s, _ in journal(house)] == ["relayed"], "the outcome")
    if way == "half-close":
        assert (await wire.reply()).startswith("250")
    await wire.close()
    assert len(next_hop.taken) == 1
    assert next_hop.commands.count("DATA") == 1


async def test_a_client_that_leaves_learns_nothing_of_a_loss_but_the_journal_does(
    house: House, next_hop: ScriptedNextHop
) -> None:
    next_hop.delay_s, next_hop.answers["."] = 0.3, DROP
    wire = await _past_the_dot(house)
    wire.writer.transport.abort()
    await until(lambda: [s for s, _ in journal(house)] == ["unknown"], "the outcome")
    await wire.close()


async def _past_the_dot(house: House) -> Wire:
    """A client whose mail is on its way to the next hop."""
    wire = await house.wire()
    opened = f"S: 220 *\nC: EHLO pc\nS: 250 *\nC: MAIL FROM:<tanto@{OWN}>\nS: 250 *\n"
    await wire.play(f"{opened}C: RCPT TO:<{TO}>\nS: 250 *\nC: DATA\nS: 354 *\nC@ mail", mail=mail())
    await wire.writer.drain()
    await until(lambda: [s for s, _ in journal(house)] == ["intended"], "the intent")
    return wire


# ------------------------------------------------------------------ our own faults


@pytest.mark.parametrize(
    ("verb", "fault"),
    [
        ("known_domains", StoreError("locked")),
        ("intend", StoreError("disk full")),
        ("intend", KeyMissingError("no key")),
        ("intend", RuntimeError("a bug")),
    ],
)
async def test_a_fault_of_the_store_before_the_relay_is_a_451_and_nothing_is_sent(
    house: House,
    next_hop: ScriptedNextHop,
    monkeypatch: pytest.MonkeyPatch,
    verb: str,
    fault: Exception,
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise fault

    assert house.app is not None
    monkeypatch.setattr(house.app.store, verb, broken)
    at, reply = await attempt(house)
    assert (at, fits(reply, "451 4.3.0 *")) == (".", True)
    assert str(fault) not in reply
    assert next_hop.taken == []
    assert journal(house) == []
    monkeypatch.undo()
    assert (await attempt(house))[1].startswith("250")


async def test_a_fault_of_the_engine_is_a_451(
    house: House, next_hop: ScriptedNextHop, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise InspectionError("workers gone")

    assert house.app is not None
    monkeypatch.setattr(house.app.pipeline, "inspect", broken)
    at, reply = await attempt(house)
    assert (at, fits(reply, "451 4.3.0 *")) == (".", True)
    assert next_hop.taken == []


async def test_an_outcome_that_cannot_be_recorded_does_not_unmake_a_relay(
    house: House, next_hop: ScriptedNextHop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next hop has it: a 451 now would only make a second copy."""
    await _break_settle(house, monkeypatch)
    assert (await attempt(house))[1].startswith("250")
    assert len(next_hop.taken) == 1
    assert journal(house)[0][0] == "intended"  # becomes unknown at the next start


async def test_a_hold_that_could_not_be_settled_is_not_promised(
    house: House, next_hop: ScriptedNextHop, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _break_settle(house, monkeypatch)
    held = mail(f"個人番号: {my_number(21)}\r\n")
    at, reply = await attempt(house, held, f"soumu@{OWN}", "x@stranger.example.com")
    assert (at, fits(reply, "451 4.3.0 *")) == (".", True)
    assert house.app is not None
    assert await house.app.store.holds() == []


async def _break_settle(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise StoreError("disk full")

    assert house.app is not None
    monkeypatch.setattr(house.app.store, "settle", broken)


# ------------------------------------------------------------------ the other rows


async def test_too_big_for_us_is_a_552_at_mail_and_while_it_is_read(
    build: Build, next_hop: ScriptedNextHop
) -> None:
    house = await build(config='[limits]\nmessage = "10KB"\n')
    at, reply = await attempt(house, mail("x" * 20_000))
    assert (at, fits(reply, "552 5.3.4 *")) == (".", True)
    wire = await house.wire()
    await wire.play(
        f"S: 220 *\nC: EHLO pc\nS: 250 *\nC: MAIL FROM:<tanto@{OWN}> SIZE=20000\nS: 552 5.3.4 *"
    )
    await wire.close()
    assert "DATA" not in next_hop.commands


async def test_too_big_for_the_next_hop_is_a_552_before_its_data(
    house: House, next_hop: ScriptedNextHop
) -> None:
    next_hop.features = ("PIPELINING", "SIZE 5000")
    at, reply = await attempt(house, mail("x" * 20_000))
    assert (at, fits(reply, "552 5.3.4 *")) == (".", True)
    assert "DATA" not in next_hop.commands
    assert journal(house) == [("refused", reply)]


async def test_8_bit_content_that_the_next_hop_does_not_take_is_refused_before_its_data(
    house: House, next_hop: ScriptedNextHop
) -> None:
    """The offer can have changed since the client's EHLO."""
    wire = await house.wire()
    await wire.play(
        f"S: 220 *\nC: EHLO pc\nS: 250 *\nC: MAIL FROM:<tanto@{OWN}> BODY=8BITMIME\nS: 250 *"
    )
    next_hop.features = ("PIPELINING",)
    next_hop.hang_up()
    await asyncio.sleep(0.05)
    content = b"From: a@b.example\r\nContent-Type: text/plain; charset=utf-8\r\n"
    content += b"Content-Transfer-Encoding: 8bit\r\n\r\n" + "火曜日\r\n".encode()
    await wire.play(f"C: RCPT TO:<{TO}>\nS: 250 *\nC: DATA\nS: *")
    reply = await wire.play("C@ mail\nS: *", mail=content)
    await wire.close()
    assert fits(reply, "55* 5.6.3 *")
    assert "DATA" not in next_hop.commands


async def test_a_block_is_a_550_and_a_hold_a_250_that_is_on_the_disk(
    house: House, next_hop: ScriptedNextHop
) -> None:
    number = my_number(22)
    held = await attempt(house, mail(f"個人番号: {number}\r\n"), "x@stranger.example.com")
    blocked = await attempt(house, mail(f"個人番号: {number}\r\n"), "aaabb@exp.com")
    assert fits(held[1], "250 2.0.0 Accepted, held for review, id=*")
    assert fits(blocked[1], "550 5.7.1 Blocked by policy rule *, incident *")
    assert number not in held[1] + blocked[1]
    assert [state for state, _ in journal(house)] == ["parked", "blocked"]
    assert house.app is not None
    assert [h.state for h in await house.app.store.holds()] == [HoldState.PARKED]
    assert next_hop.taken == []


async def test_one_mails_fault_does_not_spoil_the_next_on_the_same_connection(
    house: House, next_hop: ScriptedNextHop
) -> None:
    wire = await house.wire()
    await wire.play(f"S: 220 *\nC: EHLO pc.{OWN}\nS: 250 *")
    one = (
        f"C: MAIL FROM:<tanto@{OWN}>\nS: 250 *\nC: RCPT TO:<{TO}>\nS: 250 *\n"
        "C: DATA\nS: 354 *\nC@ mail\nS: {} *"
    )
    for says, reply in (
        (DROP, "451 4.4.2"),
        ("554 5.6.0 no", "554 5.6.0"),
        ("250 ok", "250 2.0.0"),
    ):
        next_hop.answers["."] = says
        await wire.play(one.format(reply), mail=mail())
        await wire.play("C: DATA\nS: 503 5.5.1 *")
    await wire.close()
    assert [s for s, _ in journal(house)] == ["unknown", "refused", "relayed"]

"""A next hop that goes away: what the client is told, and what the journal says.

Before the dot nothing can have arrived (451 4.4.1, failed); after its first byte the outcome
is unknown and recorded so (451 4.4.2). A client that goes away changes neither.
"""

from __future__ import annotations

import socket
import time
from pathlib import Path

import pytest

from tests.house import OWN, House, mail
from tests.outbound.authority import Authority
from tests.wire.attempts import IMPATIENT, TO, attempt, fits, journal
from tests.wire.conftest import Build
from tests.wire.next_hop import DROP, STALL, ScriptedNextHop
from tests.wire.postfix import until
from tests.wire.transcript import Wire

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

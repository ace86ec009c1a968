"""What the next hop does, what the client is told, and what the journal says: row by row.

Each test drives a real gateway on a next hop that errs in one way, sends a clean mail, and
compares three books: the client's reply, the next hop's mails, the journal's state.
"""

from __future__ import annotations

import asyncio

import pytest

from gateway.errors import InspectionError, KeyMissingError, StoreError
from gateway.model import HoldState
from tests.house import OWN, House, mail
from tests.numbers import my_number
from tests.wire.attempts import TO, attempt, fits, journal, settled
from tests.wire.conftest import Build
from tests.wire.next_hop import DROP, ScriptedNextHop
from tests.wire.postfix import until

# ------------------------------------------------------------------ the next hop answers


async def test_accepted_is_a_250_with_an_enhanced_code(
    house: House, next_hop: ScriptedNextHop
) -> None:
    next_hop.answers["."] = "250 queued as ABC"
    verb, reply = await attempt(house)
    assert (verb, fits(reply, "250 2.0.0 queued as ABC id=*")) == (".", True)
    assert await settled(house) == [("relayed", "250 queued as ABC")]


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
    assert [s for s, _ in await settled(house)] == ["unknown", "refused", "relayed"]

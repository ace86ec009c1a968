"""From the hold to the next hop: release, reject, correct, expiry, retries, DSN, notices."""

from __future__ import annotations

import email
import email.policy
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from gateway.app import OutboundApp
from gateway.desk import Actor
from gateway.errors import ConflictError, RightsError
from gateway.model import HoldState
from gateway.pipeline import utcnow
from tests.house import OWN, House, mail
from tests.numbers import grouped, my_number, my_numbers
from tests.wire.next_hop import ScriptedNextHop, Taken

NUMBER = my_number(31)
ANNA, BEN = Actor("os:anna"), Actor("os:ben")


@pytest.fixture
async def outbound(house: House) -> AsyncIterator[OutboundApp]:
    app = await house.outbound()
    yield app
    await app.stop()


async def _held(house: House, *to: str, text: str = "") -> str:
    """Send a mail that is held; its hold's id."""
    content = mail(text or f"個人番号は {grouped(NUMBER)} です。\r\n.dot\r\n", to=", ".join(to))
    reply = await house.send(content, *to)
    assert "held for review" in reply, reply
    return reply.rpartition("id=")[2]


def _notices(next_hop: ScriptedNextHop) -> list[Taken]:
    return [t for t in next_hop.taken if t.mail_from == ""]


def _text(taken: Taken) -> str:
    message = email.message_from_bytes(
        taken.content.replace(b"\r\n..", b"\r\n."), policy=email.policy.default
    )
    parts = [p.get_content() for p in message.walk() if p.get_content_maintype() == "text"]
    return "\n".join([str(message["Subject"]), *parts])


async def test_a_released_mail_arrives_as_it_was_sent_and_is_not_caught_again(
    house: House, outbound: OutboundApp, next_hop: ScriptedNextHop
) -> None:
    hold_id = await _held(house, "x@stranger.example.com")
    await outbound.worker.round()
    next_hop.taken.clear()
    hold = await outbound.desk.release(hold_id, ANNA, "checked with the sender")
    assert hold.state is HoldState.RELEASED
    await outbound.worker.round()
    (taken, *notices) = sorted(next_hop.taken, key=lambda t: t.mail_from == "")
    assert (taken.mail_from, taken.rcpt_tos) == (f"tanto@{OWN}", ["x@stranger.example.com"])
    assert taken.content.startswith(b"Received: from pc.")
    assert all(n.mail_from == "" for n in notices)
    assert (await outbound.store.hold(hold_id)).state is HoldState.DELIVERED
    assert await outbound.store.audit_verify() == []


async def test_sender_and_handlers_are_told_without_any_digit(
    house: House, outbound: OutboundApp, next_hop: ScriptedNextHop
) -> None:
    hold_id = await _held(house, "x@stranger.example.com")
    await outbound.worker.round()
    to = {n.rcpt_tos[0]: _text(n) for n in _notices(next_hop)}
    assert set(to) == {f"tanto@{OWN}", f"handlers@{OWN}"}
    for text in to.values():
        assert hold_id in text
        assert NUMBER not in text
        assert grouped(NUMBER) not in text
    assert "保留" in to[f"tanto@{OWN}"]
    assert "held" in to[f"tanto@{OWN}"]


async def test_a_blocked_sender_is_told_in_japanese_too(
    house: House, outbound: OutboundApp, next_hop: ScriptedNextHop
) -> None:
    await house.send(mail(f"個人番号 {NUMBER}\r\n"), "aaabb@exp.com")
    await outbound.worker.round()
    (notice,) = _notices(next_hop)
    assert notice.rcpt_tos == [f"tanto@{OWN}"]
    text = _text(notice)
    assert "exp.co.jp" in text
    assert "送信" in text
    assert NUMBER not in text


async def test_a_rejected_mail_never_leaves_and_its_sender_is_told_why(
    house: House, outbound: OutboundApp, next_hop: ScriptedNextHop
) -> None:
    hold_id = await _held(house, "x@stranger.example.com")
    await outbound.worker.round()
    next_hop.taken.clear()
    await outbound.desk.reject(hold_id, ANNA, "not this way")
    await outbound.worker.round()
    (notice,) = next_hop.taken
    assert notice.rcpt_tos == [f"tanto@{OWN}"]
    assert "not this way" in _text(notice)
    with pytest.raises(ConflictError):
        await outbound.desk.release(hold_id, ANNA, "after all")


async def test_an_unattended_hold_expires_and_its_sender_is_told(
    house: House, outbound: OutboundApp, next_hop: ScriptedNextHop
) -> None:
    hold_id = await _held(house, "x@stranger.example.com")
    await outbound.worker.round()
    next_hop.taken.clear()
    assert await outbound.desk.expire_due(utcnow() + timedelta(days=8)) == [hold_id]
    outbound.worker._clock = lambda: utcnow() + timedelta(days=8)
    await outbound.worker.round()
    assert [t.rcpt_tos for t in next_hop.taken] == [[f"tanto@{OWN}"]]
    assert (await outbound.store.hold(hold_id)).state is HoldState.EXPIRED


async def test_a_corrected_mail_goes_to_the_right_address(
    house: House, outbound: OutboundApp, next_hop: ScriptedNextHop
) -> None:
    reply = await house.send(mail("資料です。\r\n"), "aaabb@exp.com")
    hold_id = reply.rpartition("id=")[2]
    await outbound.worker.round()
    next_hop.taken.clear()
    with pytest.raises(RightsError):
        await outbound.desk.correct(hold_id, ANNA, "typo", {"aaabb@exp.com": "a@evil.example"})
    await outbound.desk.correct(hold_id, ANNA, "typo", {"aaabb@exp.com": "aaabb@exp.co.jp"})
    await outbound.worker.round()
    assert ["aaabb@exp.co.jp"] in [t.rcpt_tos for t in next_hop.taken]
    assert not any("aaabb@exp.com" in t.rcpt_tos for t in next_hop.taken)


async def test_more_than_a_hundred_persons_need_two_pairs_of_eyes(
    house: House, outbound: OutboundApp
) -> None:
    rows = "\r\n".join(my_numbers(32, 101))
    hold_id = await _held(house, "x@stranger.example.com", text=f"個人番号\r\n{rows}\r\n")
    hold = await outbound.desk.release(hold_id, ANNA, "ok")
    assert (hold.state, hold.my_numbers) == (HoldState.PARKED, 101)
    with pytest.raises(RightsError):
        await outbound.desk.release(hold_id, ANNA, "ok again")
    assert (await outbound.desk.release(hold_id, BEN, "ok")).state is HoldState.RELEASED


async def test_a_temporary_refusal_is_tried_again_and_a_permanent_one_ends_in_a_dsn(
    house: House, outbound: OutboundApp, next_hop: ScriptedNextHop
) -> None:
    hold_id = await _held(house, "x@stranger.example.com", "y@stranger.example.com")
    await outbound.worker.round()
    next_hop.answers["RCPT x@stranger.example.com"] = "451 4.2.1 later"
    await outbound.desk.release(hold_id, ANNA, "ok")
    next_hop.taken.clear()
    await outbound.worker.round()
    assert ["y@stranger.example.com"] in [t.rcpt_tos for t in next_hop.taken]
    assert (await outbound.store.hold(hold_id)).state is HoldState.RELEASED
    assert await outbound.worker.round() == 0  # not yet due again

    next_hop.answers["RCPT x@stranger.example.com"] = "550 5.1.1 gone"
    next_hop.taken.clear()
    outbound.worker._clock = lambda: utcnow() + timedelta(minutes=5)
    await outbound.worker.round()
    await outbound.worker.round()
    (dsn,) = _notices(next_hop)
    assert dsn.rcpt_tos == [f"tanto@{OWN}"]
    assert b"multipart/report" in dsn.content
    assert b"x@stranger.example.com" in dsn.content
    assert not any("y@stranger.example.com" in t.rcpt_tos for t in next_hop.taken)


async def test_the_next_hop_being_down_keeps_a_released_mail_in_the_queue(
    house: House, outbound: OutboundApp, next_hop: ScriptedNextHop
) -> None:
    hold_id = await _held(house, "x@stranger.example.com")
    await outbound.desk.release(hold_id, ANNA, "ok")
    await next_hop.stop()
    await outbound.worker.round()
    assert (await outbound.store.hold(hold_id)).state is HoldState.RELEASED


async def test_a_null_sender_gets_no_notice_and_no_dsn(
    house: House, outbound: OutboundApp, next_hop: ScriptedNextHop
) -> None:
    content = mail(f"個人番号 {grouped(NUMBER)}\r\n")
    reply = await house.send(content, "x@stranger.example.com", sender="")
    hold_id = reply.rpartition("id=")[2]
    await outbound.desk.release(hold_id, ANNA, "ok")
    next_hop.answers["RCPT x@stranger.example.com"] = "550 5.1.1 gone"
    await outbound.worker.round()
    await outbound.worker.round()
    assert {r for t in next_hop.taken for r in t.rcpt_tos} == {f"handlers@{OWN}"}
    assert (await outbound.store.hold(hold_id)).state is HoldState.FAILED

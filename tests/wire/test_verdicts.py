"""What the wire says and does for each verdict, against the real server."""

from __future__ import annotations

import asyncio
import re
import urllib.request

import pytest

from gateway.model import HoldState
from tests.house import OWN, House, mail
from tests.numbers import grouped, my_number, my_numbers
from tests.wire.next_hop import DROP, ScriptedNextHop


async def test_clean_mail_is_relayed_with_one_received_line_on_top(
    house: House, next_hop: ScriptedNextHop
) -> None:
    content = mail("打合せは火曜日です。\r\n.\r\n..dots\r\n")
    reply = await house.send(content, "sato@exp.co.jp")
    assert reply.startswith("250 2.0.0")
    (taken,) = next_hop.taken
    assert (taken.mail_from, taken.rcpt_tos) == (f"tanto@{OWN}", ["sato@exp.co.jp"])
    trace, _, rest = taken.content.partition(b"\r\nFrom:")
    assert b"From:" + rest == content.replace(b"\r\n.", b"\r\n..")
    assert re.fullmatch(
        rb"Received: from pc\.city\.example\.lg\.jp \(\[127\.0\.0\.1\]\)\r\n"
        rb"\tby gateway\.city\.example\.lg\.jp \(Sekisho\) with ESMTP id [a-z-]{14};\r\n\t[^\r\n]+",
        trace,
    )


async def test_a_number_to_a_stranger_is_held_with_the_holds_id(
    house: House, next_hop: ScriptedNextHop
) -> None:
    content = mail(f"個人番号は {grouped(my_number(1))} です。\r\n")
    reply = await house.send(content, "info@stranger.example.com")
    assert reply.startswith("250 2.0.0 Accepted, held for review, id=")
    assert next_hop.taken == []
    assert house.app is not None
    (hold,) = await house.app.store.holds()
    assert reply.endswith(hold.hold_id)
    assert (hold.state, hold.rule, hold.my_numbers) == (HoldState.PARKED, "my-number", 1)


async def test_a_mail_with_an_attachment_to_a_first_timer_is_asked_back(
    house: House, next_hop: ScriptedNextHop
) -> None:
    content = mail(attachments=(("見積書.csv", "品名,数量\r\n用紙,10\r\n".encode()),))
    reply = await house.send(content, "info@stranger.example.com")
    assert "waits for the sender to confirm" in reply
    assert next_hop.taken == []


async def test_a_number_to_a_doppelganger_is_blocked_with_rule_incident_and_the_name_meant(
    house: House, next_hop: ScriptedNextHop
) -> None:
    number = my_number(2)
    reply = await house.send(mail(f"個人番号 {number}\r\n"), "aaabb@exp.com")
    assert re.fullmatch(
        r"550 5\.7\.1 Blocked by policy rule look-alike-with-number, incident [a-z-]{14}; "
        r"did you mean exp\.co\.jp\?",
        reply,
    )
    assert number not in reply
    assert next_hop.taken == []


async def test_a_designated_handler_may_send_numbers_to_a_permitted_recipient(
    house: House, next_hop: ScriptedNextHop
) -> None:
    numbers = "\r\n".join(["個人番号", *my_numbers(3, 5)])
    content = mail(numbers, sender=f"kyuyo@{OWN}")
    reply = await house.send(content, "kyuyo@exp.co.jp", sender=f"kyuyo@{OWN}")
    assert reply.startswith("250 2.0.0")
    assert len(next_hop.taken) == 1


async def test_split_recipients_are_relayed_and_held(
    house: House, next_hop: ScriptedNextHop
) -> None:
    content = mail(f"個人番号: {my_number(4)}\r\n")
    reply = await house.send(content, f"soumu@{OWN}", "info@stranger.example.com")
    assert "held for review for some recipients, relayed to the others, id=" in reply
    (taken,) = next_hop.taken
    assert taken.rcpt_tos == [f"soumu@{OWN}"]
    assert house.app is not None
    (hold,) = await house.app.store.holds()
    assert hold.recipients == ("info@stranger.example.com",)


async def test_one_blocked_recipient_stops_the_mail_for_everybody(
    house: House, next_hop: ScriptedNextHop
) -> None:
    content = mail(f"個人番号: {my_number(5)}\r\n")
    reply = await house.send(content, f"soumu@{OWN}", "aaabb@exp.com", "x@stranger.example.com")
    assert reply.startswith("550 5.7.1")
    assert next_hop.taken == []
    assert house.app is not None
    assert await house.app.store.holds() == []


async def test_a_name_that_cannot_exist_is_refused_at_rcpt(house: House) -> None:
    await house.play(
        f"""
        S: 220 *
        C: EHLO pc.{OWN}
        S: 250 *
        C: MAIL FROM:<tanto@{OWN}>
        S: 250 2.1.0 *
        C: RCPT TO:<someone@nowhere.invalidsuffix>
        S: 550 5.7.1 Recipient refused by policy rule cannot-exist
        C: RCPT TO:<soumu@{OWN}>
        S: 250 2.1.5 *
        """
    )


async def test_the_next_hop_being_down_is_a_451_at_rcpt(
    house: House, next_hop: ScriptedNextHop
) -> None:
    await next_hop.stop()
    await house.play(
        f"""
        S: 220 *
        C: EHLO pc.{OWN}
        S: 250 *
        C: MAIL FROM:<tanto@{OWN}>
        S: 250 *
        C: RCPT TO:<sato@exp.co.jp>
        S: 451 4.4.1 *
        C: QUIT
        S: 221 *
        """
    )


async def test_a_recipient_that_the_next_hop_refuses_is_refused_alone(
    house: House, next_hop: ScriptedNextHop
) -> None:
    next_hop.answers["RCPT gone@exp.co.jp"] = "550 5.1.1 no such user"
    await house.play(
        f"""
        S: 220 *
        C: EHLO pc.{OWN}
        S: 250 *
        C: MAIL FROM:<tanto@{OWN}>
        S: 250 *
        C: RCPT TO:<gone@exp.co.jp>
        S: 550 5.1.1 no such user
        C: RCPT TO:<sato@exp.co.jp>
        S: 250 2.1.5 *
        C: DATA
        S: 354 *
        C@ mail
        S: 250 2.0.0 *
        """,
        mail=mail(),
    )
    assert [t.rcpt_tos for t in next_hop.taken] == [["sato@exp.co.jp"]]


@pytest.mark.parametrize(
    ("verb", "says", "client_gets"),
    [
        (".", "451 4.2.0 later", "451 4.2.0 later"),
        (".", "554 5.6.0 no", "554 5.6.0 no"),
        (".", "250-", "451 4.4.2*"),
        (".", DROP, "451 4.4.2*"),
        ("DATA", "451 4.3.2 busy", "451 4.3.2 busy"),
        ("DATA", "554 5.5.1 no", "554 5.5.1 no"),
        ("DATA", "250 what", "451 4.3.0*"),
        ("DATA", DROP, "451 4.4.1*"),
    ],
)
async def test_the_next_hops_answer_keeps_its_class(
    house: House, next_hop: ScriptedNextHop, verb: str, says: str, client_gets: str
) -> None:
    if says == "250-":
        says = "2 5 0"  # no SMTP reply at all
    next_hop.answers[verb] = says
    reply = await house.send(mail(), "sato@exp.co.jp")
    assert re.fullmatch(client_gets.replace("*", ".*"), reply)


async def test_nothing_stays_parked_when_the_relay_of_the_others_fails(
    house: House, next_hop: ScriptedNextHop
) -> None:
    next_hop.answers["."] = "451 4.2.0 later"
    content = mail(f"個人番号: {my_number(6)}\r\n")
    reply = await house.send(content, f"soumu@{OWN}", "info@stranger.example.com")
    assert reply == "451 4.2.0 later"
    assert house.app is not None
    assert await house.app.store.holds() == []
    next_hop.answers.clear()
    assert (await house.send(content, f"soumu@{OWN}", "info@stranger.example.com"))[:3] == "250"
    assert len(await house.app.store.holds()) == 1


async def test_the_envelope_is_forgotten_after_every_outcome(
    house: House, next_hop: ScriptedNextHop
) -> None:
    next_hop.answers["."] = "554 5.6.0 no"
    await house.play(
        f"""
        S: 220 *
        C: EHLO pc.{OWN}
        S: 250 *
        C: MAIL FROM:<tanto@{OWN}>
        S: 250 *
        C: RCPT TO:<sato@exp.co.jp>
        S: 250 *
        C: DATA
        S: 354 *
        C@ mail
        S: 554 *
        C: DATA
        S: 503 5.5.1 MAIL first
        C: RCPT TO:<other@exp.co.jp>
        S: 503 5.5.1 MAIL first
        """,
        mail=mail(),
    )


async def test_a_fault_of_ours_is_a_451_without_words_of_the_exception(
    house: House, next_hop: ScriptedNextHop, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert house.app is not None

    async def broken(*_: object) -> None:
        raise RuntimeError("secret words")

    monkeypatch.setattr(house.app.pipeline, "inspect", broken)
    reply = await house.send(mail(), "sato@exp.co.jp")
    assert reply == "451 4.3.0 Local fault, please try again later"
    assert next_hop.taken == []
    monkeypatch.undo()
    assert (await house.send(mail(), "sato@exp.co.jp"))[:3] == "250"


async def test_a_mail_that_went_round_too_often_is_refused(house: House) -> None:
    loops = b"Received: from a by b; Sat, 21 Nov 2026 10:00:00 +0900\r\n" * 30
    reply = await house.send(loops + mail(), "sato@exp.co.jp")
    assert reply.startswith("554 5.4.6")


async def test_a_bare_line_feed_in_the_mail_is_refused(house: House) -> None:
    reply = await house.send(mail() + b"a\nb\r\n", "sato@exp.co.jp")
    assert reply.startswith("550 5.6.0")


async def test_a_mail_over_the_limit_is_refused_at_mail_and_after_the_dot(
    tmp_path, next_hop: ScriptedNextHop
) -> None:
    house = await House(tmp_path, next_hop, config='[limits]\nmessage = "10KB"\n').start()
    try:
        reply = await house.send(mail("x" * 20_000), "sato@exp.co.jp")
        assert reply.startswith("552 5.3.4")
        await house.play(
            f"""
            S: 220 *
            C: EHLO pc.{OWN}
            S: 250 *
            S+ 250-SIZE *
            C: MAIL FROM:<tanto@{OWN}> SIZE=999999
            S: 552 5.3.4 *
            """
        )
    finally:
        await house.stop()


async def test_a_stranger_may_not_use_the_gateway(tmp_path, next_hop: ScriptedNextHop) -> None:
    house = House(tmp_path, next_hop)
    house.write()
    text = house.config_path.read_text().replace(
        "[smtp]", '[smtp]\nallowed_clients = ["192.0.2.0/24"]'
    )
    house.write = lambda: house.config_path.write_text(text)  # type: ignore[method-assign]
    await house.start()
    try:
        await house.play("S: 554 5.7.1 *")
    finally:
        await house.stop()


async def test_the_metrics_tell_how_much_mail_waits(house: House) -> None:
    assert house.app is not None
    url = f"http://{house.app.config.health.listen}/metrics"
    assert "sekisho_held_mails 0.0" in await asyncio.to_thread(_fetch, url)
    await house.send(mail(f"個人番号: {my_number(8)}\r\n"), "info@stranger.example.com")
    assert "sekisho_held_mails 1.0" in await asyncio.to_thread(_fetch, url)


def _fetch(url: str) -> str:
    with urllib.request.urlopen(url, timeout=5) as answer:
        return answer.read().decode()

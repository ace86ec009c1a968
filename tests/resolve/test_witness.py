"""DNS as a witness for the recipients of one mail."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

from gateway.model import Confidence, Recipient, RecipientClass
from gateway.resolve import Lookup, LookupSettings, Witness
from tests.resolve import server as dns_server
from tests.resolve.server import NameServer, says


def witness(server: NameServer, **more: object) -> Witness:
    lookup = Lookup(LookupSettings((server.address,), timeout_s=0.2, lifetime_s=0.4))
    return Witness(lookup, **more)  # type: ignore[arg-type]


def to(domain: str, of: str = "first-time", resembles: str = "") -> Recipient:
    strength = Confidence.LIKELY if of == "look-alike" else None
    return Recipient(f"a@{domain}", domain, RecipientClass(of), strength, resembles)


async def test_only_strangers_and_look_alikes_are_asked_about(server: NameServer) -> None:
    """A lookup tells a name's operator that somebody typed it; a partner needs none."""
    settled = [to(f"{of}.example", of) for of in ("internal", "trusted", "known", "freemail")]
    settled.append(Recipient("broken", "", RecipientClass.INVALID))
    assert not witness(server).wanted(settled)
    assert await witness(server).testify(settled) == settled
    assert not server.asked


async def test_name_and_the_name_that_was_meant_are_both_asked_about(server: NameServer) -> None:
    for name in ("exp.com", "exp.co.jp"):
        server.host(name, MX=says("10 mx.exp.co.jp."))
    (judged,) = await witness(server).testify([to("exp.com", "look-alike", "exp.co.jp")])
    assert (judged.dns, judged.strength) == ("same-owner", "possible")


async def test_a_name_that_the_one_meant_vouches_for_is_a_question(server: NameServer) -> None:
    server.host("exp.com", MX=says("10 mx.exp.com."), TXT=says('"v=spf1 include:exp.co.jp -all"'))
    server.host(
        "exp.co.jp",
        MX=says("10 mx.exp.co.jp."),
        TXT=says('"other"', '"v=spf1 a:out." "exp.com -all"'),
    )
    (judged,) = await witness(server).testify([to("exp.com", "look-alike", "exp.co.jp")])
    assert (judged.dns, judged.strength) == ("same-owner", "possible")
    assert judged.reasons == ("dns-vouched",)
    assert not server.asked["exp.com", "TXT"]


async def test_what_a_mistyped_name_says_of_itself_is_no_evidence(server: NameServer) -> None:
    server.host("exp.com", MX=says("10 mx.exp.com."), TXT=says('"v=spf1 redirect=exp.co.jp"'))
    server.host("exp.co.jp", MX=says("10 mx.exp.co.jp."), TXT=says('"v=spf1 mx -all"'))
    (judged,) = await witness(server).testify([to("exp.com", "look-alike", "exp.co.jp")])
    assert (judged.dns, judged.strength) == ("mx", "likely")


async def test_reports_on_the_name_meant_vouch_for_who_reads_them(server: NameServer) -> None:
    server.host("exp.com", MX=says("10 mx.exp.com."))
    server.host("exp.co.jp", MX=says("10 mx.exp.co.jp."))
    server.host("_dmarc.exp.co.jp", TXT=says('"v=DMARC1; p=reject; rua=mailto:d@r.exp.com!10m"'))
    (judged,) = await witness(server).testify([to("exp.com", "look-alike", "exp.co.jp")])
    assert judged.dns == "same-owner"


async def test_every_recipient_keeps_its_place_and_each_name_is_asked_once(
    server: NameServer,
) -> None:
    server.host("new.example", MX=says("10 mx.new.example."))
    mixed = [to("new.example"), to("k.example", "known"), to("gone.example"), to("new.example")]
    judged = await witness(server).testify(mixed)
    assert [r.dns for r in judged] == ["mx", "not-asked", "nonexistent", "mx"]
    assert [r.domain for r in judged] == [r.domain for r in mixed]
    assert server.asked["new.example", "MX"] == 1


async def test_a_flood_of_strangers_asks_about_the_first_only(server: NameServer) -> None:
    judged = await witness(server, most_names=3).testify([to(f"x{n}.example") for n in range(50)])
    assert [r.dns for r in judged] == ["nonexistent"] * 3 + ["unknown"] * 47
    assert judged[-1].recipient_class is RecipientClass.FIRST_TIME


async def test_the_deadline_of_a_mail_holds_however_slow_the_answers(server: NameServer) -> None:
    server.otherwise = dns_server.silent
    server.host("quick.example", MX=says("10 mx.quick.example."))
    asked = [to("quick.example"), *(to(f"x{n}.example") for n in range(10))]
    began = time.monotonic()
    judged = await witness(server, deadline_s=0.1).testify(asked)
    assert time.monotonic() - began < 0.35
    assert judged[0].dns == "mx"
    assert {r.dns for r in judged[1:]} == {"unknown"}


async def test_silence_leaves_an_alarm_as_it_was(server: NameServer) -> None:
    server.otherwise = dns_server.silent
    alarm = to("exp.com", "look-alike", "exp.co.jp")
    assert await witness(server).testify([alarm]) == [replace(alarm, dns="unknown")]


async def test_a_mail_that_is_given_up_leaves_no_question_running(server: NameServer) -> None:
    server.otherwise = dns_server.silent
    task = asyncio.create_task(witness(server).testify([to("x.example")]))
    await asyncio.sleep(0.05)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await asyncio.sleep(0.05)
    assert [t for t in asyncio.all_tasks() if "_one" in repr(t)] == []

"""Evidence beyond the name, on the wire: DNS beside the inspection, history, names inside."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest

from gateway.store import Sent
from tests.house import OWN, POLICY, House, mail
from tests.numbers import my_number
from tests.policy.mails import rule
from tests.resolve import server as dns_server
from tests.resolve.server import NameServer, says
from tests.wire.next_hop import ScriptedNextHop

TWIN = "aaabb@exp.com"
NUMBER = f"個人番号 {my_number(3)}\r\n"


@pytest.fixture
async def resolver() -> AsyncIterator[NameServer]:
    started = await NameServer().start()
    yield started
    await started.stop()


@pytest.fixture
async def house(
    tmp_path: Path, next_hop: ScriptedNextHop, resolver: NameServer
) -> AsyncIterator[House]:
    asked = (
        f'nameservers = ["{resolver.address}"]\ntimeout = "1s"\nlifetime = "1s"\ndeadline = "1s"'
    )
    more = rule("{ address_inside = true }", "warn", name="inside")
    more += rule('{ new_address = true, recipient = ["known"] }', "warn", name="new-person")
    opened = await House(tmp_path, next_hop, dns=asked, policy=POLICY + more).start()
    yield opened
    await opened.stop()


async def test_a_stranger_that_does_not_exist_is_refused_at_the_end_of_the_mail(
    house: House,
) -> None:
    reply = await house.send(mail(to="a@gone.co.jp"), "a@gone.co.jp")
    assert reply.startswith("550 5.7.1 Blocked by policy rule cannot-exist")


async def test_a_stranger_that_takes_mail_is_relayed(house: House, resolver: NameServer) -> None:
    resolver.host("new.co.jp", MX=says("10 mx.new.co.jp."))
    assert (await house.send(mail(to="a@new.co.jp"), "a@new.co.jp")).startswith("250")
    assert resolver.asked["new.co.jp", "MX"] == 1


async def test_a_silent_resolver_lets_no_alarm_pass_and_stops_no_mail(
    house: House, resolver: NameServer
) -> None:
    resolver.otherwise = dns_server.silent
    assert "held" in await house.send(mail(to=TWIN), TWIN)
    assert (await house.send(mail(to="a@new.co.jp"), "a@new.co.jp")).startswith("250 2.0.0 queued")


async def test_servers_in_common_do_not_let_a_look_alike_pass_with_a_number(
    house: House, resolver: NameServer
) -> None:
    for name in ("exp.com", "exp.co.jp"):
        resolver.host(name, MX=says("10 mx.exp.co.jp."))
    reply = await house.send(mail(NUMBER, to=TWIN), TWIN)
    assert reply.startswith("550 5.7.1 Blocked by policy rule look-alike-with-number")


async def test_the_name_that_was_meant_is_told_to_our_own_senders_only(house: House) -> None:
    told = await house.send(mail(NUMBER, to=TWIN), TWIN)
    assert told.endswith("did you mean exp.co.jp?")
    stranger = await house.send(mail(NUMBER, to=TWIN), TWIN, sender="x@outside.co.jp")
    assert stranger.startswith("550")
    assert "exp.co.jp" not in stranger


async def test_a_wrong_address_in_an_instruction_asks_the_sender(house: House) -> None:
    """How the second real leak began: staff were told to submit forms to exp.com."""
    letter = mail("様式は aaabb@exp.com へ提出してください。\r\n", to="sato@exp.co.jp")
    assert "waits for the sender to confirm" in await house.send(letter, "sato@exp.co.jp")
    right = mail("様式は aaabb@exp.co.jp へ提出してください。\r\n", to="sato@exp.co.jp")
    assert (await house.send(right, "sato@exp.co.jp")).startswith("250 2.0.0 queued")


async def test_a_new_person_at_a_known_domain_is_asked_about(house: House) -> None:
    assert house.app is not None
    day = date(2026, 11, 1)
    past = Sent("known.co.jp", "a", f"x@{OWN}", "2026-11", 5, 0, day, day)
    await house.app.store.import_history([past], ["known.co.jp"], "os:root")
    assert "queued" in await house.send(mail(to="a@known.co.jp"), "A@known.co.jp")
    assert "confirm" in await house.send(mail(to="b@known.co.jp"), "b@known.co.jp")

"""Every answer that a name server gives, and every way in which it does not."""

from __future__ import annotations

import asyncio
import time

import pytest

from gateway.resolve import Lookup, LookupSettings, Mail, Route
from gateway.resolve.answers import Owner
from gateway.resolve.lookup import FAILURES_KEPT_S, LONGEST_KEPT_S, Breaker
from gateway.units import name_server
from tests.resolve import server as dns_server
from tests.resolve.server import (
    NOTHING,
    NXDOMAIN,
    REFUSED,
    SERVFAIL,
    Behaviour,
    NameServer,
    says,
)

MX = says("10 mx1.exp.example.", "20 MX2.exp.example.")


class Now:
    at = 1000.0

    def __call__(self) -> float:
        return self.at


def lookup(server: NameServer, clock: Now | None = None, **more: object) -> Lookup:
    settings = {"timeout_s": 0.1, "lifetime_s": 0.25} | more
    return Lookup(LookupSettings((server.address,), **settings), clock or time.monotonic)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        ({"MX": MX}, Route(Mail.MX, frozenset({"mx1.exp.example", "mx2.exp.example"}))),
        ({"MX": says("0 .")}, Route(Mail.NULL_MX)),
        ({"A": says("192.0.2.1")}, Route(Mail.ADDRESS_ONLY)),
        ({"AAAA": says("2001:db8::1")}, Route(Mail.ADDRESS_ONLY)),
        ({}, Route(Mail.NO_MAIL)),
        ({"MX": SERVFAIL}, Route(Mail.UNKNOWN)),
        ({"MX": REFUSED}, Route(Mail.UNKNOWN)),
        ({"MX": dns_server.silent}, Route(Mail.UNKNOWN)),
        ({"A": SERVFAIL}, Route(Mail.UNKNOWN)),
    ],
)
async def test_each_answer_has_its_meaning(
    server: NameServer, records: dict[str, Behaviour], expected: Route
) -> None:
    server.host("exp.example", **records)
    assert await lookup(server).route("exp.example") == expected


async def test_a_name_that_is_denied_does_not_exist(server: NameServer) -> None:
    assert await lookup(server).route("exq.example") == Route(Mail.NONEXISTENT)


async def test_a_resolver_that_denies_the_whole_world_is_not_believed(server: NameServer) -> None:
    """In a closed network every outside name is NXDOMAIN; nobody may be refused for that."""
    server.zone.clear()
    assert await lookup(server).route("exp.co.jp") == Route(Mail.UNKNOWN)


@pytest.mark.parametrize(
    "lie",
    [
        dns_server.wrong_id("0 ."),
        dns_server.wrong_question("0 ."),
        dns_server.garbage(),
    ],
)
async def test_a_lie_alone_is_no_answer(server: NameServer, lie: Behaviour) -> None:
    server.host("exp.example", MX=lie)
    assert await lookup(server).route("exp.example") == Route(Mail.UNKNOWN)


@pytest.mark.parametrize(
    "lie",
    [
        dns_server.wrong_id("0 .", then=MX),
        dns_server.wrong_question("0 .", then=MX),
        dns_server.garbage(then=MX),
        dns_server.garbage(then=MX, times=200),
    ],
)
async def test_a_true_answer_behind_lies_is_heard(server: NameServer, lie: Behaviour) -> None:
    server.host("exp.example", MX=lie)
    assert (await lookup(server).route("exp.example")).mail is Mail.MX


async def test_an_answer_that_was_cut_off_is_asked_for_by_tcp(server: NameServer) -> None:
    server.host("exp.example", MX=dns_server.cut_off_by_udp("10 mx.exp.example."))
    assert (await lookup(server).route("exp.example")).exchanges == {"mx.exp.example"}
    assert server.asked["exp.example", "MX"] == 2


async def test_a_thousand_mail_servers_are_not_all_looked_at(server: NameServer) -> None:
    many = [f"10 mx{n}.exp.example." for n in range(300)]
    server.host("exp.example", MX=dns_server.cut_off_by_udp(*many))
    found = await lookup(server, timeout_s=5.0, lifetime_s=10.0).route("exp.example")
    assert 0 < len(found.exchanges) <= 20


async def test_silence_ends_within_the_lifetime(server: NameServer) -> None:
    server.host("exp.example", MX=dns_server.silent)
    began = time.monotonic()
    await lookup(server).route("exp.example")
    assert time.monotonic() - began < 1.0


async def test_an_answer_is_asked_for_once(server: NameServer) -> None:
    server.host("exp.example", MX=MX)
    asking = lookup(server)
    for _ in range(3):
        await asking.route("exp.example")
        await asking.route("exq.example")
    assert server.asked["exp.example", "MX"] == server.asked["exq.example", "MX"] == 1


async def test_no_ttl_keeps_an_answer_for_longer_than_an_hour(server: NameServer) -> None:
    server.host("exp.example", MX=MX)
    asking = lookup(server)
    await asking.route("exp.example")
    (kept,) = [node.value for node in asking._resolver.cache.data.values()]  # type: ignore[union-attr]
    assert kept.expiration <= time.time() + LONGEST_KEPT_S


@pytest.mark.parametrize("failure", [SERVFAIL, dns_server.silent])
async def test_a_failure_is_remembered_for_a_minute(server: NameServer, failure: Behaviour) -> None:
    server.host("exp.example", MX=failure)
    now = Now()
    asking = lookup(server, now)
    await asking.route("exp.example")
    asked = server.asked["exp.example", "MX"]
    await asking.route("exp.example")
    assert server.asked["exp.example", "MX"] == asked
    now.at += FAILURES_KEPT_S + 1
    server.host("exp.example", MX=MX)
    assert (await asking.route("exp.example")).mail is Mail.MX


async def test_after_silences_in_a_row_nobody_is_asked_for_a_while(server: NameServer) -> None:
    server.otherwise = dns_server.silent
    now = Now()
    asking = lookup(server, now, breaker_after=3)
    for n in range(5):
        assert (await asking.route(f"x{n}.example")).mail is Mail.UNKNOWN
    assert len({name for name, _ in server.asked}) == 3
    server.host("exp.example", MX=MX)
    assert (await asking.route("exp.example")).mail is Mail.UNKNOWN
    now.at += 31
    assert (await asking.route("exp.example")).mail is Mail.MX
    assert (await asking.route("exq.example")).mail is Mail.UNKNOWN  # silent, and asked
    assert ("exq.example", "MX") in server.asked


async def test_a_server_that_says_it_failed_does_not_trip_the_breaker(server: NameServer) -> None:
    server.otherwise = SERVFAIL
    asking = lookup(server, breaker_after=2)
    for n in range(4):
        await asking.route(f"x{n}.example")
    assert len({name for name, _ in server.asked}) == 4


def test_an_open_breaker_lets_one_question_through_after_its_rest() -> None:
    now = Now()
    breaker = Breaker(1, 30.0, now)
    breaker.silent()
    assert breaker.open()
    now.at += 31
    assert [breaker.open(), breaker.open()] == [False, True]
    breaker.heard()
    assert not breaker.open()


async def test_only_so_many_questions_are_under_way_at_once(server: NameServer) -> None:
    server.otherwise = dns_server.silent
    asking = lookup(server, in_flight=2, breaker_after=1000)
    tasks = [asyncio.create_task(asking.route(f"x{n}.example")) for n in range(8)]
    await asyncio.sleep(0.05)
    assert len({name for name, _ in server.asked}) == 2
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_the_owner_is_told_by_name_servers_and_start_of_authority(
    server: NameServer,
) -> None:
    soa = says("NS1.exp.example. dns.exp.example. 1 60 60 60 60")
    server.host("exp.example", NS=says("ns1.exp.example.", "ns2.exp.example."), SOA=soa)
    assert await lookup(server).owner("exp.example") == Owner(
        frozenset({"ns1.exp.example", "ns2.exp.example"}), "ns1.exp.example", "dns.exp.example"
    )


@pytest.mark.parametrize("answer", [NOTHING, NXDOMAIN, SERVFAIL])
async def test_a_name_that_is_no_zone_has_no_owner_of_its_own(
    server: NameServer, answer: Behaviour
) -> None:
    server.host("mail.exp.example", NS=answer)
    assert await lookup(server).owner("mail.exp.example") == Owner()


async def test_without_any_resolver_nothing_is_known() -> None:
    asking = Lookup(LookupSettings(("127.0.0.1:9",), timeout_s=0.05, lifetime_s=0.1))
    assert (await asking.route("exp.example")).mail is Mail.UNKNOWN


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("192.0.2.1", ("192.0.2.1", 53)),
        ("192.0.2.1:5353", ("192.0.2.1", 5353)),
        ("2001:db8::1", ("2001:db8::1", 53)),
        ("[2001:db8::1]:5353", ("2001:db8::1", 5353)),
        ("[2001:db8::1]", ("2001:db8::1", 53)),
        ("ns.example", None),
        ("192.0.2.1:0", None),
        ("192.0.2.1:x", None),
        ("[2001:db8::1", None),
        ("[2001:db8::1]5353", None),
    ],
)
def test_a_name_server_is_named_with_or_without_a_port(written: str, read: tuple[str, int]) -> None:
    assert name_server(written) == read

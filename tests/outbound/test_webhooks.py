"""Webhooks against a real receiver: signed, tried again, given up, and never led astray."""

from __future__ import annotations

import asyncio
import base64
import ipaddress
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import structlog
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from gateway import metrics
from gateway.config import load
from gateway.errors import ConfigError
from gateway.model import Verdict
from gateway.outbound.posting import Receiver as To
from gateway.outbound.posting import may_connect, post
from gateway.outbound.signing import fresh_secret, secrets_of
from gateway.outbound.webhooks import Hook, Webhooks, hooks_of
from gateway.store import Store
from gateway.store.events import TYPES
from tests.numbers import grouped, my_number
from tests.outbound.authority import Authority
from tests.outbound.receiver import Receiver
from tests.store.mails import Clock, Keys, decision, inspection, parks_for, ruling, submission

SECRET, OLD_SECRET = fresh_secret(), fresh_secret()
LOOPBACK = ipaddress.ip_network("127.0.0.0/8")


def _key(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix("whsec_"))


def hook(receiver: Receiver, **more: object) -> Hook:
    made = Hook(
        name="tickets",
        receiver=To(receiver.url, timeout_s=5.0),
        keys=(_key(SECRET),),
        types=frozenset(t for t in TYPES if not t.startswith("webhook.")),
        waits=(timedelta(seconds=5), timedelta(minutes=5)),
        give_up=timedelta(days=3),
    )
    return replace(made, **more)  # type: ignore[arg-type]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def store(tmp_path: Path, clock: Clock) -> AsyncIterator[Store]:
    opened = await Store.open(
        f"sqlite:{tmp_path / 'sekisho.db'}", Keys().sealer, writer="outbound", clock=clock
    )
    yield opened
    await opened.close()


async def began(store: Store, its: Hook, clock: Clock) -> Webhooks:
    """A webhook that has begun: what happens from now on is told."""
    worker = Webhooks(store, [its], clock=clock)
    assert await worker.round(its) == 0
    return worker


async def park(store: Store, address: str = "a@x.example", **mail: str) -> str:
    sent, made = submission(address, **mail), decision(ruling(address, Verdict.HOLD))
    parks = parks_for(sent, made)
    await store.intend(sent, inspection(), made, parks, [], staged=False)
    return parks[0].hold_id


# ------------------------------------------------------------------ what is told


async def test_an_independent_library_finds_the_signature_good(store: Store, clock: Clock) -> None:
    clock.now = datetime.now(UTC)  # the library refuses what is older than five minutes
    with Receiver() as receiver:
        its = hook(receiver)
        worker = await began(store, its, clock)
        await park(store)
        assert await worker.round(its) == 1
    (posted,) = receiver.posted
    told = Webhook(SECRET).verify(posted.body, posted.headers)
    assert told["type"] == "mail.hold"
    with pytest.raises(WebhookVerificationError):
        Webhook(OLD_SECRET).verify(posted.body, posted.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(posted.body + b" ", posted.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(posted.body, posted.headers | {"webhook-id": "another"})


async def test_while_a_secret_is_changed_both_receivers_find_theirs(
    store: Store, clock: Clock
) -> None:
    clock.now = datetime.now(UTC)
    with Receiver() as receiver:
        its = hook(receiver, keys=(_key(OLD_SECRET), _key(SECRET)))
        worker = await began(store, its, clock)
        await park(store)
        await worker.round(its)
    (posted,) = receiver.posted
    for secret in (OLD_SECRET, SECRET):
        assert Webhook(secret).verify(posted.body, posted.headers)


async def test_what_is_told_is_what_the_api_answers_and_holds_no_number(
    store: Store, clock: Clock
) -> None:
    number = my_number(20261130)
    with Receiver() as receiver:
        its = hook(receiver)
        worker = await began(store, its, clock)
        await park(store, f"{number}@x.example", sender=f"{grouped(number)}@city.example.lg.jp")
        await worker.round(its)
    (posted,) = receiver.posted
    (event,) = (await store.events({}, (), 10)).events
    assert posted.json == json.loads(json.dumps(event.told()))
    assert posted.event_id == event.event_id == "outbound-1"
    assert number not in posted.body.decode()
    assert grouped(number) not in posted.body.decode()
    assert posted.headers["content-type"] == "application/json"


async def test_a_webhook_is_told_what_it_asks_for_and_never_of_webhooks(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(f"# of 2026\n{SECRET}\n\n{OLD_SECRET}\n")
    config = tmp_path / "config.toml"
    text = '[organisation]\ndomains = ["city.example.lg.jp"]\n[[webhook]]\nname = "tickets"\n'
    text += 'url = "https://tickets.example/x"\nsecret_file = "secret"\nevents = {events}\n'
    config.write_text(text.format(events='["hold.release", "webhook.*", "mail.*"]'))
    (its,) = hooks_of(load(config))
    assert {"hold.release", "mail.block", "mail.monitored"} <= its.types
    assert not [t for t in its.types if t.startswith(("webhook.", "account."))]
    assert its.keys == (_key(SECRET), _key(OLD_SECRET))
    assert SECRET not in repr(its)
    config.write_text(text.format(events='["hold.nonsense"]'))
    with pytest.raises(ConfigError, match=r"no such event: hold\.nonsense"):
        hooks_of(load(config))


@pytest.mark.parametrize(
    "content", ["", "# nothing\n", "secret\n", "whsec_c2hvcnQ=\n", "whsec_??\n"]
)
def test_a_secret_that_is_none_is_refused_without_being_shown(tmp_path: Path, content: str) -> None:
    path = tmp_path / "tickets.secret"
    path.write_text(content)
    with pytest.raises(ConfigError) as caught:
        secrets_of(path)
    assert "c2hvcnQ" not in str(caught.value)
    path.unlink()
    with pytest.raises(ConfigError, match="No such file"):
        secrets_of(path)


# ------------------------------------------------------------------ tried again, given up


async def test_what_was_not_taken_is_told_again_after_a_wait_that_grows(
    store: Store, clock: Clock
) -> None:
    with Receiver([500, 404]) as receiver:
        its = hook(receiver)
        worker = await began(store, its, clock)
        await park(store)
        assert await worker.round(its) == 1
        assert await worker.round(its) == 0, "it waits"
        assert (await store.webhooks_standing())["tickets"].last_answer == "status-500"
        clock.pass_by(seconds=7)
        assert await worker.round(its) == 1
        clock.pass_by(seconds=7)
        assert await worker.round(its) == 0, "the second wait is longer"
        clock.pass_by(minutes=6)
        assert await worker.round(its) == 1
        clock.pass_by(days=1)
        assert await worker.round(its) == 0, "taken"
    assert len(receiver.posted) == 3
    assert len({p.event_id for p in receiver.posted}) == 1
    assert len({p.body for p in receiver.posted}) == 1
    assert len({p.headers["webhook-timestamp"] for p in receiver.posted}) == 3


async def test_a_receiver_that_asks_for_time_gets_it(store: Store, clock: Clock) -> None:
    with Receiver([503], headers={"Retry-After": "600"}) as receiver:
        its = hook(receiver)
        worker = await began(store, its, clock)
        await park(store)
        await worker.round(its)
        clock.pass_by(minutes=9)
        assert await worker.round(its) == 0
        clock.pass_by(minutes=2)
        assert await worker.round(its) == 1


async def test_what_nobody_takes_is_given_up_with_a_line_a_count_and_a_record(
    store: Store, clock: Clock
) -> None:
    with Receiver([500] * 9) as receiver, structlog.testing.capture_logs() as lines:
        its = hook(receiver)
        worker = await began(store, its, clock)
        await park(store)
        before = _given_up()
        for _ in range(5):
            await worker.round(its)
            clock.pass_by(days=1)
    assert len(receiver.posted) == 4
    assert _given_up() == before + 1
    (line,) = [x for x in lines if x.get("result") == "given-up"]
    assert (line["log_level"], line["webhook"], line["answer"]) == (
        "error",
        "tickets",
        "status-500",
    )
    (event,) = (await store.events({}, ("webhook.webhook-given-up",), 9)).events
    assert (event.about, event.detail["attempts"]) == ("tickets", 4)
    assert (await store.webhooks_standing())["tickets"].given_up_at is not None


def _given_up() -> float:
    found = metrics.registry.get_sample_value(
        "sekisho_webhook_posts_total", {"result": metrics.Posted.GIVEN_UP}
    )
    assert found is not None
    return found


async def test_a_receiver_that_is_gone_is_told_no_more(store: Store, clock: Clock) -> None:
    with Receiver([410]) as receiver:
        its = hook(receiver)
        worker = await began(store, its, clock)
        await park(store)
        await worker.round(its)
        clock.pass_by(days=1)
        assert await worker.round(its) == 0
    assert len(receiver.posted) == 1


async def test_a_receiver_that_is_down_keeps_no_other_waiting(store: Store, clock: Clock) -> None:
    with Receiver() as up, Receiver() as closed:
        down = hook(closed, name="down")
    with Receiver() as up:
        its = hook(up)
        worker = Webhooks(store, [down, its], clock=clock)
        for one in worker.hooks:
            await worker.round(one)
        await park(store)
        for one in worker.hooks:
            await worker.round(one)
    assert len(up.posted) == 1
    standing = await store.webhooks_standing()
    assert (standing["down"].waiting, standing["down"].last_answer) == (1, "no-connection")
    assert standing["tickets"].waiting == 0


async def until_standing(store: Store, *names: str) -> None:
    """Wait until these webhooks, and no others, have begun."""
    for _ in range(200):
        if set(await store.webhooks_standing()) == set(names):
            return
        await asyncio.sleep(0.05)
    raise AssertionError(set(await store.webhooks_standing()))


async def test_webhooks_are_changed_while_they_are_told(store: Store, clock: Clock) -> None:
    """One is gone and forgotten, one is new, one has moved: no restart."""
    with Receiver() as old, Receiver() as moved, Receiver() as new:
        stays = hook(old, name="stays")
        worker = Webhooks(store, [stays, hook(old, name="goes")], clock=clock)
        task = asyncio.create_task(worker.run())
        await until_standing(store, "stays", "goes")
        worker.renew([hook(moved, name="stays"), hook(new, name="comes")])
        await until_standing(store, "stays", "comes")
        await park(store)
        for _ in range(200):
            if moved.posted and new.posted:
                break
            await asyncio.sleep(0.05)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert (len(old.posted), len(moved.posted), len(new.posted)) == (0, 1, 1)


# ------------------------------------------------------------------ where it leads


async def answer(receiver: Receiver, **more: object) -> str:
    its = hook(receiver)
    its = replace(its, receiver=replace(its.receiver, **more))  # type: ignore[arg-type]
    return (await its.send({"id": "test-1", "type": "webhook.test"}, datetime.now(UTC))).word


async def test_no_redirect_is_followed(store: Store) -> None:
    with Receiver([307], headers={"Location": "/elsewhere"}) as receiver:
        assert await answer(receiver) == "status-307"
    assert [p.path for p in receiver.posted] == ["/hooks/sekisho"]


async def test_a_name_that_leads_into_the_house_is_refused_unless_its_network_is_named() -> None:
    with Receiver() as receiver:
        url = f"http://localhost:{receiver.port}/x"
        assert await answer(receiver, url=url) == "address-refused"
        assert receiver.posted == []
        assert await answer(receiver, url=url, networks=(LOOPBACK,)) == "status-200"
        assert receiver.posted[0].headers["host"] == f"localhost:{receiver.port}"


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2001:4860:4860::8888", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("100.64.0.1", False),
        ("169.254.169.254", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("::", False),
        ("fe80::1", False),
        ("fd00::1", False),
        ("ff02::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:169.254.169.254", False),
        ("64:ff9b::a9fe:a9fe", False),
        ("2002:7f00:1::", False),
        ("64:ff9b:1::1", False),
        ("fec0::1", False),
    ],
)
def test_only_public_addresses_are_connected_to(address: str, public: bool) -> None:
    assert may_connect(ipaddress.ip_address(address), ()) is public


def test_a_named_network_is_ones_own_and_no_wider() -> None:
    office = (ipaddress.ip_network("10.1.2.0/24"),)
    assert may_connect(ipaddress.ip_address("10.1.2.3"), office)
    assert not may_connect(ipaddress.ip_address("10.1.3.3"), office)
    assert not may_connect(ipaddress.ip_address("169.254.169.254"), office)


async def test_the_certificate_is_held_to_the_name(tmp_path: Path) -> None:
    authority, stranger = Authority(tmp_path), Authority(tmp_path, "stranger")
    for server, ca_file, wanted in (
        (authority.server("localhost"), authority.ca_file, "status-200"),
        (authority.server("other.example"), authority.ca_file, "tls-refused"),
        (stranger.server("localhost"), authority.ca_file, "tls-refused"),
        (authority.server("localhost"), None, "tls-refused"),
    ):
        listening = await asyncio.start_server(_answer_200, "127.0.0.1", 0, ssl=server)
        url = f"https://localhost:{listening.sockets[0].getsockname()[1]}/x"
        to = To(url, networks=(LOOPBACK,), ca_file=ca_file, timeout_s=5.0)
        found = await post(to, [], b"{}")
        listening.close()
        assert found.word == wanted


async def _answer_200(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    writer.close()


async def test_a_receiver_that_does_not_answer_in_time_is_left() -> None:
    with Receiver(slow_s=1.0) as receiver:
        assert await answer(receiver, timeout_s=0.2) == "timeout"


async def test_what_a_receiver_says_is_neither_read_nor_logged(store: Store, clock: Clock) -> None:
    with (
        Receiver([500], body=b"secret words" * 100_000) as receiver,
        structlog.testing.capture_logs() as lines,
    ):
        its = hook(receiver)
        worker = await began(store, its, clock)
        await park(store)
        await worker.round(its)
    assert "secret words" not in str(lines)
    assert "secret words" not in str(await store.webhooks_standing())
    assert [x["answer"] for x in lines if x["event"] == "webhook"] == ["status-500"]


@pytest.mark.parametrize(
    "url",
    [
        "http://tickets.example/x",
        "http://localhost/x",
        "https://user:pass@tickets.example/x",
        "https:///x",
        "ftp://tickets.example/x",
        "https://tickets.example/x y",
        "https://tickets.example:99999/x",
    ],
)
def test_an_address_that_is_not_safe_to_post_to_is_refused_at_the_start(
    tmp_path: Path, url: str
) -> None:
    (tmp_path / "secret").write_text(SECRET)
    config = tmp_path / "config.toml"
    config.write_text(
        '[organisation]\ndomains = ["city.example.lg.jp"]\n'
        f'[[webhook]]\nname = "tickets"\nurl = "{url}"\nsecret_file = "secret"\n'
    )
    with pytest.raises(ConfigError, match="https address"):
        load(config)


@pytest.mark.parametrize("host", ["a" * 64 + ".example", "a..example"])
async def test_a_name_that_cannot_be_one_is_an_attempt_that_failed(host: str) -> None:
    to = To(f"https://{host}/x", (), None, 1.0)
    assert (await post(to, (), b"")).word == "no-address"

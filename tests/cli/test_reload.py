"""SIGHUP: certificates for new connections, and by name what needs a restart."""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from gateway import app as app_module
from gateway.app import GatewayApp, prepare
from gateway.config import load
from gateway.errors import NextHopError
from gateway.outbound.signing import fresh_secret
from gateway.store import check_integrity
from tests.house import House, mail
from tests.outbound.authority import Authority
from tests.wire.next_hop import ScriptedNextHop


@pytest.fixture
async def next_hop() -> AsyncIterator[ScriptedNextHop]:
    hop = await ScriptedNextHop().start()
    yield hop
    await hop.stop()


def shown_certificate(port: int) -> bytes:
    """The certificate that a client which names nobody is shown, in DER."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with smtplib.SMTP("127.0.0.1", port, "pc.example", timeout=10) as client:
        client.starttls(context=context)
        assert isinstance(client.sock, ssl.SSLSocket)
        shown = client.sock.getpeercert(binary_form=True)
    assert shown is not None
    return shown


def new_certificate(directory: Path) -> bytes:
    Authority(directory, "ca").server("gateway.example")
    return ssl.PEM_cert_to_DER_cert(
        "-----BEGIN CERT" + (directory / "server.pem").read_text().partition("-----BEGIN CERT")[2]
    )


async def test_a_renewed_certificate_is_shown_to_new_clients_and_a_bad_one_is_not(
    tmp_path: Path, next_hop: ScriptedNextHop
) -> None:
    first = new_certificate(tmp_path)
    smtp = 'tls = { certificate = "server.pem", key = "server.pem" }'
    house = await House(tmp_path, next_hop, smtp=smtp).start()
    assert house.app is not None
    try:
        assert await asyncio.to_thread(shown_certificate, house.port) == first
        second = new_certificate(tmp_path)
        house.app.reload()
        assert await asyncio.to_thread(shown_certificate, house.port) == second != first
        (tmp_path / "server.pem").write_text("half a fi")
        house.app.reload()
        assert await asyncio.to_thread(shown_certificate, house.port) == second
    finally:
        await house.stop()


async def test_a_renewed_ca_file_decides_on_new_connections_to_the_next_hop(
    tmp_path: Path, next_hop: ScriptedNextHop
) -> None:
    ours, theirs = Authority(tmp_path, "ours"), Authority(tmp_path, "theirs")
    next_hop.tls = ours.server("127.0.0.1")
    smtp = 'next_hop_tls = "verify"\nnext_hop_ca_file = "ca.pem"'
    (tmp_path / "ca.pem").write_bytes(ours.ca_file.read_bytes())
    house = await House(tmp_path, next_hop, smtp=smtp).start()
    assert house.app is not None
    outbound = await house.outbound()
    outbound._path = house.config_path
    try:
        assert (await house.send(mail(), "sato@exp.co.jp")).startswith("250")
        (tmp_path / "ca.pem").write_bytes(theirs.ca_file.read_bytes())
        house.app.reload()
        outbound.reload()
        for hop in (house.app.next_hop, outbound.next_hop):
            with pytest.raises(NextHopError):
                await hop.acquire()
        (tmp_path / "ca.pem").write_text("nothing")
        house.app.reload()
        (tmp_path / "ca.pem").write_bytes(ours.ca_file.read_bytes())
        house.app.reload()
        assert (await house.send(mail(), "sato@exp.co.jp")).startswith("250")
    finally:
        await outbound.stop()
        await house.stop()


async def test_a_reload_takes_up_webhooks_and_a_bad_one_changes_nothing(
    tmp_path: Path, next_hop: ScriptedNextHop
) -> None:
    house = await House(tmp_path, next_hop).start()
    assert house.app is not None
    outbound = await house.outbound()
    outbound._path = house.config_path
    (tmp_path / "tickets.secret").write_text(f"{fresh_secret()}\n")
    hook = '[[webhook]]\nname = "tickets"\nurl = "https://tickets.example/"\n'
    try:
        text = house.config_path.read_text()
        house.config_path.write_text(f'{text}\n{hook}secret_file = "tickets.secret"\n')
        with capture_logs() as logs:
            house.app.reload()
            outbound.reload()
        assert [h.name for h in outbound.webhooks.hooks] == ["tickets"]
        assert [e for e in logs if e["event"] == "setting needs a restart"] == []
        (tmp_path / "tickets.secret").write_text("nothing\n")
        with capture_logs() as logs:
            outbound.reload()
        assert "reload refused, the old terms are kept" in {e["event"] for e in logs}
        assert [h.name for h in outbound.webhooks.hooks] == ["tickets"]
    finally:
        await outbound.stop()
        await house.stop()


async def test_what_a_reload_does_not_take_up_is_named(
    tmp_path: Path, next_hop: ScriptedNextHop
) -> None:
    house = await House(tmp_path, next_hop).start()
    assert house.app is not None
    try:
        text = house.config_path.read_text()
        changed = text.replace('domains = ["', 'domains = ["branch.example", "')
        house.config_path.write_text(
            f'{changed}\n[retention]\nhold = "3d"\n[log]\nlevel = "debug"\n'
        )
        with capture_logs() as logs:
            house.app.reload()
        named = {e["setting"] for e in logs if e["event"] == "setting needs a restart"}
        assert named == {"retention.hold", "log.level"}
    finally:
        await house.stop()


@pytest.mark.parametrize(("prepared", "looks"), [(True, 1), (False, 2)])
async def test_a_database_that_was_looked_at_a_moment_ago_is_not_looked_at_twice(
    tmp_path: Path,
    next_hop: ScriptedNextHop,
    monkeypatch: pytest.MonkeyPatch,
    prepared: bool,
    looks: int,
) -> None:
    """A gateway that replaces a lost one looks; the first one leaves it to ``serve``."""
    found: list[str] = []

    async def counted(url: str) -> None:
        found.append(url)
        await check_integrity(url)

    monkeypatch.setattr(app_module, "check_integrity", counted)
    house = House(tmp_path, next_hop)
    house.write()
    config = load(house.config_path)
    await prepare(config)
    app = await GatewayApp.start(config, house.config_path, prepared=prepared)
    await app.stop()
    assert len(found) == looks

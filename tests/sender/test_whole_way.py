"""From a warned mail's arrival over the page to the next hop, through the whole house."""

from __future__ import annotations

import email
import email.policy
import re
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.app import prepare, roles
from gateway.config import load
from gateway.errors import SekishoError
from gateway.model import HoldState
from gateway.sender_app import SenderApp
from tests.console.browser import Browser
from tests.house import OWN, House, free_port, mail
from tests.wire.next_hop import ScriptedNextHop, Taken

TO = "info@stranger.example.com"


@pytest.fixture
async def next_hop() -> AsyncIterator[ScriptedNextHop]:
    hop = await ScriptedNextHop().start()
    yield hop
    await hop.stop()


def _link(notice: Taken) -> str:
    message = email.message_from_bytes(notice.content, policy=email.policy.default)
    assert message["Auto-Submitted"] == "auto-generated"
    body = message.get_body(("plain",))
    assert body is not None
    (link,) = set(re.findall(r"http://\S+/m/\S+", body.get_content()))
    return str(link)


async def test_a_warned_mail_is_confirmed_by_its_sender_and_reaches_the_next_hop(
    tmp_path: Path, next_hop: ScriptedNextHop
) -> None:
    port = free_port()
    house = House(tmp_path, next_hop, config=f'[sender]\nlisten = "127.0.0.1:{port}"\n')
    await house.start()
    config = load(house.config_path)
    assert "sender" in roles(config)
    outbound = await house.outbound()
    served = await SenderApp.start(config)
    try:
        content = mail(attachments=(("見積書.csv", "品名,数量\r\n用紙,10\r\n".encode()),), to=TO)
        reply = await house.send(content, TO)
        hold_id = reply.rpartition("id=")[2]
        await outbound.worker.round()
        (notice,) = next_hop.taken
        link = _link(notice)
        assert notice.rcpt_tos == [f"tanto@{OWN}"]
        path = link.removeprefix(f"http://127.0.0.1:{port}")
        browser = Browser(port, language="ja")
        assert TO in (await browser.get(path)).words
        assert len(next_hop.taken) == 1
        answer = await browser.post(path, {"choice": "confirm"})
        assert "メールを送信します" in answer.words
        await outbound.worker.round()
        (sent,) = [t for t in next_hop.taken if t.mail_from]
        assert (sent.mail_from, sent.rcpt_tos) == (f"tanto@{OWN}", [TO])
        assert (await outbound.store.hold(hold_id)).state is HoldState.DELIVERED
        assert await outbound.store.audit_verify() == []
    finally:
        await served.stop()
        await outbound.stop()
        await house.stop()


async def test_without_the_page_a_notice_has_no_link(
    tmp_path: Path, next_hop: ScriptedNextHop
) -> None:
    house = await House(tmp_path, next_hop).start()
    outbound = await house.outbound()
    try:
        assert "sender" not in roles(load(house.config_path))
        await house.send(mail(attachments=(("a.csv", b"a,b\r\n"),), to=TO), TO)
        await outbound.worker.round()
        (notice,) = next_hop.taken
        message = email.message_from_bytes(notice.content, policy=email.policy.default)
        body = message.get_body(("plain",))
        assert body is not None
        assert "http" not in body.get_content()
    finally:
        await outbound.stop()
        await house.stop()


async def test_an_address_that_is_taken_is_one_clear_line(
    tmp_path: Path, next_hop: ScriptedNextHop
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        house = House(tmp_path, next_hop, config=f'[sender]\nlisten = "127.0.0.1:{port}"\n')
        house.write()
        config = load(house.config_path)
        await prepare(config)
        with pytest.raises(SekishoError, match=rf"sender\.listen 127\.0\.0\.1:{port}"):
            await SenderApp.start(config)

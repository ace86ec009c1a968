"""``serve`` as a process tree: it starts, takes mail, reloads, replaces a lost part, drains."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.house import OWN, House, free_port, mail
from tests.numbers import grouped, my_number
from tests.wire.next_hop import ScriptedNextHop
from tests.wire.postfix import until
from tests.wire.transcript import Wire


@dataclass
class Served:
    """``sekisho serve`` in a process of its own."""

    house: House
    port: int
    process: asyncio.subprocess.Process
    log: Path
    more: dict[str, str] = field(default_factory=dict)

    def events(self, name: str) -> list[dict[str, object]]:
        lines = [json.loads(x) for x in self.log.read_text().splitlines() if x.startswith("{")]
        return [x for x in lines if x.get("event") == name]

    async def send(self, content: bytes, to: str) -> str:
        wire = await Wire.connect(self.port)
        try:
            return await wire.play(
                f"S: 220 *\nC: EHLO pc\nS: 250 *\nC: MAIL FROM:<tanto@{OWN}>\nS: 250 *\n"
                f"C: RCPT TO:<{to}>\nS: 250 *\nC: DATA\nS: 354 *\nC@ mail\nS: *",
                mail=content,
            )
        finally:
            await wire.close()

    async def sekisho(self, *words: str) -> str:
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "gateway", *words, "-c", str(self.house.config_path),
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        out, _ = await child.communicate()
        assert child.returncode == 0, out.decode()
        return out.decode()


@pytest.fixture
async def next_hop() -> AsyncIterator[ScriptedNextHop]:
    hop = await ScriptedNextHop().start()
    yield hop
    await hop.stop()


@pytest.fixture
async def served(tmp_path: Path, next_hop: ScriptedNextHop) -> AsyncIterator[Served]:
    house = House(tmp_path, next_hop)
    house.write()
    port = free_port()
    text = house.config_path.read_text().replace("127.0.0.1:0", f"127.0.0.1:{port}")
    text += f'\n[console]\nlisten = "127.0.0.1:{free_port()}"\n'
    house.config_path.write_text(text)
    log = tmp_path / "serve.log"
    with log.open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "gateway", "serve", "-c", str(house.config_path),
            stdout=out, stderr=out,
        )  # fmt: skip
        served = Served(house, port, process, log)
        try:
            await until(lambda: len(served.events("started")) >= 3, "the start of all processes")
            yield served
        finally:  # a start that took too long is ended too: the loop waits for its children
            if process.returncode is None:
                process.terminate()
                await process.wait()


async def test_a_hold_is_released_from_the_terminal_while_serve_runs(
    served: Served, next_hop: ScriptedNextHop
) -> None:
    content = mail(f"個人番号 {grouped(my_number(51))}\r\n")
    reply = await served.send(content, "x@stranger.example.com")
    hold_id = reply.rpartition("id=")[2]
    (row,) = [json.loads(x) for x in (await served.sekisho("holds", "list", "--json")).splitlines()]
    assert {
        "id",
        "state",
        "sender",
        "recipients",
        "received",
        "expires",
        "rule",
        "my_numbers",
    } <= set(row)
    assert (row["id"], row["state"], row["my_numbers"]) == (hold_id, "parked", 1)
    assert hold_id in await served.sekisho("holds", "show", hold_id)
    taken = json.loads(await served.sekisho("holds", "assign", hold_id, "--json"))
    assert (taken["stage"], bool(taken["assignee"])) == ("assigned", True)
    await served.sekisho("holds", "ack", hold_id)
    assert hold_id in await served.sekisho("holds", "comment", hold_id, "asked the sender")
    assert await served.sekisho("holds", "list", "--review", "--json") == ""
    said = await served.sekisho("holds", "release", hold_id, "--reason-code", "false-alarm")
    assert f'id = "exception-{hold_id}"' in said
    await until(
        lambda: any(t.rcpt_tos == ["x@stranger.example.com"] for t in next_hop.taken),
        "the released mail",
    )
    incidents = await served.sekisho("incidents", "list", "--json")
    incident = json.loads(incidents.splitlines()[0])["id"]
    assert "1" in await served.sekisho("incidents", "show", incident)
    assert "①" in await served.sekisho("incidents", "report", incident)
    await served.sekisho("audit", "verify")


async def test_a_bad_policy_is_refused_on_reload_and_the_old_one_stays(
    served: Served, next_hop: ScriptedNextHop
) -> None:
    rules = served.house.directory / "policies" / "rules.toml"
    rules.write_text('[[rule]]\nid = "a"\nmatch = {}\naction = "halt"\n')
    served.process.send_signal(signal.SIGHUP)
    await until(lambda: served.events("reload refused, old policy kept"), "the refusal")
    content = mail(f"個人番号 {grouped(my_number(52))}\r\n")
    assert "held for review" in await served.send(content, "x@stranger.example.com")

    rules.write_text("monitor = true\n" + served.house.policy)
    served.process.send_signal(signal.SIGHUP)
    await until(lambda: served.events("policy reloaded"), "the new policy")
    assert served.events("monitoring only, nothing is stopped")
    assert "held" not in await served.send(content, "x@stranger.example.com")
    assert next_hop.taken


async def test_a_lost_process_is_replaced(served: Served) -> None:
    (pid,) = [int(str(e["pid"])) for e in served.events("started") if e["role"] == "gateway"]
    os.kill(pid, signal.SIGKILL)
    await until(
        lambda: len([e for e in served.events("started") if e["role"] == "gateway"]) == 2,
        "a new gateway process",
    )
    assert (await served.send(mail(), "sato@exp.co.jp")).startswith("250")


async def test_sigterm_lets_a_mail_past_its_dot_get_its_reply(
    served: Served, next_hop: ScriptedNextHop
) -> None:
    next_hop.delay_s = 1.0
    sending = asyncio.create_task(served.send(mail(), "sato@exp.co.jp"))
    await until(lambda: any(c == "DATA" for c in next_hop.commands), "the relay to begin")
    idle = await Wire.connect(served.port)
    await idle.play("S: 220 *")
    served.process.terminate()
    assert (await sending).startswith("250")
    await idle.play("S: 421 *")
    await idle.close()
    assert await asyncio.wait_for(served.process.wait(), 30) == 0


async def test_a_policy_that_cannot_be_used_keeps_serve_from_starting(tmp_path: Path) -> None:
    house = House(tmp_path, ScriptedNextHop(port=1), policy="[[rule]]\nid = 3\n")
    house.write()
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway", "serve", "-c", str(house.config_path),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    out, _ = await asyncio.wait_for(child.communicate(), 30)
    assert child.returncode == 78
    assert b"rules.toml:2:" in out


async def test_systemd_is_told_when_everything_is_ready_and_when_it_stops(
    tmp_path: Path, next_hop: ScriptedNextHop
) -> None:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    listener.bind(str(tmp_path / "notify"))
    listener.settimeout(30)
    house = House(tmp_path, next_hop)
    house.write()
    text = house.config_path.read_text()
    house.config_path.write_text(f'{text}\n[console]\nlisten = "127.0.0.1:{free_port()}"\n')
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway", "serve", "-c", str(house.config_path),
        env=os.environ | {"NOTIFY_SOCKET": str(tmp_path / "notify")},
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        assert await asyncio.to_thread(listener.recv, 100) == b"READY=1"
        child.terminate()
        assert await asyncio.to_thread(listener.recv, 100) == b"STOPPING=1"
        assert await asyncio.wait_for(child.wait(), 60) == 0
    finally:
        listener.close()


async def test_two_gateway_processes_share_one_port(
    tmp_path: Path, next_hop: ScriptedNextHop
) -> None:
    house = House(tmp_path, next_hop, smtp="processes = 2")
    house.write()
    port = free_port()
    text = house.config_path.read_text().replace("127.0.0.1:0", f"127.0.0.1:{port}")
    house.config_path.write_text(f'{text}\n[console]\nlisten = "127.0.0.1:{free_port()}"\n')
    log = tmp_path / "serve.log"
    with log.open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "gateway", "serve", "-c", str(house.config_path),
            stdout=out, stderr=out,
        )  # fmt: skip
    served = Served(house, port, process, log)
    try:
        await until(lambda: served.events("ready"), "all four processes")
        started = {str(e["role"]) for e in served.events("started")}
        assert started == {"gateway", "gateway-2", "outbound", "console"}
        replies = await asyncio.gather(*(served.send(mail(), "sato@exp.co.jp") for _ in range(20)))
        assert all(r.startswith("250") for r in replies)
        assert len(next_hop.taken) == 20
        await served.sekisho("audit", "verify")
    finally:
        process.terminate()
        await process.wait()


async def test_children_do_not_outlive_a_killed_supervisor(served: Served) -> None:
    served.process.kill()
    await served.process.wait()
    await until(lambda: not _listens(served.port), "the end of the gateway process")


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


async def test_a_gateway_whose_store_fails_ends_with_74_and_is_replaced(served: Served) -> None:
    """The file is put back under another number: what the gateway has open is not it."""
    path = served.house.config_path.parent / "var" / "sekisho.db"
    beside = path.with_name("copy.db")
    beside.write_bytes(path.read_bytes())
    beside.replace(path)
    reply = await served.send(mail(), "sato@exp.co.jp")
    assert "451 4.3.0" in reply
    await until(lambda: served.events("process lost"), "the loss of the gateway")
    assert served.events("process lost")[0]["status"] == 74
    assert "deleted, emptied or replaced" in str(served.events("store-out-of-service")[0]["cause"])

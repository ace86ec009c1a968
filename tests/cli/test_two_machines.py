"""Two machines that share one PostgreSQL: each under a host name of its own, one killed."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from gateway.errors import EX_IOERR
from tests.cli.test_serve import Served
from tests.house import House, free_port, mail
from tests.numbers import grouped, my_number
from tests.store.databases import Cluster, cluster, missing  # noqa: F401 (a fixture)
from tests.wire.next_hop import ScriptedNextHop
from tests.wire.postfix import until
from tests.wire.transcript import Wire

pytestmark = pytest.mark.timeout(240)  # each starts two trees of processes


@dataclass
class Site:
    """What the machines share, and where each has its own."""

    root: Path
    url: str
    next_hop: ScriptedNextHop
    served: list[Served] = field(default_factory=list)

    async def serve(self, name: str) -> Served:
        """Start ``serve`` as the machine ``name`` would, in a UTS namespace of its own."""
        directory = self.root / name
        directory.mkdir(exist_ok=True)
        port = free_port()
        house = House(
            directory,
            self.next_hop,
            config=f'[store]\nurl = "{self.url}"\n[console]\nlisten = "127.0.0.1:{free_port()}"',
        )
        house.write()
        text = house.config_path.read_text()
        house.config_path.write_text(text.replace("127.0.0.1:0", f"127.0.0.1:{port}"))
        log = directory / f"serve-{port}.log"
        own = ["unshare", "--uts"] if os.geteuid() == 0 else ["unshare", "-r", "--uts"]
        with log.open("wb") as out:
            process = await asyncio.create_subprocess_exec(
                *own, "sh", "-c", 'hostname "$0" && exec "$@"', name,
                sys.executable, "-m", "gateway", "serve", "-c", str(house.config_path),
                stdout=out, stderr=out,
            )  # fmt: skip
        self.served.append(Served(house, port, process, log))
        return self.served[-1]

    async def ready(self, name: str) -> Served:
        served = await self.serve(name)
        await until(lambda: len(served.events("started")) >= 3, f"the start of {name}", 90)
        return served

    async def stop(self) -> None:
        for served in self.served:
            if served.process.returncode is None:
                served.process.terminate()
                await served.process.wait()

    def share_keys(self, giver: str, taker: str) -> None:
        """Copy the key file, as an administrator does."""
        (self.root / taker / "var").mkdir(parents=True, exist_ok=True)
        for file in ("keys.toml", "keys.pub.toml"):
            shutil.copy(self.root / giver / "var" / file, self.root / taker / "var" / file)


@pytest.fixture
async def site(tmp_path: Path, cluster: Cluster) -> AsyncIterator[Site]:  # noqa: F811
    if shutil.which("unshare") is None or shutil.which("hostname") is None:
        missing("no unshare or hostname: install util-linux and hostname")
    hop = await ScriptedNextHop().start()
    site = Site(tmp_path, await cluster.fresh(), hop)
    yield site
    await site.stop()
    await hop.stop()


async def test_what_one_machine_parked_is_released_by_the_other_and_each_keeps_its_own_chain(
    site: Site,
) -> None:
    first = await site.ready("gw-1")
    site.share_keys("gw-1", "gw-2")
    second = await site.ready("gw-2")
    content = mail(f"個人番号 {grouped(my_number(61))}\r\n")
    reply = await first.send(content, "x@stranger.example.com")
    hold_id = reply.rpartition("id=")[2]
    assert (await second.send(mail(), "sato@exp.co.jp")).startswith("250")
    await second.sekisho("holds", "release", hold_id, "--reason", "checked")
    await until(
        lambda: any(t.rcpt_tos == ["x@stranger.example.com"] for t in site.next_hop.taken),
        "the released mail",
    )
    await second.sekisho("audit", "verify")
    written = await second.sekisho("audit", "export")
    chains = {json.loads(line)["writer"] for line in written.splitlines()}
    assert {"gateway@gw-1", "gateway@gw-2"} <= chains


async def test_a_start_leaves_alone_what_the_other_machine_has_under_way(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One took the other's mails in flight for the traces of a crash, and recorded a lie."""
    monkeypatch.setattr(Wire, "patience_s", 120.0)  # as long as the other's start may take
    first = await site.ready("gw-1")
    site.share_keys("gw-1", "gw-2")
    site.next_hop.gate = asyncio.Event()
    sending = asyncio.create_task(first.send(mail(), "sato@exp.co.jp"))
    await until(lambda: "DATA" in site.next_hop.commands, "the relay to begin")
    second = await site.serve("gw-2")
    await until(lambda: second.events("listening"), "the other's start", 90)
    assert not sending.done()
    site.next_hop.gate.set()
    assert second.events("outcome-unknown-after-restart") == []
    assert (await sending).startswith("250")
    assert first.events("outcome not recorded") == []


async def test_a_machine_without_the_keys_of_the_others_does_not_start(site: Site) -> None:
    await site.ready("gw-1")
    second = await site.serve("gw-2")
    assert await asyncio.wait_for(second.process.wait(), 60) == EX_IOERR
    assert "gw-1 serves this database with key" in second.log.read_text()

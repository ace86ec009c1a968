"""kill -9 of the process that tells webhooks: nothing is lost, and twice is told as once."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest
from standardwebhooks import Webhook

from gateway.outbound.signing import fresh_secret
from tests.faults.world import World, dying_at
from tests.outbound.receiver import Receiver
from tests.wire.next_hop import ScriptedNextHop

SECRET = fresh_secret()


async def _outbound(world: World, failpoint: str = "") -> World:
    """The process with the queue, beside the gateway's."""
    beside = World(world.house, world.next_hop, world.port)
    with world.log.open("ab") as out:
        beside.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "gateway", "serve", "-c", str(world.house.config_path),
            "--role", "outbound", stdout=out, stderr=out, env=dying_at(failpoint),
        )  # fmt: skip
    return beside


async def _until(world: World, query: str, wanted: object) -> None:
    async with asyncio.timeout(60):
        while (found := await world.found(query)) != wanted:
            assert found is not None
            await asyncio.sleep(0.1)


@pytest.mark.timeout(240)
@pytest.mark.parametrize("place", ["claimed-webhook", "posted-webhook"])
async def test_an_event_survives_the_process_that_tells_it(
    tmp_path: Path, next_hop: ScriptedNextHop, place: str
) -> None:
    (tmp_path / "tickets.secret").write_text(SECRET)
    with Receiver() as receiver:
        config = f'[[webhook]]\nname = "tickets"\nurl = "{receiver.url}"\n'
        config += 'secret_file = "tickets.secret"\nevents = ["mail.hold"]\n'
        world = World.make(tmp_path, next_hop, config)
        await world.serve(role="gateway")
        first = await _outbound(world)
        await _until(world, "SELECT name FROM webhooks", [("tickets",)])
        await first.stop(kill=True)
        reply = (await world.send("m", "number")).reply
        assert reply.startswith("250")
        second = await _outbound(world, place)
        assert await second.died() != 0
        # Its lease would end in two minutes.
        world.rows_changed("UPDATE webhook_posts SET due_at = '2000-01-01 00:00:00.000000'")
        third = await _outbound(world)
        await _until(world, "SELECT count(*) FROM webhook_posts", [(0,)])
        await third.stop()
        await world.stop()
    assert len(receiver.posted) == (2 if place == "posted-webhook" else 1)
    assert len({p.event_id for p in receiver.posted}) == 1
    told = Webhook(SECRET).verify(receiver.posted[-1].body, receiver.posted[-1].headers)
    assert told["data"]["mail"]["my_numbers"] == 1

"""kill -9 at every step of a mail's path, with other mail on its way: faults 1 to 7 and 32."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest

from gateway.failpoint import SAID
from gateway.model import HoldState
from tests.faults.world import World, dying_at, judge

KINDS = ("clean", "number", "split")
PIPELINE = ("received", "decided", "intended", "acted", "settled")


async def load(world: World, mails: int) -> None:
    """Clients that send all three kinds side by side; none stops for a lost connection."""
    await asyncio.gather(*(world.send(f"load-{n}", KINDS[n % 3]) for n in range(mails)))


@pytest.mark.parametrize("place", ["reading", *PIPELINE, "dot-sent"])
async def test_a_crash_anywhere_loses_nothing_and_promises_nothing(
    world: World, place: str
) -> None:
    """The gateway dies at the 7th mail to reach the place; started again, all invariants hold."""
    await world.serve(f"{place}:7", role="gateway")
    await load(world, 30)
    assert await world.died() != 0
    assert [a for a in world.attempts if not a.reply], "no client noticed the crash"
    await world.serve(role="gateway")
    await load_again(world)
    await world.stop()
    await judge(world)


async def load_again(world: World) -> None:
    """The client does what clients do: it sends again what it got no success for."""
    done = {a.test_id for a in world.attempts if a.reply.startswith("250")}
    open_ = {a.test_id: a.kind for a in world.attempts if a.test_id not in done}
    for test_id, kind in open_.items():
        again = await world.send(test_id, kind)
        assert again.reply.startswith("250"), again


async def test_a_mail_relayed_but_not_recorded_is_unknown_after_the_start(world: World) -> None:
    """Fault 7: the next hop has it, the client was told nothing: at least once, and on record."""
    await world.serve("acted", role="gateway")
    await world.send("m", "clean")
    await world.died()
    await world.serve(role="gateway")
    await world.stop()
    assert [s for (s,) in world.rows("SELECT state FROM mails")] == ["unknown"]
    assert len(world.next_hop.taken) == 1
    await judge(world)


async def test_a_staged_hold_vanishes_with_the_relay_that_never_was(world: World) -> None:
    """Fault 2: dead between the intent and the relay: no 250 was given, so nothing is kept."""
    await world.serve("intended", role="gateway")
    await world.send("m", "split")
    await world.died()
    await world.serve(role="gateway")
    await world.stop()
    assert world.rows("SELECT hold_id FROM holds") == []
    assert world.rows("SELECT queue_id FROM sealed WHERE blob IS NOT NULL") == []
    assert world.next_hop.taken == []
    await judge(world)


async def test_a_hold_committed_before_the_crash_is_there_once(world: World) -> None:
    """Fault 3: committed, dead before the 250: held once; the client's second try is a second."""
    await world.serve("intended", role="gateway")
    await world.send("m", "number")
    await world.died()
    await world.serve(role="gateway")
    assert world.rows("SELECT state FROM holds") == [("parked",)]
    again = await world.send("m", "number")
    assert again.reply.startswith("250")
    await world.stop()
    assert world.rows("SELECT state FROM holds") == [("parked",), ("parked",)]
    await judge(world)


@pytest.mark.parametrize("place", ["claimed-release", "delivered-release"])
async def test_a_released_mail_survives_the_worker(world: World, place: str) -> None:
    """A released hold is ours: when the worker dies with it in hand, it is sent again."""
    await world.serve(role="gateway")
    reply = (await world.send("m", "number")).reply
    hold_id = reply.rpartition("id=")[2]
    status, said = await world.sekisho("holds", "release", hold_id, "--reason", "test")
    assert status == 0, said
    outbound = World(world.house, world.next_hop, world.port)
    await _outbound(outbound, place)
    assert await outbound.died() != 0
    if place == "delivered-release":  # its dot was sent: it waits for the lease to end
        world.rows_changed("UPDATE deliveries SET leased_until = '2000-01-01 00:00:00.000000'")
    await _outbound(outbound, "")
    try:
        async with asyncio.timeout(20):
            while await _state(world, hold_id) != HoldState.DELIVERED:  # noqa: ASYNC110 - a process
                await asyncio.sleep(0.1)
    finally:
        await outbound.stop()
    copies = [t for t in world.next_hop.taken if t.mail_from]
    assert len(copies) == (2 if place == "delivered-release" else 1)
    await world.stop()


async def _outbound(world: World, failpoint: str) -> None:
    with world.log.open("ab") as out:
        world.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "gateway", "serve", "-c", str(world.house.config_path),
            "--role", "outbound", stdout=out, stderr=out,
            env=dying_at(failpoint),
        )  # fmt: skip


async def _state(world: World, hold_id: str) -> str:
    ((state,),) = world.rows(f"SELECT state FROM holds WHERE hold_id = '{hold_id}'")
    return str(state)


async def test_all_holds_are_there_after_a_restart(world: World) -> None:
    """Fault 32, with a hundred: all listed, all released."""
    await world.serve(role="gateway")
    for batch in range(10):
        await asyncio.gather(*(world.send(f"h-{batch}-{n}", "number") for n in range(10)))
    await world.stop(kill=True)
    await world.serve(role="gateway")
    status, listed = await world.sekisho("holds", "list", "--json")
    assert (status, len(listed.splitlines())) == (0, 100)
    await world.stop()
    await judge(world)


@pytest.mark.parametrize(
    ("environment", "dies"),
    [
        ({"SEKISHO_FAILPOINT": "x"}, False),
        ({"SEKISHO_FAILPOINT": "x", "SEKISHO_MAY_BE_KILLED": "1"}, False),
        ({"SEKISHO_FAILPOINT": "y", "SEKISHO_MAY_BE_KILLED": SAID}, False),
        ({"SEKISHO_FAILPOINT": "x", "SEKISHO_MAY_BE_KILLED": SAID}, True),
    ],
)
def test_a_place_to_die_needs_both_words(environment: dict[str, str], dies: bool) -> None:
    code = "from gateway.failpoint import reached; reached('x')"
    ended = subprocess.run([sys.executable, "-c", code], env=environment, check=False)
    assert ended.returncode == (-9 if dies else 0)

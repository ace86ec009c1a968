from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.faults.world import World
from tests.wire.next_hop import ScriptedNextHop


@pytest.fixture
async def next_hop() -> AsyncIterator[ScriptedNextHop]:
    hop = await ScriptedNextHop().start()
    yield hop
    await hop.stop()


@pytest.fixture
async def world(tmp_path: Path, next_hop: ScriptedNextHop) -> AsyncIterator[World]:
    world = World.make(tmp_path, next_hop)
    yield world
    await world.stop(kill=True)

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.house import House
from tests.wire.next_hop import ScriptedNextHop


@pytest.fixture
async def next_hop() -> AsyncIterator[ScriptedNextHop]:
    hop = await ScriptedNextHop().start()
    yield hop
    await hop.stop()


@pytest.fixture
async def house(tmp_path: Path, next_hop: ScriptedNextHop) -> AsyncIterator[House]:
    house = await House(tmp_path, next_hop).start()
    yield house
    await house.stop()

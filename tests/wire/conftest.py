from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from tests.house import House
from tests.wire.attempts import IMPATIENT
from tests.wire.next_hop import ScriptedNextHop

Build = Callable[..., Awaitable[House]]  # a started house with these settings


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


@pytest.fixture
async def build(tmp_path: Path, next_hop: ScriptedNextHop) -> AsyncIterator[Build]:
    houses: list[House] = []

    async def start(**settings: str) -> House:
        houses.append(await House(tmp_path, next_hop, **settings).start())
        return houses[-1]

    yield start
    for house in houses:
        await house.stop()


@pytest.fixture
async def impatient(build: Build) -> House:
    return await build(config=IMPATIENT)

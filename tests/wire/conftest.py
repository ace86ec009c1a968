from __future__ import annotations

import io
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from gateway import log as logs
from tests.house import House
from tests.wire.attempts import IMPATIENT
from tests.wire.next_hop import ScriptedNextHop

Build = Callable[..., Awaitable[House]]  # a started house with these settings


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What is logged meanwhile, from debug on, a JSON object a line."""
    stream = io.StringIO()
    logs.configure(level="debug", style="json", stream=stream)
    yield stream
    logs.configure(level="warning")


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

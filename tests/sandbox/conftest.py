"""What the machine must give for a test of its walls."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from gateway.sandbox import Layer, WorkerLimits, WorkerPool


@pytest.fixture(scope="session")
def missing_walls() -> tuple[Layer, ...]:
    async def ask() -> tuple[Layer, ...]:
        pool = WorkerPool("tests.sandbox.targets:echo", 0, WorkerLimits())
        await pool.start()
        await pool.stop()
        return pool.confinement.missing

    return asyncio.run(ask())


@pytest.fixture
def needs_walls(missing_walls: tuple[Layer, ...], require: Callable[[bool, str], None]) -> None:
    require(not missing_walls, f"walls that this machine does not give: {missing_walls}")

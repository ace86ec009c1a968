from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.store import Store
from tests.console.browser import Console
from tests.store.mails import Clock, Keys


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def store(tmp_path: Path, clock: Clock) -> AsyncIterator[Store]:
    opened = await Store.open(
        f"sqlite:{tmp_path / 'sekisho.db'}", Keys().sealer, writer="console", clock=clock
    )
    yield opened
    await opened.close()


@pytest.fixture
async def console(store: Store, clock: Clock) -> AsyncIterator[Console]:
    started = await Console(store, clock).start()
    yield started
    await started.stop()

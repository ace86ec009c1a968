from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.store import Store
from tests.sender.waiting import Page, page
from tests.store.mails import Clock, Keys


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keys() -> Keys:
    return Keys()


@pytest.fixture
async def store(tmp_path: Path, keys: Keys, clock: Clock) -> AsyncIterator[Store]:
    opened = await Store.open(
        f"sqlite:{tmp_path / 'sekisho.db'}", keys.sealer, writer="sender", clock=clock
    )
    yield opened
    await opened.close()


@pytest.fixture
async def sender(store: Store, clock: Clock, keys: Keys) -> AsyncIterator[Page]:
    async with page(store, clock, keys) as served:
        yield served

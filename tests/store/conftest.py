from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from gateway.store import Store
from tests.store.databases import cluster, url
from tests.store.mails import Clock, Keys

__all__ = ["cluster", "url"]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keys() -> Keys:
    return Keys()


@pytest.fixture
async def store(url: str, keys: Keys, clock: Clock) -> AsyncIterator[Store]:
    opened = await Store.open(url, keys.sealer, clock=clock)
    yield opened
    await opened.close()

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.resolve.server import NameServer


@pytest.fixture
async def server() -> AsyncIterator[NameServer]:
    started = await NameServer().start()
    yield started
    await started.stop()

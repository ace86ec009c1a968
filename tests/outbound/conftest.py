from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from gateway.outbound.client import NextHop, NextHopSettings
from tests.wire.next_hop import ScriptedNextHop


@pytest.fixture
async def server() -> AsyncIterator[ScriptedNextHop]:
    hop = await ScriptedNextHop().start()
    yield hop
    await hop.stop()


@pytest.fixture
async def client(server: ScriptedNextHop) -> AsyncIterator[NextHop]:
    client = NextHop(quick(server))
    yield client
    await client.close()


def quick(server: ScriptedNextHop, **more: object) -> NextHopSettings:
    """Settings with timers that a test can wait for."""
    settings: dict[str, object] = {
        "connect_timeout_s": 2.0,
        "verb_timeout_s": 1.0,
        "probe_timeout_s": 0.5,
        "data_timeout_s": 1.0,
        "after_dot_timeout_s": 1.0,
    }
    return NextHopSettings("127.0.0.1", server.port, "gateway.example", **(settings | more))  # type: ignore[arg-type]


Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@contextlib.asynccontextmanager
async def listening(serve: Serve) -> AsyncIterator[int]:
    """A server of the test's own on loopback; gives its port, and waits for it to be done."""
    sessions: list[asyncio.Task[None]] = []

    async def session(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        sessions.append(asyncio.current_task())  # type: ignore[arg-type]
        with contextlib.suppress(ConnectionError):
            await serve(reader, writer)
        writer.transport.abort()

    server = await asyncio.start_server(session, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()
    await asyncio.gather(*sessions)
    await server.wait_closed()

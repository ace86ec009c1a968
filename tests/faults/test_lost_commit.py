"""Fault 23 with a server: PostgreSQL is lost in the middle of a COMMIT."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg
import pytest

from tests.faults.test_crashes import load, load_again
from tests.faults.world import World, judge
from tests.store.databases import OWNER, Cluster, cluster

__all__ = ["cluster"]
_SOCKET = ".s.PGSQL.5432"


@dataclass
class Proxy:
    """Stands before PostgreSQL, and hangs up at the COMMIT of a change when it is told to."""

    directory: Path
    behind: Path
    hang_up: str = ""  # "before" the COMMIT goes on, or "after": its answer is lost
    left: int = 0  # COMMITs until then
    hung_up: int = 0
    _server: asyncio.Server | None = field(default=None, repr=False)
    _open: set[asyncio.StreamWriter] = field(default_factory=set, repr=False)

    async def start(self) -> Proxy:
        self._server = await asyncio.start_unix_server(self._serve, self.directory / _SOCKET)
        return self

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for writer in tuple(self._open):
            writer.close()
        while self._open:  # noqa: ASYNC110 - each ends when it reads that
            await asyncio.sleep(0.01)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        there, back = await asyncio.open_unix_connection(self.behind / _SOCKET)
        session = _Session()
        answers = asyncio.create_task(session.pour(there, writer))
        try:
            while octets := await reader.read(1 << 16):
                if b"COMMIT" in octets and session.has_written() and self._now():
                    answers.cancel()
                    await asyncio.wait({answers})
                    if self.hang_up == "after":
                        back.write(octets)
                        await there.read(1 << 16)  # it is committed
                    self.hang_up = ""
                    self.hung_up += 1
                    break
                back.write(octets)
        except ConnectionError:
            pass
        finally:
            self._open.discard(writer)
            answers.cancel()
            writer.close()
            back.close()

    def _now(self) -> bool:
        self.left -= 1
        return bool(self.hang_up) and self.left <= 0


class _Session:
    """One connection: whether its transaction changed anything, by the server's own words."""

    def __init__(self) -> None:
        self._wrote = False

    def has_written(self) -> bool:
        wrote, self._wrote = self._wrote, False
        return wrote

    async def pour(self, source: asyncio.StreamReader, into: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while octets := await source.read(1 << 16):
                self._wrote |= b"INSERT 0" in octets or b"UPDATE 1" in octets
                into.write(octets)
        into.close()


@pytest.fixture
def short() -> Iterator[Path]:
    """A directory whose name leaves room for a socket's."""
    with TemporaryDirectory(prefix="proxy-", dir="/tmp") as made:
        yield Path(made)


@pytest.fixture
async def proxy(short: Path, cluster: Cluster) -> AsyncIterator[Proxy]:
    made = await Proxy(short, cluster.socket).start()
    yield made
    await made.stop()


@pytest.mark.parametrize("where", ["before", "after"])
async def test_a_server_lost_while_committing_loses_nothing_and_ends_the_process(
    world: World, cluster: Cluster, proxy: Proxy, where: str
) -> None:
    """Nobody knows whether it was committed: 451, exit 74, and a new process that looks."""
    database = (await cluster.fresh()).partition("?")[0].rpartition("/")[2]
    with world.house.config_path.open("a") as config:
        config.write(
            f'\n[store]\nurl = "postgresql://{OWNER}@/{database}?host={proxy.directory}"\n'
        )

    async def ask(query: str) -> list[tuple[object, ...]]:
        connection = await asyncpg.connect(host=str(cluster.socket), user=OWNER, database=database)
        try:
            return [tuple(row) for row in await connection.fetch(query)]
        finally:
            await connection.close()

    world.ask = ask
    await world.serve(role="gateway")
    assert (await world.send("before", "number")).reply.startswith("250")
    proxy.hang_up, proxy.left = where, 3
    await load(world, 12)
    assert proxy.hung_up == 1
    assert await world.died() == 74
    assert [a for a in world.attempts if a.reply.startswith("451")], "somebody was told to wait"
    await world.serve(role="gateway")
    await load_again(world)
    await world.stop()
    await judge(world)

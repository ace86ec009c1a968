"""A fresh database for a test, on SQLite and on a real PostgreSQL of its own."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest

from gateway.store import upgrade

OWNER = "sekisho"
_counter = itertools.count()


@dataclass
class Cluster:
    """A running PostgreSQL that only its unix socket reaches."""

    socket: Path
    migrated: bool = False  # whether the template database is there

    def url(self, database: str) -> str:
        return f"postgresql://{OWNER}@/{database}?host={self.socket}"

    async def run(self, statement: str) -> None:
        connection = await asyncpg.connect(host=str(self.socket), user=OWNER, database="postgres")
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    async def fresh(self) -> str:
        """A new database with the schema in it."""
        if not self.migrated:
            await self.run("CREATE DATABASE migrated")
            await upgrade(self.url("migrated"))
            self.migrated = True
        name = f"t{os.getpid()}_{next(_counter)}"
        await self.run(f"CREATE DATABASE {name} TEMPLATE migrated")
        return self.url(name)

    async def empty(self) -> str:
        name = f"e{os.getpid()}_{next(_counter)}"
        await self.run(f"CREATE DATABASE {name}")
        return self.url(name)


def _program(name: str) -> str | None:
    found = shutil.which(name)
    installed = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return found or (str(installed[-1]) if installed else None)


def missing(reason: str) -> None:
    if os.environ.get("SEKISHO_REQUIRE_ALL") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    yield from running("-c fsync=off")


def running(settings: str) -> Iterator[Cluster]:
    """Start a PostgreSQL with these settings; stop and remove it in the end."""
    initdb, pg_ctl = _program("initdb"), _program("pg_ctl")
    if initdb is None or pg_ctl is None:
        missing("no PostgreSQL: initdb and pg_ctl are not on PATH nor in /usr/lib/postgresql")
    assert initdb is not None
    assert pg_ctl is not None
    root = Path(tempfile.mkdtemp(prefix="sekisho-pg-", dir="/tmp"))
    user: dict[str, object] = {}
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        try:
            shutil.chown(root, "postgres", "postgres")
        except LookupError:
            missing("no PostgreSQL: running as root and there is no user postgres")
        user = {"user": "postgres", "group": "postgres", "extra_groups": []}
    data = root / "data"
    options = f"-c listen_addresses='' -k {root} -c max_connections=60 {settings}"

    def call(*command: str) -> None:
        subprocess.run(command, check=True, cwd=root, capture_output=True, timeout=90, **user)  # type: ignore[call-overload]

    call(initdb, "-D", str(data), "-U", OWNER, "-A", "trust", "-E", "UTF8", "--no-sync")
    call(pg_ctl, "-D", str(data), "-w", "-l", str(root / "log"), "-o", options, "start")
    try:
        yield Cluster(root)
    finally:
        call(pg_ctl, "-D", str(data), "-m", "immediate", "stop")
        shutil.rmtree(root, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
async def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database with the schema in it."""
    if request.param == "sqlite":
        address = f"sqlite:{tmp_path / 'sekisho.db'}"
        await upgrade(address)
        return address
    running: Cluster = request.getfixturevalue("cluster")
    return await running.fresh()

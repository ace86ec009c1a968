"""One database, two dialects: SQLite (aiosqlite) and PostgreSQL (asyncpg).

Answers: ``Database.write`` and ``Database.read``, each one transaction; ``address`` turns
the configured URL into SQLAlchemy's.
SQLite runs in WAL with synchronous=FULL (a commit is on the disk before a 250 is given),
secure_delete, foreign keys and a busy timeout; one writer at a time, in order of arrival.
PostgreSQL commits synchronously and waits for a lock as long as SQLite does.
Trusts: the URL. Fails: ``StoreError``; its text names the fault and holds no bound value.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, nullcontext
from functools import partial
from json import dumps
from pathlib import Path
from typing import Any

import asyncpg  # type: ignore[import-untyped]  # it ships no types
from sqlalchemy import URL, Connection, Table, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from gateway.errors import StoreError
from gateway.masking import mask

LOCK_WAIT_S = 5.0  # how long a writer waits for another; then 451
STATEMENT_S = 60.0  # PostgreSQL: one statement; a 50 MB mail over a slow line fits
CONNECTIONS = 8  # open connections of one process

_PRAGMAS = (
    f"PRAGMA busy_timeout={int(LOCK_WAIT_S * 1000)}",
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA secure_delete=ON",
    "PRAGMA foreign_keys=ON",
)
_FOREIGN = (
    SQLAlchemyError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    OSError,
    TimeoutError,
)


def address(url: str) -> URL:
    """Return SQLAlchemy's URL for ours: ``sqlite:PATH`` or ``postgresql://user@host/db``."""
    if url.startswith("sqlite:"):
        return URL.create("sqlite+aiosqlite", database=str(Path(url.removeprefix("sqlite:"))))
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise StoreError("store.url is neither sqlite:PATH nor postgresql://…") from None
    if parsed.drivername not in ("postgresql", "postgres"):
        raise StoreError(f"store.url: {parsed.drivername} is not a database we know")
    return parsed.set(drivername="postgresql+asyncpg")


class Database:
    """The engine and its two kinds of transaction."""

    def __init__(self, url: str) -> None:
        self.url = address(url)
        self.engine = _sqlite(self.url) if self.embedded else _postgresql(self.url)
        self._turn = asyncio.Lock() if self.embedded else None

    @property
    def embedded(self) -> bool:
        """Whether it is SQLite, a file of ours alone."""
        return self.url.get_backend_name() == "sqlite"

    async def close(self) -> None:
        await self.engine.dispose()

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """One transaction that changes something: durable when this returns."""
        async with self._turn or nullcontext(), self._transaction(writes=True) as connection:
            yield connection

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """One transaction that only looks."""
        async with self._transaction(writes=False) as connection:
            yield connection

    @asynccontextmanager
    async def _transaction(self, *, writes: bool) -> AsyncIterator[AsyncConnection]:
        try:
            async with self.engine.connect() as connection:
                await connection.execution_options(sekisho_writes=writes)
                async with connection.begin():
                    yield connection
        except _FOREIGN as error:
            raise StoreError(f"database: {_cause(error)}") from error


async def insert_once(
    connection: AsyncConnection, table: Table, rows: Sequence[dict[str, Any]]
) -> None:
    """Insert rows, leaving those whose key is there already as they are."""
    if not rows:
        return
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    await connection.execute(insert(table).on_conflict_do_nothing(), rows)


def _cause(error: BaseException) -> str:
    """Name the fault: the driver's first line, masked; never statement or parameters."""
    origin = error.orig if isinstance(error, DBAPIError) and error.orig else error
    first = (str(origin).splitlines() or [""])[0]
    return f"{type(origin).__name__}: {mask(first)[:200]}"


def _sqlite(url: URL) -> AsyncEngine:
    _touch(Path(url.database or ""))
    engine = create_async_engine(
        url,
        hide_parameters=True,
        json_serializer=partial(dumps, ensure_ascii=False),
        pool_size=CONNECTIONS,
        connect_args={"timeout": LOCK_WAIT_S},
    )
    event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def _touch(path: Path) -> None:
    """Make the file with the owner's rights alone; SQLite gives its WAL the same."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise StoreError(f"database {path}: {error.strerror}") from error


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver begins nothing: _begin_sqlite does
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A writer takes its lock at once: upgrading a read lock later fails without waiting.
    writes = connection.get_execution_options().get("sekisho_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _postgresql(url: URL) -> AsyncEngine:
    return create_async_engine(
        url,
        hide_parameters=True,
        json_serializer=partial(dumps, ensure_ascii=False),
        pool_size=CONNECTIONS,
        pool_timeout=LOCK_WAIT_S,
        connect_args={
            "timeout": LOCK_WAIT_S,
            "command_timeout": STATEMENT_S,
            "server_settings": {
                "application_name": "sekisho",
                "synchronous_commit": "on",
                "lock_timeout": str(int(LOCK_WAIT_S * 1000)),
            },
        },
    )

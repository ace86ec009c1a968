"""One database, two dialects: SQLite (aiosqlite) and PostgreSQL (asyncpg).

Answers: ``Database.write`` and ``Database.read``, each one transaction; ``Database.group``,
one transaction for what many mails wait for; ``address`` turns the configured URL into
SQLAlchemy's.
SQLite runs in WAL with synchronous=FULL (a commit is on the disk before a 250 is given),
secure_delete, foreign keys and a busy timeout; one writer at a time, in order of arrival.
PostgreSQL commits synchronously and waits for a lock as long as SQLite does.
Trusts: the URL. Fails: ``StoreError``, whose text names the fault and holds no bound value;
after a fault that ``faults`` calls lasting, every write fails at once with the first cause.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, nullcontext
from functools import partial
from json import JSONEncoder
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import structlog
from sqlalchemy import (
    URL,
    Connection,
    Dialect,
    Table,
    event,
    make_url,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from gateway.errors import StoreError
from gateway.store.faults import FOREIGN, LastingError, fault
from gateway.store.thread import WriterThread

log = structlog.get_logger(__name__)
T = TypeVar("T")
_JSON = JSONEncoder(ensure_ascii=False).encode

LOCK_WAIT_S = 5.0  # how long a writer waits for another; then 451
STATEMENT_S = 60.0  # PostgreSQL: one statement; a 50 MB mail over a slow line fits
CONNECTIONS = 8  # open connections of one process
STATEMENTS_KEPT = 256  # compiled statements that a connection keeps
WAL_PAGES = 4000  # SQLite: 16 MB of log, then it goes into the database
WAL_BYTES = 64 * 1024 * 1024  # SQLite: the log's file is cut back to this

_PRAGMAS = (
    f"PRAGMA busy_timeout={int(LOCK_WAIT_S * 1000)}",
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA secure_delete=ON",
    "PRAGMA foreign_keys=ON",
    f"PRAGMA wal_autocheckpoint={WAL_PAGES}",
    f"PRAGMA journal_size_limit={WAL_BYTES}",
    "PRAGMA cache_size=-16384",
)


_BEGIN_WRITE = "BEGIN IMMEDIATE"


def address(url: str) -> URL:
    """Return SQLAlchemy's URL for ours: ``sqlite:PATH`` or ``postgresql://user@host/db``."""
    if url.startswith("sqlite:"):
        path = Path(url.removeprefix("sqlite:")).absolute()
        # mode=rw: a connection opened after the file is gone must not make an empty one.
        return URL.create(
            "sqlite+aiosqlite",
            database=f"file:{quote(str(path))}",
            query={"mode": "rw", "uri": "true"},
        )
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise StoreError("store.url is neither sqlite:PATH nor postgresql://…") from None
    if parsed.drivername not in ("postgresql", "postgres"):
        raise StoreError(f"store.url: {parsed.drivername} is not a database we know")
    return parsed.set(drivername="postgresql+asyncpg")


class Database:
    """The engine and its kinds of transaction."""

    def __init__(self, url: str) -> None:
        self.given = url  # as configured; can hold a password
        self.url = address(url)
        self.path = Path(url.removeprefix("sqlite:")).absolute() if self.embedded else None
        self.fault: str | None = None  # why nothing is written any more; None: all is well
        self.on_fault: Callable[[str], None] | None = None  # told once
        self.engine = _postgresql(self.url) if self.path is None else _sqlite(self.url, self.path)
        self._identity = _identity(self.path)
        self._turn = asyncio.Lock() if self.embedded else None
        self._thread: WriterThread | None = None

    @property
    def embedded(self) -> bool:
        """Whether it is SQLite, a file of ours alone."""
        return self.url.get_backend_name() == "sqlite"

    @property
    def dialect(self) -> Dialect:
        """What statements are compiled for."""
        return self.engine.dialect

    async def close(self) -> None:
        if self._thread is not None:
            await self._thread.close()
            self._thread = None
        await self.engine.dispose()

    def require_sound(self) -> None:
        """Look whether the file is still the one we opened, and whether all was well so far."""
        if self.fault is None and _identity(self.path) != self._identity:
            self.condemn(f"{self.path} was deleted, emptied or replaced while in use")
        self.require_in_service()

    def made(self) -> None:
        """The file has its tables now: from here on it is never empty."""
        self._identity = _identity(self.path)

    def require_in_service(self) -> None:
        """Raise ``StoreError`` once the store was found unsound."""
        if self.fault is not None:
            raise LastingError(f"store out of service: {self.fault}")

    def condemn(self, cause: str) -> None:
        """Write nothing any more: what the disk holds is not certain."""
        if self.fault is not None:
            return
        self.fault = cause
        log.critical("store-out-of-service", cause=cause)
        if self.on_fault is not None:
            self.on_fault(cause)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """One transaction that changes something: durable when this returns."""
        self.require_sound()
        async with self._turn or nullcontext(), self._transaction(writes=True) as connection:
            yield connection

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """One transaction that only looks."""
        async with self._transaction(writes=False) as connection:
            yield connection

    async def group(self, work: Callable[[Any], T]) -> T:
        """Run ``work`` on the one DB-API connection that group commits use; it makes its own
        transactions with ``transaction``."""
        self.require_sound()
        try:
            if self._turn is None or self.path is None:
                async with self.engine.connect() as connection:
                    return await connection.run_sync(lambda c: work(c.connection.dbapi_connection))
            async with self._turn:
                if self._thread is None:
                    self._thread = WriterThread(partial(_sqlite_writer, self.path))
                return await self._thread.run(work)
        except FOREIGN as error:
            raise self._mapped(error) from error
        except LastingError as error:
            self.condemn(str(error))
            raise

    @asynccontextmanager
    async def _transaction(self, *, writes: bool) -> AsyncIterator[AsyncConnection]:
        ending = False
        try:
            async with self.engine.connect() as connection:
                await connection.execution_options(sekisho_writes=writes)
                begun = await connection.begin()
                try:
                    yield connection
                    ending = writes
                    await begun.commit()
                except BaseException:
                    await begun.rollback()
                    raise
        except FOREIGN as error:
            raise self._mapped(error, ending=ending) from error

    def _mapped(self, error: BaseException, *, ending: bool = False) -> StoreError:
        mapped = fault(error, ending=ending)
        if isinstance(mapped, LastingError):
            self.condemn(str(mapped))
        return mapped


def transaction(connection: Any, work: Callable[[Any], T]) -> T:
    """Run ``work`` with a cursor of a DB-API connection, in one transaction that is durable
    at the end.

    Raises: StoreError: it was rolled back; ``LastingError`` if that is not certain.
    """
    ending = False
    try:
        cursor = connection.cursor()
        try:
            if isinstance(connection, sqlite3.Connection):
                cursor.execute(_BEGIN_WRITE)  # asyncpg's begins by itself
            done = work(cursor)
            ending = True
            connection.commit()
            return done
        except BaseException:
            connection.rollback()
            raise
        finally:
            cursor.close()
    except FOREIGN as error:
        raise fault(error, ending=ending) from error


def insert_or_ignore(table: Table, dialect: Dialect) -> Any:
    """Return an INSERT that leaves rows whose key is there already as they are."""
    insert = sqlite.insert if dialect.name == "sqlite" else postgresql.insert
    return insert(table).on_conflict_do_nothing()


async def insert_once(
    connection: AsyncConnection, table: Table, rows: Sequence[dict[str, Any]]
) -> None:
    """Insert rows, leaving those whose key is there already as they are."""
    if rows:
        await connection.execute(insert_or_ignore(table, connection.dialect), rows)


# ------------------------------------------------------------------ SQLite


def _sqlite(url: URL, path: Path) -> AsyncEngine:
    _touch(path)
    engine = create_async_engine(
        url,
        hide_parameters=True,
        json_serializer=_JSON,
        pool_size=CONNECTIONS,
        connect_args={"timeout": LOCK_WAIT_S},
    )
    event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def _sqlite_writer(path: Path) -> sqlite3.Connection:
    """The connection of the writer's thread; made, used and closed in it."""
    connection = sqlite3.connect(
        f"file:{quote(str(path))}?mode=rw",
        uri=True,
        timeout=LOCK_WAIT_S,
        cached_statements=STATEMENTS_KEPT,
    )
    _prepare_sqlite(connection, None)
    return connection


def _touch(path: Path) -> None:
    """Make the file with the owner's rights alone; SQLite gives its WAL the same."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise StoreError(f"database {path}: {error.strerror}") from error


def _identity(path: Path | None) -> tuple[int, int, bool] | None:
    """Which file stands at ``path``, and whether anything is in it; None when there is none."""
    try:
        found = os.stat(path) if path is not None else None
    except OSError:
        return None
    return (found.st_dev, found.st_ino, found.st_size > 0) if found else None


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver begins nothing: _begin_sqlite does
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A writer takes its lock at once: upgrading a read lock later fails without waiting.
    writes = connection.get_execution_options().get("sekisho_writes")
    connection.exec_driver_sql(_BEGIN_WRITE if writes else "BEGIN")


# ------------------------------------------------------------------ PostgreSQL


def _postgresql(url: URL) -> AsyncEngine:
    return create_async_engine(
        url,
        hide_parameters=True,
        json_serializer=_JSON,
        pool_size=CONNECTIONS,
        pool_timeout=LOCK_WAIT_S,
        pool_use_lifo=True,  # the connection that knows our statements is used again
        connect_args={
            "timeout": LOCK_WAIT_S,
            "command_timeout": STATEMENT_S,
            "prepared_statement_cache_size": STATEMENTS_KEPT,
            "server_settings": {
                "application_name": "sekisho",
                "synchronous_commit": "on",
                "lock_timeout": str(int(LOCK_WAIT_S * 1000)),
            },
        },
    )

"""What went wrong in the database, and whether anything may be written after it.

Answers: ``fault`` maps a driver's exception to ``StoreError``, ``BusyError`` (somebody else
holds the lock: try again later) or ``LastingError`` (what the disk holds is not certain).
Lasting are: a commit that failed, since a failed fsync may have dropped pages that a second
one reports as written; an input/output error, a damaged file, one that became read-only.
Not lasting are a full disk, which SQLite rolls back from and which ends by itself, and a
server that cannot be reached.
Trusts: the driver's error codes. Fails: never; the text holds no bound value.
"""

from __future__ import annotations

import sqlite3

import asyncpg  # type: ignore[import-untyped]  # it ships no types
from sqlalchemy.dialects.postgresql.asyncpg import AsyncAdapt_asyncpg_dbapi
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from gateway.errors import StoreError
from gateway.masking import mask

FOREIGN = (
    SQLAlchemyError,
    sqlite3.Error,  # this and the next: from a cursor, which SQLAlchemy does not stand before
    AsyncAdapt_asyncpg_dbapi.Error,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    OSError,
    TimeoutError,
)
_LASTING = {
    sqlite3.SQLITE_PERM: "no permission",
    sqlite3.SQLITE_READONLY: "read-only",
    sqlite3.SQLITE_IOERR: "input/output error",
    sqlite3.SQLITE_CORRUPT: "damaged, restore the backup",
    sqlite3.SQLITE_NOTADB: "not a database",
}
_PASSING = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL)
_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_PG_BUSY = ("55P03", "40P01", "40001")  # lock not available, deadlock, serialisation


class BusyError(StoreError):
    """Somebody else held the database for longer than we wait."""


class LastingError(StoreError):
    """The store is out of service until this process is replaced."""


def fault(error: BaseException, *, ending: bool = False) -> StoreError:
    """Return the error of ours for a driver's.

    Args:
        ending: it came while committing, so that the outcome is not known.
    """
    origin = error.orig if isinstance(error, DBAPIError) and error.orig else error
    text = f"database: {_cause(origin)}"
    code = getattr(origin, "sqlite_errorcode", None)
    if code is None:
        busy = getattr(origin, "sqlstate", None) in _PG_BUSY
        kind: type[StoreError] = BusyError if busy else LastingError if ending else StoreError
        return kind(f"{text}, while committing" if ending else text)
    primary = code & 0xFF
    if primary in _LASTING:
        return LastingError(f"{text} ({_LASTING[primary]})")
    if primary in _BUSY:
        return BusyError(text)
    if ending and primary not in _PASSING:
        return LastingError(f"{text}, while committing")
    return StoreError(text)


def _cause(origin: BaseException) -> str:
    """Name the fault: the driver's first line, masked; never statement or parameters."""
    first = (str(origin).splitlines() or [""])[0]
    return f"{type(origin).__name__}: {mask(first)[:200]}"

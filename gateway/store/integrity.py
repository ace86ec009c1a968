"""The check of an embedded database before it is served.

Answers: ``check_integrity`` lets SQLite walk its own pages (``PRAGMA quick_check``) for at
most ``CHECK_S``; what could not be looked at in that time is said in the log.
Trusts: nothing; a server's database is the server's to check.
Fails: ``StoreError`` with what to do, for a file that is damaged or no database.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from pathlib import Path

import structlog

from gateway.errors import StoreError
from gateway.masking import mask

log = structlog.get_logger(__name__)

CHECK_S = 10.0
_STEPS = 100_000  # of SQLite's machine between two looks at the clock: some milliseconds


async def check_integrity(url: str, limit_s: float = CHECK_S) -> None:
    """Raise ``StoreError`` when the embedded database at ``url`` is damaged."""
    if url.startswith("sqlite:"):
        await asyncio.to_thread(_check, Path(url.removeprefix("sqlite:")), limit_s)


def _check(path: Path, limit_s: float) -> None:
    if not path.exists() or path.stat().st_size == 0:
        return
    ends = time.monotonic() + limit_s
    try:
        connection = sqlite3.connect(path, timeout=limit_s)
        try:
            connection.set_progress_handler(lambda: time.monotonic() > ends, _STEPS)
            found = [str(row[0]) for row in connection.execute("PRAGMA quick_check(3)")]
        finally:
            connection.close()
    except sqlite3.Error as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
            log.warning("integrity-check-unfinished", limit_s=limit_s)
            return
        if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
            raise StoreError(f"database {path} is locked by another program") from error
        found = [str(error)]
    if found != ["ok"]:
        raise StoreError(
            f"database {path} is damaged ({mask(found[0])[:200]}): "
            "stop, keep the file for the investigation, and restore the backup"
        )

"""Which database this is: a name in it, and the same name in a file beside the keys.

Answers: ``require_there`` and ``require_same`` refuse a database that is gone, empty or not
the one that was served here before: an empty one in its place would forget every parked mail
without a word. ``remember`` makes the name and the file on the first start; ``accept`` takes
another database on purpose, and records who did and why.
Trusts: the file, which lies with the keys and not with the database's backup. Where it is
missing, any database is taken: that is how a first start looks.
Fails: ``StoreLostError`` in both languages, with the command that goes on all the same.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import structlog
from sqlalchemy import Connection, inspect, select
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.errors import StoreError
from gateway.i18n import languages, text
from gateway.ids import new_id
from gateway.store.audit import append
from gateway.store.database import Database, insert_once
from gateway.store.keyring import note_keys
from gateway.store.keys import public_path, put_once
from gateway.store.schema import require_current, upgrade_database
from gateway.store.tables import identity

log = structlog.get_logger(__name__)

WRITER = "desk"  # audit chain that an acceptance stands in
_ONE = 1  # the key of the table's one row


class StoreLostError(StoreError):
    """The database that was served here is gone, or another stands in its place."""


def marker_path(key_file: Path) -> Path:
    """Where the name stands: ``keys.store`` beside ``keys.toml``."""
    return key_file.with_suffix(".store")


def remembered(marker: Path) -> str | None:
    """Return the name of the database that was served here; None before the first start."""
    try:
        return marker.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise StoreError(f"store marker {marker} cannot be read") from error


def require_there(url: str, marker: Path) -> None:
    """Refuse an embedded database that is gone or empty, before a new one is made.

    Raises: StoreLostError
    """
    if not url.startswith("sqlite:") or not remembered(marker):
        return
    path = Path(url.removeprefix("sqlite:"))
    try:
        empty = path.stat().st_size == 0
    except OSError:
        empty = True
    if empty:
        raise _lost("store-gone", path=path, marker=marker)


async def require_same(database: Database, marker: Path) -> None:
    """Refuse a database that is not the one that was served here.

    Raises: StoreLostError
    """
    expected = remembered(marker)
    if expected is None:
        return
    async with database.read() as connection:
        there = await connection.run_sync(_has_table)
        found = await _found(connection) if there else None
    if found != expected:
        raise _lost("store-other", path=database.path or "PostgreSQL", marker=marker)


async def remember(database: Database, marker: Path) -> None:
    """Make the name where there is none, and put it beside the keys."""
    if remembered(marker) is not None:
        return
    async with database.read() as connection:
        found = await _found(connection)
    if found is None:
        async with database.write() as connection:
            found = await _named(connection)
    _put(marker, found)


async def accept(url: str, key_file: Path, actor: str, reason: str, now: datetime) -> str:
    """Take the database at ``url`` for the one to serve, a new one if there is none.

    It is served with the keys at ``key_file`` then, if they are there.

    Returns: its name. The audit log of that database says who took it, and why.
    """
    marker = marker_path(key_file)
    before = remembered(marker)
    database = Database(url)
    try:
        if database.embedded:
            await upgrade_database(database)
        await require_current(database)
        async with database.write() as connection:
            found = await _named(connection)
            if public_path(key_file).exists():
                await note_keys(connection, key_file, now)
            await append(
                connection,
                WRITER,
                now,
                actor=actor,
                action="store-accepted",
                about=found,
                detail={"before": before or "", "reason": reason},
            )
    finally:
        await database.close()
    _forget(marker)
    _put(marker, found)
    return found


def _forget(marker: Path) -> None:
    marker.unlink(missing_ok=True)


def _has_table(connection: Connection) -> bool:
    return inspect(connection).has_table(identity.name)


async def _found(connection: AsyncConnection) -> str | None:
    found: str | None = (await connection.execute(select(identity.c.store_id))).scalar()
    return found


async def _named(connection: AsyncConnection) -> str:
    await insert_once(connection, identity, [{"one": _ONE, "store_id": new_id()}])
    return await _found(connection) or ""


def _put(marker: Path, name: str) -> None:
    try:
        marker.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        put_once(marker, f"{name}\n")
    except OSError as error:
        # Keys in a place that nobody may write: the loss of the database will not be noticed.
        log.warning("store-marker-not-written", file=str(marker), cause=error.strerror)


def _lost(key: str, **values: object) -> StoreLostError:
    return StoreLostError(" / ".join(text("store", key, lang, **values) for lang in languages()))

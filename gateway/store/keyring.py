"""Turning the keys: a new one seals, what lives is wrapped anew, an old one is destroyed.

Answers: ``KeyRing.rotate``, ``rewrap`` (the same, to finish what was interrupted), ``listed``,
``destroy`` and ``confirm_gone``; ``require_keys`` refuses to start where the key file is lost.
Only data keys are wrapped anew, never mails sealed anew. Each batch is one transaction with
its audit entry, and compares before it sets, so it may be killed and run again.
A mail is destroyed in two stages: its wrapped key is gone here (``retention``); and every
dated key that ever wrapped it is gone everywhere, backups included, which only an
administrator can know (``confirm_gone``).
Trusts: the administrator's word for the second stage.
Fails: ``KeyMissingError`` without the old key; ``UsageError`` for a key that is still needed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Table, and_, func, inspect, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.errors import KeyMissingError, NotFoundError, StoreError, UsageError
from gateway.store.audit import append
from gateway.store.database import Database, insert_once
from gateway.store.keys import (
    add_key,
    key_ids,
    load_opener,
    load_sealer,
    public_path,
    remove_key,
    require_removable,
)
from gateway.store.records import delivery_context, hold_context, mail_context, review_context
from gateway.store.tables import deliveries, holds, reviews, seal_keys, sealed
from gateway.store.writers import elsewhere

BATCH = 200  # wrapped keys in one transaction: some 50 ms
RETIRED_FOR = timedelta(minutes=10)  # then no mail sealed with it waits for its commit
_WRAPPED: tuple[tuple[Table, Column[Any], Callable[[str], str]], ...] = (
    (sealed, sealed.c.queue_id, mail_context),
    (holds, holds.c.hold_id, hold_context),
    (deliveries, deliveries.c.delivery_id, delivery_context),
    (reviews, reviews.c.review_id, review_context),
)


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """What is known of one dated key."""

    kek_id: str
    seals: bool  # new mail is sealed with it
    here: bool  # in this machine's key file
    wrapped: int  # live rows that need it
    destroyed_mails: int  # mails whose wrapped key is gone here, and that it wrapped once
    destroyed_at: datetime | None  # taken out of this machine's key file
    gone_at: datetime | None  # gone everywhere, as somebody confirmed


async def require_keys(url: str, path: Path) -> None:
    """Refuse to seal with keys that those who open this database's mail do not have.

    Raises: KeyMissingError: there is no key file, but there is mail that it sealed, or another
        machine that has it; or there is one, of another database.
    """
    there_is_file = await asyncio.to_thread(path.exists)
    here = key_ids(path) if await asyncio.to_thread(public_path(path).exists) else []
    database = Database(url)
    try:
        async with database.read() as connection:
            there = await connection.run_sync(lambda c: inspect(c).has_table(seal_keys.name))
            needed = await _needed(connection) if there else {}
            known = await _known(connection) if there else []
            others = await elsewhere(connection) if there else []
    finally:
        await database.close()
    if there_is_file and here and known and not set(here) & set(known):
        raise KeyMissingError(
            f"key file {path} is not this database's, which was served with {', '.join(known)}: "
            "put the file of the machine that serves it, or its backup, there; "
            "where no such file is left, take the database as it is: sekisho db accept"
        )
    if not there_is_file and needed:
        raise KeyMissingError(
            f"key file {path} is gone, but {sum(needed.values())} sealed rows need key "
            f"{', '.join(sorted(needed))}: restore the file from its backup"
        )
    if not there_is_file and known and others:
        raise KeyMissingError(
            f"there is no key file {path}, but {', '.join(others)} serves this database with key "
            f"{', '.join(known)}: copy the key file of that machine, with mode 0600"
        )


class KeyRing:
    """The dated keys of one key file and what they sealed in one database."""

    def __init__(
        self, database: Database, path: Path, writer: str, clock: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._path = path
        self._writer = writer
        self._clock = clock

    async def note(self) -> None:
        """Let the database know the keys of this file, so that others can tell theirs."""
        async with self._database.write() as connection:
            await self._note(connection)

    async def rotate(self, today: date, actor: str) -> tuple[str, int]:
        """Make a new sealing key and wrap everything with it; return its id and how much."""
        made = add_key(self._path, today)
        async with self._database.write() as connection:
            await self._note(connection)
            await self._record(connection, actor, "key-made", made)
        return made, await self.rewrap(actor)

    async def rewrap(self, actor: str) -> int:
        """Wrap with the newest key what an older one still wraps; return how many rows."""
        total = 0
        for table, key, context in _WRAPPED:
            last = ""
            while True:
                done, last = await self._batch(table, key, context, last, actor)
                if not last:
                    break
                total += done
        async with self._database.write() as connection:
            await self._retire(connection)
        return total

    async def _batch(
        self,
        table: Table,
        key: Column[Any],
        context: Callable[[str], str],
        after: str,
        actor: str,
    ) -> tuple[int, str]:
        """Wrap one batch anew; return how many and the last row's key, "" at the end."""
        sealer, opener = load_sealer(self._path), load_opener(self._path)
        wrapped = table.c.wrapped_key
        query = (
            select(key, table.c.kek_id, wrapped)
            .where(wrapped.is_not(None), table.c.kek_id != sealer.kek_id, key > after)
            .order_by(key)
            .limit(BATCH)
        )
        async with self._database.write() as connection:
            rows = (await connection.execute(query)).all()
            done = 0
            for row in rows:
                try:
                    data_key = opener.unwrap(context(row[0]), row.kek_id, row.wrapped_key)
                except KeyMissingError:
                    raise
                except StoreError:
                    continue  # damaged: it stays as it is, and `destroy` will name it
                kek_id, anew = sealer.wrap(context(row[0]), data_key)
                changed = await connection.execute(
                    update(table)
                    .where(key == row[0], wrapped == row.wrapped_key)
                    .values(kek_id=kek_id, wrapped_key=anew)
                )
                done += changed.rowcount
            if done:
                await self._record(
                    connection, actor, "keys-rewrapped", sealer.kek_id, table=table.name, rows=done
                )
        return done, rows[-1][0] if rows else ""

    async def listed(self) -> list[KeyRecord]:
        """Return every key that is here or was, the oldest first."""
        here = key_ids(self._path)
        async with self._database.write() as connection:
            await self._note(connection)
            rows = (
                await connection.execute(
                    select(seal_keys).order_by(seal_keys.c.made_at, seal_keys.c.kek_id)
                )
            ).all()
            needed = await _needed(connection)
            once = {row.kek_id: await _wrapped_once(connection, row) for row in rows}
        return [
            KeyRecord(
                row.kek_id,
                row.kek_id == here[-1],
                row.kek_id in here,
                needed.get(row.kek_id, 0),
                once[row.kek_id],
                row.destroyed_at,
                row.gone_at,
            )
            for row in rows
        ]

    async def destroy(self, kek_id: str, actor: str) -> None:
        """Take a key out of this machine's key file, once nothing is wrapped with it.

        Recorded first and done then: after a crash between the two it is done again.
        """
        require_removable(self._path, kek_id)
        now = self._clock()
        async with self._database.write() as connection:
            await self._retire(connection)
            count = (await _needed(connection)).get(kek_id, 0)
            if count:
                raise UsageError(
                    f"{count} sealed rows still need key {kek_id}: "
                    "run `sekisho keys rotate --resume` first"
                )
            query = select(seal_keys.c.retired_at).where(seal_keys.c.kek_id == kek_id)
            retired = (await connection.execute(query)).scalar_one()
            if retired is None or now - retired < RETIRED_FOR:
                raise UsageError(
                    f"key {kek_id} sealed until a moment ago, and a mail may be on its way: "
                    f"try again in {RETIRED_FOR.seconds // 60} minutes"
                )
            await connection.execute(
                update(seal_keys).where(seal_keys.c.kek_id == kek_id).values(destroyed_at=now)
            )
            await self._record(connection, actor, "key-destroyed", kek_id, copies="kept")
        remove_key(self._path, kek_id)

    async def confirm_gone(self, kek_id: str, actor: str) -> int:
        """Record that no backup has the key any more; return how many destroyed mails it
        had wrapped."""
        async with self._database.write() as connection:
            query = select(seal_keys).where(seal_keys.c.kek_id == kek_id)
            row = (await connection.execute(query)).one_or_none()
            if row is None:
                raise NotFoundError(f"no key {kek_id}")
            if row.destroyed_at is None:
                raise UsageError(f"key {kek_id} is still here: destroy it here first")
            mails = await _wrapped_once(connection, row)
            await connection.execute(
                update(seal_keys).where(seal_keys.c.kek_id == kek_id).values(gone_at=self._clock())
            )
            await self._record(
                connection, actor, "key-gone-everywhere", kek_id, copies="destroyed", mails=mails
            )
        return mails

    async def _note(self, connection: AsyncConnection) -> None:
        await note_keys(connection, self._path, self._clock())

    async def _retire(self, connection: AsyncConnection) -> None:
        """Say of every key but the newest that nothing is wrapped with it, where that is so."""
        await self._note(connection)
        busy = {*await _needed(connection), key_ids(self._path)[-1]}
        await connection.execute(
            update(seal_keys)
            .where(seal_keys.c.retired_at.is_(None), seal_keys.c.kek_id.not_in(busy))
            .values(retired_at=self._clock())
        )

    async def _record(
        self, connection: AsyncConnection, actor: str, action: str, kek_id: str, **detail: object
    ) -> None:
        await append(
            connection,
            self._writer,
            self._clock(),
            actor=actor,
            action=action,
            about=kek_id,
            detail=detail,
        )


async def note_keys(connection: AsyncConnection, path: Path, now: datetime) -> None:
    """Give every key of the file at ``path`` its row."""
    found = [{"kek_id": key_id, "made_at": now} for key_id in key_ids(path)]
    await insert_once(connection, seal_keys, found)


async def _known(connection: AsyncConnection) -> list[str]:
    """Return the keys that this database was served with and that are not destroyed."""
    query = select(seal_keys.c.kek_id).where(seal_keys.c.destroyed_at.is_(None))
    return sorted(row.kek_id for row in await connection.execute(query))


async def _needed(connection: AsyncConnection) -> dict[str, int]:
    """Return how many live rows each key wraps."""
    counts: dict[str, int] = {}
    for table, _, _ in _WRAPPED:
        query = (
            select(table.c.kek_id, func.count())
            .where(table.c.wrapped_key.is_not(None))
            .group_by(table.c.kek_id)
        )
        for kek_id, count in await connection.execute(query):
            counts[kek_id] = counts.get(kek_id, 0) + count
    return counts


async def _wrapped_once(connection: AsyncConnection, key: Any) -> int:
    """Return how many destroyed mails a key ever wrapped: those that lived while it sealed."""
    lived = and_(
        sealed.c.destroyed_at.is_not(None),
        or_(sealed.c.kek_id == key.kek_id, sealed.c.destroyed_at >= key.made_at),
    )
    if key.retired_at is not None:
        lived = and_(lived, sealed.c.sealed_at <= key.retired_at)
    return int((await connection.execute(select(func.count()).where(lived))).scalar_one())

"""The audit log: one hash chain a writer, append-only.

Answers: ``append`` adds an entry in the caller's own transaction, so that an act and its
record stand or fall together; ``Chain.extend`` adds many, for a group commit; ``verify`` walks
every chain and names what is wrong.
An entry's hash is SHA-256 over its canonical JSON, which holds the hash before it. The head
of each chain stands in a second table, so that cutting off the tail shows. Whoever can
rewrite both tables can rewrite a chain: ``checkpoint`` is there for that.
Trusts: the caller's transaction. Fails: as the database does.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Dialect, bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.store.checkpoint import Checkpoint
from gateway.store.columns import masked
from gateway.store.database import insert_once
from gateway.store.statements import Insert, Single
from gateway.store.tables import audit, audit_heads

_quoted = json.encoder.encode_basestring
_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


def canonical(value: object) -> str:
    """Return the one JSON text of a value: keys sorted, no spaces."""
    return _encode(value)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry before it has its place in a chain. Its texts are masked when it is placed."""

    at: datetime
    actor: str = field(repr=False)
    action: str
    about: str
    detail: Mapping[str, object] = field(repr=False)


class Chain:
    """One writer's chain, for many entries at once."""

    def __init__(self, writer: str, dialect: Dialect) -> None:
        head, mine = audit_heads.c, audit_heads.c.writer == bindparam("mine")
        self._writer = writer
        self._find = Single(select(head.seq, head.hash).where(mine).with_for_update(), dialect)
        self._begin = Insert(audit_heads, dialect, once=True)
        self._insert = Insert(audit, dialect)
        moved = update(audit_heads).where(mine)
        moved = moved.values(seq=bindparam("to_seq"), hash=bindparam("to_hash"))
        self._move = Single(moved, dialect)

    def extend(self, cursor: Any, entries: Sequence[Entry]) -> None:
        """Add entries at the end, in the caller's transaction."""
        if not entries:
            return
        seq, last = self._head(cursor)
        rows = []
        for entry in entries:
            seq += 1
            row = _placed(self._writer, seq, last, entry)
            last = row["hash"]
            rows.append(self._insert.bind(list(row.values())))
        self._insert.run(cursor, rows)
        self._move.run(cursor, mine=self._writer, to_seq=seq, to_hash=last)

    def _head(self, cursor: Any) -> tuple[int, str]:
        found = self._find.run(cursor, mine=self._writer).fetchone()
        if found is None:
            self._begin.run(cursor, [(self._writer, 0, "")])
            found = self._find.run(cursor, mine=self._writer).fetchone()
        return found[0], found[1]


def _placed(writer: str, seq: int, prev: str, entry: Entry) -> dict[str, Any]:
    """The row of an entry, in the columns' order."""
    row = {
        "writer": writer,
        "seq": seq,
        "at": entry.at.astimezone(UTC),
        "actor": masked(entry.actor),
        "action": entry.action,
        "object": entry.about,
        "detail": masked_detail(entry.detail),
        "prev": prev,
    }
    row["hash"] = entry_hash(row)
    return row


async def append(
    connection: AsyncConnection,
    writer: str,
    at: datetime,
    *,
    actor: str,
    action: str,
    about: str,
    detail: Mapping[str, object],
) -> None:
    """Add one entry at the end of ``writer``'s chain; every text in it is masked."""
    head = await _head(connection, writer)
    entry = Entry(at, actor, action, about, detail)
    row = _placed(writer, head.seq + 1, head.hash, entry)
    await connection.execute(insert(audit).values(row))
    await connection.execute(
        update(audit_heads)
        .where(audit_heads.c.writer == writer)
        .values(seq=row["seq"], hash=row["hash"])
    )


def by_token(token_id: str) -> dict[str, str]:
    """What an entry says of the token by which a program asked; nothing of a person."""
    return {"token": token_id} if token_id else {}


async def _head(connection: AsyncConnection, writer: str) -> Any:
    """Lock and return the chain's head: two processes under one name take turns."""
    query = select(audit_heads).where(audit_heads.c.writer == writer).with_for_update()
    found = (await connection.execute(query)).one_or_none()
    if found is None:
        await insert_once(connection, audit_heads, [{"writer": writer, "seq": 0, "hash": ""}])
        found = (await connection.execute(query)).one()
    return found


def masked_detail(detail: Mapping[str, object]) -> str:
    """Return the canonical JSON of a detail whose texts are masked one by one."""
    return canonical({k: masked(v) if isinstance(v, str) else v for k, v in detail.items()})


def entry_hash(row: Mapping[str, Any]) -> str:
    """Return the hash that belongs to an entry's other columns: SHA-256 of ``canonical``."""
    at = row["at"].isoformat(timespec="microseconds")
    # The text that canonical() would give; put together by hand, since every mail has one.
    body = (
        f'{{"action":{_quoted(row["action"])},"actor":{_quoted(row["actor"])},"at":"{at}",'
        f'"detail":{_quoted(row["detail"])},"object":{_quoted(row["object"])},'
        f'"prev":{_quoted(row["prev"])},"seq":{row["seq"]},"writer":{_quoted(row["writer"])}}}'
    )
    return hashlib.sha256(body.encode()).hexdigest()


async def verify(
    connection: AsyncConnection,
    checkpoints: Sequence[Checkpoint] = (),
    told: Callable[[int], None] = lambda seen: None,
) -> list[str]:
    """Walk every chain; return one line a problem, none when all is well.

    Args:
        checkpoints: genuine ones; each must be found in its chain as it was.
        told: called after each entry with the number of those seen.
    """
    seen = 0
    problems: list[str] = []
    ends: dict[str, tuple[int, str]] = {}
    attested = {(c.writer, c.seq): c for c in checkpoints}
    async for row in entries(connection):
        seq, last = ends.get(row["writer"], (0, ""))
        problems += _faults(row, seq, last)
        ends[row["writer"]] = (row["seq"], row["hash"])
        proof = attested.get((row["writer"], row["seq"]))
        if proof is not None and proof.hash == row["hash"]:
            del attested[row["writer"], row["seq"]]
        seen += 1
        told(seen)
    heads = {h.writer: (h.seq, h.hash) for h in await connection.execute(select(audit_heads))}
    for writer in sorted(heads.keys() | ends.keys()):
        if heads.get(writer, (0, "")) != ends.get(writer, (0, "")):
            problems.append(f"{writer}: the chain does not end where its head says")
    for proof in attested.values():
        there = ends.get(proof.writer, (0, ""))[0] >= proof.seq
        what = "was written anew since" if there else "is missing: cut off, or an older database"
        problems.append(f"{proof.writer} {proof.seq}: attested at {proof.at}, {what}")
    return problems


async def entries(connection: AsyncConnection) -> AsyncIterator[dict[str, Any]]:
    """Return every entry, chain by chain, without holding them all."""
    async with connection.stream(select(audit).order_by(audit.c.writer, audit.c.seq)) as rows:
        async for row in rows.mappings():
            yield dict(row)


async def head(connection: AsyncConnection, writer: str) -> tuple[int, str]:
    """Return sequence number and hash of a chain's last entry; (0, "") before the first."""
    query = select(audit_heads.c.seq, audit_heads.c.hash).where(audit_heads.c.writer == writer)
    found = (await connection.execute(query)).one_or_none()
    return (0, "") if found is None else (found.seq, found.hash)


def _faults(row: Mapping[str, Any], seq: int, last: str) -> list[str]:
    where = f"{row['writer']} {row['seq']}"
    faults = []
    if row["seq"] != seq + 1:
        faults.append(f"{where}: follows entry {seq}, something is missing")
    elif row["prev"] != last:
        faults.append(f"{where}: does not continue the entry before it")
    if entry_hash(row) != row["hash"]:
        faults.append(f"{where}: was changed")
    return faults

"""The audit log walked by a process of its own, so that nobody waits for it.

Answers: ``verify_apart``: what ``audit.verify`` finds, and how far it is while it walks.
Trusts: our own interpreter and module. The database's address goes through a pipe: it can hold
a password, which a list of processes would show.
Fails: ``StoreError`` where the process ends without an answer. Whoever gives up takes the
process along. It has a connection of its own and the lowest claim to the processor.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import astuple

from gateway.errors import EX_IOERR, StoreError
from gateway.store import audit
from gateway.store.checkpoint import Checkpoint
from gateway.store.database import Database

TOLD_EVERY = 1000  # entries between two words on how far it is
_LINE = 16 * 1024 * 1024  # of the answer: a log of which every entry is wrong


async def verify_apart(
    url: str, checkpoints: Sequence[Checkpoint], told: Callable[[int], None]
) -> list[str]:
    """Walk every chain in a process of its own; return one line a problem.

    Args:
        told: called with the number of entries that were looked at so far.
    """
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        __name__,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=_LINE,
    )
    try:
        return await _answer(child, url, checkpoints, told)
    finally:
        if child.returncode is None:
            child.kill()
        await child.wait()


async def _answer(
    child: asyncio.subprocess.Process,
    url: str,
    checkpoints: Sequence[Checkpoint],
    told: Callable[[int], None],
) -> list[str]:
    if child.stdin is None or child.stdout is None:
        raise StoreError("the log's verification has no pipe")
    child.stdin.write(json.dumps([url, [astuple(c) for c in checkpoints]]).encode() + b"\n")
    child.stdin.close()
    async for line in child.stdout:
        said = json.loads(line)
        if isinstance(said, list):
            return [str(problem) for problem in said]
        told(int(said))
    raise StoreError("the log's verification ended without an answer")


async def _walk(url: str, checkpoints: Sequence[Checkpoint]) -> list[str]:
    database = Database(url)
    try:
        async with database.read() as connection:
            return await audit.verify(connection, checkpoints, _tell)
    finally:
        await database.close()


def _tell(seen: int) -> None:
    if seen % TOLD_EVERY == 0:
        print(seen, flush=True)


def main() -> None:
    """Answer one request from standard input."""
    os.nice(19)
    url, given = json.loads(sys.stdin.readline())
    try:
        problems = asyncio.run(_walk(url, [Checkpoint(*c) for c in given]))
    except StoreError:
        sys.exit(EX_IOERR)
    print(json.dumps(problems), flush=True)


if __name__ == "__main__":
    main()

"""Tasks that run beside a process's work, and their end.

Answers: ``start_notary`` (attests an audit chain from now on) and ``end``.
Trusts: a checked configuration. Fails: never; a task's own failure is its own log line.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from gateway.config import Config
from gateway.store import Store


def start_notary(config: Config, store: Store) -> asyncio.Task[None]:
    """Attest the store's audit chain from now on; cancel the task for the last checkpoint."""
    notary = store.notary(config.audit.key_file, config.audit.checkpoints)
    return asyncio.create_task(notary.run())


async def end(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Cancel background tasks and wait until they are through."""
    found = list(tasks)
    for task in found:
        task.cancel()
    await asyncio.gather(*found, return_exceptions=True)

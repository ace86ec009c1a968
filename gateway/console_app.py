"""The process with the pages, built from the configuration.

Answers: ``ConsoleApp``. It opens what a handler looks into, decides through the desk, and reads
mail in workers of its own alone; without the private key it shows the records, and says so.
Trusts: a ``Config`` that was loaded without a problem.
Fails: to start with ``ConfigError``, ``StoreError`` or where a wall is required and lacking.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import structlog

from gateway.app import (
    build_console_settings,
    build_inspector,
    build_pool,
    build_rules,
    end,
    open_desk,
    open_store,
    start_notary,
)
from gateway.config import Config
from gateway.console import ConsoleServer, Mailroom, Room, console
from gateway.console.furnish import first_link, open_provider, open_vault
from gateway.console.office import office_of
from gateway.console.verification import Verification
from gateway.desk import Desk
from gateway.errors import KeyMissingError
from gateway.inspection.reviewer import TARGET as REVIEW
from gateway.inspection.reviewer import Reviewer
from gateway.inspection.walls import insist
from gateway.pipeline import utcnow
from gateway.sandbox import WorkerPool
from gateway.store import Store, load_opener

log = structlog.get_logger(__name__)


class ConsoleApp:
    """The process with the pages; what it opens of a mail is read in workers of its own."""

    def __init__(self, store: Store, server: ConsoleServer, *pools: WorkerPool) -> None:
        self.store = store
        self.server = server
        self._pools = pools
        self.verification = Verification()
        self._tasks: list[asyncio.Task[None]] = []

    @classmethod
    async def start(cls, config: Config, path: Path | None = None) -> ConsoleApp:
        """Open the store and listen; ``path`` is where commands find the configuration."""
        store = await open_store(config, writer="console")
        pool, (tried, inspector) = build_pool(config, REVIEW, 1), build_inspector(config, 1)
        desk, mailroom = _opened(config, store, pool)
        here = Room(
            build_console_settings(config, path),
            store,
            open_vault(config),
            open_provider(config, utcnow),
            desk=desk,
            mailroom=mailroom,
            office=office_of(config, lambda: build_rules(config), inspector),
        )
        app = cls(store, ConsoleServer(console(here)), pool, tried)
        app.verification = here.verification
        try:
            for workers in app._pools:
                await workers.start()
                insist(workers.confinement, config.sandbox.require)
            await first_link(config, store)
            await app.server.listen(config.console.listen.host, config.console.listen.port)
            app._tasks.append(start_notary(config, store))
        except BaseException:
            await app.stop()
            raise
        return app

    async def stop(self) -> None:
        await self.server.close()
        await self.verification.stop()
        for workers in self._pools:
            await workers.stop()
        await end(self._tasks)
        await self.store.close()


def _opened(config: Config, store: Store, pool: WorkerPool) -> tuple[Desk | None, Mailroom | None]:
    """Return what needs the private key; nothing where this process has none."""
    try:
        opener = load_opener(config.store.key_file)
    except KeyMissingError:
        log.warning("console-only-shows", cause="no private key")
        return None, None
    reviewer = Reviewer(config.inspection_limits, pool)
    return open_desk(config, store), Mailroom(store, opener, reviewer)

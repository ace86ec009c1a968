"""The process with the sender's page, built from the configuration.

Answers: ``SenderApp``. It acts through the desk alone, and reads no mail.
Trusts: a ``Config`` that was loaded without a problem and has ``sender.listen``.
Fails: to start with ``StoreError``, without the private key, or where its address is taken.
"""

from __future__ import annotations

import asyncio

from gateway.app import open_desk, open_store
from gateway.background import end, start_notary
from gateway.config import Config
from gateway.console import ConsoleServer
from gateway.errors import ConfigError, Problem, SekishoError
from gateway.notify import notices_of
from gateway.sender import Room, sender_page
from gateway.store import Store


class SenderApp:
    """The process with the sender's page."""

    def __init__(self, store: Store, server: ConsoleServer) -> None:
        self.store = store
        self.server = server
        self._tasks: list[asyncio.Task[None]] = []

    @classmethod
    async def start(cls, config: Config) -> SenderApp:
        """Open the store and listen."""
        listen = config.sender.listen
        if listen is None:
            raise ConfigError([Problem("config.toml", 0, 1, "sender.listen", "is not set")])
        store = await open_store(config, writer="sender")
        try:
            app = cls(store, ConsoleServer(sender_page(_room(config, store))))
            await _listen(app.server, listen.host, listen.port)
        except BaseException:
            await store.close()
            raise
        app._tasks.append(start_notary(config, store))
        return app

    async def stop(self) -> None:
        await self.server.close()
        await end(self._tasks)
        await self.store.close()


def _room(config: Config, store: Store) -> Room:
    names = config.organisation.name
    return Room(
        url=config.sender.url,
        store=store,
        desk=open_desk(config, store),
        notices=notices_of(config),
        listen=str(config.sender.listen),
        organisation=names.by_language() if names else {},
        requests=config.sender.requests,
    )


async def _listen(server: ConsoleServer, host: str, port: int) -> None:
    try:
        await server.listen(host, port)
    except SekishoError as error:
        raise SekishoError(f"sender.listen {host}:{port}: cannot be had") from error

"""A program that talks to the API, and a console with something to ask about."""

from __future__ import annotations

import asyncio
import http.client
import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from gateway.desk import Desk
from gateway.model import Hold
from gateway.store import Right, Role, Store, rights_of
from gateway.store.api_tokens import PEOPLE_ONLY
from tests.console.browser import Console, held
from tests.store.mails import Clock, Keys, inspection


class Silent:
    """Nobody is written to."""

    def __getattr__(self, name: str) -> object:
        return lambda *given: () if name == "expiring" else None


@dataclass
class Said:
    status: int
    headers: http.client.HTTPMessage
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def problem(self) -> str:
        """The kind of trouble."""
        assert self.headers["Content-Type"].startswith("application/problem+json"), self.text
        return str(self.json["type"]).rpartition("/")[2]


@dataclass
class Program:
    port: int
    token: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    async def get(self, path: str, **headers: str) -> Said:
        return await self.ask("GET", path, None, **headers)

    async def post(self, path: str, body: Any, **headers: str) -> Said:
        sent = {"Content_Type": "application/json"} | headers
        return await self.ask("POST", path, json.dumps(body).encode(), **sent)

    async def ask(self, method: str, path: str, body: bytes | None, **headers: str) -> Said:
        return await asyncio.to_thread(self._ask, method, path, body, headers)

    def _ask(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Said:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        sent = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        sent |= self.headers | {k.replace("_", "-"): v for k, v in headers.items()}
        try:
            connection.request(method, f"/api/v1{path}", body, sent)
            answer = connection.getresponse()
            return Said(answer.status, answer.headers, answer.read().decode())
        finally:
            connection.close()


@dataclass
class Counter:
    """A console that decides, with accounts and tokens."""

    console: Console
    keys: Keys

    @property
    def store(self) -> Store:
        return self.console.store

    async def token(
        self,
        role: Role = Role.HANDLER,
        name: str = "",
        scope: frozenset[Right] | None = None,
        **more: Any,
    ) -> str:
        name = name or f"{role.value}-account"
        if name not in {u.name for u in await self.store.users()}:
            await self.console.user(name, role, **more)
        wanted = rights_of(role) - PEOPLE_ONLY if scope is None else scope
        return await self.store.make_token(name, "tickets", wanted, timedelta(days=30))

    async def program(self, role: Role = Role.HANDLER, **more: Any) -> Program:
        return self.program_with(await self.token(role, **more))

    def program_with(self, token: str) -> Program:
        assert self.console.server is not None
        return Program(self.console.server.port, token)

    async def park(self, address: str = "a@x.example", persons: int = 3, **mail: str) -> Hold:
        return await self.console.park(held(address), found=inspection(persons), **mail)


async def open_counter(path: Any, clock: Clock, **told: Any) -> Counter:
    keys = Keys()
    store = await Store.open(
        f"sqlite:{path / 'api.db'}", keys.sealer, writer="console", clock=clock
    )
    desk = Desk(store, keys.opener, Silent(), clock=clock)  # type: ignore[arg-type]
    console = await Console(store, clock, desk=desk, told=told).start()
    return Counter(console, keys)

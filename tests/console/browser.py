"""A console on a real listener, a browser that keeps cookies, and mails with odd strings."""

from __future__ import annotations

import asyncio
import http.client
import re
import socket
from dataclasses import dataclass, field, replace
from html import unescape
from typing import Any
from urllib.parse import urlencode

from argon2 import PasswordHasher

from gateway.console import ConsoleServer, Settings
from gateway.console.app import serve
from gateway.console.mailroom import Mailroom
from gateway.console.oidc.provider import Provider
from gateway.console.settings import Office, Room
from gateway.console.vault import Vault
from gateway.desk import Desk
from gateway.model import Hold, Inspection, RecipientClass, Ruling, Verdict
from gateway.store import Role, Store, User
from tests.store.mails import Clock, decision, inspection, parks_for, ruling, submission

PASSWORD = "渡船場の松は緑 correct"
# Cheap to check: what the real cost is, test_signing_in looks at.
HASH = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    text: str

    @property
    def words(self) -> str:
        """What a reader sees: the text without its tags."""
        return " ".join(unescape(re.sub(r"<[^>]*>", " ", self.text)).split())


@dataclass
class Browser:
    """Keeps cookies as a browser does; sends what one sends with a form of ours."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    language: str = "en"

    async def get(self, path: str, **headers: str) -> Answer:
        return await asyncio.to_thread(self._ask, "GET", path, None, headers)

    async def post(self, path: str, fields: dict[str, Any], **headers: str) -> Answer:
        sent = headers or {"Sec-Fetch-Site": "same-origin"}
        return await asyncio.to_thread(self._ask, "POST", path, urlencode(fields, doseq=True), sent)

    async def sign_in(self, name: str = "hanako", password: str = PASSWORD, **more: str) -> Answer:
        return await self.post("/login", {"name": name, "password": password, **more})

    def _ask(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        sent = {"Accept-Language": self.language} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        if body is not None:
            sent.setdefault("Content-Type", "application/x-www-form-urlencoded")
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        try:
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            text = answer.read().decode()
        finally:
            connection.close()
        for cookie in answer.headers.get_all("Set-Cookie", []):
            name, _, value = cookie.partition(";")[0].partition("=")
            if "max-age=0" in cookie.lower():
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
        return Answer(answer.status, answer.headers, text)


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


@dataclass
class Console:
    """The console with its store, on a clock that can be put forward."""

    store: Store
    clock: Clock
    url: str = ""
    config_path: str = "/etc/sekisho/config.toml"
    told: dict[str, Any] = field(default_factory=dict)  # more of the settings
    provider: Provider | None = None
    vault: Vault = field(default_factory=Vault.of_the_moment)
    desk: Desk | None = None
    mailroom: Mailroom | None = None
    office: Office = field(default_factory=Office)
    server: ConsoleServer | None = None
    settings: Settings | None = None

    async def start(self) -> Console:
        port = free_port()
        self.settings = Settings(
            url=self.url or f"http://127.0.0.1:{port}",
            listen=f"127.0.0.1:{port}",
            organisation={"ja": "見本市", "en": "Sample City"},
            config_path=self.config_path,
        )
        self.settings = replace(self.settings, **self.told)
        room = Room(
            self.settings,
            self.store,
            self.vault,
            self.provider,
            now=self.clock,
            desk=self.desk,
            mailroom=self.mailroom,
            office=self.office,
        )
        self.server = ConsoleServer(serve(self.settings, room))
        await self.server.listen("127.0.0.1", port)
        return self

    async def stop(self) -> None:
        if self.server is not None:
            await self.server.close()

    def browser(self, language: str = "en") -> Browser:
        assert self.server is not None
        return Browser(self.server.port, language=language)

    async def signed_in(
        self, name: str = "hanako", role: Role = Role.HANDLER, language: str = "en"
    ) -> Browser:
        await self.user(name, role)
        browser = self.browser(language)
        assert (await browser.sign_in(name)).status == 303
        return browser

    async def user(
        self, name: str = "hanako", role: Role = Role.HANDLER, language: str = "", **more: Any
    ) -> None:
        await self.store.add_user(User(name, role, language, **more), HASH, actor="os:root")

    async def park(self, *rulings: Ruling, found: Inspection | None = None, **mail: str) -> Hold:
        """Park one mail by its rulings; return its hold."""
        sent = submission(*(r.recipient.address for r in rulings), **mail)
        made = decision(*rulings)
        parks = parks_for(sent, made)
        await self.store.intend(
            sent, inspection() if found is None else found, made, parks, [], staged=False
        )
        return await self.store.hold(parks[0].hold_id)


def held(address: str, cls: RecipientClass = RecipientClass.FIRST_TIME, **more: str) -> Ruling:
    return ruling(address, Verdict.HOLD, cls=cls, **more)  # type: ignore[arg-type]

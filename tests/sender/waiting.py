"""Mails that wait for their sender, and the page on a real listener."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from gateway.console import ConsoleServer
from gateway.desk import Desk
from gateway.ids import new_id
from gateway.model import Hold, Inspection, RecipientClass, Ruling, Verdict
from gateway.notify import Notices, NotifySettings
from gateway.sender import Room, sender_page
from gateway.store import Store
from gateway.store.opaque import fresh
from tests.console.browser import Answer, Browser, free_port
from tests.store.mails import Clock, Keys, decision, parks_for, ruling, submission

NOTICES = Notices(
    NotifySettings(
        sender="sekisho@city.example.lg.jp",
        handlers=("handlers@city.example.lg.jp",),
        console_url="https://console.example",
        internal_domains=("city.example.lg.jp",),
    )
)


def doubtful(address: str = "aaabb@exp.com", resembles: str = "exp.co.jp") -> Ruling:
    return ruling(
        address, Verdict.WARN, cls=RecipientClass.LOOK_ALIKE, resembles=resembles, rule="ask"
    )


@dataclass
class Page:
    """The page, the store behind it, and what a sender's browser does."""

    store: Store
    desk: Desk
    room: Room
    port: int

    async def wait(
        self,
        *rulings: Ruling,
        seen: Inspection | None = None,
        sender: str = "taro@city.example.lg.jp",
    ) -> tuple[Hold, str]:
        """Park a mail that waits for its sender; return its hold and the link's token."""
        made = decision(*(rulings or (doubtful(),)))
        mail = submission(*(r.recipient.address for r in made.rulings), sender=sender)
        parks = parks_for(mail, made)
        await self.store.intend(
            mail, seen or Inspection(), made, parks, (), incident_id=new_id(), staged=False
        )
        token = fresh()
        await self.store.keep_link(token, parks[0].hold_id, parks[0].expires_at)
        return await self.store.hold(parks[0].hold_id), token

    async def get(self, token: str, lang: str = "en", query: str = "") -> Answer:
        return await Browser(self.port, language=lang).get(f"/check/m/{token}{query}")

    async def post(self, token: str, choice: str, reason: str = "", **headers: str) -> Answer:
        fields = {"choice": choice, "reason": reason}
        return await Browser(self.port).post(f"/check/m/{token}", fields, **headers)

    async def actions(self) -> list[tuple[str, str]]:
        """Actor and action of what people did, the oldest first."""
        return [
            (e["actor"], e["action"])
            async for e in self.store.audit_entries()
            if e["actor"] != "gateway"
        ]


@asynccontextmanager
async def page(store: Store, clock: Clock, keys: Keys, **changes: object) -> AsyncIterator[Page]:
    """Serve the page."""
    desk = Desk(store, keys.opener, NOTICES, clock=clock)
    port = free_port()
    room = Room(
        url=f"http://127.0.0.1:{port}/check",
        store=store,
        desk=desk,
        notices=NOTICES,
        organisation={"ja": "例示市", "en": "Example City"},
        now=clock,
    )
    room = replace(room, **changes)
    server = ConsoleServer(sender_page(room))
    await server.listen("127.0.0.1", port)
    try:
        yield Page(store, desk, room, port)
    finally:
        await server.close()

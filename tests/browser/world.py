"""A console as people meet it: real store, real desk, real workers, and Debian's Chromium.

Answers: ``World`` (the console with desk, mailroom and rules) and ``chromium`` (a browser that
reaches loopback alone). Nothing is downloaded: the browser is the system's.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, async_playwright

from gateway.console.mailroom import Mailroom
from gateway.console.settings import Office
from gateway.desk import Desk
from gateway.inspection import inspect_now
from gateway.inspection.reviewer import TARGET, Reviewer
from gateway.model import Hold, InspectionLimits, RecipientClass, Verdict
from gateway.notify import Notices, NotifySettings
from gateway.pipeline import Rules
from gateway.policy import loads_all
from gateway.recipients import Directory, TrustedName
from gateway.sandbox import WorkerLimits, WorkerPool
from gateway.store import Store, Ticket, TicketKind
from tests.console.browser import PASSWORD, Console
from tests.numbers import my_number
from tests.store.mails import SENDER, Clock, Keys, decision, parks_for, ruling, submission

LIMITS = InspectionLimits()
NUMBER = my_number(7)
ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"),
    *(
        "--disable-component-update",
        "--disable-sync",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    ),
)
POLICY = """
[[trusted]]
domain = "exp.co.jp"
may_receive = ["my-number"]
purpose = "給与計算の委託（番号法19条6号）"
owner = "総務課"
[[rule]]
id = "my-number"
match = { my_numbers = { at_least = 1 } }
action = "hold"
"""


class World(Console):
    """The console on a real store, with everything that its pages can do."""

    async def park_mail(
        self, mail: EmailMessage, to: str = "aaabb@exp.com", approvers: int = 1, **more: Any
    ) -> Hold:
        """Park a real mail as the pipeline would: inspected, sealed, with its incident.

        ``also`` are more recipients, ``sender`` another one.
        """
        everybody = (to, *more.get("also", ()))
        content = mail.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        sent = replace(
            submission(*everybody, sender=more.get("sender", SENDER)), content=content, trace=b""
        )
        cls = RecipientClass.LOOK_ALIKE
        made = decision(
            *(
                ruling(a, Verdict.HOLD, cls=cls, resembles="exp.co.jp", approvers=approvers)
                for a in everybody
            )
        )
        parks = parks_for(sent, made)
        await self.store.intend(
            sent, inspect_now(content, LIMITS), made, parks, [], staged=False, features={}
        )
        return await self.store.hold(parks[0].hold_id)


async def welcome(world: World, name: str) -> str:
    """The key of a link with which somebody who has an account chooses a password."""
    return await world.store.issue_ticket(TicketKind.WELCOME, timedelta(days=7), Ticket(name))


def letter(text: str = "", subject: str = "ご提出の件", html: str = "") -> EmailMessage:
    """A mail with one number in its text, and perhaps an HTML part."""
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = subject, SENDER, "aaabb@exp.com"
    mail.set_content(text or f"お世話になります。\n個人番号は {NUMBER} です。\n")
    if html:
        mail.add_alternative(html, subtype="html")
    return mail


@asynccontextmanager
async def opened(directory: Path, **told: Any) -> AsyncIterator[World]:
    """A running console in ``directory``; ``told`` is more of its settings."""
    keys, clock = Keys(), Clock()
    url = f"sqlite:{directory / 'sekisho.db'}"
    store = await Store.open(url, keys.sealer, writer="console", clock=clock)
    pool = WorkerPool(TARGET, 1, WorkerLimits())
    await pool.start()
    notices = Notices(
        NotifySettings(sender="sekisho@city.example.lg.jp", handlers=(), languages=("ja",),
                       console_url="", internal_domains=("city.example.lg.jp",))
    )  # fmt: skip
    rules = rules_of({"rules.toml": POLICY})

    async def inspect(content: bytes, given: Rules) -> Any:
        return inspect_now(content, LIMITS, patterns=given.patterns)

    world = World(
        store,
        clock,
        desk=Desk(store, keys.opener, notices, clock=clock),
        mailroom=Mailroom(store, keys.opener, Reviewer(LIMITS, pool)),
        office=Office(
            rules=lambda: rules,
            texts=lambda: {"rules.toml": POLICY},
            edited=rules_of,
            inspect=inspect,
            problems=list,
            settings=lambda: [("console.listen", "127.0.0.1:8025")],
        ),
        told=told,
    )
    await world.start()
    try:
        yield world
    finally:
        await world.stop()
        await pool.stop()
        await store.close()


def rules_of(texts: Mapping[str, str]) -> Rules:
    """The rules that these files of a policy make."""
    policy = loads_all(texts)
    names = Directory.build(
        internal=["city.example.lg.jp"],
        trusted=[TrustedName(t.domain, t.may_receive, t.until) for t in policy.trusted],
    )
    return Rules(policy, names, policy.patterns)


def executable() -> str:
    """The system's Chromium; a missing one skips, or fails under SEKISHO_REQUIRE_ALL."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        reason = "no Chromium: install the package chromium"
        if os.environ.get("SEKISHO_REQUIRE_ALL") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return str(found)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A browser with a profile of its own, which reaches nothing but this machine."""
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=executable(), args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            await browser.close()


async def sign_in(browser: Browser, world: World, name: str, lang: str = "en", **more: Any) -> Page:
    """A page of somebody who has signed in."""
    context = await browser.new_context(locale=lang, accept_downloads=True, **more)
    page = await context.new_page()
    assert world.settings is not None
    await page.goto(f"{world.settings.url}/login?lang={lang}")
    await page.fill("#name", name)
    await page.fill("#password", PASSWORD)
    await page.click("button.main")
    await page.wait_for_url(lambda url: "/login" not in url)
    return page

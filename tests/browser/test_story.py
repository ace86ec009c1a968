"""The handler's story in a real browser, from arrival to release, and what is kept from it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page
from sqlalchemy import select

from gateway.model import HoldState
from gateway.store import Role
from gateway.store.tables import audit
from tests.browser.world import NUMBER, World, chromium, letter, opened, sign_in

HOSTILE = (
    f"<p onclick=alert(1)>個人番号 {NUMBER[:6]}<b>{NUMBER[6:]}</b></p><script>document.title='x'</script>"
    "<img src=http://127.0.0.1:9/beacon><style>body{background:url(http://127.0.0.1:9/b)}</style>"
    "<svg onload=alert(1)></svg><a href='javascript:alert(1)'>x</a><form action=/logout></form>"
)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with opened(tmp_path) as found:
        yield found


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as found:
        yield found


async def decide(page: Page, act: str, why: str = "accepted") -> None:
    key = {"release": "r", "reject": "x"}[act]
    await page.keyboard.press(key)
    await page.select_option(f"#why-{act}", why)
    await page.click(f"details[data-key={key}] button")


async def test_a_handler_finds_reads_and_releases_a_mail_by_keyboard(
    world: World, browser: Browser
) -> None:
    hold = await world.park_mail(letter())
    await world.user("hanako", Role.HANDLER)
    page = await sign_in(browser, world, "hanako")
    await page.keyboard.press("j")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("mark")
    text = await page.inner_text("body")
    assert "個人番号は ************ です。" in text
    assert NUMBER not in await page.content()
    await page.keyboard.press("?")
    assert await page.is_visible("#keys")
    await page.keyboard.press("Escape")
    await decide(page, "release")
    await page.wait_for_selector(".empty, table")
    assert (await world.store.hold(hold.hold_id)).state is HoldState.RELEASED
    entries = await world.store.about(hold.hold_id, 10)
    assert [e["action"] for e in reversed(entries)] == ["viewed", "read", "release"]
    assert json.loads(entries[0]["detail"])["reason"] == "accepted"


async def test_of_two_handlers_who_race_one_acts_and_the_other_is_told(
    world: World, browser: Browser
) -> None:
    hold = await world.park_mail(letter())
    for name in ("hanako", "ichiro"):
        await world.user(name, Role.HANDLER)
    first, second = [await sign_in(browser, world, n) for n in ("hanako", "ichiro")]
    assert world.settings is not None
    for page in (first, second):
        await page.goto(f"{world.settings.url}/holds/{hold.hold_id}")
    await decide(first, "release")
    await decide(second, "reject", "not-allowed")
    await second.wait_for_selector("[role=alert]")
    assert "Somebody else acted first" in await second.inner_text("main")
    assert (await world.store.hold(hold.hold_id)).state is HoldState.RELEASED


async def test_stored_html_does_nothing_and_loads_nothing(world: World, browser: Browser) -> None:
    name = '"><svg onload=alert(1)>\u202egnp.exe'
    mail = letter(subject="<script>document.title='x'</script>", html=HOSTILE)
    mail.add_attachment(b"a,b", maintype="text", subtype="html", filename=name)
    hold = await world.park_mail(mail)
    await world.user("hanako", Role.HANDLER)
    page = await sign_in(browser, world, "hanako")
    asked: list[str] = []
    dialogs: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    assert world.settings is not None
    await page.goto(f"{world.settings.url}/holds/{hold.hold_id}")
    await page.click("details:has(iframe) > summary")
    frame = page.frame_locator("iframe.html").first
    assert await frame.locator("p").first.inner_text() == "個人番号 ************"
    assert await frame.locator("img, script, svg, form, a[href], style + style").count() == 0
    assert all(url.startswith(world.settings.url) for url in asked)
    assert dialogs == []
    assert (await page.title()).startswith("Held mail") or hold.hold_id in await page.title()


@pytest.mark.parametrize(
    ("role", "pages", "refused"),
    [
        (Role.HANDLER, ("holds", "incidents", "policy"), ("audit", "accounts", "settings")),
        (Role.APPROVER, ("holds", "overview", "addresses"), ("audit", "settings")),
        (Role.AUDITOR, ("holds", "audit", "accounts"), ("settings",)),
        (Role.ADMINISTRATOR, ("accounts", "settings"), ("holds", "audit", "incidents")),
    ],
)
async def test_each_role_sees_its_own_pages_and_no_others(
    world: World, browser: Browser, role: Role, pages: tuple[str, ...], refused: tuple[str, ...]
) -> None:
    await world.user("taro", role)
    page = await sign_in(browser, world, "taro")
    assert world.settings is not None
    for name, status in [*((p, 200) for p in pages), *((p, 403) for p in refused)]:
        answer = await page.goto(f"{world.settings.url}/{name}")
        assert answer is not None
        assert answer.status == status, name


async def test_unmasking_and_downloads_ask_a_right_and_a_reason_and_are_recorded(
    world: World, browser: Browser
) -> None:
    mail = letter()
    mail.add_attachment(b"hello", maintype="text", subtype="plain", filename="../a;b.exe")
    hold = await world.park_mail(mail)
    await world.user("hanako", Role.HANDLER)
    await world.user("buchou", Role.APPROVER)
    assert world.settings is not None
    address = f"{world.settings.url}/holds/{hold.hold_id}"
    handler = await sign_in(browser, world, "hanako")
    await handler.goto(address)
    assert await handler.locator("form[action$=unmask], form[action$=part]").count() == 0
    approver = await sign_in(browser, world, "buchou")
    await approver.goto(address)
    await approver.click("details:has(#unmask-number) > summary")
    await approver.fill("#unmask-number", "1")
    await approver.click("form[action$=unmask] button")
    assert "Please give a reason" in await approver.inner_text("[role=alert]")
    await approver.click("details:has(#unmask-number) > summary")
    await approver.fill("#unmask-number", "1")
    await approver.select_option("#why-unmask", "check-person")
    await approver.click("form[action$=unmask] button")
    assert await approver.inner_text(".secret") == NUMBER
    await approver.goto(address)
    await approver.click("details:has(#part-number) > summary")
    await approver.select_option("#part-number", "2")
    await approver.select_option("#why-download", "report")
    async with approver.expect_download() as waited:
        await approver.click("form[action$=part] button")
    file = await waited.value
    assert file.suggested_filename == "a_b.exe"
    async with world.store._database.read() as connection:
        rows = (await connection.execute(select(audit).where(audit.c.actor == "user:buchou"))).all()
    assert {"unmasked", "downloaded"} <= {r.action for r in rows}
    assert NUMBER not in str(rows)

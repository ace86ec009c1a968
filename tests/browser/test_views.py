"""Views that a handler keeps, what is theirs, and what was sent to a look-alike before."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest
from playwright.async_api import Browser

from gateway.store import Role, Sent
from tests.browser.world import World, chromium, letter, opened, sign_in
from tests.store.mails import SENDER


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with opened(tmp_path) as found:
        yield found


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as found:
        yield found


@pytest.mark.parametrize("lang", ["en", "ja"])
async def test_a_view_is_kept_under_a_name_and_forgotten_again(
    world: World, browser: Browser, lang: str
) -> None:
    await world.user("hanako", Role.HANDLER)
    await world.user("ichiro", Role.HANDLER)
    page = await sign_in(browser, world, "hanako", lang, java_script_enabled=False)
    assert world.settings is not None
    await page.goto(f"{world.settings.url}/holds?risk=high&q=soumu")
    await page.fill("#view-name", "総務の重い分")
    await page.click("form[action$='/holds/views'] button")
    kept = page.locator("nav.views a", has_text="総務の重い分")
    assert await kept.get_attribute("href") == "/holds?risk=high&q=soumu"
    assert await kept.get_attribute("aria-current") == "true"
    other = await sign_in(browser, world, "ichiro", lang)
    await other.goto(f"{world.settings.url}/holds")
    assert "総務の重い分" not in await other.content()
    await page.click("form[action$='/holds/views'] button[value=drop]")
    assert await kept.count() == 0


async def test_what_is_in_ones_own_hands_is_a_view(world: World, browser: Browser) -> None:
    mine, other = await world.park_mail(letter()), await world.park_mail(letter())
    await world.user("hanako", Role.HANDLER)
    page = await sign_in(browser, world, "hanako")
    assert world.settings is not None
    await page.goto(f"{world.settings.url}/holds/{mine.hold_id}")
    await page.keyboard.press("a")
    await page.click("details[data-key=a] button")
    await page.wait_for_selector("[role=status]")
    await page.goto(f"{world.settings.url}/holds")
    await page.click("text=Assigned to me")
    await page.wait_for_url("**/holds?mine=1")
    text = await page.inner_text("main")
    assert mine.hold_id in text
    assert other.hold_id not in text


async def test_earlier_mail_to_the_look_alike_is_told_on_the_mails_page(
    world: World, browser: Browser
) -> None:
    hold = await world.park_mail(letter())
    first, last = date(2026, 2, 3), date(2026, 2, 27)
    sent = [Sent("exp.com", "aaabb", SENDER, "2026-02", 12, 0, first, last)]
    await world.store.import_history(sent, [], "os:test")
    await world.user("hanako", Role.HANDLER)
    page = await sign_in(browser, world, "hanako")
    assert world.settings is not None
    await page.goto(f"{world.settings.url}/holds/{hold.hold_id}")
    assert "Mails: 12, by 1 sender(s), from 2026-02-03 to 2026-02-27." in await page.inner_text(
        "section[aria-labelledby=recipients]"
    )

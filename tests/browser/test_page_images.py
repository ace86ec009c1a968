"""Pages of attachments as pictures on the review screen, through real workers and Chromium."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser

from gateway.model import Hold
from gateway.store import Role
from tests.browser.world import World, chromium, letter, opened, sign_in
from tests.inspection.test_drawing import boxes, paper


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with opened(tmp_path) as found:
        yield found


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as found:
        yield found


async def parked(world: World) -> Hold:
    """A mail with a form of one page and a file that is no PDF, whatever it says."""
    mail = letter()
    mail.add_attachment(paper(boxes), maintype="application", subtype="pdf", filename="届出.pdf")
    mail.add_attachment(b"%PDF-1.7 no", maintype="application", subtype="pdf", filename="b.pdf")
    return await world.park_mail(mail)


@pytest.mark.parametrize("lang", ["en", "ja"])
async def test_a_handler_sees_the_page_with_its_numbers_covered(
    world: World, browser: Browser, lang: str
) -> None:
    hold = await parked(world)
    await world.user("hanako", Role.HANDLER)
    page = await sign_in(browser, world, "hanako", lang)
    assert world.settings is not None
    await page.goto(f"{world.settings.url}/holds/{hold.hold_id}")
    await page.click("section[aria-labelledby=pages] summary")
    width = "image => image.decode().then(() => image.naturalWidth)"
    assert await page.locator("img.page").evaluate(width) > 500
    assert await page.locator("img.page").count() == 1
    assert await page.locator("#bare-page").count() == 0  # a handler may not see it uncovered
    read = [e for e in await world.store.about(hold.hold_id, 9) if e["action"] == "read"]
    assert {"part": 2, "page": 1} in [json.loads(e["detail"]) for e in read]


async def test_a_page_uncovered_asks_a_right_and_a_reason_and_is_recorded(
    world: World, browser: Browser
) -> None:
    hold = await parked(world)
    await world.user("kacho", Role.APPROVER)
    page = await sign_in(browser, world, "kacho")
    assert world.settings is not None
    address = f"{world.settings.url}/holds/{hold.hold_id}"
    await page.goto(address)
    await page.click("text=Show a page uncovered")
    await page.click("form[action$='/pages'] button")
    assert "Please give a reason" in await page.inner_text("[role=alert]")
    await page.click("text=Show a page uncovered")
    await page.select_option("#why-bare", "check-person")
    async with page.expect_response("**/pages") as answered:
        await page.click("form[action$='/pages'] button")
    assert (await answered.value).headers["content-type"] == "image/png"
    (entry,) = [e for e in await world.store.about(hold.hold_id, 20) if e["action"] == "unmasked"]
    detail = json.loads(entry["detail"])
    assert (detail["part"], detail["page"], detail["reason"]) == (2, 1, "To check whose it is")


async def test_a_part_that_is_no_page_says_so_in_its_place(world: World, browser: Browser) -> None:
    hold = await parked(world)
    await world.user("hanako", Role.HANDLER)
    page = await sign_in(browser, world, "hanako")
    assert world.settings is not None
    answer = await page.request.get(f"{world.settings.url}/holds/{hold.hold_id}/pages/3/1")
    assert answer.headers["content-type"] == "image/svg+xml"
    assert "cannot be drawn" in await answer.text()

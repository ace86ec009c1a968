"""Rehearsing a change of the policy in the page, over mail that the journal knows."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import Browser

from gateway.store import Role
from tests.browser.world import POLICY, World, chromium, letter, opened, sign_in

STRICTER = POLICY.replace('action = "hold"', 'action = "block"')


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with opened(tmp_path) as found:
        yield found


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as found:
        yield found


@pytest.mark.parametrize(
    ("lang", "told"),
    [("en", "Mails tried: 1 (1 recipients). Verdicts that change: 1."),
     ("ja", "メール 1 通（宛先 1 件）のうち、1 件の判定が変わります。")],
)  # fmt: skip
async def test_an_edited_policy_shows_what_it_would_have_changed(
    world: World, browser: Browser, lang: str, told: str
) -> None:
    await world.park_mail(letter())
    await world.user("hanako", Role.HANDLER)
    page = await sign_in(browser, world, "hanako", lang)
    assert world.settings is not None
    await page.goto(f"{world.settings.url}/policy")
    await page.click("a[href$='/policy/edit']")
    assert await page.input_value("#policy-text") == POLICY.lstrip("\n")
    await page.fill("#policy-text", STRICTER)
    await page.click("button.go")
    assert told in await page.inner_text("[role=status]")
    assert await page.locator("pre.diff ins").all_inner_texts() == ['+action = "block"']
    assert "aaabb@exp.com" in await page.inner_text("section[aria-labelledby=outcome] ul")


async def test_a_policy_that_cannot_be_loaded_names_each_problem_with_its_place(
    world: World, browser: Browser
) -> None:
    await world.user("kanri", Role.ADMINISTRATOR)
    page = await sign_in(browser, world, "kanri")
    assert world.settings is not None
    await page.goto(f"{world.settings.url}/policy/edit")
    await page.fill("#policy-text", STRICTER.replace("block", "halt"))
    await page.click("button.go")
    assert "rules.toml:" in await page.inner_text("[role=alert]")
    assert "action" in await page.inner_text("[role=alert]")


async def test_an_administrator_who_sees_no_mail_sees_counts_alone(
    world: World, browser: Browser
) -> None:
    await world.park_mail(letter())
    await world.user("kanri", Role.ADMINISTRATOR)
    page = await sign_in(browser, world, "kanri", java_script_enabled=False)
    assert world.settings is not None
    await page.goto(f"{world.settings.url}/policy/edit")
    await page.fill("#policy-text", STRICTER)
    await page.click("button.go")
    assert "Verdicts that change: 1" in await page.inner_text("[role=status]")
    assert "aaabb@exp.com" not in await page.content()


async def test_how_much_is_rehearsed_and_how_many_views_are_kept_is_configured(
    tmp_path: Path,
) -> None:
    bounds = {"rehearsal_mails": 1, "rehearsal_reach": timedelta(days=10), "saved_views": 1}
    async with opened(tmp_path, **bounds) as world:
        for _ in range(2):
            await world.park_mail(letter())
        handler = await world.signed_in()
        edited = {"file": "rules.toml", "text": STRICTER, "days": "366"}
        page = await handler.post("/policy/edit", edited)
        assert "Mails tried: 1 " in page.words
        assert 'max="10" value="10"' in page.text
        view = {"act": "keep", "query": "risk=high"}
        assert (await handler.post("/holds/views", view | {"name": "one"})).status == 303
        refused = await handler.post("/holds/views", view | {"name": "one more"})
        assert "1 are kept at most" in refused.words

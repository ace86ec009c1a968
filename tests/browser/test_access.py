"""Everybody can use every page: WCAG 2.2 AA by axe-core, keyboard, zoom, phone, colours.

What axe-core cannot see is asked of Chromium itself: where the focus goes and whether it shows,
whether anything stands beyond the edge, and what is left when colours or motion are taken away.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page

from gateway.store import Role, Store
from tests.browser.places import places
from tests.browser.world import World, chromium, letter, opened, sign_in, welcome
from tests.sender.waiting import page as served
from tests.store.mails import Clock, Keys, inspection

# Law and guidelines alike: every level A and AA rule up to WCAG 2.2, and axe-core's own advice.
RULES = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    },
    "resultTypes": ["violations"],
}
PHONE = {"width": 360, "height": 740}
NARROW = {"width": 320, "height": 640}  # a page of 1280 at 400 % (WCAG 1.4.10)
LONG = "とても長い名前の添付ファイル" * 6 + ".xlsx"

BEYOND = """() => {
  const room = document.documentElement.clientWidth + 1;
  const scrolls = (e) => { for (let p = e; p; p = p.parentElement)
    if (['auto', 'scroll'].includes(getComputedStyle(p).overflowX)) return true; return false; };
  if (document.documentElement.scrollWidth <= room) return [];
  return [...document.querySelectorAll('body *')].filter((e) =>
    e.getBoundingClientRect().right > room && !scrolls(e) && !e.closest('.unseen, .skip'))
    .map((e) => e.outerHTML.slice(0, 120));
}"""
FOCUSED = """() => {
  const e = document.activeElement, s = getComputedStyle(e), r = e.getBoundingClientRect();
  return { tag: e.tagName, html: e.outerHTML.slice(0, 120), body: e === document.body,
    // The button in a field for a day has Chromium's own ring, and the field itself none then.
    shows: s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2
      || e.type === 'date' && !e.matches(':focus'),
    seen: r.width > 0 && r.bottom > 0 && r.top < innerHeight && r.right > 0 && r.left < innerWidth };
}"""
COUNT = """() => [...document.querySelectorAll(
  'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"], iframe')]
  .filter((e) => e.checkVisibility({ visibilityProperty: true })).length"""


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with opened(tmp_path) as found:
        yield found


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as found:
        yield found


async def seeded(world: World) -> dict[str, str]:
    """Mails with something of everything; what stands for the parts of addresses."""
    mail = letter(html="<table><tr><td>給与</td><td>の件</td></tr></table>")
    mail.add_attachment(b"a,b\r\n1,2\r\n", maintype="text", subtype="csv", filename=LONG)
    mail.add_attachment(
        b"PK\x03\x04broken", maintype="application", subtype="zip", filename="a.zip"
    )
    hold = await world.park_mail(mail, approvers=2)
    await world.park_mail(letter(), to="hanako@gmail.example")
    await world.user("kakari", Role.HANDLER)
    key = await welcome(world, "kakari")
    return {
        "hold_id": hold.hold_id,
        "incident_id": hold.incident_id,
        "name": "auditor",
        "key": key,
    }


async def visits(
    world: World, browser: Browser, lang: str, **context: Any
) -> AsyncIterator[tuple[str, Page]]:
    """Go through every page, each as somebody who may see it, with everything unfolded."""
    known = await seeded(world)
    assert world.settings is not None
    pages: dict[Role | None, Page] = {}
    for role in Role:
        await world.user(role.value, role)
    for place in places(known):
        if place.role not in pages:
            pages[place.role] = (
                await (await browser.new_context(locale=lang, **context)).new_page()
                if place.role is None
                else await sign_in(browser, world, place.role.value, lang, **context)
            )
        page = pages[place.role]
        await page.goto(f"{world.settings.url}{place.address(lang)}")
        await page.evaluate("document.querySelectorAll('details').forEach((d) => d.open = true)")
        yield place.label, page
    yield "no-such-page", await _at(pages[Role.AUDITOR], f"{world.settings.url}/nowhere")
    yield "not-allowed", await _at(pages[Role.AUDITOR], f"{world.settings.url}/settings")


async def _at(page: Page, url: str) -> Page:
    await page.goto(url)
    return page


def said(wrong: dict[str, list[str]]) -> str:
    return "\n".join(f"{label}: {line}" for label, lines in wrong.items() for line in lines)


async def told(page: Page) -> list[str]:
    """What axe-core says against a page, one line a place."""
    found = (await Axe().run(page, options=RULES)).response["violations"]
    return [
        f"{v['id']}: {' '.join(node['target'])} {node['any'][0]['message'] if node['any'] else ''}"
        for v in found
        for node in v["nodes"]
    ]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("lang", ["ja", "en"])
async def test_no_page_breaks_a_rule_of_wcag(
    world: World, browser: Browser, lang: str, scheme: str
) -> None:
    against: dict[str, list[str]] = {}
    async for label, page in visits(world, browser, lang, color_scheme=scheme):
        if problems := await told(page):
            against[label] = problems
    assert not against, said(against)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("lang", ["ja", "en"])
async def test_a_phone_shows_every_page_without_going_sideways(
    world: World, browser: Browser, lang: str
) -> None:
    """At 360 pixels, at 320 (1280 at 400 %), and with letters twice as large at 720."""
    wrong: dict[str, list[str]] = {}
    async for label, page in visits(world, browser, lang, viewport=PHONE, has_touch=True):
        if problems := await told(page):
            wrong[label] = problems
        for size in (PHONE, NARROW):
            await page.set_viewport_size(size)  # type: ignore[arg-type]
            if beyond := await page.evaluate(BEYOND):
                wrong[f"{label} at {size['width']}"] = beyond
        await page.set_viewport_size({"width": 720, "height": 740})
        await page.evaluate("document.documentElement.style.fontSize = '200%'")
        if beyond := await page.evaluate(BEYOND):
            wrong[f"{label} with large letters"] = beyond
        await page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    assert not wrong, said(wrong)


@pytest.mark.timeout(600)
async def test_the_keyboard_reaches_everything_and_shows_where_it_is(
    world: World, browser: Browser
) -> None:
    wrong: dict[str, list[str]] = {}
    async for label, page in visits(world, browser, "en"):
        reachable, seen = await page.evaluate(COUNT), []
        await page.evaluate("document.querySelector('.skip').focus()")
        seen.append(await page.evaluate(FOCUSED))
        for _ in range(reachable * 2):
            await page.keyboard.press("Tab")
            at = await page.evaluate(FOCUSED)
            if at["body"]:
                break
            seen.append(at)
        lost = [f"{at['html']} does not show" for at in seen if not (at["shows"] and at["seen"])]
        if len(seen) < reachable - _grouped(seen):
            lost.append(f"{len(seen)} of {reachable} reached")
        if lost:
            wrong[label] = lost
    assert not wrong, said(wrong)


def _grouped(seen: list[dict[str, Any]]) -> int:
    """Frames take the focus inside and do not tell."""
    return sum(at["tag"] == "IFRAME" for at in seen) + 2


@pytest.mark.timeout(600)
async def test_colours_and_motion_can_be_taken_away(world: World, browser: Browser) -> None:
    """In forced colours every field and button has an edge, and the marked row still shows."""
    wrong: dict[str, list[str]] = {}
    edges = """() => [...document.querySelectorAll('button, input:not([type=hidden]), select, textarea')]
      .filter((e) => e.checkVisibility() && parseFloat(getComputedStyle(e).borderTopWidth) < 1
        && e.type !== 'checkbox' && e.type !== 'file').map((e) => e.outerHTML.slice(0, 100))"""
    moving = "() => document.getAnimations().length"
    async for label, page in visits(
        world, browser, "ja", forced_colors="active", reduced_motion="reduce"
    ):
        problems = await page.evaluate(edges)
        if await page.evaluate(moving):
            problems.append("something moves")
        if problems:
            wrong[label] = problems
        if label == "holds":
            await page.keyboard.press("j")
            marked = "() => getComputedStyle(document.querySelector('tr.here')).outlineStyle"
            assert await page.evaluate(marked) != "none"
    assert not wrong, said(wrong)


async def test_keys_of_one_letter_can_be_turned_off(world: World, browser: Browser) -> None:
    """WCAG 2.1.4: whoever speaks to the machine would press them without meaning to."""
    await seeded(world)
    await world.user("hanako", Role.HANDLER)
    page = await sign_in(browser, world, "hanako")
    assert world.settings is not None
    await page.goto(f"{world.settings.url}/help")
    await page.click("text=Turn the keys off")
    await page.goto(f"{world.settings.url}/holds")
    for key in ("j", "/", "?"):
        await page.keyboard.press(key)
    assert await page.locator("tr.here").count() == 0
    assert not await page.is_visible("#keys")
    await page.goto(f"{world.settings.url}/help")
    await page.click("text=Turn the keys on")
    await page.goto(f"{world.settings.url}/holds")
    await page.keyboard.press("j")
    assert await page.locator("tr.here").count() == 1


@pytest.mark.timeout(600)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("lang", ["ja", "en"])
async def test_everybody_can_use_the_senders_page(
    tmp_path: Path, browser: Browser, lang: str, scheme: str
) -> None:
    keys, clock = Keys(), Clock()
    url = f"sqlite:{tmp_path / 'sekisho.db'}"
    store = await Store.open(url, keys.sealer, writer="sender", clock=clock)
    wrong: dict[str, list[str]] = {}
    try:
        async with served(store, clock, keys) as page:
            tab = await (
                await browser.new_context(locale=lang, color_scheme=scheme, viewport=PHONE)
            ).new_page()
            _, clean = await page.wait()
            _, found = await page.wait(seen=inspection(1))
            at = f"http://127.0.0.1:{page.port}/check/m/"
            for label, token, then in (
                ("clean", clean, ""),
                ("found", found, ""),
                ("cancelled", found, "button[value=cancel]"),
                ("sent", clean, "button[value=confirm]"),
                ("no such link", "x" * 43, ""),
            ):
                await tab.goto(f"{at}{token}?lang={lang}")
                if then:
                    await tab.click(then)
                wrong[label] = await told(tab)
                await tab.set_viewport_size(NARROW)  # type: ignore[arg-type]
                wrong[label] += await tab.evaluate(BEYOND)
    finally:
        await store.close()
    assert not any(wrong.values()), said(wrong)

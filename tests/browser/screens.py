"""Pictures of every page in both languages: ``python -m tests.browser.screens [DIRECTORY] [dark] [phone]``.

Answers: small PNGs under docs/screens (or where told), made of seeded mails and no real name.
"""

from __future__ import annotations

import asyncio
import io
import sys
import tempfile
from pathlib import Path

from openpyxl import Workbook
from PIL import Image
from playwright.async_api import Browser, Page

from gateway.store import Role, Store
from tests.browser.places import places
from tests.browser.world import World, chromium, letter, opened, sign_in, welcome
from tests.numbers import my_number
from tests.sender.waiting import page as served
from tests.store.mails import Clock, Keys, inspection

COLOURS = 64  # of a picture; more are not told apart on these pages
DESK = {"width": 1280, "height": 860}
PHONE = {"width": 360, "height": 740}
XLSX = ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet")
LETTER = """\
{to} 御中

いつもお世話になっております。総務課の佐藤です。
{about}をお送りします。ご確認をお願いいたします。

なお、{name}さんの個人番号は {number} です。
"""
MAILS = (
    ("sato@city.example.lg.jp", "kyuyo@exp.com", "年末調整の資料", "鈴木", 2, True),
    (
        "tanaka@city.example.lg.jp",
        "yamada.taro@gmail.example",
        "扶養控除等申告書",
        "山田",
        1,
        False,
    ),
    ("suzuki@city.example.lg.jp", "keiri@exp.co.jp.example", "源泉徴収票", "高橋", 1, True),
)


async def take(directory: Path, scheme: str, size: dict[str, int]) -> None:
    """Take every picture."""
    with tempfile.TemporaryDirectory() as place:
        async with opened(Path(place)) as world, chromium() as browser:
            known = await seeded(world)
            for lang in ("ja", "en"):
                await _console(directory, world, browser, known, lang, scheme, size)
        async with chromium() as browser:
            for lang in ("ja", "en"):
                await _sender(directory, Path(place), browser, lang, scheme, size)


async def seeded(world: World) -> dict[str, str]:
    """Park a few mails and make accounts; return what stands for the parts of addresses."""
    holds = []
    for sender, to, about, name, approvers, sheet in MAILS:
        text = LETTER.format(to="給与計算サービス", about=about, name=name, number=my_number(9))
        mail = letter(text=text, subject=f"{about}のご送付", html="<p>給与の件</p>")
        if sheet:
            mail.add_attachment(
                _sheet(), maintype=XLSX[0], subtype=XLSX[1], filename=f"{about}.xlsx"
            )
        holds.append(await world.park_mail(mail, to=to, approvers=approvers, sender=sender))
    for name, role in (("sato", Role.HANDLER), ("takahashi", Role.APPROVER)):
        await world.user(name, role, addresses=(f"{name}@city.example.lg.jp",))
    return {
        "hold_id": holds[0].hold_id,
        "incident_id": holds[0].incident_id,
        "name": "takahashi",
        "key": await welcome(world, "sato"),
    }


def _sheet() -> bytes:
    book, out = Workbook(), io.BytesIO()
    sheet = book.active
    sheet.title = "名簿"
    sheet.append(["氏名", "個人番号", "支給額"])
    for n, name in enumerate(("鈴木 一郎", "高橋 花子", "田中 次郎", "伊藤 美咲")):
        sheet.append([name, my_number(20 + n), 250_000 + 1_000 * n])
    book.save(out)
    return out.getvalue()


async def _console(
    directory: Path,
    world: World,
    browser: Browser,
    known: dict[str, str],
    lang: str,
    scheme: str,
    size: dict[str, int],
) -> None:
    assert world.settings is not None
    pages: dict[Role | None, Page] = {}
    for place in places(known):
        if place.role not in pages:
            context = {"color_scheme": scheme, "viewport": size}
            if place.role is None:
                made = await browser.new_context(locale=lang, **context)
                pages[None] = await made.new_page()
            else:
                name = f"{place.role.value}-{lang}"
                await world.user(name, place.role)
                pages[place.role] = await sign_in(browser, world, name, lang, **context)
        page = pages[place.role]
        await page.goto(f"{world.settings.url}{place.address(lang)}")
        await _save(page, directory / f"{place.label}-{lang}.png")


async def _sender(
    directory: Path, place: Path, browser: Browser, lang: str, scheme: str, size: dict[str, int]
) -> None:
    keys, clock = Keys(), Clock()
    url = f"sqlite:{place / f'sender-{lang}.db'}"
    store = await Store.open(url, keys.sealer, writer="sender", clock=clock)
    async with served(store, clock, keys) as page:
        made = await browser.new_context(locale=lang, color_scheme=scheme, viewport=size)
        tab = await made.new_page()
        for label, seen in (("clean", None), ("found", inspection(1))):
            _, token = await page.wait(seen=seen)
            await tab.goto(f"http://127.0.0.1:{page.port}/check/m/{token}?lang={lang}")
            await _save(tab, directory / f"sender-{label}-{lang}.png")
    await store.close()


async def _save(page: Page, path: Path) -> None:
    taken = Image.open(io.BytesIO(await page.screenshot(full_page=True)))
    taken.convert("RGB").quantize(COLOURS).save(path, optimize=True)


def main() -> None:
    told = sys.argv[1:]
    named = [word for word in told if word not in ("dark", "phone")]
    target = Path(named[0] if named else "docs/screens")
    target.mkdir(parents=True, exist_ok=True)
    scheme = "dark" if "dark" in told else "light"
    asyncio.run(take(target, scheme, PHONE if "phone" in told else DESK))


if __name__ == "__main__":
    main()

"""The links that open an account for the first time."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gateway.config import load
from gateway.console.furnish import first_link
from gateway.store import Role, Store
from tests.console.browser import PASSWORD, Answer, Browser, Console
from tests.store.mails import Clock


async def _link(store: Store, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> str | None:
    path = tmp_path / "config.toml"
    path.write_text('[organisation]\ndomains = ["city.example.lg.jp"]\n')
    await first_link(load(path), store)
    found = re.search(r"/welcome\?key=([A-Za-z0-9_-]{43})$", capfd.readouterr().err, re.MULTILINE)
    return found[1] if found else None


async def _begin(browser: Browser, key: str, name: str = "root") -> Answer:
    return await browser.post("/welcome", {"key": key, "name": name, "password": PASSWORD})


async def test_the_first_administrator_comes_by_a_link_that_works_once(
    console: Console, store: Store, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    key = await _link(store, tmp_path, capfd)
    assert key is not None
    browser = console.browser()
    assert (await browser.get(f"/welcome?key={key}")).status == 200
    assert await store.users() == [], "opening the page does nothing"
    assert (await _begin(browser, key)).status == 303
    assert [(u.name, u.role) for u in await store.users()] == [("root", Role.ADMINISTRATOR)]
    assert (await browser.sign_in("root")).headers["Location"] == "/accounts"
    assert (await _begin(console.browser(), key, "second")).status == 404
    assert (await console.browser().get(f"/welcome?key={key}")).status == 404
    assert len(await store.users()) == 1


async def test_a_link_is_over_when_an_account_was_made_otherwise(
    console: Console, store: Store, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    key = await _link(store, tmp_path, capfd)
    assert key is not None
    await console.user()
    assert (await _begin(console.browser(), key)).status == 404
    assert [u.name for u in await store.users()] == ["hanako"]
    assert await _link(store, tmp_path, capfd) is None, "no further link is printed"


async def test_a_link_ends_with_its_time_and_with_the_next_start(
    console: Console, store: Store, clock: Clock, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    former = await _link(store, tmp_path, capfd)
    key = await _link(store, tmp_path, capfd)
    assert former is not None
    assert key is not None
    assert (await _begin(console.browser(), former)).status == 404
    clock.pass_by(hours=25)
    assert (await _begin(console.browser(), key)).status == 404
    assert await store.users() == []


async def test_a_weak_password_or_an_odd_name_does_not_spend_the_link(
    console: Console, store: Store, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    key = await _link(store, tmp_path, capfd)
    assert key is not None
    browser = console.browser()
    weak = {"key": key, "name": "root", "password": "short"}
    assert (await browser.post("/welcome", weak)).status == 400
    assert (await _begin(browser, key, "Not A Name")).status == 400
    assert (await _begin(browser, key)).status == 303


async def test_the_link_stands_in_no_record(
    store: Store, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    key = await _link(store, tmp_path, capfd)
    entries = [e async for e in store.audit_entries()]
    assert [e["action"] for e in entries] == ["first-link-made"]
    assert key is not None
    assert key not in str(entries)


async def test_guessed_links_open_nothing_and_are_throttled(console: Console) -> None:
    browser = console.browser()
    statuses = {(await _begin(browser, f"{n:043d}")).status for n in range(35)}
    assert statuses == {404, 429}


async def test_a_person_chooses_the_password_of_an_account_that_was_made_for_them(
    console: Console, store: Store
) -> None:
    root = await console.signed_in("root", Role.ADMINISTRATOR)
    made = await root.post("/accounts", {"name": "jiro", "role": "handler"})
    key = re.search(r"/welcome\?key=([A-Za-z0-9_-]{43})<", made.text)
    assert key is not None
    assert (await console.browser().sign_in("jiro", "")).status == 403
    assert (await console.browser().sign_in("jiro")).status == 403
    browser = console.browser()
    answer = await _begin(browser, key[1], "root")
    assert answer.status == 303, "the name is the account's, whatever is typed"
    assert (await browser.sign_in("jiro")).status == 303
    assert (await _begin(console.browser(), key[1])).status == 404
    assert key[1] not in (await root.get("/accounts/jiro")).text

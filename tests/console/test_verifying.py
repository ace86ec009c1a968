"""Verifying the audit log from its page."""

from __future__ import annotations

import asyncio

import pytest

from gateway.errors import StoreError
from gateway.store import Role, Store
from tests.console.browser import Browser, Console, held


async def settled(console: Browser) -> str:
    """What the page says once nothing runs any more."""
    for _ in range(600):
        words = (await console.get("/audit")).words
        if "being verified" not in words:
            return words
        await asyncio.sleep(0.1)
    raise AssertionError("it runs for ever")


async def test_who_verifies_when_and_what_was_found_stands_in_the_log(
    console: Console, store: Store
) -> None:
    await console.park(held("a@x.example"))
    browser = await console.signed_in("kansa", Role.AUDITOR)
    assert "Not verified yet" in (await browser.get("/audit")).words
    assert (await browser.post("/audit", {})).status == 303
    words = await settled(browser)
    assert "nothing is missing or changed" in words
    assert "Verified by user:kansa" in words
    assert [e["actor"] async for e in store.audit_entries() if e["action"] == "audit-verified"] == [
        "user:kansa"
    ]


async def test_one_runs_at_a_time_and_the_pages_answer_meanwhile(
    console: Console, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    walks, done = 0, asyncio.Event()

    async def walk(*_: object) -> list[str]:
        nonlocal walks
        walks += 1
        await done.wait()
        return ["gateway 2: was changed"]

    monkeypatch.setattr(store, "audit_verify_apart", walk)
    browser = await console.signed_in("kansa", Role.AUDITOR)
    for _ in range(3):
        assert (await browser.post("/audit", {})).status == 303
    assert "being verified (0 of" in (await browser.get("/audit")).words
    assert (await browser.get("/holds")).status == 200
    done.set()
    words = await settled(browser)
    assert (walks, "1 problems" in words, "gateway 2: was changed" in words) == (1, True, True)


async def test_a_verification_that_cannot_be_done_says_so(
    console: Console, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def walk(*_: object) -> list[str]:
        raise StoreError("the database is away")

    monkeypatch.setattr(store, "audit_verify_apart", walk)
    browser = await console.signed_in("kansa", Role.AUDITOR)
    await browser.post("/audit", {})
    assert "could not be verified" in await settled(browser)

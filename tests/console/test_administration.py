"""What an administrator does to accounts, and what nobody can."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.requests import Request

from gateway.console.sessions import ConfirmNeeded, require_fresh
from gateway.console.settings import FRESH, FRESH_ABOVE, Room
from gateway.store import Role, Store
from tests.console.browser import Console


async def test_the_last_administrator_stays(console: Console, store: Store) -> None:
    root = await console.signed_in("root", Role.ADMINISTRATOR)
    for act, fields in (("disable", {}), ("assign", {"role": "auditor"})):
        assert (await root.post(f"/accounts/root/{act}", fields)).status == 400
    await console.user("second", Role.ADMINISTRATOR)
    assert (await root.post("/accounts/root/disable", {})).status == 303
    assert (await store.user("root")).disabled_at is not None
    assert (await root.get("/accounts")).status == 303, "and is out at once"


async def test_every_act_is_recorded_under_who_did_it_with_no_secret(
    console: Console, store: Store
) -> None:
    root = await console.signed_in("root", Role.ADMINISTRATOR)
    await console.signed_in("hanako")
    for act, fields in (
        ("assign", {"role": "approver"}),
        ("grant", {}),
        ("new-password", {}),
        ("disable", {}),
        ("enable", {}),
    ):
        assert (await root.post(f"/accounts/hanako/{act}", fields)).status in (200, 303), act
    entries = [e async for e in store.audit_entries()]
    mine = [e["action"] for e in entries if e["actor"] == "user:root" and "hanako" in e["object"]]
    assert mine == [
        "user-role-changed",
        "user-granted",
        "password-changed",
        "user-disabled",
        "user-enabled",
    ]
    assert "argon2" not in str(entries)
    assert await store.audit_verify() == []


async def test_an_unknown_act_or_account_is_no_page(console: Console) -> None:
    root = await console.signed_in("root", Role.ADMINISTRATOR)
    assert (await root.post("/accounts/root/nosuch", {})).status == 404
    assert (await root.post("/accounts/nobody/grant", {})).status == 404
    assert (await root.get("/accounts/nobody")).status == 404
    for fields in ({"name": "jiro", "role": "king"}, {"name": "Ji Ro", "role": "handler"}):
        assert (await root.post("/accounts", fields)).status == 400


async def test_an_auditor_sees_accounts_and_changes_none(console: Console) -> None:
    await console.user("hanako")
    auditor = await console.signed_in("kansa", Role.AUDITOR)
    page = await auditor.get("/accounts/hanako")
    assert page.status == 200
    assert "/accounts/hanako/disable" not in page.text
    assert (await auditor.post("/accounts/hanako/disable", {})).status == 403


async def test_failures_and_locks_are_recorded_without_what_was_typed(
    console: Console, store: Store
) -> None:
    await console.user()
    browser = console.browser()
    await browser.sign_in("secret-typed-as-name")
    for _ in range(13):
        await browser.sign_in(password="not the password")
    entries = [e async for e in store.audit_entries()]
    actions = [(e["action"], e["object"]) for e in entries if e["actor"] == "anonymous"]
    assert actions[0] == ("sign-in-failed", "user:unknown")
    assert actions.count(("sign-in-failed", "user:hanako")) == 10
    assert actions.count(("sign-in-locked", "user:hanako")) == 1
    assert "secret-typed" not in str(entries)
    assert "not the password" not in str(entries)


@pytest.mark.parametrize(("persons", "asks"), [(FRESH_ABOVE, False), (FRESH_ABOVE + 1, True)])
async def test_releasing_mail_with_many_persons_asks_again_who_one_is(
    console: Console, store: Store, persons: int, asks: bool
) -> None:
    browser = await console.signed_in()
    session = await store.session(browser.cookies["sekisho-session"], FRESH)
    assert console.settings is not None
    app = Starlette()
    app.state.room = Room(console.settings, store, now=console.clock)
    request = Request({"type": "http", "app": app, "state": {"session": session}})
    require_fresh(request, persons, "/holds/x")
    console.clock.pass_by(seconds=FRESH.total_seconds() + 1)
    if not asks:
        require_fresh(request, persons, "/holds/x")
        return
    with pytest.raises(ConfirmNeeded) as caught:
        require_fresh(request, persons, "/holds/x")
    assert caught.value.back == "/holds/x"

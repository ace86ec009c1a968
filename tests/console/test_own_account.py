"""What people do with their own account: sessions, password, tokens."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import update

from gateway.console.access import authenticate_token
from gateway.console.settings import FRESH, Room
from gateway.store import Right, Role, Store
from gateway.store.account_tables import users
from gateway.store.sessions import MOST
from tests.console.browser import PASSWORD, Browser, Console

COOKIE = "sekisho-session"
NEW = "新しい合言葉 and more"


async def _ids(browser: Browser) -> list[str]:
    page = await browser.get("/account")
    return re.findall(r'name="session" value="([a-z-]{14})"', page.text)


async def test_sessions_are_listed_and_ended_by_their_owner(console: Console) -> None:
    first = await console.signed_in()
    console.clock.pass_by(seconds=5)
    second = console.browser()
    await second.sign_in()
    mine, other = await _ids(second)
    page = await second.get("/account")
    assert "127.0.0.1" in page.words
    assert first.cookies[COOKIE] not in page.text
    assert (await second.post("/account/sessions", {"session": other})).status == 303
    assert (await first.get("/holds")).status == 303
    assert await _ids(second) == [mine]


async def test_all_other_sessions_end_at_once(console: Console) -> None:
    others = [await console.signed_in()]
    for _ in range(2):
        others.append(console.browser())
        await others[-1].sign_in()
    mine = others.pop()
    assert (await mine.post("/account/sessions", {"session": "others"})).status == 303
    assert (await mine.get("/holds")).status == 200
    assert [(await other.get("/holds")).status for other in others] == [303, 303]


async def test_nobody_ends_a_session_of_somebody_else(console: Console) -> None:
    hanako, taro = await console.signed_in("hanako"), await console.signed_in("taro")
    (theirs,) = await _ids(hanako)
    assert (await taro.post("/account/sessions", {"session": theirs})).status == 404
    assert (await hanako.get("/holds")).status == 200


async def test_an_administrator_ends_anybodys_session(console: Console) -> None:
    hanako = await console.signed_in("hanako")
    root = await console.signed_in("root", Role.ADMINISTRATOR)
    (theirs,) = re.findall(
        r'name="session" value="([a-z-]{14})"', (await root.get("/accounts/hanako")).text
    )
    answer = await root.post("/accounts/hanako/end-sessions", {"session": theirs})
    assert answer.status == 303
    assert (await hanako.get("/holds")).status == 303


async def test_an_account_has_a_few_sessions_and_the_oldest_makes_room(console: Console) -> None:
    browsers = [await console.signed_in()]
    for _ in range(MOST):
        console.clock.pass_by(seconds=61)
        browsers.append(console.browser())
        await browsers[-1].sign_in()
    statuses = [(await b.get("/holds")).status for b in browsers]
    assert statuses == [303] + [200] * MOST


async def test_another_role_ends_the_sessions_and_tokens_of_the_one_before(
    console: Console, store: Store
) -> None:
    browser = await console.signed_in()
    token = await _token(browser)
    await store.assign_user("hanako", actor="os:root", role=Role.AUDITOR)
    assert (await browser.get("/holds")).status == 303
    assert await store.account_of_token(token) is None


async def test_a_lapsed_account_is_out_and_comes_back_when_granted(
    console: Console, store: Store
) -> None:
    browser = await console.signed_in()
    token = await _token(browser)
    console.clock.pass_by(days=365 - 29)
    assert [u.name for u in await store.lapsing_users()] == ["hanako"]
    console.clock.pass_by(days=30)
    assert (await console.browser().sign_in()).status == 403
    assert await store.account_of_token(token) is None
    await store.grant_user("hanako", console.clock.pass_by(days=0).replace(year=2028), actor="os:x")
    assert (await console.browser().sign_in()).status == 303


async def test_a_lapsing_account_is_marked_for_the_administrator(console: Console) -> None:
    await console.user("hanako")
    console.clock.pass_by(days=340)
    root = await console.signed_in("root", Role.ADMINISTRATOR)
    page = await root.get("/accounts")
    assert "1 accounts lapse within 30 days" in page.words
    assert "lapses soon" in page.words
    assert (await root.post("/accounts/hanako/grant", {})).status == 303
    assert "lapses soon" not in (await root.get("/accounts")).words


async def test_a_session_dies_with_its_account_in_the_middle(
    console: Console, store: Store
) -> None:
    browser = await console.signed_in()
    async with store._database.write() as connection:
        await connection.execute(update(users).values(granted_until=console.clock.now))
    assert (await browser.get("/holds")).status == 303


# ------------------------------------------------------------------ the password


async def test_a_password_is_changed_with_the_old_one_and_every_session_ends(
    console: Console,
) -> None:
    browser, other = await console.signed_in(), console.browser()
    await other.sign_in()
    wrong = {"password": "not the password", "new": NEW}
    assert (await browser.post("/account/password", wrong)).status == 403
    assert (
        await browser.post("/account/password", {"password": PASSWORD, "new": "x"})
    ).status == 400
    right = {"password": PASSWORD, "new": NEW}
    assert (await browser.post("/account/password", right)).headers["Location"] == "/login"
    assert (await other.get("/holds")).status == 303
    assert (await console.browser().sign_in()).status == 403
    assert (await console.browser().sign_in(password=NEW)).status == 303


# ------------------------------------------------------------------ tokens


async def _token(browser: Browser, **more: object) -> str:
    fields = {"label": "集計", "scope": ["view-holds"], "days": "30"} | more
    made = await browser.post("/account/tokens", fields)
    found = re.search(r"<code>(sekisho_[A-Za-z0-9_-]{43})</code>", made.text)
    assert found is not None, made.words
    return found[1]


async def test_a_token_is_shown_once_and_does_what_its_scope_says(
    console: Console, store: Store
) -> None:
    browser = await console.signed_in()
    token = await _token(browser)
    assert token not in (await browser.get("/account")).text
    room = Room(console.settings, store)
    account = await authenticate_token(room, f"Bearer {token}")
    assert account is not None
    assert account.recorded == "user:hanako"
    assert account.may(Right.VIEW_HOLDS)
    assert not account.may(Right.RELEASE), "of the role, not of the scope"
    assert token not in str([e async for e in store.audit_entries()])


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer x", "Basic {t}", "{t}", "Bearer {t}x", "Bearer {t}\n", "bearer  {t}"],
)
async def test_what_is_no_token_of_ours_is_nobody(
    console: Console, store: Store, header: str
) -> None:
    token = await _token(await console.signed_in())
    room = Room(console.settings, store)
    found = await authenticate_token(room, header.format(t=token))
    assert (found is not None) is (header in ("bearer  {t}", "Bearer {t}\n"))


async def test_a_token_ends_with_its_time_its_owner_or_by_hand(
    console: Console, store: Store
) -> None:
    browser = await console.signed_in()
    tokens = [await _token(browser) for _ in range(3)]
    listed = await store.tokens("hanako")
    assert [t.label for t in listed] == ["集計"] * 3
    await browser.post("/account/tokens/revoke", {"token": listed[0].token_id})
    room = Room(console.settings, store)
    alive = [await authenticate_token(room, f"Bearer {t}") is not None for t in tokens]
    assert alive == [False, True, True]
    console.clock.pass_by(days=31)
    assert await authenticate_token(room, f"Bearer {tokens[1]}") is None
    await store.disable_user("hanako", actor="os:root")
    assert await store.tokens("hanako") == []


async def test_a_token_is_never_wider_than_its_owner(console: Console) -> None:
    browser = await console.signed_in()
    for scope, days in (
        (["view-audit"], "30"),
        (["manage-accounts"], "30"),
        (["own-account"], "30"),
        (["unmask"], "30"),
        ([], "30"),
        (["everything"], "30"),
        (["view-holds"], "3650"),
        (["view-holds"], "x"),
    ):
        fields = {"label": "x", "scope": scope, "days": days}
        assert (await browser.post("/account/tokens", fields)).status == 400
    assert await console.store.tokens() == []


async def test_making_a_token_asks_again_who_one_is(console: Console) -> None:
    browser = await console.signed_in()
    console.clock.pass_by(seconds=FRESH.total_seconds() + 1)
    answer = await browser.post("/account/tokens", {"label": "x", "scope": "view-holds"})
    assert answer.headers["Location"] == "/confirm?next=%2Faccount"


async def test_nobody_revokes_a_token_of_somebody_else(console: Console, store: Store) -> None:
    await _token(await console.signed_in("hanako"))
    (theirs,) = await store.tokens("hanako")
    taro = await console.signed_in("taro")
    answer = await taro.post("/account/tokens/revoke", {"token": theirs.token_id})
    assert answer.status == 404
    assert len(await store.tokens("hanako")) == 1


async def test_a_token_opens_no_page(console: Console) -> None:
    browser = await console.signed_in()
    token = await _token(browser)
    stranger = console.browser()
    assert (await stranger.get("/holds", Authorization=f"Bearer {token}")).status == 303
    stranger.cookies[COOKIE] = token
    assert (await stranger.get("/holds")).status == 303

from __future__ import annotations

from datetime import timedelta

import pytest

from gateway.console import login, passwords
from gateway.console.passwords import hash_password, matches
from gateway.console.settings import IDLE, LASTS
from gateway.console.throttle import PER_ACCOUNT, WINDOW, network
from gateway.errors import UsageError
from gateway.store import Role, Store, User
from tests.console.browser import PASSWORD, Console
from tests.numbers import my_number
from tests.store.mails import Clock

COOKIE = "sekisho-session"


async def test_a_right_password_opens_the_page_that_was_asked_for(console: Console) -> None:
    await console.user()
    browser = console.browser()
    asked = await browser.get("/incidents")
    assert (asked.status, asked.headers["Location"]) == (303, "/login?next=%2Fincidents")
    form = await browser.get(asked.headers["Location"])
    assert 'name="next" value="/incidents"' in form.text
    answer = await browser.sign_in(next="/incidents")
    assert (answer.status, answer.headers["Location"]) == (303, "/incidents")
    assert (await browser.get("/incidents")).status == 200


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/holds",
        "//evil.example/holds",
        "/\\evil.example",
        "/holds/../../evil",
        "/holds\r\nSet-Cookie: a=b",
        "javascript:alert(1)",
    ],
)
async def test_signing_in_never_leads_to_another_site(console: Console, elsewhere: str) -> None:
    await console.user()
    answer = await console.browser().sign_in(next=elsewhere)
    assert (answer.status, answer.headers["Location"]) == (303, "/holds")


async def test_a_wrong_password_and_an_unknown_name_get_the_same_page(console: Console) -> None:
    await console.user()
    wrong = await console.browser().sign_in(password="not the password")
    unknown = await console.browser().sign_in("nobody")
    assert wrong.status == unknown.status == 403
    assert wrong.text == unknown.text
    assert COOKIE not in str(wrong.headers)


async def test_what_was_typed_is_neither_shown_nor_logged_nor_kept(
    console: Console, store: Store, capfd: pytest.CaptureFixture[str]
) -> None:
    typed = my_number(7)
    answer = await console.browser().sign_in(typed, typed)
    assert answer.status == 403
    assert typed not in answer.text
    told = capfd.readouterr()
    assert "sign-in-refused" in told.out + told.err
    assert typed not in told.out + told.err
    assert await store.users() == []


async def test_a_disabled_user_cannot_sign_in_and_is_out_at_once(
    console: Console, store: Store
) -> None:
    browser = await console.signed_in()
    assert (await browser.get("/holds")).status == 200
    await store.disable_user("hanako", actor="os:root")
    assert (await browser.get("/holds")).status == 303
    assert (await console.browser().sign_in()).status == 403


# ------------------------------------------------------------------ sessions


async def test_a_session_that_was_ended_cannot_be_replayed(console: Console) -> None:
    browser = await console.signed_in()
    kept = dict(browser.cookies)
    ended = await browser.post("/logout", {})
    assert (ended.status, ended.headers["Clear-Site-Data"]) == (303, '"cache", "storage"')
    assert COOKIE not in browser.cookies
    browser.cookies = kept
    assert (await browser.get("/holds")).headers["Location"] == "/login?next=%2Fholds"


async def test_signing_in_never_takes_over_a_token_that_was_brought(console: Console) -> None:
    await console.user()
    planted = "A" * 43
    browser = console.browser()
    browser.cookies[COOKIE] = planted
    assert (await browser.sign_in()).status == 303
    assert browser.cookies[COOKIE] != planted
    stranger = console.browser()
    stranger.cookies[COOKIE] = planted
    assert (await stranger.get("/holds")).status == 303


async def test_signing_in_again_ends_the_session_before(console: Console) -> None:
    browser = await console.signed_in()
    before = browser.cookies[COOKIE]
    await browser.sign_in()
    former = console.browser()
    former.cookies[COOKIE] = before
    assert (await browser.get("/holds")).status == 200
    assert (await former.get("/holds")).status == 303


async def test_a_session_that_nobody_uses_ends(console: Console, clock: Clock) -> None:
    browser = await console.signed_in()
    clock.pass_by(seconds=IDLE.total_seconds() - 60)
    assert (await browser.get("/holds")).status == 200, "used just in time"
    clock.pass_by(seconds=IDLE.total_seconds() - 60)
    assert (await browser.get("/holds")).status == 200, "its use counted"
    clock.pass_by(seconds=IDLE.total_seconds() + 1)
    assert (await browser.get("/holds")).status == 303


async def test_a_busy_session_ends_after_a_working_day(console: Console, clock: Clock) -> None:
    browser = await console.signed_in()
    step = timedelta(minutes=20)
    for _ in range(int(LASTS / step) - 1):
        clock.pass_by(seconds=step.total_seconds())
        assert (await browser.get("/incidents")).status == 200
    clock.pass_by(seconds=step.total_seconds())
    assert (await browser.get("/incidents")).status == 303


async def test_the_cookie_is_for_this_site_and_no_script(console: Console) -> None:
    await console.user()
    cookie = (await console.browser().sign_in()).headers["Set-Cookie"].lower()
    assert {"httponly", "path=/", "samesite=strict"} <= set(cookie.split("; "))
    assert "domain=" not in cookie
    assert "max-age" not in cookie, "it ends with the browser"


async def test_over_tls_the_cookie_is_bound_to_the_host(store: Store, clock: Clock) -> None:
    secure = await Console(store, clock, url="https://sekisho.city.example.lg.jp").start()
    try:
        await secure.user()
        answer = await secure.browser().sign_in()
        cookie = answer.headers["Set-Cookie"]
        assert cookie.startswith("__Host-sekisho-session=")
        assert "secure" in cookie.lower().split("; ")
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    finally:
        await secure.stop()


async def test_a_link_in_web_mail_finds_the_session_that_the_browser_keeps_back(
    console: Console,
) -> None:
    """SameSite=Strict: the first request has no cookie, the page's own refresh has."""
    answer = await console.browser().get("/holds/kxdp-wmzr-tqhb", Sec_Fetch_Site="cross-site")
    assert answer.status == 200
    assert '<meta http-equiv="refresh" content="0; url=/holds/kxdp-wmzr-tqhb">' in answer.text
    again = await console.browser().get("/holds/kxdp-wmzr-tqhb", Sec_Fetch_Site="same-origin")
    assert again.headers["Location"] == "/login?next=%2Fholds%2Fkxdp-wmzr-tqhb"


# ------------------------------------------------------------------ guessing


async def test_guessing_at_an_account_is_stopped_and_time_heals_it(
    console: Console, clock: Clock
) -> None:
    await console.user()
    guesser = console.browser()
    for _ in range(PER_ACCOUNT):
        assert (await guesser.sign_in(password="not the password")).status == 403
    stopped = await guesser.sign_in()
    assert (stopped.status, stopped.headers["Retry-After"]) == (429, "900")
    assert COOKIE not in guesser.cookies, "also with the right password"
    clock.pass_by(seconds=WINDOW.total_seconds() + 1)
    assert (await guesser.sign_in()).status == 303


def test_a_network_of_64_bits_is_one_address() -> None:
    assert network("2001:db8::1") == network("2001:db8::ffff:1") != network("2001:db8:0:1::1")
    assert network("192.0.2.7") != network("192.0.2.8")


async def test_an_unknown_name_costs_the_same_work_as_a_known_one(
    console: Console, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The shape of the work, not its time: one look-up, one argon2 of one cost, one record."""
    await store.add_user(User("taro", Role.HANDLER), hash_password(PASSWORD), actor="os:root")
    work: list[str] = []
    watched = {"count_attempt": store, "password_hash": store, "note_sign_in": store}
    for name, owner in watched.items():
        _watch(monkeypatch, owner, name, work)
    checked: list[str] = []

    def matches_watched(kept: str | None, password: str) -> bool:
        work.append("argon2")
        checked.append((kept or passwords._nobodys()).rpartition("$")[0].rpartition("$")[0])
        return matches(kept, password)

    monkeypatch.setattr(login, "matches", matches_watched)
    shapes = []
    for name in ("taro", "nobody", "Not A Name", "x" * 500):
        work.clear()
        assert (await console.browser().sign_in(name, "not the password")).status == 403
        shapes.append([w for w in work if w != "password_hash"])
    assert shapes[0] == ["count_attempt", "count_attempt", "argon2", "note_sign_in"]
    assert all(shape == shapes[0] for shape in shapes)
    assert len(set(checked)) == 1, "argon2id of the same cost"


def _watch(patch: pytest.MonkeyPatch, owner: object, name: str, work: list[str]) -> None:
    real = getattr(owner, name)

    async def watched(*args: object) -> object:
        work.append(name)
        return await real(*args)

    patch.setattr(owner, name, watched)


# ------------------------------------------------------------------ passwords


def test_a_password_is_kept_as_argon2id_and_nothing_else_matches() -> None:
    kept = hash_password(PASSWORD)
    assert kept.startswith("$argon2id$")
    assert matches(kept, PASSWORD)
    assert not matches(kept, PASSWORD + " ")
    assert not matches(None, PASSWORD)
    assert not matches("no hash at all", PASSWORD)


@pytest.mark.parametrize("weak", ["short", "a" * 40, "abababababababab", "x" * 300])
def test_a_weak_password_is_refused_without_being_quoted(weak: str) -> None:
    with pytest.raises(UsageError) as caught:
        hash_password(weak)
    assert weak not in str(caught.value)

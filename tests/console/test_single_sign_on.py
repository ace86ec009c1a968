"""Single sign-on against a real provider on loopback, honest and lying."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from joserfc.jwk import RSAKey

from gateway.console.oidc.provider import Provider, ProviderSettings
from gateway.console.settings import FRESH
from gateway.store import Role, Store, User
from tests.console.browser import Answer, Browser, Console
from tests.console.identity_provider import (
    CLIENT,
    SECRET,
    Identity,
    IdentityProvider,
    shared_secret_of,
)
from tests.store.mails import Clock

ROLES = ((Role.APPROVER, frozenset({"bosses"})), (Role.HANDLER, frozenset({"desk", "more"})))


@pytest.fixture
async def provider(clock: Clock) -> AsyncIterator[IdentityProvider]:
    started = IdentityProvider(lambda: clock.now.timestamp()).start()
    yield started
    started.stop()


async def open_console(
    store: Store, clock: Clock, provider: IdentityProvider, **more: Any
) -> Console:
    settings = ProviderSettings(provider.issuer, CLIENT, SECRET, **more)
    return await Console(store, clock, provider=Provider(settings, clock)).start()


@pytest.fixture
async def sso(store: Store, clock: Clock, provider: IdentityProvider) -> AsyncIterator[Console]:
    console = await open_console(store, clock, provider)
    await store.add_user(User("hanako", Role.HANDLER, single_sign_on=True), "", actor="os:root")
    yield console
    await console.stop()


async def journey(
    browser: Browser, provider: IdentityProvider, leave: str = "/login/provider", **brought: str
) -> Answer:
    left = await browser.get(leave)
    assert left.status == 303, left.words
    back = provider.sign_in(left.headers["Location"]) | brought
    return await come_back(browser, back)


async def come_back(browser: Browser, brought: dict[str, str]) -> Answer:
    return await browser.get(f"/login/provider/back?{urlencode(brought)}")


async def is_in(browser: Browser) -> bool:
    return (await browser.get("/holds")).status == 200


def assert_refused(answer: Answer) -> None:
    assert answer.status == 403
    assert "Single sign-on did not work" in answer.words


async def test_somebody_who_waits_for_it_comes_in_and_is_tied(
    sso: Console, provider: IdentityProvider, store: Store
) -> None:
    browser = sso.browser()
    answer = await journey(browser, provider, "/login/provider?next=/incidents")
    assert answer.status == 200, "a page of ours goes on: strict cookies stay home otherwise"
    assert 'content="0; url=/incidents"' in answer.text
    assert await is_in(browser)
    provider.who = Identity(name="renamed@city.example.lg.jp")
    again = sso.browser()
    await journey(again, provider)
    assert await is_in(again), "known by sub, whatever the name is now"
    assert [u.name for u in await store.users()] == ["hanako"]


async def test_an_account_with_a_password_is_never_taken_over(
    sso: Console, provider: IdentityProvider
) -> None:
    await sso.user("taro")
    provider.who = Identity(sub="mallory", name="taro@city.example.lg.jp")
    browser = sso.browser()
    assert_refused(await journey(browser, provider))
    assert not await is_in(browser)


async def test_another_person_of_the_same_name_is_refused(
    sso: Console, provider: IdentityProvider
) -> None:
    await journey(sso.browser(), provider)
    provider.who = Identity(sub="somebody-else")
    browser = sso.browser()
    assert_refused(await journey(browser, provider))
    assert not await is_in(browser)


async def test_a_closed_or_lapsed_account_stays_out_whatever_the_provider_says(
    sso: Console, provider: IdentityProvider, store: Store, clock: Clock
) -> None:
    browser = sso.browser()
    await journey(browser, provider)
    clock.pass_by(days=366)
    assert_refused(await journey(sso.browser(), provider))
    await store.disable_user("hanako", actor="os:root")
    assert_refused(await journey(sso.browser(), provider))
    assert not await is_in(browser)


# ------------------------------------------------------------------ lies


@pytest.mark.parametrize(
    ("cause", "lies"),
    [
        ("token-iss", {"iss": "https://evil.example"}),
        ("token-aud", {"aud": "another-client"}),
        ("token-aud", {"aud": ["another-client"]}),
        ("token-aud", {"aud": {"sekisho": 1}}),
        ("token-azp", {"aud": [CLIENT, "another"]}),
        ("token-azp", {"azp": "another"}),
        ("token-nonce", {"nonce": "of-another-journey"}),
        ("token-nonce", {"nonce": None}),
        ("token-exp", {"exp": 0}),
        ("token-exp", {"exp": None}),
        ("token-exp", {"exp": "soon"}),
        ("token-exp", {"exp": True}),
        ("token-iat", {"iat": 4102444800}),
        ("token-iat", {"iat": 1000}),
        ("token-nbf", {"nbf": 4102444800}),
        ("token-sub", {"sub": None}),
        ("token-sub", {"sub": ""}),
        ("token-sub", {"sub": "x" * 256}),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
async def test_a_token_that_is_not_for_us_now_opens_nothing(
    sso: Console,
    provider: IdentityProvider,
    capfd: pytest.CaptureFixture[str],
    cause: str,
    lies: dict[str, Any],
) -> None:
    provider.lies = lies
    browser = sso.browser()
    assert_refused(await journey(browser, provider))
    assert not await is_in(browser)
    told = capfd.readouterr()
    assert cause in told.out + told.err


async def test_an_unsigned_token_opens_nothing(sso: Console, provider: IdentityProvider) -> None:
    provider.unsigned = True
    browser = sso.browser()
    assert_refused(await journey(browser, provider))
    assert not await is_in(browser)


async def test_a_token_of_another_key_under_the_known_name_opens_nothing(
    sso: Console, provider: IdentityProvider
) -> None:
    provider.signing = RSAKey.generate_key(2048, {"kid": provider.keys[0].kid})
    browser = sso.browser()
    assert_refused(await journey(browser, provider))
    assert not await is_in(browser)


async def test_a_token_signed_with_the_public_key_as_a_secret_opens_nothing(
    sso: Console, provider: IdentityProvider
) -> None:
    provider.signing, provider.algorithm = shared_secret_of(provider.keys[0]), "HS256"
    browser = sso.browser()
    assert_refused(await journey(browser, provider))
    assert not await is_in(browser)


async def test_a_wrong_state_opens_nothing_and_spends_the_journey(
    sso: Console, provider: IdentityProvider
) -> None:
    browser = sso.browser()
    left = await browser.get("/login/provider")
    brought = provider.sign_in(left.headers["Location"])
    kept = dict(browser.cookies)
    assert_refused(await come_back(browser, brought | {"state": "x" * 43}))
    browser.cookies = kept
    assert_refused(await come_back(browser, brought))
    assert not await is_in(browser)


async def test_another_browser_cannot_be_signed_in_with_ones_own_answer(
    sso: Console, provider: IdentityProvider
) -> None:
    """Login CSRF: the answer counts only in the browser that left."""
    left = await sso.browser().get("/login/provider")
    victim = sso.browser()
    assert_refused(await come_back(victim, provider.sign_in(left.headers["Location"])))
    other = sso.browser()
    await other.get("/login/provider")
    assert_refused(await come_back(other, provider.sign_in(left.headers["Location"])))
    assert not await is_in(victim)
    assert not await is_in(other)


async def test_an_answer_counts_once(sso: Console, provider: IdentityProvider) -> None:
    browser = sso.browser()
    left = await browser.get("/login/provider")
    brought = provider.sign_in(left.headers["Location"])
    kept = dict(browser.cookies)
    assert (await come_back(browser, brought)).status == 200
    replayed = sso.browser()
    replayed.cookies = kept
    assert_refused(await come_back(replayed, brought))


async def test_an_answer_that_comes_late_or_from_elsewhere_opens_nothing(
    sso: Console, provider: IdentityProvider, clock: Clock
) -> None:
    browser = sso.browser()
    assert_refused(await journey(browser, provider, iss="https://evil.example"))
    left = await browser.get("/login/provider")
    brought = provider.sign_in(left.headers["Location"])
    without = {k: v for k, v in brought.items() if k != "iss"}
    assert_refused(await come_back(browser, without))
    left = await browser.get("/login/provider")
    clock.pass_by(minutes=11)
    assert_refused(await come_back(browser, provider.sign_in(left.headers["Location"])))
    assert_refused(await journey(browser, provider, error="access_denied"))
    assert not await is_in(browser)


async def test_clocks_may_be_a_minute_apart_and_no_more(
    sso: Console, provider: IdentityProvider, clock: Clock
) -> None:
    for apart, fine in ((-50, True), (50, True), (70, False)):
        provider.now = lambda apart=apart: clock.now.timestamp() + apart
        browser = sso.browser()
        await journey(browser, provider)
        assert await is_in(browser) is fine


async def test_a_discovery_document_of_another_issuer_is_refused(
    sso: Console, provider: IdentityProvider
) -> None:
    for said in (
        {"issuer": "https://evil.example"},
        {"token_endpoint": "http://evil.example/token"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"jwks_uri": None},
    ):
        provider.discovery = said
        assert_refused(await sso.browser().get("/login/provider"))


# ------------------------------------------------------------------ keys, groups, factors


async def test_keys_that_turn_are_fetched_anew_once_a_minute(
    sso: Console, provider: IdentityProvider, clock: Clock
) -> None:
    await journey(sso.browser(), provider)
    provider.turn_keys()
    clock.pass_by(minutes=2)
    browser = sso.browser()
    await journey(browser, provider)
    assert await is_in(browser)
    fetched = provider.asked.count("/keys")
    provider.turn_keys()
    for _ in range(3):
        assert_refused(await journey(sso.browser(), provider))
    assert provider.asked.count("/keys") == fetched, "an unknown key asks once a minute at most"


async def test_a_key_without_a_name_counts_where_it_is_the_only_one(
    sso: Console, provider: IdentityProvider
) -> None:
    provider.hides_key_id = True
    browser = sso.browser()
    await journey(browser, provider)
    assert await is_in(browser)
    provider.keys.append(RSAKey.generate_key(2048, {"kid": "second"}))
    sso.clock.pass_by(hours=2)
    assert_refused(await journey(sso.browser(), provider))


async def test_elliptic_keys_are_understood(
    store: Store, clock: Clock, provider: IdentityProvider
) -> None:
    provider.algorithm = "ES256"
    provider.turn_keys()
    console = await open_console(store, clock, provider)
    try:
        await store.add_user(User("hanako", Role.HANDLER, single_sign_on=True), "", actor="os:root")
        browser = console.browser()
        await journey(browser, provider)
        assert await is_in(browser)
    finally:
        await console.stop()


async def test_groups_give_the_role_at_every_sign_in(
    store: Store, clock: Clock, provider: IdentityProvider
) -> None:
    console = await open_console(store, clock, provider, roles=ROLES, create=True)
    try:
        provider.who = Identity(groups=("desk", "bosses"))
        browser = console.browser()
        await journey(browser, provider)
        assert (await store.user("hanako")).role is Role.APPROVER, "the first that fits"
        assert await is_in(browser)
        provider.who = Identity(groups=("desk",))
        await journey(console.browser(), provider)
        assert (await store.user("hanako")).role is Role.HANDLER
        assert not await is_in(browser), "a session of the role before is over"
        for groups in ((), ("others",), ("DESK",)):
            provider.who = Identity(groups=groups)
            assert_refused(await journey(console.browser(), provider))
    finally:
        await console.stop()


async def test_nobody_is_made_an_account_unless_that_was_asked_for(
    store: Store, clock: Clock, provider: IdentityProvider
) -> None:
    console = await open_console(store, clock, provider, roles=ROLES)
    try:
        provider.who = Identity(groups=("desk",))
        assert_refused(await journey(console.browser(), provider))
        assert await store.users() == []
    finally:
        await console.stop()


@pytest.mark.parametrize("name", ["", "1234", "-c", "ユーザー", "a b", "x" * 80, "a\r\nb", None, 7])
async def test_a_name_that_cannot_be_an_accounts_makes_none(
    store: Store, clock: Clock, provider: IdentityProvider, name: Any
) -> None:
    console = await open_console(store, clock, provider, roles=ROLES, create=True)
    try:
        provider.who, provider.lies = Identity(groups=("desk",)), {"preferred_username": name}
        assert_refused(await journey(console.browser(), provider))
        assert await store.users() == []
    finally:
        await console.stop()


async def test_a_second_factor_at_the_provider_counts_and_nothing_else_does(
    store: Store, clock: Clock, provider: IdentityProvider
) -> None:
    settings = ProviderSettings(provider.issuer, CLIENT, SECRET)
    told = {"second_factor": frozenset({Role.HANDLER})}
    console = await Console(store, clock, provider=Provider(settings, clock), told=told).start()
    try:
        await store.add_user(User("hanako", Role.HANDLER, single_sign_on=True), "", actor="os:root")
        browser = console.browser()
        await journey(browser, provider)
        assert (await browser.get("/holds")).headers["Location"] == "/account/second-factor"
        provider.who = Identity(amr=("pwd", "mfa"))
        browser = console.browser()
        await journey(browser, provider)
        assert await is_in(browser)
    finally:
        await console.stop()


async def test_proving_it_again_at_the_provider_asks_for_a_new_sign_in_there(
    sso: Console, provider: IdentityProvider, clock: Clock
) -> None:
    await sso.store.assign_user("hanako", actor="os:root", role=Role.ADMINISTRATOR)
    await sso.user("second", Role.ADMINISTRATOR)
    browser = sso.browser()
    await journey(browser, provider)
    clock.pass_by(seconds=FRESH.total_seconds() + 1)
    confirm = (await browser.post("/accounts/second/disable", {})).headers["Location"]
    assert confirm.startswith("/confirm")
    again = "/login/provider?again=1&next=/accounts/second"
    assert "prompt=login" in (await browser.get(again)).headers["Location"]
    provider.who = Identity(auth_time=(clock.now - timedelta(hours=1)).timestamp())
    assert_refused(await journey(browser, provider, again))
    assert (await browser.post("/accounts/second/disable", {})).headers["Location"] == confirm
    provider.who = Identity(sub="somebody-else")
    assert_refused(await journey(browser, provider, again))
    provider.who = Identity()
    assert 'url=/accounts/second"' in (await journey(browser, provider, again)).text
    assert (await browser.post("/accounts/second/disable", {})).status == 303
    assert (await sso.store.user("second")).disabled_at is not None


# ------------------------------------------------------------------ silence


async def test_no_token_code_secret_or_claim_is_logged_kept_or_shown(
    sso: Console, provider: IdentityProvider, store: Store, capfd: pytest.CaptureFixture[str]
) -> None:
    browser = sso.browser()
    left = await browser.get("/login/provider")
    brought = provider.sign_in(left.headers["Location"])
    answer = await come_back(browser, brought)
    provider.lies = {"nonce": "wrong"}
    refused = await journey(sso.browser(), provider)
    told = capfd.readouterr()
    entries = "".join([str(e) async for e in store.audit_entries()])
    said = told.out + told.err + entries + answer.text + refused.text
    for secret in (brought["code"], brought["state"], SECRET, "eyJ", provider.who.sub):
        assert secret not in said


async def test_without_a_provider_the_way_there_is_no_page(console: Console) -> None:
    for path in ("/login/provider", "/login/provider/back?code=x&state=y"):
        assert (await console.browser().get(path)).status == 404
    assert "single sign-on" not in (await console.browser().get("/login")).words

"""One-time codes, recovery codes, and proving again who one is."""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime

import pytest

from gateway.console import one_time
from gateway.console.sessions import SESSION
from gateway.console.settings import FRESH
from gateway.console.vault import Vault, ensure_vault
from gateway.errors import KeyMissingError
from gateway.store import Role, Store
from tests.console.browser import PASSWORD, Answer, Browser, Console
from tests.store.mails import Clock

# RFC 6238 appendix B, SHA-1; the last six of its eight digits.
VECTORS = [
    (59, "287082"),
    (1111111109, "081804"),
    (1111111111, "050471"),
    (1234567890, "005924"),
    (2000000000, "279037"),
]


@pytest.mark.parametrize(("second", "code"), VECTORS)
def test_codes_are_those_of_the_standard(second: int, code: str) -> None:
    secret = b"12345678901234567890"
    assert one_time.code_at(secret, second // 30) == code
    now = datetime.fromtimestamp(second, UTC)
    assert one_time.step_of(secret, f" {code[:3]} {code[3:]} ", now) == second // 30


def test_a_clock_may_be_one_step_off_and_no_more() -> None:
    secret, now = one_time.new_secret(), datetime(2026, 11, 22, tzinfo=UTC)
    this = int(now.timestamp()) // 30
    for off, fits in ((-2, False), (-1, True), (0, True), (1, True), (2, False)):
        found = one_time.step_of(secret, one_time.code_at(secret, this + off), now)
        assert found == (this + off if fits else None)
    for odd in ("", "12345", "1234567", "１２３４５６", "-12345", "0x1234"):
        assert one_time.step_of(secret, odd, now) is None


def test_recovery_codes_are_long_and_read_however_they_are_typed() -> None:
    codes = one_time.new_recovery_codes()
    assert len(set(codes)) == one_time.RECOVERY_CODES
    for code in codes:
        assert re.fullmatch(r"[bcdfghjkmnpqrstvwxyz]{4}(-[bcdfghjkmnpqrstvwxyz]{4}){6}", code)
        assert one_time.recovery_code(f" {code.upper().replace('-', ' ')} ") == code
    assert one_time.recovery_code(codes[0][:-1]) is None
    assert one_time.recovery_code("123456") is None


async def enrolled(console: Console, name: str = "hanako") -> tuple[Browser, bytes, list[str]]:
    """Sign somebody in and set a second factor up; their browser, its secret, their codes."""
    browser = await console.signed_in(name)
    form = await browser.get("/account/second-factor")
    secret = _secret(form)
    answer = await _enrol(console, browser, form, secret)
    assert answer.status == 200, answer.words
    return browser, secret, re.findall(r"<code>([a-z]{4}(?:-[a-z]{4}){6})</code>", answer.text)


def _secret(form: Answer) -> bytes:
    typed = re.search(r"<code>([A-Z2-7 ]+)</code>", form.text)
    assert typed is not None
    return base64.b32decode(typed[1].replace(" ", ""))


async def _enrol(console: Console, browser: Browser, form: Answer, secret: bytes) -> Answer:
    ticket = re.search(r'name="ticket" value="([^"]+)"', form.text)
    assert ticket is not None
    fields = {"ticket": ticket[1], "code": _code(console.clock, secret)}
    return await browser.post("/account/second-factor", fields)


def _code(clock: Clock, secret: bytes, step: int = 0) -> str:
    return one_time.code_at(secret, int(clock.now.timestamp()) // 30 + step)


async def _half(console: Console, name: str = "hanako") -> Browser:
    """A browser whose password was right."""
    browser = console.browser()
    answer = await browser.sign_in(name)
    assert (answer.status, answer.headers["Location"]) == (303, "/login/code")
    return browser


async def test_enrolling_draws_the_code_here_and_shows_recovery_codes_once(
    console: Console,
) -> None:
    browser = await console.signed_in()
    form = await browser.get("/account/second-factor")
    assert "<svg" in form.text
    assert "style=" not in form.text
    assert "otpauth" not in form.text
    answer = await _enrol(console, browser, form, _secret(form))
    assert len(re.findall(r"<code>[a-z]{4}-", answer.text)) == one_time.RECOVERY_CODES
    again = await browser.get("/account")
    assert not re.findall(r"<code>[a-z]{4}(?:-[a-z]{4}){6}", again.text)
    assert "Recovery codes left: 8" in again.words


async def test_a_password_alone_opens_nothing_once_a_factor_is_enrolled(console: Console) -> None:
    _, secret, _ = await enrolled(console)
    console.clock.pass_by(seconds=60)
    browser = await _half(console)
    for page in ("/holds", "/account", "/account/second-factor"):
        assert (await browser.get(page)).headers["Location"].startswith("/login")
    answer = await browser.post("/login/code", {"code": _code(console.clock, secret)})
    assert (answer.status, answer.headers["Location"]) == (303, "/holds")
    assert (await browser.get("/holds")).status == 200


async def test_a_code_opens_once(console: Console) -> None:
    _, secret, _ = await enrolled(console)
    used = _code(console.clock, secret)
    browser = await _half(console)
    assert (await browser.post("/login/code", {"code": used})).status == 403, "enrolled with it"
    console.clock.pass_by(seconds=30)
    code = _code(console.clock, secret)
    assert (await browser.post("/login/code", {"code": code})).status == 303
    other = await _half(console)
    assert (await other.post("/login/code", {"code": code})).status == 403
    earlier = _code(console.clock, secret, -1)
    assert (await other.post("/login/code", {"code": earlier})).status == 403


async def test_a_recovery_code_opens_once(console: Console) -> None:
    _, _, codes = await enrolled(console)
    browser = await _half(console)
    assert (await browser.post("/login/code", {"code": codes[0]})).status == 303
    other = await _half(console)
    assert (await other.post("/login/code", {"code": codes[0]})).status == 403
    assert (await other.post("/login/code", {"code": codes[1].upper()})).status == 303
    assert await console.store.recovery_codes_left("hanako") == 6


async def test_the_half_way_ticket_is_good_once_and_for_five_minutes(console: Console) -> None:
    _, secret, _ = await enrolled(console)
    console.clock.pass_by(seconds=60)
    browser = await _half(console)
    kept = dict(browser.cookies)
    assert (await browser.post("/login/code", {"code": _code(console.clock, secret)})).status == 303
    replayed = console.browser()
    replayed.cookies = kept
    console.clock.pass_by(seconds=30)
    answer = await replayed.post("/login/code", {"code": _code(console.clock, secret)})
    assert answer.headers["Location"] == "/login"
    late = await _half(console)
    console.clock.pass_by(minutes=6)
    answer = await late.post("/login/code", {"code": _code(console.clock, secret)})
    assert answer.headers["Location"] == "/login"


async def test_guessing_codes_is_stopped(console: Console) -> None:
    await enrolled(console)
    browser = await _half(console)
    statuses = [(await browser.post("/login/code", {"code": f"{n:06d}"})).status for n in range(12)]
    assert statuses[0] == 403
    assert statuses[-1] == 429


async def test_a_role_that_must_have_one_is_led_to_set_it_up_and_nowhere_else(
    store: Store, clock: Clock
) -> None:
    told = {"second_factor": frozenset({Role.APPROVER})}
    console = await Console(store, clock, told=told).start()
    try:
        browser = await console.signed_in("boss", Role.APPROVER)
        for page in ("/", "/holds", "/account", "/incidents"):
            assert (await browser.get(page)).headers["Location"] == "/account/second-factor"
        form = await browser.get("/account/second-factor")
        assert (await _enrol(console, browser, form, _secret(form))).status == 200
        assert (await browser.get("/holds")).status == 200
        handler = await console.signed_in("hanako", Role.HANDLER)
        assert (await handler.get("/holds")).status == 200
    finally:
        await console.stop()


async def test_a_ticket_to_enrol_is_for_its_own_account(console: Console) -> None:
    mine = await console.signed_in("hanako")
    form = await mine.get("/account/second-factor")
    other = await console.signed_in("taro")
    assert (await _enrol(console, other, form, _secret(form))).status == 403
    assert not (await console.store.user("taro")).second_factor


async def test_a_factor_that_was_reset_is_enrolled_anew(console: Console, store: Store) -> None:
    _, _, codes = await enrolled(console)
    await store.reset_factor("hanako", actor="os:root")
    assert (await console.browser().sign_in()).headers["Location"] == "/holds"
    assert not await store.take_recovery_code("hanako", codes[0])


async def test_the_database_holds_no_secret_of_a_factor(console: Console, store: Store) -> None:
    _, secret, codes = await enrolled(console)
    sealed = await store.factor_secret("hanako")
    assert sealed is not None
    assert secret not in sealed
    assert console.vault.open("factor:hanako", sealed) == secret
    assert console.vault.open("factor:taro", sealed) is None, "bound to its account"
    assert Vault.of_the_moment().open("factor:hanako", sealed) is None
    entries = [str(e) async for e in store.audit_entries()]
    assert not any(code in entry for code in codes for entry in entries)


def test_the_accounts_key_is_its_owners_alone(tmp_path) -> None:
    path = tmp_path / "var" / "accounts.key"
    sealed = ensure_vault(path).seal("a", b"secret")
    assert path.stat().st_mode & 0o777 == 0o600
    assert ensure_vault(path).open("a", sealed) == b"secret"
    path.chmod(0o644)
    with pytest.raises(KeyMissingError, match="chmod 600"):
        ensure_vault(path)
    path.chmod(0o600)
    path.write_text("no key")
    with pytest.raises(KeyMissingError, match="cannot be read") as caught:
        ensure_vault(path)
    assert "no key" not in str(caught.value)


# ------------------------------------------------------------------ proving it again


async def test_setting_a_factor_up_asks_again_who_one_is(store: Store, clock: Clock) -> None:
    """A session that somebody found open must not put its finder's own factor in."""
    told = {"second_factor": frozenset({Role.HANDLER})}
    console = await Console(store, clock, told=told).start()
    try:
        browser = await console.signed_in()
        form = await browser.get("/account/second-factor")
        clock.pass_by(seconds=FRESH.total_seconds() + 1)
        to_confirm = "/confirm?next=%2Faccount%2Fsecond-factor"
        assert (await browser.get("/account/second-factor")).headers["Location"] == to_confirm
        answer = await _enrol(console, browser, form, _secret(form))
        assert answer.headers["Location"] == to_confirm
        assert (await browser.get(to_confirm)).status == 200
        fields = {"password": PASSWORD, "next": "/account/second-factor"}
        onward = (await browser.post("/confirm", fields)).headers["Location"]
        assert (await browser.get(onward)).status == 200
    finally:
        await console.stop()


async def test_a_grave_act_asks_again_who_one_is_and_turns_the_token(console: Console) -> None:
    browser = await console.signed_in("root", Role.ADMINISTRATOR)
    await console.user("taro")
    assert (await browser.post("/accounts/taro/grant", {})).headers["Location"] == "/accounts/taro"
    console.clock.pass_by(seconds=FRESH.total_seconds() + 1)
    asked = await browser.post("/accounts/taro/disable", {})
    assert asked.headers["Location"] == "/confirm?next=%2Faccounts%2Ftaro"
    assert (await console.store.user("taro")).disabled_at is None
    wrong = await browser.post("/confirm", {"password": "not the password", "next": ""})
    assert wrong.status == 403
    before = browser.cookies[f"sekisho-{SESSION}"]
    fields = {"password": PASSWORD, "next": "/accounts/taro"}
    assert (await browser.post("/confirm", fields)).headers["Location"] == "/accounts/taro"
    assert browser.cookies[f"sekisho-{SESSION}"] != before
    old = console.browser()
    old.cookies[f"sekisho-{SESSION}"] = before
    assert (await old.get("/accounts")).status == 303
    assert (await browser.post("/accounts/taro/disable", {})).status == 303
    assert (await console.store.user("taro")).disabled_at is not None


async def test_proving_it_again_takes_both_factors(console: Console) -> None:
    browser, secret, _ = await enrolled(console)
    console.clock.pass_by(seconds=60)
    assert (await browser.post("/confirm", {"password": PASSWORD})).status == 403
    code = _code(console.clock, secret)
    assert (
        await browser.post("/confirm", {"password": "wrong password", "code": code})
    ).status == 403
    answer = await browser.post("/confirm", {"password": PASSWORD, "code": code})
    assert answer.status == 303


async def test_proving_it_again_leads_to_no_other_site(console: Console) -> None:
    browser = await console.signed_in()
    for elsewhere in ("//evil.example", "https://evil.example/", "/\\evil", "/login/provider"):
        answer = await browser.post("/confirm", {"password": PASSWORD, "next": elsewhere})
        assert answer.headers["Location"] == "/holds"

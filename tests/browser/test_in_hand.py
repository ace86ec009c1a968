"""What handlers do with a mail before they decide, and how they decide on parts of it."""

from __future__ import annotations

import json
import tomllib
from collections.abc import AsyncIterator
from datetime import date, timedelta
from email.headerregistry import Address
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page

from gateway.console.words import JAPAN
from gateway.desk import end_of_day
from gateway.model import Hold, HoldState
from gateway.policy import loads
from gateway.store import Role, TrustAsked
from tests.browser.world import NUMBER, POLICY, World, chromium, letter, opened, sign_in
from tests.store.mails import SENDER


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with opened(tmp_path) as found:
        yield found


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as found:
        yield found


async def looking_at(world: World, browser: Browser, hold: Hold, lang: str = "en") -> Page:
    """A handler who has opened a mail."""
    await world.user("hanako", Role.HANDLER)
    page = await sign_in(browser, world, "hanako", lang)
    assert world.settings is not None
    await page.goto(f"{world.settings.url}/holds/{hold.hold_id}")
    return page


@pytest.mark.parametrize(
    ("lang", "said"), [("en", "Your comment is kept."), ("ja", "メモを残しました。")]
)
async def test_a_comment_is_written_by_key_and_stands_on_the_page(
    world: World, browser: Browser, lang: str, said: str
) -> None:
    hold = await world.park_mail(letter())
    page = await looking_at(world, browser, hold, lang)
    await page.keyboard.press("c")
    await page.keyboard.type("called the sender")
    await page.click("details[data-key=c] button")
    await page.wait_for_selector("[role=status]")
    assert said in await page.inner_text("[role=status]")
    assert "called the sender" in await page.inner_text(".log")
    assert (await world.store.hold(hold.hold_id)).state is HoldState.PARKED


async def test_a_mail_is_taken_in_hand_or_given_to_somebody_who_decides(
    world: World, browser: Browser
) -> None:
    hold = await world.park_mail(letter())
    await world.user("ichiro", Role.APPROVER)
    await world.user("kansa", Role.AUDITOR)
    page = await looking_at(world, browser, hold)
    await page.keyboard.press("a")
    offered = await page.locator("#person option").all_inner_texts()
    assert offered == ["Myself (hanako)", "ichiro"]
    await page.click("details[data-key=a] button")
    await page.wait_for_selector("[role=status]")
    assert (await world.store.hold(hold.hold_id)).assignee == "hanako"
    await page.keyboard.press("a")
    await page.select_option("#person", "ichiro")
    await page.click("details[data-key=a] button")
    await page.wait_for_selector("text=to ichiro")
    assert (await world.store.hold(hold.hold_id)).assignee == "ichiro"


async def test_a_mail_is_given_more_time_on_its_page(world: World, browser: Browser) -> None:
    hold = await world.park_mail(letter())
    page = await looking_at(world, browser, hold)
    day = (hold.expires_at + timedelta(days=3)).astimezone(JAPAN)
    await page.keyboard.press("t")
    await page.fill("#until", day.date().isoformat())
    await page.fill("#reason-extend", "away until then")
    await page.click("details[data-key=t] button")
    await page.wait_for_selector("[role=status]")
    assert (await world.store.hold(hold.hold_id)).expires_at == end_of_day(day)
    assert f"until {day.date().isoformat()}" in await page.inner_text(".log")


async def test_some_recipients_get_the_mail_and_the_others_are_refused(
    world: World, browser: Browser
) -> None:
    hold = await world.park_mail(letter(), "a@exp.co.jp", also=("b@exp.com",))
    page = await looking_at(world, browser, hold)
    await page.keyboard.press("r")
    await page.uncheck("input[name=rcpt][value='1']")
    await page.select_option("#others", "reject")
    await page.select_option("#why-release", "accepted")
    await page.click("details[data-key=r] button")
    await page.wait_for_selector(".empty, table")
    assert (await world.store.hold(hold.hold_id)).recipients == ("a@exp.co.jp",)
    (other,) = await world.store.holds((HoldState.REJECTED,))
    assert other.recipients == ("b@exp.com",)


@pytest.mark.parametrize("lang", ["en", "ja"])
async def test_a_false_alarm_proposes_a_narrow_exception_that_the_policy_takes(
    world: World, browser: Browser, lang: str
) -> None:
    hold = await world.park_mail(letter())
    page = await looking_at(world, browser, hold, lang)
    await page.keyboard.press("r")
    await page.select_option("#why-release", "false-alarm")
    await page.click("details[data-key=r] button")
    await page.wait_for_url("**/exception?**")
    snippet = await page.inner_text("pre")
    (rule,) = tomllib.loads(snippet)["rule"]
    assert rule["match"]["sender"] == [SENDER]
    assert rule["match"]["recipient"] == ["aaabb@exp.com"]
    assert rule["action"] == "allow"
    assert rule["until"]
    loads(snippet + POLICY)  # it stands above the rule, and the policy takes it
    (entry,) = [e for e in await world.store.about(hold.hold_id, 9) if e["action"] == "release"]
    assert json.loads(entry["detail"])["code"] == "false-alarm"


@pytest.mark.parametrize(
    ("lang", "warned"), [("en", "keeps the old address"), ("ja", "元の宛先がそのまま残ります")]
)
async def test_a_correction_warns_of_the_to_line_and_offers_to_have_it_sent_anew(
    world: World, browser: Browser, lang: str, warned: str
) -> None:
    hold = await world.park_mail(letter())
    page = await looking_at(world, browser, hold, lang)
    await page.keyboard.press("e")
    assert warned in await page.inner_text("details[data-key=e]")
    assert await page.input_value("#to-0") == "aaabb@exp.co.jp"
    await page.click("details[data-key=e] form:last-of-type button")
    await page.wait_for_selector(".empty, table")
    found = await world.store.hold(hold.hold_id)
    assert (found.state, found.reason_code) == (HoldState.REJECTED, "send-anew")


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", "The letter greets 見本市役所鈴木; To and Cc name 佐藤、花子."),
        ("ja", "本文の宛名は「見本市役所鈴木」ですが、To と Cc の名前は「佐藤、花子」です。"),
    ],
)
async def test_a_handler_reads_whom_the_letter_greets_and_whom_the_header_names(
    world: World, lang: str, said: str
) -> None:
    mail = letter(f"見本市役所 鈴木様\n\n個人番号は {NUMBER} です。\n")
    mail.replace_header("To", Address("佐藤　花子", "aaabb", "exp.com"))
    hold, fine = await world.park_mail(mail), await world.park_mail(letter())
    handler = await world.signed_in(language=lang)
    assert said in (await handler.get(f"/holds/{hold.hold_id}")).words
    plain = (await handler.get(f"/holds/{fine.hold_id}")).words
    assert said.partition("見本")[0] not in plain


async def test_every_act_works_without_a_script(world: World, browser: Browser) -> None:
    hold = await world.park_mail(letter())
    await world.user("hanako", Role.HANDLER)
    page = await sign_in(browser, world, "hanako", java_script_enabled=False)
    assert world.settings is not None
    for key, field in (("c", "#reason-comment"), ("a", ""), ("r", "#reason-release")):
        await page.goto(f"{world.settings.url}/holds/{hold.hold_id}")
        await page.click(f"details[data-key={key}] summary")
        if field:
            await page.fill(field, "by hand")
        await page.click(f"details[data-key={key}] button")
    found = await world.store.hold(hold.hold_id)
    assert (found.state, found.assignee) == (HoldState.RELEASED, "hanako")


@pytest.mark.parametrize(("lang", "approve"), [("en", "Approve"), ("ja", "認める")])
async def test_a_handler_approves_a_recipient_that_the_sender_wants_trusted(
    world: World, browser: Browser, lang: str, approve: str
) -> None:
    hold = await world.park_mail(letter())
    wanted = TrustAsked("partner.example", "給与計算の委託", date(2027, 3, 31))
    await world.store.ask_for_trust(hold, f"sender:{SENDER}", wanted, ())
    page = await looking_at(world, browser, hold, lang)
    await page.click("section[aria-labelledby=trust] summary")
    await page.fill("#reason-trust", "asked the office")
    await page.click(f"text={approve} >> nth=-1")
    (table,) = tomllib.loads(await page.inner_text("pre"))["trusted"]
    assert table["domain"] == "partner.example"
    done = [e["action"] for e in await world.store.about(hold.hold_id, 9)]
    assert "trust-approved" in done

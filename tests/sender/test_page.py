"""A sender answers for a mail that waits: once, in time, by a button, and for a clean mail alone."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from html.parser import HTMLParser
from pathlib import Path

import pytest

from gateway.desk import Actor
from gateway.model import HoldState
from gateway.sender.guard import STYLE
from gateway.sender.throttle import WINDOW_S, Throttle
from gateway.store import Store
from gateway.store.opaque import digest, fresh
from tests.console.browser import Browser
from tests.numbers import grouped, my_number
from tests.sender.waiting import Page, doubtful, page
from tests.store.mails import SENDER, Clock, Keys, inspection, unread

ACTOR = f"sender:{SENDER}"
HANDLER = Actor("os:anna")


class Tags(HTMLParser):
    """Every tag of a page with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    @property
    def choices(self) -> list[str | None]:
        return [a["value"] for tag, a in self.found if tag == "button"]


# ------------------------------------------------------------------ what it shows


async def test_opening_the_link_shows_whom_the_mail_waits_for_and_who_was_probably_meant(
    sender: Page,
) -> None:
    hold, token = await sender.wait()
    shown = await sender.get(token)
    assert shown.status == 200
    assert "aaabb@exp.com" in shown.words
    assert "Did you mean aaabb@exp.co.jp?" in shown.words
    assert hold.hold_id in shown.words
    assert Tags(shown.text).choices == ["confirm", "cancel"]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_opening_the_link_never_acts_however_often_and_whatever_it_asks_for(
    sender: Page, method: str
) -> None:
    hold, token = await sender.wait()
    browser = Browser(sender.port)
    for query in ("", "?choice=confirm", "?choice=cancel", "?lang=ja"):
        answer = await asyncio.to_thread(browser._ask, method, f"/check/m/{token}{query}", None, {})
        assert answer.status == 200
    assert (await sender.store.hold(hold.hold_id)).state is HoldState.PARKED
    assert {action for _, action in await sender.actions()} == {"opened-link"}


@pytest.mark.parametrize(
    ("lang", "query", "said", "html"),
    [
        ("ja", "", "送信前の確認をお願いします", "ja"),
        ("en", "", "Please confirm your mail", "en"),
        ("fr, en;q=0.5, ja;q=0.4", "", "Please confirm your mail", "en"),
        ("fr", "", "送信前の確認をお願いします", "ja"),
        ("ja", "?lang=en", "Please confirm your mail", "en"),
    ],
)
async def test_the_page_speaks_the_language_of_the_browser_until_another_is_chosen(
    sender: Page, lang: str, query: str, said: str, html: str
) -> None:
    _, token = await sender.wait()
    shown = await sender.get(token, lang, query)
    assert said in shown.words
    tags = Tags(shown.text).found
    assert ("html", {"lang": html}) in tags
    other = "ja" if html == "en" else "en"
    assert [a["href"] for tag, a in tags if tag == "a"] == [f"?lang={other}"]
    assert {a["action"] for tag, a in tags if tag == "form"} == {f"?lang={html}"}


async def test_markup_and_hidden_characters_in_an_address_stay_words(sender: Page) -> None:
    hostile = '"><script>alert(1)</script><img src=//evil.example>"@exp.com'
    _, token = await sender.wait(doubtful(hostile), doubtful("a\u202eb@exp.com"))
    shown = await sender.get(token)
    assert not {"script", "img"} & {tag for tag, _ in Tags(shown.text).found}
    assert hostile in shown.words
    assert "\u202e" not in shown.text


async def test_no_number_reaches_the_page(sender: Page) -> None:
    number = my_number(77)
    seen = inspection(2, place=f"2 {grouped(number)}.xlsx")
    _, token = await sender.wait(doubtful(f"{number}@exp.com"), seen=seen)
    shown = await sender.get(token)
    digits = re.sub(r"\D", "", shown.words)
    assert number not in digits
    assert "************@exp.com" in shown.words


async def test_the_page_runs_no_script_and_loads_nothing(sender: Page) -> None:
    _, token = await sender.wait()
    shown = await sender.get(token)
    policy = str(shown.headers["Content-Security-Policy"])
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "script-src" not in policy
    assert "unsafe" not in policy
    assert f"<style>{STYLE}</style>" in shown.text
    outside = [a for _, a in Tags(shown.text).found if "src" in a or "//" in (a.get("href") or "")]
    assert outside == []
    assert shown.headers["Cache-Control"] == "no-store"


# ------------------------------------------------------------------ answering, once


async def test_confirming_releases_the_mail_and_names_the_sender(sender: Page) -> None:
    hold, token = await sender.wait()
    answer = await sender.post(token, "confirm")
    assert answer.status == 200
    assert "being sent" in answer.words
    assert (await sender.store.hold(hold.hold_id)).state is HoldState.RELEASED
    assert await sender.actions() == [(ACTOR, "confirm")]
    assert await sender.store.audit_verify() == []


async def test_cancelling_ends_the_mail(sender: Page) -> None:
    hold, token = await sender.wait()
    assert "cancelled" in (await sender.post(token, "cancel")).words
    assert (await sender.store.hold(hold.hold_id)).state is HoldState.CANCELLED
    assert await sender.actions() == [(ACTOR, "cancel")]


@pytest.mark.parametrize("first", ["confirm", "cancel"])
async def test_a_link_answers_once(sender: Page, first: str) -> None:
    _, token = await sender.wait()
    await sender.post(token, first)
    assert await sender.store.hold_of_link(token) is None
    for again in (await sender.get(token), await sender.post(token, "confirm")):
        assert again.status == 404
        assert "cannot be used" in again.words


async def test_of_many_answers_at_once_one_counts(sender: Page) -> None:
    _, token = await sender.wait()
    answers = await asyncio.gather(
        *(sender.post(token, choice) for choice in ("confirm", "cancel") * 2)
    )
    assert sorted(a.status for a in answers) == [200, 404, 404, 404]
    assert len(await sender.actions()) == 1


async def test_unknown_used_expired_and_decided_links_get_one_and_the_same_page(
    sender: Page, clock: Clock
) -> None:
    _, used = await sender.wait()
    await sender.post(used, "cancel")
    decided, theirs = await sender.wait()
    await sender.desk.release(decided.hold_id, HANDLER, "checked")
    _, expired = await sender.wait()
    texts = [(await sender.get(t)).text for t in (used, theirs, fresh(), "short", "a" * 500)]
    clock.pass_by(days=8)
    texts.append((await sender.get(expired)).text)
    assert len(set(texts)) == 1
    assert "cannot be used" in texts[0]


async def test_an_expired_link_sends_nothing(sender: Page, clock: Clock) -> None:
    hold, token = await sender.wait()
    clock.pass_by(days=7)
    assert (await sender.post(token, "confirm")).status == 404
    assert (await sender.store.hold(hold.hold_id)).state is HoldState.PARKED


async def test_a_link_opens_its_own_mail_alone(sender: Page) -> None:
    mine, token = await sender.wait()
    other, _ = await sender.wait()
    await sender.post(token, "confirm")
    assert (await sender.store.hold(mine.hold_id)).state is HoldState.RELEASED
    assert (await sender.store.hold(other.hold_id)).state is HoldState.PARKED


async def test_a_handler_who_was_first_is_right(sender: Page, monkeypatch) -> None:
    """The page was read before the handler decided, and answered after."""
    hold, token = await sender.wait()
    whole = sender.desk._read

    async def read_and_be_overtaken(*asked: object):
        case = await whole(*asked)
        monkeypatch.setattr(sender.desk, "_read", whole)
        await sender.desk.reject(hold.hold_id, HANDLER, "not today")
        return case

    monkeypatch.setattr(sender.desk, "_read", read_and_be_overtaken)
    answer = await sender.post(token, "confirm")
    assert answer.status == 404
    assert (await sender.store.hold(hold.hold_id)).state is HoldState.REJECTED
    assert [a for _, a in await sender.actions()] == ["reject"]


async def test_the_database_has_a_digest_of_the_token_alone(sender: Page, tmp_path: Path) -> None:
    _, token = await sender.wait()
    with sqlite3.connect(tmp_path / "sekisho.db") as database:
        dump = "\n".join(database.iterdump())
    database.close()
    assert token not in dump
    assert digest(token) in dump


# ------------------------------------------------------------------ with a finding


@pytest.mark.parametrize("seen", [inspection(1), unread()], ids=["found", "unread"])
async def test_a_mail_in_which_something_was_found_cannot_be_sent_by_a_link(
    sender: Page, seen
) -> None:
    hold, token = await sender.wait(seen=seen)
    shown = await sender.get(token)
    assert Tags(shown.text).choices == ["ask", "cancel"]
    assert "a handler decides" in shown.words
    forced = await sender.post(token, "confirm")
    assert forced.status == 403
    assert (await sender.store.hold(hold.hold_id)).state is HoldState.PARKED
    assert "confirm" not in [a for _, a in await sender.actions()]


async def test_asking_for_release_is_written_on_the_hold_and_told_to_the_handlers(
    sender: Page,
) -> None:
    hold, token = await sender.wait(seen=inspection(1))
    before = len(await sender.store.claim_deliveries(sender.room.now(), 10, 60))
    number = my_number(5)
    answer = await sender.post(token, "ask", f"税務署へ提出します。{number}")
    assert "asked for release" in answer.words
    (entry,) = await sender.store.about(hold.hold_id, 5)
    assert (entry["actor"], entry["action"]) == (ACTOR, "asked-for-release")
    assert "税務署へ提出します" in entry["detail"]
    assert number not in entry["detail"]
    told = await sender.store.claim_deliveries(sender.room.now(), 10, 60)
    assert (before, [d.kind.value for d in told]) == (0, ["notice"])
    assert (await sender.store.hold(hold.hold_id)).state is HoldState.PARKED
    assert (await sender.get(token)).status == 404


@pytest.mark.parametrize("reason", ["", "   ", "あ" * 1001])
async def test_asking_needs_a_reason_and_the_link_stays_good(sender: Page, reason: str) -> None:
    _, token = await sender.wait(seen=inspection(1))
    answer = await sender.post(token, "ask", reason)
    assert answer.status == 400
    assert "Please give a reason" in answer.words
    assert (await sender.post(token, "ask", "really needed")).status == 200


async def test_of_many_who_ask_at_once_one_is_written_down(sender: Page) -> None:
    hold, token = await sender.wait(seen=inspection(1))
    answers = await asyncio.gather(*(sender.post(token, "ask", "needed") for _ in range(4)))
    assert sorted(a.status for a in answers) == [200, 404, 404, 404]
    assert len(await sender.store.about(hold.hold_id, 9)) == 1


# ------------------------------------------------------------------ requests that are refused


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://127.0.0.1:{port}"},
        {"X-Nothing": "1"},
    ],
)
async def test_what_another_page_made_the_browser_send_does_nothing(
    sender: Page, headers: dict[str, str]
) -> None:
    hold, token = await sender.wait()
    sent = {k: v.format(port=sender.port) for k, v in headers.items()}
    answer = await sender.post(token, "confirm", **sent)
    assert answer.status == 403
    assert (await sender.store.hold(hold.hold_id)).state is HoldState.PARKED
    assert await sender.store.hold_of_link(token) == hold.hold_id


async def test_an_old_browser_is_known_by_its_origin(sender: Page) -> None:
    hold, token = await sender.wait()
    origin = {"Origin": f"http://127.0.0.1:{sender.port}"}
    assert (await sender.post(token, "confirm", **origin)).status == 200
    assert (await sender.store.hold(hold.hold_id)).state is HoldState.RELEASED


@pytest.mark.parametrize("choice", ["", "release", "correct"])
async def test_a_choice_that_is_not_offered_is_refused(sender: Page, choice: str) -> None:
    _, token = await sender.wait()
    assert (await sender.post(token, choice)).status == 400


async def test_a_clean_mail_is_confirmed_and_not_asked_for(sender: Page) -> None:
    _, token = await sender.wait()
    assert (await sender.post(token, "ask", "please")).status == 400


async def test_a_form_that_is_too_large_is_refused(sender: Page) -> None:
    _, token = await sender.wait(seen=inspection(1))
    assert (await sender.post(token, "ask", "x" * 20_000)).status == 413


async def test_a_host_that_is_not_ours_is_refused(sender: Page) -> None:
    _, token = await sender.wait()
    answer = await Browser(sender.port).get(f"/check/m/{token}", Host="evil.example")
    assert answer.status == 400
    assert "default-src 'none'" in str(answer.headers["Content-Security-Policy"])


async def test_whoever_asks_too_often_waits(store: Store, clock: Clock, keys: Keys) -> None:
    async with page(store, clock, keys, requests=3) as served:
        _, token = await served.wait()
        statuses = [(await served.get(token)).status for _ in range(5)]
    assert statuses == [200, 200, 200, 429, 429]


def test_a_minute_later_an_address_is_admitted_again_and_others_never_waited() -> None:
    now = [0.0]
    throttle = Throttle(1, lambda: now[0])
    assert [throttle.admits(a) for a in ("10.0.0.1", "10.0.0.1", "10.0.0.2")] == [True, False, True]
    assert [throttle.admits(f"2001:db8::{n}") for n in (1, 2)] == [True, False]
    now[0] = WINDOW_S
    assert throttle.admits("10.0.0.1")

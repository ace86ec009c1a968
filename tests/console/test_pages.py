"""What the pages say, and what they never say."""

from __future__ import annotations

import re
import tomllib
from datetime import timedelta
from importlib.resources import files

import pytest
from markupsafe import escape
from sqlalchemy import select

from gateway.incident import Kind
from gateway.model import Envelope, Fate, HoldState, Outcome, RecipientClass, Reply, Verdict
from gateway.store import Act, MailState, Role, Store
from gateway.store.tables import audit
from tests.console.browser import Console, held
from tests.numbers import grouped
from tests.store.mails import Clock, decision, inspection, ruling, submission, unread
from tests.store.test_canary import NUMBER, WIDE, canary_inspection, shapes

LOOK_ALIKE = RecipientClass.LOOK_ALIKE
HOSTILE = (
    '"><script>alert(1)</script>@x.example',
    "'onmouseover='alert(1)@x.example",
    "{{7+1230}}{%raw%}@x.example",
    "<img/src=x>@x.example",
    "$(touch${IFS}pwned)`id`;&&|@x.example",
)


async def test_the_list_shows_the_gravest_first_then_what_expires_soonest(
    console: Console, store: Store
) -> None:
    nothing = inspection(0)
    wanted = [
        (await console.park(held("a@gmail.com", RecipientClass.FREEMAIL))).hold_id,
        (await console.park(held("b@exp.com", LOOK_ALIKE), found=unread())).hold_id,
        (await console.park(held("c@x.example"), found=inspection(101))).hold_id,
        (await console.park(held("d@exp.com", LOOK_ALIKE), found=nothing)).hold_id,
        (await console.park(held("e@x.example"))).hold_id,
        (await console.park(held("f@x.example"), found=unread())).hold_id,
        (await console.park(held("g@x.example"), found=nothing)).hold_id,
    ]
    page = await (await console.signed_in()).get("/holds")
    shown = re.findall(r'href="/holds/([a-z-]{14})"', page.text)
    risks = re.findall(r'class="tag risk-(\w+)"', page.text)
    assert risks == ["high"] * 3 + ["medium"] * 2 + ["low"] * 2
    assert [set(shown[:3]), set(shown[3:5]), set(shown[5:])] == [
        set(wanted[:3]),
        set(wanted[3:5]),
        set(wanted[5:]),
    ]
    ends = {h.hold_id: h.expires_at for h in await store.holds()}
    assert [ends[i] for i in shown[:3]] == sorted(ends[i] for i in shown[:3])


async def test_the_list_says_rule_counts_recipients_and_the_name_meant(console: Console) -> None:
    await console.park(held("aaabb@exp.com", LOOK_ALIKE, resembles="exp.co.jp"))
    words = (await (await console.signed_in()).get("/holds")).words
    for expected in (
        "taro@city.example.lg.jp",
        "aaabb@exp.com look-alike",
        "Perhaps meant: exp.co.jp",
        "Rule my-number",
        "3 persons",
        "6 d 23 h left",
        "2026-11-28 12:00 +09:00",
    ):
        assert expected in words


async def test_time_runs_down_and_the_last_day_is_marked(console: Console, clock: Clock) -> None:
    await console.park(held("a@x.example"))
    browser = await console.signed_in()
    said = []
    for passed in (timedelta(days=6, hours=1), timedelta(hours=22, minutes=30), timedelta(hours=2)):
        clock.pass_by(seconds=passed.total_seconds())
        await browser.sign_in()
        said.append(
            re.search(r'class="left( soon)?">.*?([\w ]+)</p>', (await browser.get("/holds")).text)
        )
    assert [(bool(m[1]), m[2].strip()) for m in said if m] == [
        (True, "22 h 59 min left"),
        (True, "29 min left"),
        (True, "time is up"),
    ]


async def test_one_hold_shows_its_evidence(console: Console) -> None:
    hold = await console.park(
        ruling("a@exp.com", Verdict.HOLD, cls=LOOK_ALIKE, resembles="exp.co.jp", approvers=2),
        found=canary_inspection("x"),
    )
    words = (await (await console.signed_in()).get(f"/holds/{hold.hold_id}")).words
    for expected in (
        hold.hold_id,
        hold.incident_id,
        hold.queue_id,
        "taro@city.example.lg.jp",
        "2026-11-21 12:00 +09:00",
        "2026-11-28 12:00 +09:00",
        "No mail has been sent to this domain before.",
        "2 x.xlsx / Sheet1 / D2",
        "3 x.zip encrypted or locked with a password",
        "0 of 2 approvals",
    ):
        assert expected in words, expected


async def test_a_mail_sent_twice_names_the_earlier_hold_and_links_to_it(console: Console) -> None:
    first, second = [await console.park(held("a@x.example")) for _ in range(2)]
    browser = await console.signed_in()
    page = await browser.get(f"/holds/{second.hold_id}")
    assert f"sent again within ten minutes: {first.hold_id}" in page.words
    assert f'href="/holds/{first.hold_id}"' in page.text
    assert "sent again" not in (await browser.get(f"/holds/{first.hold_id}")).words


async def test_a_hold_says_when_nobody_knows_whether_its_mail_arrived(
    console: Console, store: Store, clock: Clock
) -> None:
    hold = await console.park(held("a@x.example"))
    seen = await store.held(hold.hold_id)
    send = Envelope("taro@city.example.lg.jp", ("a@x.example",))
    await store.perform(Act(seen, "release", "h", "ok", HoldState.RELEASED, clock(), send=send))
    [sending] = await store.claim_deliveries(clock(), 10, 60)
    await store.delivery_failed(sending.delivery_id, "451 lost", None, doubtful=["a@x.example"])
    words = (await (await console.signed_in()).get(f"/holds/{hold.hold_id}")).words
    assert "not known whether the mail arrived" in words


async def test_approvals_so_far_are_named(console: Console, store: Store, clock: Clock) -> None:
    hold = await console.park(ruling("a@x.example", Verdict.HOLD, approvers=2))
    seen = await store.held(hold.hold_id)
    await store.perform(
        Act(seen, "approve", "user:ichiro", "checked", HoldState.PARKED, clock(), approves=True)
    )
    words = (await (await console.signed_in()).get(f"/holds/{hold.hold_id}")).words
    assert "1 of 2 approvals ✓ user:ichiro" in words


@pytest.mark.parametrize("text", HOSTILE)
async def test_hostile_strings_are_text_on_every_page(console: Console, text: str) -> None:
    hold = await console.park(
        held(text, LOOK_ALIKE, resembles=text), found=canary_inspection(text), sender=text
    )
    browser = await console.signed_in()
    for path in (
        "/holds",
        f"/holds/{hold.hold_id}",
        "/incidents",
        f"/incidents/{hold.incident_id}",
    ):
        answer = await browser.get(path)
        assert answer.status == 200
        assert str(escape(text)) in answer.text
        assert not re.search(r"<(script(?! src=\"/static/)|img)|onmouseover='", answer.text)
        assert "1237" not in answer.text, "no template ran it"


@pytest.mark.parametrize(
    "shape", [NUMBER, grouped(NUMBER), WIDE, NUMBER[:6] + "\u202e" + NUMBER[6:]]
)
async def test_no_page_holds_the_number_in_any_form(console: Console, shape: str) -> None:
    hold = await console.park(
        held(f"taro.{shape}@exp.com", LOOK_ALIKE, resembles=f"{shape}.example"),
        found=canary_inspection(shape),
        sender=f"taro.{shape}@x.example",
    )
    browser = await console.signed_in()
    pages = ["/holds", f"/holds/{hold.hold_id}", "/incidents", f"/incidents/{hold.incident_id}"]
    for path in [*pages, *(f"{p}?lang=ja" for p in pages), f"/holds/{NUMBER}", f"/{NUMBER}"]:
        text = (await browser.get(path)).text
        assert [form for form, needle in shapes().items() if needle in text.encode()] == []
    assert "****" in (await browser.get("/holds")).text, "the number was there to be masked"


# ------------------------------------------------------------------ incidents


@pytest.mark.parametrize(("lang", "first"), [("ja", "概要"), ("en", "Outline")])
async def test_an_incident_has_the_nine_items(console: Console, lang: str, first: str) -> None:
    hold = await console.park(held("aaabb@exp.com", LOOK_ALIKE, resembles="exp.co.jp"))
    browser = await console.signed_in(language=lang)
    answer = await browser.get(f"/incidents/{hold.incident_id}")
    items = re.findall(r'<span class="n" aria-hidden="true">(\d)</span> ([^<]+?) ?<', answer.text)
    assert [int(n) for n, _ in items] == list(range(1, 10))
    assert items[0][1].strip() == first
    assert answer.text.count("◆") == 5
    assert hold.incident_id in (await browser.get("/incidents")).text


async def test_a_mail_that_left_has_its_clocks(console: Console, store: Store) -> None:
    mail = submission("a@exp.com")
    made = decision(ruling("a@exp.com", Verdict.ALLOW, would=Verdict.BLOCK))
    await store.intend(mail, inspection(), made, (), [], staged=False)
    await store.settle(mail.queue_id, Outcome(Fate.RELAYED, Reply(250, "2.0.0", "OK")))
    words = (await (await console.signed_in()).get("/incidents")).words
    assert "preliminary 2026-11-25 final 2026-12-20" in words


async def test_every_view_of_a_hold_or_incident_is_recorded(console: Console, store: Store) -> None:
    hold = await console.park(held("a@x.example"))
    browser = await console.signed_in("hanako", Role.AUDITOR)
    await browser.get(f"/holds/{hold.hold_id}")
    await browser.get(f"/incidents/{hold.incident_id}")
    await browser.get("/holds/nosuch")
    async with store._database.read() as connection:
        rows = (await connection.execute(select(audit).where(audit.c.action == "viewed"))).all()
    assert [(r.writer, r.actor, r.object) for r in rows] == [
        ("console", "user:hanako", hold.hold_id),
        ("console", "user:hanako", hold.incident_id),
    ]
    assert await store.audit_verify() == []


# ------------------------------------------------------------------ language and form


async def test_the_language_is_the_asked_else_the_users_else_the_browsers(console: Console) -> None:
    await console.user("keiko", language="ja")
    browser = console.browser("fr, en;q=0.5, ja;q=0.3")

    async def lang(path: str) -> str:
        found = re.search(r'<html lang="(\w+)">', (await browser.get(path)).text)
        return found[1] if found else ""

    assert await lang("/login") == "en", "the browser's"
    asked = await browser.get("/holds?lang=ja")
    assert asked.headers["Location"] == "/login?next=%2Fholds&lang=ja", "kept on the way"
    await browser.sign_in("keiko")
    assert await lang("/holds") == "ja", "the account's"
    assert await lang("/holds?lang=en") == "en", "asked for"
    assert await lang("/incidents") == "en", "and kept"
    assert await lang("/holds?lang=xx") == "en", "not one of ours"


async def test_without_any_wish_the_page_is_japanese(console: Console) -> None:
    for wish in ("", "fr", ";;,=,", "ja-JP", "en;q=nan, ja", "x" * 10_000):
        assert '<html lang="ja">' in (await console.browser(wish).get("/login")).text


async def test_every_page_can_be_read_and_reached_without_eyes_or_mouse(console: Console) -> None:
    hold = await console.park(held("a@exp.com", LOOK_ALIKE, resembles="exp.co.jp"))
    browser = await console.signed_in()
    for path in ("/login", "/holds", f"/holds/{hold.hold_id}", "/incidents", "/nowhere"):
        text = (await browser.get(path)).text
        assert '<a class="skip" href="#main">' in text
        assert '<main id="main"' in text
        assert text.count("<h1") == 1
        assert re.findall(r"<script[^>]*>", text) == ['<script src="/static/console.js" defer>']
        assert " style=" not in text
        assert not re.search(r"\son\w+=", text)
        ids = re.findall(r'\bid="([^"]+)"', text)
        assert len(ids) == len(set(ids))
        wanted = re.findall(r'(?:for|aria-labelledby|aria-describedby)="([^"]+)"', text)
        assert set(wanted) <= set(ids)


def _luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize(
    ("text", "ground"),
    [
        ("ink", "paper"),
        ("ink", "ground"),
        ("soft", "paper"),
        ("soft", "ground"),
        ("link", "ground"),
        ("paper", "deep"),
        ("paper", "high"),
        ("high", "high-ground"),
        ("high", "paper"),
        ("medium", "medium-ground"),
        ("fine", "fine-ground"),
    ],
)
def test_text_stands_out_from_its_ground(text: str, ground: str) -> None:
    """WCAG 1.4.3: at least 4.5 to 1."""
    css = (files("gateway.console") / "static" / "console.css").read_text()
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", css))
    light, dark = sorted((_luminance(colours[text]), _luminance(colours[ground])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_every_word_that_templates_ask_for_is_in_the_catalogue() -> None:
    catalogue = tomllib.loads((files("gateway") / "messages" / "console.toml").read_text())
    asked = set()
    for template in (files("gateway.console") / "templates").iterdir():
        asked |= set(re.findall(r't\("([a-z0-9-]+)"[,)]', template.read_text()))
    assert len(asked) > 50
    assert asked - catalogue.keys() == set()


def test_every_value_of_the_model_has_its_word() -> None:
    catalogue = tomllib.loads((files("gateway") / "messages" / "console.toml").read_text())
    families = {
        "state": HoldState, "class": RecipientClass, "fate": Fate, "kind": Kind,
        "mail": MailState,
    }  # fmt: skip
    wanted = {f"{name}-{v.value}" for name, values in families.items() for v in values}
    assert wanted - catalogue.keys() == set()

"""What the pages do: bulk acts in two steps, filters, files with safe names."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from gateway.console.content import file, safe_name
from gateway.console.settings import Office
from gateway.desk import Desk
from gateway.model import HoldState, Verdict
from gateway.policy import loads
from gateway.recipients import Directory
from gateway.rules import Rules
from gateway.store import Role, Store, TrustAsked
from tests.console.browser import Console, held
from tests.numbers import my_number
from tests.store.mails import SENDER, Clock, Keys, inspection, ruling


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("名簿.xlsx", "名簿.xlsx"),
        ("../../etc/passwd", "etc_passwd"),
        ("a\r\nSet-Cookie: x=1.html", "a__Set-Cookie_ x=1.html"),
        ("inv\u202egnp.exe", "invgnp.exe"),
        ('"><svg onload=1>.svg', "svg onload=1_.svg"),
        ("", "file"),
        ("...", "file"),
        ("x" * 300 + ".pdf", "x" * 96 + ".pdf"),
    ],
)
def test_a_file_gets_a_name_that_no_system_minds(given: str, kept: str) -> None:
    assert safe_name(given) == kept
    answer = file(given, b"<script>")
    named = answer.headers["Content-Disposition"]
    assert named.startswith('attachment; filename="')
    assert not {"\r", "\n"} & set(named)
    assert answer.headers["Content-Type"] == "application/octet-stream"


async def test_the_queue_is_filtered_by_what_its_address_says(console: Console) -> None:
    first = await console.park(held("a@x.example"), sender="jiro@city.example.lg.jp")
    second = await console.park(held("b_c@gmail.com"), found=inspection(0))
    browser = await console.signed_in()
    for query, wanted in (
        ("q=JIRO", {first.hold_id}),
        ("q=b_c", {second.hold_id}),
        ("q=bxc", set()),
        ("rule=my-number&risk=low", {second.hold_id}),
        ("state=rejected", set()),
        ("after=bm9uc2Vuc2U=&risk=odd", {first.hold_id, second.hold_id}),
    ):
        text = (await browser.get(f"/holds?{query}")).text
        assert {i for i in (first.hold_id, second.hold_id) if f"/holds/{i}" in text} == wanted, (
            query
        )


async def test_the_last_of_several_approvals_is_an_approvers(tmp_path: Path, clock: Clock) -> None:
    keys = Keys()
    url = f"sqlite:{tmp_path / 'own.db'}"
    store = await Store.open(url, keys.sealer, writer="console", clock=clock)
    desk = Desk(store, keys.opener, Silent(), clock=clock)
    console = await Console(store, clock, desk=desk).start()
    hold = await console.park(ruling("a@x.example", Verdict.HOLD, approvers=2))
    given = {"act": "release", "why": "accepted"}
    answers = []
    for name, role in (
        ("hanako", Role.HANDLER),
        ("ichiro", Role.HANDLER),
        ("buchou", Role.APPROVER),
    ):
        browser = await console.signed_in(name, role)
        answers.append((await browser.post(f"/holds/{hold.hold_id}", given)).status)
    found = await store.hold(hold.hold_id)
    await console.stop()
    await store.close()
    assert answers == [303, 403, 303]
    assert found.state is HoldState.RELEASED
    assert found.approved_by == ("user:hanako", "user:buchou")


@pytest.mark.parametrize(("lang", "yes"), [("en", "Approved"), ("ja", "認めました")])
async def test_who_answers_a_wish_second_is_shown_whose_answer_counts(
    tmp_path: Path, clock: Clock, lang: str, yes: str
) -> None:
    keys = Keys()
    store = await Store.open(f"sqlite:{tmp_path / 'own.db'}", keys.sealer, clock=clock)
    console = await Console(
        store, clock, desk=Desk(store, keys.opener, Silent(), clock=clock)
    ).start()
    hold = await console.park(ruling("a@partner.example", Verdict.WARN))
    wanted = TrustAsked("partner.example", "給与計算の委託", date(2027, 3, 31))
    await store.ask_for_trust(hold, f"sender:{SENDER}", wanted, ())
    path, answers = f"/holds/{hold.hold_id}/trust", []
    for name, act in (("hanako", "approve"), ("ichiro", "decline")):
        browser = await console.signed_in(name, language=lang)
        answers.append(await browser.post(path, {"act": act, "reason": "asked the office"}))
    await console.stop()
    await store.close()
    assert [a.status for a in answers] == [200, 409]
    assert f"{yes} user:hanako 2026-11-21 12:00" in answers[1].words
    assert 'value="decline"' not in answers[1].text
    assert 'domain = "partner.example"' in answers[1].words


class Silent:
    """Nobody is written to."""

    def __getattr__(self, name: str) -> object:
        return lambda *given: None


async def test_a_bulk_act_shows_first_what_it_would_do(console: Console, store: Store) -> None:
    hold = await console.park(held("a@x.example"))
    browser = await console.signed_in()
    page = await browser.post("/holds", {"act": "reject", "id": [hold.hold_id, "nosuch"]})
    assert "what would happen to 1 mails" in page.words
    unreasoned = {"act": "reject", "id": [hold.hold_id], "confirmed": "1"}
    assert (await browser.post("/holds", unreasoned)).status == 422
    assert (await store.hold(hold.hold_id)).state is HoldState.PARKED


async def test_the_policy_page_shows_each_rule_as_its_file_has_it(
    store: Store, clock: Clock
) -> None:
    """It showed a match as a Python dict, groups as the addresses that they stand for."""
    own = f"{my_number(4)}@city.example.lg.jp"
    policy = loads(
        '[groups]\nteam = ["a@city.example.lg.jp"]\n[[rule]]\nid = "big"\naction = "hold"\n'
        f'match = {{ sender = ["group:team", "{own}"], size = {{ at_least = "10MB" }} }}\n'
    )
    rules = Rules(policy, Directory.build(["city.example.lg.jp"], []), ())
    console = await Console(store, clock, office=Office(rules=lambda: rules)).start()
    shown = await (await console.signed_in()).get("/policy")
    await console.stop()
    masked = "*" * 12 + "@city.example.lg.jp"
    assert (
        f'match = {{ sender = ["group:team", "{masked}"], size = {{ at_least = "10MB" }} }}'
        in shown.words
    )

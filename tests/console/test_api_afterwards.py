"""Reviews, stand-ins and marks on incidents, for programs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.console.departments import Departments
from gateway.model import Verdict
from gateway.store import ReviewKind, Role
from tests.console.program import Counter, open_counter
from tests.store.mails import START, Clock, decision, inspection, ruling, submission

SOUMU, ZEIMU = "jiro@soumu.example.jp", "goro@zeimu.example.jp"
OFFICE = Departments({"@soumu.example.jp": "総務課", "@zeimu.example.jp": "税務課"})


@pytest.fixture
async def counter(tmp_path: Path, clock: Clock) -> AsyncIterator[Counter]:
    opened = await open_counter(tmp_path, clock, departments=OFFICE)
    yield opened
    await opened.console.stop()
    await opened.store.close()


async def sample(counter: Counter, sender: str, days: int = 14) -> str:
    """Put a mail that left before a reviewer; return the review's id."""
    mail = submission("a@x.example", sender=sender)
    made = decision(ruling("a@x.example", Verdict.ALLOW, "default-allow"))
    await counter.store.intend(mail, inspection(0), made, [], [], staged=False)
    until = START + timedelta(days=days)
    return await counter.store.sample(mail, ReviewKind.SAMPLE, "sampled", until)


async def token_of(counter: Counter, type_: str) -> tuple[str, str]:
    (event,) = (await counter.store.events({}, (type_,), 10)).events
    return event.actor, event.detail["token"]


async def test_a_review_is_listed_closed_once_and_recorded_with_its_token(
    counter: Counter,
) -> None:
    first, second = await sample(counter, SOUMU), await sample(counter, ZEIMU, 20)
    auditor = await counter.program(Role.AUDITOR)
    page = (await auditor.get("/reviews?limit=1")).json
    rest = (await auditor.get(f"/reviews?limit=1&after={page['next']}")).json
    assert [r["id"] for r in page["reviews"] + rest["reviews"]] == [first, second]
    assert rest["next"] is None
    said = {"outcome": "training-needed", "reason": "explained to the sender"}
    closed = await auditor.post(f"/reviews/{first}", said)
    assert (closed.json["outcome"], closed.json["reviewed_by"]) == (
        "training-needed",
        "user:auditor-account",
    )
    assert (await auditor.post(f"/reviews/{first}", said)).status == 409
    (token,) = await counter.store.tokens()
    assert await token_of(counter, "review.reviewed") == ("user:auditor-account", token.token_id)


async def test_an_account_with_departments_reviews_their_mail_alone(counter: Counter) -> None:
    mine, theirs = await sample(counter, SOUMU), await sample(counter, ZEIMU)
    auditor = await counter.program(Role.AUDITOR, departments=("総務課",))
    assert [r["id"] for r in (await auditor.get("/reviews")).json["reviews"]] == [mine]
    assert (await auditor.post(f"/reviews/{theirs}", {"outcome": "fine"})).status == 404


async def test_a_stand_in_is_named_by_who_is_away_and_ended(counter: Counter) -> None:
    program = await counter.program(name="hanako")
    period = {
        "stand_in": "jiro",
        "since": "2026-11-22T00:00:00+09:00",
        "until": "2026-11-30T00:00:00+09:00",
        "reason": "on leave",
    }
    made = (await program.post("/stand-ins", period)).json
    assert (made["absent"], made["stand_in"]) == ("hanako", "jiro")
    assert (await program.get("/stand-ins")).json["stand_ins"] == [made]
    other = await counter.program(name="ichiro")
    end = f"/stand-ins/{made['id']}/end"
    assert (await other.post(end, {"reason": "no"})).status == 403
    assert (await program.post(end, {"reason": "back"})).json["stand_ins"] == []
    assert (await program.post("/stand-ins", period | {"stand_in": "hanako"})).status == 422
    tokens = {t.token_id for t in await counter.store.tokens("hanako")}
    for kind in ("account.stand-in", "account.stand-in-withdrawn"):
        actor, token = await token_of(counter, kind)
        assert (actor, token in tokens) == ("user:hanako", True)


async def test_a_report_is_marked_and_a_mistake_taken_back(counter: Counter) -> None:
    mail = submission("aaabb@exp.com")
    would = decision(ruling("aaabb@exp.com", Verdict.ALLOW, would=Verdict.HOLD))
    await counter.store.intend(mail, inspection(), would, [], [], staged=False)
    [record] = await counter.store.incidents()
    path = f"/incidents/{record.incident_id}/reported"
    program = await counter.program()
    given = {"step": "preliminary", "on": "2026-11-21", "reference": "8-77"}
    told = (await program.post(path, given)).json["reported"]
    assert [(m["step"], m["on"], m["reference"]) for m in told] == [tuple(given.values())]
    assert (await program.post(path, given)).status == 409
    for wrong in ({"step": "final"}, {"step": "final", "on": "2027-01-01"}, {"on": "soon"}):
        assert (await program.post(path, wrong)).status == 422
    back = {"step": "preliminary", "withdraw": True, "reason": "another incident"}
    assert (await program.post(path, back)).json["reported"] == []
    (token,) = await counter.store.tokens()
    assert (await token_of(counter, "incident.reported"))[1] == token.token_id

"""The API: who comes in, what each act asks, and what is said when something cannot be done."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.console.api import OPERATIONS, Operation, cursors
from gateway.console.api.problems import KINDS, TroubleError
from gateway.console.departments import Departments
from gateway.console.settings import ApiSettings
from gateway.errors import StoreError
from gateway.i18n import catalogue_keys
from gateway.model import HoldState, Verdict
from gateway.policy import loads
from gateway.store import Right, Role, may, rights_of
from gateway.store.api_tokens import PEOPLE_ONLY
from gateway.store.audit import entry_hash
from tests.console.browser import held
from tests.console.program import Counter, Program, Said, open_counter
from tests.numbers import grouped, my_number
from tests.store.mails import Clock, ruling

SOUMU, ZEIMU = "jiro@soumu.example.jp", "goro@zeimu.example.jp"
OFFICE = Departments({"@soumu.example.jp": "総務課", "@zeimu.example.jp": "税務課"})
NOWHERE = "bcdf-ghjk-mnpq"
WHY = {"reason": "checked", "code": "accepted"}


@pytest.fixture
async def counter(tmp_path: Path, clock: Clock) -> AsyncIterator[Counter]:
    opened = await open_counter(tmp_path, clock, departments=OFFICE)
    yield opened
    await opened.console.stop()
    await opened.store.close()


def address_of(operation: Operation, hold_id: str, incident_id: str) -> str:
    gone = {"review_id": NOWHERE, "stand_in_id": NOWHERE}
    return operation.path.format(hold_id=hold_id, incident_id=incident_id, **gone)


BODIES = {
    "release": WHY,
    "reject": WHY,
    "correct": WHY | {"addresses": [{"recipient": 0, "address": "b@x.example"}]},
    "assign": {"to": "me"},
    "acknowledge": {},
    "comment": {"text": "asked the sender"},
    "markReported": {"step": "final", "on": "2026-11-21"},
    "closeReview": {"outcome": "fine"},
    "nameStandIn": {
        "stand_in": "jiro",
        "until": "2026-12-01T00:00:00+09:00",
        "reason": "holiday",
    },
    "endStandIn": {"reason": "back early"},
    "extend": {"until": "2026-11-30T00:00:00+09:00", "reason": "holiday"},
}


async def call(program: Program, operation: Operation, hold_id: str, incident_id: str) -> Said:
    path = address_of(operation, hold_id, incident_id)
    if operation.method == "GET":
        return await program.get(path)
    return await program.post(path, BODIES[operation.name])


# ------------------------------------------------------------------ who comes in


async def test_nobody_comes_in_without_a_token_that_opens_something(
    tmp_path: Path, clock: Clock
) -> None:
    counter = await open_counter(tmp_path, clock, attempts_per_address=100)
    hold = await counter.park()
    await counter.token()
    for program, kind in (
        (counter.program_with(""), "no-token"),
        (counter.program_with("sekisho_" + "x" * 43), "wrong-token"),
        (counter.program_with("hanako:password"), "wrong-token"),
    ):
        for operation in OPERATIONS:
            answer = await call(program, operation, hold.hold_id, hold.incident_id)
            assert (answer.status, answer.problem) == (401, kind)
            assert answer.headers["WWW-Authenticate"].startswith('Bearer realm="sekisho"')
    await counter.console.stop()
    await counter.store.close()


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda o: o.name)
async def test_an_operation_asks_its_right_of_the_role_and_of_the_token(
    counter: Counter, operation: Operation
) -> None:
    hold = await counter.park()
    for role in Role:
        program = await counter.program(role)
        answer = await call(program, operation, hold.hold_id, hold.incident_id)
        allowed = operation.right is None or may(role, operation.right)
        refused = answer.status == 403 and "this token may not" in answer.json["detail"]
        assert refused is not allowed, f"{role}: {answer.text}"
    if operation.right is None:
        return
    role = next(r for r in Role if may(r, operation.right))
    program = await counter.program(role, scope=frozenset({Right.VIEW_POLICY}))
    answer = await call(program, operation, hold.hold_id, hold.incident_id)
    assert (answer.status, answer.problem) == (403, "not-allowed")


async def test_a_session_cookie_is_no_token(counter: Counter) -> None:
    browser = await counter.console.signed_in("hanako")
    cookies = "; ".join(f"{k}={v}" for k, v in browser.cookies.items())
    assert cookies
    answer = await counter.program_with("").get("/holds", Cookie=cookies)
    assert (answer.status, answer.problem) == (401, "no-token")


async def test_a_token_in_the_address_is_refused_and_not_repeated(counter: Counter) -> None:
    token = await counter.token()
    answer = await counter.program_with("").get(f"/holds?access_token={token}")
    assert answer.status == 401
    answer = await counter.program_with(token).get(f"/holds?access_token={token}")
    assert (answer.status, answer.problem) == (422, "invalid")
    assert token not in answer.text


async def test_a_token_ends_with_its_time_its_revocation_and_its_account(
    counter: Counter, clock: Clock
) -> None:
    first, second = await counter.program(), await counter.program()
    (one, _) = await counter.store.tokens("handler-account")
    assert (await first.get("/holds")).status == 200
    await counter.store.revoke_token(one.token_id, actor="user:admin")
    assert [(await p.get("/holds")).status for p in (first, second)] == [401, 200]
    await counter.store.disable_user("handler-account", actor="user:admin")
    assert (await second.get("/holds")).status == 401
    third = await counter.program(Role.AUDITOR)
    clock.pass_by(days=31)
    assert (await third.get("/holds")).status == 401


async def test_the_last_use_of_a_token_is_shown(counter: Counter) -> None:
    program = await counter.program()
    assert [t.used_at for t in await counter.store.tokens()] == [None]
    await program.get("/holds")
    assert [t.used_at for t in await counter.store.tokens()] != [None]


async def test_whoever_tries_many_tokens_is_stopped_and_recorded_and_no_neighbour_is(
    tmp_path: Path, clock: Clock
) -> None:
    counter = await open_counter(tmp_path, clock, attempts_per_address=3)
    good = await counter.program()
    assert (await good.get("/holds")).status == 200
    guesser = counter.program_with("sekisho_" + "x" * 43)
    answers = [await guesser.get("/holds") for _ in range(6)]
    assert [a.status for a in answers] == [401, 401, 401, 401, 429, 429]
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert (await good.get("/holds")).status == 200
    told = await counter.store.events({}, ("account.token-guessed",), 10)
    assert len(told.events) == 1
    await counter.console.stop()
    await counter.store.close()


async def test_one_token_may_ask_so_often_a_minute_and_no_more(
    tmp_path: Path, clock: Clock
) -> None:
    counter = await open_counter(tmp_path, clock, api=ApiSettings(requests=2))
    one, other = await counter.program(), await counter.program(Role.AUDITOR)
    answers = [await one.get("/holds") for _ in range(3)]
    assert [a.status for a in answers] == [200, 200, 429]
    assert answers[2].problem == "too-many"
    assert (await other.get("/holds")).status == 200
    await counter.console.stop()
    await counter.store.close()


async def test_an_api_that_is_turned_off_is_not_there(tmp_path: Path, clock: Clock) -> None:
    counter = await open_counter(tmp_path, clock, api=ApiSettings(enabled=False))
    program = await counter.program()
    assert (await program.get("/holds")).status == 404
    await counter.console.stop()
    await counter.store.close()


async def test_no_other_site_can_read_or_ask_by_a_browser(counter: Counter) -> None:
    program = await counter.program()
    answer = await program.get("/holds", Origin="https://evil.example")
    assert not [h for h in answer.headers if h.lower().startswith("access-control-")]
    asked = await program.ask("OPTIONS", "/holds", None, Origin="https://evil.example")
    assert (asked.status, asked.problem) == (405, "wrong-method")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


# ------------------------------------------------------------------ looking


async def test_the_list_has_what_the_pages_have_and_goes_on_from_its_cursor(
    counter: Counter,
) -> None:
    holds = [await counter.park(f"a{n}@x.example", persons=n % 2) for n in range(5)]
    program = await counter.program()
    seen, after = [], ""
    while True:
        page = (await program.get(f"/holds?limit=2{after}")).json
        seen += [h["id"] for h in page["holds"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert sorted(seen) == sorted(h.hold_id for h in holds)
    risks = [h["risk"] for h in (await program.get("/holds")).json["holds"]]
    assert risks == sorted(risks, key=["high", "medium", "low"].index)
    assert len(set(risks)) > 1
    row = (await program.get("/holds?q=a3")).json["holds"][0]
    assert {
        "id",
        "state",
        "sender",
        "recipients",
        "received",
        "expires",
        "rule",
        "my_numbers",
    } <= set(row)


async def test_a_filter_that_is_misspelt_filters_nothing_and_is_refused(counter: Counter) -> None:
    program = await counter.program()
    for query in ("stat=parked", "state=none", "limit=0", "limit=1&limit=2", "after=%21%21", "after=bm8",
                  "expires_before=12345", "q=a%00b"):  # fmt: skip
        answer = await program.get(f"/holds?{query}")
        assert (answer.status, answer.problem) == (422, "invalid"), query
        assert answer.json["errors"][0]["detail"]


async def test_a_hold_is_shown_masked_and_who_was_shown_it_is_recorded(counter: Counter) -> None:
    number = my_number(20261130)
    hold = await counter.park(f"{number}@x.example", sender=f"{grouped(number)}@city.example.lg.jp")
    program = await counter.program()
    answer = await program.get(f"/holds/{hold.hold_id}")
    assert answer.status == 200
    assert number not in answer.text
    assert grouped(number) not in answer.text
    assert answer.json["findings"][0]["count"] == 3
    can = {"assign", "ack", "release", "correct", "reject", "comment", "extend"}
    assert set(answer.json["can"]) == can
    (token,) = await counter.store.tokens()
    (event,) = (await counter.store.events({}, ("look.viewed",), 10)).events
    assert event.actor == "user:handler-account"
    assert event.detail == {"page": "api", "token": token.token_id}


async def test_mail_of_another_department_is_not_there(counter: Counter) -> None:
    mine, theirs = await counter.park(sender=SOUMU), await counter.park(sender=ZEIMU)
    program = await counter.program(name="soumu", departments=("総務課",))
    assert [h["id"] for h in (await program.get("/holds")).json["holds"]] == [mine.hold_id]
    assert [i["id"] for i in (await program.get("/incidents")).json["incidents"]] == [
        mine.incident_id
    ]
    for operation in OPERATIONS:
        if "{" in operation.path and operation.right and may(Role.HANDLER, operation.right):
            answer = await call(program, operation, theirs.hold_id, theirs.incident_id)
            assert answer.status == 404, operation.name
    auditor = await counter.program(Role.AUDITOR, name="part", departments=("総務課",))
    refused = await auditor.get("/audit")
    assert (refused.problem, "one chain" in refused.json["next"]) == ("whole-only", True)


async def test_an_account_with_departments_counts_and_follows_their_mail_alone(
    counter: Counter,
) -> None:
    mine, theirs = await counter.park(sender=SOUMU), await counter.park(sender=ZEIMU)
    program = await counter.program(name="soumu", departments=("総務課",))
    assert (await program.get("/waiting")).json["total"] == 1
    every = await counter.program(name="all", role=Role.APPROVER)
    assert (await every.get("/waiting")).json["total"] == 2
    for hold in (mine, theirs):
        assert (await every.post(f"/holds/{hold.hold_id}/release", WHY)).status == 200
    auditor = await counter.program(Role.AUDITOR, name="part", departments=("総務課",))
    seen: list[str] = []
    after, more = "", True
    while more:
        told = (await auditor.get(f"/events?limit=1{after}")).json
        seen += [f"{e['type']} {e['data']['mail']['sender']}" for e in told["events"]]
        after, more = f"&after={told['next']}", told["more"]
    assert seen == [f"mail.hold {SOUMU}", f"hold.release {SOUMU}"]
    assert (await auditor.get(f"/events?{after[1:]}")).json["events"] == []


async def test_a_hold_that_is_not_promised_yet_is_not_there(counter: Counter) -> None:
    hold = await counter.park()
    program = await counter.program()
    assert (await program.get("/holds?state=staged")).status == 422
    async with counter.store._database.write() as connection:
        await connection.exec_driver_sql("UPDATE holds SET state = 'staged'")
    assert (await program.get(f"/holds/{hold.hold_id}")).status == 404


# ------------------------------------------------------------------ acts


async def test_an_act_is_done_and_recorded_under_account_and_token(counter: Counter) -> None:
    hold = await counter.park()
    program = await counter.program()
    answer = await program.post(f"/holds/{hold.hold_id}/release", WHY)
    assert (answer.status, answer.json["state"]) == (200, "released"), answer.text
    (token,) = await counter.store.tokens()
    (event,) = (await counter.store.events({}, ("hold.release",), 10)).events
    assert (event.actor, event.detail["token"]) == ("user:handler-account", token.token_id)
    assert event.detail["code"] == "accepted"
    again = await program.post(f"/holds/{hold.hold_id}/release", WHY)
    assert (again.status, again.problem) == (409, "conflict")


async def test_a_mail_is_released_to_some_and_the_others_wait_on_or_are_refused(
    counter: Counter,
) -> None:
    hold = await counter.console.park(held("a@x.example"), held("b@x.example"))
    program = await counter.program()
    answer = await program.post(f"/holds/{hold.hold_id}/release", WHY | {"only": [1]})
    assert answer.json["recipients"] == ["b@x.example"]
    (rest,) = (await program.get("/holds")).json["holds"]
    assert rest["recipients"] == ["a@x.example"]


async def test_a_token_that_may_only_release_refuses_nobody(counter: Counter) -> None:
    hold = await counter.console.park(held("a@x.example"), held("b@x.example"))
    program = await counter.program(scope=frozenset({Right.VIEW_HOLDS, Right.RELEASE}))
    told = WHY | {"only": [1], "reject_others": True}
    answer = await program.post(f"/holds/{hold.hold_id}/release", told)
    assert (answer.status, answer.problem) == (403, "not-allowed")
    (waits,) = (await counter.store.holds())[:1]
    assert (waits.hold_id, waits.recipients) == (hold.hold_id, hold.recipients)


async def test_nobody_releases_his_own_mail_or_approves_twice(counter: Counter) -> None:
    mine = await counter.park(sender="hanako@city.example.lg.jp")
    program = await counter.program(name="hanako", addresses=("hanako@city.example.lg.jp",))
    answer = await program.post(f"/holds/{mine.hold_id}/release", WHY)
    assert (answer.status, answer.problem) == (403, "not-allowed")
    double = await counter.console.park(ruling("c@x.example", Verdict.HOLD, approvers=2))
    assert (await program.post(f"/holds/{double.hold_id}/release", WHY)).status == 200
    assert (await program.post(f"/holds/{double.hold_id}/release", WHY)).status == 403
    other = await counter.program(name="ichiro")
    assert (await other.post(f"/holds/{double.hold_id}/release", WHY)).status == 403, (
        "an approver's"
    )
    approver = await counter.program(Role.APPROVER)
    assert (await approver.post(f"/holds/{double.hold_id}/release", WHY)).json[
        "state"
    ] == "released"


async def test_a_token_countersigns_where_scope_and_role_do_and_the_rule_of_the_hour_asks_it(
    counter: Counter,
) -> None:
    """The door went by the number that the hold was parked with, the desk by what it takes now."""
    first, approver = await counter.program(), Role.APPROVER
    scope = rights_of(approver) - PEOPLE_ONLY - {Right.COUNTERSIGN}
    narrow = await counter.program(approver, name="buchou", scope=scope)
    double = await counter.console.park(ruling("c@x.example", Verdict.HOLD, approvers=2))
    path = f"/holds/{double.hold_id}"
    await first.post(f"{path}/release", WHY)
    assert (await narrow.post(f"{path}/release", WHY)).status == 403
    assert "release" not in (await narrow.get(path)).json["can"]
    desk = counter.console.desk
    assert desk is not None
    few = '[approval]\ndisaster = "one-approver"\ndisaster_until = 2026-11-22\n'
    desk.terms = replace(desk.terms, policy=loads(few))
    single = await counter.console.park(ruling("d@x.example", Verdict.HOLD, approvers=2))
    for hold, who in ((double, narrow), (single, first)):
        answer = await who.post(f"/holds/{hold.hold_id}/release", WHY)
        assert (answer.status, answer.json["state"]) == (200, "released")
    page = await counter.console.signed_in("ichiro")
    third = await counter.console.park(ruling("e@x.example", Verdict.HOLD, approvers=2))
    given = {"act": "release", "id": [third.hold_id], "confirmed": "1", "why": "accepted"}
    assert "released, being sent" in (await page.post("/holds", given)).words


async def test_mail_with_many_persons_is_released_on_the_console_alone(counter: Counter) -> None:
    hold = await counter.park(persons=101)
    program = await counter.program(Role.APPROVER)
    for act in ("release", "correct"):
        answer = await program.post(f"/holds/{hold.hold_id}/{act}", BODIES[act])
        assert (answer.status, answer.problem) == (403, "needs-console")
    assert (await program.post(f"/holds/{hold.hold_id}/reject", WHY)).status == 200


async def test_a_hold_that_changed_since_it_was_looked_at_is_left_alone(counter: Counter) -> None:
    hold = await counter.park()
    program, other = await counter.program(), await counter.program(name="ichiro")
    etag = (await program.get(f"/holds/{hold.hold_id}")).headers["ETag"]
    assert (await other.post(f"/holds/{hold.hold_id}/comment", {"text": "wait"})).status == 200
    path = f"/holds/{hold.hold_id}/release"
    answer = await program.post(path, WHY, If_Match=etag)
    assert (answer.status, answer.problem) == (412, "stale")
    assert (await program.post(path, WHY, If_Match='W/"1"')).status == 422
    etag = (await program.get(f"/holds/{hold.hold_id}")).headers["ETag"]
    assert (await program.post(path, WHY, If_Match=etag)).status == 200


async def test_an_act_under_a_key_is_done_once_however_often_it_is_asked(counter: Counter) -> None:
    hold = await counter.park()
    program = await counter.program()
    path = f"/holds/{hold.hold_id}/comment"
    said = {"text": "asked the sender"}
    answers = [await program.post(path, said, Idempotency_Key="k-1") for _ in range(3)]
    assert [a.status for a in answers] == [200, 200, 200]
    assert [a.json["revision"] for a in answers] == [1, 1, 1]
    other = await program.post(path, {"text": "another"}, Idempotency_Key="k-1")
    assert (other.status, other.problem) == (422, "key-reused")
    stranger = await counter.program(name="ichiro")
    assert (await stranger.post(path, said, Idempotency_Key="k-1")).json["revision"] == 2
    many = await asyncio.gather(
        *(program.post(path, said, Idempotency_Key="k-2") for _ in range(5))
    )
    assert {a.status for a in many} <= {200, 409}
    assert (await counter.store.hold(hold.hold_id)).revision == 3


async def test_a_failed_act_leaves_its_key_good(counter: Counter) -> None:
    hold = await counter.park()
    program = await counter.program()
    path = f"/holds/{hold.hold_id}/release"
    assert (await program.post(path, {}, Idempotency_Key="k")).status == 422
    assert (await program.post(path, WHY, Idempotency_Key="k")).status == 200


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "malformed", 400),
        (b"", "malformed", 400),
        (b"[]", "invalid", 422),
        (b'{"reason": 1}', "invalid", 422),
        (b'{"why": "x"}', "invalid", 422),
        (b'{"reason": "x", "code": "nonsense"}', "invalid", 422),
        (b'{"reason": "\\ud800", "code": "accepted"}', "malformed", 400),
        (b'{"reason": "x", "only": [9]}', "invalid", 422),
        (b'{"reason": "x", "only": [NaN]}', "invalid", 422),
        (b"[" * 100_000, "malformed", 400),
    ],
)
async def test_a_body_that_is_wrong_is_refused_without_being_repeated(
    counter: Counter, body: bytes, kind: str, status: int
) -> None:
    hold = await counter.park()
    program = await counter.program()
    path = f"/holds/{hold.hold_id}/release"
    answer = await program.ask("POST", path, body, Content_Type="application/json")
    assert (answer.status, answer.problem) == (status, kind), answer.text
    assert "nonsense" not in answer.text
    assert (await counter.store.hold(hold.hold_id)).state is HoldState.PARKED


async def test_only_json_is_read(counter: Counter) -> None:
    hold = await counter.park()
    program = await counter.program()
    for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
        answer = await program.ask(
            "POST", f"/holds/{hold.hold_id}/release", json.dumps(WHY).encode(), Content_Type=kind
        )
        assert (answer.status, answer.problem) == (415, "wrong-media-type")


async def test_a_false_alarm_proposes_an_exception_and_changes_nothing(counter: Counter) -> None:
    hold = await counter.park()
    program = await counter.program()
    for lang in ("ja", "en"):
        answer = (await program.get(f"/holds/{hold.hold_id}/exception?lang={lang}")).json
        assert bool(answer["toml"]) != bool(answer["why"])
    assert (await counter.store.hold(hold.hold_id)).revision == 0


# ------------------------------------------------------------------ records


async def test_events_are_followed_from_a_place_on(counter: Counter) -> None:
    auditor, handler = await counter.program(Role.AUDITOR), await counter.program()
    start = (await auditor.get("/events?after=latest")).json
    hold = await counter.park()
    await handler.post(f"/holds/{hold.hold_id}/reject", WHY)
    first = (await auditor.get(f"/events?after={start['next']}&limit=1")).json
    assert [e["type"] for e in first["events"]] == ["mail.hold"]
    assert first["more"]
    assert first["events"][0]["data"]["mail"]["recipients"][0]["address"] == "a@x.example"
    rest = (await auditor.get(f"/events?after={first['next']}&type=hold.reject")).json
    assert [e["data"]["about"] for e in rest["events"]] == [hold.hold_id]
    assert not rest["more"]
    assert (await auditor.get(f"/events?after={rest['next']}")).json["events"] == []


def test_a_cursor_holds_the_chains_of_several_machines() -> None:
    places = {"gateway@mx1.city.example.lg.jp": 7, "gateway-2@MX2": 9, "console": 1}
    assert cursors.places(cursors.write(places)) == places
    for none in ({"a b": 1}, {"a": -1}, {"a": 2**63}, {"a": True}, ["a"], 7):
        with pytest.raises(TroubleError):
            cursors.places(cursors.write(none))


async def test_the_log_is_exported_whole_and_can_be_verified_elsewhere(counter: Counter) -> None:
    from datetime import datetime

    await counter.park()
    auditor = await counter.program(Role.AUDITOR)
    lines, after = [], ""
    while True:
        answer = await auditor.get(f"/audit?limit=2{after}")
        assert answer.headers["Content-Type"].startswith("application/jsonl")
        lines += [json.loads(x) for x in answer.text.splitlines()]
        after = f"&after={answer.headers['Sekisho-Next']}"
        if answer.headers["Sekisho-More"] == "false":
            break
    last = ""
    for n, line in enumerate(lines, start=1):
        row = line | {"at": datetime.fromisoformat(line["at"])}
        assert (line["seq"], line["prev"], entry_hash(row)) == (n, last, line["hash"])
        last = line["hash"]
    assert {"decided", "token-made", "audit-exported"} <= {x["action"] for x in lines}


async def test_asking_for_the_log_again_and_again_does_not_fill_it(counter: Counter) -> None:
    auditor = await counter.program(Role.AUDITOR)
    after = ""
    for _ in range(5):
        answer = await auditor.get(f"/audit?{after}")
        after = f"after={answer.headers['Sekisho-Next']}"
    told = await counter.store.events({}, ("record.audit-exported",), 10)
    assert len(told.events) == 1


async def test_an_incident_and_its_report_are_shown_in_both_languages(counter: Counter) -> None:
    hold = await counter.park()
    program = await counter.program(Role.AUDITOR)
    path = f"/incidents/{hold.incident_id}"
    shown = (await program.get(path)).json
    assert (shown["kind"], shown["persons"]["likely"]) == ("prevented", 3)
    japanese, english = [(await program.get(f"{path}/report?lang={x}")).json for x in ("ja", "en")]
    assert len(japanese["items"]) == len(english["items"]) == 9
    assert japanese["items"][0]["title"] != english["items"][0]["title"]
    assert (await program.get("/incidents?limit=1")).json["incidents"][0]["id"] == hold.incident_id


async def test_incidents_go_on_from_their_cursor(counter: Counter) -> None:
    for _ in range(5):
        await counter.park()
    program = await counter.program()
    seen, after = [], ""
    for _ in range(9):
        page = (await program.get(f"/incidents?limit=2{after}")).json
        seen += [i["id"] for i in page["incidents"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert len(seen) == len(set(seen)) == 5


async def test_what_waits_is_counted(counter: Counter) -> None:
    await counter.park()
    program = await counter.program(Role.ADMINISTRATOR)
    found = (await program.get("/waiting")).json
    assert (found["total"], found["rules"]) == (1, {"my-number": 1})


# ------------------------------------------------------------------ troubles


def test_every_trouble_has_its_words_and_every_word_its_trouble() -> None:
    wanted = {f"{what}-{kind}" for kind in KINDS for what in ("title", "next")}
    assert catalogue_keys("api") == wanted


async def test_a_trouble_speaks_the_programs_language_and_leads_to_its_explanation(
    counter: Counter,
) -> None:
    program = counter.program_with("")
    english = await program.get("/holds")
    japanese = await program.get("/holds", Accept_Language="ja")
    assert english.json["title"] == "There is no token"
    assert japanese.json["title"] == "トークンがありません"
    kind = str(english.json["type"])
    assert kind == "/api/v1/problems/no-token"
    explained = await program.get(kind.removeprefix("/api/v1"))
    assert explained.json["next"] == english.json["next"]


async def test_unknown_addresses_and_methods_are_troubles_too(counter: Counter) -> None:
    program = await counter.program()
    assert (await program.get("/nowhere")).problem == "not-found"
    assert (await program.get("/problems/nonsense")).problem == "not-found"
    answer = await program.ask("DELETE", "/holds", None)
    assert (answer.status, answer.problem) == (405, "wrong-method")
    assert "GET" in answer.headers["Allow"]
    big = await program.ask("POST", "/holds/aaaa-aaaa-aaaa/comment", b"x" * 1_100_000)
    assert (big.status, big.problem) == (413, "too-large")
    stray = await program.get("/holds", Host="evil.example")
    assert (stray.status, stray.problem) == (400, "malformed")


async def test_a_fault_is_a_trouble_without_a_word_of_it(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*given: object) -> None:
        raise RuntimeError("secret cause")

    program = await counter.program()
    monkeypatch.setattr(counter.store, "queue", broken)
    answer = await program.get("/holds")
    assert (answer.status, answer.problem) == (500, "fault")
    assert "secret" not in answer.text


async def test_a_hold_whose_view_cannot_be_recorded_is_not_shown(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*given: object, **more: object) -> None:
        raise StoreError("disk full")

    hold = await counter.park()
    program = await counter.program()
    monkeypatch.setattr(counter.store, "looked", full)
    answer = await program.get(f"/holds/{hold.hold_id}")
    assert (answer.status, answer.problem) == (503, "unavailable")

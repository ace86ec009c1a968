"""Reports to the Commission, marked as given by whoever handles incidents."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from gateway.desk import Desk
from gateway.desk.digest import counted
from gateway.errors import ConflictError, NotFoundError, RightsError, UsageError
from gateway.incident import classify, summary
from gateway.model import Verdict
from gateway.store import IncidentRecord, ReportStep, Role, Store, User, upgrade
from tests.desk.office import HANAKO, JIRO, TARO, desk_of
from tests.numbers import my_number
from tests.store.mails import START, Clock, Keys, decision, inspection, ruling, submission

PRELIMINARY, FINAL = ReportStep.PRELIMINARY, ReportStep.FINAL
TODAY = date(2026, 11, 21)


@pytest.fixture
async def url(tmp_path: Path) -> str:
    """One database is enough here: the log itself is under test on both in tests/store."""
    address = f"sqlite:{tmp_path / 'sekisho.db'}"
    await upgrade(address)
    return address


@pytest.fixture
def desk(store: Store, keys: Keys, clock: Clock) -> Desk:
    return desk_of(store, keys, clock)


async def left(store: Store) -> IncidentRecord:
    """A mail with numbers that monitor let pass."""
    mail = submission("aaabb@exp.com")
    would = decision(ruling("aaabb@exp.com", Verdict.ALLOW, would=Verdict.HOLD))
    await store.intend(mail, inspection(), would, [], [], staged=False)
    [record] = await store.incidents()
    return record


async def named(store: Store, days: int) -> list[str]:
    """The reports that a digest of that day names."""
    now = START + timedelta(days=days)
    found = counted(await store.holds(), await store.incidents(), now, now)
    return [report.kind for report in found.reports] if found else []


@pytest.mark.parametrize(
    ("given", "early", "late"),
    [
        ((), ["preliminary"], ["final"]),
        ((PRELIMINARY,), [], ["final"]),
        ((PRELIMINARY, FINAL), [], []),
        ((FINAL,), [], []),
    ],
)
async def test_a_report_that_was_given_is_named_no_more(
    desk: Desk, store: Store, given: tuple[ReportStep, ...], early: list[str], late: list[str]
) -> None:
    record = await left(store)
    for step in given:
        await desk.reported(record.incident_id, HANAKO, step, TODAY)
    assert (await named(store, 2), await named(store, 28)) == (early, late)


async def test_a_mark_says_when_by_whom_and_under_what_number(desk: Desk, store: Store) -> None:
    record, number = await left(store), my_number(8)
    await desk.reported(record.incident_id, HANAKO, PRELIMINARY, TODAY, " 令8-77 ")
    told = await desk.reported(record.incident_id, HANAKO, FINAL, TODAY, f"for {number}")
    mark, masked = told.reported
    assert (mark.step, mark.on, mark.by) == (PRELIMINARY, TODAY, HANAKO.name)
    assert (mark.reference, masked.reference) == ("令8-77", "for ************")
    for lang, words in (("ja", "速報を 2026-11-21 に"), ("en", "was given on 2026-11-21")):
        assert any(words in line for line in summary(told, classify(told), lang))
    entries = [e async for e in store.audit_entries() if e["action"] == "reported"]
    assert [e["object"] for e in entries] == [record.incident_id] * 2
    assert number not in json.dumps(entries, default=str)


async def test_a_step_is_marked_once_and_a_mistake_is_taken_back_with_a_reason(
    desk: Desk, store: Store
) -> None:
    name = (await left(store)).incident_id
    await desk.reported(name, HANAKO, FINAL, TODAY)
    with pytest.raises(ConflictError, match=HANAKO.name):
        await desk.reported(name, JIRO, FINAL, TODAY)
    with pytest.raises(UsageError):
        await desk.not_reported(name, JIRO, FINAL, " ")
    assert (await desk.not_reported(name, JIRO, FINAL, "another incident")).reported == ()
    assert await named(store, 2) == ["preliminary"]
    with pytest.raises(ConflictError):
        await desk.not_reported(name, JIRO, FINAL, "again")
    assert len((await desk.reported(name, JIRO, FINAL, TODAY)).reported) == 1


async def test_a_day_before_the_mail_or_in_the_future_is_none(desk: Desk, store: Store) -> None:
    name = (await left(store)).incident_id
    for day in (TODAY - timedelta(days=1), TODAY + timedelta(days=1)):
        with pytest.raises(UsageError):
            await desk.reported(name, HANAKO, PRELIMINARY, day)
    with pytest.raises(NotFoundError):
        await desk.reported("none", HANAKO, PRELIMINARY, TODAY)


async def test_neither_the_sender_nor_an_auditor_marks_a_report(desk: Desk, store: Store) -> None:
    name = (await left(store)).incident_id
    await store.add_user(User("hanako", Role.AUDITOR), "$argon2id$x", actor="os:root")
    for actor in (TARO, HANAKO):
        with pytest.raises(RightsError):
            await desk.reported(name, actor, PRELIMINARY, TODAY)
    assert (await store.incident(name)).reported == ()

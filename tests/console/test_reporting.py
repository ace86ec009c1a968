"""Marking a report to the Commission as given, in the pages and at a terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.model import Verdict
from gateway.store import IncidentRecord, Role
from tests.console.program import Counter, open_counter
from tests.store.mails import Clock, decision, inspection, ruling, submission


@pytest.fixture
async def counter(tmp_path: Path, clock: Clock):
    opened = await open_counter(tmp_path, clock)
    yield opened
    await opened.console.stop()
    await opened.store.close()


async def left(counter: Counter) -> IncidentRecord:
    would = decision(ruling("aaabb@exp.com", Verdict.ALLOW, would=Verdict.HOLD))
    await counter.store.intend(
        submission("aaabb@exp.com"), inspection(), would, [], [], staged=False
    )
    [record] = await counter.store.incidents()
    return record


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", "The preliminary report was given on 2026-11-21 (number 8-77; marked by"),
        ("ja", "速報を 2026-11-21 に行いました（受付番号 8-77、記録した人 user:hanako）。"),
    ],
)
async def test_a_handler_marks_a_report_and_takes_a_mistake_back(
    counter: Counter, lang: str, said: str
) -> None:
    record = await left(counter)
    path = f"/incidents/{record.incident_id}"
    browser = await counter.console.signed_in(language=lang)
    assert "2026-11-25" in (await browser.get("/overview")).words
    form = {"step": "preliminary", "on": "2026-11-21", "reference": "8-77"}
    assert (await browser.post(f"{path}/reported", form)).status == 303
    assert said in (await browser.get(path)).words
    assert "2026-11-25" not in (await browser.get("/overview")).words
    assert (await browser.post(f"{path}/reported", form)).status == 409
    for wrong in ({"step": "third"}, {"on": "soon"}, {"on": "2027-01-01"}):
        assert (
            await browser.post(f"{path}/reported", form | {"step": "final"} | wrong)
        ).status == 422
    program = await counter.program(name="program")
    [mark] = (await program.get(path)).json["reported"]
    assert (mark["step"], mark["on"], mark["reference"]) == ("preliminary", "2026-11-21", "8-77")
    back = {"step": "preliminary", "act": "withdraw", "reason": "the other incident"}
    assert (await browser.post(f"{path}/reported", back)).status == 303
    assert said not in (await browser.get(path)).words


async def test_an_auditor_sees_marks_and_sets_none(counter: Counter) -> None:
    path = f"/incidents/{(await left(counter)).incident_id}"
    browser = await counter.console.signed_in("kansa", Role.AUDITOR)
    form = {"step": "final", "on": "2026-11-21"}
    assert (await browser.post(f"{path}/reported", form)).status == 403
    assert "/reported" not in (await browser.get(path)).text

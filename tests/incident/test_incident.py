from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from gateway.i18n import catalogue_keys, text
from gateway.incident import Counting, Kind, classify, draft, summary
from gateway.incident.clocks import day_in_japan, deadlines
from gateway.model import Fate, Persons, Verdict
from gateway.store import Destination, IncidentRecord, MailState

KNOWN = date(2026, 11, 21)


def copy(address: str = "a@exp.com", **changes: object) -> Destination:
    plain = Destination(
        address=address,
        corrected="",
        recipient_class="look-alike",
        strength="certain",
        resembles="exp.co.jp",
        verdict=Verdict.HOLD,
        would=Verdict.HOLD,
        rule="look-alike",
        reasons=("suffix-swap",),
        hold_id="h",
        fate=None,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def record(*copies: Destination, persons: int = 3, **changes: object) -> IncidentRecord:
    plain = IncidentRecord(
        incident_id="kxdp-wmzr-tqhb",
        queue_id="q",
        opened_at=datetime(2026, 11, 20, 16, 0, tzinfo=UTC),
        received_at=datetime(2026, 11, 20, 16, 0, tzinfo=UTC),
        sender="taro@city.example.lg.jp",
        client="127.0.0.1",
        size_bytes=100,
        policy="3f2a",
        verdict=Verdict.HOLD,
        would=Verdict.HOLD,
        state=MailState.PARKED,
        persons=Persons(persons, persons, persons),
        findings=(),
        unread=(),
        attachments=1,
        destinations=copies or (copy(),),
        hold_ids=("h",),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


MONITORED = {"hold_id": "", "verdict": Verdict.ALLOW}


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({}, Kind.PREVENTED),
        ({"fate": Fate.RELAYED}, Kind.APPROVED),
        ({"fate": Fate.UNKNOWN}, Kind.APPROVED),
        ({"fate": Fate.RELAYED, "corrected": "a@exp.co.jp"}, Kind.PREVENTED),
        ({"fate": Fate.REFUSED}, Kind.PREVENTED),
        ({"hold_id": "", "verdict": Verdict.BLOCK}, Kind.PREVENTED),
        ({**MONITORED, "fate": Fate.RELAYED}, Kind.LEFT),
        ({**MONITORED, "fate": Fate.UNKNOWN}, Kind.PERHAPS),
        ({**MONITORED, "fate": Fate.REFUSED}, Kind.PREVENTED),
        ({**MONITORED, "fate": Fate.FAILED}, Kind.PREVENTED),
    ],
)
def test_what_became_of_the_copy_decides_the_kind(changes: dict[str, object], kind: Kind) -> None:
    found = classify(record(copy(**changes)))
    assert found.kind is kind
    assert (found.deadlines is not None) == (kind in (Kind.LEFT, Kind.PERHAPS))


def test_a_relay_under_way_has_perhaps_left() -> None:
    assert classify(record(copy(**MONITORED), state=MailState.INTENDED)).kind is Kind.PERHAPS


def test_the_worst_copy_decides_and_the_addresses_are_told_apart() -> None:
    found = classify(
        record(
            copy("gone@x.example", **MONITORED, fate=Fate.RELAYED),
            copy("kept@x.example"),
            copy("fine@x.example", would=Verdict.ALLOW, fate=Fate.RELAYED, hold_id=""),
        )
    )
    assert found.kind is Kind.LEFT
    assert (found.gone_to, found.kept_from) == (("gone@x.example",), ("kept@x.example",))
    assert found.reasons == ("suffix-swap",)


@pytest.mark.parametrize(("persons", "over"), [(0, False), (100, False), (101, True)])
def test_item_4_is_in_question_above_100_persons(persons: int, over: bool) -> None:
    assert classify(record(persons=persons)).over_100 is over


def test_possible_numbers_count_towards_the_question() -> None:
    assert classify(record(persons=0, destinations=(copy(),))).over_100 is False
    found = classify(replace(record(), persons=Persons(0, 50, 101)))
    assert found.over_100


def test_no_clock_runs_where_no_number_could_have_left() -> None:
    gone = copy(**MONITORED, fate=Fate.RELAYED)
    assert classify(record(gone, persons=0)).deadlines is None
    unread = {"unread": ({"place": "3 a.zip", "reason": "encrypted"},)}
    assert classify(record(gone, persons=0, **unread)).deadlines is not None


def test_the_first_day_counts_unless_set_otherwise() -> None:
    strict, lenient = deadlines(KNOWN), deadlines(KNOWN, Counting(first_day_counts=False))
    assert (strict.preliminary_soon, strict.preliminary_by) == (
        date(2026, 11, 23),
        date(2026, 11, 25),
    )
    assert (strict.final_by, strict.final_by_if_wrongful) == (date(2026, 12, 20), date(2027, 1, 19))
    assert (lenient.preliminary_by, lenient.final_by) == (date(2026, 11, 26), date(2026, 12, 21))


def test_the_day_is_the_day_in_japan() -> None:
    assert day_in_japan(datetime(2026, 11, 20, 15, 0, tzinfo=UTC)) == KNOWN
    found = classify(record(copy(**MONITORED, fate=Fate.RELAYED)))
    assert found.deadlines == deadlines(KNOWN)


def test_the_organisation_may_have_known_later() -> None:
    found = classify(record(copy(**MONITORED, fate=Fate.RELAYED)), known_on=date(2026, 12, 1))
    assert found.deadlines == deadlines(date(2026, 12, 1))


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_draft_has_the_nine_items_and_names_what_a_person_must_add(lang: str) -> None:
    facts = record(copy(**MONITORED, fate=Fate.RELAYED))
    items = draft(facts, classify(facts), lang)
    assert [i.number for i in items] == list(range(1, 10))
    assert [i.number for i in items if i.to_persons] == [1, 2, 4, 5, 9]
    assert [i.number for i in items if not i.missing] == [3]
    assert any("a@exp.com" in line for line in items[0].known)
    assert any("exp.co.jp" in line for line in items[3].known)


@pytest.mark.parametrize(("persons", "said"), [(100, False), (150, True)])
def test_the_draft_says_that_item_4_is_in_question(persons: int, said: bool) -> None:
    facts = record(persons=persons)
    item = draft(facts, classify(facts), "ja")[2]
    assert any("規則第2条第4号" in line for line in item.known) is said


@pytest.mark.parametrize("fate", [Fate.RELAYED, None])
def test_a_corrected_copy_is_told_by_where_it_went_once_it_went(fate: Fate | None) -> None:
    facts = record(copy(fate=fate, corrected="a@exp.co.jp"))
    told = "\n".join(summary(facts, classify(facts), "en"))
    assert ("Sent to the corrected address (1): a@exp.co.jp" in told) is (fate is not None)
    assert ("The mail did not leave" in told) is (fate is None)
    assert "Kept from (1): a@exp.com" in told


def test_persons_must_be_confirmed_where_a_part_was_not_read() -> None:
    facts = record(unread=({"place": "3 a.zip", "reason": "encrypted"},))
    found = classify(facts)
    assert draft(facts, found, "en")[2].missing
    assert any("there may be more" in line for line in summary(facts, found, "en"))


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_summary_has_dates_only_where_something_left(lang: str) -> None:
    prevented, left = record(), record(copy(**MONITORED, fate=Fate.RELAYED))
    assert not any("2026-11-25" in s for s in summary(prevented, classify(prevented), lang))
    lines = summary(left, classify(left), lang)
    assert any("2026-11-25" in s for s in lines)
    assert any("2026-12-20" in s and "2027-01-19" in s for s in lines)


def test_the_summary_says_prevented_in_the_laws_own_word() -> None:
    facts = record()
    assert "未遂" in summary(facts, classify(facts), "ja")[0]


def test_many_addresses_are_counted_and_some_are_named() -> None:
    facts = record(*(copy(f"u{n}@x.example") for n in range(50)))
    line = next(s for s in summary(facts, classify(facts), "en") if "50" in s)
    assert line.endswith("u19@x.example …")


def test_every_sentence_stands_in_both_languages() -> None:
    keys = catalogue_keys("incident")
    assert keys >= {f"kind-{k.value}" for k in Kind}
    for key in keys:
        values = dict.fromkeys(
            [
                "likely",
                "possible",
                "count",
                "addresses",
                "soon",
                "by",
                "wrongful",
                "day",
                "sender",
                "incident",
                "rules",
                "address",
                "name",
                "on",
                "reference",
            ],
            "1",
        )
        assert text("incident", key, "ja", **values) != text("incident", key, "en", **values)

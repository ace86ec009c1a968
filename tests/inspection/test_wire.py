"""The border to a worker: what passes, and what a hostile worker cannot pass."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.inspection.wire import WireError, dumps, loads
from gateway.model import (
    Confidence,
    Finding,
    HeaderFacts,
    Inspection,
    PartCoverage,
    Persons,
    Place,
    Unread,
    UnreadReason,
)

FULL = Inspection(
    findings=(
        Finding("my-number", Confidence.LIKELY, 2, Place(("1 名簿.csv",)), ("check-digit",)),
    ),
    persons=Persons(0, 2, 3),
    parts=(PartCoverage(Place(("1 名簿.csv",)), "text/plain", 10, True),),
    unread=(Unread(Place(("2 a.zip", "b")), UnreadReason.ENCRYPTED, "zip"),),
    attachments=2,
    headers=HeaderFacts("件名", ("a@example.jp",), ("b@example.jp",), "<id@example.jp>"),
    elapsed_ms=1.5,
)


def test_an_inspection_survives_the_border() -> None:
    assert loads(dumps(FULL)) == FULL


def changed(key: str, value: Any) -> bytes:
    told = json.loads(dumps(FULL))
    told[key] = value
    return json.dumps(told).encode()


PLACE = ["1 x"]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("extra", 1),
        ("persons", [3, 2, 1]),
        ("persons", [-1, 0, 0]),
        ("persons", [True, 1, 1]),
        ("persons", [0, 0]),
        ("findings", [["my-number", "sure", 1, PLACE, []]]),
        ("findings", [["my-number", "likely", 1.5, PLACE, []]]),
        ("findings", [["my-number", "likely", 1, [], []]]),
        ("findings", [["my-number", "likely", 1, PLACE, ["a" + "1" * 12]]]),
        ("findings", [["Not a word", "likely", 1, PLACE, []]]),
        ("parts", [[PLACE, "text/plain", 1, 1]]),
        ("parts", [[PLACE, "a\nb", 1, True]]),
        ("unread", [[PLACE, "because", ""]]),
        ("unread", [[PLACE, "limit", "1" * 12]]),
        ("headers", ["a", ["b"], ["c"], 5]),
        ("headers", ["a", "bb", ["c"], "d"]),
        ("elapsed_ms", float("nan")),
        ("attachments", "2"),
    ],
)
def test_what_is_not_as_agreed_is_refused(key: str, value: Any) -> None:
    with pytest.raises(WireError):
        loads(changed(key, value))


def test_a_report_of_nothing_at_all_is_refused() -> None:
    with pytest.raises(WireError, match="nothing was read"):
        loads(dumps(Inspection()))


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_else(raw: bytes) -> None:
    with pytest.raises(WireError):
        loads(raw)


def test_deep_json_is_refused() -> None:
    with pytest.raises(WireError):
        loads(b"[" * 100_000)

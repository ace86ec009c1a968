"""What the OpenAPI document promises, the served API keeps; asked by Schemathesis and read by hand."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest

from gateway.console.api import OPERATIONS
from gateway.console.api.openapi import document
from gateway.console.api.shapes import Code, State
from gateway.console.settings import Settings
from gateway.desk import DECISIONS
from gateway.model import HoldState
from tests.console.program import open_counter
from tests.fuzz.api import checked
from tests.store.mails import Clock

EXAMPLES, SEED = 3, 20261130  # few: `python -m tests.fuzz.api` asks more


@pytest.mark.timeout(240)
async def test_schemathesis_finds_no_server_error_and_no_broken_promise(
    tmp_path: Path, require: Callable[[bool, str], None]
) -> None:
    require(importlib.util.find_spec("schemathesis") is not None, "Schemathesis")
    runs = await checked(tmp_path, EXAMPLES, SEED)
    assert [status for status, _ in runs] == [0, 0], "\n".join(said for _, said in runs)
    assert all("passed" in said for _, said in runs)


async def test_the_document_is_served_to_anybody_and_is_the_tables(
    tmp_path: Path, clock: Clock
) -> None:
    counter = await open_counter(tmp_path, clock)
    answer = await counter.program_with("").get("/openapi.json")
    await counter.console.stop()
    await counter.store.close()
    assert answer.json == document(Settings("http://x"), "/api/v1")
    served = {
        (method.upper(), path) for path, told in answer.json["paths"].items() for method in told
    }
    assert served == {(o.method, o.path) for o in OPERATIONS}


def test_every_operation_and_field_says_what_it_is() -> None:
    told = document(Settings("http://x"), "/api/v1")
    for path in told["paths"].values():
        for operation in path.values():
            assert operation["summary"]
            assert all(p.get("description") for p in operation["parameters"] if p["in"] == "query")
    assert _references(told) <= set(told["components"]["schemas"]) | set(
        told["components"]["responses"]
    )


def _references(value: Any) -> set[str]:
    if isinstance(value, dict):
        own = {str(value["$ref"]).rpartition("/")[2]} if "$ref" in value else set()
        return own.union(*map(_references, value.values()))
    return set().union(*map(_references, value)) if isinstance(value, list) else set()


def test_the_words_of_a_request_are_those_of_the_desk() -> None:
    assert get_args(Code) == DECISIONS
    assert set(get_args(State)) == {s.value for s in HoldState} - {"staged"}

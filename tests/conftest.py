"""Shared by all tests: what a missing component means, and the loop that the product serves on."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping

import pytest
import structlog
import uvloop


@pytest.fixture(autouse=True)
def logs_as_they_are_by_default() -> None:
    """A test that ran before may have set a level that hides lines from ``capture_logs``."""
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def require() -> Callable[[bool, str], None]:
    """Skip with a reason when a component is missing; fail instead under SEKISHO_REQUIRE_ALL."""

    def check(there: bool, reason: str) -> None:
        if there:
            return
        if os.environ.get("SEKISHO_REQUIRE_ALL") == "1":
            pytest.fail(f"missing: {reason}")
        pytest.skip(reason)

    return check


@pytest.fixture(scope="session")
def postfix_binary() -> str | None:
    return shutil.which("postfix") or shutil.which("postfix", path="/usr/sbin")


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], object]]:
    return {"uvloop": uvloop.new_event_loop}

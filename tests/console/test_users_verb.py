"""``sekisho users`` in a process of its own, as an administrator calls it."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from gateway.store import ensure_keys
from tests.console.browser import PASSWORD

NAME = "hanako"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text('[organisation]\ndomains = ["city.example.lg.jp"]\n')
    prepared = _sekisho(path, "users", "list")
    assert prepared.returncode == 74, "no keys before the first start"
    ensure_keys(tmp_path / "var" / "keys.toml", date(2026, 11, 21))
    return path


def _sekisho(config: Path, *words: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gateway", *words, "-c", str(config)],
        input=typed,
        capture_output=True,
        text=True,
        timeout=60,
    )


def _add(
    config: Path, *more: str, typed: str = PASSWORD + "\n"
) -> subprocess.CompletedProcess[str]:
    return _sekisho(config, "users", "add", NAME, "--role", "handler", *more, typed=typed)


def _list(config: Path) -> list[dict[str, object]]:
    lines = _sekisho(config, "users", "list", "--json").stdout.splitlines()
    return [json.loads(line) for line in lines]


def test_a_user_is_added_listed_and_disabled(config: Path) -> None:
    added = _add(config, "--address", "hanako@city.example.lg.jp", "--language", "ja", "-")
    assert added.returncode == 0, added.stderr
    (row,) = _list(config)
    assert row.pop("created")
    assert row.pop("granted_until")
    assert row == {
        "name": NAME,
        "role": "handler",
        "state": "active",
        "language": "ja",
        "addresses": ["hanako@city.example.lg.jp"],
        "departments": [],
        "second_factor": False,
        "single_sign_on": False,
        "disabled": None,
    }
    assert _sekisho(config, "users", "disable", NAME).returncode == 0
    assert _list(config)[0]["disabled"] is not None
    assert "disabled" in _sekisho(config, "users", "list").stdout


def test_what_is_wrong_is_one_line_and_a_status(config: Path) -> None:
    for typed, more, status in (("short\n", "-", 64), ("", "-", 64), (PASSWORD, "--role=king", 64)):
        refused = _add(config, more, typed=typed)
        assert refused.returncode == status
        assert "Traceback" not in refused.stderr
        assert typed.strip() == "" or typed.strip() not in refused.stderr + refused.stdout
    assert _sekisho(config, "users", "disable", NAME).returncode == 66
    assert _list(config) == []

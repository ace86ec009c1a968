"""``sekisho users`` in a process of its own, as an administrator calls it."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from gateway.cli.user_rows import session_line
from gateway.policy import JAPAN
from gateway.store import Role, Session, User, ensure_keys
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
        "person": "",
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


def test_an_account_lives_from_the_terminal(config: Path) -> None:
    def shown(*words: str, typed: str = "", status: int = 0) -> dict[str, object]:
        done = _sekisho(config, "users", *words, "--json", typed=typed)
        assert done.returncode == status, done.stderr
        return json.loads(done.stdout.splitlines()[0]) if done.stdout else {}

    shown("add", "root", "--role", "administrator", "-", typed=PASSWORD + "\n")
    assert shown("add", "taro", "--role", "handler", "--sso")["single_sign_on"] is True
    assert shown("role", "taro", "approver", "--department", "総務課")["departments"] == ["総務課"]
    assert shown("grant", "taro", "--until", "2020-01-01", status=64) == {}
    assert shown("grant", "taro")["state"] == "active"
    last = datetime.now(JAPAN).date() + timedelta(days=10)
    until = str(shown("grant", "taro", "--until", last.isoformat())["granted_until"])
    assert datetime.fromisoformat(until).astimezone(JAPAN).date() == last
    assert f" {last} " in _sekisho(config, "users", "list").stdout
    assert shown("reset-2fa", "taro", status=66) == {}
    assert shown("revoke", "taro")["name"] == "taro"
    assert (
        str(shown("token", "taro", "--label", "x", "--scope", "release")["token"])[:8] == "sekisho_"
    )
    assert shown("token", "taro", "--label", "x", "--scope", "view-audit", status=64) == {}
    assert shown("disable", "root", status=64) == {}
    assert shown("disable", "taro")["state"] == "disabled"
    assert shown("enable", "taro")["state"] == "active"


def test_people_who_left_are_disabled_from_the_personnel_sections_list(
    config: Path, tmp_path: Path
) -> None:
    for name, address in (("hanako", "h@city.example.lg.jp"), ("taro", ""), ("jiro", "")):
        more = ("--address", address) if address else ()
        _sekisho(config, "users", "add", name, "--role", "handler", "--sso", *more)
    file = tmp_path / "left.csv"
    file.write_text(
        "ユーザー名,メールアドレス,退職日\n,H@city.example.lg.jp,2020/03/31\n"
        "taro,,2999-03-31\nnobody,,\n",
        encoding="cp932",
    )
    done = _sekisho(config, "users", "import-departures", str(file), "--json")
    assert done.returncode == 0, done.stderr
    assert [json.loads(line)["name"] for line in done.stdout.splitlines()] == ["hanako"]
    states = {row["name"]: row["state"] for row in _list(config)}
    assert states == {"hanako": "disabled", "jiro": "active", "taro": "active"}
    for text, line in (("who\nx\n", "line 1"), ("name,on\ntaro,soon\n", "line 2")):
        file.write_text(text)
        refused = _sekisho(config, "users", "import-departures", str(file))
        assert refused.returncode == 65
        assert line in refused.stderr


def test_a_session_is_shown_to_people_in_japans_time() -> None:
    late = datetime(2026, 11, 30, 15, 5, tzinfo=UTC)
    line = session_line(Session("ab", User("taro", Role.HANDLER), late, late, late, late, "::1"))
    assert line.split("  ")[:5] == ["ab", *["2026-12-01 00:05 +09:00"] * 3, "::1"]

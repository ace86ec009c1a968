"""``check`` opens the files that the configuration names, and says what is wrong with them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.cli.main import cli
from tests.outbound.authority import Authority

ABOUT_CLIENTS = '[smtp]\ntls = { certificate = "server.pem", key = "server.pem" }\n'
ABOUT_NEXT_HOP = '[smtp]\nnext_hop_tls = "verify"\nnext_hop_ca_file = "ca.pem"\n'
OWN = '[organisation]\ndomains = ["city.example.lg.jp"]\n'

Said = list[tuple[str, str, str]]


def problems(directory: Path, text: str) -> tuple[int, Said]:
    path = directory / "config.toml"
    path.write_text(text + OWN)
    result = CliRunner().invoke(cli, ["check", "--json", "-c", str(path)], standalone_mode=False)
    rows = [json.loads(line) for line in result.output.splitlines()]
    return result.return_value, [
        (r["severity"], r["key"], r["message"]) for r in rows if r["file"] == str(path)
    ]


def test_good_files_are_passed_over(tmp_path: Path) -> None:
    Authority(tmp_path, "ca").server("gw.example", until=timedelta(days=90))
    assert problems(tmp_path, ABOUT_CLIENTS) == (0, [])
    assert problems(tmp_path, ABOUT_NEXT_HOP) == (0, [])


@pytest.mark.parametrize("text", [ABOUT_CLIENTS, ABOUT_NEXT_HOP])
def test_a_missing_file_is_an_error_in_its_own_line(tmp_path: Path, text: str) -> None:
    status, said = problems(tmp_path, text)
    assert status == 78
    assert {severity for severity, _, _ in said} == {"error"}
    assert all(
        message.endswith("cannot be read: No such file or directory") for *_, message in said
    )


@pytest.mark.parametrize(
    ("text", "name", "key"),
    [
        (ABOUT_CLIENTS, "server.pem", "smtp.tls"),
        (ABOUT_NEXT_HOP, "ca.pem", "smtp.next_hop_ca_file"),
    ],
)
def test_a_file_that_is_no_certificate_is_an_error(
    tmp_path: Path, text: str, name: str, key: str
) -> None:
    (tmp_path / name).write_text("not a certificate")
    status, [(severity, where, _)] = problems(tmp_path, text)
    assert (status, severity, where) == (78, "error", key)


def test_a_key_of_another_certificate_is_an_error(tmp_path: Path) -> None:
    for directory in ("one", "two"):
        (tmp_path / directory).mkdir()
        Authority(tmp_path / directory).server("gw.example", until=timedelta(days=90))
    text = '[smtp]\ntls = { certificate = "one/server.pem", key = "two/server.pem" }\n'
    # Both files hold certificate and key: the key of the second is not the first's.
    status, [(severity, key, message)] = problems(tmp_path, text)
    assert (status, severity, key) == (78, "error", "smtp.tls")
    assert "belong together" in message


@pytest.mark.parametrize(
    ("since", "until", "said"),
    [(-20, -10, "expired on"), (-1, 3, "expires on"), (2, 90, "is not valid before")],
)
def test_a_date_that_clients_will_mind_is_a_warning(
    tmp_path: Path, since: int, until: int, said: str
) -> None:
    days: Callable[[int], timedelta] = lambda n: timedelta(days=n)  # noqa: E731
    Authority(tmp_path).server("gw.example", since=days(since), until=days(until))
    status, [(severity, key, message)] = problems(tmp_path, ABOUT_CLIENTS)
    assert (status, severity, key) == (0, "warning", "smtp.tls.certificate")
    assert message.startswith(said)


@pytest.mark.parametrize(
    ("places", "warned"),
    [
        ('["file:var/checkpoints.jsonl"]', True),
        ('["file:var/one.jsonl", "file:var/../var/two.jsonl"]', True),
        ('["file:var/checkpoints.jsonl", "log:"]', False),
        ('["file:var/checkpoints.jsonl", "file:elsewhere/checkpoints.jsonl"]', False),
        ('["syslog:log.example:514"]', False),
    ],
)
def test_checkpoints_that_all_lie_beside_the_database_are_warned_about(
    tmp_path: Path, places: str, warned: bool
) -> None:
    status, said = problems(tmp_path, f"[audit]\ncheckpoints = {places}\n")
    assert status == 0
    assert [key for _, key, _ in said] == (["audit.checkpoints"] if warned else [])

"""The configuration: defaults, every problem at its place, and an example that is complete."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import time, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import get_args, get_origin

import pytest
from pydantic import BaseModel

from gateway import units
from gateway.config import Config, bare, load, schema, shipped_policies
from gateway.errors import ConfigError
from gateway.model import InspectionLimits
from gateway.policy.editor_schema import texts

ROOT = Path(__file__).resolve().parent.parent
LEAST = '[organisation]\ndomains = ["city.example.lg.jp"]\n'


def _load(directory: Path, text: str) -> Config:
    file = directory / "config.toml"
    file.write_text(text)
    return load(file)


def _problems(directory: Path, text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        _load(directory, text)
    return [str(p).removeprefix(f"{directory}/") for p in caught.value.problems]


def test_the_domains_alone_are_a_configuration_that_serves(tmp_path: Path) -> None:
    config = _load(tmp_path, LEAST)
    assert [str(e) for e in config.smtp.listen] == ["127.0.0.1:10025"]
    assert str(config.smtp.next_hop) == "127.0.0.1:10026"
    assert config.smtp.allowed_clients == (ip_network("127.0.0.0/8"), ip_network("::1"))
    assert config.store.url == f"sqlite:{tmp_path}/var/sekisho.db"
    assert config.store.key_file == tmp_path / "var/keys.toml"
    assert config.console.url == "http://127.0.0.1:8025"
    assert config.notify_sender == "sekisho@city.example.lg.jp"
    assert config.policy.path == shipped_policies()
    assert config.retention.journal == timedelta(days=3 * 365)
    assert config.limits.message == 50 * 1024 * 1024


def test_reading_limits_by_default_are_those_of_the_engine(tmp_path: Path) -> None:
    assert _load(tmp_path, LEAST).inspection_limits == InspectionLimits()


def test_paths_start_at_the_file_that_names_them(tmp_path: Path) -> None:
    more = '[policy]\npath = "rules"\n[store]\nurl = "sqlite:/abs/x.db"\nkey_file = "/abs/k"\n'
    config = _load(tmp_path, LEAST + more)
    assert config.policy.path == tmp_path / "rules"
    assert config.store.url == "sqlite:/abs/x.db"
    assert config.store.key_file == Path("/abs/k")


def test_every_problem_is_told_at_once_and_at_its_place(tmp_path: Path) -> None:
    text = """\
[smtp]
lissten = ["127.0.0.1:25"]
listen = ["127.0.0.1:10025", "::1:25"]
next_hop = "127.0.0.1"
processes = "many"
allowed_clients = ["10.1.2.3/8"]
[smtp.timers]
command = 300
[limits]
message = 25
[limits.inspection]
ratio = 1
[store]
url = "mysql://db"
[console]
url = "ftp://console"
[notify]
languages = ["fr"]
handlers = ["soumu"]
[log]
level = "loud"
[dns]
enabled = "yes"
"""
    assert _problems(tmp_path, text) == [
        "config.toml:1:1: organisation: is missing",
        'config.toml:2:1: smtp.lissten: unknown key (did you mean "listen"?)',
        "config.toml:3:30: smtp.listen[2]: must be host:port"
        ' (like "127.0.0.1:10025" or "[::1]:10025")',
        'config.toml:4:12: smtp.next_hop: must be host:port (like "127.0.0.1:10025" or "[::1]:10025")',
        'config.toml:5:13: smtp.processes: must be 1 to 256 or auto (like 2 or "auto")',
        'config.toml:6:20: smtp.allowed_clients[1]: must be a network (did you mean "10.0.0.0/8"?)',
        'config.toml:8:11: smtp.timers.command: must be a duration (with a unit: "300s")',
        'config.toml:10:11: limits.message: must be a size (with a unit: "25MB")',
        "config.toml:12:9: limits.inspection.ratio: must be at least 10",
        "config.toml:14:7: store.url: must name a database"
        ' (like "sqlite:var/sekisho.db" or "postgresql://user@host/db")',
        "config.toml:16:7: console.url: must be an http or https address"
        ' (like "https://sekisho.city.example.lg.jp")',
        "config.toml:18:14: notify.languages[1]: must be one of 'ja' or 'en'",
        "config.toml:19:13: notify.handlers[1]: must be a mail address"
        ' (like "soumu@city.example.lg.jp")',
        "config.toml:21:9: log.level: must be one of 'debug', 'info', 'warning' or 'error'",
        "config.toml:23:11: dns.enabled: must be true or false (without quotes)",
    ]


def test_a_problem_never_repeats_a_password(tmp_path: Path) -> None:
    text = LEAST + '[store]\nurl = "mysql://user:geheim@host/db"\n'
    assert "geheim" not in "".join(_problems(tmp_path, text))
    fine = _load(tmp_path, LEAST + '[store]\nurl = "postgresql://user:geheim@host/db"\n')
    assert "geheim" not in repr(fine)


def test_a_worker_must_end_before_the_budget_of_its_mail(tmp_path: Path) -> None:
    (problem,) = _problems(tmp_path, LEAST + '[limits.workers]\nwall = "1m"\n')
    assert problem.startswith("config.toml:4:8: limits.workers.wall: must be shorter")


def test_a_time_of_day_is_hours_and_minutes_and_may_be_none(tmp_path: Path) -> None:
    def written(value: str) -> str:
        return f"{LEAST}[notify]\ndigest = {value}\n"

    assert _load(tmp_path, written('"08:30"')).notify.digest == time(8, 30)
    assert _load(tmp_path, written('""')).notify.digest is None
    for bad in ('"8:30"', '"24:00"', "830", "08:30:00"):
        [problem] = _problems(tmp_path, written(bad))
        assert 'notify.digest: must be a time of day (like "08:30")' in problem


def test_a_port_may_be_left_to_the_system_for_listening_only(tmp_path: Path) -> None:
    assert _load(tmp_path, LEAST + '[health]\nlisten = "[::1]:0"\n').health.listen.port == 0
    assert "must name a port" in _problems(tmp_path, LEAST + '[smtp]\nnext_hop = "a:0"\n')[0]


def test_own_domains_are_kept_as_mail_servers_compare_them(tmp_path: Path) -> None:
    config = _load(tmp_path, '[organisation]\ndomains = ["City.Example.LG.jp.", "関所.jp"]\n')
    assert config.organisation.domains == ("city.example.lg.jp", "関所.jp".encode("idna").decode())


def test_without_a_file_there_are_defaults_and_nobody_is_internal() -> None:
    config = bare()
    assert config.organisation.domains == ("sekisho.invalid",)
    assert config.policy.path == shipped_policies()


def test_log_lines_are_for_machines_unless_a_person_is_watching(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    styles = []
    for watching in (True, False):
        monkeypatch.setattr("sys.stderr.isatty", lambda watching=watching: watching, raising=False)
        styles += [_load(tmp_path, LEAST).log_style]
        styles += [_load(tmp_path, LEAST + '[log]\nformat = "console"\n').log_style]
    assert styles == ["console", "console", "json", "console"]


# ------------------------------------------------------------------ units


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30s", 30), ("5m", 300), ("8h", 28_800), ("7d", 604_800), ("3y", 94_608_000)],
)
def test_a_duration_reads_and_writes_its_unit(text: str, seconds: int) -> None:
    assert units.parse_duration(text) == timedelta(seconds=seconds)
    assert units.format_duration(timedelta(seconds=seconds)) == text


@pytest.mark.parametrize(
    "text", [30, 1.5, True, "30", "s", "1.5h", "-1s", "0s", "200y", "30 s", "٣s"]
)
def test_a_duration_without_a_clear_meaning_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="must be"):
        units.parse_duration(text)


@pytest.mark.parametrize(
    ("text", "size"), [("512B", 512), ("64KB", 65_536), ("25MB", 26_214_400), ("1GB", 2**30)]
)
def test_a_size_reads_and_writes_its_unit(text: str, size: int) -> None:
    assert units.parse_size(text) == size
    assert units.format_size(size) == text


@pytest.mark.parametrize("text", [25, "25", "MB", "2.5MB", "25mb", "25 MB"])
def test_a_size_without_a_clear_meaning_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="must be"):
        units.parse_size(text)


@pytest.mark.parametrize("text", ["127.0.0.1:25", "mail.example.jp:10025", "[::1]:25"])
def test_an_endpoint_reads_and_writes_alike(text: str) -> None:
    assert str(units.parse_endpoint(text)) == text


@pytest.mark.parametrize(
    "text", ["::1:25", "host", ":25", "host:70000", "[127.0.0.1]:25", "a b:1", 25]
)
def test_an_endpoint_that_is_none_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match=r"must be|port|IPv6"):
        units.parse_endpoint(text)


# ------------------------------------------------------------------ documentation


def _settings(model: type[BaseModel], path: str = "") -> Iterator[tuple[str, str]]:
    for name, info in model.model_fields.items():
        yield f"{path}{name}", info.description or ""
        annotation = info.annotation
        if get_origin(annotation) is tuple:  # a list of tables
            annotation = get_args(annotation)[0]
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            yield from _settings(annotation, f"{path}{name}.")


@pytest.mark.parametrize("good", ["syslog:", "syslog:/dev/log", "syslog:127.0.0.1:514"])
def test_checkpoints_go_to_places_that_are_named(tmp_path: Path, good: str) -> None:
    text = f'{LEAST}\n[audit]\ncheckpoints = ["{good}", "file:proof.jsonl"]\n'
    assert _load(tmp_path, text).audit.checkpoints == (good, f"file:{tmp_path / 'proof.jsonl'}")


@pytest.mark.parametrize("bad", ["", "file:", "ftp://x", "syslog:x", "proof.jsonl"])
def test_a_place_for_checkpoints_that_nobody_knows_is_refused(tmp_path: Path, bad: str) -> None:
    with pytest.raises(ConfigError, match="place for checkpoints"):
        _load(tmp_path, f'{LEAST}\n[audit]\ncheckpoints = ["{bad}"]\n')


def test_every_setting_is_described() -> None:
    assert [path for path, description in _settings(Config) if not description] == []


def test_the_example_serves_as_it_stands_and_shows_nothing_but_defaults(tmp_path: Path) -> None:
    example = load(ROOT / "config.example.toml")
    defaults = _load(tmp_path, LEAST)
    same = {"store", "audit", "policy", "accounts"}  # paths, relative to their file
    assert example.model_dump(exclude=same) == defaults.model_dump(exclude=same)
    apart = {"key_file"}
    theirs, ours = example.accounts, defaults.accounts
    assert theirs.model_dump(exclude=apart) == ours.model_dump(exclude=apart)
    assert theirs.key_file == ROOT / "var/accounts.key"
    assert example.policy.path == ROOT / "policies"
    assert example.store.key_file == ROOT / "var/keys.toml"
    assert example.store.reserve == defaults.store.reserve
    assert example.audit.key_file == ROOT / "var/audit.key"
    assert example.audit.checkpoints == (f"file:{ROOT / 'var/checkpoints.jsonl'}",)


def test_the_example_shows_every_setting() -> None:
    text = (ROOT / "config.example.toml").read_text()
    shown, table = set(), ""
    for line in text.splitlines():
        if header := re.match(r"(?:# )?\[{1,2}([a-z.]+)\]", line):
            table = header[1]
            shown.add(table)
        elif key := re.match(r"(?:# )?([a-z_]+) = ", line):
            shown.add(f"{table}.{key[1]}")
    tables = {path.rpartition(".")[0] for path, _ in _settings(Config)}
    leaves = {path for path, _ in _settings(Config) if path not in tables}
    assert leaves - shown == set()


def test_the_schemas_for_editors_are_in_step_with_the_settings() -> None:
    """After a change: python -m gateway.policy.editor_schema"""
    shipped = {p.name: p.read_text() for p in (ROOT / "policies").glob("*.json")}
    assert shipped == texts()


def test_the_schema_for_editors_knows_defaults_as_they_are_written() -> None:
    definitions = schema()["$defs"]
    assert definitions["Limits"]["properties"]["message"]["default"] == "50MB"
    assert definitions["Workers"]["properties"]["count"]["default"] == "auto"
    assert json.dumps(schema()).count('"additionalProperties": false') >= len(definitions)

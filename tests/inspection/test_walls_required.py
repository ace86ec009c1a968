"""What is said of the walls, and that nothing starts without the required ones."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from gateway.cli.main import main
from gateway.errors import EX_CONFIG, ConfigError
from gateway.extract import optional
from gateway.inspection.walls import describe, insist, lacking, tried
from gateway.metrics import render
from gateway.sandbox import ALL, Confinement, Layer


def test_without_a_required_wall_the_start_is_refused_in_both_languages() -> None:
    with pytest.raises(ConfigError) as caught:
        insist(Confinement(frozenset({Layer.LIMITS})), ["limits", "seccomp"])
    assert caught.value.exit_status == EX_CONFIG
    said = str(caught.value)
    assert "sandbox.require" in said
    assert "seccomp" in said
    assert "隔離" in said
    assert "confined" in said


def test_a_forbidden_act_that_works_is_a_fault_though_every_wall_says_it_holds() -> None:
    problem = lacking(Confinement(ALL, ("read-file",)), ["limits"])
    assert problem is not None
    assert "read-file" in problem.message


def test_nothing_required_starts_in_any_case_and_the_metric_tells() -> None:
    insist(Confinement(frozenset({Layer.SECCOMP}), ("connect",)), [])
    shown = render().decode()
    assert 'sekisho_worker_walls{wall="seccomp"} 1.0' in shown
    assert 'sekisho_worker_walls{wall="landlock"} 0.0' in shown


@pytest.mark.parametrize(
    ("found", "level", "missing", "possible"),
    [
        (Confinement(ALL), "info", [], []),
        (Confinement(ALL - {Layer.LANDLOCK}), "warning", ["landlock"], []),
        (Confinement(ALL, ("connect",)), "error", [], ["connect"]),
    ],
)
def test_the_start_says_which_walls_hold_as_gravely_as_it_is(
    found: Confinement, level: str, missing: list[str], possible: list[str]
) -> None:
    with capture_logs() as lines:
        insist(found, [])
    line, readers = lines
    assert readers["event"] == "optional-readers"
    assert (line["event"], line["log_level"]) == ("worker-walls", level)
    assert (line["missing"], line["possible"]) == (missing, possible)
    assert set(line["hold"]) == {str(layer) for layer in found.layers}


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_people_are_told_what_holds_and_what_does_not(lang: str) -> None:
    holding, missing, *_ = describe(Confinement(ALL - {Layer.NAMESPACES}), lang)
    assert "seccomp" in holding
    assert "namespaces" in missing
    assert "namespaces" not in "".join(list(describe(Confinement(ALL), lang))[1:])


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("version", ["0.22.1", None], ids=["old", "none"])
def test_people_are_told_what_is_not_read_for_want_of_a_package(
    lang: str, version: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def found(package: str) -> str:
        if version is None:
            raise PackageNotFoundError(package)
        return version

    monkeypatch.setattr(optional, "version", found)
    said = "".join(describe(Confinement(ALL), lang))
    assert "HEIC" in said
    assert "'.[heic]'" in said
    with capture_logs() as lines:
        insist(Confinement(ALL), [])
    assert "heic" in lines[-1]["lacking"]


def test_people_are_told_what_is_not_read_for_want_of_a_library(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("LIBARCHIVE", raising=False)
    monkeypatch.setattr(optional, "find_library", lambda name: None)
    assert "LZH, CAB, ISO, tar (apt install libarchive13" in "".join(
        describe(Confinement(ALL), "en")
    )


def test_a_package_of_the_right_version_lacks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(optional, "version", lambda package: "1.10.0rc1")
    assert optional.lacking() == []


async def test_this_machine_can_be_asked_without_serving() -> None:
    assert Layer.LIMITS in (await tried()).layers


def test_check_ends_with_78_where_a_required_wall_is_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    config = tmp_path / "config.toml"
    config.write_text(
        '[organisation]\ndomains = ["city.example.lg.jp"]\n[sandbox]\nrequire = ["landlock"]\n'
    )

    async def nothing_holds() -> Confinement:
        return Confinement()

    monkeypatch.setattr("gateway.cli.check.tried", nothing_holds)
    monkeypatch.setattr("sys.argv", ["sekisho", "check", "-c", str(config)])
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == EX_CONFIG

"""``lists`` brings in an administrator's names from text files, as scripts use it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.cli.inspecting import address
from gateway.cli.lists import lists


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text('[organisation]\ndomains = ["city.example.lg.jp"]\n')
    return path


def run(verb, *words: str | Path):
    done = CliRunner().invoke(verb, [str(w) for w in words], standalone_mode=False)
    assert done.exception is None, done.exception
    return [json.loads(line) for line in done.output.splitlines()]


def strength(config: Path, domain: str) -> str | None:
    (row,) = run(address, "-c", config, "--json", f"a@{domain}")
    return row["strength"]


def test_a_ranked_public_list_is_brought_in_and_keeps_real_names_from_alarming(config, tmp_path):
    partners, ranked = tmp_path / "partners.txt", tmp_path / "top.csv"
    partners.write_text("tsuruya.co.jp\n")
    ranked.write_text("1,www.tsuruta.co.jp\n2,ＴＡＮＵＫＩ。co.jp\n3,-\n")
    run(lists, "import", "-c", config, "--json", "--kind", "protected", partners)
    before = strength(config, "tsuruta.co.jp")
    (row,) = run(lists, "import", "-c", config, "--json", ranked)
    assert (row["names"], row["left_out"]) == (2, 1)
    assert (before, strength(config, "tsuruta.co.jp")) == ("possible", None)
    assert (tmp_path / "lists" / "known-real.txt").read_text() == "tanuki.co.jp\ntsuruta.co.jp\n"


def test_a_second_import_adds_to_the_first(config, tmp_path):
    for name in ("one.co.jp", "two.co.jp"):
        (tmp_path / "names.txt").write_text(name)
        (row,) = run(lists, "import", "-c", config, "--json", tmp_path / "names.txt")
    assert row["names"] == 2


def test_a_bad_name_says_what_was_meant(config, tmp_path):
    (tmp_path / "bad.txt").write_text("tsuruyakk.com tsuruya.co.jp\ncollector.com\n")
    run(lists, "import", "-c", config, "--json", "--kind", "known-bad", tmp_path / "bad.txt")
    (row,) = run(address, "-c", config, "--json", "a@tsuruyakk.com")
    assert (row["resembles"], row["reasons"]) == ("tsuruya.co.jp", ["known-bad"])


def test_a_list_instead_of_the_shipped_one_is_told(config, tmp_path):
    (tmp_path / "names.txt").write_text("one.co.jp")
    run(lists, "import", "-c", config, "--json", "--instead", tmp_path / "names.txt")
    told = {row["list"]: row for row in run(lists, "show", "-c", config, "--json")}
    assert (told["known-real"]["names"], told["known-real"]["shipped"]) == (1, False)
    assert (told["known-bad"]["names"], told["known-bad"]["shipped"]) == (0, True)

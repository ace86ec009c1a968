"""What the READMEs show is what happens; no page shows a command that there is not."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import click
import pytest

from gateway.cli.main import cli
from gateway.config import load
from tests import pages
from tests.docs_tables import options, verbs
from tests.pages import ENGLISH, JAPANESE, ROOT, read

READMES = {"en": "README.md", "ja": "README.ja.md"}
CUT = "[…]"
_ID = re.compile(r"\b(?:[a-z]{4}-){2}[a-z]{4}\b")


def blocks(page: str, kind: str) -> list[str]:
    return [content for found, content in pages.blocks(page) if found == kind]


def commands(page: str) -> list[list[str]]:
    """Every ``sekisho`` command of the page's shell blocks, in words."""
    lines = [line for block in blocks(page, "sh") for line in block.splitlines()]
    found = [re.search(r"(?:^|/|\| )sekisho ([a-z].*)", line) for line in lines]
    return [shlex.split(f[1], comments=True) for f in found if f]


@pytest.mark.parametrize("lang", READMES)
def test_the_demonstration_prints_what_the_readme_shows(lang: str) -> None:
    """In the same order, ids apart; only what is marked is left out."""
    done = subprocess.run(
        [sys.executable, "-m", "gateway", "demo", "--once", "--lang", lang],
        capture_output=True, text=True, timeout=100, check=False, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    printed = [_ID.sub("ID", line) for line in done.stdout.splitlines()]
    (shown,) = blocks(READMES[lang], "text")
    place = 0
    for line in (_ID.sub("ID", shown_line) for shown_line in shown.splitlines()):
        if line.strip() != CUT:
            assert line in printed[place:], line
            place = printed.index(line, place) + 1


@pytest.mark.parametrize("page", [*ENGLISH, *JAPANESE])
def test_every_command_shown_is_one_that_there_is(page: str) -> None:
    known = {tuple(name.split()[1:]): command for name, command in verbs()}
    for words in commands(page):
        verb = tuple(words[: 2 if words[0] in _groups() else 1])
        assert verb in known, words
        spelled = {name for o in options(known[verb]) for name in o.opts}
        given = [w for w in words[len(verb) :] if re.match(r"--?[a-z]", w)]
        assert [o for o in given if o not in spelled] == [], words


def _groups() -> set[str]:
    return {name for name, command in cli.commands.items() if isinstance(command, click.Group)}


def test_the_readme_names_enough_commands_for_this_to_mean_something() -> None:
    assert len(commands(READMES["en"])) >= 10


def test_the_configuration_of_the_readme_can_serve(tmp_path: Path) -> None:
    (content,) = blocks(READMES["en"], "toml")
    path = tmp_path / "config.toml"
    path.write_text(content, encoding="utf-8")
    config = load(path)
    assert str(config.smtp.next_hop) == tomllib.loads(content)["smtp"]["next_hop"]
    (relay,) = blocks(READMES["en"], "")
    assert str(config.smtp.listen[0].port) in relay


def test_make_knows_the_targets_that_the_readme_names() -> None:
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = {t for page in READMES.values() for t in re.findall(r"\bmake (\w+)", read(page))}
    assert {"run", "test"} <= named <= targets

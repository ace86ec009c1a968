"""``rehearse`` at a terminal: an edited policy over the mail that the journal knows."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.app import open_store, prepare
from gateway.cli.main import cli
from gateway.config import Config, load
from gateway.errors import EX_CONFIG, ConfigError
from gateway.model import Verdict
from tests.policy.mails import rule
from tests.store.mails import decision, inspection, ruling, submission

EDITED = rule("{ my_numbers = { at_least = 1 } }", "block", name="numbers")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    made = tmp_path / "config.toml"
    made.write_text(
        '[organisation]\ndomains = ["city.example.lg.jp"]\n[dns]\nenabled = false\n'
        '[policy]\npath = "policies"\n'
    )
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "rules.toml").write_text(EDITED.replace("block", "hold"))
    asyncio.run(_journal(load(made)))
    return made


async def _journal(config: Config) -> None:
    """One mail with three numbers, relayed under monitor: it would have been held."""
    await prepare(config)
    store = await open_store(config, writer="test")
    made = decision(ruling("a@stranger.example", Verdict.ALLOW, "numbers", would=Verdict.HOLD))
    mail = replace(submission("a@stranger.example"), received_at=datetime.now(UTC))
    await store.intend(mail, inspection(3), made, (), (), staged=False, features={})
    await store.close()


def sekisho(config: Path, *words: str) -> Result:
    return CliRunner().invoke(cli, ["rehearse", "-c", str(config), *words])


def test_the_policy_as_it_is_changes_nothing(config: Path) -> None:
    told = json.loads(sekisho(config, "--json").output)
    assert (told["mails"], told["copies"], told["changed"]) == (1, 1, 0)
    assert told["rules"] == [{"rule": "numbers", "verdict": "hold", "was": 1, "would": 1}]


def test_an_edited_policy_tells_counts_and_examples(config: Path) -> None:
    edited = config.parent / "edited.toml"
    edited.write_text(EDITED)
    told = json.loads(sekisho(config, "--policy", str(edited), "--json").output)
    assert (told["changed"], told["was"], told["would"]) == (1, {"hold": 1}, {"block": 1})
    (one,) = told["examples"]
    assert (one["recipient"], one["was"], one["would"]) == ("a@stranger.example", "hold", "block")
    for lang, words in (("ja", "1 件の判定が変わります"), ("en", "Verdicts that change: 1")):
        assert words in sekisho(config, "--policy", str(edited), "--lang", lang).output


def test_a_policy_that_cannot_be_loaded_is_told_by_its_problems(config: Path) -> None:
    edited = config.parent / "edited.toml"
    edited.write_text(EDITED.replace("block", "halt"))
    error = sekisho(config, "--policy", str(edited)).exception
    assert isinstance(error, ConfigError)
    assert error.exit_status == EX_CONFIG
    assert "edited.toml:4:" in str(error.problems[0])

"""``history import``, ``shadow-report`` and ``address --history`` at a terminal."""

from __future__ import annotations

import asyncio
import json
import tomllib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from gateway.app import open_store, prepare
from gateway.cli.main import cli
from gateway.config import Config, load
from gateway.model import DEFAULT_ALLOW, Fate, Outcome, RecipientClass, Reply, Verdict
from tests.history.test_files import SENDER, lines, put
from tests.numbers import my_number
from tests.store.mails import decision, inspection, ruling, submission

DAYS = ("Jun 10", "Jul 10", "Aug 10", "Sep 10", "Oct 10")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    made = tmp_path / "config.toml"
    made.write_text('[organisation]\ndomains = ["city.example.lg.jp"]\n[dns]\nenabled = false\n')
    log = "".join(lines("keiri@exp.co.jp", day) * 5 for day in DAYS)
    log += lines("aaabb@exp.com", "Oct 11") + lines("taro@gmai.com", "Oct 12")
    log += lines(f"{my_number(7)}@exp.co.jp", "Oct 13")
    put(tmp_path / "mail.log", log.encode())
    return made


def sekisho(config: Path, *words: str) -> Result:
    verb, *rest = words
    sub = [rest.pop(0)] if verb == "history" else []
    return CliRunner().invoke(cli, [verb, *sub, "-c", str(config), *rest])


def told(config: Path, *words: str) -> Any:
    done = sekisho(config, *words, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout.splitlines()[-1])  # the first start may have logged


@pytest.fixture
def imported(config: Path) -> Path:
    """What is imported before anything was served: day one."""
    done = told(config, "history", "import", str(config.parent / "mail.log"))
    assert done == {"mails": 28, "addresses": 0, "rows": 8, "known_domains": 2, "skipped": 0}
    return config


def test_an_imported_partner_is_known_and_a_slip_is_not(imported: Path) -> None:
    assert told(imported, "address", "x@exp.co.jp")["class"] == "known"
    assert told(imported, "address", "taro@gmai.com")["class"] == "look-alike"


def test_without_its_database_address_judges_by_names(tmp_path: Path) -> None:
    bare = tmp_path / "config.toml"
    bare.write_text('[organisation]\ndomains = ["city.example.lg.jp"]\n[dns]\nenabled = false\n')
    assert told(bare, "address", "x@exp.co.jp")["class"] == "first-time"
    assert not (tmp_path / "var" / "sekisho.db").exists()


def test_all_earlier_mail_to_a_name_is_listed_by_month(imported: Path) -> None:
    found = told(imported, "address", "--history", "keiri@exp.co.jp")
    assert (found["mails"], found["first"][5:], found["last"][5:]) == (26, "06-10", "10-13")
    assert found["senders"] == {SENDER: 26}
    assert list(found["months"].values()) == [5, 5, 5, 5, 6]
    assert found["addresses"] == {"keiri@exp.co.jp": 25, "*@exp.co.jp": 1}
    assert my_number(7) not in json.dumps(found)


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_people_are_told_in_their_language(imported: Path, lang: str) -> None:
    past = sekisho(imported, "address", "--history", "exp.com", "--lang", lang).output
    assert SENDER in past
    assert "aaabb@exp.com" in past
    none = sekisho(imported, "address", "--history", "nobody.example", "--lang", lang)
    assert "nobody.example" in none.output
    report = sekisho(imported, "shadow-report", "--lang", lang).output
    assert "gmai.com → gmail.com" in report


def test_the_report_s_snippet_can_be_pasted_and_finds_the_slip(imported: Path) -> None:
    report = told(imported, "shadow-report")
    assert [t["domain"] for t in tomllib.loads(report["toml"])["trusted"]] == ["exp.co.jp"]
    found = {f["domain"]: f["once_partners_are_trusted"] for f in report["look_alikes"]}
    assert found == {"gmai.com": False, "exp.com": True}
    assert report["would"]["hold"] == 1
    assert report["mails"] == sum(report["would"].values()) == 28


def test_a_report_without_history_says_how_to_get_some(config: Path) -> None:
    asyncio.run(prepare(load(config)))
    done = sekisho(config, "shadow-report", "--lang", "en")
    assert (done.exit_code, "history import" in done.output) == (0, True)


def test_importing_twice_changes_nothing(imported: Path) -> None:
    told(imported, "history", "import", str(imported.parent / "mail.log"))
    assert told(imported, "address", "--history", "exp.co.jp")["mails"] == 26


async def _trial(config: Config, mails: int, days: int) -> None:
    """As many mails to one domain, relayed through the journal over the last days."""
    await prepare(config)
    store = await open_store(config, writer="test")
    first = datetime.now(UTC) - timedelta(days=days)
    for n in range(mails):
        sent = replace(submission("keiri@exp.co.jp"), received_at=first + n * timedelta(hours=1))
        kind = RecipientClass.KNOWN if n else RecipientClass.FIRST_TIME
        made = decision(ruling("keiri@exp.co.jp", Verdict.ALLOW, DEFAULT_ALLOW, cls=kind))
        await store.intend(sent, inspection(0), made, (), (), staged=False, features={})
        await store.settle(sent.queue_id, Outcome(Fate.RELAYED, Reply(250, "2.0.0", "ok")))
    await store.close()


def test_a_trial_of_days_says_why_nobody_is_proposed_and_how_to_have_it(config: Path) -> None:
    asyncio.run(_trial(load(config), 84, 5))
    report = told(config, "shadow-report")
    assert (report["mails"], report["partners"]) == (84, [])
    [passed] = report["not_proposed"]
    assert (passed["domain"], passed["mails"], passed["why"]) == ("exp.co.jp", 84, "days")
    for lang, words in (("ja", "14 日に足りません"), ("en", "less than 14 days")):
        assert words in sekisho(config, "shadow-report", "--lang", lang).output
    [partner] = told(config, "shadow-report", "--days", "3")["partners"]
    assert (partner["domain"], partner["mails"]) == ("exp.co.jp", 84)

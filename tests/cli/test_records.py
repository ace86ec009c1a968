"""``audit``, ``keys``, ``holds`` and ``incidents`` at a terminal."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.app import open_store, prepare
from gateway.cli.audit import csv_line
from gateway.cli.main import cli
from gateway.config import Config, load
from gateway.errors import ConflictError, UsageError
from gateway.incident import clock_in_japan
from gateway.masking import mask
from gateway.model import Verdict
from gateway.store import Store
from tests.store.mails import START, decision, inspection, parks_for, ruling, submission


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "config.toml"
    made.write_text('[organisation]\ndomains = ["city.example.lg.jp"]\n')
    asyncio.run(_fill(load(made)))
    return made


async def _fill(config: Config) -> None:
    await prepare(config)
    store = await open_store(config, writer="gateway")
    await _park(store)
    await store.notary(config.audit.key_file, config.audit.checkpoints).write()
    await store.close()


async def _park(store: Store, received_at: datetime = START) -> None:
    mail = replace(submission(), received_at=received_at)
    made = decision(ruling("aaabb@exp.com", Verdict.HOLD))
    await store.intend(mail, inspection(), made, parks_for(mail, made), [], staged=False)


def sekisho(path: Path, *words: str) -> Result:
    result = CliRunner().invoke(cli, [*words, "-c", str(path)], standalone_mode=False)
    if result.exception is not None:
        raise result.exception
    return result


def test_verify_compares_with_the_configured_checkpoints(path: Path) -> None:
    result = sekisho(path, "audit", "verify", "--lang", "en")
    assert result.return_value == 0
    assert "1 signed checkpoints" in result.output


def test_verify_takes_the_auditors_own_files(path: Path, tmp_path: Path) -> None:
    copy, key = tmp_path / "copy.jsonl", tmp_path / "auditor.pub"
    forged = json.loads((tmp_path / "var/checkpoints.jsonl").read_text()) | {"seq": 2}
    copy.write_text(json.dumps(forged) + "\n")
    key.write_bytes((tmp_path / "var/audit.pub").read_bytes())
    words = ("audit", "verify", "--checkpoints", str(copy), "--public-key", str(key))
    result = sekisho(path, *words)
    assert result.return_value == 65
    assert "checkpoint line 1: its signature is not good" in result.output


def test_export_gives_one_entry_a_line_and_records_itself(path: Path) -> None:
    rows = [json.loads(x) for x in sekisho(path, "audit", "export").output.splitlines()]
    assert [r["action"] for r in rows if r["writer"] == "gateway"] == ["decided"]
    assert [r["detail"] for r in rows if r["writer"] == "desk"] == [{"page": "export"}]


def test_export_for_a_spreadsheet_has_its_mark_and_every_entry(path: Path, tmp_path: Path) -> None:
    target = tmp_path / "audit.csv"
    sekisho(path, "audit", "export", "--csv", "--output", str(target))
    octets = target.read_bytes()
    assert octets.startswith(b"\xef\xbb\xbfwriter,seq,at,")
    assert len(list(csv.reader(io.StringIO(octets.decode("utf-8-sig"))))) == 3


@pytest.mark.parametrize("begin", list("=+-@\t\r"))
def test_no_cell_of_an_export_is_a_formula(begin: str) -> None:
    [row] = csv.reader(io.StringIO(csv_line([f"{begin}1+1", "plain"]), newline=""))
    assert row == [f"'{begin}1+1", "plain"]


def test_keys_are_listed_rotated_and_destroyed(path: Path, tmp_path: Path) -> None:
    [first] = [json.loads(x) for x in sekisho(path, "keys", "list", "--json").output.splitlines()]
    assert (first["state"], first["needed_by"]) == ("seals", 1)
    assert "1 rows" in sekisho(path, "keys", "rotate", "--lang", "en").output
    old, new = [json.loads(x) for x in sekisho(path, "keys", "list", "--json").output.splitlines()]
    assert (old["state"], old["needed_by"], new["state"], new["needed_by"]) == (
        "opens",
        0,
        "seals",
        1,
    )
    assert "0 rows" in sekisho(path, "keys", "rotate", "--resume", "--lang", "en").output
    with pytest.raises(UsageError, match="a moment ago"):
        sekisho(path, "keys", "destroy", old["id"])
    with pytest.raises(UsageError, match="destroy it here first"):
        sekisho(path, "keys", "destroy", old["id"], "--everywhere")
    assert (tmp_path / "var/keys.toml").stat().st_mode & 0o777 == 0o600


def test_a_gateway_never_opens_the_private_key_file(path: Path, tmp_path: Path) -> None:
    """It parks while the private keys are out of its reach."""
    (tmp_path / "var/keys.toml").rename(tmp_path / "away.toml")

    async def go() -> int:
        store = await open_store(load(path), writer="gateway")
        await _park(store)
        held = len(await store.holds())
        await store.close()
        return held

    assert asyncio.run(go()) == 2


def _rows(path: Path, *words: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in sekisho(path, *words, "--json").output.splitlines()]


def test_people_read_the_time_in_japan_and_programs_an_offset(path: Path) -> None:
    [hold], [incident] = _rows(path, "holds", "list"), _rows(path, "incidents", "list")
    opened, expires = (
        datetime.fromisoformat(str(x)) for x in (incident["opened"], hold["expires"])
    )
    assert datetime.fromisoformat(str(hold["received"])) == START
    shown = sekisho(path, "holds", "show", str(hold["id"]), "--lang", "en").output
    assert "2026-11-21 12:00 +09:00" in shown
    assert clock_in_japan(expires) in shown
    assert f"  {clock_in_japan(opened)}  " in sekisho(path, "incidents", "list").output


def test_a_mark_that_is_taken_back_is_said_to_be_and_a_second_one_names_the_day(path: Path) -> None:
    async def park_today() -> None:
        store = await open_store(load(path), writer="gateway")
        await _park(store, datetime.now(UTC))
        await store.close()

    asyncio.run(park_today())
    newest = str(_rows(path, "incidents", "list")[0]["id"])
    words = ("incidents", "reported", newest, "--step", "final", "--lang", "ja")
    said = sekisho(path, *words).output
    with pytest.raises(ConflictError) as again:
        sekisho(path, *words)
    day = str(again.value).rsplit(" ", 1)[1]
    assert f"確報を {date.fromisoformat(day)} に行いました" in said
    assert mask(str(again.value)) == str(again.value)
    assert sekisho(path, *words, "--withdraw", "--reason", "mistaken").output == (
        "確報を行ったという記録を取り消しました。\n"
    )

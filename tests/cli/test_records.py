"""``audit`` and ``keys`` at a terminal."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.app import open_store, prepare
from gateway.cli.audit import csv_line
from gateway.cli.main import cli
from gateway.config import Config, load
from gateway.errors import UsageError
from gateway.model import Verdict
from gateway.store import Store
from tests.store.mails import decision, inspection, parks_for, ruling, submission


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


async def _park(store: Store) -> None:
    mail, made = submission(), decision(ruling("aaabb@exp.com", Verdict.HOLD))
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

"""The six ways to falsify the log, each against checkpoints that were kept elsewhere."""

from __future__ import annotations

import io
import json
import shutil
import socket
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.errors import KeyMissingError
from gateway.log import configure
from gateway.model import Verdict
from gateway.store import Notary, Store
from gateway.store.audit import entry_hash
from gateway.store.checkpoint import (
    EVERY_ENTRIES,
    Checkpoint,
    ensure_signer,
    line_of,
    load_public,
    place,
    public_half,
    read,
)
from gateway.store.database import Database
from gateway.store.tables import audit
from tests.store.mails import Clock, Keys, decision, inspection, ruling, submission


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:{tmp_path / 'sekisho.db'}"


@pytest.fixture
async def store(url: str, keys: Keys, clock: Clock) -> AsyncIterator[Store]:
    opened = await Store.open(url, keys.sealer, clock=clock)
    yield opened
    await opened.close()


@pytest.fixture
def proof(tmp_path: Path) -> Path:
    return tmp_path / "elsewhere" / "checkpoints.jsonl"


@pytest.fixture
def notary(store: Store, tmp_path: Path, proof: Path) -> Notary:
    return store.notary(tmp_path / "audit.key", [f"file:{proof}"])


async def entries(store: Store, n: int) -> None:
    made = decision(ruling("aaabb@exp.com", Verdict.BLOCK))
    for _ in range(n):
        await store.intend(submission(), inspection(), made, [], [], staged=False)


def attested(tmp_path: Path, proof: Path) -> list[Checkpoint]:
    found, problems = read(proof.read_text().splitlines(), load_public(tmp_path / "audit.pub"))
    assert problems == []
    return found


def lines(proof: Path) -> int:
    return len(proof.read_text().splitlines()) if proof.exists() else 0


def tamper(tmp_path: Path, *statements: str) -> None:
    """Change the log as somebody with the database's own rights could."""
    with sqlite3.connect(tmp_path / "sekisho.db") as connection:
        for verb in ("update", "delete"):
            connection.execute(f"DROP TRIGGER IF EXISTS audit_refuses_{verb}")
        for statement in statements:
            connection.execute(statement)
    connection.close()


async def test_a_log_that_was_left_alone_agrees_with_its_checkpoints(
    store: Store, notary: Notary, tmp_path: Path, proof: Path
) -> None:
    for _ in range(2):
        await entries(store, 3)
        await notary.write()
    await notary.write()  # nothing new: no line
    assert [c.seq for c in attested(tmp_path, proof)] == [3, 6]
    assert await store.audit_verify(attested(tmp_path, proof)) == []


@pytest.mark.parametrize(
    "statements",
    [
        ["UPDATE audit SET actor = 'hateway' WHERE seq = 2"],  # one bit
        ["DELETE FROM audit WHERE seq = 2"],
        ["DELETE FROM audit WHERE seq = 4"],
        [
            "UPDATE audit SET seq = -2 WHERE seq = 2",
            "UPDATE audit SET seq = 2 WHERE seq = 3",
            "UPDATE audit SET seq = 3 WHERE seq = -2",
        ],
    ],
    ids=["one-bit", "middle-deleted", "tail-deleted", "two-swapped"],
)
async def test_tampering_with_entries_is_found(
    store: Store, notary: Notary, tmp_path: Path, proof: Path, statements: list[str]
) -> None:
    await entries(store, 4)
    await notary.write()
    tamper(tmp_path, *statements)
    assert await store.audit_verify() != []
    assert await store.audit_verify(attested(tmp_path, proof)) != []


async def test_a_tail_cut_off_together_with_its_head_is_found_by_the_checkpoint_alone(
    store: Store, notary: Notary, tmp_path: Path, proof: Path
) -> None:
    await entries(store, 4)
    await notary.write()
    tamper(
        tmp_path,
        "DELETE FROM audit WHERE seq = 4",
        "UPDATE audit_heads SET seq = 3, hash = (SELECT hash FROM audit WHERE seq = 3)",
    )
    assert await store.audit_verify() == []
    [problem] = await store.audit_verify(attested(tmp_path, proof))
    assert "gateway 4: attested" in problem
    assert "cut off" in problem


async def test_a_chain_that_was_computed_anew_is_found_by_the_checkpoint_alone(
    store: Store, notary: Notary, url: str, tmp_path: Path, proof: Path
) -> None:
    await entries(store, 3)
    await notary.write()
    await rewrite(url, tmp_path)
    assert await store.audit_verify() == []
    [problem] = await store.audit_verify(attested(tmp_path, proof))
    assert "written anew" in problem


async def rewrite(url: str, tmp_path: Path) -> None:
    """Let somebody else have decided, and make every hash and the head fit."""
    database = Database(url)
    async with database.read() as connection:
        rows = [dict(r) for r in (await connection.execute(audit.select())).mappings()]
    await database.close()
    statements, last = [], ""
    for row in sorted(rows, key=lambda r: r["seq"]):
        row |= {"actor": "nobody", "prev": last}
        last = entry_hash(row)
        statements.append(
            f"UPDATE audit SET actor = 'nobody', prev = '{row['prev']}', hash = '{last}' "
            f"WHERE seq = {row['seq']}"
        )
    tamper(tmp_path, *statements, f"UPDATE audit_heads SET hash = '{last}'")


async def test_yesterdays_database_put_back_is_found_by_the_checkpoint_alone(
    keys: Keys, clock: Clock, url: str, tmp_path: Path, proof: Path
) -> None:
    path, backup = tmp_path / "sekisho.db", tmp_path / "backup.db"
    store = await Store.open(url, keys.sealer, clock=clock)
    await entries(store, 2)
    await store.close()
    shutil.copy(path, backup)
    store = await Store.open(url, keys.sealer, clock=clock)
    await entries(store, 2)
    await store.notary(tmp_path / "audit.key", [f"file:{proof}"]).write()
    await store.close()
    put_back(backup, path)
    store = await Store.open(url, keys.sealer, clock=clock)
    assert await store.audit_verify() == []
    [problem] = await store.audit_verify(attested(tmp_path, proof))
    assert "older database" in problem
    await store.close()


def put_back(backup: Path, path: Path) -> None:
    for left in path.parent.glob("sekisho.db*"):
        left.unlink()
    shutil.copy(backup, path)


async def test_a_checkpoint_is_due_after_a_thousand_entries(
    store: Store, notary: Notary, proof: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.store.checkpoint.EVERY_ENTRIES", 3)
    await entries(store, 2)
    await notary.look()
    assert lines(proof) == 0
    await entries(store, 1)
    await notary.look()
    assert lines(proof) == 1
    assert EVERY_ENTRIES == 1000


async def test_a_place_that_was_away_gets_the_next_checkpoint(
    store: Store, tmp_path: Path, proof: Path
) -> None:
    (tmp_path / "elsewhere").write_text("a file where a directory should be")
    notary = store.notary(tmp_path / "audit.key", [f"file:{proof}"])
    await entries(store, 1)
    await notary.write()
    (tmp_path / "elsewhere").unlink()
    await notary.write()
    assert [c.seq for c in attested(tmp_path, proof)] == [1]


async def test_checkpoints_go_to_the_systems_log_and_are_read_from_there(
    store: Store, tmp_path: Path
) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as daemon:
        daemon.bind(("127.0.0.1", 0))
        daemon.settimeout(5)
        port = daemon.getsockname()[1]
        notary = store.notary(tmp_path / "audit.key", [f"syslog:127.0.0.1:{port}"])
        await entries(store, 1)
        await notary.write()
        line = daemon.recv(4096).decode().rstrip("\0")
    assert "sekisho-audit" in line
    found, problems = read([line], load_public(tmp_path / "audit.pub"))
    assert (len(found), problems) == (1, [])


def test_a_checkpoint_of_another_key_or_with_another_content_is_not_genuine(
    tmp_path: Path,
) -> None:
    key = ensure_signer(tmp_path / "audit.key")
    one = Checkpoint("gateway", 7, "ab", "2026-11-21T03:00:00+00:00")
    forged = json.loads(line_of(one, key)) | {"seq": 6}
    lines = [line_of(one, key), json.dumps(forged), line_of(one, Ed25519PrivateKey.generate())]
    found, problems = read([*lines, "noise", "{}"], load_public(tmp_path / "audit.pub"))
    assert found == [one]
    assert [p.split(":")[0] for p in problems] == [f"checkpoint line {n}" for n in (2, 3, 4, 5)]


def test_the_signing_key_is_for_its_owner_alone_and_stays(tmp_path: Path) -> None:
    path = tmp_path / "audit.key"
    first = ensure_signer(path).private_bytes_raw()
    assert ensure_signer(path).private_bytes_raw() == first
    assert path.stat().st_mode & 0o777 == 0o600
    assert load_public(public_half(path)).public_bytes_raw()
    path.chmod(0o640)
    with pytest.raises(KeyMissingError, match="open to others"):
        ensure_signer(path)


def test_a_signing_key_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "audit.key"
    path.write_text("nothing of the kind")
    path.chmod(0o600)
    with pytest.raises(KeyMissingError, match="cannot be read"):
        ensure_signer(path)
    with pytest.raises(KeyMissingError):
        load_public(tmp_path / "gone.pub")


async def test_a_checkpoint_in_the_log_can_be_checked_from_the_log(
    tmp_path: Path,
) -> None:
    """Through the masking that every line goes through, which would eat the digits of a hash."""
    key = ensure_signer(tmp_path / "audit.key")
    out = io.StringIO()
    configure("info", "json", out)
    try:
        for n in range(30):
            digits = f"{n:064d}"
            checkpoint = Checkpoint("gateway", n + 1, digits, "2026-11-22T00:00:00+00:00")
            place("log:").put(line_of(checkpoint, key))
    finally:
        structlog.reset_defaults()
    lines = [f"Nov 22 host sekisho[1]: {line}" for line in out.getvalue().splitlines()]
    found, problems = read(lines, load_public(tmp_path / "audit.pub"))
    assert (len(found), problems) == (30, [])
    assert found[3].hash == f"{3:064d}"

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from gateway.errors import StoreError
from gateway.store import Store, upgrade
from gateway.store.database import Database
from gateway.store.schema import _head
from gateway.store.tables import metadata
from tests.store.databases import Cluster
from tests.store.mails import Keys


async def test_the_migrations_make_the_tables_that_the_code_knows(url: str) -> None:
    database = Database(url)
    async with database.read() as connection:
        differences = await connection.run_sync(
            lambda c: compare_metadata(
                MigrationContext.configure(c, opts={"compare_type": True}), metadata
            )
        )
    await database.close()
    assert differences == []


async def test_upgrading_twice_changes_nothing(url: str) -> None:
    assert await upgrade(url) == await upgrade(url) == _head()


async def test_a_newer_schema_is_refused_by_name(url: str, keys: Keys) -> None:
    database = Database(url)
    async with database.write() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    await database.close()
    with pytest.raises(StoreError, match="schema 9999, which a newer Sekisho made"):
        await Store.open(url, keys.sealer)
    with pytest.raises(StoreError, match="newer"):
        await upgrade(url)


async def test_a_shared_database_without_the_schema_asks_for_an_upgrade(
    cluster: Cluster, keys: Keys
) -> None:
    with pytest.raises(StoreError, match="sekisho db upgrade"):
        await Store.open(await cluster.empty(), keys.sealer)


async def test_an_embedded_database_is_made_readable_by_its_owner_only(
    tmp_path: Path, keys: Keys
) -> None:
    path = tmp_path / "var" / "sekisho.db"
    store = await Store.open(f"sqlite:{path}", keys.sealer)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.with_name("sekisho.db-wal").stat().st_mode & 0o777 == 0o600
    await store.close()


async def test_sqlite_is_durable_and_overwrites_what_it_deletes(tmp_path: Path) -> None:
    database = Database(f"sqlite:{tmp_path / 'a.db'}")
    async with database.read() as connection:
        pragmas = {
            name: (await connection.exec_driver_sql(f"PRAGMA {name}")).scalar()
            for name in (
                "journal_mode",
                "synchronous",
                "secure_delete",
                "busy_timeout",
                "foreign_keys",
            )
        }
    await database.close()
    assert pragmas == {
        "journal_mode": "wal",
        "synchronous": 2,
        "secure_delete": 1,
        "busy_timeout": 5000,
        "foreign_keys": 1,
    }


@pytest.mark.parametrize("url", ["mysql://a/b", "nonsense", "sqlite3://x"])
def test_an_unknown_database_is_refused(url: str) -> None:
    with pytest.raises(StoreError, match=r"store\.url"):
        Database(url)


async def test_a_database_that_cannot_be_reached_is_a_store_error(tmp_path: Path) -> None:
    database = Database(f"postgresql://sekisho@/x?host={tmp_path}")
    with pytest.raises(StoreError, match="database"):
        async with database.read():
            pass
    await database.close()


async def test_a_file_that_is_no_database_is_a_store_error(tmp_path: Path, keys: Keys) -> None:
    path = tmp_path / "sekisho.db"
    path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(StoreError, match="database"):
        await Store.open(f"sqlite:{path}", keys.sealer)


async def test_a_locked_database_is_a_store_error_after_the_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.db"
    await upgrade(f"sqlite:{path}")
    monkeypatch.setattr(
        "gateway.store.database._PRAGMAS", ("PRAGMA busy_timeout=50", "PRAGMA journal_mode=WAL")
    )
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    database = Database(f"sqlite:{path}")
    with pytest.raises(StoreError, match="locked"):
        async with database.write():
            pass
    other.close()
    async with database.write() as connection:
        assert (await connection.execute(text("SELECT 1"))).scalar() == 1
    await database.close()

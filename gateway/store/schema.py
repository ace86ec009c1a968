"""The schema's version: bringing a database up to ours, and refusing one that is not.

Answers: ``upgrade`` (all migrations in one transaction: done or not begun, also when
killed), ``require_current`` before anything is read.
Trusts: the migrations in ``migrations/versions``.
Fails: ``StoreError`` for a database that a newer Sekisho made, with what to do.
"""

from __future__ import annotations

from pathlib import Path

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.script.revision import RevisionError
from alembic.util.exc import CommandError
from sqlalchemy import Connection, text

from gateway.errors import StoreError
from gateway.store.database import Database
from gateway.store.tables import metadata

_MIGRATIONS = Path(__file__).with_name("migrations")
_UPGRADE_LOCK = 0x53454B49  # PostgreSQL advisory lock: gateways that start together take turns


async def upgrade(url: str) -> str:
    """Bring the database at ``url`` to this version's schema; return its revision."""
    database = Database(url)
    try:
        return await upgrade_database(database)
    finally:
        await database.close()


async def upgrade_database(database: Database) -> str:
    async with database.write() as connection:
        revision = await connection.run_sync(_migrate)
    database.made()
    return revision


async def require_current(database: Database) -> None:
    """Refuse to work on a schema that is not ours."""
    async with database.read() as connection:
        found = await connection.run_sync(_revision)
    _refuse_newer(found)
    if found != _head():
        raise StoreError("the database has an older schema: run `sekisho db upgrade`")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    return config


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _head() -> str | None:
    return _scripts().get_current_head()


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _refuse_newer(found: str | None) -> None:
    if found is None:
        return
    try:
        _scripts().get_revision(found)
    except (CommandError, RevisionError) as error:
        raise StoreError(
            f"the database has schema {found}, which a newer Sekisho made: "
            "install that version, or restore the backup taken before the upgrade"
        ) from error


def _migrate(connection: Connection, target: str = "head") -> str:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _UPGRADE_LOCK})
    _refuse_newer(_revision(connection))
    scripts = _scripts()
    head = scripts.get_current_head() or ""
    context = EnvironmentContext(
        _config(),
        scripts,
        fn=lambda revision, _: scripts._upgrade_revs(target, revision),
        destination_rev=target,
    )
    with context:
        context.configure(connection=connection, target_metadata=metadata, transactional_ddl=True)
        context.run_migrations()
    return head

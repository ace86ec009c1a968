"""``keys``: the keys that parked mail is sealed with.

For the machine's administrator: these verbs read the private key file. They work while
``serve`` runs; its processes take up a new key by themselves.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from gateway.cli.desk import acting_user, with_store
from gateway.cli.options import config_option, json_option, lang_option, language, print_json
from gateway.config import Config
from gateway.errors import EX_OK
from gateway.i18n import text
from gateway.store import KeyRecord, Store


@click.group()
def keys() -> None:
    """List, renew and destroy the keys that parked mail is sealed with."""


@keys.command("list")
@config_option
@json_option
def list_keys(config_path: Path | None, as_json: bool) -> int:
    """List every key with what still needs it, the oldest first."""

    async def run(config: Config, store: Store) -> int:
        for key in await store.key_ring(config.store.key_file).listed():
            row = _row(key)
            print_json(row) if as_json else click.echo(
                f"{key.kek_id:<16} {row['state']:<10} {key.wrapped:>7} {key.destroyed_mails:>7}"
            )
        return EX_OK

    return with_store(config_path, run)


@keys.command()
@config_option
@lang_option
@click.option(
    "--resume", is_flag=True, help="make no new key; finish a rotation that was interrupted"
)
def rotate(config_path: Path | None, lang: str | None, resume: bool) -> int:
    """Make a new key that seals from now on, and wrap with it what is sealed already.

    The old key stays until `keys destroy`. Put the new key file into its backup first.
    """

    async def run(config: Config, store: Store) -> int:
        ring, actor = store.key_ring(config.store.key_file), acting_user(config).recorded
        if resume:
            rows = await ring.rewrap(actor)
            click.echo(text("cli", "keys-rewrapped", language(lang), rows=rows))
        else:
            made, rows = await ring.rotate(datetime.now(UTC).astimezone().date(), actor)
            click.echo(text("cli", "key-made", language(lang), id=made, rows=rows))
        return EX_OK

    return with_store(config_path, run)


@keys.command()
@config_option
@lang_option
@click.argument("key_id", metavar="ID")
@click.option("--everywhere", is_flag=True, help="record that no backup has the key any more")
def destroy(config_path: Path | None, lang: str | None, key_id: str, everywhere: bool) -> int:
    """Take a key that nothing needs out of the key file; then record it gone everywhere."""

    async def run(config: Config, store: Store) -> int:
        ring, actor = store.key_ring(config.store.key_file), acting_user(config).recorded
        if everywhere:
            mails = await ring.confirm_gone(key_id, actor)
            click.echo(text("cli", "key-gone", language(lang), id=key_id, mails=mails))
        else:
            await ring.destroy(key_id, actor)
            click.echo(text("cli", "key-destroyed", language(lang), id=key_id))
        return EX_OK

    return with_store(config_path, run)


def _row(key: KeyRecord) -> dict[str, object]:
    return {
        "id": key.kek_id,
        "state": _state(key),
        "needed_by": key.wrapped,
        "destroyed_mails": key.destroyed_mails,
    }


def _state(key: KeyRecord) -> str:
    if key.seals:
        return "seals"
    if key.here:
        return "opens"
    return "destroyed" if key.gone_at is None else "gone"

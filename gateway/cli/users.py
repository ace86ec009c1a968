"""``users``: who may sign in to the console."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path

import click

from gateway.app import open_store
from gateway.cli.desk import WRITER, acting_user
from gateway.cli.options import (
    config_option,
    json_option,
    lang_option,
    language,
    load_config,
    print_json,
)
from gateway.config import Config
from gateway.console.passwords import hash_password
from gateway.errors import EX_OK, UsageError
from gateway.i18n import languages, text
from gateway.store import Role, Store, User


@click.group()
def users() -> None:
    """Add, list and disable the console's users."""


@users.command()
@config_option
@lang_option
@click.argument("name", metavar="NAME")
@click.option(
    "--role",
    type=click.Choice([r.value for r in Role]),
    required=True,
    help="handler: decides; auditor, admin: look only",
)
@click.option(
    "--address",
    "addresses",
    multiple=True,
    help="the user's own mailbox; they cannot approve what was sent from it",
)
@click.option(
    "--language",
    "preferred",
    type=click.Choice(languages()),
    help="of the pages (default: the browser's)",
)
@click.argument("password_from", metavar="[-]", required=False, type=click.Choice(["-"]))
def add(
    config_path: Path | None,
    lang: str | None,
    name: str,
    role: str,
    addresses: tuple[str, ...],
    preferred: str | None,
    password_from: str | None,
) -> int:
    """Add a user; the password is asked for, or read from standard input with ``-``.

    A user who was disabled is granted access anew, with the new password and role.
    """
    password = _password(language(lang), asked=password_from is None and sys.stdin.isatty())
    user = User(name.strip().casefold(), Role(role), preferred or "", addresses)

    async def run(config: Config, store: Store) -> int:
        await store.add_user(user, hash_password(password), actor=acting_user(config).recorded)
        click.echo(text("cli", "user-added", language(lang), name=user.name))
        return EX_OK

    return _with_store(config_path, run)


@users.command("list")
@config_option
@json_option
def list_users(config_path: Path | None, as_json: bool) -> int:
    """List users, disabled ones too."""

    async def run(config: Config, store: Store) -> int:
        for user in await store.users():
            print_json(_row(user)) if as_json else click.echo(_line(user))
        return EX_OK

    return _with_store(config_path, run)


@users.command()
@config_option
@lang_option
@click.argument("name", metavar="NAME")
def disable(config_path: Path | None, lang: str | None, name: str) -> int:
    """Close a user's account and end their sessions at once."""

    async def run(config: Config, store: Store) -> int:
        await store.disable_user(name.strip().casefold(), actor=acting_user(config).recorded)
        click.echo(text("cli", "user-disabled", language(lang), name=name))
        return EX_OK

    return _with_store(config_path, run)


def _password(lang: str, *, asked: bool) -> str:
    if asked:
        prompt: str = click.prompt(
            text("cli", "password", lang), hide_input=True, confirmation_prompt=True
        )
        return prompt
    typed = sys.stdin.readline().rstrip("\r\n")
    if not typed:
        raise UsageError("no password on standard input")
    return typed


def _with_store(path: Path | None, run: Callable[[Config, Store], Awaitable[int]]) -> int:
    config = load_config(path)

    async def go() -> int:
        store = await open_store(config, writer=WRITER)
        try:
            return await run(config, store)
        finally:
            await store.close()

    return asyncio.run(go())


def _row(user: User) -> dict[str, object]:
    return {
        "name": user.name,
        "role": user.role.value,
        "language": user.language,
        "addresses": list(user.addresses),
        "created": _iso(user.created_at),
        "disabled": _iso(user.disabled_at),
    }


def _line(user: User) -> str:
    state = f"disabled {_iso(user.disabled_at)}" if user.disabled_at else "active"
    return f"{user.name:<20} {user.role.value:<8} {state}  {', '.join(user.addresses)}".rstrip()


def _iso(at: datetime | None) -> str | None:
    return at.astimezone().isoformat(timespec="seconds") if at else None

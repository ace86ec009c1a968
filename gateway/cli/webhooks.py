"""``webhooks``: look at the programs that are told what happens, and try them.

``test`` posts from here, as the outbound process would: the same name, address, certificate
and signature are tried. ``secret`` makes what signs; the receiver gets it from whoever asked.
"""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from gateway.cli.desk import acting_user, with_store
from gateway.cli.options import (
    config_option,
    json_option,
    lang_option,
    language,
    load_config,
    print_json,
)
from gateway.config import Config
from gateway.errors import EX_OK, EX_UNAVAILABLE, DataError, NotFoundError
from gateway.i18n import text
from gateway.incident import clock_in_japan
from gateway.outbound.signing import fresh_secret
from gateway.outbound.webhooks import Hook, hooks_of
from gateway.store import Event, Standing, Store

TEST = "webhook.test"


@click.group()
def webhooks() -> None:
    """Look at and try the programs that are told what happens."""


@webhooks.command("list")
@config_option
@json_option
@lang_option
def list_webhooks(config_path: Path | None, as_json: bool, lang: str | None) -> int:
    """List the webhooks that are configured, with what waits for each."""

    async def run(config: Config, store: Store) -> int:
        standing = await store.webhooks_standing()
        for told in config.webhook:
            its = standing.get(told.name)
            row = {
                "name": told.name,
                "events": list(told.events),
                "waiting": its.waiting if its else 0,
                "oldest": _iso(its.oldest if its else None),
                "last_answer": its.last_answer if its else "",
                "taken": _iso(its.taken_at if its else None),
                "given_up": _iso(its.given_up_at if its else None),
            }
            print_json(row) if as_json else click.echo(webhook_line(row, its))
        if not config.webhook and not as_json:
            click.echo(text("cli", "no-webhooks", language(lang)))
        return EX_OK

    return with_store(config_path, run)


@webhooks.command("test")
@config_option
@json_option
@lang_option
@click.argument("names", nargs=-1, metavar="[NAME]...")
def test_webhooks(
    config_path: Path | None, as_json: bool, lang: str | None, names: tuple[str, ...]
) -> int:
    """Post a signed test event to webhooks, all where none is named; 69 if one takes it not."""
    config = load_config(config_path)
    chosen = _chosen(hooks_of(config), names)
    answers = asyncio.run(_send(chosen, acting_user(config).recorded))
    for hook, (word, taken) in zip(chosen, answers, strict=True):
        if as_json:
            print_json({"name": hook.name, "answer": word, "taken": taken})
        else:
            key = "webhook-taken" if taken else "webhook-not-taken"
            click.echo(text("cli", key, language(lang), name=hook.name, answer=word))
    return EX_OK if all(taken for _, taken in answers) else EX_UNAVAILABLE


async def _send(hooks: list[Hook], actor: str) -> list[tuple[str, bool]]:
    found = []
    for hook in hooks:
        now = datetime.now(UTC)
        event = Event("test", int(now.timestamp()), TEST, now, actor, hook.name, {})
        answer = await hook.send(event.told(), now)
        found.append((answer.word, answer.taken))
    return found


@webhooks.command()
@config_option
@lang_option
@click.argument("name", metavar="NAME")
def secret(config_path: Path | None, lang: str | None, name: str) -> int:
    """Make a secret for a webhook and print it, once, for the receiver.

    A secret that there is stays beside it, and both sign, until you delete its line and reload.
    """
    told = next((hook for hook in load_config(config_path).webhook if hook.name == name), None)
    if told is None:
        raise NotFoundError(f"no webhook {name}")
    made = fresh_secret()
    _append(told.secret_file, made)
    click.echo(text("cli", "webhook-secret", language(lang), file=told.secret_file), err=True)
    click.echo(made)
    return EX_OK


def _append(path: Path, line: str) -> None:
    """Write a line at the end of a file that is its owner's alone."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "a") as file:
            file.write(f"{line}\n")
    except OSError as error:
        raise DataError(f"cannot write {path}: {error.strerror}") from error


def _chosen(hooks: tuple[Hook, ...], names: tuple[str, ...]) -> list[Hook]:
    known = {hook.name: hook for hook in hooks}
    if unknown := [name for name in names if name not in known]:
        raise NotFoundError(f"no webhook {unknown[0]}")
    return [known[name] for name in names or known]


def webhook_line(row: dict[str, Any], its: Standing | None) -> str:
    """One webhook as a line for people."""
    oldest, taken = (
        clock_in_japan(at) if at else "-"
        for at in (its.oldest if its else None, its.taken_at if its else None)
    )
    waits = f"{row['waiting']} {oldest} {row['last_answer']}" if row["waiting"] else "0"
    return f"{row['name']:<20} {waits}  {taken}  {', '.join(row['events'])}"


def _iso(instant: datetime | None) -> str:
    return instant.astimezone().isoformat(timespec="seconds") if instant else ""

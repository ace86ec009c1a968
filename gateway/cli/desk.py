"""``holds``, ``incidents``, ``db``: the desk from a terminal.

Acts as the operating-system user, under the same rules of rights and four eyes as
everybody else; works while ``serve`` runs, which delivers what is released.
"""

from __future__ import annotations

import asyncio
import getpass
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from gateway.app import open_desk, open_store
from gateway.cli.options import (
    config_option,
    json_option,
    lang_option,
    language,
    load_config,
    print_json,
)
from gateway.config import Config
from gateway.desk import Actor, Desk
from gateway.errors import EX_OK
from gateway.i18n import text
from gateway.incident import classify, draft, summary
from gateway.model import Hold, HoldState, RecipientClass
from gateway.recipients import judge
from gateway.rules import build_rules
from gateway.store import Store, accept_store, marker_path, upgrade

WRITER = "desk"  # audit chain of acts at a terminal
OPEN = (HoldState.PARKED,)

reason_option = click.option("--reason", required=True, help="why; stands in the audit log")


@click.group()
def holds() -> None:
    """List, show and decide on parked mail."""


@holds.command("list")
@config_option
@json_option
@lang_option
@click.option("--all", "every", is_flag=True, help="those already decided, too")
def list_holds(config_path: Path | None, as_json: bool, lang: str | None, every: bool) -> int:
    """List parked mail, the one that expires first in front."""

    async def run(config: Config, store: Store) -> int:
        found = await store.holds(tuple(HoldState) if every else OPEN)
        for hold in found:
            print_json(_row(hold)) if as_json else click.echo(_line(hold))
        if not found and not as_json:
            click.echo(text("cli", "no-holds", language(lang)))
        return EX_OK

    return with_store(config_path, run)


@holds.command("show")
@config_option
@json_option
@lang_option
@click.argument("hold_id", metavar="ID")
def show_hold(config_path: Path | None, as_json: bool, lang: str | None, hold_id: str) -> int:
    """Show one parked mail: who, to whom, why, until when. Never the content."""

    async def run(config: Config, store: Store) -> int:
        hold = await store.hold(hold_id)
        earlier = await store.resembles(hold_id)
        if as_json:
            more = {"approvers": hold.approvers, "approved_by": hold.approved_by}
            print_json(_row(hold) | more | {"resembles": earlier})
            return EX_OK
        spoken = language(lang)
        if earlier:
            click.echo(text("cli", "resembles-hold", spoken, id=earlier))
        for key, value in _facts(hold):
            click.echo(f"{text('cli', f'fact-{key}', spoken)}: {value}")
        incident = await store.incident(hold.incident_id)
        for line in summary(incident, classify(incident), spoken):
            click.echo(f"- {line}")
        if incident.in_doubt(hold_id):
            click.echo(f"- {text('store', 'outcome-unknown', spoken)}")
        return EX_OK

    return with_store(config_path, run)


@holds.command()
@config_option
@json_option
@lang_option
@click.argument("hold_id", metavar="ID")
@reason_option
def release(
    config_path: Path | None, as_json: bool, lang: str | None, hold_id: str, reason: str
) -> int:
    """Approve a parked mail; the last approval needed sends it."""
    return _act(config_path, as_json, lang, lambda d, c: d.release(hold_id, acting_user(c), reason))


@holds.command()
@config_option
@json_option
@lang_option
@click.argument("hold_id", metavar="ID")
@reason_option
def reject(
    config_path: Path | None, as_json: bool, lang: str | None, hold_id: str, reason: str
) -> int:
    """Refuse a parked mail for good; the sender is told the reason."""
    return _act(config_path, as_json, lang, lambda d, c: d.reject(hold_id, acting_user(c), reason))


@holds.command()
@config_option
@json_option
@lang_option
@click.argument("hold_id", metavar="ID")
@click.option("--from", "old", required=True, help="the recipient's address as the hold shows it")
@click.option("--to", "new", required=True, help="the right address; must be one that policy lists")
@reason_option
def correct(
    config_path: Path | None,
    as_json: bool,
    lang: str | None,
    hold_id: str,
    old: str,
    new: str,
    reason: str,
) -> int:
    """Put the right address in and send. The mail's own To line keeps the wrong one."""
    return _act(
        config_path,
        as_json,
        lang,
        lambda d, c: d.correct(hold_id, acting_user(c), reason, {old: new}, listed(c)),
    )


@click.group()
def incidents() -> None:
    """List, show and report incidents."""


@incidents.command("list")
@config_option
@json_option
def list_incidents(config_path: Path | None, as_json: bool) -> int:
    """List incidents, newest first."""

    async def run(config: Config, store: Store) -> int:
        for record in await store.incidents():
            found = classify(record)
            row = {
                "id": record.incident_id,
                "opened": _iso(record.opened_at),
                "kind": found.kind.value,
                "verdict": record.verdict.value,
                "sender": record.sender,
                "recipients": [d.address for d in record.destinations],
                "my_numbers": record.persons.likely,
                "holds": list(record.hold_ids),
            }
            print_json(row) if as_json else click.echo(
                f"{row['id']}  {row['opened']}  {row['kind']:<10} {row['my_numbers']:>5}  "
                f"{record.sender} → {', '.join(d.address for d in record.destinations)}"
            )
        return EX_OK

    return with_store(config_path, run)


@incidents.command("show")
@config_option
@json_option
@lang_option
@click.argument("incident_id", metavar="ID")
def show_incident(
    config_path: Path | None, as_json: bool, lang: str | None, incident_id: str
) -> int:
    """Show one incident: what was found where, to whom it went or did not."""

    async def run(config: Config, store: Store) -> int:
        record = await store.incident(incident_id)
        if as_json:
            print_json(_plain(asdict(record)) | {"kind": classify(record).kind.value})
            return EX_OK
        for line in summary(record, classify(record), language(lang)):
            click.echo(f"- {line}")
        for finding in record.findings:
            click.echo(f"  {finding['place']}: {finding['count']} ({finding['confidence']})")
        for part in record.unread:
            click.echo(f"  {part['place']}: {part['reason']}")
        return EX_OK

    return with_store(config_path, run)


@incidents.command()
@config_option
@lang_option
@click.argument("incident_id", metavar="ID")
def report(config_path: Path | None, lang: str | None, incident_id: str) -> int:
    """Draft the report: the nine items, what is known and what a person must fill in."""

    async def run(config: Config, store: Store) -> int:
        record = await store.incident(incident_id)
        for item in draft(record, classify(record), language(lang)):
            click.echo(
                f"{chr(0x2460 + item.number - 1)} {item.title}{' ◆' if item.to_persons else ''}"
            )
            for line in (*item.known, *filter(None, [item.missing])):
                click.echo(f"   {line}")
        return EX_OK

    return with_store(config_path, run)


@click.group()
def db() -> None:
    """Look after the database."""


@db.command("upgrade")
@config_option
def upgrade_db(config_path: Path | None) -> int:
    """Bring the database's tables to this version."""
    config = load_config(config_path)
    asyncio.run(upgrade(config.store.url))
    return EX_OK


@db.command("accept")
@config_option
@lang_option
@reason_option
def accept_db(config_path: Path | None, lang: str | None, reason: str) -> int:
    """Serve the database that is there, a new one if none is, although another was served.

    For a database that is lost for good. It is recorded in the audit log.
    """
    config = load_config(config_path)
    marker = marker_path(config.store.key_file)
    actor = acting_user(config).recorded
    name = asyncio.run(accept_store(config.store.url, marker, actor, reason, datetime.now(UTC)))
    click.echo(text("cli", "store-accepted", language(lang), name=name))
    return EX_OK


# ------------------------------------------------------------------ shared steps


def acting_user(config: Config) -> Actor:
    """The operating-system user, also behind sudo, with the mailboxes of that name.

    Without the mailboxes a sender at a terminal could approve their own mail.
    """
    name = os.environ.get("SUDO_USER") or getpass.getuser()
    return Actor(f"os:{name}", tuple(f"{name}@{d}" for d in config.organisation.domains))


def listed(config: Config) -> Callable[[str], bool]:
    """Whether policy lists an address: ours, or trusted today."""
    directory = build_rules(config).directory
    today = datetime.now(UTC).astimezone().date()
    wanted = (RecipientClass.INTERNAL, RecipientClass.TRUSTED)
    return lambda a: judge(a, directory, today=today).recipient_class in wanted


@asynccontextmanager
async def _store(config: Config) -> AsyncIterator[Store]:
    store = await open_store(config, writer=WRITER)
    try:
        yield store
    finally:
        await store.close()


def with_store(path: Path | None, run: Callable[[Config, Store], Awaitable[int]]) -> int:
    """Run one verb with the store that the configuration names."""
    config = load_config(path)

    async def go() -> int:
        async with _store(config) as store:
            return await run(config, store)

    return asyncio.run(go())


def _act(
    path: Path | None,
    as_json: bool,
    lang: str | None,
    act: Callable[[Desk, Config], Awaitable[Hold]],
) -> int:
    async def run(config: Config, store: Store) -> int:
        hold = await act(open_desk(config, store), config)
        if as_json:
            print_json(_row(hold))
            return EX_OK
        key = "still-waits" if hold.state is HoldState.PARKED else f"now-{hold.state.value}"
        missing = hold.approvers - len(hold.approved_by)
        click.echo(text("cli", key, language(lang), id=hold.hold_id, missing=missing))
        return EX_OK

    return with_store(path, run)


def _row(hold: Hold) -> dict[str, Any]:
    return {
        "id": hold.hold_id,
        "state": hold.state.value,
        "sender": hold.sender,
        "recipients": list(hold.recipients),
        "received": _iso(hold.received_at),
        "expires": _iso(hold.expires_at),
        "rule": hold.rule,
        "my_numbers": hold.my_numbers,
        "verdict": hold.verdict.value,
        "incident": hold.incident_id,
    }


def _line(hold: Hold) -> str:
    return (
        f"{hold.hold_id}  {hold.state.value:<9} {hold.rule:<28} {hold.my_numbers:>5}  "
        f"{hold.sender} → {', '.join(hold.recipients)}"
    )


def _facts(hold: Hold) -> list[tuple[str, str]]:
    return [
        ("id", hold.hold_id),
        ("state", hold.state.value),
        ("sender", hold.sender),
        ("recipients", ", ".join(hold.recipients)),
        ("received", _iso(hold.received_at)),
        ("expires", _iso(hold.expires_at)),
        ("rule", hold.rule),
        ("my-numbers", str(hold.my_numbers)),
        ("approvals", f"{len(hold.approved_by)}/{hold.approvers}"),
        ("incident", hold.incident_id),
    ]


def _iso(instant: datetime) -> str:
    return instant.astimezone().isoformat(timespec="seconds")


def _plain(value: Any) -> Any:
    """A record as JSON can say it."""
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    return _iso(value) if isinstance(value, datetime) else value

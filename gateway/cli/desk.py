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
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click

from gateway.app import open_store, prepare
from gateway.cli.options import (
    config_option,
    json_option,
    lang_option,
    language,
    load_config,
    print_json,
)
from gateway.config import Config
from gateway.desk import Actor, stage_of
from gateway.errors import EX_OK
from gateway.i18n import text
from gateway.incident import classify, clock_in_japan, draft, summary
from gateway.model import Hold, HoldState
from gateway.store import Review, Store, accept_store, upgrade

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
@click.option("--review", "to_review", is_flag=True, help="what is to be looked at after the fact")
def list_holds(
    config_path: Path | None, as_json: bool, lang: str | None, every: bool, to_review: bool
) -> int:
    """List parked mail, the one that expires first in front."""

    async def run(config: Config, store: Store) -> int:
        if to_review:
            for review in await store.reviews():
                print_json(review_row(review)) if as_json else click.echo(_review_line(review))
            return EX_OK
        found = await store.holds(tuple(HoldState) if every else OPEN)
        for hold in found:
            print_json(hold_row(hold)) if as_json else click.echo(_line(hold))
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
            more = {
                "approvers": hold.approvers,
                "approved_by": hold.approved_by,
                "resembles": earlier,
                "goes_with": hold.goes_with,
                "second_look": hold.second_look,
            }
            print_json(hold_row(hold) | more)
            return EX_OK
        spoken = language(lang)
        if earlier:
            click.echo(text("cli", "resembles-hold", spoken, id=earlier))
        if hold.second_look:
            result = hold.second_look["result"]
            click.echo(text("desk", f"second-look-{result}", spoken, **hold.second_look))
        for key, value in _facts(hold, spoken):
            click.echo(f"{text('cli', f'fact-{key}', spoken)}: {value}")
        incident = await store.incident(hold.incident_id)
        for line in summary(incident, classify(incident), spoken):
            click.echo(f"- {line}")
        if incident.in_doubt(hold_id):
            click.echo(f"- {text('store', 'outcome-unknown', spoken)}")
        return EX_OK

    return with_store(config_path, run)


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
            row: dict[str, Any] = {
                "id": record.incident_id,
                "opened": _iso(record.opened_at),
                "kind": found.kind.value,
                "verdict": record.verdict.value,
                "sender": record.sender,
                "recipients": [d.address for d in record.destinations],
                "my_numbers": record.persons.likely,
                "holds": list(record.hold_ids),
                "reported": [mark.step.value for mark in record.reported],
            }
            print_json(row) if as_json else click.echo(
                f"{row['id']}  {clock_in_japan(record.opened_at)}  {row['kind']:<10} "
                f"{row['my_numbers']:>5}  {record.sender} → {', '.join(row['recipients'])}"
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
    store, actor = config.store, acting_user(config).recorded
    name = asyncio.run(accept_store(store.url, store.key_file, actor, reason, datetime.now(UTC)))
    click.echo(text("cli", "store-accepted", language(lang), name=name))
    return EX_OK


# ------------------------------------------------------------------ shared steps


def acting_user(config: Config) -> Actor:
    """The operating-system user, also behind sudo, with the mailboxes of that name.

    Without the mailboxes a sender at a terminal could approve their own mail.
    """
    name = os.environ.get("SUDO_USER") or getpass.getuser()
    return Actor(f"os:{name}", tuple(f"{name}@{d}" for d in config.organisation.domains))


@asynccontextmanager
async def _store(config: Config) -> AsyncIterator[Store]:
    store = await open_store(config, writer=WRITER)
    try:
        yield store
    finally:
        await store.close()


def make_store(path: Path | None) -> None:
    """Make the keys and the database, where the first start has not made them yet."""
    asyncio.run(prepare(load_config(path)))


def with_store(path: Path | None, run: Callable[[Config, Store], Awaitable[int]]) -> int:
    """Run one verb with the store that the configuration names."""
    config = load_config(path)

    async def go() -> int:
        async with _store(config) as store:
            return await run(config, store)

    return asyncio.run(go())


def hold_row(hold: Hold) -> dict[str, Any]:
    return {
        "id": hold.hold_id,
        "state": hold.state.value,
        "stage": stage_of(hold).value,
        "sender": hold.sender,
        "recipients": list(hold.recipients),
        "received": _iso(hold.received_at),
        "expires": _iso(hold.expires_at),
        "rule": hold.rule,
        "my_numbers": hold.my_numbers,
        "verdict": hold.verdict.value,
        "incident": hold.incident_id,
        "assignee": hold.assignee,
        "escalated": hold.escalated,
        "reason_code": hold.reason_code,
    }


def _line(hold: Hold) -> str:
    return (
        f"{hold.hold_id}  {stage_of(hold).value:<11} {hold.rule:<28} {hold.my_numbers:>5}  "
        f"{hold.sender} → {', '.join(hold.recipients)}"
    )


def review_row(review: Review) -> dict[str, Any]:
    """One review as JSON."""
    return {
        "id": review.review_id,
        "kind": review.kind.value,
        "rule": review.rule,
        "hold": review.hold_id,
        "sender": review.sender,
        "recipients": list(review.recipients),
        "received": _iso(review.received_at),
        "expires": _iso(review.expires_at),
        "my_numbers": review.my_numbers,
        "attachments": review.attachments,
        "outcome": review.outcome,
        "reviewed_by": review.reviewed_by,
    }


def _review_line(review: Review) -> str:
    return (
        f"{review.review_id}  {review.kind.value:<9} {review.rule:<28} {review.my_numbers:>5}  "
        f"{review.sender} → {', '.join(review.recipients)}"
    )


def _facts(hold: Hold, spoken: str) -> list[tuple[str, str]]:
    return [
        ("id", hold.hold_id),
        ("state", text("desk", f"stage-{stage_of(hold)}", spoken)),
        ("sender", hold.sender),
        ("recipients", ", ".join(hold.recipients)),
        ("received", clock_in_japan(hold.received_at)),
        ("expires", clock_in_japan(hold.expires_at)),
        ("rule", hold.rule),
        ("my-numbers", str(hold.my_numbers)),
        ("approvals", f"{len(hold.approved_by)}/{hold.approvers}"),
        ("assignee", hold.assignee or "-"),
        ("escalated", str(hold.escalated)),
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
    if isinstance(value, datetime):
        return _iso(value)
    return value.isoformat() if isinstance(value, date) else value

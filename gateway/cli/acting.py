"""``holds release``, ``reject`` and the other verbs that change something.

Each acts as the operating-system user, who is the same person as the console's user of that
name: one pair of eyes. Works while ``serve`` runs, which delivers what is released.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import click

from gateway.app import open_desk
from gateway.cli.desk import acting_user, hold_row, review_row, with_store
from gateway.cli.options import config_option, json_option, lang_option, language, print_json
from gateway.config import Config
from gateway.desk import DECISIONS, OUTCOMES, Actor, Desk, end_of_day
from gateway.errors import EX_OK
from gateway.i18n import text
from gateway.model import Hold, HoldState
from gateway.policy import JAPAN
from gateway.store import Store

Do = Callable[[Desk, Actor], Awaitable[Hold]]

_reason = click.option("--reason", default="", help="why, in words; stands in the audit log")
_code = click.option(
    "--reason-code",
    "code",
    type=click.Choice(DECISIONS),
    callback=lambda _context, _option, value: value or "",
    help="why, from the list",
)
_id = click.argument("hold_id", metavar="ID")
_DAY = click.DateTime(["%Y-%m-%d"])


def _common(command: Callable[..., int]) -> Callable[..., int]:
    for option in (_id, lang_option, json_option, config_option):
        command = option(command)
    return command


def register(holds: click.Group) -> None:
    """Add the verbs to ``holds``."""
    deciding = (release, reject, correct, confirm, cancel)
    for verb in (ack, assign, comment, extend, *deciding, review, stand_in):
        holds.add_command(verb)


@click.command()
@_common
@_reason
def ack(reason: str, hold_id: str, **common: Any) -> int:
    """Say that you look at it: it escalates no further."""
    return _act(lambda d, a: d.ack(hold_id, a, reason or "seen"), **common)


@click.command()
@_common
@click.option("--to", "person", default="", help="who; default: yourself")
@_reason
def assign(person: str, reason: str, hold_id: str, **common: Any) -> int:
    """Give a parked mail to a person, or take it yourself."""
    return _act(lambda d, a: d.assign(hold_id, a, person or a.name, reason or "assigned"), **common)


@click.command()
@_common
@click.argument("words", metavar="TEXT")
def comment(words: str, hold_id: str, **common: Any) -> int:
    """Write a word on a parked mail for whoever comes next."""
    return _act(lambda d, a: d.comment(hold_id, a, words), says="now-commented", **common)


@click.command()
@_common
@click.option("--until", type=_DAY, required=True, help="the last day that it waits")
@click.option("--reason", required=True, help="why; stands in the audit log")
def extend(until: datetime, reason: str, hold_id: str, **common: Any) -> int:
    """Let a parked mail wait longer."""
    ends = end_of_day(until.replace(tzinfo=JAPAN))
    return _act(lambda d, a: d.extend(hold_id, a, reason, ends), says="now-extended", **common)


@click.command()
@_common
@click.option("--only", multiple=True, help="release to this recipient alone; the others wait on")
@click.option("--reject-others", is_flag=True, help="with --only: refuse the others")
@_code
@_reason
def release(
    only: tuple[str, ...],
    reject_others: bool,
    code: str,
    reason: str,
    hold_id: str,
    **common: Any,
) -> int:
    """Approve a parked mail; the last approval needed sends it.

    With the reason code false-alarm a narrow exception is printed, for you to review.
    """

    async def go(desk: Desk, actor: Actor) -> Hold:
        return await desk.release(
            hold_id, actor, reason, code=code, only=only, reject_others=reject_others
        )

    proposes = code == "false-alarm" and not common["as_json"]
    return _act(go, proposes=proposes, **common)


@click.command()
@_common
@_code
@_reason
def reject(code: str, reason: str, hold_id: str, **common: Any) -> int:
    """Refuse a parked mail for good; the sender is told the reason."""
    return _act(lambda d, a: d.reject(hold_id, a, reason, code=code), **common)


@click.command()
@_common
@click.option("--from", "old", required=True, help="the recipient's address as the hold shows it")
@click.option("--to", "new", required=True, help="the right address; must be one that policy lists")
@_code
@_reason
def correct(old: str, new: str, code: str, reason: str, hold_id: str, **common: Any) -> int:
    """Put the right address in and send, if policy allows that address.

    The mail's own To line keeps the wrong one; the other way is to reject it with the reason
    code send-anew.
    """
    words = reason or ("" if code else "corrected")
    done = _act(lambda d, a: d.correct(hold_id, a, words, {old: new}, code=code), **common)
    if not common["as_json"]:
        click.echo(text("desk", "to-line-stays", language(common["lang"])), err=True)
    return done


@click.command()
@_common
@_reason
def confirm(reason: str, hold_id: str, **common: Any) -> int:
    """Send your own warned or delayed mail as it is, now."""
    return _act(lambda d, a: d.confirm(hold_id, a, reason or "confirmed"), **common)


@click.command()
@_common
@_reason
def cancel(reason: str, hold_id: str, **common: Any) -> int:
    """Take your own parked mail back."""
    return _act(lambda d, a: d.cancel(hold_id, a, reason or "taken back"), **common)


@click.command()
@_common
@click.option(
    "--outcome", type=click.Choice(OUTCOMES), required=True, help="what came of looking at it"
)
@_reason
def review(
    outcome: str,
    reason: str,
    hold_id: str,
    config_path: Path | None,
    as_json: bool,
    lang: str | None,
) -> int:
    """Record that you looked at something of ``holds list --review``."""

    async def run(config: Config, store: Store) -> int:
        desk = open_desk(config, store)
        found = await desk.review(hold_id, acting_user(config), outcome, reason)
        if as_json:
            print_json(review_row(found))
        else:
            click.echo(text("cli", "reviewed", language(lang), id=hold_id))
        return EX_OK

    return with_store(config_path, run)


@click.command("stand-in")
@config_option
@lang_option
@click.argument("stand_in", metavar="NAME")
@click.option("--since", type=_DAY, default=None, help="first day (default: today)")
@click.option("--until", type=_DAY, required=True, help="last day")
@click.option("--reason", required=True, help="why; stands in the audit log")
def stand_in(
    config_path: Path | None,
    lang: str | None,
    stand_in: str,
    since: datetime | None,
    until: datetime,
    reason: str,
) -> int:
    """Let another person decide in your place for some days."""

    async def run(config: Config, store: Store) -> int:
        actor = acting_user(config)
        begins = since or datetime.combine(datetime.now(JAPAN).date(), time())
        first, last = begins.replace(tzinfo=JAPAN), end_of_day(until.replace(tzinfo=JAPAN))
        desk = open_desk(config, store)
        made = await desk.appoint(
            actor, actor.name, stand_in, first.astimezone(UTC), last.astimezone(UTC), reason
        )
        click.echo(text("cli", "stand-in-named", language(lang), name=made.stand_in))
        return EX_OK

    return with_store(config_path, run)


def _act(
    do: Do,
    *,
    config_path: Path | None,
    as_json: bool,
    lang: str | None,
    says: str = "",
    proposes: bool = False,
) -> int:
    """Do one act and say where the mail stands now, or what ``says`` names."""

    async def run(config: Config, store: Store) -> int:
        desk, actor = open_desk(config, store), acting_user(config)
        hold = await do(desk, actor)
        if as_json:
            print_json(hold_row(hold))
            return EX_OK
        click.echo(await _said(desk, actor, hold, language(lang), says))
        if proposes:
            await _propose(desk, hold, language(lang))
        return EX_OK

    return with_store(config_path, run)


async def _propose(desk: Desk, hold: Hold, spoken: str) -> None:
    """Print an exception to review; the act itself is done, whether one can be proposed or not."""
    if why := await desk.no_exception(hold.hold_id):
        told = text("desk", why, spoken)
        click.echo(text("cli", "no-exception", spoken, why=told), err=True)
        return
    click.echo(await desk.propose_exception(hold.hold_id, spoken))


async def _said(desk: Desk, actor: Actor, hold: Hold, spoken: str, says: str) -> str:
    if says:
        last = (hold.expires_at - timedelta(seconds=1)).astimezone(JAPAN).date()
        return text("cli", says, spoken, id=hold.hold_id, until=last)
    if hold.state is not HoldState.PARKED:
        return text("cli", f"now-{hold.state.value}", spoken, id=hold.hold_id)
    if not hold.approved_by:
        key = "now-assigned" if hold.assignee else "now-seen"
        return text("cli", key, spoken, id=hold.hold_id, name=hold.assignee)
    missing = await desk.missing(hold.hold_id, actor)
    return text("cli", "still-waits", spoken, id=hold.hold_id, missing=missing)

"""``users``: who may sign in to the console, as what, for whose mail, and until when.

Acts as the operating-system user, whose name stands in the audit log; works while ``serve``
runs, which then ends the sessions of whoever lost something.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path

import click

from gateway.app import open_store
from gateway.cli.departures import read_departures
from gateway.cli.desk import WRITER, acting_user
from gateway.cli.options import (
    config_option,
    json_option,
    lang_option,
    language,
    load_config,
    print_json,
)
from gateway.cli.user_rows import session_line, session_row, user_line, user_row
from gateway.config import Config
from gateway.console.passwords import hash_password
from gateway.errors import EX_OK, ConflictError, NotFoundError, UsageError
from gateway.i18n import languages, text
from gateway.policy import JAPAN
from gateway.store import GRANTED_FOR, Right, Role, Store, User
from gateway.units import parse_duration

_ROLES = click.Choice([r.value for r in Role])
_NAME = click.argument("name", metavar="NAME", callback=lambda c, p, v: v.strip().casefold())
_department_option = click.option(
    "--department",
    "departments",
    multiple=True,
    help="whose mail they see; may stand several times (default: everybody's)",
)

_person_option = click.option(
    "--person", help="whose account it is, where the name does not say it: two are one person"
)


@click.group()
def users() -> None:
    """Look after the console's users: roles, sessions, second factors, yearly grants."""


@users.command()
@config_option
@json_option
@lang_option
@_NAME
@click.option("--role", type=_ROLES, required=True, help="what the account is for")
@click.option(
    "--address",
    "addresses",
    multiple=True,
    help="the user's own mailbox; they cannot approve what was sent from it",
)
@_person_option
@_department_option
@click.option(
    "--language",
    "preferred",
    type=click.Choice(languages()),
    help="of the pages (default: the browser's)",
)
@click.option("--sso", is_flag=True, help="no password: single sign-on opens it")
@click.argument("password_from", metavar="[-]", required=False, type=click.Choice(["-"]))
def add(
    config_path: Path | None,
    as_json: bool,
    lang: str | None,
    name: str,
    role: str,
    addresses: tuple[str, ...],
    person: str | None,
    departments: tuple[str, ...],
    preferred: str | None,
    sso: bool,
    password_from: str | None,
) -> int:
    """Add a user; the password is asked for, or read from standard input with ``-``.

    A user who was disabled is granted access anew, with the new password and role.
    """
    kept = ""
    if not sso:
        asked = password_from is None and sys.stdin.isatty()
        kept = hash_password(_password(language(lang), asked=asked))
    user = User(
        name,
        Role(role),
        preferred or "",
        addresses,
        departments,
        (person or "").strip().casefold(),
        single_sign_on=sso,
    )
    return _act(
        config_path, as_json, lang, "user-added", name, lambda s, a: s.add_user(user, kept, actor=a)
    )


@users.command("list")
@config_option
@json_option
@lang_option
def list_users(config_path: Path | None, as_json: bool, lang: str | None) -> int:
    """List users, disabled ones too; who lapses within 30 days is marked."""

    async def run(config: Config, store: Store) -> int:
        now = datetime.now().astimezone()
        for user in await store.users():
            print_json(user_row(user, now)) if as_json else click.echo(user_line(user, now))
        lapsing = len(await store.lapsing_users())
        if lapsing and not as_json:
            click.echo(text("cli", "users-lapsing", language(lang), count=lapsing), err=True)
        return EX_OK

    return _with_store(config_path, run)


@users.command()
@config_option
@json_option
@lang_option
@_NAME
def disable(config_path: Path | None, as_json: bool, lang: str | None, name: str) -> int:
    """Close a user's account and end their sessions and tokens at once."""
    return _act(
        config_path,
        as_json,
        lang,
        "user-disabled",
        name,
        lambda s, a: s.disable_user(name, actor=a),
    )


@users.command()
@config_option
@json_option
@lang_option
@_NAME
def enable(config_path: Path | None, as_json: bool, lang: str | None, name: str) -> int:
    """Open a disabled account again, with the password it had."""
    return _act(
        config_path, as_json, lang, "user-enabled", name, lambda s, a: s.enable_user(name, actor=a)
    )


@users.command()
@config_option
@json_option
@lang_option
@_NAME
@click.argument("new_role", metavar="ROLE", type=_ROLES)
@_department_option
def role(
    config_path: Path | None,
    as_json: bool,
    lang: str | None,
    name: str,
    new_role: str,
    departments: tuple[str, ...],
) -> int:
    """Give a user another role, and departments where some are named; sessions end."""
    return _act(
        config_path,
        as_json,
        lang,
        "user-assigned",
        name,
        lambda s, a: s.assign_user(
            name, actor=a, role=Role(new_role), departments=departments or None
        ),
    )


@users.command()
@config_option
@json_option
@lang_option
@_NAME
@_person_option
@click.option(
    "--address",
    "addresses",
    multiple=True,
    help="the user's own mailboxes from now on; may stand several times",
)
def identify(
    config_path: Path | None,
    as_json: bool,
    lang: str | None,
    name: str,
    person: str | None,
    addresses: tuple[str, ...],
) -> int:
    """Say whose an account is: two accounts of one person are one pair of eyes."""
    return _act(
        config_path,
        as_json,
        lang,
        "user-identified",
        name,
        lambda s, a: s.identify_user(name, actor=a, person=person, addresses=addresses or None),
    )


@users.command("reset-2fa")
@config_option
@json_option
@lang_option
@_NAME
def reset_second_factor(
    config_path: Path | None, as_json: bool, lang: str | None, name: str
) -> int:
    """Take a lost second factor away; the user enrols a new one at the next sign-in."""

    async def reset(store: Store, actor: str) -> None:
        await store.reset_factor(name, actor=actor)
        await store.end_sessions(name, actor=actor)

    return _act(config_path, as_json, lang, "user-factor-reset", name, reset)


@users.command()
@config_option
@json_option
@lang_option
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="last day (default: in a year)")
def grant(
    config_path: Path | None,
    as_json: bool,
    lang: str | None,
    names: tuple[str, ...],
    until: datetime | None,
) -> int:
    """Let accounts go on for a year, or to a day; without it they lapse."""
    now = datetime.now(JAPAN)
    last = now + GRANTED_FOR if until is None else _end_of(until.date())

    async def run(config: Config, store: Store) -> int:
        for name in (n.strip().casefold() for n in names):
            await store.grant_user(name, last, actor=acting_user(config).recorded)
            await _tell(store, name, as_json, lang, "user-granted")
        return EX_OK

    return _with_store(config_path, run)


@users.command()
@config_option
@json_option
@_NAME
def sessions(config_path: Path | None, as_json: bool, name: str) -> int:
    """List where a user is signed in."""

    async def run(config: Config, store: Store) -> int:
        await store.user(name)
        for session in await store.sessions_of(name, config.accounts.session_idle):
            print_json(session_row(session)) if as_json else click.echo(session_line(session))
        return EX_OK

    return _with_store(config_path, run)


@users.command()
@config_option
@json_option
@lang_option
@_NAME
@click.argument("session", metavar="[SESSION]", required=False)
@click.option("--token", "token_id", help="end this API token in place of a session")
def revoke(
    config_path: Path | None,
    as_json: bool,
    lang: str | None,
    name: str,
    session: str | None,
    token_id: str | None,
) -> int:
    """End a user's session, all of them where none is named, or an API token."""

    async def end(store: Store, actor: str) -> None:
        await store.user(name)
        if token_id is not None:
            await store.revoke_token(token_id, actor=actor, name=name)
        else:
            await store.end_sessions(name, session, actor=actor)

    return _act(config_path, as_json, lang, "user-revoked", name, end)


@users.command()
@config_option
@json_option
@_NAME
@click.option("--label", required=True, help="what the token is for")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    required=True,
    type=click.Choice([r.value for r in Right]),
    help="what it may do; may stand several times",
)
@click.option("--lasts", default="90d", show_default=True, help="how long, like 30d; 365d at most")
def token(
    config_path: Path | None,
    as_json: bool,
    name: str,
    label: str,
    scopes: tuple[str, ...],
    lasts: str,
) -> int:
    """Make an API token that acts for a user; it is printed this once."""
    period = _period(lasts)

    async def run(config: Config, store: Store) -> int:
        made = await store.make_token(name, label, [Right(s) for s in scopes], period)
        print_json({"name": name, "token": made}) if as_json else click.echo(made)
        return EX_OK

    return _with_store(config_path, run)


@users.command("import-departures")
@config_option
@json_option
@lang_option
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path, allow_dash=True))
def import_departures(config_path: Path | None, as_json: bool, lang: str | None, file: Path) -> int:
    """Disable everybody in a CSV of people who left or moved (column name, or address).

    A line may have a column ``on`` with a day: one to come is left for a later import. Who
    has no account is told apart; nothing is done to them.
    """
    leavers = read_departures(file)

    async def run(config: Config, store: Store) -> int:
        actor, kept = acting_user(config).recorded, 0
        found = await store.users()
        for leaver in leavers:
            names = [u.name for u in found if u.disabled_at is None and leaver.is_of(u)]
            for name in names if leaver.gone(date.today()) else ():  # noqa: DTZ011 - office days
                try:
                    await store.disable_user(name, actor=actor)
                except (NotFoundError, UsageError) as error:
                    kept += 1
                    click.echo(f"{name}: {error}", err=True)
                else:
                    await _tell(store, name, as_json, lang, "user-disabled")
        if kept:
            raise ConflictError(f"{kept} accounts could not be disabled")
        return EX_OK

    return _with_store(config_path, run)


# ------------------------------------------------------------------ steps


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


def _period(text_: str) -> timedelta:
    try:
        return parse_duration(text_)
    except ValueError:
        raise UsageError("--lasts is a duration, like 90d") from None


def _end_of(day: date) -> datetime:
    return datetime.combine(day, time(23, 59, 59), JAPAN)


def _act(
    path: Path | None,
    as_json: bool,
    lang: str | None,
    said: str,
    name: str,
    do: Callable[[Store, str], Awaitable[object]],
) -> int:
    """Do one act on one account and tell what became of it."""

    async def run(config: Config, store: Store) -> int:
        await do(store, acting_user(config).recorded)
        await _tell(store, name, as_json, lang, said)
        return EX_OK

    return _with_store(path, run)


async def _tell(store: Store, name: str, as_json: bool, lang: str | None, said: str) -> None:
    if as_json:
        print_json(user_row(await store.user(name), datetime.now().astimezone()))
    else:
        click.echo(text("cli", said, language(lang), name=name))


def _with_store(path: Path | None, run: Callable[[Config, Store], Awaitable[int]]) -> int:
    config = load_config(path)

    async def go() -> int:
        store = await open_store(config, writer=WRITER)
        try:
            return await run(config, store)
        finally:
            await store.close()

    return asyncio.run(go())

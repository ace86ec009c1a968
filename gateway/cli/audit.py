"""``audit``: check the audit log against itself and against checkpoints, and hand it out.

The checkpoints are best read from the place that the gateway's machine cannot write, with
the auditor's own copy of the public key.
"""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from gateway.cli.desk import acting_user, with_store
from gateway.cli.options import config_option, lang_option, language
from gateway.config import Config
from gateway.errors import EX_DATAERR, EX_OK, DataError
from gateway.i18n import text
from gateway.store import Checkpoint, Store, public_half, read_checkpoints

COLUMNS = ("writer", "seq", "at", "actor", "action", "object", "detail", "prev", "hash")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # how a cell begins that a spreadsheet computes
_BOM = "\ufeff"  # without it Excel reads UTF-8 as the system's own code page

file_option = click.Path(path_type=Path, dir_okay=False)


@click.group()
def audit() -> None:
    """Check the audit log, or hand it out."""


@audit.command()
@config_option
@lang_option
@click.option(
    "--checkpoints",
    "files",
    type=file_option,
    multiple=True,
    help="signed checkpoints to compare with (default: the files that are configured)",
)
@click.option(
    "--public-key",
    type=file_option,
    help="what checks their signatures (default: beside audit.key_file)",
)
def verify(
    config_path: Path | None, lang: str | None, files: tuple[Path, ...], public_key: Path | None
) -> int:
    """Walk every chain of the audit log; 65 when an entry was changed, lost or reordered."""

    async def run(config: Config, store: Store) -> int:
        found, problems = _checkpoints(config, files, public_key)
        problems += await store.audit_verify(found)
        for problem in problems:
            click.echo(problem)
        if problems:
            return EX_DATAERR
        click.echo(text("cli", "audit-whole", language(lang)))
        if found:
            click.echo(text("cli", "audit-attested", language(lang), checkpoints=len(found)))
        return EX_OK

    return with_store(config_path, run)


@audit.command()
@config_option
@click.option("--csv", "as_csv", is_flag=True, help="CSV for a spreadsheet instead of JSON lines")
@click.option("--output", type=file_option, help="file to write (default: standard output)")
def export(config_path: Path | None, as_csv: bool, output: Path | None) -> int:
    """Hand out the whole audit log, one entry a line. Handing it out is recorded in it."""

    async def run(config: Config, store: Store) -> int:
        await store.viewed(acting_user(config).recorded, "audit", "export")
        target = output.open("w", encoding="utf-8", newline="") if output else sys.stdout
        try:
            if as_csv:
                target.write(_BOM + csv_line(COLUMNS))
            async for entry in store.audit_entries():
                target.write(csv_line(_cells(entry)) if as_csv else json_line(entry))
        finally:
            if output:
                target.close()
        return EX_OK

    return with_store(config_path, run)


def json_line(entry: dict[str, Any]) -> str:
    """An entry as one line of JSON; ``detail`` is an object."""
    row = {name: entry[name] for name in COLUMNS}
    row |= {"at": _at(entry), "detail": json.loads(entry["detail"])}
    return json.dumps(row, ensure_ascii=False) + "\n"


def csv_line(cells: Iterable[str]) -> str:
    """One line of CSV (RFC 4180), in which no cell is a formula."""
    line = io.StringIO()
    csv.writer(line).writerow(f"'{c}" if c.startswith(_FORMULA) else c for c in cells)
    return line.getvalue()


def _cells(entry: dict[str, Any]) -> list[str]:
    return [_at(entry) if name == "at" else str(entry[name]) for name in COLUMNS]


def _at(entry: dict[str, Any]) -> str:
    instant: str = entry["at"].isoformat(timespec="microseconds")
    return instant


def _checkpoints(
    config: Config, files: tuple[Path, ...], public_key: Path | None
) -> tuple[list[Checkpoint], list[str]]:
    """The checkpoints to compare with: the files named, or those configured that exist."""
    configured = (Path(name[5:]) for name in config.audit.checkpoints if name.startswith("file:"))
    chosen = files or tuple(path for path in configured if path.exists())
    found: list[Checkpoint] = []
    problems: list[str] = []
    for path in chosen:
        try:
            lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError as error:
            raise DataError(f"checkpoints {path}: {error.strerror}") from error
        good, bad = read_checkpoints(lines, public_key or public_half(config.audit.key_file))
        found += good
        problems += [f"{path}: {line}" for line in bad]
    return found, problems

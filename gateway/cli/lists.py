"""``lists``: the administrator's own lists of names, beside those that are shipped.

For whoever keeps the policy: the files stand beside the configuration and are plain text. A
running ``serve`` takes them up when it is told to reload. Nothing is fetched from anywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from gateway.cli.options import (
    config_option,
    json_option,
    lang_option,
    language,
    load_config,
    print_json,
)
from gateway.config import Config
from gateway.errors import EX_OK, DataError, NotFoundError
from gateway.i18n import text
from gateway.recipients.list_files import ListKind, path_of, sound
from gateway.recipients.lists import parse, parse_pairs
from gateway.rules import load_lists


@click.group()
def lists() -> None:
    """Bring in and count your own lists of names."""


@lists.command("import")
@config_option
@json_option
@lang_option
@click.option(
    "--kind",
    type=click.Choice([k.value for k in ListKind]),
    default=ListKind.REAL.value,
    show_default=True,
    help="what the names are",
)
@click.option("--instead", is_flag=True, help="let the list stand instead of the shipped one")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
def import_names(
    config_path: Path | None,
    as_json: bool,
    lang: str | None,
    kind: str,
    instead: bool,
    files: tuple[str, ...],
) -> int:
    """Add the names in text files to a list: one a line, or the last column of a CSV.

    A line of known-bad may have a second word, the name that was meant. Names that cannot
    be anybody's are left out and counted.
    """
    of_kind = ListKind(kind)
    path = path_of(load_config(config_path).policy.lists, of_kind, instead=instead)
    left_out: list[str] = []
    entries = set(_kept(path)) | set(_entries((_read(Path(f)) for f in files), of_kind, left_out))
    _write(path, entries)
    if as_json:
        print_json({"file": str(path), "names": len(entries), "left_out": len(left_out)})
    else:
        click.echo(
            text(
                "cli",
                "lists-imported",
                language(lang),
                file=path,
                names=len(entries),
                left_out=len(left_out),
            )
        )
    return EX_OK


@lists.command("show")
@config_option
@json_option
def show(config_path: Path | None, as_json: bool) -> int:
    """Count your own names by list, and say whether the shipped lists count, too."""
    config = load_config(config_path)
    for row in _rows(config):
        print_json(row) if as_json else click.echo(
            f"{row['list']:<12} {row['names']:>9}  shipped: {'yes' if row['shipped'] else 'no'}"
        )
    return EX_OK


def _rows(config: Config) -> Iterator[dict[str, object]]:
    made = load_lists(config)
    yield {"list": "protected", "names": len(made.protected), "shipped": False}
    yield {"list": "known-real", "names": len(made.real), "shipped": made.shipped_real}
    yield {"list": "known-bad", "names": len(made.bad), "shipped": made.shipped_bad}


def _entries(texts: Iterable[str], kind: ListKind, left_out: list[str]) -> Iterator[str]:
    """The lines of a list file, normalised."""
    for content in texts:
        if kind is ListKind.BAD:
            for typed, meant in parse_pairs(content):
                for name in sound([typed], left_out):
                    yield f"{name} {meant}".strip()
        else:
            columns = (entry.rpartition(",")[2].strip() for entry in parse(content))
            yield from sound((c.removeprefix("www.") for c in columns), left_out)


def _kept(path: Path) -> Iterator[str]:
    """What stands in the list already."""
    if path.is_file():
        yield from parse(_read(path))


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise NotFoundError(f"no such file: {path}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"cannot read {path}: not a text in UTF-8, or not yours to read") from error


def _write(path: Path, entries: Iterable[str]) -> None:
    """Write a list, all or nothing."""
    part = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text("".join(f"{entry}\n" for entry in sorted(entries)), encoding="utf-8")
        part.replace(path)
    except OSError as error:
        raise DataError(f"cannot write {path}: {error.strerror}") from error

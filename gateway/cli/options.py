"""Options that verbs share, and how results are printed."""

from __future__ import annotations

import json
import locale
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from gateway.config import Config, load
from gateway.errors import ConfigError, Problem

_PLACES = (Path("config.toml"), Path("/etc/sekisho/config.toml"))

config_option = click.option(
    "-c",
    "--config",
    "config_path",
    type=click.Path(path_type=Path),
    envvar="SEKISHO_CONFIG",
    help="config.toml (default: ./config.toml, then /etc/sekisho/config.toml)",
)
json_option = click.option("--json", "as_json", is_flag=True, help="one JSON object a line")
lang_option = click.option(
    "--lang", type=click.Choice(["ja", "en"]), default=None, help="language (default: the locale's)"
)


def language(chosen: str | None) -> str:
    """The language to speak: the chosen one, else the locale's, else English."""
    if chosen:
        return chosen
    spoken = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG")
    return "ja" if (spoken or locale.getlocale()[0] or "").startswith("ja") else "en"


def find_config(path: Path | None) -> Path:
    """The configuration file that a verb works with.

    Raises: ConfigError: there is none.
    """
    if path is not None:
        return path
    for place in _PLACES:
        if place.exists():
            return place
    raise ConfigError(
        [Problem("config.toml", 0, 0, "", "no configuration file", "name one with -c config.toml")]
    )


def load_config(path: Path | None) -> Config:
    return load(find_config(path))


def given(words: Iterable[str]) -> Iterator[str]:
    """The words given as arguments; ``-`` stands for standard input, one a line."""
    for word in words:
        if word == "-":
            yield from (line.strip() for line in sys.stdin if line.strip())
        else:
            yield word


def print_json(row: Mapping[str, Any]) -> None:
    click.echo(json.dumps(row, ensure_ascii=False))

"""``inspect --explain``: every number that was considered, with what spoke for and against it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from gateway.app import build_pool
from gateway.cli.options import print_json
from gateway.config import Config
from gateway.i18n import text
from gateway.inspection.payload import ask
from gateway.masking import mask

TARGET = "gateway.inspection.explaining:explain"


async def explain_all(
    config: Config, contents: Mapping[Path, bytes], as_json: bool, lang: str
) -> None:
    """Print one line a number, in a worker of its own, for each mail."""
    pool = build_pool(config, TARGET)
    await pool.start()
    try:
        for path, content in contents.items():
            rows = json.loads(await pool.run(ask(config.inspection_limits), content))
            if as_json:
                print_json({"path": str(path), "considered": rows})
            elif not rows:
                click.echo(f"{path}: {text('cli', 'explain-nothing', lang)}")
            else:
                for row in rows:
                    click.echo(f"{path}: {_line(row, lang)}")
    finally:
        await pool.stop()


def _line(row: Mapping[str, Any], lang: str) -> str:
    """Place, masked number, how sure, and the evidence with its weights."""
    level = row["confidence"] or text("cli", "explain-refused", lang)
    evidence = "; ".join(
        f"{weight:+.1f} {text('detect', reason, lang).rstrip('。.')}"
        for reason, weight in row["evidence"]
    )
    return f"{mask(row['part'])}  {row['shown']}  {level}  [{evidence}]"

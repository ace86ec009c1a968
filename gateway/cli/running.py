"""``serve`` and ``demo``."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import click
import uvloop

from gateway import log as logs
from gateway.app import prepare, roles, run_role
from gateway.cli.options import config_option, find_config, lang_option, language
from gateway.config import Config, load
from gateway.demo import run_demo
from gateway.supervisor import Supervisor


@click.command()
@config_option
@click.option("--role", hidden=True, help="run one process of the tree")
def serve(config_path: Path | None, role: str | None) -> int:
    """Run the gateway: receive, inspect, relay, park, deliver.

    SIGTERM drains and ends; SIGHUP reads configuration and policy again.
    """
    path = find_config(config_path)
    config = load(path)
    logs.configure(config.log.level, config.log_style)
    if role is not None:
        return _run(run_role(role, path))
    return _run(_serve(config, path))


def _run(main: Coroutine[Any, Any, int]) -> int:
    """Run on libuv's loop: a mail costs the gateway a seventh less than on the standard one."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main)


async def _serve(config: Config, path: Path) -> int:
    await prepare(config)
    return await Supervisor(path, roles(config)).run()


@click.command()
@click.option("--once", is_flag=True, help="end after the mails, instead of serving on")
@click.option(
    "--directory",
    type=click.Path(path_type=Path, file_okay=False),
    help="where to put everything (default: a temporary directory)",
)
@lang_option
def demo(once: bool, directory: Path | None, lang: str | None) -> int:
    """Show the gateway at work on this machine alone: sample mails and what becomes of them."""
    status: int = asyncio.run(run_demo(language(lang), directory=directory, once=once))
    return status

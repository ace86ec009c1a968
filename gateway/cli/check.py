"""``check``: every problem in configuration and policies, one line each."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from gateway.cli.check_files import file_problems
from gateway.cli.options import (
    config_option,
    find_config,
    json_option,
    lang_option,
    language,
    print_json,
)
from gateway.config import load, policy_path
from gateway.errors import EX_CONFIG, EX_OK, ConfigError, Problem
from gateway.i18n import text
from gateway.inspection.walls import describe, lacking, tried
from gateway.policy import Policy
from gateway.policy import load as load_policy
from gateway.sandbox import Confinement
from gateway.toml_source import read


@click.command()
@config_option
@json_option
@lang_option
def check(config_path: Path | None, as_json: bool, lang: str | None) -> int:
    """Check configuration, policies and the TLS files: ``file:line:column: key: problem (hint)``.

    Ends with 0 when they can serve (warnings may be printed), with 78 when not.
    """
    problems: list[Problem] = []
    policy: Policy | None = None
    confinement = Confinement()
    fine = True
    path = find_config(config_path)
    try:
        config = load(path)
        problems += file_problems(config, read(path))
        confinement = asyncio.run(tried())
        problems += filter(None, [lacking(confinement, config.sandbox.require)])
        fine = not any(p.severity == "error" for p in problems)
    except ConfigError as error:
        problems += error.problems
        fine = False
    try:
        policy = load_policy(policy_path(path))
        problems += policy.warnings
    except ConfigError as error:
        problems += error.problems
    for problem in problems:
        print_json(_row(problem)) if as_json else click.echo(str(problem))
    if policy is None or not fine:
        return EX_CONFIG
    if not as_json:
        values = {"rules": len(policy.rules), "policy": policy.version}
        click.echo(text("cli", "check-fine", language(lang), **values))
        if policy.monitor:
            click.echo(text("cli", "check-monitor", language(lang)))
        for line in describe(confinement, language(lang)):
            click.echo(line)
    return EX_OK


def _row(problem: Problem) -> dict[str, object]:
    return {
        "file": problem.file,
        "line": problem.line,
        "column": problem.column,
        "key": problem.key,
        "message": problem.message,
        "hint": problem.hint,
        "severity": problem.severity,
    }

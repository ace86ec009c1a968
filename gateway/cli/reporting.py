"""``incidents reported``: saying that the Commission was told of an incident."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from gateway.app import open_desk
from gateway.cli.desk import acting_user, with_store
from gateway.cli.options import config_option, lang_option, language
from gateway.config import Config
from gateway.errors import EX_OK
from gateway.i18n import text
from gateway.incident import reported_line
from gateway.policy import JAPAN
from gateway.store import ReportStep, Store


@click.command()
@config_option
@lang_option
@click.argument("incident_id", metavar="ID")
@click.option(
    "--step",
    type=click.Choice([step.value for step in ReportStep]),
    required=True,
    help="which report; a final one counts for both",
)
@click.option(
    "--on", "day", type=click.DateTime(["%Y-%m-%d"]), help="the day it was given (default: today)"
)
@click.option("--reference", default="", help="the number that the Commission gave it")
@click.option("--withdraw", is_flag=True, help="take the mark back: it was a mistake")
@click.option("--reason", default="", help="with --withdraw: why; stands in the audit log")
def reported(
    config_path: Path | None,
    lang: str | None,
    incident_id: str,
    step: str,
    day: datetime | None,
    reference: str,
    withdraw: bool,
    reason: str,
) -> int:
    """Say that the report was given to the Commission: its reminders end.

    Who said so, when and with what number stands in the audit log.
    """
    which = ReportStep(step)

    async def run(config: Config, store: Store) -> int:
        desk, actor = open_desk(config, store), acting_user(config)
        if withdraw:
            record = await desk.not_reported(incident_id, actor, which, reason)
        else:
            on = (day or datetime.now(UTC).astimezone(JAPAN)).date()
            record = await desk.reported(incident_id, actor, which, on, reference)
        spoken = language(lang)
        if withdraw:
            click.echo(text("incident", f"report-withdrawn-{which}", spoken))
        for mark in record.reported:
            click.echo(reported_line(mark, spoken))
        return EX_OK

    return with_store(config_path, run)

"""The ``sekisho`` command: its group, its options that all verbs share, its exit statuses.

Fails: 64 for wrong usage (click's 2), a ``SekishoError``'s own status otherwise; 70 with
a masked line in the log for a fault of ours.
"""

from __future__ import annotations

import sys

import click
import structlog

from gateway import __version__
from gateway import log as logs
from gateway.cli import (
    acting,
    audit,
    check,
    desk,
    history,
    inspecting,
    keys,
    lists,
    rehearsing,
    reporting,
    running,
    users,
    webhooks,
)
from gateway.errors import EX_OK, EX_SOFTWARE, EX_USAGE, ConfigError, SekishoError
from gateway.masking import mask

log = structlog.get_logger(__name__)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="sekisho")
def cli() -> None:
    """Sekisho (関所): keeps My Numbers from leaving by mail by mistake."""


cli.add_command(running.demo)
cli.add_command(running.serve)
cli.add_command(check.check)
cli.add_command(inspecting.inspect)
cli.add_command(inspecting.address)
cli.add_command(history.history)
cli.add_command(history.shadow_report)
cli.add_command(rehearsing.rehearse_policy)
acting.register(desk.holds)
cli.add_command(desk.holds)
desk.incidents.add_command(reporting.reported)
cli.add_command(desk.incidents)
cli.add_command(audit.audit)
cli.add_command(keys.keys)
cli.add_command(lists.lists)
cli.add_command(users.users)
cli.add_command(webhooks.webhooks)
cli.add_command(desk.db)


def main() -> None:
    """Run one verb and end with its exit status."""
    logs.configure(level="warning", style="console")
    try:
        status = cli.main(standalone_mode=False)
    except click.UsageError as error:
        error.show()
        status = EX_USAGE
    except click.exceptions.Abort:
        status = 130
    except click.ClickException as error:
        error.show()
        status = error.exit_code
    except ConfigError as error:
        for problem in error.problems:
            click.echo(str(problem), err=True)
        status = error.exit_status
    except SekishoError as error:
        click.echo(f"sekisho: {mask(str(error))}", err=True)
        status = error.exit_status
    except KeyboardInterrupt:
        status = 130
    except Exception:
        log.exception("fault")
        status = EX_SOFTWARE
    sys.exit(status if isinstance(status, int) else EX_OK)

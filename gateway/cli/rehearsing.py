"""``rehearse``: what an edited policy would have done to the mail of the last days.

Reads the journal, which holds no text of a mail; decides nothing and changes nothing. The policy
in force is the one that ``policy.path`` names; the edited one is another file or directory.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from gateway.cli.desk import with_store
from gateway.cli.options import config_option, json_option, lang_option, language, print_json
from gateway.config import Config
from gateway.errors import EX_OK
from gateway.history import Rehearsal, Sides, rehearse
from gateway.i18n import text
from gateway.policy import load
from gateway.rules import build_rules, rules_of
from gateway.store import Store

MOST = 100_000  # mails, unless one asks for more


@click.command("rehearse")
@config_option
@json_option
@lang_option
@click.option("--days", type=click.IntRange(1, 366), default=30, help="how far back (default: 30)")
@click.option(
    "--most", type=click.IntRange(1), default=MOST, help="the newest so many mails (100000)"
)
@click.option(
    "--policy",
    "edited",
    type=click.Path(exists=True, path_type=Path),
    default=None,
    help="the edited policy, a file or a directory; default: the configured one, as it is now",
)
def rehearse_policy(
    config_path: Path | None,
    as_json: bool,
    lang: str | None,
    days: int,
    most: int,
    edited: Path | None,
) -> int:
    """Say what an edited policy would have done to the mail of the last days.

    By the journal's facts alone: nothing is read again, and DNS is not asked.
    """

    async def run(config: Config, store: Store) -> int:
        in_force = build_rules(config)
        wanted = in_force if edited is None else rules_of(config, load(edited))
        since = datetime.now(UTC) - timedelta(days=days)
        mails = await store.recorded(since, most)
        sides = Sides(in_force.directory, wanted.directory)
        found = rehearse(mails, wanted.policy, sides, in_force.policy)
        if as_json:
            print_json(_row(found))
        else:
            for line in _told(found, language(lang)):
                click.echo(line)
        return EX_OK

    return with_store(config_path, run)


def _row(found: Rehearsal) -> dict[str, Any]:
    return {
        "since": found.since.isoformat() if found.since else None,
        "mails": found.mails,
        "copies": found.copies,
        "was": {v.value: n for v, n in found.was.items()},
        "would": {v.value: n for v, n in found.would.items()},
        "rules": [
            {"rule": r.rule, "verdict": r.verdict.value, "was": r.was, "would": r.would}
            for r in found.lines
        ],
        "changed": found.changed,
        "examples": [
            {
                "queue_id": c.queue_id,
                "received": c.received_at.isoformat(),
                "sender": c.sender,
                "recipient": c.address,
                "was": c.was.value,
                "was_rule": c.was_rule,
                "would": c.would.value,
                "rule": c.rule,
            }
            for c in found.examples
        ],
        "untried": list(found.untried),
    }


def _told(found: Rehearsal, lang: str) -> list[str]:
    if not found.mails:
        return [text("cli", "rehearsed-none", lang)]
    lines = [
        text(
            "cli", "rehearsed", lang, mails=found.mails, copies=found.copies, changed=found.changed
        ),
        text("cli", "rehearsed-columns", lang),
    ]
    for r in found.lines:
        verdict = text("cli", f"verdict-{r.verdict}", lang)
        lines.append(f"  {r.was:>8} {r.would:>8} {r.would - r.was:>+8}  {r.rule} ({verdict})")
    if found.examples:
        lines.append(text("cli", "rehearsed-examples", lang, count=len(found.examples)))
    for c in found.examples:
        was, would = (text("cli", f"verdict-{v}", lang) for v in (c.was, c.would))
        lines.append(f"  {c.queue_id}  {c.sender} → {c.address}")
        lines.append(f"      {was} ({c.was_rule}) → {would} ({c.rule})")
    if found.untried:
        lines.append(text("cli", "rehearsed-untried", lang, rules=", ".join(found.untried)))
    return lines

"""``history import`` and ``shadow-report``: earlier mail, and what the policy makes of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from gateway.cli.desk import acting_user, make_store, with_store
from gateway.cli.options import config_option, json_option, lang_option, language, print_json
from gateway.config import Config
from gateway.errors import EX_OK
from gateway.history import Flagged, Gathered, Partner, Report, gather, shadow
from gateway.history.shadow import Bar, PassedOver, partners
from gateway.i18n import text
from gateway.judging import by_name
from gateway.masking import mask
from gateway.model import RecipientClass, Verdict
from gateway.recipients import Directory, domain_of
from gateway.rules import build_rules
from gateway.store import Sent, Store

MOST_LINES = 50  # look-alikes shown to people; --json has all
SENDERS_SHOWN = 5
_NEVER_KNOWN = (
    RecipientClass.INTERNAL,
    RecipientClass.LOOK_ALIKE,
    RecipientClass.NONEXISTENT,
    RecipientClass.INVALID,
)


@click.group()
def history() -> None:
    """Teach the gateway whom the organisation writes to."""


@history.command("import")
@config_option
@json_option
@lang_option
@click.argument(
    "files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path)
)
def import_files(
    config_path: Path | None, as_json: bool, lang: str | None, files: Sequence[Path]
) -> int:
    """Learn from Postfix logs (packed ones too) or address books.

    Give all files of a log at once. A month that was imported before is not counted again.
    """

    async def run(config: Config, store: Store) -> int:
        found = gather(files)
        rows = found.sent()
        known = _known(rows, build_rules(config).directory)
        await store.import_history(rows, known, acting_user(config).name)
        _tell_import(found, len(known), as_json, language(lang))
        return EX_OK

    make_store(config_path)
    return with_store(config_path, run)


def _known(rows: Sequence[Sent], directory: Directory) -> set[str]:
    """The domains that count as written to: a look-alike never does, nor one that bounced."""
    today = datetime.now(UTC).astimezone().date()
    arrived = {r.domain for r in rows if r.sent or not r.bounced}
    return {
        domain
        for domain in arrived
        if by_name(f"x@{domain}", directory, today).recipient_class not in _NEVER_KNOWN
    }


def _tell_import(found: Gathered, known: int, as_json: bool, lang: str) -> None:
    row = {
        "mails": found.mails,
        "addresses": found.listed,
        "rows": len(found.rows),
        "known_domains": known,
        "skipped": found.skipped,
    }
    print_json(row) if as_json else click.echo(text("cli", "history-imported", lang, **row))


# ------------------------------------------------------------------ the report


@click.command("shadow-report")
@config_option
@json_option
@lang_option
@click.option(
    "--mails",
    type=click.IntRange(1),
    default=Bar().mails,
    show_default=True,
    help="Propose to trust a domain that was sent so many mails or more.",
)
@click.option(
    "--days",
    type=click.IntRange(0),
    default=Bar().days,
    show_default=True,
    help="And that lie so many days apart or more, the first and the last.",
)
def shadow_report(
    config_path: Path | None, as_json: bool, lang: str | None, mails: int, days: int
) -> int:
    """Say what the policy would have done with the mail of the history, and whom to trust.

    The history holds no content: rules about numbers and attachments are not tried. Mail of the
    last five minutes may be missing.
    """
    bar = Bar(mails, days)

    async def run(config: Config, store: Store) -> int:
        await _fold(config, store)
        rows = await store.history()
        rules = build_rules(config)
        proposed = [p.domain for p in partners(rows, rules.directory, bar)[0]]
        after = build_rules(config, proposed).directory if proposed else None
        report = shadow(rows, rules.policy, rules.directory, after, bar)
        if as_json:
            print_json(_row(report))
        else:
            for line in _lines(report, bar, language(lang)):
                click.echo(line)
        return EX_OK

    return with_store(config_path, run)


def _row(report: Report) -> dict[str, Any]:
    return {
        "first": _day(report.first_on),
        "last": _day(report.last_on),
        "mails": report.mails,
        "domains": report.domains,
        "would": {v.value: report.of(v) for v in Verdict},
        "rules": [
            {"rule": t.rule, "verdict": t.verdict.value, "mails": t.mails, "domains": t.domains}
            for t in report.tried
        ],
        "look_alikes": [_flagged(f) for f in report.flagged],
        "partners": [_partner(p) for p in report.partners],
        "toml": snippet(report.partners),
        "not_proposed": [_passed_over(p) for p in report.passed_over],
    }


def _flagged(found: Flagged) -> dict[str, Any]:
    return {
        "domain": mask(found.domain),
        "resembles": found.resembles or None,
        "strength": found.strength.value,
        "reasons": list(found.reasons),
        "mails": found.mails,
        "senders": [mask(s) for s in found.senders],
        "first": _day(found.first_on),
        "last": _day(found.last_on),
        "once_partners_are_trusted": found.new,
    }


def _partner(partner: Partner) -> dict[str, Any]:
    return {
        "domain": partner.domain,
        "mails": partner.mails,
        "senders": partner.senders,
        "first": _day(partner.first_on),
        "last": _day(partner.last_on),
    }


def _passed_over(found: PassedOver) -> dict[str, Any]:
    told = _partner(found.partner) | {"domain": mask(found.partner.domain)}
    return told | {"why": found.why.value, "resembles": found.resembles or None}


def _day(day: object) -> str | None:
    return str(day) if day else None


def _lines(report: Report, bar: Bar, lang: str) -> list[str]:
    """The report for people, in their language; the snippet stands last, to be copied."""

    def say(key: str, **values: object) -> str:
        return text("cli", f"shadow-{key}", lang, **values)

    if report.first_on is None:
        return [say("empty")]
    lines = [
        say("span", first=report.first_on, last=report.last_on, mails=report.mails),
        *(say("would", verdict=text("cli", f"verdict-{v.value}", lang), mails=report.of(v))
          for v in (Verdict.WARN, Verdict.HOLD, Verdict.BLOCK)),
        say("limits"),
        "",
        say("alike", count=len(report.flagged)),
    ]  # fmt: skip
    lines += [_flagged_line(found, say) for found in report.flagged[:MOST_LINES]]
    if report.passed_over:
        lines += ["", say("passed", count=len(report.passed_over))]
        lines += [_passed_line(p, bar, say) for p in report.passed_over[:MOST_LINES]]
    if report.partners:
        lines += ["", say("partners", count=len(report.partners)), "", snippet(report.partners)]
    return lines


def _passed_line(found: PassedOver, bar: Bar, say: Any) -> str:
    one = found.partner
    why = say(f"not-{found.why.value}", resembles=found.resembles or "?", days=bar.days)
    line: str = say(
        "passed-line",
        domain=mask(one.domain),
        mails=one.mails,
        first=one.first_on,
        last=one.last_on,
        why=why,
    )
    return line


def _flagged_line(found: Flagged, say: Any) -> str:
    shown = ", ".join(mask(s) or "<>" for s in found.senders[:SENDERS_SHOWN])
    more = len(found.senders) - SENDERS_SHOWN
    line: str = say(
        "line",
        domain=mask(found.domain),
        resembles=found.resembles or "?",
        strength=found.strength.value,
        mails=found.mails,
        first=found.first_on,
        last=found.last_on,
        senders=shown + (f" +{more}" if more > 0 else ""),
    )
    return line + (say("new") if found.new else "")


def snippet(found: Sequence[Partner]) -> str:
    """``[[trusted]]`` tables to paste into ``10-trusted.toml``, the liveliest first."""
    return "\n".join(
        f'[[trusted]]  # {p.mails} mails, {p.first_on} to {p.last_on}\ndomain = "{p.domain}"\n'
        for p in found
    )


# ------------------------------------------------------------------ one domain


def tell_history(config_path: Path | None, names: Sequence[str], as_json: bool, lang: str) -> int:
    """Tell of all earlier mail to these domains, or to the domains of these addresses."""

    async def run(config: Config, store: Store) -> int:
        await _fold(config, store)
        for name in names:
            domain = domain_of(name if "@" in name else f"x@{name}")
            rows = [r for r in await store.history(domain) if r.sent or r.bounced] if domain else []
            if as_json:
                print_json(_past(name, domain, rows))
            else:
                for line in _past_lines(name, rows, lang):
                    click.echo(line)
        return EX_OK

    return with_store(config_path, run)


async def _fold(config: Config, store: Store) -> None:
    """Take in what the journal has gathered since the clock last did."""
    await store.tend_history(datetime.now(UTC), config.retention.history)


def _past(name: str, domain: str, rows: Sequence[Sent]) -> dict[str, Any]:
    return {
        "name": mask(name),
        "domain": mask(domain),
        "mails": sum(r.sent for r in rows),
        "bounced": sum(r.bounced for r in rows),
        "first": _day(min((r.first_on for r in rows), default=None)),
        "last": _day(max((r.last_on for r in rows), default=None)),
        "senders": _counted(rows, "sender"),
        "addresses": _counted(rows, "address"),
        "months": _counted(rows, "month"),
    }


def _counted(rows: Sequence[Sent], key: str) -> dict[str, int]:
    """Mails by a key; months in their order, all others by how many."""
    counts: Counter[str] = Counter()
    for row in rows:
        counts[mask(getattr(row, key))] += row.sent
    return dict(sorted(counts.items()) if key == "month" else counts.most_common())


def _past_lines(name: str, rows: Sequence[Sent], lang: str) -> list[str]:
    if not rows:
        return [text("cli", "history-none", lang, name=mask(name))]
    told = _past(name, rows[0].domain, rows)
    lines = [text("cli", "history-span", lang, **(told | {"name": mask(name)}))]
    for key in ("senders", "addresses", "months"):
        lines.append(f"  {text('cli', f'history-{key}', lang)}")
        lines += [f"    {count:>6}  {who or '<>'}" for who, count in told[key].items()]
    return lines

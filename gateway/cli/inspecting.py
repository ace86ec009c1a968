"""``inspect`` and ``address``: what would happen, without sending or recording anything."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import click
import structlog

from gateway.app import build_inspector, open_store
from gateway.cli.desk import WRITER
from gateway.cli.explaining import explain_all
from gateway.cli.history import tell_history
from gateway.cli.options import (
    config_option,
    given,
    json_option,
    lang_option,
    language,
    load_config,
    print_json,
)
from gateway.config import NOBODY, Config, bare
from gateway.errors import EX_OK, DataError, NotFoundError, SekishoError
from gateway.i18n import text
from gateway.inspection import Inspector, is_mail, wrap
from gateway.judging import Judging, mail_facts
from gateway.masking import mask
from gateway.model import Decision, Inspection, MailFacts, Recipient, Verdict
from gateway.policy import decide, explain, explain_recipient
from gateway.resolve import Witness
from gateway.rules import Rules, build_rules
from gateway.store import Store

log = structlog.get_logger(__name__)

AT_ONCE = 20  # addresses that are judged side by side: as many as one mail may ask DNS about
NOT_ALLOWED = 1  # exit status: something was not allowed


@click.command()
@config_option
@click.option("--from", "sender", default="", help="envelope sender")
@click.option(
    "--to", "recipients", multiple=True, help="recipient; default: the mail's To, Cc, Bcc"
)
@json_option
@click.option("--explain", "explained", is_flag=True, help="tell of each number considered")
@lang_option
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
def inspect(
    config_path: Path | None,
    sender: str,
    recipients: Sequence[str],
    as_json: bool,
    explained: bool,
    lang: str | None,
    files: Sequence[str],
) -> int:
    """Say what would happen to mails or bare documents.

    Ends with 0 when all are allowed, with 1 when something is not.
    """
    config = load_config(config_path) if config_path else bare()
    paths = [Path(name) for name in given(files)]
    tos = tuple(given(recipients))
    status = asyncio.run(_inspect_all(config, paths, sender, tos, as_json, language(lang)))
    if explained:
        asyncio.run(explain_all(config, {p: _read(p) for p in paths}, as_json, language(lang)))
    return status


async def _inspect_all(
    config: Config, paths: list[Path], sender: str, tos: tuple[str, ...], as_json: bool, lang: str
) -> int:
    rules = build_rules(config)
    status = EX_OK
    async with _inspector(config) as inspector, judging_for(config) as judging:
        for path in paths:
            started = time.perf_counter()
            content = _read(path)
            inspection = await inspector.inspect(content, rules.patterns)
            facts, decision = await _decide(
                rules, judging, inspection, sender, tos or inspection.headers.recipients
            )
            elapsed_ms = (time.perf_counter() - started) * 1000
            if as_json:
                print_json(_row(path, decision, inspection, elapsed_ms))
            else:
                _tell(path, decision, facts, lang)
            if _strictest(decision, inspection) is not Verdict.ALLOW:
                status = NOT_ALLOWED
    return status


@click.command()
@config_option
@json_option
@click.option("--history", "past", is_flag=True, help="all earlier mail to these domains instead")
@lang_option
@click.argument("addresses", nargs=-1, required=True, metavar="ADDRESS...")
def address(
    config_path: Path | None, as_json: bool, past: bool, lang: str | None, addresses: Sequence[str]
) -> int:
    """Say how recipients are judged, and why."""
    if past:
        return tell_history(config_path, list(given(addresses)), as_json, language(lang))
    config = load_config(config_path) if config_path else bare()
    return asyncio.run(_judge_all(config, given(addresses), as_json, language(lang)))


async def _judge_all(config: Config, addresses: Iterable[str], as_json: bool, lang: str) -> int:
    """Judge them in blocks, so that DNS is asked about several at a time."""
    rules = build_rules(config)
    today = datetime.now(UTC).astimezone().date()
    waiting = iter(addresses)
    async with judging_for(config) as judging:
        at_once = AT_ONCE if judging.witness is not None else 1
        while block := list(islice(waiting, at_once)):
            named = await judging.named(block, "", rules.directory, today, rules.policy.wanted)
            for asked, recipient in zip(block, await judging.testified(named), strict=True):
                if as_json:
                    print_json(_recipient(recipient) | {"address": asked})
                else:
                    _tell_recipient(recipient, lang)
    return EX_OK


# ------------------------------------------------------------------ inspect, step by step


@asynccontextmanager
async def judging_for(config: Config) -> AsyncIterator[Judging]:
    """Judge as ``serve`` would: by DNS, and by history where its database is there to read."""
    store = await _history(config)
    try:
        yield Judging(store, Witness.of(config.dns))
    finally:
        if store is not None:
            await store.close()


def _made(url: str) -> bool:
    """Whether there is a database: looking makes none."""
    kind, _, path = url.partition(":")
    return kind != "sqlite" or Path(path).exists()


async def _history(config: Config) -> Store | None:
    if config.organisation.domains == (NOBODY,) or not _made(config.store.url):
        return None
    try:
        return await open_store(config, writer=WRITER)
    except SekishoError as error:
        log.warning("history not looked at", cause=str(error))
        return None


@asynccontextmanager
async def _inspector(config: Config) -> AsyncIterator[Inspector]:
    pool, inspector = build_inspector(config)
    await pool.start()
    try:
        yield inspector
    finally:
        await pool.stop()


def _read(path: Path) -> bytes:
    """The mail in a file, or the file wrapped as the one attachment of a mail."""
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise NotFoundError(f"no such file: {path}") from error
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror}") from error
    return content if is_mail(content) else wrap(path.name, content)


def _first(inspection: Inspection) -> str:
    return inspection.headers.header_from[0] if inspection.headers.header_from else ""


async def _decide(
    rules: Rules, judging: Judging, inspection: Inspection, sender: str, to: Sequence[str]
) -> tuple[MailFacts, Decision]:
    now = datetime.now(UTC)
    today, directory = now.astimezone().date(), rules.directory
    sender = sender or _first(inspection)
    named = await judging.named(to, sender, directory, today, rules.policy.wanted)
    judged = await judging.testified(named)
    inside = await judging.inside(inspection.domains, directory, today)
    facts = mail_facts(sender, inspection, judged, directory, inside)
    return facts, decide(facts, judged, rules.policy, now)


def _strictest(decision: Decision, inspection: Inspection) -> Verdict:
    """The verdict; a document without recipients is held where an unmatched mail would be."""
    if decision.rulings:
        return decision.verdict
    return Verdict.ALLOW if inspection.clean else Verdict.HOLD


def _rule(decision: Decision) -> str:
    """The rule behind the strictest verdict."""
    ruled = decision.of(decision.verdict)
    return ruled[0].rule if ruled else ""


def _row(
    path: Path, decision: Decision, inspection: Inspection, elapsed_ms: float
) -> dict[str, Any]:
    return {
        "path": str(path),
        "verdict": _strictest(decision, inspection).value,
        "rule": _rule(decision),
        "policy": decision.policy,
        "recipients": [
            _recipient(r.recipient) | {"verdict": r.verdict.value, "rule": r.rule}
            for r in decision.rulings
        ],
        "my_numbers": inspection.persons.likely,
        "findings": [
            {
                "detector": f.detector,
                "confidence": f.confidence.value,
                "count": f.count,
                "part": mask(str(f.place)),
                "reasons": list(f.reasons),
            }
            for f in inspection.findings
        ],
        "uninspected": [
            {"part": mask(str(u.place)), "reason": u.reason.value} for u in inspection.unread
        ],
        "elapsed_ms": round(elapsed_ms, 1),
    }


def _recipient(recipient: Recipient) -> dict[str, Any]:
    """A recipient as `inspect` and `address` print it; the address masked as all from a mail."""
    return {
        "address": mask(recipient.address),
        "domain": mask(recipient.domain),
        "class": recipient.recipient_class.value,
        "strength": recipient.strength.value if recipient.strength else None,
        "resembles": recipient.resembles or None,
        "suggestion": mask(recipient.suggestion) or None,
        "reasons": list(recipient.reasons),
        "score": round(recipient.score, 3),
        "dns": recipient.dns,
    }


def _tell(path: Path, decision: Decision, facts: MailFacts, lang: str) -> None:
    verdict = _strictest(decision, facts.inspection)
    click.echo(f"{path}: {text('cli', f'verdict-{verdict.value}', lang)}")
    for ruling in decision.rulings:
        for line in explain(ruling, facts, lang):
            click.echo(f"  - {line}")
    if not decision.rulings:
        click.echo(f"  - {text('cli', 'no-recipients', lang)}")


def _tell_recipient(recipient: Recipient, lang: str) -> None:
    row = _recipient(recipient)
    strength = f" ({row['strength']})" if row["strength"] else ""
    meant = f" → {row['suggestion']}" if row["suggestion"] else ""
    reasons = ", ".join(row["reasons"])
    click.echo(f"{row['address']}: {row['class']}{strength}{meant}  [{reasons}]")
    for line in explain_recipient(recipient, lang):
        click.echo(f"  - {line}")

"""``python -m tests.corpus business``: precision and recall on business mail, and the two bars.

``--quick`` takes a tenth of each kind, ``--show KIND INDEX`` writes one mail out with what is
found in it, ``--write-docs`` puts the tables into docs/accuracy.md. Ends with 1 under a bar.
"""

from __future__ import annotations

import argparse
import sys
import time
from email import message_from_bytes, policy

from gateway.inspection import inspect_now
from gateway.model import InspectionLimits
from tests.corpus.business import docs, report
from tests.corpus.business.kinds import BY_NAME
from tests.corpus.business.measure import Outcome, make, plan, run

SEED = 2026
EACH, QUICK_EACH = 300, 30  # mails of an ordinary kind


def main() -> None:
    asked = _options().parse_args()
    if asked.show:
        _show(asked.show[0], int(asked.show[1]), asked.seed)
        return
    started = time.perf_counter()
    kinds = asked.kind or list(BY_NAME)
    outcomes = run(
        list(plan(kinds, QUICK_EACH if asked.quick else EACH)),
        asked.seed,
        processes=asked.processes,
    )
    lines = [f"{len(outcomes):,} mails, seed {asked.seed}.", "", *tables(outcomes)]
    print("\n".join(lines))
    print(
        f"\n{time.perf_counter() - started:.0f} s; slowest:",
        *_slowest(outcomes),
    )
    print("\n".join(report.first_failures(outcomes, asked.seed)))
    if asked.write_docs:
        docs.write("business", lines)
    sys.exit(0 if report.over_the_bars(outcomes) else 1)


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m tests.corpus business", description=__doc__)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--quick", action="store_true", help="a tenth of every kind")
    parser.add_argument(
        "--kind",
        action="append",
        choices=sorted(BY_NAME),
        metavar="KIND",
        help="this kind only; may be repeated",
    )
    parser.add_argument(
        "--show",
        nargs=2,
        metavar=("KIND", "INDEX"),
        help="write out one mail and what is found in it",
    )
    parser.add_argument("--processes", type=int, default=0, help="0: one a core")
    parser.add_argument(
        "--write-docs", action="store_true", help="put the tables into docs/accuracy.md"
    )
    return parser


def tables(outcomes: list[Outcome]) -> list[str]:
    """All tables of a run, in Markdown."""
    return [
        *report.sums(outcomes),
        "",
        *report.recall_table(outcomes),
        "",
        *report.alarm_table(outcomes),
    ]


def _slowest(outcomes: list[Outcome]) -> list[str]:
    worst = sorted(outcomes, key=lambda o: -o.verdict.took_s)[:3]
    return [f"{o.kind} {o.index} ({o.verdict.took_s * 1000:.0f} ms)" for o in worst]


def _show(kind: str, index: int, seed: int) -> None:
    """Everything about one mail; the numbers in it are nobody's, so they are shown."""
    case = make(kind, index, seed)
    for part in message_from_bytes(case.content, policy=policy.default).walk():
        if not part.is_multipart():
            print(f"--- {part.get_content_type()} {part.get_filename() or ''}")
            content = part.get_content()
            print(content if isinstance(content, str) else _decoded(content))
    print("expected:", sorted(case.numbers), case.trick)
    found = inspect_now(case.content, InspectionLimits())
    for finding in found.findings:
        print(finding.confidence, finding.count, finding.place, ", ".join(finding.reasons))
    print(found.persons, *found.unread)


def _decoded(content: bytes) -> str:
    for charset in ("utf-8-sig", "cp932"):
        try:
            return content.decode(charset)
        except UnicodeDecodeError:
            continue
    return f"{len(content)} bytes"

"""``python -m tests.corpus ablation``: what each kind of evidence adds, by doing without it.

Needs a way to switch a kind off: a function ``without(reason) -> context manager`` in
``tests.corpus.evidence``, which knows the detector; here only its names, those of
``gateway.reasons``, are known. Each mail is judged once with everything and once without each.
"""

from __future__ import annotations

import argparse
import functools
import importlib.util
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from importlib import import_module

from gateway import reasons
from tests.corpus.business import docs, report
from tests.corpus.business.kinds import BY_NAME
from tests.corpus.business.measure import OURS, Outcome, Verdict, inspected, plan, run

SEED, EACH, QUICK_EACH = 2026, 30, 3
SWITCHES = "tests.corpus.evidence"
KINDS = (
    reasons.LABEL_NEAR,
    reasons.COLUMN_HEADER,
    reasons.LABEL_AROUND,
    reasons.FIELD_LABEL,
    reasons.CONTAINER_LABEL,
    reasons.DOCUMENT_LABEL,
    reasons.KNOWN_STRUCTURE,
    reasons.PERSONAL_DATA_NEAR,
    reasons.COLUMN_ALL_PASS,
    reasons.DOCUMENT_ALL_PASS,
    reasons.GROUPED_4_4_4,
    reasons.LEADING_ZERO_LOST,
    reasons.CHECK_DIGIT,
    reasons.COMPETING_LABEL,  # from here on: what speaks against
    reasons.COMPETING_STRUCTURE,
    reasons.LOOKS_LIKE_CHANCE,
    reasons.CONSECUTIVE,
    reasons.NAMED_OTHERWISE,
    reasons.PART_OF_OTHER,
)
_SLOW = ("carried in a picture file",)  # read twenty times over, they would take most of the run

Switch = Callable[[str], AbstractContextManager[None]]


@functools.cache
def switch() -> Switch:
    """The detection's own way to do without a kind of evidence."""
    found: Switch = import_module(SWITCHES).without
    return found


def judge(content: bytes) -> dict[str, Verdict]:
    """One verdict with all the evidence, and one without each kind."""
    verdicts = {OURS: inspected(content)}
    for kind in KINDS:
        with switch()(kind):
            verdicts[kind] = inspected(content)
    return verdicts


def table(outcomes: Sequence[Outcome]) -> Iterable[str]:
    """A row a kind of evidence: what is found and falsely held without it."""
    yield "| without | every person found | mails held | false alarms | slips possible |"
    yield "|---|--:|--:|--:|--:|"
    for name in dict.fromkeys(o.detector for o in outcomes):
        own = [o for o in outcomes if o.detector == name]
        owed, clean = report.owed(own), report.clean(own)
        slips = [o for o in own if o.floor and o not in owed]
        yield (
            f"| {'(nothing: all evidence)' if name == OURS else f'`{name}`'} "
            f"| {_share(sum(o.whole for o in owed), len(owed))} | {_share(sum(o.alarmed for o in owed), len(owed))} "
            f"| {sum(o.alarmed for o in clean)} of {len(clean)} | {_share(sum(o.whole for o in slips), len(slips))} |"
        )


def _share(hits: int, of: int) -> str:
    return f"{hits / of:.4f}" if of else "-"


def main() -> None:
    parser = argparse.ArgumentParser("python -m tests.corpus ablation", description=__doc__)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--quick", action="store_true", help="a tenth of every kind")
    parser.add_argument("--processes", type=int, default=0, help="0: one a core")
    parser.add_argument("--write-docs", action="store_true")
    asked = parser.parse_args()
    if importlib.util.find_spec(SWITCHES) is None:
        sys.exit(f"{SWITCHES} is missing: without it no evidence can be switched off")
    kinds = [name for name in BY_NAME if name not in _SLOW]
    wanted = list(plan(kinds, QUICK_EACH if asked.quick else EACH))
    lines = list(table(run(wanted, asked.seed, "tests.corpus.ablation:judge", asked.processes)))
    print("\n".join(lines))
    if asked.write_docs:
        docs.write("ablation", lines)

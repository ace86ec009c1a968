"""``python -m tests.corpus ablation``: what each kind of evidence adds, by doing without it.

Each mail is judged once with everything and once without each kind: a label left out is not
seen, any other piece weighs nothing. That is twenty readings a mail, so this takes a sample.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence

from gateway import reasons
from gateway.detect.evidence import without
from tests.corpus.business import docs, report
from tests.corpus.business.kinds import BY_NAME
from tests.corpus.business.measure import OURS, Outcome, Verdict, inspected, plan, run

SEED, EACH = 2026, 8
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
TOGETHER = {  # what stands in for each other
    "every label": KINDS[:6],
    "both populations": (reasons.COLUMN_ALL_PASS, reasons.DOCUMENT_ALL_PASS),
    "all that speaks against": KINDS[KINDS.index(reasons.COMPETING_LABEL) :],
}
_SLOW = ("carried in a picture file",)  # read twenty times over, they would take most of the run


def judge(content: bytes) -> dict[str, Verdict]:
    """One verdict with all the evidence, one without each kind and each group of kinds."""
    verdicts = {OURS: inspected(content)}
    for name, left_out in {**{kind: (kind,) for kind in KINDS}, **TOGETHER}.items():
        with without(*left_out):
            verdicts[name] = inspected(content)
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
            f"| {'(nothing: all evidence)' if name == OURS else f'`{name}`' if name in KINDS else name} "
            f"| {_share(sum(o.whole for o in owed), len(owed))} | {_share(sum(o.alarmed for o in owed), len(owed))} "
            f"| {sum(o.alarmed for o in clean)} of {len(clean)} | {_share(sum(o.whole for o in slips), len(slips))} |"
        )


def _share(hits: int, of: int) -> str:
    return f"{hits / of:.4f}" if of else "-"


def main() -> None:
    parser = argparse.ArgumentParser("python -m tests.corpus ablation", description=__doc__)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--each", type=int, default=EACH, help="mails of an ordinary kind")
    parser.add_argument("--processes", type=int, default=0, help="0: one a core")
    parser.add_argument("--write-docs", action="store_true")
    asked = parser.parse_args()
    kinds = [name for name in BY_NAME if name not in _SLOW]
    wanted = list(plan(kinds, asked.each))
    measured = run(wanted, asked.seed, "tests.corpus.ablation:judge", asked.processes)
    lines = [f"{len(wanted):,} mails, seed {asked.seed}.", "", *table(measured)]
    print("\n".join(lines))
    if asked.write_docs:
        docs.write("ablation", lines)

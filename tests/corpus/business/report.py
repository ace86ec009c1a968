"""What a run says: recall, false alarms and precision by kind, with Wilson's bounds, and the two bars.

Wilson's score interval (95 %) is used because the normal one is nonsense near 0 and 1, where
these figures lie.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from gateway.model import Confidence
from tests.corpus.business.case import Evidence
from tests.corpus.business.kinds import BY_NAME, CLEAN
from tests.corpus.business.measure import Outcome

RECALL_BAR = 0.999  # of documents with evidence, every person found at likely or better
ALARM_BAR = 1 / 3000  # of clean documents, anything at likely or better
_Z = 1.959964  # 95 %
_SHOWN = 5  # misses and alarms named, of each kind


def wilson(hits: int, of: int) -> tuple[float, float]:
    """Return the 95 % bounds of a share: ``wilson(0, 10)`` is about (0, 0.28)."""
    if not of:
        return 0.0, 1.0
    share, spread = hits / of, _Z * _Z / of
    middle = (share + spread / 2) / (1 + spread)
    half = _Z / (1 + spread) * math.sqrt(share * (1 - share) / of + spread / of / 4)
    return max(0.0, middle - half), min(1.0, middle + half)


def _kinds(outcomes: Sequence[Outcome]) -> dict[str, list[Outcome]]:
    met: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        met.setdefault(outcome.kind, []).append(outcome)
    return met


def owed(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """The mails in which every number must be found at likely or better."""
    return [o for o in outcomes if o.floor is Confidence.LIKELY]


def clean(outcomes: Sequence[Outcome]) -> list[Outcome]:
    return [o for o in outcomes if o.kind in CLEAN]


def _share(hits: int, of: int) -> str:
    low, high = wilson(hits, of)
    return f"{hits:>5} / {of:<5} | {hits / of if of else 0:.4f} | {low:.4f} to {high:.4f}"


def recall_table(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """One row a kind with numbers: found whole, the share and its bounds, held at all, counted over."""
    yield "| kind with numbers | evidence | found whole | recall | 95 % | held | too many |"
    yield "|---|---|--:|--:|---|--:|--:|"
    for kind, met in _kinds([o for o in outcomes if o.kind not in CLEAN]).items():
        evidence = BY_NAME[kind].evidence
        hits = sum(o.whole if evidence.floor else o.alarmed for o in met)
        over = sum(o.verdict.likely > o.expected for o in met)
        held = sum(o.alarmed for o in met)
        yield f"| {kind} | {evidence} | {_share(hits, len(met))} | {held} | {over} |"


def alarm_table(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """One row a clean kind: alarms at likely, what is merely possible, what was not read."""
    yield "| clean kind | alarms | share | 95 % | possible | not read |"
    yield "|---|--:|--:|---|--:|--:|"
    for kind, met in _kinds(clean(outcomes)).items():
        alarms, doubts = sum(o.alarmed for o in met), sum(o.verdict.possible > 0 for o in met)
        unread = sum(bool(o.verdict.unread) for o in met)
        yield f"| {kind} | {_share(alarms, len(met))} | {doubts} | {unread} |"


def sums(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """The figures of the whole run, and whether it is over both bars."""
    with_numbers, without = owed(outcomes), clean(outcomes)
    whole, alarms = sum(o.whole for o in with_numbers), sum(o.alarmed for o in without)
    held = sum(o.alarmed for o in with_numbers)
    persons = sum(o.expected for o in with_numbers)
    found = sum(min(o.expected, o.verdict.likely) for o in with_numbers)
    slips = [o for o in outcomes if BY_NAME[o.kind].evidence is Evidence.SLIP]
    alone = [o for o in outcomes if BY_NAME[o.kind].evidence is Evidence.ALONE]
    yield "| | of | share | 95 % | bar |"
    yield "|---|--:|--:|---|---|"
    yield f"| **recall**: every person found, evidence given | {_share(whole, len(with_numbers))} | {_bar(whole >= RECALL_BAR * len(with_numbers))} ≥ {RECALL_BAR} |"
    yield f"| **false alarms** among clean documents | {_share(alarms, len(without))} | {_bar(alarms <= ALARM_BAR * len(without))} ≤ 1 in 3,000 |"
    yield f"| the mail held at all, evidence given | {_share(held, len(with_numbers))} | |"
    yield f"| persons found, evidence given | {_share(found, persons)} | |"
    yield f"| precision: held mails that had a number | {_share(held, held + alarms)} | |"
    yield f"| mistyped under a label, at least possible | {_share(sum(o.whole for o in slips), len(slips))} | |"
    yield f"| lone unlabelled numbers, held at likely | {_share(sum(o.alarmed for o in alone), len(alone))} | |"
    yield f"| lone unlabelled numbers, at least possible | {_share(sum(o.verdict.possible > 0 for o in alone), len(alone))} | |"


def _bar(met: bool) -> str:
    return "met:" if met else "MISSED:"


def over_the_bars(outcomes: Sequence[Outcome]) -> bool:
    """Whether both bars are met."""
    with_numbers, without = owed(outcomes), clean(outcomes)
    recall = sum(o.whole for o in with_numbers) >= RECALL_BAR * len(with_numbers)
    return recall and sum(o.alarmed for o in without) <= ALARM_BAR * len(without)


def first_failures(outcomes: Sequence[Outcome], seed: int, shown: int = _SHOWN) -> Iterator[str]:
    """Name the first misses and alarms of each kind, so that they can be made again."""
    missed = [o for o in outcomes if o.floor and not o.whole]
    alarms = [o for o in clean(outcomes) if o.alarmed]
    for word, failed in (("missed", missed), ("alarm", alarms)):
        for kind, met in _kinds(failed).items():
            for o in met[:shown]:
                told = f"{o.verdict.likely} likely, {o.verdict.possible} possible of {o.expected}"
                unread = f" ({', '.join(o.verdict.unread)})" if o.verdict.unread else ""
                yield f'{word}: --seed {seed} --show "{kind}" {o.index}: {told}{unread}'
            if len(met) > shown:
                yield f"{word}: {len(met) - shown} more of {kind}"

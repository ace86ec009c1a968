"""``python -m tests.corpus mime``: MIME tricks and honest mail against the whole engine.

Three tables: the catalogue by technique, random damage to valid mails, and the floor's
false alarms on mail as real programs write it. Ends with 1 when a trick passes silently.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable

from gateway.inspection import inspect_now
from gateway.model import Inspection, InspectionLimits, UnreadReason
from tests.message.catalogue import cases
from tests.message.honest import ODD, ORDINARY
from tests.message.mutations import mutations

SEED = 2026
MUTATIONS = 3000
LIMITS = InspectionLimits()
OUTCOMES = ("found", "held", "unread", "passed")


def outcome(found: Inspection) -> str:
    """Say what became of a mail with a number.

    ``found`` at likely or better; ``held`` as ambiguous without being found; ``unread`` for
    another reason (encrypted, external, a limit …); else it ``passed`` silently.
    """
    if found.persons.likely:
        return "found"
    if any(u.reason is UnreadReason.AMBIGUOUS for u in found.unread):
        return "held"
    return "unread" if found.unread else "passed"


def alarms(content: bytes) -> list[str]:
    """The floor's codes for a mail."""
    unread = inspect_now(content, LIMITS).unread
    return sorted({u.detail for u in unread if u.reason is UnreadReason.AMBIGUOUS})


def main() -> None:
    passed = _tricks() + _damage()
    _honest()
    for name in passed:
        print("PASSED", name)
    sys.exit(1 if passed else 0)


def _tricks() -> list[str]:
    table: dict[int, Counter[str]] = {}
    passed = []
    for case in cases(SEED):
        met = outcome(inspect_now(case.content, LIMITS))
        table.setdefault(case.technique, Counter())[met] += 1
        if met == "passed":
            passed.append(f"{case.technique} {case.variant}")
    _row("technique", OUTCOMES)
    for technique in sorted(table):
        _row(technique, (table[technique][o] for o in OUTCOMES))
    total = sum(table.values(), Counter())
    _row("all", (total[o] for o in OUTCOMES))
    return passed


def _damage() -> list[str]:
    total: Counter[str] = Counter()
    passed = []
    for name, content in mutations(SEED, MUTATIONS):
        met = outcome(inspect_now(content, LIMITS))
        total[met] += 1
        if met == "passed":
            passed.append(f"mutation {name}")
    _row("mutations", (total[o] for o in OUTCOMES))
    return passed


def _honest() -> None:
    for title, mails in (("ordinary", ORDINARY), ("odd but honest", ODD)):
        met = {name: alarms(content) for name, content in mails.items()}
        print(f"\n{title}: {sum(map(bool, met.values()))} alarms of {len(met)}")
        for name, codes in met.items():
            print(f"  {name:<34} {', '.join(codes) or '-'}")


def _row(name: object, values: Iterable[object]) -> None:
    print(f"{name:>10} ", *(f"{v:>8}" for v in values))

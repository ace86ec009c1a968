"""``python -m tests.corpus recall``: every family's carriers through the whole engine, in one table.

``--seed N``, ``--family F`` (may be repeated), ``--write-docs`` puts the tables into
docs/reading.md. A carrier is ``found`` (as many numbers as it holds), ``held`` (not found, but
not called read, either), ``more`` (found, and something else beside), or missed; a clean one
is ``clean`` or falsely alarmed. Ends with 1 on a miss or a false alarm, except for pictures
that a reader may miss (``picture_carriers.HARD``), which are counted apart.
"""

from __future__ import annotations

import argparse
import importlib
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from gateway.extract import registry
from gateway.extract.sample import Sample, Yielded
from gateway.model import InspectionLimits
from tests.corpus.business.docs import put
from tests.corpus.carrier import Carrier
from tests.corpus.found import inspected, verdict

SEED = 2026
PAGE = Path(__file__).resolve().parents[2] / "docs" / "reading.md"
FAMILIES = (
    "text",
    "mail",
    "pdf",
    "sheet",
    "word",
    "archive",
    "other",
    "polyglot",
    "picture",
    "scanned",
)
_FIRST = ("found", "more", "held", "MISSED", "clean", "FALSE")
_ATTACHED = "2"  # the number of the carrier in its mail; the letter is 1
_VARIANT = re.compile(r"(.*?)(?:, as (\w+) by LibreOffice|, (data behind|no password told))?")
_MOST_NAMED = 12  # carriers of one reason
_OPEN = ("MISSED", "FALSE")  # a number that left unseen, a clean file that is held


@dataclass(frozen=True)
class Tried:
    """What became of one carrier."""

    family: str
    kind: str
    verdict: str
    why: str  # reasons of what was not read; "" when all was
    readers: frozenset[str]  # that recognised it, or something in it
    seconds: float  # processor time of the inspection


def carriers(families: Iterable[str], seed: int) -> Iterator[Carrier]:
    """Every carrier of these families."""
    for family in families:
        yield from importlib.import_module(f"tests.corpus.{family}_carriers").carriers(seed)


def tried(carrier: Carrier) -> Tried:
    """Inspect one carrier, and note which readers took part."""
    met: set[str] = set()
    whole = registry.read

    def noting(
        sample: Sample, limits: InspectionLimits, before_native: Callable[[], None] = lambda: None
    ) -> Iterator[Yielded]:
        if sample.place.steps[0].startswith(_ATTACHED):
            met.update(name for name, reader in registry.families() if reader.recognises(sample))
        return whole(sample, limits, before_native)

    from gateway import extract

    extract.read = noting
    try:
        started = time.process_time()
        inspection = inspected(carrier)
        took = time.process_time() - started
    finally:
        extract.read = whole
    why = ", ".join(sorted({f"{u.reason}: {u.detail}" for u in inspection.unread}))
    told = verdict(carrier, inspection)
    return Tried(carrier.family, carrier.kind, told, why, frozenset(met), took)


def summary(all_tried: list[Tried]) -> Iterator[str]:
    """The table by family; recall is of what was not held for a reason."""
    yield "| family | carriers | recall | found | found, and more | held | missed | clean | false alarm |"
    yield "|---|--:|--:|--:|--:|--:|--:|--:|--:|"
    for family in (*dict.fromkeys(t.family for t in all_tried), "**all**"):
        rows = [t for t in all_tried if family in (t.family, "**all**")]
        count = Counter(t.verdict for t in rows)
        seen, missed = count["found"] + count["more"], count["MISSED"]
        recall = f"{100 * seen / (seen + missed):.1f} %" if seen + missed else ""
        cells = " | ".join(str(count[v]) for v in _FIRST)
        yield f"| {family} | {len(rows)} | {recall} | {cells} |"


def reasons(all_tried: list[Tried]) -> Iterator[str]:
    """The carriers that are not found, by the reasons that hold them."""
    held: dict[tuple[str, str], list[str]] = {}
    for t in all_tried:
        if t.verdict not in ("found", "more", "clean"):
            held.setdefault((t.family, t.why or t.verdict), []).append(t.kind)
    yield "| family | not read, and why | carriers |"
    yield "|---|---|---|"
    for (family, why), kinds in held.items():
        told = "; ".join(kinds) if len(kinds) <= _MOST_NAMED else f"{len(kinds)} of them"
        yield f"| {family} | {why} | {told} |"


def readers(all_tried: list[Tried]) -> Iterator[str]:
    """How many carriers each registered reader took part in."""
    yield "| reader | carriers | with a number found |"
    yield "|---|---|---|"
    for name, _ in registry.families():
        rows = [t for t in all_tried if name in t.readers]
        yield f"| {name} | {len(rows)} | {sum(t.verdict in ('found', 'more') for t in rows)} |"


def pictures(all_tried: list[Tried]) -> Iterator[str]:
    """Each way in which a picture is hurt, by itself."""
    yield "| picture | outcome |"
    yield "|---|---|"
    for t in all_tried:
        if t.family in ("picture", "scanned") and t.verdict != "clean":
            inside = "in a " * (t.family == "scanned")
            yield f"| {inside}{t.kind}{' (may be missed)' if _hard(t) else ''} | {t.verdict} |"


def names(all_tried: list[Tried]) -> Iterator[str]:
    """What was tried, one paragraph a family; variants by a last word are told once."""
    for family in dict.fromkeys(t.family for t in all_tried):
        if family == "polyglot":  # every pair of its formats
            continue
        kinds: dict[str, list[str]] = {}
        for kind in (t.kind for t in all_tried if t.family == family):
            base, saved, variant = _VARIANT.fullmatch(kind).groups()  # type: ignore[union-attr]
            kinds.setdefault(base, []).extend(filter(None, [saved, variant]))
        told = (f"{k} (also {', '.join(v)})" if v else k for k, v in kinds.items())
        yield f"**{family}**: {'; '.join(told)}."
        yield ""


def _hard(tried_one: Tried) -> bool:
    from tests.corpus.picture_carriers import HARD

    return tried_one.family == "picture" and tried_one.kind in HARD


def failures(all_tried: list[Tried]) -> list[Tried]:
    """What must not be: misses and false alarms, hard pictures left out."""
    return [t for t in all_tried if t.verdict in _OPEN and not _hard(t)]


def write(tables: dict[str, list[str]]) -> None:
    """Put the tables between their markers in docs/reading.md."""
    page = PAGE.read_text(encoding="utf-8")
    for name, lines in tables.items():
        page = put(page, name, lines)
    PAGE.write_text(page, encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser("python -m tests.corpus recall", description=__doc__)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--family", action="append", choices=FAMILIES)
    parser.add_argument("--write-docs", action="store_true", help="needs every family")
    asked = parser.parse_args()
    if asked.write_docs and asked.family:
        parser.error("the page shows every family")
    all_tried = [tried(c) for c in carriers(asked.family or FAMILIES, asked.seed)]
    tables = {
        "recall": list(summary(all_tried)),
        "held": list(reasons(all_tried)),
        "readers": list(readers(all_tried)),
        "pictures": list(pictures(all_tried)),
        "names": list(names(all_tried)),
    }
    print(*("\n".join([*lines, ""]) for lines in tables.values()), sep="\n")
    if asked.write_docs:
        write(tables)
    print(f"{sum(t.seconds for t in all_tried):.0f} s of processor time")
    for failed in failures(all_tried):
        print(f"{failed.verdict} {failed.family}: {failed.kind} (seed {asked.seed})")
    sys.exit(1 if failures(all_tried) else 0)

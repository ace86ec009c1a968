"""``python -m tests.corpus address [--real FILE]…``: how many slips are caught, and what it costs.

Slips of known names, ours and dnstwist's, by kind and by length of the label; false alarms on
real names that are not on the list, inside and outside the shipped lists, under .jp and
elsewhere; the curve of one against the other. FILE is any public list of domains, a name a
line; without one, shipped names stand in for it, of which the character model has seen all.
"""

from __future__ import annotations

import argparse
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from unittest import mock

from gateway.model import Confidence, Recipient, RecipientClass
from gateway.recipients import Directory, judge, lists
from gateway.recipients.list_files import NameLists
from gateway.recipients.names import is_bare_suffix, place_names, split
from gateway.recipients.normalise import read_domain
from tests.corpus.address_slips import SINGLE, STRUCTURAL, slips_of, twisted

SEED = 20261122
PROTECTED = 1000
TWISTED = 500  # of them, for both generators
TODAY = date(2026, 11, 22)
LONG = 6  # letters, from which a slip is to be caught
CURVE = (-4, -2, 0, 2, 4, 6, 8, 10, 12)


@dataclass(frozen=True, slots=True)
class Trial:
    """One typed name and what became of it."""

    kind: str
    length: int  # of the known label; of the typed one for a stranger
    strength: Confidence | None
    right: bool  # the name that was meant is the one suggested
    domain: str
    resembles: str
    reasons: tuple[str, ...]


def look(domain: str, directory: Directory, kind: str = "", meant: str = "") -> Trial:
    found: Recipient = judge(f"a@{domain}", directory, today=TODAY)
    alike = found.recipient_class is RecipientClass.LOOK_ALIKE
    name = split(meant or domain)
    return Trial(
        kind,
        len(name.label) if name else 0,
        found.strength if alike else None,
        found.resembles == meant,
        domain,
        found.resembles,
        found.reasons,
    )


# ------------------------------------------------------------------ names


def real_names(paths: Iterable[Path]) -> list[str]:
    """The organisations of public lists, each once."""
    found = {}
    for path in paths:
        for line in path.read_text(encoding="utf-8", errors="ignore").splitlines():
            typed = line.rpartition(",")[2].strip().removeprefix("www.")
            name = split(read_domain(typed).name)
            if name:
                found[name.organisation] = None
    return list(found)


def protected_names(real: list[str], rng: random.Random, count: int) -> list[str]:
    """Names for the list: companies and schools at home and abroad, and local governments."""
    shipped = sorted(lists.real())
    towns = [f"city.{place}.lg.jp" for place in sorted(place_names()) if place.isascii()
             and not place.startswith("xn--")]  # fmt: skip
    real = [n for n in real if not is_bare_suffix(n)]
    japan = [n for n in real if n.endswith(".jp") and n not in lists.real()]
    parts = [(shipped, 0.5), (towns, 0.1), (japan or shipped, 0.3), (real or shipped, 0.1)]
    chosen: dict[str, None] = {}
    for names, share in parts:
        for name in rng.sample(names, min(len(names), int(count * share))):
            chosen[name] = None
    return list(chosen)[:count]


# ------------------------------------------------------------------ the two sides


def caught(protected: list[str], real: set[str], directory: Directory) -> list[Trial]:
    """Slips of ours; those that hit a name that somebody has are left out."""
    rng = random.Random(SEED)
    return [
        look(typed, directory, kind, known)
        for known in protected
        for kind, typed in dict.fromkeys(slips_of(known, rng))
        if _is_slip(typed, known, real, directory)
    ]


def caught_of_dnstwist(protected: list[str], real: set[str], directory: Directory) -> list[Trial]:
    rng = random.Random(SEED)
    return [
        look(typed, directory, kind, known)
        for known in protected
        for kind, typed in twisted(known, rng)
        if _is_slip(typed, known, real, directory)
    ]


def _is_slip(typed: str, known: str, real: set[str], directory: Directory) -> bool:
    """Whether a generated name is nobody's: not the known one, nor on any list."""
    read = read_domain(typed).name
    name = split(read) if read else None
    if typed == known or (name and name.organisation in real):
        return False
    return not directory.standing(read).listed if read else True


def alarms(real: Iterable[str], directory: Directory) -> list[Trial]:
    """What real names that nobody lists are taken for."""
    protected = {split(n).label for n in directory.protected if split(n)}  # type: ignore[union-attr]
    found = []
    for domain in real:
        standing = directory.standing(domain)
        if domain in directory.protected or standing.internal or standing.freemail:
            continue
        trial = look(domain, directory)
        sibling = standing.name is not None and standing.name.label in protected
        kind = "same name, other suffix" if sibling else "unrelated"
        found.append(Trial(kind, *(getattr(trial, f) for f in Trial.__slots__[1:])))
    return found


def curve(slips: list[Trial], strangers: list[str], directory: Directory) -> Iterator[str]:
    """What every threshold of the weight would catch, and what it would cost."""
    weights: list[float] = []

    def weigh_only(weight: float, suffix: str = "") -> Confidence:
        weights.append(weight)
        return Confidence.POSSIBLE

    def heaviest(domain: str) -> float:
        weights.clear()
        name = directory.standing(domain).name
        found = directory.index.find(domain, name) if name else None
        structural = found is not None and not weights
        return float("inf") if structural else max(weights, default=float("-inf"))

    with mock.patch("gateway.recipients.lookalike.strength_of", weigh_only):
        sure = [heaviest(t.domain) for t in slips if t.kind in SINGLE and t.length >= LONG]
        loud = [(n.endswith(".jp"), heaviest(n)) for n in strangers]
    yield "| weight from | single slips caught | false alarms .jp | other |"
    yield "|---|---|---|---|"
    for floor in CURVE:
        rates = [
            sum(floor <= w < float("inf") for jp, w in loud if jp is japan)
            / max(sum(jp is japan for jp, _ in loud), 1)
            for japan in (True, False)
        ]
        hit = sum(w >= floor for w in sure) / max(len(sure), 1)
        yield f"| {floor} | {hit:.4f} | {rates[0]:.3%} | {rates[1]:.3%} |"


# ------------------------------------------------------------------ the report


def share(trials: list[Trial], floor: Confidence = Confidence.POSSIBLE) -> float:
    hit = sum(t.strength is not None and t.strength.reaches(floor) for t in trials)
    return hit / len(trials) if trials else float("nan")


def by_kind(trials: list[Trial], longer_than: int = 0) -> Iterator[str]:
    groups = defaultdict(list)
    for trial in trials:
        if trial.length >= longer_than:
            groups[trial.kind].append(trial)
    yield "| slip | names | caught | likely or better | the right name |"
    yield "|---|---|---|---|---|"
    for kind, group in sorted(groups.items()):
        right = sum(t.right for t in group if t.strength) / max(
            sum(t.strength is not None for t in group), 1
        )
        yield (f"| {kind} | {len(group)} | {share(group):.3f} | "
               f"{share(group, Confidence.LIKELY):.3f} | {right:.3f} |")  # fmt: skip


def by_length(trials: list[Trial]) -> Iterator[str]:
    groups = defaultdict(list)
    for trial in trials:
        if trial.kind in SINGLE:
            groups[min(trial.length, 12)].append(trial)
    yield "| letters | single slips | caught | likely or better |"
    yield "|---|---|---|---|"
    for length, group in sorted(groups.items()):
        more = "+" if length == 12 else ""
        yield f"| {length}{more} | {len(group)} | {share(group):.3f} | {share(group, Confidence.LIKELY):.3f} |"


def false_alarms(trials: list[Trial]) -> Iterator[str]:
    groups = defaultdict(list)
    for trial in trials:
        where = ".jp" if trial.domain.endswith(".jp") else "other"
        listed = "shipped" if trial.domain in lists.real() else "not shipped"
        groups[trial.kind, listed, where].append(trial)
    yield "| real names | list | suffix | names | likely or better | any strength |"
    yield "|---|---|---|---|---|---|"
    for key, group in sorted(groups.items()):
        yield (f"| {' | '.join(key)} | {len(group)} | {_one_in(group, Confidence.LIKELY)} | "
               f"{_one_in(group, Confidence.POSSIBLE)} |")  # fmt: skip


def _one_in(trials: list[Trial], floor: Confidence) -> str:
    hit = sum(t.strength is not None and t.strength.reaches(floor) for t in trials)
    return f"{hit} ({hit / len(trials):.3%})"


def bars(trials: list[Trial], false: list[Trial]) -> Iterator[str]:
    """The numbers that the plan asks for."""
    single = [t for t in trials if t.kind in SINGLE and t.length >= LONG]
    yield f"single slips of {LONG} letters and more: {share(single):.4f} (asked: 0.97)"
    for kind in STRUCTURAL:
        yield f"{kind}: {share([t for t in trials if t.kind == kind]):.4f} (asked: all)"
    unrelated = [t for t in false if t.kind == "unrelated"]
    for floor, asked in ((Confidence.LIKELY, 2000), (Confidence.POSSIBLE, 200)):
        rate = share(unrelated, floor)
        told = f"1 in {1 / rate:,.0f}" if rate else f"0 of {len(unrelated):,}"
        yield f"false alarms at {floor} or better: {told} (asked: 1 in {asked:,})"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.corpus address")
    parser.add_argument("--real", type=Path, action="append", default=[], metavar="FILE")
    parser.add_argument("--protected", type=int, default=PROTECTED)
    parser.add_argument("--seed", type=int, default=SEED, help="another choice of names")
    parser.add_argument("--show", type=int, default=0, metavar="N", help="N misses and alarms")
    asked = parser.parse_args()
    rng = random.Random(asked.seed)
    real = real_names(asked.real)
    protected = protected_names(real, rng, asked.protected)
    everybody = set(real) | lists.real()
    directory = Directory.build(["city.example.lg.jp"], [], protected)
    mine = caught(protected, everybody, directory)
    theirs = caught_of_dnstwist(protected[:TWISTED], everybody, directory)
    unlisted = Directory.build(
        ["city.example.lg.jp"], [], protected, name_lists=NameLists(shipped_real=False)
    )
    strangers = sorted(everybody - set(protected))
    false = alarms(strangers, directory)
    print(f"{len(protected)} protected names, {len(mine)} slips, {len(strangers)} real names\n")
    for title, lines in (
        ("what is asked", bars(mine, false)),
        ("our slips", by_kind(mine)),
        (f"our slips, {LONG} letters and more", by_kind(mine, LONG)),
        ("single slips by length of the label", by_length(mine)),
        ("dnstwist's", by_kind(theirs)),
        ("false alarms", false_alarms(false)),
        ("the curve", curve(mine, [t.domain for t in false if t.kind == "unrelated"], directory)),
        ("false alarms without the shipped list", false_alarms(alarms(strangers, unlisted))),
    ):
        print(f"## {title}", *lines, "", sep="\n")
    missed = [t for t in mine if not t.strength and t.kind in STRUCTURAL]
    missed += [t for t in mine if not t.strength and t.kind in SINGLE and t.length >= LONG]
    loud = [t for t in false if t.kind == "unrelated" and t.strength]
    loud.sort(key=lambda t: -t.strength.rank if t.strength else 0)
    for trial in [*missed[: asked.show], *loud[: asked.show]]:
        print(trial.kind, trial.domain, trial.strength, trial.resembles, *trial.reasons)


if __name__ == "__main__":
    main()

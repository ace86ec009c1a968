"""Finds the known name that a stranger's domain was probably meant to be.

Answers: for a domain that is itself no known name, the best look-alike among the names an
organisation writes to, with strength and reasons; None when the name stands for itself.
Structural errors (a suffix that cannot exist, a dot left out, another suffix) are looked
up in prebuilt tables; one-slip labels are compared under the same suffix only, so that the
length of the lists hardly matters.
Trusts: names from ``normalise`` and ``names``; never asks the network.
Fails: never. No alarm for what length cannot tell apart: 95 % of three-letter .com labels
have another real one a slip away.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import IntEnum

from rapidfuzz import process
from rapidfuzz.distance import OSA

from gateway import reasons
from gateway.model import Confidence
from gateway.recipients.names import KINDS, Name, split
from gateway.recipients.slips import Slip, skeleton, slip_between
from gateway.recipients.suffixes import Judged, judge_suffix

CERTAIN, LIKELY, POSSIBLE = Confidence.CERTAIN, Confidence.LIKELY, Confidence.POSSIBLE

PLAIN_LABEL = 6  # from this length a slip speaks for itself
FEW_LETTERS = 4  # up to this length a provider's name has real neighbours too
SHORT_LABEL = 3  # up to this length a slip says nothing, but for a provider
LABELS_LOOKED_AT = 8  # the last labels of a domain; a stem further left is no organisation's


class Tier(IntEnum):
    """Where a known name comes from; of two equal candidates the lower tier is suggested."""

    TRUSTED = 0
    INTERNAL = 1
    PROTECTED = 2
    PROVIDER = 3
    RARE_PROVIDER = 4  # meant only where the typed name is broken beyond doubt


@dataclass(frozen=True, slots=True)
class Known:
    """A name that people write to, and so mistype."""

    name: str  # as listed, normalised; can stand below its organisation
    parts: Name  # its organisation
    tier: Tier
    provider: bool = False  # freemail or carrier, whichever tier lists it

    @property
    def length(self) -> int:
        return len(self.parts.label)


@dataclass(frozen=True, slots=True)
class LookAlike:
    """The name that was probably meant. Holds nothing of the typed one."""

    resembles: str
    strength: Confidence
    reasons: tuple[str, ...]
    score: float  # strength's rank plus how usual the slip is, 0 to 3
    tier: Tier = field(default=Tier.PROTECTED, compare=False)


class LookAlikeIndex:
    """Known names by everything that a slip leaves intact. Built once, then only read."""

    def __init__(self, known: Iterable[Known]) -> None:
        self._all: dict[str, Known] = {k.name: k for k in known}
        self._names = list(self._all)
        self._providers = [
            k for k in self._all.values() if k.provider and k.tier is not Tier.RARE_PROVIDER
        ]
        self._organisations = {k.parts.organisation for k in self._all.values()}
        self._by_stem: dict[str, list[Known]] = defaultdict(list)
        self._by_squeezed: dict[str, list[Known]] = defaultdict(list)
        self._by_glued: dict[str, list[Known]] = defaultdict(list)
        self._by_skeleton: dict[tuple[str, str, str], list[Known]] = defaultdict(list)
        self._by_group: dict[tuple[str, str], dict[str, list[Known]]] = defaultdict(dict)
        for entry in self._all.values():
            self._file(entry)

    def find(self, domain: str, name: Name | None) -> LookAlike | None:
        """Return the best look-alike for a normalised domain that is no known name.

        Args:
            domain: the whole domain.
            name: its organisation, or None under a suffix that does not exist.
        """
        if name is None:
            found = [*self._impossible(domain), *self._squeezed(domain, None)]
        elif name.organisation in self._organisations:
            return None  # another department of a name we know
        else:
            found = [
                *self._squeezed(domain, name),
                *self._swapped(domain, name),
                *self._embedded(domain),
                *self._glued(name),
                *self._slipped(name),
                *self._slipped_twice(name),
            ]
        return min(found, key=lambda m: self._order(domain, m), default=None)

    # -------------------------------------------------------------- building

    def _file(self, entry: Known) -> None:
        if entry.tier is Tier.RARE_PROVIDER:
            return
        parts = entry.parts
        self._by_stem[parts.stem].append(entry)
        for text in {entry.name, parts.organisation}:
            self._by_squeezed[_squeeze(text)].append(entry)
        self._by_glued[_squeeze(parts.stem + parts.suffix)].append(entry)
        if entry.provider and entry.length > FEW_LETTERS and "." in parts.suffix:  # yahooco.com
            self._by_glued[_squeeze(parts.stem + parts.suffix.partition(".")[0])].append(entry)
        self._by_skeleton[parts.suffix, parts.kind, skeleton(parts.label)].append(entry)
        group = self._by_group[parts.suffix, parts.kind]
        group.setdefault(parts.label, []).append(entry)

    # -------------------------------------------------------------- structural classes

    def _impossible(self, domain: str) -> Iterator[LookAlike]:
        """A name that cannot exist may be further off: nobody real is suspected."""
        reason = reasons.SUFFIX_IMPOSSIBLE
        for stem, tail in _cuts(domain):
            for entry in self._by_stem.get(stem, ()):
                off = OSA.distance(tail, entry.parts.suffix)
                if off <= 2 or domain == stem or domain.startswith(f"{stem}."):
                    yield _match(entry, CERTAIN, reason, 0.9 - 0.05 * min(off, 10))
        near = process.extract(domain, self._names, scorer=OSA.distance, score_cutoff=2, limit=None)
        for name, off, _ in near:
            entry = self._all[name]
            if off <= 1 < entry.length or entry.length > FEW_LETTERS:
                yield _match(entry, CERTAIN, reason, 0.9 - 0.05 * off)

    def _squeezed(self, domain: str, name: Name | None) -> Iterator[LookAlike]:
        """The same letters with dots or hyphens elsewhere: expco.jp, exp-co.jp, gmailc.om."""
        for typed in {domain, name.organisation} if name else {domain}:
            for entry in self._by_squeezed.get(_squeeze(typed), ()):
                strength, why = _misplaced(entry, typed)
                if name is None:
                    yield _match(entry, CERTAIN, reasons.SUFFIX_IMPOSSIBLE, 0.95, then=why)
                elif strength:
                    yield _match(entry, strength, why, 0.95)

    def _swapped(self, domain: str, name: Name) -> Iterator[LookAlike]:
        """A known label before a suffix that is not its own: exp.com for exp.co.jp."""
        if name.kind:  # a town is no company of its name
            for entry in self._by_stem.get(name.stem, ()):
                if places := _judge_places(entry.parts, name):
                    yield _match(entry, *places, 0.85)
            return
        for stem, tail in _cuts(domain):
            for entry in self._by_stem.get(stem, ()):
                if judged := judge_suffix(entry.parts.suffix, tail):
                    yield _match(entry, _swap_strength(entry, judged[0]), judged[1], 0.85)

    def _embedded(self, domain: str) -> Iterator[LookAlike]:
        """A whole known name with something behind it: gmail.com.example.net."""
        labels = domain.split(".")[-LABELS_LOOKED_AT:]
        for start in range(len(labels) - 2):
            for end in range(start + 2, len(labels)):
                entry = self._all.get(".".join(labels[start:end]))
                rest = ".".join(labels[end:])
                if entry and judge_suffix(entry.parts.suffix, f"{entry.parts.suffix}.{rest}"):
                    continue  # doubled; told by _swapped
                if entry and not _sibling_abroad(entry, rest):
                    strength = CERTAIN if entry.provider else LIKELY
                    yield _match(entry, strength, reasons.SUFFIX_DOUBLED, 0.5)

    def _glued(self, name: Name) -> Iterator[LookAlike]:
        """The suffix became part of the label: expcojp.com, gmailcom.jp."""
        for entry in self._by_glued.get(_squeeze(name.label), ()):
            if "." in entry.parts.suffix:
                yield _match(entry, CERTAIN, reasons.SUFFIX_GLUED, 0.7)
            elif strength := _by_length(entry):
                yield _match(entry, strength, reasons.SUFFIX_GLUED, 0.7)

    # -------------------------------------------------------------- slips in the label

    def _slipped(self, name: Name) -> Iterator[LookAlike]:
        """One slip in the label, under the same suffix and of the same kind."""
        group = self._by_group.get((name.suffix, name.kind))
        if not group:
            return
        near = process.extract(
            name.label, group.keys(), scorer=OSA.distance, score_cutoff=1, limit=None
        )
        labels = {label for label, _, _ in near}
        alike = self._by_skeleton.get((name.suffix, name.kind, skeleton(name.label)), ())
        labels.update(entry.parts.label for entry in alike)
        for entry in (entry for label in labels for entry in group[label]):
            slip = slip_between(entry.parts.label, name.label)
            if slip and (strength := _slip_strength(entry, slip)):
                yield _match(entry, strength, slip.reason, slip.weight)

    def _slipped_twice(self, name: Name) -> Iterator[LookAlike]:
        """A slip in the label and another in the suffix: providers only (gmai.co)."""
        for entry in self._providers:
            if entry.parts.suffix == name.suffix or entry.length <= FEW_LETTERS:
                continue
            if OSA.distance(entry.parts.label, name.label, score_cutoff=1) > 1:
                continue
            slip = slip_between(entry.parts.label, name.label)
            judged = judge_suffix(entry.parts.suffix, name.suffix)
            if slip and judged and not slip.first_letter and slip.reason != reasons.HYPHEN_ONLY:
                yield _match(entry, LIKELY, slip.reason, slip.weight / 2, then=judged[1])

    # -------------------------------------------------------------- choosing

    @staticmethod
    def _order(domain: str, match: LookAlike) -> tuple[float, int, int, str, tuple[str, ...]]:
        """The surest first, then the likelier tier; always the same one of equals."""
        nearness = OSA.distance(domain, match.resembles)
        return (-match.score, match.tier, nearness, match.resembles, match.reasons)


def _misplaced(entry: Known, typed: str) -> tuple[Confidence | None, str]:
    """Judge a name with a known one's letters, and dots or hyphens in other places."""
    meant = entry.name if _squeeze(entry.name) == _squeeze(typed) else entry.parts.organisation
    if meant.replace("-", "") == typed.replace("-", ""):
        return _by_length(entry, hyphen=True), reasons.HYPHEN_ONLY
    if typed.count(".") > meant.count("."):  # e.xp.co.jp has an honest reading
        return _by_length(entry), reasons.DOT_MISSING
    return CERTAIN, reasons.DOT_MISSING


def _judge_places(known: Name, typed: Name) -> Judged | None:
    """Judge two local governments of one name and kind under different suffixes.

    Under two places they are two towns (city.fuchu.tokyo.jp, city.fuchu.hiroshima.jp);
    beside ``lg.jp`` they may be one, or not: a question to the sender.
    """
    if known.suffix == typed.suffix or (known.geographic and typed.geographic):
        return None
    return POSSIBLE, reasons.SUFFIX_SWAP


def _swap_strength(entry: Known, judged: Confidence) -> Confidence:
    """A provider's name has no siblings worth doubt; two letters are too few for more."""
    if judged is CERTAIN or entry.length >= SHORT_LABEL:
        sure = entry.provider and judged is LIKELY and entry.length > SHORT_LABEL
        return CERTAIN if sure else judged
    return POSSIBLE


def _by_length(
    entry: Known, *, first_letter: bool = False, hyphen: bool = False
) -> Confidence | None:
    """Strength of a slip by what a label of this length can tell; None when nothing.

    Args:
        entry: the name that was perhaps meant.
        first_letter: the slip falls where people seldom slip; one step less.
        hyphen: nothing but a hyphen differs; no partner's name is surely meant.
    """
    if entry.length <= SHORT_LABEL:
        steps = int(entry.provider and entry.length == SHORT_LABEL)
    elif entry.provider:
        steps = 3 if entry.length > FEW_LETTERS else 2
    else:
        steps = 2 if entry.length >= PLAIN_LABEL and not hyphen else 1
    return (None, POSSIBLE, LIKELY, CERTAIN)[max(steps - first_letter, 0)]


def _slip_strength(entry: Known, slip: Slip) -> Confidence | None:
    hyphen = slip.reason == reasons.HYPHEN_ONLY
    return _by_length(entry, first_letter=slip.first_letter, hyphen=hyphen)


def _match(
    entry: Known, strength: Confidence, why: str, weight: float, *, then: str = ""
) -> LookAlike:
    whys = (why, then) if then else (why,)
    return LookAlike(entry.name, strength, whys, round(strength.rank + weight, 3), entry.tier)


def _cuts(domain: str) -> Iterator[tuple[str, str]]:
    """Every (stem, tail) in a domain: a label, or a government's two, and what follows it."""
    labels = domain.split(".")[-LABELS_LOOKED_AT:]
    for at, label in enumerate(labels):
        yield label, ".".join(labels[at + 1 :])
        if label in KINDS and at + 1 < len(labels):
            yield f"{label}.{labels[at + 1]}", ".".join(labels[at + 2 :])


def _sibling_abroad(entry: Known, rest: str) -> bool:
    """``yahoo.com.tw`` beside ``yahoo.com``: the same label under a real, longer suffix."""
    whole = split(f"{entry.name}.{rest}")
    return whole is not None and whole.label == entry.parts.label


def _squeeze(name: str) -> str:
    return name.replace(".", "").replace("-", "")

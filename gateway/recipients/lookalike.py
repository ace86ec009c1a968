"""Finds the known name that a stranger's domain was probably meant to be.

Answers: for a domain that is itself no known name, the best look-alike among the names an
organisation writes to, with strength and reasons; None when the name stands for itself.
Every class of error has its own key and its own verdict (``known``): structural ones (a
suffix that cannot exist, a dot left out, another suffix) are told by what they are; a slip
in the label is weighed against the chance that the label is somebody's own (``channel``).
Trusts: names from ``normalise`` and ``names``; never asks the network.
Fails: never. The work for one domain is bounded by its length, not by the lists'.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from gateway import reasons
from gateway.model import Confidence
from gateway.recipients import lists
from gateway.recipients.channel import strength_of, weigh
from gateway.recipients.confusables import ascii_twin
from gateway.recipients.keys import Kind, key, near_keys
from gateway.recipients.known import FEW_LETTERS, Known, NameTable, Tier, squeeze
from gateway.recipients.names import (
    ATTRIBUTE_SUFFIXES,
    CLOSED_SUFFIXES,
    KINDS,
    ONE_A_COMPANY,
    Name,
    is_municipality,
    split,
)
from gateway.recipients.slips import Slip, skeleton, slip_between, sounds
from gateway.recipients.structural import (
    CERTAIN,
    LABELS_LOOKED_AT,
    LIKELY,
    POSSIBLE,
    SHORT_LABEL,
    LookAlike,
    by_length,
    cuts,
    embedded,
    glued,
    match,
    misplaced,
    squeezed,
    swapped,
    with_word,
)
from gateway.recipients.suffixes import judge_suffix

INITIALS = 2  # letters behind a hyphen, up to which they are as good as a name of two letters
TWO_SLIPS_FROM = 8  # letters of a label that two slips leave recognisable
_DOUBTFUL = (reasons.HYPHEN_ONLY, reasons.SLIP_TWICE, reasons.SLIP_ROMANISATION)
_WEIGHT_FULL = 25.0  # a weight that leaves nothing to ask; scores are parts of it


class LookAlikeIndex:
    """Known names in layers: the policy's own, and long lists that change seldom."""

    def __init__(self, layers: Sequence[NameTable], providers: Iterable[Known]) -> None:
        self._layers = [layer for layer in layers if len(layer)]
        self._size = sum(map(len, layers))
        self._providers = {p.name: p for p in providers}
        often = [p for p in self._providers.values() if p.tier is not Tier.RARE_PROVIDER]
        self._often = len(often)
        self._alike: dict[str, dict[str, Known]] = {}  # suffix → label → provider
        for entry in often:
            if entry.length > FEW_LETTERS:
                self._alike.setdefault(entry.parts.suffix, {})[entry.parts.label] = entry

    def find(self, domain: str, name: Name | None) -> LookAlike | None:
        """Return the best look-alike for a normalised domain that is no known name.

        Args:
            domain: the whole domain.
            name: its organisation, or None under a suffix that does not exist.
        """
        found = self._drawn_alike(domain)
        if not found:
            found = list(self._impossible(domain) if name is None else self._real(domain, name))
        if len(found) < 2:
            return found[0] if found else None
        return min(found, key=lambda m: _order(domain, m))

    def _real(self, domain: str, name: Name) -> Iterator[LookAlike]:
        """Every look-alike of a name that can exist."""
        keys, ways = _probes(domain, name)
        hits = list(self._hits(keys))
        if any(entry.parts.organisation == name.organisation for _, entry in hits):
            return  # another department of a name we know
        slipped = ("slip", name.label)
        others = len(ways)
        cases = {(ways[at] if at < others else slipped, e.name): e for at, e in hits}
        for ((kind, typed), _), entry in cases.items():
            if entry.tier is not Tier.RARE_PROVIDER and _same_place(entry, domain, name):
                yield from self._judge(kind, typed, entry, domain, name)
        yield from self._near_provider(name)

    def _judge(
        self, kind: str, typed: str, entry: Known, domain: str, name: Name
    ) -> Iterator[LookAlike]:
        if kind == "squeezed":
            yield from squeezed(entry, typed)
        elif kind == "stem":
            yield from swapped(entry, typed, domain, name)
        elif kind == "inside":
            yield from embedded(entry, typed, domain)
        elif kind == "glued":
            yield from glued(entry)
        elif kind == "word":
            yield from with_word(entry, typed, name)
        else:
            yield from self._slipped(entry, name, domain)

    def _hits(self, probes: Sequence[int]) -> Iterator[tuple[int, Known]]:
        for layer in self._layers:
            yield from layer.hits(probes)

    # -------------------------------------------------------------- names that cannot be meant so

    def _drawn_alike(self, domain: str) -> list[LookAlike]:
        """Letters of another script: the plain name that is drawn the same was meant."""
        twin = ascii_twin(domain)
        if not twin:
            return []
        same = (e for _, e in self._hits([key(Kind.SQUEEZED, squeeze(twin))]) if e.name == twin)
        if drawn := [match(e, CERTAIN, reasons.CONFUSABLE, 0.95) for e in same]:
            return drawn
        name = split(twin)
        found = self._impossible(twin) if name is None else self._real(twin, name)
        return [
            LookAlike(m.resembles, m.strength, (reasons.CONFUSABLE, *m.reasons), m.score, m.tier)
            for m in found
        ]

    def _impossible(self, domain: str) -> Iterator[LookAlike]:
        """A name that cannot exist may be further off: nobody real is suspected."""
        reason = reasons.SUFFIX_IMPOSSIBLE
        for _, entry in self._hits([key(Kind.SQUEEZED, squeeze(domain))]):
            _, why = misplaced(entry, domain)
            yield match(entry, CERTAIN, reason, 0.95, then=why)
        places = list(cuts(domain))
        for at, entry in self._hits([key(Kind.STEM, stem) for stem, _ in places]):
            stem, tail = places[at]
            off = OSA.distance(tail, entry.parts.suffix)
            if off <= 2 or domain == stem or domain.startswith(f"{stem}."):
                yield match(entry, CERTAIN, reason, 0.9 - 0.05 * min(off, 10))
        yield from self._impossible_slips(places)
        near = process.extract(
            domain, self._providers.keys(), scorer=OSA.distance, score_cutoff=2, limit=None
        )
        for name, off, _ in near:
            entry = self._providers[name]
            if off <= 1 < entry.length or entry.length > FEW_LETTERS:
                yield match(entry, CERTAIN, reason, 0.9 - 0.05 * off)

    def _impossible_slips(self, places: list[tuple[str, str]]) -> Iterator[LookAlike]:
        """A slip in the label and another in the suffix: ``tsuruy.co.lp``."""
        probes = [
            (near, stem.rpartition(".")[2], tail)
            for stem, tail in places
            for near in near_keys(stem.rpartition(".")[2])
        ]
        for at, entry in self._hits([number for number, _, _ in probes]):
            _, label, tail = probes[at]
            off = OSA.distance(tail, entry.parts.suffix, score_cutoff=2)
            if off <= 2 and (off < 2 or entry.length > FEW_LETTERS):
                slip = slip_between(entry.parts.label, label)
                if slip and slip.reason != reasons.SLIP_TWICE and entry.length > SHORT_LABEL:
                    yield match(entry, CERTAIN, reasons.SUFFIX_IMPOSSIBLE, 0.8 - 0.05 * off)

    # -------------------------------------------------------------- slips in the label

    def _slipped(self, entry: Known, name: Name, domain: str) -> Iterator[LookAlike]:
        """A slip in the label; under another suffix, too, where the label is long enough."""
        parts = entry.parts
        if parts.kind != name.kind:
            name = _as_government(domain, name)
        if parts.kind != name.kind or parts.label == name.label or is_municipality(name):
            return
        slip = slip_between(parts.label, name.label)
        if slip is None or (slip.reason == reasons.SLIP_TWICE and entry.length < TWO_SLIPS_FROM):
            return
        if name.suffix == "ac.jp" and _another_school(parts.label, name.label):
            return
        if parts.suffix == name.suffix:
            yield from self._weighed(entry, slip, name)
        elif not name.kind:
            yield from self._slipped_and_swapped(entry, slip, name)

    def _weighed(self, entry: Known, slip: Slip, name: Name) -> Iterator[LookAlike]:
        if entry.provider:
            if slip.reason != reasons.SLIP_TWICE and (strength := _provider_strength(entry, slip)):
                yield match(entry, strength, slip.reason, 0.5 + slip.chance)
            return
        if entry.length <= SHORT_LABEL:
            return
        weight = weigh(slip, name.label, name.suffix, self._size)
        strength = strength_of(weight, name.suffix)
        if strength is LIKELY and (
            slip.reason in _DOUBTFUL
            or slip.first_letter
            or not slip.by_hand
            or _differ_in_initials(entry.parts.label, name.label)
        ):
            strength = POSSIBLE  # nissan and nissay, ohara and o-hara: two real names as well
        if strength:
            yield match(entry, strength, slip.reason, weight / _WEIGHT_FULL, then=_owner(name))

    def _slipped_and_swapped(self, entry: Known, slip: Slip, name: Name) -> Iterator[LookAlike]:
        """A slip in the label and another suffix (gmai.co): providers, and long labels."""
        judged = judge_suffix(entry.parts.suffix, name.suffix)
        plain = slip.reason not in (reasons.HYPHEN_ONLY, reasons.SLIP_TWICE)
        if not judged or not plain or slip.first_letter:
            return
        if entry.provider and entry.length > FEW_LETTERS:
            weight = weigh(slip, name.label, name.suffix, self._often)
            strength = strength_of(weight)
            if judged[0] is POSSIBLE:  # two doubts: mogera.jp is no mopera.net
                strength = POSSIBLE if strength is LIKELY else None
            if strength:
                yield match(entry, strength, slip.reason, slip.chance, then=judged[1])
        elif not entry.provider and entry.length >= TWO_SLIPS_FROM and judged[0] is not POSSIBLE:
            yield match(entry, POSSIBLE, slip.reason, slip.chance, then=judged[1])

    def _near_provider(self, name: Name) -> Iterator[LookAlike]:
        """Two slips anywhere in a provider's name: ``gmila.com``, ``yhaoo.co.jp``."""
        alike = self._alike.get(name.suffix)
        if not alike:
            return
        near = process.extract(
            name.label, alike.keys(), scorer=OSA.distance, score_cutoff=2, limit=None
        )
        for label, off, _ in near:
            if off == 2:
                entry = alike[label]
                slip = slip_between(label, name.label)
                if slip and slip.reason == reasons.SLIP_TWICE:
                    yield from self._two_slips(entry, slip, name)

    def _two_slips(self, entry: Known, slip: Slip, name: Name) -> Iterator[LookAlike]:
        weight = weigh(slip, name.label, name.suffix, self._often)
        if strength_of(weight, name.suffix):
            yield match(entry, POSSIBLE, slip.reason, weight / _WEIGHT_FULL)


# ------------------------------------------------------------------ what to look for


def _same_place(entry: Known, domain: str, name: Name) -> bool:
    """Whether a provider's name below another organisation can be meant at all.

    ``jcom.home.ne.jp`` is meant by ``jcom.home.ne.jo`` and not by ``home.com``.
    """
    if not entry.provider or entry.name == entry.parts.organisation:
        return True
    above = entry.name.removesuffix(entry.parts.organisation)
    return domain.startswith(above) or squeeze(domain) == squeeze(entry.name)


def _probes(domain: str, name: Name) -> tuple[list[int], list[tuple[str, str]]]:
    """Keys for every way in which a known name may be hidden; beside the first of them (way,
    what was typed): the keys without a way are those of a slip in the label."""
    label = name.label
    stems = [name.stem] if name.kind else [stem for stem, _ in cuts(domain, name.suffix)]
    ways = [("squeezed", typed) for typed in {domain, name.organisation}]
    ways += [("inside", inside) for inside in _insides(domain)]
    keys = [key(Kind.SQUEEZED, squeeze(typed)) for _, typed in ways]
    keys += [key(Kind.STEM, stem) for stem in stems]
    ways += [("stem", stem) for stem in stems]
    keys.append(key(Kind.GLUED, squeeze(label)))
    ways.append(("glued", label))
    if not label.startswith("xn--"):
        rests = list(_without_word(label))
        near = near_keys(label)
        keys += [key(Kind.STEM, rest) for rest in rests]
        ways += [("word", rest) for rest in rests]
        keys += [key(Kind.SKELETON, skeleton(label)), key(Kind.SOUND, sounds(label)), *near]
    return keys, ways


def _insides(domain: str) -> Iterator[str]:
    """Every run of labels with something behind it."""
    labels = domain.split(".")[-LABELS_LOOKED_AT:]
    for start in range(len(labels) - 2):
        for end in range(start + 2, len(labels)):
            yield ".".join(labels[start:end])


@lru_cache(1)
def _word_ends() -> tuple[tuple[str, ...], tuple[str, ...]]:
    words = lists.added_words()
    return tuple(f"{w}-" for w in words) + words, tuple(f"-{w}" for w in words) + words


def _without_word(label: str) -> Iterator[str]:
    """The label without a word that people add before or behind a name."""
    before, behind = _word_ends()
    if label.startswith(before):
        yield from (label.removeprefix(w) for w in before if label.startswith(w))
    if label.endswith(behind):
        yield from (label.removesuffix(w) for w in behind if label.endswith(w))


# ------------------------------------------------------------------ strengths and the choice


def _provider_strength(entry: Known, slip: Slip) -> Confidence | None:
    """A slip of a provider's name: sure by itself, less so for short names and first letters."""
    strength = by_length(entry)
    if strength and slip.first_letter:
        less = {CERTAIN: LIKELY if slip.by_hand else POSSIBLE, LIKELY: POSSIBLE}
        return less.get(strength)
    return strength


_SCHOOL = re.compile(r"(.+?)-?([cdfghijkmpstw]?u)\Z")  # -u, city -cu, prefecture -pu, women -wu


def _another_school(known: str, typed: str) -> bool:
    """``nagoya-cu`` beside ``nagoya-u``: a place's city, prefectural, women's university."""
    one, other = _SCHOOL.match(known), _SCHOOL.match(typed)
    return one is not None and other is not None and one[1] == other[1] and one[2] != other[2]


def _differ_in_initials(known: str, typed: str) -> bool:
    """``gmo-pg`` beside ``gmo-pp``: one house, and two letters that say which part of it."""
    house, _, initials = known.rpartition("-")
    other, _, others = typed.rpartition("-")
    return bool(house) and house == other and max(len(initials), len(others)) <= INITIALS


def _as_government(domain: str, name: Name) -> Name:
    """``city.joets.niigata.jp`` read as a city, though no place of that name has a suffix."""
    kind = f".{domain}".removesuffix(f".{name.organisation}").rpartition(".")[2]
    if kind in KINDS and not name.kind and name.suffix not in ATTRIBUTE_SUFFIXES:
        return Name(f"{kind}.{name.organisation}", name.label, name.suffix, kind)
    return name


def _owner(name: Name) -> str:
    """Who can stand behind a name with this suffix, as a reason."""
    closed = name.suffix in CLOSED_SUFFIXES or name.suffix in ONE_A_COMPANY
    return reasons.CLOSED_SUFFIX if closed else reasons.OPEN_SUFFIX


def _order(domain: str, found: LookAlike) -> tuple[float, int, int, str, tuple[str, ...]]:
    """The surest first, then the likelier tier; always the same one of equals."""
    nearness = OSA.distance(domain, found.resembles)
    return (-found.score, found.tier, nearness, found.resembles, found.reasons)

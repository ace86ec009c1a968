"""Says which slip of the hand turns one label into another, and how usual it is.

Answers: for two labels the slip (omission, insertion, substitution, transposition, hyphen
only, confusable letters, another spelling of the same sounds, two slips), the chance that a
slip of this label is just this one, and whether it falls on the first letter; None when
nothing explains the difference.
Trusts: nothing; labels come from ``normalise`` and are at most 63 characters.
Fails: never.
Source: Damerau 1964 (four single edits); shares of 218 collected real typos; neighbours on a
JIS keyboard, whose letters stand as on QWERTY with '-' beside '0' and 'p'; Hepburn and
Kunrei spellings.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import pairwise

from rapidfuzz.distance import OSA, Levenshtein

from gateway import reasons

_ROWS = ("1234567890-", "qwertyuiop", "asdfghjkl", "zxcvbnm")
_CONFUSABLE = (("rn", "m"), ("vv", "w"), ("cl", "d"), ("0", "o"), ("1", "l"), ("i", "l"))
# Sounds that Japanese writers of the Latin alphabet take for each other.
_SOUNDS = frozenset({"lr", "bv", "ei", "ou", "ao", "ae", "ck", "sz", "mn"})
# Hepburn → Kunrei, long vowels → short; both sides of a comparison are folded. In this order.
_SPELLING = (
    ("sha", "sya"), ("shu", "syu"), ("sho", "syo"), ("cha", "tya"), ("chu", "tyu"), ("cho", "tyo"),
    ("ja", "zya"), ("ju", "zyu"), ("jo", "zyo"), ("sh", "s"), ("ch", "t"), ("th", "t"), ("ts", "t"),
    ("f", "h"), ("j", "z"), ("ou", "o"), ("oo", "o"), ("uu", "u"), ("mb", "nb"), ("mm", "nm"),
    ("mp", "np"), ("l", "r"), ("v", "b"),
)  # fmt: skip
_LONG_O = re.compile("oh(?![aiueo])")
# What share of all slips each kind has; the rest are slips of suffix, dot and hyphen.
_OMISSION, _TRANSPOSITION, _NEIGHBOUR, _OTHER = 0.21, 0.11, 0.11, 0.08
_DOUBLED, _INSERTED, _HYPHEN, _LOOKS, _SPELT, _TWICE = 0.06, 0.07, 0.03, 0.03, 0.04, 0.10
_FIRST = 0.3  # of a slip's chance elsewhere: 2.3 % of real typos touch the first letter
_KEYS = 37


def _neighbours() -> frozenset[str]:
    """Pairs of keys that touch: side by side, and each with the two keys below it."""
    pairs = {row[i : i + 2] for row in _ROWS for i in range(len(row) - 1)}
    for upper, lower in pairwise(_ROWS):
        for i, key in enumerate(upper):
            pairs.update(key + below for below in lower[max(i - 1, 0) : i + 1])
    pairs.add("-p")
    return frozenset(pairs | {pair[::-1] for pair in pairs})


_NEIGHBOURS = _neighbours()
_TOUCHING = 5  # keys that touch a key, on average


@dataclass(frozen=True, slots=True)
class Slip:
    """One slip between a known label and a typed one."""

    reason: str  # constant of gateway.reasons
    chance: float  # 0 to 1: that a slip in this label is just this one
    first_letter: bool = False  # falls on the first letter, where people seldom slip
    by_hand: bool = True  # a finger does it; False: a letter from elsewhere, as in another word


def skeleton(label: str) -> str:
    """The label with letters that look alike on paper folded: ``grnail`` → ``gmail``."""
    for pair, single in _CONFUSABLE:
        label = label.replace(pair, single)
    return label


def sounds(label: str) -> str:
    """The label with spellings folded that say the same: ``shimbashi`` → ``sinbasi``."""
    for spelt, plain in _SPELLING:
        label = label.replace(spelt, plain)
    return _LONG_O.sub("o", label) if "oh" in label else label


def slip_between(known: str, typed: str) -> Slip | None:
    """Return the slip that turns ``known`` into ``typed``, or None."""
    if known == typed or _only_trailing_digits(known, typed):
        return None
    if known.replace("-", "") == typed.replace("-", ""):
        return Slip(reasons.HYPHEN_ONLY, _HYPHEN / len(known))
    distance = OSA.distance(known, typed, score_cutoff=2)
    if (distance > 1 or len(known) == len(typed)) and skeleton(known) == skeleton(typed):
        swapped = distance == 1 and sorted(known) == sorted(typed)  # gmali: i and l, but in turn
        if not swapped:
            return Slip(reasons.CONFUSABLE, _LOOKS / len(known))
    if distance == 1:
        return _one_edit(known, typed)
    if sounds(known) == sounds(typed):
        return Slip(reasons.SLIP_ROMANISATION, _SPELT / len(known))
    return _two_edits(known, typed) if distance == 2 else None


def _two_edits(known: str, typed: str) -> Slip:
    """Classify two labels at OSA distance 2: letters in another order, or two slips."""
    first = known[0] != typed[0]
    if sorted(known) == sorted(typed):  # gmila
        return _slip(reasons.SLIP_TWICE, _TWICE / 4 / len(known), first)
    chance = _TWICE
    for edit in Levenshtein.editops(known, typed):
        if edit.tag == "delete":
            chance *= _OMISSION / len(known)
        elif edit.tag == "insert":
            chance *= _inserted(typed, edit.dest_pos) / len(known)
        else:
            chance *= _substituted(known[edit.src_pos], typed[edit.dest_pos]) / len(known)
    return _slip(reasons.SLIP_TWICE, chance, first)


def _one_edit(known: str, typed: str) -> Slip:
    """Classify two labels at OSA distance 1."""
    at = next((i for i, (a, b) in enumerate(zip(known, typed, strict=False)) if a != b), None)
    first = at == 0
    if at is None:
        at = min(len(known), len(typed))
    places = max(len(known), 1)
    if len(typed) < len(known):
        return _slip(reasons.SLIP_OMISSION, _OMISSION / places, first)
    if len(typed) > len(known):
        return _slip(reasons.SLIP_INSERTION, _inserted(typed, at) / places, first)
    if known[at + 1 :] != typed[at + 1 :]:
        return _slip(reasons.SLIP_TRANSPOSITION, _TRANSPOSITION / places, first)
    chance = _substituted(known[at], typed[at]) / places
    slip = _slip(reasons.SLIP_SUBSTITUTION, chance, first)
    return replace(slip, by_hand=_touch(known[at], typed[at]))


def _slip(reason: str, chance: float, first: bool) -> Slip:
    return Slip(reason, chance * _FIRST if first else chance, first)


def _inserted(typed: str, at: int) -> float:
    """Chance of the letter at ``at``: said twice, a key that touches the next one, or any."""
    beside = typed[max(at - 1, 0) : at] + typed[at + 1 : at + 2]
    if typed[at] in beside:
        return _DOUBLED
    touches = any(_touch(typed[at], other) for other in beside)
    return _INSERTED * (0.5 / _TOUCHING if touches else 0.5 / _KEYS)


def _substituted(known: str, typed: str) -> float:
    if known + typed in _SOUNDS or typed + known in _SOUNDS:
        return _OTHER / 3  # few letters have such a twin, and then one or two
    return _NEIGHBOUR / _TOUCHING if _touch(known, typed) else _OTHER / _KEYS


def _touch(one: str, other: str) -> bool:
    return one + other in _NEIGHBOURS


def _only_trailing_digits(known: str, typed: str) -> bool:
    """Series such as ``awsdns-01`` and ``awsdns-02`` are not slips of each other."""
    digits = "0123456789"
    return known.rstrip(digits) == typed.rstrip(digits)

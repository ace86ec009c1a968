"""Says which slip of the hand turns one label into another.

Answers: for two labels the slip (omission, insertion, substitution, transposition,
hyphen only, confusable letters), how usual it is, and whether it falls on the first
letter; None when no single slip explains the difference.
Trusts: nothing; labels come from ``normalise`` and are at most 63 characters.
Fails: never.
Source: Damerau 1964 (four single edits); the shares of collected real typos; neighbours
on a JIS keyboard, whose letters stand as on QWERTY with '-' beside '0' and 'p'.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from rapidfuzz.distance import OSA

from gateway import reasons

_ROWS = ("1234567890-", "qwertyuiop", "asdfghjkl", "zxcvbnm")
_CONFUSABLE = (("rn", "m"), ("vv", "w"), ("cl", "d"), ("0", "o"), ("1", "l"))
# Sounds that Japanese writers of the Latin alphabet take for each other.
_SOUNDS = frozenset({"lr", "bv", "ei", "ou", "ao", "ae", "ck", "sz", "mn"})


def _neighbours() -> frozenset[str]:
    """Pairs of keys that touch: side by side, and each with the two keys below it."""
    pairs = {row[i : i + 2] for row in _ROWS for i in range(len(row) - 1)}
    for upper, lower in pairwise(_ROWS):
        for i, key in enumerate(upper):
            pairs.update(key + below for below in lower[max(i - 1, 0) : i + 1])
    pairs.add("-p")
    return frozenset("".join(sorted(pair)) for pair in pairs)


_NEIGHBOURS = _neighbours()


@dataclass(frozen=True, slots=True)
class Slip:
    """One slip between a known label and a typed one."""

    reason: str  # constant of gateway.reasons
    weight: float  # 0 to 1: how usual this slip is among people's typos
    first_letter: bool  # falls on the first letter, where people seldom slip


def skeleton(label: str) -> str:
    """The label with letters that look alike on paper folded: ``grnail`` → ``gmail``."""
    for pair, single in _CONFUSABLE:
        label = label.replace(pair, single)
    return label


def slip_between(known: str, typed: str) -> Slip | None:
    """Return the slip that turns ``known`` into ``typed``, or None."""
    if known == typed or _only_trailing_digits(known, typed):
        return None
    if known.replace("-", "") == typed.replace("-", ""):
        return Slip(reasons.HYPHEN_ONLY, 0.5, False)
    if skeleton(known) == skeleton(typed):
        return Slip(reasons.CONFUSABLE, 0.8, False)
    if OSA.distance(known, typed, score_cutoff=1) > 1:
        return None
    return _one_edit(known, typed)


def _one_edit(known: str, typed: str) -> Slip:
    """Classify two labels at OSA distance 1."""
    at = next((i for i, (a, b) in enumerate(zip(known, typed, strict=False)) if a != b), None)
    first = at == 0
    if at is None:
        at = min(len(known), len(typed))
    if len(typed) < len(known):
        return Slip(reasons.SLIP_OMISSION, 0.9, first)
    if len(typed) > len(known):
        doubled = typed[at] in typed[max(at - 1, 0) : at] + typed[at + 1 : at + 2]
        return Slip(reasons.SLIP_INSERTION, 0.6 if doubled else 0.5, first)
    if known[at + 1 :] != typed[at + 1 :]:
        return Slip(reasons.SLIP_TRANSPOSITION, 0.8, first)
    return Slip(reasons.SLIP_SUBSTITUTION, _substitution_weight(known[at], typed[at]), first)


def _substitution_weight(known: str, typed: str) -> float:
    pair = "".join(sorted(known + typed))
    return 0.7 if pair in _NEIGHBOURS else 0.6 if pair in _SOUNDS else 0.4


def _only_trailing_digits(known: str, typed: str) -> bool:
    """Series such as ``awsdns-01`` and ``awsdns-02`` are not slips of each other."""
    digits = "0123456789"
    return known.rstrip(digits) == typed.rstrip(digits)

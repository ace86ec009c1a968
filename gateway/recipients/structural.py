"""Structural errors in a domain: what is told by its form alone, with no chance to weigh.

Answers: for a known name and a typed one that share a key, the look-alike that a dot left
out, another or a doubled suffix, a glued suffix, a name inside another, or an added word
makes of it; nothing when the form has an honest reading.
Trusts: nothing; the names were compared by key only, so each is compared again here.
Fails: never. Why apart from slips in the label (``channel``): 28 % of Japanese .co.jp labels
exist under .com too, and no likelihood tells those from exp.com for exp.co.jp.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from gateway import reasons
from gateway.model import Confidence
from gateway.recipients.known import FEW_LETTERS, Known, Tier, squeeze
from gateway.recipients.names import KINDS, Name, split
from gateway.recipients.suffixes import Judged, judge_suffix

CERTAIN, LIKELY, POSSIBLE = Confidence.CERTAIN, Confidence.LIKELY, Confidence.POSSIBLE

SHORT_LABEL = 3  # up to this length a slip says nothing, but for a provider
WORD_ADDED_FROM = 5  # letters of a label that an added word leaves recognisable
LABELS_LOOKED_AT = 8  # the last labels of a domain; a stem further left is no organisation's


@dataclass(frozen=True, slots=True)
class LookAlike:
    """The name that was probably meant. Holds nothing of the typed one."""

    resembles: str
    strength: Confidence
    reasons: tuple[str, ...]
    score: float  # strength's rank plus how surely it is meant, 0 to 3
    tier: Tier = field(default=Tier.PROTECTED, compare=False)
    provider: bool = field(default=False, compare=False)


def match(
    entry: Known, strength: Confidence, why: str, weight: float, *, then: str = ""
) -> LookAlike:
    whys = (why, then) if then else (why,)
    score = round(strength.rank + min(max(weight, 0.0), 0.99), 3)
    return LookAlike(entry.name, strength, whys, score, entry.tier, entry.provider)


def cuts(domain: str, suffix: str = "") -> Iterator[tuple[str, str]]:
    """Every (stem, tail) in a domain: a label, or a government's two, and what follows it.

    Labels of the real ``suffix`` are no stems: ``chiba.lg.jp`` is not the company ``lg``.
    """
    labels = domain.split(".")[-LABELS_LOOKED_AT:]
    for at, label in enumerate(labels[: -suffix.count(".") - 1 if suffix else None]):
        yield label, ".".join(labels[at + 1 :])
        if label in KINDS and at + 1 < len(labels):
            yield f"{label}.{labels[at + 1]}", ".".join(labels[at + 2 :])


def squeezed(entry: Known, typed: str) -> Iterator[LookAlike]:
    """The same letters with dots or hyphens elsewhere: expco.jp, exp-co.jp, gmailc.om."""
    strength, why = misplaced(entry, typed)
    if strength:
        yield match(entry, strength, why, 0.95)


def swapped(entry: Known, stem: str, domain: str, name: Name) -> Iterator[LookAlike]:
    """A known label before a suffix that is not its own: exp.com for exp.co.jp."""
    if name.kind:  # a town is no company of its name
        if places := _judge_places(entry.parts, name):
            yield match(entry, *places, 0.85)
        return
    for cut, tail in cuts(domain):
        if cut == stem == entry.parts.stem and (judged := judge_suffix(entry.parts.suffix, tail)):
            yield match(entry, _swap_strength(entry, judged[0]), judged[1], 0.85)


def embedded(entry: Known, inside: str, domain: str) -> Iterator[LookAlike]:
    """A whole known name with something behind it: gmail.com.example.net."""
    if entry.name != inside:
        return
    rest = f".{domain}.".partition(f".{inside}.")[2].rstrip(".")
    if judge_suffix(entry.parts.suffix, f"{entry.parts.suffix}.{rest}"):
        return  # doubled; told by _swapped
    if not _sibling_abroad(entry, rest):
        strength = CERTAIN if entry.provider else LIKELY
        yield match(entry, strength, reasons.SUFFIX_DOUBLED, 0.5)


def _sibling_abroad(entry: Known, rest: str) -> bool:
    """``yahoo.com.tw`` beside ``yahoo.com``: the same label under a real, longer suffix."""
    whole = split(f"{entry.name}.{rest}")
    return whole is not None and whole.label == entry.parts.label


def glued(entry: Known) -> Iterator[LookAlike]:
    """The suffix became part of the label: expcojp.com, gmailcom.jp."""
    if "." in entry.parts.suffix:
        yield match(entry, CERTAIN, reasons.SUFFIX_GLUED, 0.7)
    elif strength := by_length(entry):
        yield match(entry, strength, reasons.SUFFIX_GLUED, 0.7)


def with_word(entry: Known, rest: str, name: Name) -> Iterator[LookAlike]:
    """A word beside the name: exp-mail.com, expgroup.co.jp; attackers, and wrong memory."""
    if entry.parts.label != rest or entry.length < WORD_ADDED_FROM:
        return
    if entry.parts.suffix == name.suffix or judge_suffix(entry.parts.suffix, name.suffix):
        sure = entry.provider and entry.parts.suffix == name.suffix
        yield match(entry, LIKELY if sure else POSSIBLE, reasons.ADDED_WORD, 0.2)


def misplaced(entry: Known, typed: str) -> tuple[Confidence | None, str]:
    """Judge a name with a known one's letters, and dots or hyphens in other places."""
    meant = entry.name if squeeze(entry.name) == squeeze(typed) else entry.parts.organisation
    if meant.replace("-", "") == typed.replace("-", ""):
        return by_length(entry, hyphen=True), reasons.HYPHEN_ONLY
    if typed.count(".") > meant.count("."):  # e.xp.co.jp has an honest reading
        return by_length(entry), reasons.DOT_MISSING
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


def by_length(entry: Known, *, hyphen: bool = False) -> Confidence | None:
    """Strength of a structural error by what a label of this length can tell."""
    if entry.length <= SHORT_LABEL:
        steps = int(entry.provider and entry.length == SHORT_LABEL)
    elif entry.provider:
        steps = 3 if entry.length > FEW_LETTERS else 2
    else:
        steps = 2 if entry.length > FEW_LETTERS + 1 and not hyphen else 1
    return (None, POSSIBLE, LIKELY, CERTAIN)[steps]

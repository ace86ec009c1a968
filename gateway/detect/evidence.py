"""How sure it is: evidence in log-odds, and the test of a population.

Answers: the confidence of each sighting in one unit, with its reasons, or nothing.
Trusts: the sightings of one unit, and that a group is what a reader sees as one list.
Fails: never. Linear in the sightings.

Every piece of evidence is a weight in powers of ten that is added to the prior odds. The
check digit alone weighs little: of strings that are no My Number, 10 % pass, and 18.18 %
(2 in 11) where the last digit is always 0, so the larger is reckoned with. Many strings
that all pass weigh overwhelmingly; many of which a tenth pass weigh against.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import exp, lgamma, log, log1p, log10

from gateway import reasons as why
from gateway.detect.candidate import Sighting
from gateway.detect.check_digit import is_valid
from gateway.detect.grammar import Form, plausible_alone, plausible_labelled
from gateway.detect.labels import Kind
from gateway.model import Confidence

# Priors: odds before any evidence.
PRIOR_LONE = -3.0  # 1 : 1000 for a bare 12-digit string in business mail
PRIOR_POPULATION = -1.3  # 1 : 20 for a list of them; 2 such columns in 7,774 spreadsheets

# How often a string passes.
PASS_IF_MINE = 0.98  # 2 % slips of typing or of OCR
PASS_BY_CHANCE = 2 / 11  # the worse of 0.1 (uniform) and 2/11 (last digit always 0)

# Weights. An own label: no pass beside 1,930 labels in 613 million characters of tax pages.
WEIGHTS = {
    why.LABEL_NEAR: 4.5,
    why.COLUMN_HEADER: 4.5,
    why.FIELD_LABEL: 4.5,
    why.LABEL_AROUND: 2.6,
    why.CONTAINER_LABEL: 2.3,
    why.GROUPED_4_4_4: 0.5,
}
PERSONAL_WEIGHTS = (0.0, 1.8, 2.4)  # by kinds of personal data named beside it: 0, 1, more

# Thresholds on the sum.
CERTAIN_AT = 1.5
LIKELY_AT = 0.0
POSSIBLE_AT = -2.5

CHANCE_EXCLUDED = 1e-6  # binomial tail below which a population cannot be chance
LOOKS_LIKE_CHANCE = 0.01  # tail above which a long list looks like chance
LONG_LIST = 10  # a list this long can speak against, even under a label
PURE_LIST = 5  # a list this long and this pure shows a failing number to be a slip

_OWN_LABELS = frozenset((why.LABEL_NEAR, why.COLUMN_HEADER, why.FIELD_LABEL))

Judged = tuple[Sighting, Confidence, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Population:
    """Distinct strings of one group and how many pass."""

    n: int
    k: int
    weight: float  # log10 of the likelihood ratio, My Numbers against chance
    tail: float  # P(K ≥ k) by chance

    @property
    def excludes_chance(self) -> bool:
        return self.tail < CHANCE_EXCLUDED

    @property
    def looks_like_chance(self) -> bool:
        return self.n >= LONG_LIST and self.tail > LOOKS_LIKE_CHANCE

    @property
    def speaks_for(self) -> bool:
        """Whether it is a list, and its passes alone make it likely."""
        return self.excludes_chance or (self.n > 1 and PRIOR_POPULATION + self.weight >= LIKELY_AT)


def likelihood_ratio(n: int, k: int) -> float:
    """Return log10 of how much better "My Numbers with slips" explains k of n than chance.

    >>> round(10 ** likelihood_ratio(2, 2))
    29
    """
    for_pass = log10(PASS_IF_MINE / PASS_BY_CHANCE)
    for_fail = log10((1 - PASS_IF_MINE) / (1 - PASS_BY_CHANCE))
    return k * for_pass + (n - k) * for_fail


def binomial_tail(n: int, k: int, p: float = PASS_BY_CHANCE) -> float:
    """Return P(K ≥ k) for n strings that pass with probability p.

    >>> round(binomial_tail(5, 5), 4)
    0.0002
    """
    if k <= n * p:
        return 1.0  # at least about one half: never evidence
    total = 0.0
    for i in range(k, n + 1):
        ways = lgamma(n + 1) - lgamma(i + 1) - lgamma(n - i + 1)
        term = exp(ways + i * log(p) + (n - i) * log1p(-p))
        total += term
        if term <= total * 1e-12:  # terms only shrink beyond the mean
            break
    return min(total, 1.0)


def population(digits: Iterable[str]) -> Population:
    """Return the test of a group's distinct strings."""
    distinct = set(digits)
    n, k = len(distinct), sum(map(is_valid, distinct))
    return Population(n, k, likelihood_ratio(n, k), binomial_tail(n, k))


def judge(sightings: Iterable[Sighting], *, container: bool) -> list[Judged]:
    """Return the sightings that may be My Numbers, each with confidence and reasons.

    Args:
        sightings: those of one unit.
        container: whether a label around the unit says My Number.
    """
    groups: dict[tuple[int, ...], list[Sighting]] = {}
    for sighting in sightings:
        if _admissible(sighting):
            groups.setdefault(sighting.group, []).append(sighting)
    judged: list[Judged] = []
    for members in groups.values():
        all_of_them = population(s.digits for s in members)
        for sighting in members:
            confidence, reasons = _judge_one(sighting, all_of_them, container=container)
            if confidence:
                judged.append((sighting, confidence, reasons))
    return judged


def _admissible(sighting: Sighting) -> bool:
    """Whether form and digits are good enough for what the labels say."""
    if sighting.standing.kind is Kind.STRONG and sighting.standing.reason in _OWN_LABELS:
        return plausible_labelled(sighting.digits)
    return sighting.alone and plausible_alone(sighting.digits)


Judgement = tuple[Confidence | None, tuple[str, ...]]
_NOTHING: Judgement = (None, ())


def _judge_one(sighting: Sighting, group: Population, *, container: bool) -> Judgement:
    standing = sighting.standing
    if standing.kind is Kind.COMPETING:
        return _under_competing_label(sighting, group)
    own_label = standing.kind is Kind.STRONG and standing.reason in _OWN_LABELS
    if not is_valid(sighting.digits):
        return _failing(sighting, group, own_label=own_label)
    if own_label:
        return _under_own_label(sighting, group)
    return _without_own_label(sighting, group, container=container)


def _under_competing_label(sighting: Sighting, group: Population) -> Judgement:
    """Another kind of number, unless the whole list passes or My Number is named, too."""
    if not is_valid(sighting.digits):
        return _NOTHING
    if group.excludes_chance:
        return Confidence.LIKELY, (why.COLUMN_ALL_PASS, why.CHECK_DIGIT, why.COMPETING_LABEL)
    if sighting.standing.strong_too:
        return Confidence.POSSIBLE, (why.CHECK_DIGIT, why.COMPETING_LABEL)
    return _NOTHING


def _failing(sighting: Sighting, group: Population, *, own_label: bool) -> Judgement:
    """A slip exposes its person, too; but it must be clear that the number was meant."""
    if sighting.form is Form.SHORTENED or group.looks_like_chance:
        return _NOTHING
    if own_label:
        return Confidence.POSSIBLE, (sighting.standing.reason, why.CHECK_DIGIT_FAILS)
    if group.n >= PURE_LIST and group.speaks_for and group.weight > 0:
        return Confidence.POSSIBLE, (why.CHECK_DIGIT_FAILS, why.UNLABELLED)
    return _NOTHING


def _under_own_label(sighting: Sighting, group: Population) -> Judgement:
    reasons = [sighting.standing.reason]
    if _shows_population(group):
        reasons.append(why.COLUMN_ALL_PASS)
    reasons.append(why.CHECK_DIGIT)
    reasons += _form_reasons(sighting)
    if group.looks_like_chance:
        return Confidence.POSSIBLE, tuple(reasons)
    # Padding makes any 10 or 11 digits into twelve, so one alone is not certain.
    if sighting.form is Form.SHORTENED and not (group.k > 1 and group.weight > 0):
        return Confidence.LIKELY, tuple(reasons)
    score = PRIOR_LONE + likelihood_ratio(1, 1) + WEIGHTS[sighting.standing.reason]
    return _confidence(score), tuple(reasons)


def _without_own_label(sighting: Sighting, group: Population, *, container: bool) -> Judgement:
    """A pass without a label of its own is never certain, unless chance is excluded."""
    context = _context_reasons(sighting, container=container)
    weight = sum(w for _, w in context)
    reasons = [reason for reason, _ in sorted(context, key=lambda c: -c[1])]
    reasons += [*_form_reasons(sighting), why.CHECK_DIGIT]
    if sighting.standing.kind is not Kind.STRONG:
        reasons.append(why.UNLABELLED)
    nameless = sighting.standing.kind is Kind.OTHER
    if group.excludes_chance:
        ceiling = Confidence.LIKELY if nameless else Confidence.CERTAIN
        return ceiling, (why.COLUMN_ALL_PASS, *reasons)
    if group.speaks_for:
        return Confidence.LIKELY, (why.COLUMN_ALL_PASS, *reasons)
    if group.looks_like_chance or sighting.form in (Form.BOXES, Form.SPLIT):
        return _NOTHING
    if nameless:
        named_too = (why.COMPETING_LABEL,) if sighting.standing.strong_too else ()
        return Confidence.POSSIBLE, (*reasons, *named_too)
    grouped = WEIGHTS[why.GROUPED_4_4_4] if sighting.form is Form.GROUPED else 0.0
    score = PRIOR_LONE + likelihood_ratio(1, 1) + weight + grouped
    confidence = _confidence(score)
    return (Confidence.LIKELY if confidence is Confidence.CERTAIN else confidence), tuple(reasons)


def _context_reasons(sighting: Sighting, *, container: bool) -> list[tuple[str, float]]:
    found: list[tuple[str, float]] = []
    if sighting.standing.kind is Kind.STRONG:
        found.append((why.LABEL_AROUND, WEIGHTS[why.LABEL_AROUND]))
    if container:
        found.append((why.CONTAINER_LABEL, WEIGHTS[why.CONTAINER_LABEL]))
    if sighting.personal:
        kinds = min(sighting.personal, len(PERSONAL_WEIGHTS) - 1)
        found.append((why.PERSONAL_DATA_NEAR, PERSONAL_WEIGHTS[kinds]))
    return found


def _form_reasons(sighting: Sighting) -> list[str]:
    if sighting.form is Form.GROUPED:
        return [why.GROUPED_4_4_4]
    return [why.LEADING_ZERO_LOST] if sighting.form is Form.SHORTENED else []


def _shows_population(group: Population) -> bool:
    return group.excludes_chance or (group.n > 1 and group.k == group.n)


def _confidence(score: float) -> Confidence | None:
    if score >= CERTAIN_AT:
        return Confidence.CERTAIN
    if score >= LIKELY_AT:
        return Confidence.LIKELY
    return Confidence.POSSIBLE if score >= POSSIBLE_AT else None

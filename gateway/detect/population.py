"""The test of a population: what a whole list says of each number in it.

Answers: how much better "My Numbers with slips" explains the check digits of a list than
chance does; whether chance is excluded; whether the list obeys another number's rule.
Trusts: that a list is what a reader sees as one. Fails: never.

Of strings that are no My Number 10 % pass, and 18.18 % (2 in 11) where the last digit is
always 0; the larger is reckoned with throughout. Two tests, because columns are mixed: the
likelihood ratio finds pure lists, the binomial tail those in which only some are real.
Competing rules are tests of lists only: a tenth of all My Numbers obeys any one of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from math import exp, lgamma, log, log1p, log10

PRIOR_POPULATION = -1.3  # 1 : 20 for a list of them; 2 such columns in 7,774 spreadsheets
PRIOR_SCATTERED = -2.0  # 1 : 100 for numbers that stand here and there in a text
PRIOR_SPLIT = -2.3  # 1 : 200 for rows of three cells of four digits: tags, years, extensions
PASS_IF_MINE = 0.98  # 2 % slips of typing or of OCR
PASS_BY_CHANCE = 2 / 11  # the worse of 0.1 (uniform) and 2/11 (last digit always 0)
CHANCE_EXCLUDED = 1e-6  # binomial tail below which a population cannot be chance
LOOKS_LIKE_CHANCE = 0.01  # tail above which a long list looks like chance
LONG_LIST = 10  # a list this long can speak against, even under a label
FEWEST_FOR_A_RULE = 3  # numbers that must obey another rule for it to count
MOST_WEIGHT = 6.0  # no list weighs more: it may be something nobody has thought of
_STEPS = (1, 10)  # of serials that count up

_LICENCE_WEIGHTS = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)


@dataclass(frozen=True, slots=True)
class Population:
    """Distinct strings of one list and how many pass."""

    n: int
    k: int
    weight: float  # log10 of the likelihood ratio, My Numbers against chance
    tail: float  # P(K ≥ k) by chance
    rule: float = 0.0  # log10 of how much better another number's rule explains the list
    consecutive: bool = False
    prior: float = PRIOR_POPULATION  # log10 of the odds before its check digits were looked at

    @property
    def excludes_chance(self) -> bool:
        return self.tail < CHANCE_EXCLUDED

    @property
    def looks_like_chance(self) -> bool:
        return self.n >= LONG_LIST and self.tail > LOOKS_LIKE_CHANCE

    @property
    def speaks_for(self) -> bool:
        """Whether it is a list, and its passes alone make it likely."""
        return self.excludes_chance or (self.n > 1 and self.prior + self.weight >= 0)

    @property
    def odds_of_a_pass(self) -> float:
        """log10 of real passes to chance ones, in a list of which only a part is real."""
        by_chance = (self.n - self.k) * PASS_BY_CHANCE / (1 - PASS_BY_CHANCE)
        return log10(max(self.k - by_chance, 1e-3) / max(by_chance, 1e-3))


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


def population(distinct: Mapping[str, bool], prior: float = PRIOR_POPULATION) -> Population:
    """Return the test of a list's distinct strings, each with whether its check digit agrees."""
    n, k = len(distinct), sum(distinct.values())
    tail, ratio = binomial_tail(n, k), likelihood_ratio(n, k)
    if n < FEWEST_FOR_A_RULE or (n >= LONG_LIST and tail > LOOKS_LIKE_CHANCE):
        return Population(n, k, ratio, tail, prior=prior)
    return Population(n, k, ratio, tail, _rule(distinct), _counts_up(distinct), prior)


# ------------------------------------------------------------------ other numbers' rules


def _rule(distinct: Collection[str]) -> float:
    """log10 of how unlikely it is that so many My Numbers all obey another number's rule."""
    weights = [
        log10(1 / chance) * len(distinct) for obeys, chance in _RULES if all(map(obeys, distinct))
    ]
    return min(max(weights, default=0.0), 2 * MOST_WEIGHT)


def _is_parcel(digits: str) -> bool:
    """ヤマト, 佐川, ゆうパック: the last digit is the rest by seven."""
    return int(digits[:-1]) % 7 == int(digits[-1])


def _is_licence(digits: str) -> bool:
    """運転免許証: a committee's code, ten digits, their check digit, the number of re-issues."""
    rest = sum(int(d) * w for d, w in zip(digits, _LICENCE_WEIGHTS, strict=False)) % 11
    return 10 <= int(digits[:2]) <= 97 and int(digits[10]) == (11 - rest) % 10


def _is_upc(digits: str) -> bool:
    """GTIN-12 (GS1 General Specifications 7.9): the weighted sum ends in nought."""
    return sum(int(d) * (1 if i % 2 else 3) for i, d in enumerate(digits)) % 10 == 0


# How many My Numbers obey each rule: measured over valid ones.
_RULES = ((_is_parcel, 0.104), (_is_licence, 0.05), (_is_upc, 0.1))


def _counts_up(distinct: Iterable[str]) -> bool:
    """Whether most of the list follows its neighbour by one or by ten."""
    values = sorted(map(int, distinct))
    near = sum(1 for a, b in pairwise(values) if b - a in _STEPS)
    return near >= 0.8 * (len(values) - 1)

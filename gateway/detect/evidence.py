"""How sure it is: pieces of evidence, each with a weight, added up.

Answers: the confidence of each sighting in one unit, with what speaks for and against it.
Trusts: the sightings of one unit, and that a group is what a reader sees as one list.
Fails: never. Linear in the sightings.

Every piece is a weight in powers of ten, added to the prior odds that a bare string of
twelve digits is a My Number. What the words mean, as odds and expected false alarms
(docs/detection.md has the derivation):
``certain``   sum ≥ 1.5: wrong at most once in about 30; in practice a label or a list
``likely``    sum ≥ 0: more probably a My Number than not
``possible``  sum ≥ -2.5: about 1 in 300 or better; worth a question to the sender
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager

from gateway import reasons as why
from gateway.detect.candidate import Piece, Sighting, Standing, Weighed, made
from gateway.detect.grammar import (
    Form,
    is_time,
    plausible_alone,
    plausible_labelled,
    reads_otherwise,
)
from gateway.detect.labels import Kind
from gateway.detect.population import (
    MOST_WEIGHT,
    PRIOR_POPULATION,
    PRIOR_SCATTERED,
    PRIOR_SPLIT,
    Population,
    likelihood_ratio,
    population,
)
from gateway.model import Confidence

PRIOR_LONE = -3.0  # 1 : 1000 for a bare 12-digit string in business mail
_PASSES, _FAILS = likelihood_ratio(1, 1), likelihood_ratio(1, 0)

# Weights of what stands around. An own label: no pass beside 1,930 labels in 613 million
# characters of tax pages. The others are judged in its light; docs/detection.md says how.
WEIGHTS = {
    why.LABEL_NEAR: 4.5,
    why.COLUMN_HEADER: 4.5,
    why.FIELD_LABEL: 4.5,
    why.KNOWN_STRUCTURE: 4.0,
    why.LABEL_AROUND: 2.6,
    why.CONTAINER_LABEL: 2.3,
    why.DOCUMENT_LABEL: 0.9,
    why.GROUPED_4_4_4: 0.5,
    why.LEADING_ZERO_LOST: -0.8,  # padding makes any ten digits into twelve
    why.READ_AS_DIGITS: -0.8,
    why.ODD_GROUPING: -0.6,
    why.COMPETING_LABEL: -3.4,
    why.NAMED_OTHERWISE: -0.2,
    why.UNLABELLED: 0.0,
    why.LOOKS_LIKE_CHANCE: -2.5,
    why.CONSECUTIVE: -4.0,
}
COMPETING_AROUND = -1.0  # a sheet, a file or a subject names another number
TIME_UNDER_LABEL = -3.0  # 0.005 % of real numbers read as a time of day
NAMED_TOO = 3.2  # My Number is named on the line or column, but something else is nearer
OWN_LABEL_LIST = 3.0  # most that a list adds to its own label
SPREAD_UNNAMED = -1.0  # digits in cells that no label joins

CERTAIN_AT = 1.5
LIKELY_AT = 0.0
POSSIBLE_AT = -2.5

OWN_LABELS = frozenset((why.LABEL_NEAR, why.COLUMN_HEADER, why.FIELD_LABEL, why.KNOWN_STRUCTURE))
_SPREAD = frozenset((Form.BOXES, Form.SPLIT, Form.ODD))
_FORM_REASONS = {
    Form.GROUPED: why.GROUPED_4_4_4,
    Form.SHORTENED: why.LEADING_ZERO_LOST,
    Form.CONFUSED: why.READ_AS_DIGITS,
    Form.ODD: why.ODD_GROUPING,
    Form.SPLIT: why.ODD_GROUPING,
}
_MOST_TIMES = 20  # 0.035 % of real numbers read so; more are what they read as
_STRANGE_ONE_IN = 4  # where chance is not excluded: most of a list that may read so
_PURE_LIST = 5  # a list this long and this pure shows a failing number to be a slip

_switched_off: frozenset[str] = frozenset()


@contextmanager
def without(*reasons: str) -> Iterator[None]:
    """Leave kinds of evidence out, to measure what each is worth; for the corpus command."""
    global _switched_off
    before, _switched_off = _switched_off, frozenset(reasons)
    try:
        yield
    finally:
        _switched_off = before


def left_out(reason: str) -> bool:
    """Whether a kind of evidence is left out just now."""
    return reason in _switched_off


def _unlabelled(sighting: Sighting) -> Sighting:
    """The sighting as it is where its label is left out."""
    return (
        sighting._replace(standing=Standing()) if left_out(sighting.standing.reason) else sighting
    )


def judge(
    sightings: Iterable[Sighting], container: Kind | None, *, mentioned: bool
) -> list[Weighed]:
    """Return the sightings, each with its confidence, if any, and the evidence.

    Args:
        sightings: those of one unit.
        container: what the labels around the unit say; My Number wins.
        mentioned: whether a text of the same document does.
    """
    if _switched_off:
        sightings = map(_unlabelled, sightings)
    groups: dict[tuple[int, ...], list[Sighting]] = {}
    weighed: list[Weighed] = []
    refused: list[Sighting] = []
    standing, own = None, False  # asked once for all of a list
    for sighting in sightings:
        if sighting.standing is not standing:
            standing, own = sighting.standing, _own_label(sighting)
        if plausible_labelled(sighting.digits) if own else _admissible(sighting):
            groups.setdefault(sighting.group, []).append(sighting)
        else:
            refused.append(sighting)
    around = tuple(_around(container, mentioned=mentioned))
    for sighting in _taken_back(refused, groups):
        groups[sighting.group].append(sighting)
        refused.remove(sighting)
    times = _times_beside(refused, groups)
    lone: _Known = {}
    for group, members in groups.items():
        beside = times.get(group, {})
        known = lone if len(members) == 1 and not beside else {}
        weighed += made(Weighed, _judge_group(members, around, known, beside))
    out = ((why.PART_OF_OTHER, -MOST_WEIGHT),)
    return [*weighed, *(Weighed(sighting, None, out, (why.PART_OF_OTHER,)) for sighting in refused)]


def _taken_back(
    refused: list[Sighting], groups: dict[tuple[int, ...], list[Sighting]]
) -> list[Sighting]:
    """Numbers that read as a time or a telephone, in a pure list with few of them."""
    times = [s for s in refused if s.form is Form.COMPACT and reads_otherwise(s.digits)]
    strange = Counter(s.group for s in times)
    pure = set()
    for group in strange.keys() & groups.keys():
        test = population({s.digits: s.valid for s in groups[group]})
        few = strange[group] <= max(1, test.n // _STRANGE_ONE_IN)
        if test.n >= _PURE_LIST and test.speaks_for and test.weight > 0 and not test.rule:
            pure |= {group} if few or test.excludes_chance else set()
    return [s for s in times if s.group in pure and s.valid][:_MOST_TIMES]


def _times_beside(
    refused: list[Sighting], groups: Collection[tuple[int, ...]]
) -> dict[tuple[int, ...], dict[str, bool]]:
    """What reads as a time in the columns of others: a column of times is no short, pure list."""
    times: dict[tuple[int, ...], dict[str, bool]] = {}
    for s in refused:
        in_column = s.group and s.group[0] > 0 and s.group in groups
        if in_column and s.form is Form.COMPACT and reads_otherwise(s.digits):
            times.setdefault(s.group, {})[s.digits] = s.valid
    return times


def _around(container: Kind | None, *, mentioned: bool) -> Iterator[Piece]:
    """The strongest thing that is said around the whole unit."""
    if container is Kind.STRONG:
        yield why.CONTAINER_LABEL, WEIGHTS[why.CONTAINER_LABEL]
        return
    if container is Kind.COMPETING:
        yield why.COMPETING_LABEL, COMPETING_AROUND
    if mentioned:
        yield why.DOCUMENT_LABEL, WEIGHTS[why.DOCUMENT_LABEL]


# What alike sightings of one list get: validity, form, standing (by identity), company, prior.
_Known = dict[
    tuple[bool, Form, int, float, float],
    tuple[Confidence | None, tuple[Piece, ...], tuple[str, ...]],
]


def _judge_group(
    members: list[Sighting], around: tuple[Piece, ...], known: _Known, beside: dict[str, bool]
) -> Iterator[tuple[Sighting, Confidence | None, tuple[Piece, ...], tuple[str, ...]]]:
    """Weigh the members of one list, as the fields of ``Weighed``; alike ones are weighed once.

    Args:
        known: what is known of this list, or of all lists of one: those are weighed alike.
        beside: what else stands in its column, tested with it.
    """
    scattered = bool(members[0].group) and members[0].group[0] < 0
    prior = PRIOR_SCATTERED if scattered else PRIOR_POPULATION
    if members[0].form is Form.SPLIT and not _own_label(members[0]):
        prior = PRIOR_SPLIT
    whole: Population | None = None
    for sighting in members:
        key = (sighting.valid, sighting.form, id(sighting.standing), sighting.personal, prior)
        if (said := known.get(key)) is None:
            whole = whole or population(beside | {s.digits: s.valid for s in members}, prior)
            pieces = tuple(_pieces(sighting, whole, around, valid=sighting.valid))
            confidence, ordered = (
                _confidence(sighting, whole, pieces, valid=sighting.valid),
                _in_order(pieces),
            )
            said = known[key] = confidence, ordered, tuple(reason for reason, _ in ordered)
        yield sighting, *said


def _admissible(sighting: Sighting) -> bool:
    """Whether form and digits are good enough where no label of its own names the number."""
    if sighting.form is Form.LOOSE:  # a label in the sentence before is enough
        # No telephone number is grouped so: 817012-345678.
        named = sighting.standing.kind is Kind.STRONG
        return named and plausible_alone(sighting.digits, grouped=not is_time(sighting.digits))
    return sighting.alone


def _own_label(sighting: Sighting) -> bool:
    return sighting.standing.reason in OWN_LABELS  # only a label of My Number has a reason


# ------------------------------------------------------------------ the pieces


def _pieces(
    sighting: Sighting, group: Population, around: tuple[Piece, ...], *, valid: bool
) -> Iterator[Piece]:
    for reason, weight in _all_pieces(sighting, group, around, valid=valid):
        if reason not in _switched_off:
            yield reason, weight


def _all_pieces(
    sighting: Sighting, group: Population, around: tuple[Piece, ...], *, valid: bool
) -> Iterator[Piece]:
    yield (why.CHECK_DIGIT, _PASSES) if valid else (why.CHECK_DIGIT_FAILS, _FAILS)
    yield from _said(sighting)
    if sighting.standing.reason == why.LABEL_NEAR and is_time(sighting.digits):
        yield why.PART_OF_OTHER, TIME_UNDER_LABEL
    if not _own_label(sighting):
        yield from around
        if sighting.personal:
            yield why.PERSONAL_DATA_NEAR, sighting.personal
        if sighting.form in _SPREAD and not group.speaks_for:
            yield why.ODD_GROUPING, SPREAD_UNNAMED
    if sighting.form in _FORM_REASONS:
        reason = _FORM_REASONS[sighting.form]
        yield reason, 0.0 if reason == why.ODD_GROUPING else WEIGHTS[reason]
    yield from _of_the_list(sighting, group, valid=valid)


def _said(sighting: Sighting) -> Iterator[Piece]:
    """What the labels say."""
    standing = sighting.standing
    if standing.kind is Kind.STRONG:
        yield standing.reason, WEIGHTS[standing.reason]
        return
    if standing.kind is Kind.COMPETING:
        yield why.COMPETING_LABEL, WEIGHTS[why.COMPETING_LABEL]
    elif standing.kind is Kind.OTHER:
        yield why.NAMED_OTHERWISE, WEIGHTS[why.NAMED_OTHERWISE]
    if standing.strong_too:
        yield why.LABEL_AROUND, NAMED_TOO
    yield why.UNLABELLED, WEIGHTS[why.UNLABELLED]


def _of_the_list(sighting: Sighting, group: Population, *, valid: bool) -> Iterator[Piece]:
    """What the whole list says of its member."""
    if group.rule:
        yield why.COMPETING_STRUCTURE, -group.rule
    if group.consecutive:
        yield why.CONSECUTIVE, WEIGHTS[why.CONSECUTIVE]
    if group.looks_like_chance:
        yield why.LOOKS_LIKE_CHANCE, WEIGHTS[why.LOOKS_LIKE_CHANCE]
    elif _own_label(sighting):
        if group.excludes_chance or (group.n > 1 and group.k == group.n):
            others = likelihood_ratio(group.n - 1, group.k - valid)
            yield why.COLUMN_ALL_PASS, min(max(others, 0.0), OWN_LABEL_LIST)
    elif _list_counts(sighting, group):
        yield why.COLUMN_ALL_PASS, _list_weight(group, valid=valid)


def _list_counts(sighting: Sighting, group: Population) -> bool:
    """A list under another number's label must leave no doubt."""
    competing = sighting.standing.kind is Kind.COMPETING
    return group.excludes_chance if competing else group.speaks_for


def _list_weight(group: Population, *, valid: bool) -> float:
    """What a list adds to its member: in a pure one all of it, in a mixed one its share."""
    own = _PASSES if valid else _FAILS
    if group.weight > 0:
        return group.prior - PRIOR_LONE + min(group.weight - own, MOST_WEIGHT + group.rule)
    return max(group.odds_of_a_pass, 0.0) - PRIOR_LONE - own if valid else 0.0


def _in_order(pieces: tuple[Piece, ...]) -> tuple[Piece, ...]:
    """Strongest first, those against last."""
    return tuple(sorted(dict(sorted(pieces, key=lambda p: p[1])).items(), key=lambda p: -p[1]))


# ------------------------------------------------------------------ the sum


def _confidence(
    sighting: Sighting, group: Population, pieces: tuple[Piece, ...], *, valid: bool
) -> Confidence | None:
    score = PRIOR_LONE + sum(weight for _, weight in pieces)
    if score < POSSIBLE_AT or (not valid and not _clearly_meant(sighting, group)):
        return None
    reached = (
        Confidence.CERTAIN
        if score >= CERTAIN_AT
        else Confidence.LIKELY
        if score >= LIKELY_AT
        else Confidence.POSSIBLE
    )
    return min(reached, _most(sighting, group, valid=valid), key=lambda c: c.rank)


def _clearly_meant(sighting: Sighting, group: Population) -> bool:
    """Whether a number that fails is a slip: a slip exposes its person, too."""
    if sighting.form in (Form.SHORTENED, Form.CONFUSED):
        return False
    return _own_label(sighting) or (group.n >= _PURE_LIST and group.speaks_for and group.weight > 0)


def _most(sighting: Sighting, group: Population, *, valid: bool) -> Confidence:
    """The most that may be said, whatever the sum.

    A failing number is never more than possible; one with another name only by a list that
    excludes chance; without a label of its own nothing is certain but by such a list.
    """
    if not valid:
        return Confidence.POSSIBLE
    if _own_label(sighting):
        return Confidence.CERTAIN
    named_otherwise = sighting.standing.kind in (Kind.COMPETING, Kind.OTHER)
    if not group.excludes_chance:
        return (
            Confidence.POSSIBLE if named_otherwise and not group.speaks_for else Confidence.LIKELY
        )
    return Confidence.LIKELY if named_otherwise or group.weight <= 0 else Confidence.CERTAIN

"""The last step: candidates become findings and a count of persons, and digits are gone.

Answers: one finding for each place and confidence, and how many distinct My Numbers the
whole mail holds.
Trusts: the candidates of all parts of one mail, also those that came from a worker.
Fails: never. Nothing that stands for a number is in what it returns (番号法 Art. 2(8)).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from gateway import reasons as why
from gateway.detect.candidate import Candidate, Spot, Weighed
from gateway.detect.check_digit import is_valid
from gateway.detect.evidence import OWN_LABELS, left_out
from gateway.detect.grammar import Form
from gateway.detect.labels import Kind
from gateway.detect.population import population
from gateway.model import MY_NUMBER, Confidence, Finding, Persons, Place

MOST_TALLIED = 10_000  # numbers of one document in its test
FEWEST_NAMED_LIST = 5  # numbers with one and the same other name are judged as a list
MOST_LINES = 50  # a prose with numbers on more lines than this is one finding, first to last
MOST_COLUMNS = 50  # the same of a table's columns: one wide row is no finding a cell

# Strongest first: the order in which a finding names its reasons.
_STRENGTH = (
    *(why.FIELD_LABEL, why.COLUMN_HEADER, why.LABEL_NEAR, why.KNOWN_STRUCTURE),
    *(why.COLUMN_ALL_PASS, why.DOCUMENT_ALL_PASS, why.LABEL_AROUND, why.CONTAINER_LABEL),
    *(why.PERSONAL_DATA_NEAR, why.DOCUMENT_LABEL, why.CHECK_DIGIT, why.GROUPED_4_4_4),
    *(why.LEADING_ZERO_LOST, why.READ_AS_DIGITS, why.ODD_GROUPING, why.CHECK_DIGIT_FAILS),
    *(why.UNLABELLED, why.NAMED_OTHERWISE, why.COMPETING_LABEL, why.COMPETING_STRUCTURE),
    *(why.CONSECUTIVE, why.LOOKS_LIKE_CHANCE, why.PART_OF_OTHER),
)
_DOUBTED = frozenset(
    (why.CHECK_DIGIT_FAILS, why.COMPETING_LABEL, why.NAMED_OTHERWISE, why.LOOKS_LIKE_CHANCE)
)
_PLAIN_FORMS = frozenset((Form.COMPACT, Form.GROUPED))
_RANK = {reason: n for n, reason in enumerate(_STRENGTH)}

# One group becomes one finding: place, word for a line, first and last column, row, confidence.
_Key = tuple[Place, str, int, int, int, Confidence]


@dataclass(slots=True)
class Tally:
    """Counts a document's unlabelled numbers that no list of their own has judged. Secret."""

    _met: dict[str, set[str]] = field(default_factory=dict, repr=False)
    # Numbers met right beside another name → the best confidence that they have there.
    _named: dict[str, Confidence | None] = field(default_factory=dict, repr=False)
    # Those of them that were judged as a list with that name: a column of its own.
    _listed: set[str] = field(default_factory=set, repr=False)

    def note(self, place: Place, weighed: Sequence[Weighed]) -> None:
        """Take in what was considered at a place; a document is a place's first step."""
        self._note_names(
            [
                one
                for one in weighed
                if one.sighting.standing.direct and one.sighting.standing.kind is not Kind.STRONG
            ]
        )
        for one in weighed:
            if one.sighting.standing.kind is None and one.sighting.form in _PLAIN_FORMS:
                met = self._met.setdefault(place.steps[0], set())
                if len(met) < MOST_TALLIED and one.sighting.alone:
                    met.add(one.sighting.digits)

    def _note_names(self, named: Sequence[Weighed]) -> None:
        """Keep the best confidence that each number has beside its own, other name."""
        lists = Counter(one.sighting.group for one in named)
        for one in named:
            digits = one.sighting.digits
            if digits not in self._named and len(self._named) >= MOST_TALLIED:
                continue
            known = self._named.get(digits)
            self._named[digits] = max(
                (c for c in (known, one.confidence) if c), key=lambda c: c.rank, default=None
            )
            if lists[one.sighting.group] >= FEWEST_NAMED_LIST:
                self._listed.add(digits)

    def outspoken(self, candidate: Candidate) -> Candidate | None:
        """The candidate, no surer than the reading of it that has its other name beside it.

        One mail is read in several ways (lines joined, another charset, a page and its table,
        text and HTML), and the label may be lost in one of them. A list of its own stands,
        unless the other reading saw a list, too: that one knew what belongs together.
        """
        if candidate.digits not in self._named:
            return candidate
        reasons = frozenset(candidate.reasons)
        own_list = why.COLUMN_ALL_PASS in reasons and why.COMPETING_LABEL not in reasons
        if OWN_LABELS & reasons or (own_list and candidate.digits not in self._listed):
            return candidate
        most = self._named[candidate.digits]
        if most is None:
            return None
        least = min(most, candidate.confidence, key=lambda c: c.rank)
        return candidate._replace(confidence=least)

    def proven(self) -> frozenset[str]:
        """The documents in which chance does not explain how many pass."""
        if left_out(why.DOCUMENT_ALL_PASS):
            return frozenset()
        tests = {
            document: population({d: is_valid(d) for d in met})
            for document, met in self._met.items()
        }
        return frozenset(
            document
            for document, test in tests.items()
            if test.excludes_chance and not test.rule and not test.consecutive
        )


def conclude(
    candidates: Iterable[Candidate], tally: Tally | None = None
) -> tuple[tuple[Finding, ...], Persons]:
    """Return the findings of one mail and the number of persons.

    A number met in several forms and parts counts once, at its best confidence. Findings
    come surest first, otherwise in the order in which they were met.
    """
    proven = tally.proven() if tally else frozenset()
    told = (tally.outspoken(c) if tally else c for c in candidates)
    met = [_lifted(c) if c.place.steps[0] in proven else c for c in told if c]
    best: dict[str, Confidence] = {}
    for candidate in met:
        known = best.get(candidate.digits)
        if known is None or not known.reaches(candidate.confidence):
            best[candidate.digits] = candidate.confidence
    findings = [_finding(key, group) for key, group in _grouped(met).items()]
    findings.sort(key=lambda finding: -finding.confidence.rank)
    return tuple(findings), _persons(best)


def _lifted(candidate: Candidate) -> Candidate:
    """An unlabelled pass in a document that chance does not explain."""
    if candidate.confidence is not Confidence.POSSIBLE or _DOUBTED.intersection(candidate.reasons):
        return candidate
    reasons = (why.DOCUMENT_ALL_PASS, *candidate.reasons)
    return candidate._replace(confidence=Confidence.LIKELY, reasons=reasons)


def _persons(best: dict[str, Confidence]) -> Persons:
    def at(floor: Confidence) -> int:
        return sum(1 for confidence in best.values() if confidence.reaches(floor))

    return Persons(at(Confidence.CERTAIN), at(Confidence.LIKELY), at(Confidence.POSSIBLE))


def _grouped(met: list[Candidate]) -> dict[_Key, list[Candidate]]:
    lines: dict[tuple[Place, str], set[int]] = {}
    columns: dict[Place, set[tuple[int, int]]] = {}
    for c in met:
        if c.numbered:
            lines.setdefault((c.place, c.numbered), set()).add(c.spot.row)
        elif c.spot.column:
            columns.setdefault(c.place, set()).add((c.spot.column, c.spot.last_column))
    groups: dict[_Key, list[Candidate]] = {}
    for c in met:
        by_line = c.numbered and len(lines[c.place, c.numbered]) <= MOST_LINES
        row = c.spot.row if by_line and not _is_page(c.numbered) else 0
        wide = len(columns.get(c.place, ())) > MOST_COLUMNS
        first, last = (0, 0) if wide else (c.spot.column, c.spot.last_column)
        key = (c.place, c.numbered, first, last, row, c.confidence)
        groups.setdefault(key, []).append(c)
    return groups


def _is_page(numbered: str) -> bool:
    """Whether the place already names the page, so that lines are not counted."""
    return numbered == "p."


def _finding(key: _Key, group: list[Candidate]) -> Finding:
    reasons = {reason for c in group for reason in c.reasons}
    return Finding(
        detector=MY_NUMBER,
        confidence=key[-1],
        count=len({c.digits for c in group}),
        place=_place(group),
        reasons=tuple(sorted(reasons, key=lambda reason: _RANK[reason])),
    )


def _place(group: list[Candidate]) -> Place:
    """The place with its last step: ``D2:D41``, ``line 12``, ``line 12-31``, or none."""
    one = group[0]
    first, last = min(c.spot.row for c in group), max(c.spot.row for c in group)
    if one.spot.column:
        start = f"{_letters(min(c.spot.column for c in group))}{first}"
        end = f"{_letters(max(c.spot.last_column for c in group))}{last}"
        return one.place / (start if start == end else f"{start}:{end}")
    if not one.numbered or _is_page(one.numbered):
        return one.place
    return one.place / (f"{one.numbered} {first}" + (f"-{last}" if last > first else ""))


def where(place: Place, numbered: str, spot: Spot) -> Place:
    """Return the place of one number: its cell or its line."""
    if spot.column:
        start, end = f"{_letters(spot.column)}{spot.row}", f"{_letters(spot.last_column)}{spot.row}"
        return place / (start if start == end else f"{start}:{end}")
    return place / f"{numbered} {spot.row}" if numbered and not _is_page(numbered) else place


def _letters(column: int) -> str:
    """A column's letters as a sheet shows them: 1 → A, 27 → AA."""
    letters = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters

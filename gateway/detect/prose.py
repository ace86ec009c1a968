"""Numbers in lines of text and in fields.

Answers: every string of twelve digits in a prose or a field's value, with what the labels
around it say. The nearest label counts: on the line to the left, in brackets right after,
elsewhere on the line, in the line above the list, and last some lines before.
Trusts: the text to be in reading order with ``\\n`` between lines.
Fails: never; linear time.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from itertools import pairwise

from gateway import reasons as why
from gateway.detect import named, personal
from gateway.detect.candidate import Sighting, Spot, Standing
from gateway.detect.check_digit import is_valid
from gateway.detect.glance import worth_reading
from gateway.detect.grammar import (
    Form,
    Match,
    free_of,
    matches,
    plausible_alone,
    stands_in_name,
)
from gateway.detect.labels import (
    Kind,
    Label,
    Labels,
    kind_of,
    other_before,
    says_my_number,
)
from gateway.detect.parts import in_parts
from gateway.model import Field, Prose

LABEL_REACH = 300  # characters back to a label; no false pass was measured within them
RIGHT_REACH = 60  # characters on, on the same line
HEADING_CHARS = 60  # a longer line above is a sentence, no heading
MOST_LOOKED_BESIDE = 500  # numbers of one text; of a longer list the check digits say enough
PERSONAL_LINES = 2  # lines on each side
PERSONAL_REACH = 120  # characters on each side in which personal data counts as beside

_SENTENCE_END = re.compile(r"[。．！？!?]")
_BRACKET = re.compile(r"[ \u3000]?[（(\[【「〔]")
_BRACKET_REACH = 4
_RULE_CHARS = " \t\u3000\n-|+:=─━"  # a line of these only is blank or a rule
_BESIDE = " \u3000:：.は=#\"'」】])）"  # between a label and the number it names
UNNAMED = Standing()
# How the fields of a line are told apart, the surest first.
_DELIMITERS = tuple(map(re.compile, (r"\t", "[,，]", "[|｜│┃]", ";", " {2,}|\u3000+", r"\s+")))

_ROW_DELIMITERS = _DELIMITERS[:-1]
_ROW_DELIMITER = re.compile("[\t,，|｜│┃;\u3000]|  ")
_BLANKS = len(_ROW_DELIMITERS) - 1  # columns aligned with blanks
_FEWEST_DELIMITERS = 2  # of a line that is a row of a table


def in_prose(unit: Prose) -> list[Sighting]:
    """Return the sightings in a prose."""
    return sightings(unit.text)


def in_field(unit: Field) -> list[Sighting]:
    """Return the sightings in a field's value; its label stands before all of it."""
    kind = kind_of(unit.label)
    told = Standing(kind, why.FIELD_LABEL if kind is Kind.STRONG else "") if kind else UNNAMED
    found = sightings(unit.value, outer=told, name_like=True)
    asked = kind is Kind.STRONG and not found
    read = named.read_whole(unit.value, named.FEWEST_LEFT_IN_TEXT) if asked else None
    if read:
        spot = Spot(start=read.start, end=read.end)
        valid = is_valid(read.digits)
        found.append(Sighting(read.digits, read.form, False, told, spot, (), valid))
    return found


def sightings(text: str, *, outer: Standing = UNNAMED, name_like: bool = False) -> list[Sighting]:
    """Return the sightings in ``text``.

    Args:
        text: what is searched.
        outer: what a label outside says, for numbers that no label in ``text`` names.
        name_like: whether ``_`` and ``-`` part words here, as in file names.
    """
    if outer.kind is not Kind.STRONG and not worth_reading(text):
        return []
    labelled = outer.kind is Kind.STRONG or says_my_number(text)
    found = matches(text, labelled=labelled)
    labels = Labels(text) if found or labelled else None
    if labels and labelled:
        found = _with_named(found, text, labels)
    if not found or labels is None:
        return []
    if not (labelled or name_like or any(m.alone for m in found)):
        return []
    around = _Surroundings(text, found, outer, labels)
    return [_sighting(m, text, around, name_like=name_like) for m in found]


def _with_named(found: list[Match], text: str, labels: Labels) -> list[Match]:
    """The matches, and what only the label right before or around it makes into a number."""
    strong = [label for label in labels.all if label.kind is Kind.STRONG]
    after = (named.read_after(text, label.end) for label in strong)
    both = [*found, *free_of(found, [m for m in after if m])]
    both += free_of(both, list(in_parts(text, strong)))
    return sorted(both, key=lambda m: m.start)


def _sighting(match: Match, text: str, around: _Surroundings, *, name_like: bool) -> Sighting:
    standing, group = around.standing(match)
    alone = match.alone
    if name_like and not alone and match.form is not Form.LOOSE:
        alone = plausible_alone(match.digits) and stands_in_name(text, match.start, match.end)
    spot = Spot(row=around.line_of(match.start) + 1, start=match.start, end=match.end)
    # Asked only where it can matter; in a list of other numbers it would cost the most.
    valid = is_valid(match.digits)
    lone = standing.kind is None and valid
    company = around.personal(match) if lone else 0.0  # at most MOST_LOOKED_BESIDE times
    return Sighting(match.digits, match.form, alone, standing, spot, group, valid, company)


_UNLABELLED_GROUP, _OTHER_GROUP = (-1,), -2
_Said = tuple[Standing, tuple[int, ...]]  # what is said of a number, and its population


class _Surroundings:
    """The labels and lines of one text, asked for one match after the other."""

    def __init__(self, text: str, found: list[Match], outer: Standing, labels: Labels) -> None:
        self._text = text
        self._outer = outer
        self._labels = labels
        self._looked = 0
        self._names: dict[str, int] = {}  # of other numbers → their group
        self._said_below: dict[int, _Said | None] = {}  # of the line above a list
        self._line_starts = [0, *(m.end() for m in re.finditer("\n", text))]
        # A line's numbers are told apart by which they are: the columns of a list.
        self._which: dict[int, int] = {}  # of a number's start → the how manieth on its line
        self._on: Counter[int] = Counter()  # of a line → how many numbers it has
        for line, start in ((self.line_of(m.start), m.start) for m in found):
            self._which[start] = self._on[line]
            self._on[line] += 1
        self._above = self._lines_above_lists(set(self._on))

    def line_of(self, at: int) -> int:
        """The 0-based number of the line that holds an offset."""
        return bisect_right(self._line_starts, at) - 1

    def _line(self, number: int) -> tuple[int, int]:
        """Where a line begins and ends, without its line end."""
        start = self._line_starts[number]
        last = number + 1 == len(self._line_starts)
        return start, len(self._text) if last else self._line_starts[number + 1] - 1

    def _lines_above_lists(self, with_numbers: set[int]) -> dict[int, int]:
        """For each line that holds a number: the line above the list it belongs to.

        Lines with numbers that follow one another, blank lines between, are one list.
        """
        above: dict[int, int] = {}
        blank = {
            number
            for number, (start, end) in enumerate(pairwise(self._line_starts))
            if not self._text[start:end].strip(_RULE_CHARS)
        }
        for number in sorted(with_numbers):
            over = number - 1
            shape = self._shape(number)
            while over >= 0 and over not in above and self._goes_on(over, blank, shape):
                over -= 1
            above[number] = above.get(over, over)
        return above

    def _shape(self, number: int) -> tuple[int, ...]:
        """How many of each delimiter a line has; () where it is no row of a table."""
        start, end = self._line(number)
        if end - start > LABEL_REACH:
            return ()
        line = self._text[start:end]
        if not _ROW_DELIMITER.search(line):
            return ()
        counts = tuple(len(delimiter.findall(line)) for delimiter in _ROW_DELIMITERS)
        return counts if max(counts) >= _FEWEST_DELIMITERS else ()

    def _goes_on(self, number: int, blank: set[int], shape: tuple[int, ...]) -> bool:
        """Whether a line without a number stands within the list: blank, or a row without one."""
        if number in blank:
            return True
        if not shape or self._labels.within(*self._line(number)):
            return False
        here = self._shape(number)
        if not here:
            return False
        which = shape.index(max(shape))
        # An empty field between blanks leaves no trace but a wider gap.
        aligned = which == _BLANKS and here[which] >= _FEWEST_DELIMITERS
        return aligned or max(here) == max(shape) == here[which]

    def personal(self, match: Match) -> float:
        """The weight of the personal data on this line and its neighbours."""
        self._looked += 1
        if self._looked > MOST_LOOKED_BESIDE:
            return 0.0
        line = self.line_of(match.start)
        first = self._line_starts[max(0, line - PERSONAL_LINES)]
        last = self._line(min(line + PERSONAL_LINES, len(self._line_starts) - 1))[1]
        start = max(first, match.start - PERSONAL_REACH)
        return personal.weight(self._text[start : min(last, match.end + PERSONAL_REACH)])

    def standing(self, match: Match) -> _Said:
        """What the nearest label says, and the population the match belongs to."""
        line = self.line_of(match.start)
        start, end = self._line(line)
        lone = end - start == match.end - match.start  # most of a long list: nothing beside it
        on_line = None if lone else self._on_line(match, start, end)
        if on_line is not None:
            return on_line
        above = self._above[line]
        if above >= 0 and (said := self._below(match, line, above, lone=lone)):
            return said
        return (self._outer, ()) if self._outer.kind else self._before(match)

    def _below(self, match: Match, line: int, above: int, *, lone: bool) -> _Said | None:
        """What a heading says; of all numbers that are alone on their lines it says the same."""
        if not lone:
            return self._in_heading(match, line, above)
        if above not in self._said_below:
            self._said_below[above] = self._in_heading(match, line, above)
        return self._said_below[above]

    # -------------------------------------------------------------- on the same line

    def _on_line(self, match: Match, start: int, end: int) -> _Said | None:
        floor = max(start, match.start - LABEL_REACH)
        if not self._labels.all:
            name = other_before(self._text, match.start, floor)
            return (Standing(Kind.OTHER, direct=True), self._named_alike(name)) if name else None
        left = self._labels.last_before(match.start, floor)
        right = self._labels.first_after(match.end, min(end, match.end + RIGHT_REACH))
        strong_left = any(
            label.kind is Kind.STRONG for label in self._labels.within(floor, match.start)
        )
        if right and self._bracketed(match, right) and not self._nearer(left, right, match):
            return self._said(right, match, strong_left)
        beside = self._ends_beside(left, match)
        if not beside and (name := other_before(self._text, match.start, floor)):
            told = Standing(Kind.OTHER, strong_too=strong_left, direct=True)
            return told, self._named_alike(name)
        if left:
            return self._said(left, match, strong_left)
        # A label farther right names the next number, unless this is the line's only one.
        if right and not _any_digit(self._text[right.end : min(end, right.end + RIGHT_REACH)]):
            return self._said(right, match, False)
        return None

    def _named_alike(self, name: str) -> tuple[int, ...]:
        """The group of the numbers with the same name of their own: 会員番号."""
        return _OTHER_GROUP, self._names.setdefault(name, len(self._names))

    def _said(self, label: Label, match: Match, strong_too: bool) -> _Said:
        if label.kind is not Kind.STRONG:
            direct = label.end <= match.start and self._ends_beside(label, match)
            return Standing(label.kind, strong_too=strong_too, direct=direct), (label.start,)
        between = self._text[min(label.end, match.end) : max(label.start, match.start)]
        reason = why.LABEL_AROUND if _SENTENCE_END.search(between) else why.LABEL_NEAR
        return Standing(Kind.STRONG, reason), (label.start,)

    def _bracketed(self, match: Match, label: Label) -> bool:
        """Whether the label stands in brackets right after the number: 1234… (個人番号)."""
        near = label.start - match.end <= _BRACKET_REACH
        return near and _BRACKET.match(self._text, match.end) is not None

    @staticmethod
    def _nearer(left: Label | None, right: Label, match: Match) -> bool:
        return left is not None and match.start - left.end <= right.start - match.end

    def _ends_beside(self, label: Label | None, match: Match) -> bool:
        """Whether a named label itself is what stands right before the number."""
        return label is not None and not self._text[label.end : match.start].strip(_BESIDE)

    # -------------------------------------------------------------- above

    def _in_heading(self, match: Match, line: int, above: int) -> _Said | None:
        start, end = self._line(above)
        if end - start > LABEL_REACH:
            start = end - LABEL_REACH
        labels = [
            label
            for label in self._labels.within(start, end)
            # 「TEL 03-…」 above names its own number, not the one below.
            if label.kind is Kind.STRONG or not _any_digit(self._text[label.end : end])
        ]
        if not labels:
            return None
        column = self._same_field(match, line, start, end, labels)
        if column is not None:
            kind = kind_of(self._text[column[0] : column[1]])
            return (
                Standing(
                    kind,
                    why.COLUMN_HEADER if kind is Kind.STRONG else "",
                    direct=kind is not None,
                ),
                (column[0],) if kind else _UNLABELLED_GROUP,
            )
        group = start, self._which[match.start]
        kinds = {label.kind for label in labels}
        if kinds == {Kind.STRONG}:
            vague = (
                end - start > HEADING_CHARS
                or _SENTENCE_END.search(self._text, start, end)
                or (self._on[line] > 1 and self._names_more(start, end, labels))
            )
            return Standing(Kind.STRONG, why.LABEL_AROUND if vague else why.LABEL_NEAR), group
        return Standing(Kind.COMPETING, strong_too=Kind.STRONG in kinds), group

    def _names_more(self, start: int, end: int, labels: list[Label]) -> bool:
        """Whether a heading has words beside its labels: one of the numbers below is theirs."""
        rest = self._text[start : labels[0].start] + self._text[labels[-1].end : end]
        return any(map(str.isalnum, rest))

    def _same_field(
        self, match: Match, line: int, start: int, end: int, labels: list[Label]
    ) -> tuple[int, int] | None:
        """Where in the heading the field above the number stands, if both lines have fields."""
        here_start, here_end = self._line(line)
        if here_end - here_start > LABEL_REACH:
            return None
        start, heading = self._bare(start, end)
        here_start, here = self._bare(here_start, here_end)
        if len(here.split(None, 1)) == 1 and here.isalnum():
            return None  # one word, no delimiter: most of a long list
        inside = [(label.start - start, label.end - start) for label in labels]
        for delimiter in _DELIMITERS:
            if not (delimiter.search(heading) and delimiter.search(here)):
                continue
            heads = [
                (m.start(), m.end())
                for m in delimiter.finditer(heading)
                if not any(a <= m.start() < b for a, b in inside)
            ]
            cuts = [m.start() for m in delimiter.finditer(here)]
            if heads and len(heads) == len(cuts):
                index = sum(1 for cut in cuts if cut < match.start - here_start)
                edges = [(0, 0), *heads, (len(heading), len(heading))]
                return start + edges[index][1], start + edges[index + 1][0]
        return None

    def _bare(self, start: int, end: int) -> tuple[int, str]:
        """A line without the blanks around it, and where it begins."""
        line = self._text[start:end]
        return start + len(line) - len(line.lstrip()), line.strip()

    def _before(self, match: Match) -> _Said:
        """A label some lines before; another number's label that far away says nothing."""
        label = self._labels.last_before(match.start, max(0, match.start - LABEL_REACH))
        if label and label.kind is Kind.STRONG:
            # A label written downwards ends right above, though it begins lines before.
            between = self._text[label.end : match.start].strip(_BESIDE + "\n")
            reason = why.LABEL_AROUND if between else why.LABEL_NEAR
            return Standing(Kind.STRONG, reason), (label.start,)
        return UNNAMED, _UNLABELLED_GROUP


def _any_digit(text: str) -> bool:
    return any(c.isdigit() for c in text)

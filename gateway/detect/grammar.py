"""What twelve digits must look like to be read as one number.

Answers: every string of twelve digits in a text, the form it is written in, and how it
stands among its neighbours: alone, only good under a label, or part of something longer.
Trusts: nothing. Says nothing about check digits or labels.
Fails: never; linear time (every pattern has a fixed reach).

Refused always: part of a longer digit run, of 4-4-4-4 (cards), of 1-4-4-4 (corporate
numbers). Refused without a label: glued to letters, a URL, a decimal, an amount; times and
``+81`` numbers; fewer than four different digits (costs 0.006 % of the real ones).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, auto

from gateway.detect.check_digit import DIGITS
from gateway.detect.fold import Folded, kanji_stretches, stretches

FEWEST_DISTINCT = 4  # unlabelled: P(uniform digits use ≤ 3 different ones) = 6.25e-5
FEWEST_DISTINCT_LABELLED = 2  # under a label only 000000000000 and its like are fillers
LOOSE_REACH = 64  # folded characters that a loosely grouped number may spread over


class Form(Enum):
    """How the digits of one number are written."""

    COMPACT = auto()  # 123456789018
    GROUPED = auto()  # 4-4-4 with one and the same separator
    LOOSE = auto()  # any other grouping, or over a line end; counts under a label only
    BOXES = auto()  # one digit a cell
    SPLIT = auto()  # 4|4|4 in three cells
    SHORTENED = auto()  # 10 or 11 digits: a spreadsheet ate the leading zeros


@dataclass(frozen=True, slots=True)
class Match:
    """Twelve digits in a text. Secret."""

    digits: str = field(repr=False)  # folded: twelve of 0-9
    start: int  # offset in the source text
    end: int  # exclusive
    form: Form
    alone: bool  # whether its borders and digits allow it without a label


_TIME = re.compile(
    "(?:19[5-9]|20[0-4])[0-9](?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])(?:[01][0-9]|2[0-3])[0-5]"
)
_COMPACT = r"(?<![0-9])[0-9]{12}(?![0-9])"
_FOUR = "[0-9]{4}"
_SAME_SEPARATOR = "|".join(
    f"{_FOUR}{s}{_FOUR}{s}{_FOUR}" for s in (" ?- ?", " {1,3}", r"\.", "_", " ?: ?")
)
_STRICT = re.compile(f"(?P<compact>{_COMPACT})|(?<![0-9])(?:{_SAME_SEPARATOR})(?![0-9])")
_NOT_DIGIT = re.compile(r"[^0-9]+")
_NEIGHBOUR_REACH = 8  # separator of at most three, and a group of up to five digits
_GROUP_BEFORE = re.compile(r"([0-9]+)( ?[-:] ?| {1,3}|[._])\Z")
_GROUP_AFTER = re.compile(r"( ?[-:] ?| {1,3}|[._])([0-9]+)")

# Where a loose reading may begin: the stretch's first digit, a line's, one after a break;
# not below a line of one digit, since boxes are read from the first.
_LOOSE_START = re.compile(r"(?:\A|(?<!\A[0-9])(?<!\n[0-9])[\n|])[ >]*(?=[0-9])")
_LOOSE_GROUP = re.compile(r"([0-9]+)([ \-:._\n>]{0,6})")


def matches(text: str) -> list[Match]:
    """Return every reading of twelve digits as one number, in order, none overlapping."""
    found = [m for folded in stretches(text) for m in _read(folded, text)]
    kanji = [m for folded in kanji_stretches(text) for m in _strict(folded, text)]
    return sorted(found + kanji, key=lambda m: m.start) if kanji else found


def plausible_alone(digits: str) -> bool:
    """Return whether the digits themselves allow a number without a label."""
    return (
        len(set(digits)) >= FEWEST_DISTINCT
        and not _is_time(digits)
        and not digits.startswith(("8170", "8180", "8190"))  # +81 and a mobile number
    )


def plausible_labelled(digits: str) -> bool:
    """Return whether the digits are more than a filler such as twelve zeros."""
    return len(set(digits)) >= FEWEST_DISTINCT_LABELLED


def _is_time(digits: str) -> bool:
    """YYYYMMDDHHMM of 1950 to 2049: real numbers look so in 0.005 % of cases."""
    return _TIME.match(digits) is not None


# ------------------------------------------------------------------ reading one stretch


def _read(folded: Folded, text: str) -> Iterator[Match]:
    if len(_NOT_DIGIT.sub("", folded.text)) < DIGITS:  # dates, telephone numbers
        return
    strict = list(_strict(folded, text))
    loose = list(_loose(folded, {m.start for m in strict}))
    if not loose:
        yield from strict
        return
    taken = [(m.start, m.end) for m in strict]
    free = [m for m in loose if not any(m.start < end and start < m.end for start, end in taken)]
    yield from sorted([*strict, *free], key=lambda m: m.start)


def _strict(folded: Folded, text: str) -> Iterator[Match]:
    """Compact and 4-4-4 readings."""
    for found in _STRICT.finditer(folded.text):
        before, after = _neighbours(folded.text, found)
        form = Form.COMPACT if found["compact"] else Form.GROUPED
        if form is Form.GROUPED and (len(before) == 4 or len(after) == 4):
            continue
        if form is Form.GROUPED and len(before) == 1 and not _counted_out(folded, found, text):
            continue
        if form is Form.COMPACT and after and folded.text[found.end()] == ".":
            continue  # the whole part of a decimal
        digits = _NOT_DIGIT.sub("", found.group())
        start, end = folded.span(*found.span())
        alone = not before and not after and _free_standing(text, start, end)
        yield Match(digits, start, end, form, alone and plausible_alone(digits))


def _counted_out(folded: Folded, found: re.Match[str], text: str) -> bool:
    """Whether a single digit before 4-4-4 counts a list out: it begins its line.

    Elsewhere, or joined by a hyphen, it is the first of a corporate number (1-4-4-4).
    """
    at = found.start() - 1
    if folded.text[at] != " ":
        return False
    while folded.text[at] == " ":
        at -= 1
    line_start = folded.offsets[at]
    return line_start == 0 or text[line_start - 1] == "\n"


def _neighbours(folded: str, found: re.Match[str]) -> tuple[str, str]:
    """The groups of digits joined on the left and the right; "" for none.

    A grouped number is joined by its own separator, a compact one by any but a space.
    """
    start, end = found.span()
    separator = folded[start + 4 : start + 7].strip("0123456789")
    own = "" if found["compact"] else separator.strip() or " "
    before = _GROUP_BEFORE.search(folded[max(0, start - _NEIGHBOUR_REACH) : start])
    after = _GROUP_AFTER.match(folded[end : end + _NEIGHBOUR_REACH])
    return (
        before[1] if before and _joins(before[2], own) else "",
        after[2] if after and _joins(after[1], own) else "",
    )


def _joins(separator: str, own: str) -> bool:
    bare = separator.strip() or " "
    return bare == own if own else bare != " "


def _loose(folded: Folded, strict_starts: set[int]) -> Iterator[Match]:
    """Twelve digits in any grouping, counted from where a label could stand before."""
    text = folded.text
    reached = 0
    for begin in _LOOSE_START.finditer(text):
        at = begin.end()
        if at < reached or folded.offsets[at] in strict_starts:
            continue
        end = _loose_end(text, at)
        if end is None:
            continue
        reached = end
        start, stop = folded.span(at, end)
        yield Match(_NOT_DIGIT.sub("", text[at:end]), start, stop, Form.LOOSE, alone=False)


def _loose_end(text: str, at: int) -> int | None:
    """Where a loosely grouped number that begins at ``at`` ends; None when none does.

    One line end may stand inside; more only where every line holds a single digit (boxes
    that a PDF reader gives one a line). A further group as long as the last one belongs to
    a longer number: a card's fourth four, a corporate number's thirteenth box.
    """
    count = line_ends = 0
    single = True
    limit = min(len(text), at + LOOSE_REACH)
    while count < DIGITS and (group := _LOOSE_GROUP.match(text, at, limit)):
        if len(group[1]) == DIGITS:
            return None  # compact, so no loose reading
        count += len(group[1])
        single = single and len(group[1]) == 1
        at = group.end()
        if count == DIGITS:
            further = _LOOSE_GROUP.match(text, at)
            longer = (
                further and len(further[1]) == len(group[1]) and "\n" not in group[2].strip(" ")
            )
            vertical = single and further and len(further[1]) == 1
            return None if longer or vertical else group.end(1)
        line_ends += group[2].count("\n")
        if not group[2] or (line_ends > 1 and not single):
            return None
    return None


# ------------------------------------------------------------------ borders in the source

_GLUE_LEFT = frozenset("_./-+=@#&%?\\~:$¥€£")
_GLUE_RIGHT = frozenset("_/-+=@#&%\\~円ドル")
_FULL_WIDTH_GLUE = dict(zip("＃＋＝＠％＿＄￥", "#+=@%_$¥", strict=True))
_MARKS_BEFORE_MORE = frozenset(".,:")  # a decimal, a list without blanks, a time


def _is_latin(char: str) -> bool:
    """An ASCII or full-width letter. Kanji and kana stand beside numbers as words do."""
    return char.isalpha() and (char.isascii() or "Ａ" <= char <= "ｚ")


def _free_standing(text: str, start: int, end: int) -> bool:
    """Whether the source around a number shows no letter, URL, decimal or amount."""
    return _free_left(text, start) and _free_right(text, end)


def _free_left(text: str, start: int) -> bool:
    if start == 0:
        return True
    char = _FULL_WIDTH_GLUE.get(text[start - 1], text[start - 1])
    further = text[max(0, start - 3) : start - 1]
    if char == ":":  # 「番号:1234…」 is a label, 12:34 and host:1234 are not
        return bool(further) and not further[-1].isascii()
    if char == ",":  # 0,123456789018 is a decimal; a list's comma follows a longer word
        return not (further[-1:].isdecimal() and not further[:-1].isalnum())
    return char not in _GLUE_LEFT and not _is_latin(char)


def _free_right(text: str, end: int) -> bool:
    if end == len(text):
        return True
    char = _FULL_WIDTH_GLUE.get(text[end], text[end])
    if char in _MARKS_BEFORE_MORE:
        following = text[end + 1 : end + 2]
        return char == "," or not (following.isdecimal() or _is_latin(following))
    return char not in _GLUE_RIGHT and not _is_latin(char)


def stands_in_name(text: str, start: int, end: int) -> bool:
    """Return whether the number is a word of a name such as ``山田_123456789018.pdf``."""
    left = text[start - 1 : start]
    right = text[end : end + 1]
    return not (_is_latin(left) or left.isdecimal() or _is_latin(right) or right.isdecimal())

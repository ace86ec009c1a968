"""What twelve digits must look like to be read as one number.

Answers: every string of twelve digits in a text, the form it is written in, and how it
stands among its neighbours: alone, only good under a label, or part of something longer.
Trusts: nothing. Says nothing about labels.
Fails: never; linear time (every pattern has a fixed reach).

Refused always: part of a longer digit run, of 4-4-4-4 (cards), of 1-4-4-4 (corporate
numbers). Refused without a label: glued to letters, a URL, a decimal, an amount; times and
``+81`` numbers; fewer than four different digits (costs 0.006 % of the real ones).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from enum import Enum, auto
from typing import NamedTuple

from gateway.detect.check_digit import DIGITS, is_valid
from gateway.detect.fold import (
    ODD_SEPARATORS,
    Folded,
    kanji_stretches,
    stretches,
    wide_stretches,
)
from gateway.detect.groups import series
from gateway.detect.loose import loose

FEWEST_DISTINCT = 4  # unlabelled: P(uniform digits use ≤ 3 different ones) = 6.25e-5


class Form(Enum):
    """How the digits of one number are written."""

    COMPACT = auto()  # 123456789018
    GROUPED = auto()  # 4-4-4 with one and the same separator
    LOOSE = auto()  # any other grouping, or over a line end; counts under a label only
    BOXES = auto()  # one digit a cell
    SPLIT = auto()  # 4|4|4 in three cells
    ODD = auto()  # 4-4-4 with a separator that mostly parts numbers: , / | ~ = の
    CONFUSED = auto()  # letters among the digits that look like digits: O, l, S, B, Z
    SHORTENED = auto()  # 10 or 11 digits: a spreadsheet ate the leading zeros

    __hash__ = object.__hash__  # each is one of a kind; Enum hashes its name in Python


class Match(NamedTuple):
    """Twelve digits in a text. Secret."""

    digits: str  # folded: twelve of 0-9
    start: int  # offset in the source text
    end: int  # exclusive
    form: Form
    alone: bool  # whether its borders and digits allow it without a label

    def __repr__(self) -> str:
        return f"<Match {self.form.name} {self.start}:{self.end}>"


_TIME = re.compile(
    "(?:19[89]|20[0-4])[0-9](?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])(?:[01][0-9]|2[0-3])[0-5]"
)
_MOBILE_ABROAD = ("8170", "8180", "8190")
_OTHERWISE = re.compile(f"^(?:{_TIME.pattern}|{'|'.join(_MOBILE_ABROAD)})", re.MULTILINE)
_COMPACT = r"(?<![0-9])[0-9]{12}(?![0-9])"
_FOUR = "[0-9]{4}"
_SAME_SEPARATOR = "|".join(
    f"{_FOUR}{s}{_FOUR}{s}{_FOUR}" for s in (" ?- ?", " {1,3}", r"\.", "_", " ?: ?")
)
_STRICT = re.compile(f"(?P<compact>{_COMPACT})|(?<![0-9])(?:{_SAME_SEPARATOR})(?![0-9])")
_NOT_DIGIT = re.compile(r"[^0-9]+")
_FOUR_GROUPS = re.compile(r"([0-9]{4})\D{1,3}([0-9]{4})\D{1,3}([0-9]{4})\D{1,3}([0-9]{4})(?![0-9])")
_YEAR = re.compile("(?:19[3-9]|20[0-4])[0-9]")
_NEIGHBOUR_REACH = 8  # separator of at most three, and a group of up to five digits
_LINE_EDGES = ("", "\n", "!")  # no group is joined over them
_GROUP_BEFORE = re.compile(r"([0-9]+)( ?[-:] ?| {1,3}|[._])\Z")
_GROUP_AFTER = re.compile(r"( ?[-:] ?| {1,3}|[._])([0-9]+)")

# 4-4-4 with a separator that lists use as well; not beside a further group.
_ODD = re.compile(
    r"(?<![0-9０-９])[0-9０-９]{4}(?P<odd>[" + re.escape("".join(ODD_SEPARATORS)) + r"])"
    r"[0-9０-９]{4}(?P=odd)[0-9０-９]{4}(?![0-9０-９]|(?P=odd)[0-9０-９])"
)
_ODD_CHARS = re.compile("[0-9０-９][" + re.escape("".join(ODD_SEPARATORS)) + "][0-9０-９]{4}")


def matches(text: str, *, labelled: bool = True) -> list[Match]:
    """Return every reading of twelve digits as one number, in order, none overlapping.

    Args:
        labelled: whether a label may name what is found; loose groupings count only then.
    """
    found = [m for folded in stretches(text) for m in _strict(folded, text)]
    found += [m for folded in kanji_stretches(text) for m in _strict(folded, text)]
    found += free_of(found, _odd(text))
    if labelled:
        found += free_of(found, _loose(text))
    return sorted(found, key=lambda m: m.start)


def free_of(found: list[Match], others: Iterable[Match]) -> list[Match]:
    """Return those of ``others``, which come in order, that overlap none of ``found``."""
    taken = sorted((m.start, m.end) for m in found)
    starts = [start for start, _ in taken]
    free = []
    for m in others:
        i = bisect_left(starts, m.end)
        if i == 0 or taken[i - 1][1] <= m.start:
            free.append(m)
    return free


def plausible_alone(digits: str, *, grouped: bool = False) -> bool:
    """Return whether the digits themselves allow a number without a label.

    Args:
        grouped: written 4-4-4, as no time and no telephone number is.
    """
    return len(set(digits)) >= FEWEST_DISTINCT and (grouped or not reads_otherwise(digits))


def plausible_labelled(digits: str) -> bool:
    """Return whether the digits are more than a filler such as twelve zeros: two are different."""
    return digits.count(digits[0]) < len(digits)


def reads_otherwise(digits: str) -> bool:
    """Return whether the digits read as a time, or as +81 and a mobile number."""
    return digits[0] in "128" and (is_time(digits) or digits.startswith(_MOBILE_ABROAD))


def reading_otherwise(numbers: Sequence[str]) -> Iterator[int]:
    """Yield the places in a list of those of which ``reads_otherwise`` is true."""
    for found in _OTHERWISE.finditer("\n".join(numbers)):
        yield found.start() // (DIGITS + 1)


def is_time(digits: str) -> bool:
    """Return whether the digits read as a time: YYYYMMDDHHMM of 1980 to 2049.

    Real numbers look so in 0.004 % of cases; no clock has written an older time.
    """
    return _TIME.match(digits) is not None


# ------------------------------------------------------------------ reading one stretch


def _odd(text: str) -> Iterator[Match]:
    """4-4-4 with one and the same odd separator: for a label or a population to confirm."""
    if not _ODD_CHARS.search(text):
        return
    for found in _ODD.finditer(text):
        digits = "".join(str(int(c)) for c in found.group() if c.isdecimal())
        start, end = found.span()
        before = text[max(0, start - 5) : start]
        if before.endswith(found["odd"]) and before[:-1][-1:].isdecimal():
            continue  # 1,1234,1234,1234
        alone = _free_standing(text, start, end) and plausible_alone(digits)
        yield Match(digits, start, end, Form.ODD, alone and not series(digits))


def _loose(text: str) -> Iterator[Match]:
    for folded in wide_stretches(text):
        for at, end in loose(folded):
            start, stop = folded.span(at, end)
            digits = _NOT_DIGIT.sub("", folded.text[at:end])
            yield Match(digits, start, stop, Form.LOOSE, alone=False)


def _strict(folded: Folded, text: str) -> Iterator[Match]:
    """Compact and 4-4-4 readings."""
    if len(_NOT_DIGIT.sub("", folded.text)) < DIGITS:  # dates, telephone numbers
        return
    for found in _STRICT.finditer(folded.text):
        before, after = _neighbours(folded.text, found)
        form = Form.COMPACT if found["compact"] else Form.GROUPED
        if form is Form.GROUPED and (len(before) == 4 or len(after) == 4):
            yield from _beside_a_group(folded, found, bool(after), text)
            continue
        if form is Form.GROUPED and len(before) == 1 and not _counted_out(folded, found, text):
            continue
        if form is Form.COMPACT and after and folded.text[found.end()] == ".":
            continue  # the whole part of a decimal
        digits = found["compact"] or _NOT_DIGIT.sub("", found.group())
        start, end = folded.span(*found.span())
        alone = (
            not before
            and not after
            and _free_standing(text, start, end)
            and not (form is Form.GROUPED and series(digits))
            and plausible_alone(digits, grouped=form is Form.GROUPED)
        )
        yield Match(digits, start, end, form, alone)


def _beside_a_group(
    folded: Folded, found: re.Match[str], after: bool, text: str
) -> Iterator[Match]:
    """What a label may name in four groups of four: cells read as one line, not a card.

    The odd group is a year, or the sixteen digits are no card number.
    """
    four = _FOUR_GROUPS.match(folded.text, found.start()) if after else None
    if not four:
        return
    leading, trailing = map(_YEAR.match, (four[1], four[4]))
    if _is_card("".join(four.groups())) and not (leading or trailing):
        return
    first, last = (2, 4) if leading else (1, 3)
    digits = "".join(four.group(*range(first, last + 1)))
    if is_valid(digits):
        start, end = folded.span(four.start(first), four.end(last))
        yield Match(digits, start, end, Form.GROUPED, alone=False)


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


def _is_card(sixteen: str) -> bool:
    """Luhn's rule (ISO/IEC 7812-1)."""
    doubled = (int(d) * (2 - i % 2) for i, d in enumerate(sixteen))
    return sum(n - 9 if n > 9 else n for n in doubled) % 10 == 0


def _neighbours(folded: str, found: re.Match[str]) -> tuple[str, str]:
    """The groups of digits joined on the left and the right; "" for none.

    A grouped number is joined by its own separator, as wide, a compact one by any but a space.
    """
    start, end = found.span()
    if folded[start - 1 : start] in _LINE_EDGES and folded[end : end + 1] in _LINE_EDGES:
        return "", ""
    separator = folded[start + 4 : start + 7].strip("0123456789")
    own = "" if found["compact"] else separator.strip() or separator
    before = _GROUP_BEFORE.search(folded[max(0, start - _NEIGHBOUR_REACH) : start])
    after = _GROUP_AFTER.match(folded[end : end + _NEIGHBOUR_REACH])
    return (
        before[1] if before and _joins(before[2], own) else "",
        after[2] if after and _joins(after[1], own) else "",
    )


def _joins(separator: str, own: str) -> bool:
    bare = separator.strip()
    if not own:
        return bool(bare)
    return bare == own if own.strip() else separator == own


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
    if start == 0 or text[start - 1] == "\n":
        return True
    char = _FULL_WIDTH_GLUE.get(text[start - 1], text[start - 1])
    further = text[max(0, start - 3) : start - 1]
    if char == ":":  # 「番号:1234…」 is a label, 12:34 and host:1234 are not
        return bool(further) and not further[-1].isascii()
    if char == ",":  # 0,123456789018 is a decimal; a list's comma follows a longer word
        return not (further[-1:].isdecimal() and not further[:-1].isalnum())
    return char not in _GLUE_LEFT and not _is_latin(char)


def _free_right(text: str, end: int) -> bool:
    if end == len(text) or text[end] == "\n":
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

"""Whether the groups of a spread-out number are a way in which people write twelve digits.

Answers: ``acceptable`` for the lengths of the groups and what stands between, and ``series``
for three groups of four that count something.
Trusts: groups to be ASCII digits, separators to be folded (``fold``).
Fails: never.

Everybody groups by equal lengths or at multiples of four; dates, times, telephone numbers
and amounts side by side make twelve digits in other ways, and are refused here even under
a label: 「マイナンバー収集期間：2026-01-05 2026」.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from gateway.detect.check_digit import DIGITS

_YEAR = re.compile(r"(?:19|20)[0-9]{2}\Z")
_MONTH = re.compile(r"0?[1-9]\Z|1[0-2]\Z")
_DAY = re.compile(r"0?[1-9]\Z|[12][0-9]\Z|3[01]\Z")
_DATE = re.compile(r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])\Z")
_EQUAL = (1, 2, 3, 4, 6)
# Unequal lengths that were met, beside equal ones and a cut at one line end.
_UNEQUAL = frozenset({(4, 8), (8, 4), (4, 2, 6), (4, 6, 2), (5, 4, 3), (3, 4, 5), (11, 1), (1, 11)})


def acceptable(groups: Sequence[str], between: Sequence[str]) -> bool:
    """Return whether twelve digits in these groups can be one number.

    >>> acceptable(["123456", "789018"], ["-"])
    True
    >>> acceptable(["2026", "01", "05", "2026"], ["-", "-", " "])
    False
    """
    groups, between = _joined_at_line_ends(groups, between)
    if sum(map(len, groups)) != DIGITS or _reads_as_date(groups):
        return False
    lengths = tuple(map(len, groups))
    if len(groups) == 1:
        return True
    kinds = {separator.strip() or " " for separator in between}
    if len(set(lengths)) == 1:
        if lengths[0] == 2 and "-" in kinds | {"/", ":"} & kinds and len(kinds) > 1:
            return False  # 26-01-05 10:30:00
        return lengths[0] in _EQUAL and (lengths[0] in (1, 4) or len(kinds) == 1)
    if lengths in _UNEQUAL:
        return True
    return all(sum(lengths[:n]) % 4 == 0 or length == 1 for n, length in enumerate(lengths, 1))


def series(digits: str) -> bool:
    """Return whether twelve digits are three numbers that count: 1000 2000 3000, years.

    >>> series("100020003000"), series("202320242025"), series("123456789018")
    (True, True, False)
    """
    fours = digits[:4], digits[4:8], digits[8:]
    if all(four.endswith("00") for four in fours) or all(map(_YEAR.match, fours)):
        return True
    first, second, third = map(int, fours)
    step = second - first
    return third - second == step and (abs(step) < 100 or step % 50 == 0)


def _joined_at_line_ends(
    groups: Sequence[str], between: Sequence[str]
) -> tuple[list[str], list[str]]:
    """Join what a single line end alone has cut: 12345678⏎9018, 1234-56⏎78-9018."""
    ends = [i for i, separator in enumerate(between) if "\n" in separator]
    if len(ends) != 1 or between[ends[0]].strip("\n >") or len(groups[ends[0]]) == 4:
        return list(groups), list(between)
    i = ends[0]
    joined = [*groups[:i], groups[i] + groups[i + 1], *groups[i + 2 :]]
    return joined, [*between[:i], *between[i + 1 :]]


def _reads_as_date(groups: Sequence[str]) -> bool:
    """Whether a date stands among the groups."""
    for i, group in enumerate(groups):
        if len(group) == 8 and _DATE.match(group):
            return True
        following = groups[i + 1 : i + 3]
        if len(following) < 2 or not (_YEAR.match(group) and _MONTH.match(following[0])):
            continue
        if _DAY.match(following[1][:2]):
            return True
    return False

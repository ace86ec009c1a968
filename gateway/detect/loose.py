"""Twelve digits in a grouping that only a label makes into a number.

Answers: every such string in a stretch, beginning where a label could stand before it.
Trusts: the stretch (``fold``). Says nothing about labels.
Fails: never; linear time, each reading has a fixed reach.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gateway.detect.check_digit import DIGITS
from gateway.detect.fold import Folded
from gateway.detect.groups import acceptable

LOOSE_REACH = 64  # folded characters that a loosely grouped number may spread over

# Where a loose reading may begin: the stretch's first digit, a line's, one after a break;
# not below a line of one digit, since boxes are read from the first.
_START = re.compile(r"(?:\A|(?<!\A[0-9])(?<!\n[0-9])[\n!])[ >:\-]*(?=[0-9])")
_GROUP = re.compile(r"([0-9]+)([ \-:._\n>,/|~='n]{0,6})")


def loose(folded: Folded) -> Iterator[tuple[int, int]]:
    """Yield where each loosely grouped number stands in the folded text."""
    reached = 0
    for begin in _START.finditer(folded.text):
        at = begin.end()
        if at < reached:
            continue
        end = _end(folded.text, at)
        if end is not None:
            reached = end
            yield at, end


def _end(text: str, at: int) -> int | None:
    """Where a loosely grouped number that begins at ``at`` ends; None when none does.

    A further group as long as the last one, joined alike, belongs to a longer number: a
    card's fourth four, a corporate number's thirteenth box.
    """
    groups: list[str] = []
    between: list[str] = []
    limit = min(len(text), at + LOOSE_REACH)
    count = 0
    while count < DIGITS and (group := _GROUP.match(text, at, limit)):
        if len(group[1]) == DIGITS:
            return None  # compact, so no loose reading
        count += len(group[1])
        groups.append(group[1])
        at = group.end()
        if count >= DIGITS:
            fits = count == DIGITS and _one_number(groups, between)
            longer = fits and _goes_on(text, at, group, groups, between)
            return group.end(1) if fits and not longer else None
        if not group[2]:
            return None
        between.append(group[2])
    return None


def _one_number(groups: list[str], between: list[str]) -> bool:
    """Whether the groups stand on as few lines as one number may."""
    line_ends = sum(separator.count("\n") for separator in between)
    single = all(len(group) == 1 for group in groups)
    fours = all(len(group) == 4 for group in groups)
    most = DIGITS if single else 2 if fours else 1
    return line_ends <= most and acceptable(groups, between)


def _goes_on(
    text: str, at: int, last: re.Match[str], groups: list[str], between: list[str]
) -> bool:
    """Whether what follows the twelfth digit belongs to the same, longer number.

    Digits one by one on a line end with it: the next line's 「1.」 counts a list.
    """
    further = _GROUP.match(text, at)
    if not further or not last[2]:
        return False
    if all(len(group) == 1 for group in groups):
        downwards = any("\n" in separator for separator in between)
        return len(further[1]) == 1 and (downwards or "\n" not in last[2])
    return len(further[1]) == len(last[1]) and "\n" not in last[2].strip(" ")

"""What a label's own number may look like: everything that people, programs and OCR make of it.

Answers: ``read_after`` for the text behind a label, ``read_whole`` for a cell or a field
under one: the twelve digits, where they stand, and in which form.
Trusts: that a label of My Number points here; without one this reads far too much.
Fails: never; looks at no more than ``REACH`` characters.

Read besides what ``grammar`` reads: thousands commas, any separator, ``.0`` and ``.00``
behind, seven to eleven digits whose leading zeros were lost, and letters that look like
digits (O, l, S, B, Z) where most are digits and the check digit agrees.
"""

from __future__ import annotations

import re
import unicodedata

from gateway.detect.check_digit import DIGITS, is_valid
from gateway.detect.fold import DIGIT_VALUES
from gateway.detect.grammar import Form, Match
from gateway.detect.groups import acceptable

REACH = 80  # characters
FEWEST_LEFT = 7  # digits left of a number: five zeros lost, one number in 100,000
# Beside words shorter ones are dates and codes; a field is shown, and masking hides ten.
FEWEST_LEFT_IN_TEXT = 10
_MOST_CONFUSED = 4  # letters among twelve digits
_CONFUSED = {
    **dict.fromkeys("OoQ○", "0"),
    **dict.fromkeys("lI|!", "1"),
    **dict.fromkeys("Ss", "5"),
    **dict.fromkeys("B", "8"),
    **dict.fromkeys("Zz", "2"),
}
_LEAD = re.compile(
    r"(?:\s?[(（](?:12|１２)桁[)）])?[\s:：;；はが=＝＞>→⇒#＃\"'”」』】］\])）,、.．…・*＊]{0,12}"
    r"(?:(?:id|no|№|番号|ID|No|NO)[\s.．:：#＃]{0,4})?[(（\[「『【]?\s{0,4}"
)
_THOUSANDS = re.compile(r"[0-9]{1,3}(?:,[0-9]{3}){2,3}\Z")
_TAIL = re.compile(r"\.0{1,2}\Z")
_GROUP = re.compile(r"[0-9]+|[^0-9]+")
_MARKS = " \n.,-"
_WIDEST_SEPARATOR = 6
_CLOSERS = " \t\u3000)）」』】]］\"'。．.、,;；"


def read_after(text: str, at: int) -> Match | None:
    """Return the number that stands right behind a label that ends at ``at``."""
    lead = _LEAD.match(text, at)
    return _read(text, lead.end() if lead else at, whole=False, fewest=FEWEST_LEFT_IN_TEXT)


def read_whole(text: str, fewest: int = FEWEST_LEFT) -> Match | None:
    """Return the number that a cell or a field holds, and nothing else.

    Args:
        fewest: digits that may be left of one whose leading zeros were lost.
    """
    if not fewest <= len(text) <= REACH:
        return None
    lead = _LEAD.match(text)
    return _read(text, lead.end() if lead else 0, whole=True, fewest=fewest)


def _read(text: str, start: int, *, whole: bool, fewest: int) -> Match | None:
    folded, offsets = _folded(text, start)
    if len(folded) < FEWEST_LEFT:
        return None
    for length in (len(folded),) if whole else _lengths(folded):
        last = offsets[length - 1] + 1
        if whole and text[last:].strip(_CLOSERS):
            return None
        if not whole and text[last : last + 1].isascii() and text[last : last + 1].isalnum():
            continue
        digits, form = _digits(_TAIL.sub("", folded[:length]), fewest)
        letters = sum(text[at] in _CONFUSED for at in offsets[:length])
        if digits and letters:
            if letters > _MOST_CONFUSED or form is Form.SHORTENED or not is_valid(digits):
                continue
            form = Form.CONFUSED
        if digits:
            return Match(digits, offsets[0], last, form, alone=False)
    return None


def _lengths(folded: str) -> list[int]:
    """Where the number may end: with all that was read, its line, its first word."""
    ends = [len(folded), folded.find("\n"), folded.find(" ")]
    return list(dict.fromkeys(len(folded[:end].rstrip(_MARKS)) for end in ends if end > 0))


def _folded(text: str, start: int) -> tuple[str, list[int]]:
    """What from ``start`` on a number may be made of, as digits and marks, up to a digit."""
    folded: list[str] = []
    offsets: list[int] = []
    for at in range(start, min(len(text), start + REACH)):
        mark = _mark(text[at])
        if mark is None:
            break
        if mark:
            folded.append(mark)
            offsets.append(at)
    kept = "".join(folded).rstrip(_MARKS)
    return (kept, offsets[: len(kept)]) if kept[:1].isdigit() else ("", [])


def _mark(char: str) -> str | None:
    """A digit, a mark of its kind, "" for what nobody sees; None where the number ends."""
    value = DIGIT_VALUES.get(char) or _CONFUSED.get(char)
    if value:
        return value
    if char in "\n.,":
        return char
    if char.isspace():
        return " "
    if char in ",，､、":
        return ","
    if char == "．":
        return "."
    if unicodedata.category(char) == "Cf":
        return ""
    return None if (char.isalnum() and char not in "のー") or char in "¥￥$€£%％@＠" else "-"


def _digits(body: str, fewest: int) -> tuple[str, Form]:
    """The twelve digits that ``body`` stands for, "" for none."""
    pieces = _GROUP.findall(body)
    groups, between = pieces[::2], pieces[1::2]
    together = "".join(groups)
    if len(together) == DIGITS:
        if len(groups) == 1:
            return together, Form.COMPACT
        fits = max(map(len, between)) <= _WIDEST_SEPARATOR and acceptable(groups, between)
        return (together if fits else ""), Form.LOOSE
    if not fewest <= len(together) < DIGITS or together.startswith("0"):
        return "", Form.SHORTENED
    thousands = _THOUSANDS.match(body) is not None
    fours = [len(g) for g in groups[1:]] == [4, 4] and len(set(between)) == 1
    fits = len(groups) == 1 or thousands or fours
    return (together.zfill(DIGITS) if fits else ""), Form.SHORTENED

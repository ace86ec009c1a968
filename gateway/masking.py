"""Masks every digit of whatever could be a My Number in a text (law 4).

Answers: a text that is safe to write or show. A run that holds twelve digits or more, in
any script and with the separators that people use between, loses all its digits.
Trusts: nothing; every string taken from a mail goes through here first.
Fails: never. It masks too much rather than too little: a date and a time side by side
lose their digits, too.
Ten and eleven digits are masked as well, since a spreadsheet eats leading zeros.
"""

from __future__ import annotations

import re
import unicodedata

MASK = "*"
FEWEST_DIGITS = 10


_LAST = 0x1FFFF  # no digit stands above; beyond are ideographs, and tags and private use

# Every character that stands for one digit or more: decimals, circled ones, kanji.
_DIGITS = frozenset(
    c for c in map(chr, range(_LAST + 1)) if unicodedata.digit(c, None) is not None
) | frozenset("〇零一二三四五六七八九壱弐参")
_DIGIT = re.escape("".join(sorted(_DIGITS)))


def _between_class() -> str:
    """Every character that may stand between two digits of one number.

    Whatever is neither a letter nor a digit, in any script, and every mark that nobody sees:
    more than detection reads as one number, so that nothing it finds can be shown unmasked.
    """
    ranges: list[str] = []
    start = None
    for code in range(_LAST + 2):
        inside = code <= _LAST and not _part_of_a_word(chr(code))
        if inside and start is None:
            start = code
        elif not inside and start is not None:
            ranges.append(f"\\U{start:08x}-\\U{code - 1:08x}")
            start = None
    return "".join([*ranges, r"\U000e0000-\U0010ffff"])


def _part_of_a_word(char: str) -> bool:
    if char in _DIGITS:
        return True
    return unicodedata.category(char)[0] == "L" and char not in "ーｰの"


_BETWEEN = f"[{_between_class()}]"
_REACH = 8  # so many of them between two digits
_RUN = re.compile(f"[{_DIGIT}](?:{_BETWEEN}{{0,{_REACH}}}[{_DIGIT}]){{{FEWEST_DIGITS - 1},}}")
_WORDS = re.compile(r"[A-Za-z ._:/-]*")  # most of what a program says; no need to look closer
_ANY_DIGIT = re.compile(f"[{_DIGIT}]")


def mask(text: str) -> str:
    """Return ``text`` with every digit of a long run of digits replaced by ``*``.

    >>> mask("個人番号 1234-5678-9018 です")
    '個人番号 ****-****-**** です'
    >>> mask("令和8年11月21日")
    '令和8年11月21日'
    """
    if len(text) < FEWEST_DIGITS or _WORDS.fullmatch(text):
        return text
    return _RUN.sub(lambda run: _ANY_DIGIT.sub(MASK, run.group()), text)

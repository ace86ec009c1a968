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
import sys
import unicodedata

MASK = "*"
FEWEST_DIGITS = 10


def _digit_class() -> str:
    """Every character that stands for one digit or more: decimals, circled, kanji."""
    extra = "〇零一二三四五六七八九壱弐参"
    found = [
        c
        for c in map(chr, range(sys.maxunicode + 1))
        if unicodedata.digit(c, None) is not None or c in extra
    ]
    return re.escape("".join(found))


_DIGIT = _digit_class()
# What people, programs and renderers put between two digits of one number.
_BETWEEN = (
    r"[\s\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufe00-\ufe0f\ufeff"
    r"\-\u2010-\u2015\u2212\u2043\u30fc\u30fb\uff0d\uff65\uff70_./,:;|+=()\[\]'\"*~、。，．／："
    r"\ud800-\udfff\U000e0000-\U000e0fff]"  # halves of a pair, and tags: nobody sees them
)
_RUN = re.compile(f"[{_DIGIT}](?:{_BETWEEN}{{0,4}}[{_DIGIT}]){{{FEWEST_DIGITS - 1},}}")
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

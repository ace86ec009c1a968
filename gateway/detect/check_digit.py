"""The check digit of an individual number (個人番号, My Number).

Answers: the twelfth digit for eleven given ones, and whether twelve digits agree.
Trusts: its argument to be ASCII digits; folding is ``fold``'s work.
Fails: ``ValueError`` for a body that is not eleven ASCII digits; ``is_valid`` says False.
Standard: 平成26年総務省令第85号 第5条 (令第8条の検査用数字).

The rule lets about one random string in ten pass, so a pass alone is weak evidence.
"""

from __future__ import annotations

import re
from operator import mul

BODY_DIGITS = 11
DIGITS = 12

# Q_n of the ministerial order, written from the left: P_11 … P_1.
_WEIGHTS = (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
_CHECK = ("0", "0", "9", "8", "7", "6", "5", "4", "3", "2", "1")  # by remainder 0 … 10
# Σ P_n·Q_n of four, four and three digits: lists of hundred thousands are checked, too.
_FIRST, _MIDDLE, _LAST = (
    [sum(map(mul, map(int, f"{n:0{len(part)}d}"), part)) for n in range(10 ** len(part))]
    for part in (_WEIGHTS[:4], _WEIGHTS[4:8], _WEIGHTS[8:])
)
_ASCII_DIGITS = re.compile(r"[0-9]+\Z")


def check_digit(body: str) -> str:
    """Return the check digit for the eleven digits before it.

    P_n is the n-th digit from the right, Q_n = n+1 for n ≤ 6 and n-5 above; the digit is
    11 - (Σ P_n·Q_n mod 11), and 0 where that remainder is 0 or 1.

    Raises:
        ValueError: ``body`` is not eleven ASCII digits.

    >>> check_digit("12345678901")
    '8'
    """
    if len(body) != BODY_DIGITS or not _ASCII_DIGITS.match(body):
        raise ValueError("a body is eleven ASCII digits")
    return _check(body)


def is_valid(digits: str) -> bool:
    """Return whether ``digits`` is twelve ASCII digits that end in their check digit.

    >>> is_valid("123456789018"), is_valid("123456789012"), is_valid("12345")
    (True, False, False)
    """
    if len(digits) != DIGITS or not (digits.isascii() and digits.isdigit()):
        return False
    total = _FIRST[int(digits[:4])] + _MIDDLE[int(digits[4:8])] + _LAST[int(digits[8:11])]
    return _CHECK[total % 11] == digits[11]


def _check(digits: str) -> str:
    """The check digit for the first eleven of ``digits``."""
    total = _FIRST[int(digits[:4])] + _MIDDLE[int(digits[4:8])] + _LAST[int(digits[8:11])]
    return _CHECK[total % 11]

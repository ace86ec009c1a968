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
_ASCII_DIGITS = re.compile(r"[0-9]+\Z")

# Q_n of the ministerial order, written from the left: P_11 … P_1.
WEIGHTS = (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
CHECK = ("0", "0", "9", "8", "7", "6", "5", "4", "3", "2", "1")  # by remainder 0 … 10


def _remainders(weights: tuple[int, ...]) -> dict[str, int]:
    """Σ P_n·Q_n mod 11 of every string of as many digits."""
    sums = {"": 0}
    for weight in weights:
        sums = {
            f"{head}{n}": (rest + n * weight) % 11 for head, rest in sums.items() for n in range(10)
        }
    return sums


# Lists of hundred thousands are checked: a number is looked up in three pieces of four digits.
# A last piece is a set of bits: the sums of the first two remainders that it agrees with.
_SUMS = range(2 * 10 + 1)
_AGREES = [
    [(str(d), sum(1 << s for s in _SUMS if CHECK[(s + rest) % 11] == str(d))) for d in range(10)]
    for rest in range(11)
]
_FIRST, _MIDDLE = _remainders(WEIGHTS[:4]), _remainders(WEIGHTS[4:8])
_LAST = {
    three + digit: sums
    for three, rest in _remainders(WEIGHTS[8:]).items()
    for digit, sums in _AGREES[rest]
}


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
    return CHECK[sum(map(mul, map(int, body), WEIGHTS)) % 11]


def is_valid(digits: str) -> bool:
    """Return whether ``digits`` is twelve ASCII digits that end in their check digit.

    >>> is_valid("123456789018"), is_valid("123456789012"), is_valid("12345")
    (True, False, False)
    """
    try:
        return bool(_LAST[digits[8:]] >> (_FIRST[digits[:4]] + _MIDDLE[digits[4:8]]) & 1)
    except KeyError:
        return False

"""Test numbers, made from a seed: no real person's number is ever in this repository.

``my_numbers(seed, n)`` gives n distinct twelve-digit strings with a right check digit;
``wrong_numbers`` the same with a wrong one. The check digit is worked out here by the
table form of 総務省令第85号第5条, on purpose not with the product's own code.
"""

from __future__ import annotations

import random

_WEIGHTS = (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)


def check_digit(body: str) -> str:
    rest = sum(int(d) * w for d, w in zip(body, _WEIGHTS, strict=True)) % 11
    return "0" if rest <= 1 else str(11 - rest)


def my_numbers(seed: int, n: int, *, first: str = "") -> list[str]:
    """n distinct numbers with at least six different digits each, beginning with ``first``."""
    rng = random.Random(seed)
    found: dict[str, None] = {}
    while len(found) < n:
        body = first + "".join(rng.choice("0123456789") for _ in range(11 - len(first)))
        if not first and body[0] == "0":
            continue
        number = body + check_digit(body)
        if len(set(number)) >= 6:
            found[number] = None
    return list(found)


def my_number(seed: int) -> str:
    return my_numbers(seed, 1)[0]


def wrong_numbers(seed: int, n: int) -> list[str]:
    """n distinct twelve-digit strings whose check digit is wrong."""
    rng = random.Random(seed)
    numbers = my_numbers(seed, n)
    return [m[:-1] + str((int(m[-1]) + rng.randint(1, 9)) % 10) for m in numbers]


FULL_WIDTH = str.maketrans("0123456789-", "０１２３４５６７８９－")


def grouped(number: str, separator: str = "-") -> str:
    return separator.join((number[:4], number[4:8], number[8:]))

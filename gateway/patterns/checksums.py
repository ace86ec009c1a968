"""Check digits by name, for detectors that an administrator writes.

Answers: ``CHECKSUMS[name](digits)``: whether the last digit fits those before it.
Trusts: its caller to pass ASCII digits only, at least two.
Fails: never.
Sources: ISO/IEC 7812-1 (luhn), JIS X 0507 (mod10, weights 3 and 1), 総務省令第85号 (my-number),
法人番号省令 第2条 (corporate-number); mod11 with weights 2 to 7 from the right is what driving
licences and most Japanese member numbers use; mod7 (the rest itself) is the parcel services'.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import cycle

from gateway.detect.check_digit import DIGITS, is_valid


def luhn(digits: str) -> bool:
    """Payment cards.

    >>> luhn("4111111111111111")
    True
    """
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def mod10(digits: str) -> bool:
    """JAN, GTIN and 保険者番号 of eight digits are near kin; weights 3 and 1 from the right.

    >>> mod10("4901234567894")
    True
    """
    weighted = sum(int(d) * w for d, w in zip(reversed(digits[:-1]), cycle((3, 1)), strict=False))
    return (10 - weighted % 10) % 10 == int(digits[-1])


def mod11(digits: str) -> bool:
    """Weights 2 to 7 from the right; a rest that gives 10 or 11 is written with its last digit."""
    body = reversed(digits[:-1])
    weighted = sum(int(d) * w for d, w in zip(body, cycle((2, 3, 4, 5, 6, 7)), strict=False))
    return (11 - weighted % 11) % 10 == int(digits[-1])


def mod7(digits: str) -> bool:
    """The number before the last digit, divided by 7, leaves that digit."""
    return int(digits[:-1]) % 7 == int(digits[-1])


def my_number(digits: str) -> bool:
    """個人番号: twelve digits."""
    return len(digits) == DIGITS and is_valid(digits)


def corporate_number(digits: str) -> bool:
    """法人番号: thirteen digits, the check digit first.

    >>> corporate_number("7000012050002")
    True
    """
    if len(digits) != 13:
        return False
    weighted = sum(int(d) * w for d, w in zip(reversed(digits[1:]), cycle((1, 2)), strict=False))
    return 9 - weighted % 9 == int(digits[0])


CHECKSUMS: Mapping[str, Callable[[str], bool]] = {
    "luhn": luhn,
    "mod11": mod11,
    "mod10": mod10,
    "mod7": mod7,
    "my-number": my_number,
    "corporate-number": corporate_number,
}

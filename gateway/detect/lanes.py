"""The digits of many numbers at once: a lane of bytes for each of the twelve places.

Answers: for a list of numbers whether each agrees with its check digit, and how many different
digits each has; the same as ``check_digit`` and a set of its digits say, a tenth of the time.
Trusts: every number to be twelve ASCII digits. Fails: never; linear.

How: lane *i* holds the *i*-th digit of every number, a byte each. Lanes are added as if each
were one long integer: eleven products below eleven stay below 256, so that no byte carries into
its neighbour. What a sum means is looked up for a whole lane by ``bytes.translate``.
Standard: 平成26年総務省令第85号 第5条, as in ``check_digit``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from gateway.detect.check_digit import BODY_DIGITS, CHECK, DIGITS, WEIGHTS

_ALL = range(256)
_ZERO = 0x30


def _table(value: Callable[[int], int]) -> bytes:
    """What to look a lane up in: for each ASCII digit a number below 256."""
    return bytes(value(b - _ZERO) if 0 <= b - _ZERO < 10 else 0 for b in _ALL)


_PRODUCTS = [_table(lambda d, w=weight: d * w % BODY_DIGITS) for weight in WEIGHTS]  # type: ignore[misc]
_EXPECTED = bytes(ord(CHECK[s % BODY_DIGITS]) for s in _ALL)
_SAME = bytes(b == 0 for b in _ALL)
_LOW, _HIGH = _table(lambda d: 1 << d if d < 8 else 0), _table(lambda d: 1 << d >> 8)
_ONES = bytes(map(int.bit_count, _ALL))


def lanes(numbers: Sequence[str]) -> list[bytes]:
    """Return the twelve lanes of a list of numbers."""
    digits = "".join(numbers).encode()
    return [digits[place::DIGITS] for place in range(DIGITS)]


def agree(of: Sequence[bytes]) -> list[bool]:
    """Return for each number whether its check digit agrees (``check_digit.is_valid``).

    >>> agree(lanes(["123456789018", "123456789012"]))
    [True, False]
    """
    size = len(of[0])
    products = map(bytes.translate, of, _PRODUCTS)
    expected = _bytes(sum(map(_integer, products)), size).translate(_EXPECTED)
    difference = _integer(expected) ^ _integer(of[BODY_DIGITS])
    return list(map(bool, _bytes(difference, size).translate(_SAME)))


def different(of: Sequence[bytes]) -> bytes:
    """Return how many different digits each number has, a byte each.

    >>> list(different(lanes(["123456789018", "000000000000"])))
    [10, 1]
    """
    low, high = (_either(lane.translate(table) for lane in of) for table in (_LOW, _HIGH))
    counts = (_integer(_bytes(met, len(of[0])).translate(_ONES)) for met in (low, high))
    return _bytes(sum(counts), len(of[0]))


def _either(lanes: Iterable[bytes]) -> int:
    met = 0
    for lane in lanes:
        met |= _integer(lane)
    return met


def _integer(lane: bytes) -> int:
    return int.from_bytes(lane, "little")


def _bytes(lane: int, size: int) -> bytes:
    return lane.to_bytes(size, "little")

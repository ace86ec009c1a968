"""Name keys: what of a name every slip leaves intact, as stable 64-bit numbers in sorted arrays.

Answers: ``key`` (a number for a text of one kind, the same on every machine and start),
``near_keys`` (of a label and all its one-letter deletions: two labels one edit or one swap
apart share one), ``KeyTable`` (key → numbers of names, in memory or mapped from a file that all
processes share; a bit for each key stands before it, since nearly no probe is there) and
``NameSet`` (exact membership in a long list, 8 bytes a name).
Trusts: nothing; two texts with one key cost a comparison more, since every hit of a
``KeyTable`` is compared letter by letter afterwards. ``NameSet`` has no letters to compare,
so its numbers are of BLAKE2b, which nobody can aim at.
Fails: never.
"""

from __future__ import annotations

import sys
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

HITS_A_KEY = 64  # names looked at for one key: a hundred partners called "info" cost no more
BITS_A_KEY = 16  # one probe in 17 that is not there passes the bits, and costs a search
_AT_ONCE = 1 << 20  # keys whose bits are set at one time, so that a long list costs no memory
_PRIME = (1 << 61) - 1

# The remainder by this prime, which a 64-bit Python has at hand as an integer's hash.
_number: Callable[[int], int] = (
    hash if sys.hash_info.modulus == _PRIME else lambda whole: whole % _PRIME
)

Numbers = npt.NDArray[np.uint64]
Places = npt.NDArray[np.uint32]
Bits = npt.NDArray[np.uint8]


class Kind:
    """What of a name a key is made from: the first byte of the text that is numbered."""

    STEM = b"t"  # label with a government's kind: the suffix was swapped
    SQUEEZED = b"q"  # whole name without dots and hyphens
    GLUED = b"g"  # label and suffix without dots, as somebody's label
    NEAR = b"n"  # label, or label less one letter
    SKELETON = b"s"  # label with letters folded that look alike on paper
    SOUND = b"r"  # label with spellings folded that sound alike


def key(kind: bytes, text: str) -> int:
    """Return the number of ``text``; texts of different kinds never share one by design."""
    return _number(int.from_bytes(kind + text.encode()))


def near_keys(label: str) -> list[int]:
    """Return the ``NEAR`` keys of an ASCII label: its own, and those of its deletions."""
    text = Kind.NEAR + label.encode("ascii")
    texts = [text[:i] + text[i + 1 :] for i in range(1, len(text))]
    texts.append(text)
    return list(map(_number, map(int.from_bytes, texts)))


class KeyTable:
    """Key → names' numbers. Two arrays of one length, the first sorted, and bits; only read.

    A stranger's name has some 25 probes, of which none is there. Each costs one bit here; a
    search in the sorted keys costs as many misses of the processor's cache as it has steps.
    """

    def __init__(self, keys: Numbers, names: Places, bits: Bits) -> None:
        self.keys = keys
        self.names = names
        self.bits = bits
        # Views hand out plain integers: what an array hands out costs more than the search.
        self._keys, self._names, self._bits = keys.data, names.data, bits.data
        self._places = len(bits) * 8

    @classmethod
    def of(cls, keys: Sequence[int], names: Sequence[int]) -> KeyTable:
        """Sort pairs of (key, name) that stand side by side in two sequences."""
        numbers = np.asarray(keys, dtype=np.uint64)
        order = np.argsort(numbers, kind="stable")
        del keys
        numbers = numbers[order]
        return cls(numbers, np.asarray(names, dtype=np.uint32)[order], _bits_of(numbers))

    def hits(self, probes: Sequence[int]) -> Iterator[tuple[int, list[int]]]:
        """Yield (place in ``probes``, numbers of names) for every probe that is there."""
        if not self._places:
            return
        bits, places = self._bits, self._places
        for at, probe in enumerate(probes):
            bit = probe % places
            if bits[bit >> 3] >> (bit & 7) & 1 and (names := self._names_of(probe)):
                yield at, names

    def _names_of(self, probe: int) -> list[int]:
        start = end = bisect_left(self._keys, probe)
        last = min(start + HITS_A_KEY, len(self._keys))
        while end < last and self._keys[end] == probe:
            end += 1
        return self._names[start:end].tolist()


def _bits_of(keys: Numbers) -> Bits:
    """A bit for each key, at its remainder; some stand in one place."""
    bits = np.zeros(len(keys) * BITS_A_KEY // 8, dtype=np.uint8)
    for part in np.array_split(keys, len(keys) // _AT_ONCE + 1):
        at = part % np.uint64(max(len(bits) * 8, 1))
        np.bitwise_or.at(
            bits, at >> np.uint64(3), np.uint8(1) << (at & np.uint64(7)).astype(np.uint8)
        )
    return bits


class NameSet:
    """Exact membership in a list of names; a sorted array of their BLAKE2b numbers."""

    def __init__(self, numbers: Numbers) -> None:
        self.numbers = numbers
        self._numbers = numbers.data

    @classmethod
    def of(cls, names: Iterable[str]) -> NameSet:
        return cls(np.unique(np.fromiter(map(_digest, names), dtype=np.uint64)))

    def __contains__(self, name: str) -> bool:
        number = _digest(name)
        at = bisect_left(self._numbers, number)
        return at < len(self._numbers) and self._numbers[at] == number

    def has_any(self, names: Iterable[str]) -> bool:
        """Whether one of ``names`` is a member; at no cost where there are no members."""
        return len(self.numbers) > 0 and any(name in self for name in names)

    def __len__(self) -> int:
        return len(self.numbers)


def _digest(name: str) -> int:
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest())

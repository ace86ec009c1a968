"""Name keys: what of a name every slip leaves intact, as stable 64-bit numbers in sorted arrays.

Answers: ``key`` (a number for a text of one kind, the same on every machine and start),
``near_keys`` (of a label and all its one-letter deletions: two labels one edit or one swap
apart share one), ``KeyTable`` (key → numbers of names, in memory or mapped from a file that all
processes share) and ``NameSet`` (exact membership in a long list, 8 bytes a name).
Trusts: nothing; two texts with one key cost a comparison more, since every hit of a
``KeyTable`` is compared letter by letter afterwards. ``NameSet`` has no letters to compare,
so its numbers are of BLAKE2b, which nobody can aim at.
Fails: never.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

HITS_A_KEY = 64  # names looked at for one key: a hundred partners called "info" cost no more
_PRIME = (1 << 61) - 1

Numbers = npt.NDArray[np.uint64]
Places = npt.NDArray[np.uint32]


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
    return int.from_bytes(kind + text.encode()) % _PRIME


def near_keys(label: str) -> list[int]:
    """Return the ``NEAR`` keys of an ASCII label: its own, and those of its deletions."""
    text = Kind.NEAR + label.encode("ascii")
    texts = [text[:i] + text[i + 1 :] for i in range(1, len(text))]
    texts.append(text)
    return [int.from_bytes(t) % _PRIME for t in texts]


class KeyTable:
    """Key → names' numbers. Two arrays of one length, the first sorted; only read."""

    def __init__(self, keys: Numbers, names: Places) -> None:
        self.keys = keys
        self.names = names

    @classmethod
    def of(cls, keys: Sequence[int], names: Sequence[int]) -> KeyTable:
        """Sort pairs of (key, name) that stand side by side in two sequences."""
        numbers = np.asarray(keys, dtype=np.uint64)
        order = np.argsort(numbers, kind="stable")
        return cls(numbers[order], np.asarray(names, dtype=np.uint32)[order])

    def hits(self, probes: Sequence[int]) -> Iterator[tuple[int, list[int]]]:
        """Yield (place in ``probes``, numbers of names) for every probe that is there."""
        if not len(self.keys):
            return
        wanted = np.array(probes, dtype=np.uint64)
        starts = self.keys.searchsorted(wanted)
        found = (self.keys.take(starts, mode="clip") == wanted).nonzero()[0]
        if not len(found):
            return
        ends = self.keys.searchsorted(wanted[found], side="right")
        for at, start, end in zip(
            found.tolist(), starts[found].tolist(), ends.tolist(), strict=True
        ):
            yield at, self.names[start : min(end, start + HITS_A_KEY)].tolist()


class NameSet:
    """Exact membership in a list of names; a sorted array of their BLAKE2b numbers."""

    def __init__(self, numbers: Numbers) -> None:
        self.numbers = numbers

    @classmethod
    def of(cls, names: Iterable[str]) -> NameSet:
        return cls(np.unique(np.fromiter(map(_digest, names), dtype=np.uint64)))

    def __contains__(self, name: str) -> bool:
        number = np.uint64(_digest(name))
        at = int(self.numbers.searchsorted(number))
        return at < len(self.numbers) and bool(self.numbers[at] == number)

    def has_any(self, names: Iterable[str]) -> bool:
        """Whether one of ``names`` is a member; at no cost where there are no members."""
        return len(self.numbers) > 0 and any(name in self for name in names)

    def __len__(self) -> int:
        return len(self.numbers)


def _digest(name: str) -> int:
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest())

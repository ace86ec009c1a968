"""Known names in arrays, each findable by everything that a slip leaves intact.

Answers: ``NameTable.of`` (built from names), ``hits`` (which known names share a key with a
typed one), ``save`` and ``load`` (the arrays in one file, mapped into memory, so that all
processes share one copy of a long list).
Trusts: the file it maps, which lies beside the store and is this program's own; a file that
was made from other lists, by another version or cut short is not taken.
Fails: ``OSError`` when the file cannot be written; ``load`` answers None instead.
"""

from __future__ import annotations

import os
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from gateway.recipients.keys import KeyTable, Kind, Numbers, Places, key, near_keys
from gateway.recipients.names import Name, split
from gateway.recipients.slips import skeleton, sounds

FEW_LETTERS = 4  # up to this length a provider's name has real neighbours too
REMEMBERED_SPLITS = 65_536
_MAGIC = b"sekisho names 2\n"
_DIGEST = 32
_ARRAYS = 6  # in the file
_PROVIDER = 0x80  # in the byte of the tier
_Bytes = npt.NDArray[np.uint8]


class Tier(IntEnum):
    """Where a known name comes from; of two equal candidates the lower tier is suggested."""

    TRUSTED = 0
    INTERNAL = 1
    PROTECTED = 2
    PROVIDER = 3
    RARE_PROVIDER = 4  # meant only where the typed name is broken beyond doubt


_TIERS = tuple(Tier)


@dataclass(frozen=True, slots=True)
class Known:
    """A name that people write to, and so mistype."""

    name: str  # as listed, normalised; can stand below its organisation
    parts: Name  # its organisation
    tier: Tier
    provider: bool = False  # freemail or carrier, whichever tier lists it

    @property
    def length(self) -> int:
        return len(self.parts.label)


def squeeze(name: str) -> str:
    """The name without its dots and hyphens."""
    return name.replace(".", "").replace("-", "")


def keys_of(entry: Known) -> list[int]:
    """Everything that one name is found by."""
    parts = entry.parts
    stem, suffix, label = parts.stem, parts.suffix, parts.label
    found = [key(Kind.STEM, stem), key(Kind.SQUEEZED, squeeze(entry.name))]
    if entry.name != parts.organisation:
        found.append(key(Kind.SQUEEZED, squeeze(parts.organisation)))
    if entry.tier is Tier.RARE_PROVIDER:
        return found
    found.append(key(Kind.GLUED, squeeze(stem + suffix)))
    if entry.provider and entry.length > FEW_LETTERS and "." in suffix:  # yahooco.com
        found.append(key(Kind.GLUED, squeeze(stem + suffix.partition(".")[0])))
    if not label.startswith("xn--"):
        found += (key(Kind.SKELETON, skeleton(label)), key(Kind.SOUND, sounds(label)))
        found += near_keys(label)
    return found


class NameTable:
    """Known names and their keys. Built or mapped once, then only read."""

    def __init__(self, text: _Bytes, starts: Places, tiers: _Bytes, table: KeyTable) -> None:
        self._text = text  # names, one after another
        self._starts = starts  # where each begins; one more for the end
        self._tiers = tiers
        self._table = table
        self._views = text.data, starts.data, tiers.data  # which hand out plain integers

    def __len__(self) -> int:
        return len(self._tiers)

    @classmethod
    def of(cls, entries: Iterable[Known]) -> NameTable:
        text, starts, tiers = bytearray(), [0], bytearray()
        keys, owners = array("Q"), array("L")
        for number, entry in enumerate(entries):
            text += entry.name.encode("ascii")
            starts.append(len(text))
            tiers.append(entry.tier | (_PROVIDER if entry.provider else 0))
            found = keys_of(entry)
            keys.extend(found)
            owners.extend([number] * len(found))
        return cls(
            np.frombuffer(bytes(text), np.uint8),
            np.asarray(starts, np.uint32),
            np.frombuffer(bytes(tiers), np.uint8),
            KeyTable.of(keys, owners),
        )

    def entry(self, number: int) -> Known | None:
        """The name of a number; None for one without an organisation, which ``of`` lets in."""
        text, starts, tier = self._views[0], self._views[1], self._views[2][number]
        name = str(text[starts[number] : starts[number + 1]], "ascii")
        parts = _split(name)
        return Known(name, parts, _TIERS[tier & ~_PROVIDER], tier >= _PROVIDER) if parts else None

    def hits(self, probes: Sequence[int]) -> Iterator[tuple[int, Known]]:
        """Yield (place in ``probes``, name) for every known name with one of these keys."""
        read: dict[int, Known | None] = {}  # a name shares several keys with its slip
        for at, numbers in self._table.hits(probes):
            for number in numbers:
                if number not in read:
                    read[number] = self.entry(number)
                if (entry := read[number]) is not None:
                    yield at, entry

    # -------------------------------------------------------------- a file of it

    def save(self, path: Path, sources: bytes) -> None:
        """Write the arrays to ``path``, all or nothing; ``sources`` is the lists' digest."""
        table = self._table
        arrays = (self._starts, table.names, table.keys, table.bits, self._tiers, self._text)
        sizes = np.asarray([array.nbytes for array in arrays], np.uint64)
        part = path.with_name(f"{path.name}.{os.getpid()}")
        try:
            with part.open("wb") as file:
                file.write(_MAGIC + sources.ljust(_DIGEST, b"\0") + sizes.tobytes())
                for array in arrays:
                    file.write(b"\0" * (-file.tell() % 8))
                    file.write(array.data if array.nbytes else b"")
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)

    @classmethod
    def load(cls, path: Path, sources: bytes) -> NameTable | None:
        """Map the arrays of ``path``; None when it was not made of these ``sources``."""
        try:
            whole = np.memmap(path, np.uint8, mode="r")
        except (OSError, ValueError):  # missing, not ours to read, empty
            return None
        begin = len(_MAGIC) + _DIGEST
        if whole[:begin].tobytes() != _MAGIC + sources.ljust(_DIGEST, b"\0"):
            return None
        sizes = whole[begin : begin + 8 * _ARRAYS].view(np.uint64).tolist()
        arrays, at = [], begin + 8 * _ARRAYS
        for size in sizes:
            at += -at % 8
            arrays.append(whole[at : at + size])
            at += size
        if at != len(whole):
            return None
        starts, names, keys, bits, tiers, text = arrays
        table = KeyTable(_as_numbers(keys), _as_places(names), np.asarray(bits))
        return cls(np.asarray(text), _as_places(starts), np.asarray(tiers), table)


def _as_numbers(raw: npt.NDArray[np.uint8]) -> Numbers:
    return np.asarray(raw.view(np.uint64))


def _as_places(raw: npt.NDArray[np.uint8]) -> Places:
    return np.asarray(raw.view(np.uint32))


_split = lru_cache(REMEMBERED_SPLITS)(split)

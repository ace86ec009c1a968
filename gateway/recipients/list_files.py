"""The administrator's own lists of names, read from files and kept ready for every process.

Answers: ``load``, the lists of one directory: ``protected.txt`` (names that mail goes to, and
that people mistype), ``known-real.txt`` (names that exist), ``known-bad.txt`` (names never to
write to, each with the one that was meant). They extend what is shipped; a list whose name
ends in ``.only.txt`` stands instead of it. ``table_of``, the names of a policy, likewise kept.
Trusts: the administrator, but not the typing: what names nobody is in ``rejected``.
Fails: ``OSError`` for a list that cannot be read. What was made of long lists lies in
``cache``, under the digest of the files it was made from; a cache that cannot be written, or
does not fit, costs the time to make it again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import blake2b
from pathlib import Path

import numpy as np
import structlog

from gateway.recipients.keys import NameSet
from gateway.recipients.known import Known, NameTable, Tier
from gateway.recipients.lists import parse, parse_pairs
from gateway.recipients.names import is_bare_suffix, split
from gateway.recipients.normalise import read_domain

log = structlog.get_logger(__name__)

CACHED_FROM = 20_000  # names; fewer are read anew in less than half a second
_VERSION = b"1"  # of what is made from the files


class ListKind(StrEnum):
    PROTECTED = "protected"
    REAL = "known-real"
    BAD = "known-bad"


@dataclass(frozen=True, eq=False)
class NameLists:
    """Lists of names, ready to be asked."""

    protected: NameSet = field(default_factory=lambda: NameSet.of(()))
    real: NameSet = field(default_factory=lambda: NameSet.of(()))
    table: NameTable = field(default_factory=lambda: NameTable.of(()))  # of ``protected``
    bad: Mapping[str, str] = field(default_factory=dict, repr=False)  # name → meant, or ""
    shipped_real: bool = True  # whether the shipped list of this kind counts, too
    shipped_bad: bool = True
    rejected: tuple[str, ...] = ()  # what names nobody, as it was written


NO_LISTS = NameLists()


def load(directory: Path, cache: Path | None = None) -> NameLists:
    """Read the lists of ``directory``; none where it does not exist.

    Args:
        directory: the administrator's files.
        cache: where to keep what is made of long lists; beside the store.
    """
    texts = {kind: _texts(directory, kind) for kind in ListKind}
    if not any(text.strip() for text, _ in texts.values()):
        return NO_LISTS
    bad = dict(parse_pairs(texts[ListKind.BAD][0]))
    protected, table, real, rejected = _made(
        texts[ListKind.PROTECTED][0], texts[ListKind.REAL][0], cache
    )
    return NameLists(
        protected,
        real,
        table,
        bad,
        shipped_real=not texts[ListKind.REAL][1],
        shipped_bad=not texts[ListKind.BAD][1],
        rejected=rejected,
    )


def table_of(
    tiers: Mapping[str, Tier],
    known: Callable[[Mapping[str, Tier]], Iterable[Known]],
    cache: Path | None,
) -> NameTable:
    """The table of these names; of many, mapped from a file that the first process made.

    Args:
        tiers: the names, normalised.
        known: takes them apart, which is asked only where the table has to be made.
        cache: where the file lies; None: nowhere.
    """
    if cache is None or len(tiers) < CACHED_FROM:
        return NameTable.of(known(tiers))
    digest = blake2b(_VERSION, digest_size=16)
    digest.update("\n".join(tiers).encode() + bytes(tiers.values()))
    path = cache / f"policy-names-{digest.hexdigest()}.table"
    if (kept := NameTable.load(path, digest.digest())) is not None:
        return kept
    made = NameTable.of(known(tiers))
    try:
        for old in cache.glob("policy-names-*"):
            old.unlink(missing_ok=True)
        made.save(path, digest.digest())
    except OSError as error:
        log.warning("names of the policy not cached", cause=error.strerror)
    return NameTable.load(path, digest.digest()) or made


def sound(entries: Iterable[str], rejected: list[str]) -> Iterator[str]:
    """The entries' normalised names; what names nobody goes to ``rejected``."""
    for entry in entries:
        name = read_domain(entry).name
        if name and not is_bare_suffix(name):
            yield name
        else:
            rejected.append(entry)


def path_of(directory: Path, kind: ListKind, *, instead: bool) -> Path:
    """Where a list of one kind stands: beside the shipped one, or instead of it."""
    return directory / f"{kind.value}{'.only' if instead else ''}.txt"


def _texts(directory: Path, kind: ListKind) -> tuple[str, bool]:
    """The text of one kind of list, and whether it stands instead of the shipped one."""
    paths = [path_of(directory, kind, instead=instead) for instead in (False, True)]
    found = [p.read_text(encoding="utf-8") if p.is_file() else "" for p in paths]
    return "\n".join(found), paths[1].is_file()


_Made = tuple[NameSet, NameTable, NameSet, tuple[str, ...]]


def _made(protected: str, real: str, cache: Path | None) -> _Made:
    """What two texts come to; from the cache where it was made of the same ones."""
    if cache is None or (protected.count("\n") + real.count("\n")) < CACHED_FROM:
        return _make(protected, real)
    digest = blake2b(_VERSION + protected.encode() + b"\0" + real.encode(), digest_size=16)
    path = cache / f"names-{digest.hexdigest()}"
    return _cached(path, digest.digest()) or _keep(path, digest.digest(), _make(protected, real))


def _make(protected: str, real: str) -> _Made:
    rejected: list[str] = []
    names = list(dict.fromkeys(sound(parse(protected), rejected)))
    known = (Known(n, parts, Tier.PROTECTED) for n in names if (parts := split(n)))
    return (
        NameSet.of(names),
        NameTable.of(known),
        NameSet.of(sound(parse(real), rejected)),
        tuple(rejected),
    )


def _cached(path: Path, sources: bytes) -> _Made | None:
    table = NameTable.load(path.with_suffix(".table"), sources)
    if table is None:
        return None
    try:
        sets = [
            np.load(path.with_suffix(f".{k}.npy"), mmap_mode="r") for k in ("protected", "real")
        ]
    except (OSError, ValueError):  # missing or cut short: made again
        return None
    return NameSet(np.asarray(sets[0])), table, NameSet(np.asarray(sets[1])), ()


def _keep(path: Path, sources: bytes, made: _Made) -> _Made:
    protected, table, real, rejected = made
    if rejected:
        return made  # to be told at every start, until the lists are mended
    try:
        for old in path.parent.glob("names-*"):
            old.unlink(missing_ok=True)
        for name, names in (("protected", protected), ("real", real)):
            np.save(path.with_suffix(f".{name}.npy"), names.numbers)
        table.save(path.with_suffix(".table"), sources)  # the last: it vouches for the others
    except OSError as error:
        log.warning("name lists not cached", cause=error.strerror)
    return made

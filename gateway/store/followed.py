"""A mapping that follows the file it was read from.

Answers: like a ``dict`` of the file's newest content; a file that was replaced is read again
when the mapping is next asked, so that a key added by ``keys rotate`` is used by processes
that run already.
Trusts: the reader. Fails: as the reader does, each time while the file is missing or
damaged: what was read before is not used any more.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
_Stamp = tuple[int, int, int]


class Followed(Mapping[str, T]):
    """What ``read`` gives, read again whenever the file at ``path`` is another."""

    def __init__(self, path: Path, read: Callable[[], Mapping[str, T]]) -> None:
        self._path = path
        self._read = read
        self._stamp: _Stamp | None = None
        self._content: Mapping[str, T] = {}
        self._now()

    def __getitem__(self, key: str) -> T:
        return self._now()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._now())

    def __len__(self) -> int:
        return len(self._now())

    def __repr__(self) -> str:
        return f"<Followed {self._path.name}>"

    def _now(self) -> Mapping[str, T]:
        stamp = _stamp(self._path)
        if stamp is None or stamp != self._stamp:
            self._content = self._read()
            self._stamp = stamp
        return self._content


def _stamp(path: Path) -> _Stamp | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size

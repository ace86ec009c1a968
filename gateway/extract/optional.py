"""Readers that are there only where an optional package is installed.

Answers: ``lacking``: which formats are named ``unsupported`` here for want of a package.
Trusts: what is installed; nothing is loaded, so that the gateway's own process may ask.
Fails: never.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version


@dataclass(frozen=True, slots=True)
class Optional:
    """What is read with a package, and how the package comes."""

    reads: str  # as a person calls the format
    extra: str  # of this package, that brings it
    package: str  # as pip lists it
    least: tuple[int, int] = (0, 0)  # version


_ALL = (
    Optional("HEIC", "heic", "pi-heif", (1, 4)),  # threads can be refused
    Optional("7z with a password", "locked-7z", "py7zr"),
)


def lacking() -> list[Optional]:
    """Return what is not read here, in a fixed order."""
    return [one for one in _ALL if not _installed(one)]


def _installed(one: Optional) -> bool:
    try:
        found = version(one.package)
    except PackageNotFoundError:
        return False
    numbers = [int(n) for n in re.findall(r"\d+", found)[:2]]
    return tuple(numbers) >= one.least

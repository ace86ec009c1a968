"""Readers that are there only where an optional package is installed.

Answers: ``lacking``: which formats are named ``unsupported`` here for want of a package.
Trusts: what is installed; nothing is loaded, so that the gateway's own process may ask.
Fails: never.
"""

from __future__ import annotations

import os
import re
from ctypes.util import find_library
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version


@dataclass(frozen=True, slots=True)
class Optional:
    """What is read with a package, and how the package comes."""

    name: str  # as the log names it
    reads: str  # as a person calls the formats
    install: str  # what brings it
    package: str = ""  # as pip lists it; "" for a library of the system
    least: tuple[int, int] = (0, 0)  # version
    library: str = ""  # as the linker knows it


_ALL = (
    Optional("heic", "HEIC", "pip install '.[heic]'", "pi-heif", (1, 4)),  # can refuse threads
    Optional("locked-7z", "7z with a password", "pip install '.[locked-7z]'", "py7zr"),
    Optional(
        "libarchive",
        "7z, RAR, LZH, CAB, ISO, tar",
        "apt install libarchive13",
        library="archive",
    ),
)


def lacking() -> list[Optional]:
    """Return what is not read here, in a fixed order."""
    return [one for one in _ALL if not _installed(one)]


def _installed(one: Optional) -> bool:
    if one.library:  # named by LIBARCHIVE where it is in no usual place
        return bool(os.environ.get("LIBARCHIVE") or find_library(one.library))
    try:
        found = version(one.package)
    except PackageNotFoundError:
        return False
    numbers = [int(n) for n in re.findall(r"\d+", found)[:2]]
    return tuple(numbers) >= one.least

"""The character maps of PDF's Japanese fonts, loaded before a worker gives up its rights.

Answers: ``warm`` fills pdfminer.six's own cache; a worker cannot open the files any more.
Trusts: the wheel's files.
Fails: never. The maps of Chinese and Korean fonts stay out (130 MB for a second opinion, and
PDFium brings its own); those to Unicode are here for all four.
Standards: ISO 32000-2, 9.7.5.2.
"""

from __future__ import annotations

import re
from importlib.resources import files

from pdfminer.cmapdb import CMapDB

_MAP = re.compile(r"(to-unicode-)?(.+)\.json\.gz")
_OTHERS = re.compile(r"Uni(?:CNS|GB|KS)|B5|CNS|GB|KSC|HK|ETHK|ETen")


def warm() -> None:
    """Load the maps once, shared by all workers, since they are forked after it."""
    for entry in files("pdfminer").joinpath("cmap").iterdir():
        found = _MAP.fullmatch(entry.name)
        if found and found[1]:
            CMapDB.get_unicode_map(found[2])
        elif found and not _OTHERS.match(found[2]):
            CMapDB.get_cmap(found[2])

"""The character maps of PDF's Japanese fonts, loaded before a worker gives up its rights.

Answers: ``warm`` fills pdfminer.six's own cache; a worker cannot open the files any more.
Trusts: the wheel's files.
Fails: never. Maps that programs of this century do not write stay out, and those of Chinese
and Korean fonts (130 MB, for a second opinion: PDFium brings its own).
Standards: ISO 32000-2, 9.7.5.2.
"""

from __future__ import annotations

from pdfminer.cmapdb import CMapDB

_MAPS = ("90ms-RKSJ", "90msp-RKSJ", "EUC", "UniJIS-UCS2", "UniJIS-UCS2-HW", "UniJIS-UTF16")
_LATER_MAPS = ("UniJIS2004-UTF16", "UniJISX0213-UTF32", "UniJIS-UTF32", "UniJIS-UTF8")


def warm() -> None:
    """Load the maps once, shared by all workers, since they are forked after it."""
    for name in (*_MAPS, *_LATER_MAPS):
        for direction in ("H", "V"):
            CMapDB.get_cmap(f"{name}-{direction}")
    for name in ("H", "V"):
        CMapDB.get_cmap(name)
    CMapDB.get_unicode_map("Adobe-Japan1")

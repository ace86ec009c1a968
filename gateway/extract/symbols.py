"""Digits drawn with symbol fonts: a person sees 1, the file says U+F081 in Wingdings.

Answers: the text that such characters show, for Word's ``w:sym`` and for characters in
the private area that symbol fonts are mapped to.
Trusts: nothing. Fails: never; what is no digit or letter is one space.
Standards: ECMA-376 part 1, 17.3.3.30; the fonts' tables as Unicode 7.0 maps them.
"""

from __future__ import annotations

import re

_FIRST, _LAST = 0xF020, 0xF0FF  # where symbol fonts' 256 characters stand
_PRIVATE = re.compile(f"[{chr(_FIRST)}-{chr(_LAST)}]")


def _circled(zero: int, dark_zero: int) -> dict[int, str]:
    """Circled digits from 0, light and dark."""
    return {start + n: str(n) for start in (zero, dark_zero) for n in range(10)}


_FONTS = {
    "wingdings": _circled(0x80, 0x8B),
    "wingdings 2": _circled(0x69, 0x74),
}


def symbol(code: str, font: str) -> str:
    """Return what a symbol shows.

    >>> symbol("F081", "Wingdings"), symbol("F035", "Symbol"), symbol("x", "Symbol")
    ('1', '5', ' ')
    """
    try:
        at = int(code[:8], 16) & 0xFF
    except ValueError:
        return " "
    table = _FONTS.get(font.strip().lower())
    if table is not None:
        return table.get(at, " ")
    return chr(at) if 0x20 <= at < 0x7F else " "


def plain(text: str) -> str:
    """Return ``text`` with private characters as the ASCII that symbol fonts have there."""
    if text.isascii():
        return text
    return _PRIVATE.sub(_as_ascii, text)


def _as_ascii(found: re.Match[str]) -> str:
    at = ord(found[0]) & 0xFF
    return chr(at) if at < 0x7F else found[0]

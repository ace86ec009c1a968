"""Which ASCII name an internationalised one looks like on a screen.

Answers: ``ascii_twin``, the name in plain letters that ``citу.example`` (with a Cyrillic у)
is drawn like; "" for a name that is plain already, or that has a letter nobody takes for a
Latin one, such as any kanji or kana.
Trusts: ``lists/confusables.txt``, the single-letter part of Unicode's table that IDNA lets
into a name, brought down to [a-z0-9-].
Fails: never.
Standards: UTS 39 section 4 (skeletons), RFC 5891 (A-labels).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from gateway.recipients import lists

_WITH = re.compile("LATIN SMALL LETTER ([A-Z]) WITH ")


@lru_cache(1)
def _table() -> dict[int, str]:
    return {ord(letter): plain for letter, plain in lists.confusables()}


def ascii_twin(domain: str) -> str:
    """Return the plain name that a normalised domain with A-labels looks like, or "".

    >>> ascii_twin("xn--cit-smc.jp")  # citу.jp, with U+0443
    'city.jp'
    """
    if "xn--" not in domain:
        return ""
    folded = ".".join(_plain(label) for label in domain.split("."))
    return folded if folded.isascii() and folded != domain else ""


def _plain(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        shown = label[4:].encode().decode("punycode")
    except UnicodeError:
        return label
    folded = unicodedata.normalize("NFD", shown.translate(_table())).translate(_table())
    return "".join(_base(c) for c in folded if not unicodedata.combining(c)) or label


def _base(letter: str) -> str:
    """A letter with a hook, bar or tail that Unicode does not take apart: ``ɓ`` is a b."""
    if letter.isascii():
        return letter
    named = _WITH.match(unicodedata.name(letter, ""))
    return named[1].lower() if named else letter

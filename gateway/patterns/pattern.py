"""One detector of an administrator's: what it looks like, and what must stand near it.

Answers: ``Pattern``, a plain value that travels to workers as JSON; ``compiled`` its regular
expression.
Trusts: nothing in the expression: RE2 takes no backtracking, and memory is bounded.
Fails: ``PatternError`` with RE2's own reason and nothing else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import re2

_MOST_MEMORY = 8 << 20  # bytes that one expression may take, compiled
_BLANKS = re.compile(r"\s+")


class PatternError(ValueError):
    """The expression is none that RE2 takes."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A detector: an expression or a list of words."""

    id: str
    expression: str = ""  # RE2; a first group, if there is one, is the number that is checked
    words: tuple[str, ...] = ()  # instead of an expression: any of these words
    near: tuple[str, ...] = ()  # words of which one must stand near for more than "possible"
    reach: int = 60  # characters to both sides that are near
    checksum: str = ""  # name in ``CHECKSUMS``; only digits of the match count
    at_least: int = 1  # different matches in a mail, else nothing was found

    def __post_init__(self) -> None:
        compiled(self)


def compiled(pattern: Pattern) -> Any:
    """The expression of a pattern, for text in half width.

    Raises: PatternError: RE2 does not take it.
    """
    if pattern.words:
        return _compiled("|".join(_word(w) for w in sorted(pattern.words, key=len, reverse=True)))
    return _compiled(pattern.expression)


def _word(word: str) -> str:
    """A word as people write it: any case, blanks of any kind between its parts (社 外 秘)."""
    parts = _BLANKS.split(word.strip()) if word.isascii() else list("".join(word.split()))
    spaced = r"\s*".join(re2.escape(part) for part in parts)
    latin_start = r"\b" if word[:1].isascii() and word[:1].isalnum() else ""
    latin_end = r"\b" if word[-1:].isascii() and word[-1:].isalnum() else ""
    return f"(?i:{latin_start}{spaced}{latin_end})"


@lru_cache(maxsize=256)
def _compiled(expression: str) -> Any:
    options = re2.Options()
    options.max_mem = _MOST_MEMORY
    options.log_errors = False
    try:
        return re2.compile(expression, options)
    except re2.error as error:
        told = error.args[0] if error.args else ""
        text = told.decode("utf-8", "replace") if isinstance(told, bytes) else str(told)
        raise PatternError(text or "is no expression that RE2 takes") from None

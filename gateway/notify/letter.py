"""What a notice says in one language, before it becomes text or HTML.

Answers: ``Letter``, the parts every notice is made of, and ``shown``, the only way in for
a string taken from a mail.
Trusts: sentences of the catalogue. Values put into them came through ``shown``.
Fails: never.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from gateway import i18n
from gateway.incident.clocks import JAPAN
from gateway.masking import mask

CATALOGUE = "notify"
NAME_LIMIT = 200  # characters of a place, an address, a subject
SENTENCE_LIMIT = 1000  # characters of an explanation or of a handler's words
# Control, format (bidi, zero-width), surrogate, line and paragraph separator.
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


@dataclass(frozen=True, slots=True)
class Item:
    """One point of a list, with lines that belong to it."""

    text: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and its points."""

    heading: str
    items: tuple[Item, ...]  # a section without items is left out


@dataclass(frozen=True, slots=True)
class Letter:
    """A whole notice in one language. Holds no digit of a number."""

    lang: str
    title: str
    lead: str
    facts: tuple[tuple[str, str], ...]  # label and value
    sections: tuple[Section, ...]
    link_label: str
    link: str  # a page of the console; "" when there is none
    closing: str


def say(key: str, lang: str, **values: object) -> str:
    """Return a sentence of the notices' catalogue."""
    return i18n.text(CATALOGUE, key, lang, **values)


def items(sentences: Iterable[str]) -> tuple[Item, ...]:
    """Make points of sentences, each of them once."""
    return tuple(Item(sentence) for sentence in dict.fromkeys(sentences))


def shown(text: str, limit: int = NAME_LIMIT) -> str:
    """Return a string from a mail as people may see it: one line, masked, not too long.

    Invisible characters go first, since they could part the digits of a number or turn
    the order of what is read; it is cut last, since a cut could part a number, too.
    """
    visible = "".join(
        " " if unicodedata.category(c) in _INVISIBLE else c for c in text[: limit * 2]
    )
    masked = mask(" ".join(visible.split()))
    return masked if len(masked) <= limit else masked[:limit] + "…"


def moment(when: datetime, lang: str) -> str:
    """Return a time of day in Japan, in words."""
    local = when.astimezone(JAPAN)
    return say(
        "time", lang, year=local.year, month=local.month, day=local.day,
        hour=local.hour, minute=local.minute,
    )  # fmt: skip

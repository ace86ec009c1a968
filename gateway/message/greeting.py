"""Whether a letter greets somebody else than the header names.

Answers: ``another``: the first lines say ``○○様``, and none of these names is among the display
names of To and Cc; whom they greet, and whom the header names. ``greets_another``: whether.
Trusts: nothing. Says nothing (False) where the header shows no Japanese name of a person, or
the letter greets nobody by name: a wrong alarm costs more than a missed one.
Fails: never; a few lines of bounded length are looked at.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field

LINES = 8  # in which a Japanese letter greets
LINE_CHARS = 80
_JAPANESE = "一-龠々〆ぁ-んァ-ヶー"
_GREETED = re.compile(
    rf"^([{_JAPANESE}A-Za-z]{{1,30}}(?: {{1,2}}[{_JAPANESE}]{{1,20}}){{0,4}}) ?(?:様|さま|殿|先生)"
    r"(?=$|[ 、。,，(（へ])"
)
_NOBODY = re.compile(r"(?:客|皆|みな|各位|担当|関係|会員|係|得意|取引先|御中|ご|御)")
_TOKENS = re.compile(r"[\s,;:\"'()<>（）、・/]+")
_PERSON = re.compile(rf"[{_JAPANESE}]{{1,20}}")
_OFFICE = re.compile(
    r"(?:会社|㈱|課|部|係|室|局|庁|所|院|校|大学|センター|グループ|組合|御中|担当|窓口)"
)
_TITLES = re.compile(r"(?:様|さま|さん|殿|先生)$")


@dataclass(frozen=True, slots=True)
class Greeting:
    """Whom a letter greets, and whom its header names instead. Names of people."""

    greeted: tuple[str, ...] = field(repr=False)  # at most ``LINES``, each of ``LINE_CHARS``
    addressed: tuple[str, ...] = field(repr=False)  # without titles, at most ``LINES``


def greets_another(shown: Iterable[str], letter: str) -> bool:
    """Whether a letter greets nobody whom its header names; see ``another``."""
    return another(shown, letter) is not None


def another(shown: Iterable[str], letter: str) -> Greeting | None:
    """Compare a letter's greeting with the display names of its header.

    Args:
        shown: the names in To and Cc, without the addresses.
        letter: the beginning of the text.

    Return both where they differ; None where they agree, or nothing can be said.
    """
    names = [_TITLES.sub("", t) for s in shown for t in _TOKENS.split(_plain(s)) if t]
    persons = [n for n in names if _PERSON.fullmatch(n)]
    if not persons or any(_OFFICE.search(n) for n in names):
        return None
    greeted = _greeted(letter)
    joined = "".join(persons)
    if not greeted or any(g in joined or _ends(g, persons) for g in greeted):
        return None
    return Greeting(tuple(greeted), tuple(persons[:LINES]))


def _ends(greeted: str, persons: Iterable[str]) -> bool:
    """Whether a greeting ends with a person's name, or how it begins: a company may precede."""
    return any(
        p in greeted or any(greeted.endswith(p[:n]) for n in range(2, len(p))) for p in persons
    )


def _greeted(letter: str) -> list[str]:
    """The names that the first lines greet, without the spaces in them."""
    lines = [line.strip()[:LINE_CHARS] for line in letter.split("\n", 4 * LINES)]
    found = []
    for line in [line for line in lines if line][:LINES]:
        met = _GREETED.match(_plain(line))
        if met and not _NOBODY.search(met[1]):
            found.append(met[1].replace(" ", ""))
    return found


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text)

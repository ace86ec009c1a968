"""Lists of names that ship with the product, and the form that an administrator's have, too.

Answers: ``real`` (organisations known to exist, schools among them), ``municipalities``
(kind, place and prefecture of each), ``bad`` (notorious slips with what was meant), ``words``
(of which names are made), ``added_words`` (which people put beside a name), ``roles`` (local
parts that are nobody), ``confusables``; and ``parse``, which reads any such text: a name a
line, or a suffix, a colon and many labels; ``#`` begins a comment.
Trusts: nothing in an administrator's file; what is no name comes out as it stands, for
``Directory`` to reject. Each file says its source, date and licence in its first lines;
``python -m gateway.recipients.lists.build`` writes them anew.
Fails: ``FileNotFoundError`` only from a broken installation.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files


def parse(text: str) -> Iterator[str]:
    """Yield the names in a list, as written there.

    >>> list(parse("exp.co.jp  # a partner\\nac.jp: kyoto-u osaka-u"))
    ['exp.co.jp', 'kyoto-u.ac.jp', 'osaka-u.ac.jp']
    """
    for line in text.splitlines():
        entry = line.partition("#")[0].strip()
        suffix, colon, labels = entry.partition(":")
        if colon:
            yield from (f"{label}.{suffix.strip()}" for label in labels.split())
        elif entry:
            yield entry


def parse_pairs(text: str) -> Iterator[tuple[str, str]]:
    """Yield (name never to write to, name that was meant or "") of a list of bad names."""
    for entry in (line.partition("#")[0].split() for line in text.splitlines()):
        if entry:
            yield entry[0], entry[1] if len(entry) > 1 else ""


def shipped(name: str) -> str:
    """The text of one shipped list."""
    return files(__package__).joinpath(f"{name}.txt").read_text(encoding="utf-8")


@lru_cache(1)
def real() -> frozenset[str]:
    return frozenset(parse(shipped("known-real"))) | frozenset(parse(shipped("schools")))


@lru_cache(1)
def municipalities() -> frozenset[str]:
    """``city.sapporo.hokkaido``, ``town.miki.kagawa``: every one of Japan."""
    return frozenset(parse(shipped("municipalities")))


@lru_cache(1)
def bad() -> dict[str, str]:
    return dict(parse_pairs(shipped("known-bad")))


@lru_cache(1)
def words() -> frozenset[str]:
    return frozenset(" ".join(parse(shipped("words"))).split())


@lru_cache(1)
def added_words() -> tuple[str, ...]:
    return tuple(parse(shipped("added-words")))


@lru_cache(1)
def roles() -> frozenset[str]:
    return frozenset(parse(shipped("roles")))


def confusables() -> Iterator[tuple[str, str]]:
    """Yield (letter, plain letters) of the table of confusable letters."""
    for line in parse(shipped("confusables")):
        codes, plain = line.split()
        yield from ((chr(int(code, 16)), plain) for code in codes.split(","))
